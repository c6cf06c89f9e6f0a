/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file trace.h
 * @brief How a compute stage explains itself: one term at a time, to a sink the caller owns.
 */
#ifndef LLMPLAN_TRACE_H
#define LLMPLAN_TRACE_H

#include <llmplan/units.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One step of a derivation. All text is valid during the call only. */
typedef struct llmp_trace_term {
    const char *stage;   /**< "arch", "memory", "decode", "prefill", ... */
    const char *term;    /**< "weights_read_bytes"; stable within a schema version */
    const char *formula; /**< "sum over tensors of rows * row_bytes" */
    const char *inputs;  /**< "layers 80, ..." with numbers filled in; may be "" */
    double value;
    const char *unit;   /**< "B", "s", "tokens/s", "" */
    const char *source; /**< where a constant comes from; NULL when the term is arithmetic */
    llmp_grade grade;
} llmp_trace_term;

/** A sink. Pass NULL to a compute function for no trace; it then costs one test per term. */
typedef struct llmp_trace {
    void (*emit)(void *user, const llmp_trace_term *term);
    void *user;
} llmp_trace;

#ifdef __cplusplus
}
#endif
#endif
