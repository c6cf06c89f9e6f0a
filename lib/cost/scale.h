/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_COST_SCALE_H
#define LLMP_COST_SCALE_H

#include <llmplan/cost_flow.h>

/* The study with so much more use, at so much higher API prices. */
void llmp__study_scale(llmp_study *study, double usage_ratio, double price_ratio);

#endif
