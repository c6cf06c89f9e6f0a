/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planner/cases.h"

#include <string.h>

#include "base/error.h"
#include "planner/fit.h"

/* Everything a case can speak of, resolved; released with case_release. */
typedef struct setting {
    llmp_fit_request request;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp__attempt attempt;
} setting;

static llmp_status find(const llmp_catalog *catalog, llmp_kind kind, const char *name,
                        const char *fallback, const llmp_record **out, llmp_error *error)
{
    const char *wanted = name ? name : fallback;
    if (!wanted)
        return llmp__fail(error, LLMP_E_ARGUMENT, "the case names no %s", llmp_kind_name(kind));
    return llmp_catalog_find(catalog, kind, wanted, out, NULL, error);
}

static llmp_status resolve_options(const llmp_catalog *catalog, const llmp__case *input,
                                   llmp_memory_options *options, llmp_error *error)
{
    const llmp_record *record;
    if (input->context_tokens)
        options->context_tokens = input->context_tokens;
    if (input->parallel)
        options->parallel = input->parallel;
    options->ubatch_tokens = input->ubatch_tokens;
    options->flash_attention = (llmp_choice)input->flash_attention;
    options->kv_split = input->kv_split;
    options->window_full = input->window_full;
    options->placement = (llmp_placement)input->placement;
    if (!input->kv_format)
        return LLMP_OK;
    llmp_status status = find(catalog, LLMP_KIND_FORMAT, input->kv_format, NULL, &record, error);
    if (status == LLMP_OK)
        options->kv_k_format = options->kv_v_format = LLMP_FORMAT(record);
    return status;
}

static llmp_status resolve(const llmp_catalog *catalog, const llmp__case *input, setting *out,
                           llmp_error *error)
{
    const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    memset(out, 0, sizeof *out);
    out->request = initial;
    const llmp_record *model, *quant, *engine;
    size_t machines = 0;
    llmp_status status = find(catalog, LLMP_KIND_MODEL, input->model, NULL, &model, error);
    if (status == LLMP_OK)
        status = find(catalog, LLMP_KIND_QUANT, input->quant, "BF16", &quant, error);
    if (status == LLMP_OK)
        status = find(catalog, LLMP_KIND_ENGINE, input->engine, "llama.cpp", &engine, error);
    if (status == LLMP_OK)
        status = llmp_machine_parse(catalog, input->machine ? input->machine : "h100-sxm",
                                    out->machines, &machines, NULL, error);
    if (status == LLMP_OK)
        status = resolve_options(catalog, input, &out->request.memory, error);
    if (status != LLMP_OK)
        return status;
    out->request.model = LLMP_MODEL(model);
    out->request.quant = LLMP_QUANT(quant);
    out->request.engine = LLMP_ENGINE(engine);
    out->request.machine = &out->machines[0];
    out->request.backend = input->backend;
    const llmp_engine *chosen;
    const llmp_backend *backend;
    status =
        llmp__choose_engine(catalog, &out->request, out->request.quant, &chosen, &backend, error);
    if (status != LLMP_OK)
        return status;
    return llmp__attempt_memory(catalog, &out->request, out->request.quant, chosen, backend,
                                &out->attempt, error);
}

/* Geometry only: no machine is needed. */
static llmp_status with_arch(const llmp_catalog *catalog, const llmp__case *input,
                             double (*value)(const llmp_arch *arch), double *out, llmp_error *error)
{
    const llmp_record *model, *quant;
    llmp_arch *arch = NULL;
    llmp_status status = find(catalog, LLMP_KIND_MODEL, input->model, NULL, &model, error);
    if (status == LLMP_OK)
        status = find(catalog, LLMP_KIND_QUANT, input->quant, "BF16", &quant, error);
    if (status == LLMP_OK)
        status =
            llmp_arch_create(catalog, LLMP_MODEL(model), LLMP_QUANT(quant), NULL, &arch, error);
    if (status == LLMP_OK)
        *out = value(arch);
    llmp_arch_destroy(&arch);
    return status;
}

static double weight_bytes(const llmp_arch *arch)
{
    return (double)llmp_arch_summary_of(arch)->weight_bytes;
}

static double params(const llmp_arch *arch)
{
    return (double)llmp_arch_summary_of(arch)->params;
}

static double active_params(const llmp_arch *arch)
{
    return (double)llmp_arch_summary_of(arch)->active_params;
}

static double routed_flop(const llmp_arch *arch)
{
    double flop = 0;
    for (uint32_t i = 0; i < llmp_arch_summary_of(arch)->layer_count; i++) {
        const llmp_layer_cost *layer = llmp_arch_layer(arch, i);
        flop += 2 * layer->expert_weights * layer->experts_per_token;
    }
    return flop;
}

/* Bytes a decode step reads of the weights at batch 1: no embedding table, active experts only. */
static double decode_weight_bytes(const llmp_arch *arch)
{
    const llmp_arch_summary *summary = llmp_arch_summary_of(arch);
    double bytes = (double)summary->head_bytes + (double)summary->other_bytes;
    for (uint32_t i = 0; i < summary->layer_count; i++) {
        const llmp_layer_cost *layer = llmp_arch_layer(arch, i);
        bytes += (double)layer->dense_read_bytes +
                 (double)layer->expert_bytes * layer->experts_per_token;
    }
    return bytes;
}

#define ARCH_QUESTION(name)                                                             \
    static llmp_status ask_##name(const llmp_catalog *catalog, const llmp__case *input, \
                                  double *out, llmp_error *error)                       \
    {                                                                                   \
        return with_arch(catalog, input, name, out, error);                             \
    }
ARCH_QUESTION(weight_bytes)
ARCH_QUESTION(params)
ARCH_QUESTION(active_params)
ARCH_QUESTION(routed_flop)
ARCH_QUESTION(decode_weight_bytes)

/* Total of one part over all shares. */
static llmp_status with_memory(const llmp_catalog *catalog, const llmp__case *input,
                               double (*value)(const llmp__attempt *attempt), double *out,
                               llmp_error *error)
{
    setting scene;
    llmp_status status = resolve(catalog, input, &scene, error);
    if (status == LLMP_OK)
        *out = value(&scene.attempt);
    llmp__attempt_release(&scene.attempt);
    return status;
}

static double kv_bytes(const llmp__attempt *attempt)
{
    return (double)llmp_memory_kv_bytes(&attempt->memory_model, 0, 0);
}

static double state_bytes(const llmp__attempt *attempt)
{
    return (double)attempt->memory.total.state_bytes;
}

static double compute_bytes(const llmp__attempt *attempt)
{
    return (double)attempt->memory.total.compute_bytes;
}

static double total_bytes(const llmp__attempt *attempt)
{
    return (double)attempt->memory.total.total_bytes;
}

static double kv_capacity_tokens(const llmp__attempt *attempt)
{
    return (double)attempt->memory.kv_capacity_tokens;
}

static double verdict(const llmp__attempt *attempt)
{
    return (double)attempt->memory.verdict;
}

#define MEMORY_QUESTION(name)                                                           \
    static llmp_status ask_##name(const llmp_catalog *catalog, const llmp__case *input, \
                                  double *out, llmp_error *error)                       \
    {                                                                                   \
        return with_memory(catalog, input, name, out, error);                           \
    }
MEMORY_QUESTION(kv_bytes)
MEMORY_QUESTION(state_bytes)
MEMORY_QUESTION(compute_bytes)
MEMORY_QUESTION(total_bytes)
MEMORY_QUESTION(kv_capacity_tokens)
MEMORY_QUESTION(verdict)

static llmp_status prepare_speed(const llmp_catalog *catalog, const llmp__case *input, setting *out,
                                 llmp_error *error)
{
    llmp_status status = resolve(catalog, input, out, error);
    if (status != LLMP_OK)
        return status;
    llmp__attempt_speed(catalog, &out->attempt);
    if (out->attempt.has_speed && input->build_year > 0) {
        llmp_speed_conditions conditions = LLMP_SPEED_CONDITIONS_INIT;
        conditions.build_year = input->build_year;
        return llmp_speed_adjust(&out->attempt.speed, &conditions, error);
    }
    if (out->attempt.has_speed)
        return LLMP_OK;
    return llmp__fail(error, LLMP_E_NO_DATA, "no speed: %s",
                      out->attempt.speed_status == LLMP_OK ? "it cannot run"
                                                           : out->attempt.speed_error.message);
}

static llmp_status decode(const llmp_catalog *catalog, const llmp__case *input,
                          llmp_decode_result *out, llmp_error *error)
{
    setting scene;
    llmp_status status = prepare_speed(catalog, input, &scene, error);
    if (status == LLMP_OK)
        status = llmp_speed_decode(&scene.attempt.speed, input->depth_tokens,
                                   input->batch ? input->batch : 1, NULL, out, error);
    llmp__attempt_release(&scene.attempt);
    return status;
}

static llmp_status ask_decode(const llmp_catalog *catalog, const llmp__case *input, double *out,
                              llmp_error *error)
{
    llmp_decode_result result;
    llmp_status status = decode(catalog, input, &result, error);
    if (status == LLMP_OK)
        *out = result.tokens_per_s.p50;
    return status;
}

static llmp_status ask_decode_ceiling(const llmp_catalog *catalog, const llmp__case *input,
                                      double *out, llmp_error *error)
{
    llmp_decode_result result;
    llmp_status status = decode(catalog, input, &result, error);
    if (status == LLMP_OK)
        *out = result.tokens_per_s.ceiling;
    return status;
}

static llmp_status ask_step(const llmp_catalog *catalog, const llmp__case *input, double *out,
                            llmp_error *error)
{
    llmp_decode_result result;
    llmp_status status = decode(catalog, input, &result, error);
    if (status == LLMP_OK)
        *out = result.step_s;
    return status;
}

static llmp_status ask_prefill(const llmp_catalog *catalog, const llmp__case *input, double *out,
                               llmp_error *error)
{
    setting scene;
    llmp_prefill_result result;
    llmp_status status = prepare_speed(catalog, input, &scene, error);
    if (status == LLMP_OK)
        status = llmp_speed_prefill(
            &scene.attempt.speed, input->prompt_tokens > 0 ? input->prompt_tokens : 512,
            input->depth_tokens, input->batch ? input->batch : 1, NULL, &result, error);
    if (status == LLMP_OK)
        *out = result.tokens_per_s.p50;
    llmp__attempt_release(&scene.attempt);
    return status;
}

static llmp_status ask_distinct(const llmp_catalog *catalog, const llmp__case *input, double *out,
                                llmp_error *error)
{
    (void)catalog;
    if (!(input->experts_count >= input->experts_per_token_count) || !input->batch)
        return llmp__fail(error, LLMP_E_ARGUMENT,
                          "distinct_experts needs experts, experts_per_token and batch");
    *out = llmp_speed_distinct_experts(input->experts_count, input->experts_per_token_count,
                                       (double)input->batch, input->skew_ratio);
    return LLMP_OK;
}

const llmp__question llmp__questions[] = {
    {"weight_bytes", ask_weight_bytes},
    {"params", ask_params},
    {"active_params", ask_active_params},
    {"routed_flop_per_token", ask_routed_flop},
    {"decode_weight_bytes", ask_decode_weight_bytes},
    {"kv_bytes", ask_kv_bytes},
    {"state_bytes", ask_state_bytes},
    {"compute_bytes", ask_compute_bytes},
    {"total_bytes", ask_total_bytes},
    {"kv_capacity_tokens", ask_kv_capacity_tokens},
    {"verdict", ask_verdict},
    {"decode_tokens_per_s", ask_decode},
    {"decode_ceiling_tokens_per_s", ask_decode_ceiling},
    {"decode_step_s", ask_step},
    {"prefill_tokens_per_s", ask_prefill},
    {"distinct_experts", ask_distinct},
    {NULL, NULL},
};
