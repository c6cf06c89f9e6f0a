/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Parts of the report of `validate`. */
#ifndef LLMP_REPORT_BUILD_VALIDATE_H
#define LLMP_REPORT_BUILD_VALIDATE_H

#include "report/build.h"

#include <llmplan/validate.h>

/** "4.2 %", "130 %"; signed: "+4.2 %". */
const char *llmp__percent(llmp_document *d, double ratio, bool with_sign);

/** Every row as "per_row" and, with @p csv, as what CSV prints. */
void llmp__validate_rows_data(llmp_document *d, const llmp_validation *validation, bool csv);
/** Rows for people: all of them in order, or the @p limit furthest off. */
void llmp__validate_rows_table(llmp_document *d, const llmp_validation *validation, size_t limit);
void llmp__validate_worst_table(llmp_document *d, const llmp_validation *validation, size_t limit);
/** "refused" in the data; for people each reason once, with how many rows it holds for. */
void llmp__validate_refused(llmp_document *d, const llmp_validation *validation);
void llmp__validate_plot(llmp_document *d, const llmp_validation *validation);

#endif
