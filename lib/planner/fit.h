/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file fit.h
 * @brief The pieces of `fit`: choosing an engine and a quant, one attempt, and what is said about
 * it.
 */
#ifndef LLMP_PLANNER_FIT_H
#define LLMP_PLANNER_FIT_H

#include <llmplan/planner.h>

/** One model under one quant, placed on one machine by one engine, timed. Owns `arch`. */
typedef struct llmp__attempt {
    const llmp_quant *quant; /* NULL: the file's own */
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_arch *arch;
    llmp_memory_model memory_model;
    llmp_memory_result memory;
    bool has_speed;
    llmp_status speed_status; /* why has_speed is false when it should not be */
    llmp_error speed_error;
    llmp_speed_model speed;
} llmp__attempt;

struct llmp_fit {
    llmp_fit_answer answer;
    llmp__attempt attempt;
    llmp__attempt *draft; /* of speculative decoding with a draft model */
    const llmp_catalog *catalog;
};

/** As llmp_fit_create, without command, advice and basis: figures alone, several times as fast. */
llmp_status llmp__fit_create_brief(const llmp_catalog *catalog, const llmp_fit_request *request,
                                   llmp_fit **out, llmp_error *error);

/** Which weights formats a request or a quant needs an engine to load. */
llmp_format_family llmp__required_family(const llmp_fit_request *request, const llmp_quant *quant);

/** True when the engine loads the family. Float weights: any engine but those of GGUF files. */
bool llmp__engine_loads(const llmp_engine *engine, llmp_format_family family);

/** True when the engine loads the quant's formats: its family, and that of the rest of the weights
 * unless @p model ships in the quant's family (NULL: no matter). */
bool llmp__engine_loads_quant(const llmp_catalog *catalog, const llmp_engine *engine,
                              const llmp_quant *quant, const llmp_model *model);

/** Engine and backend for a quant (or for the request's, when NULL) on the request's machine. */
llmp_status llmp__choose_engine(const llmp_catalog *catalog, const llmp_fit_request *request,
                                const llmp_quant *quant, const llmp_engine **out_engine,
                                const llmp_backend **out_backend, llmp_error *error);

/** Memory only; `out` is zeroed first and must be released with llmp__attempt_release. */
llmp_status llmp__attempt_memory(const llmp_catalog *catalog, const llmp_fit_request *request,
                                 const llmp_quant *quant, const llmp_engine *engine,
                                 const llmp_backend *backend, llmp__attempt *out,
                                 llmp_error *error);

/** The same of an arch that was built before; the attempt owns it only on success. */
llmp_status llmp__attempt_of_arch(const llmp_catalog *catalog, const llmp_fit_request *request,
                                  llmp_arch *arch, const llmp_quant *quant,
                                  const llmp_engine *engine, const llmp_backend *backend,
                                  llmp__attempt *out, llmp_error *error);

/** Adds the speed model; failure to do so is recorded in the attempt, not returned. */
void llmp__attempt_speed(const llmp_catalog *catalog, llmp__attempt *attempt);
void llmp__attempt_release(llmp__attempt *attempt);

/** The context of a request: the one asked for, else as llmp_memory_options says of 0. */
uint64_t llmp__context_tokens(const llmp_fit_request *request);

/** The geometry a request speaks of: its model's, or the imported file's. */
const llmp_model *llmp__request_model(const llmp_fit_request *request);

/**
 * Loss of a quant against the unquantised model: a published figure where there is one, else
 * interpolated over bits per weight between those that have one. Lower is better.
 * @param out_source  the figure's source, or NULL when it is interpolated
 */
double llmp__quant_loss(const llmp_catalog *catalog, const llmp_quant *quant,
                        const llmp_model *model, const char **out_source);

/** KL divergence taken as noticeable: a judgement, between Q3_K_M (0.084) and the 2-bit files of
 * Llama 3 8B in llama.cpp's tools/perplexity/README.md. */
#define LLMP__NOTICEABLE_LOSS_RATIO 0.15

/** KL divergence up to which a quant counts as close to the original: a judgement, just above
 * Q4_K_M, where most people stop. */
#define LLMP__CLOSE_LOSS_RATIO 0.03

/** True when the model ships in the quant's family of formats, so that nothing is lost. */
bool llmp__quant_is_native(const llmp_catalog *catalog, const llmp_quant *quant,
                           const llmp_model *model);

/** True when the quant is common, or the model's own, and not larger than what the model ships in.
 */
bool llmp__quant_is_sensible(const llmp_catalog *catalog, const llmp_quant *quant,
                             const llmp_model *model);

enum { LLMP__CANDIDATES_MAX = 256 };

typedef struct llmp__candidate {
    const llmp_quant *quant;
    double loss;
} llmp__candidate;

/** Quants the engine loads that make sense for the model, best quality first. */
size_t llmp__quant_candidates(const llmp_catalog *catalog, const llmp_model *model,
                              const llmp_engine *engine, llmp__candidate out[LLMP__CANDIDATES_MAX]);

/**
 * Tries the engine's quants from the best quality down and keeps the first that fits; if none fits,
 * the best that runs slowly; else the smallest. `out_reason` says which it was.
 */
llmp_status llmp__choose_quant(const llmp_catalog *catalog, const llmp_fit_request *request,
                               llmp__attempt *out, char *out_reason, size_t reason_size,
                               llmp_error *error);

void llmp__fit_advise(const llmp_catalog *catalog, const llmp_fit_request *request, llmp_fit *fit);
void llmp__fit_command(const llmp_catalog *catalog, const llmp_fit_request *request, llmp_fit *fit);
void llmp__fit_basis(const llmp_catalog *catalog, llmp_fit *fit);
void llmp__fit_warn(const llmp_fit_request *request, llmp_fit *fit);

/** Appends a formatted warning; further ones are dropped when the list is full. */
void llmp__fit_add_warning(llmp_fit_answer *answer, const char *format, ...) LLMP_PRINTF(2, 3);

/** Depth that decode is quoted at: the prompt's length, or the context if that is shorter. */
double llmp__decode_depth(const llmp_fit_request *request, uint64_t context_tokens);

#endif
