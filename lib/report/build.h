/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What builders share: figures as people read them, and the parts of an answer to `fit`. */
#ifndef LLMP_REPORT_BUILD_H
#define LLMP_REPORT_BUILD_H

#include "report/document.h"

/** Three significant digits with thousands separators: "4.90", "19.0", "410", "12,300". */
const char *llmp__figure(llmp_document *d, double number);
/** "17.2\u20132.1" of an estimate's p10 and p90. */
const char *llmp__interval(llmp_document *d, const llmp_estimate *estimate);
/** "4.90 s", "120 ms", "3.20 min", "1.50 h". */
const char *llmp__seconds(llmp_document *d, double seconds);
/** Both ends in the unit of the middle: "4.90 s (4.10\u20136.20)". */
const char *llmp__seconds_interval(llmp_document *d, const llmp_estimate *estimate_s);
const char *llmp__bytes(llmp_document *d, uint64_t bytes);
/** Bytes in GiB with so many decimals and no unit; negative when less than nothing. */
const char *llmp__gib(llmp_document *d, double bytes, int decimals);
const char *llmp__count(llmp_document *d, uint64_t count);
/** Parameters as people say them: "70.6B", "500M". */
const char *llmp__params(llmp_document *d, uint64_t params);
/** "2 x RTX 4090" with a times sign. */
const char *llmp__machine_title(llmp_document *d, const llmp_machine *machine);

/** Text of raw cells. */
const char *llmp__raw_number(llmp_document *d, double number);
const char *llmp__raw_whole(llmp_document *d, uint64_t whole);

/** {p10, p50, p90, ceiling}; null when not known. */
void llmp__data_estimate(llmp_document *d, llmp__node *parent, const char *key, bool known,
                         const llmp_estimate *estimate);

/** Words for programs: "fits", "runs_slowly", "cannot_run"; "weight_bandwidth", ... */
const char *llmp__verdict_word(llmp_verdict verdict);
const char *llmp__limit_word(llmp_limit limit);
llmp__tone llmp__verdict_tone(llmp_verdict verdict);
/** "FITS", "RUNS SLOWLY", "CANNOT RUN". */
const char *llmp__verdict_shout(llmp_verdict verdict);

/** "f16", or "q8_0:q4_0" when keys and values differ. */
const char *llmp__kv_title(llmp_document *d, const llmp_memory_model *model);
/** Memory by part and device. */
void llmp__fit_memory(llmp_document *d, const llmp_fit *fit, const llmp_report_style *style);

/** The answer's data: JSON members of @p parent, and a row of the CSV table. */
void llmp__fit_data(llmp_document *d, llmp__node *parent, const llmp_fit *fit);
extern const llmp__column llmp__fit_csv_columns[];
extern const size_t llmp__fit_csv_column_count;
void llmp__fit_csv_row(llmp_document *d, llmp__block *table, const llmp_fit_answer *answer);

/** What derives an answer, such as llmp_fit_explain. */
typedef llmp_status llmp__derive(const void *of, const llmp_trace *trace, llmp_error *error);
/** A derivation, as "trace" in @p parent and stage by stage. */
llmp_status llmp__trace_section(llmp_document *d, llmp__node *parent, llmp__derive *derive,
                                const void *of, llmp_error *error);
/** The same of a fit. */
llmp_status llmp__fit_trace(llmp_document *d, llmp__node *parent, const llmp_fit *fit,
                            llmp_error *error);

#endif
