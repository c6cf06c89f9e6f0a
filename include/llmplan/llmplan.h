/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file llmplan.h
 * @brief All of llmplan.
 */
#ifndef LLMPLAN_LLMPLAN_H
#define LLMPLAN_LLMPLAN_H

#include <llmplan/bench.h>
#include <llmplan/calibrate.h>
#include <llmplan/catalog_part.h>
#include <llmplan/catalog_score.h>
#include <llmplan/cost.h>
#include <llmplan/detect.h>
#include <llmplan/measured.h>
#include <llmplan/import_prices.h>
#include <llmplan/planner.h>
#include <llmplan/planner_assess.h>
#include <llmplan/planner_audit.h>
#include <llmplan/planner_compare.h>
#include <llmplan/planner_calibrate.h>
#include <llmplan/planner_cost.h>
#include <llmplan/planner_recommend.h>
#include <llmplan/report.h>
#include <llmplan/report_audit.h>
#include <llmplan/report_compare.h>
#include <llmplan/report_calibrate.h>
#include <llmplan/report_bench.h>
#include <llmplan/report_cost.h>
#include <llmplan/report_detect.h>
#include <llmplan/report_recommend.h>
#include <llmplan/report_sweep.h>
#include <llmplan/validate.h>

#endif
