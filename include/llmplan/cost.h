/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file cost.h
 * @brief What it costs, on plain numbers: bill, cash flows, break-even, routing, risk. Nothing here
 * knows models or devices; rates in tokens per second and watts are given.
 */
#ifndef LLMPLAN_COST_H
#define LLMPLAN_COST_H

#include <llmplan/cost_answer.h>
#include <llmplan/cost_bill.h>
#include <llmplan/cost_flow.h>
#include <llmplan/cost_hybrid.h>
#include <llmplan/cost_risk.h>

#endif
