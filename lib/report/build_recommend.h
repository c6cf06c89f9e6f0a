/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the text and the data of a recommendation share. */
#ifndef LLMP_REPORT_BUILD_RECOMMEND_H
#define LLMP_REPORT_BUILD_RECOMMEND_H

#include "report/build.h"

#include <llmplan/report_recommend.h>

/** All of an answer for programs: JSON members and the CSV table. */
void llmp__recommend_data(llmp_document *d, const llmp_recommend_answer *answer);

#endif
