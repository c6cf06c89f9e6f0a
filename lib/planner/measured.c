/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A measured row as the stages see it. */
#include "planner/measured.h"

#include "base/error.h"
#include "base/names.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a blank stands for; llama-bench's own defaults are -p 512 -n 128. */
static const double default_gen_tokens = 128;
static const double default_prompt_tokens = 512;

enum { NAME_SIZE = 64 };

static double or_else(double number, double otherwise)
{
    return isnan(number) ? otherwise : number;
}

static llmp_status blank(llmp_error *error, const char *column)
{
    llmp_status status = llmp__fail(error, LLMP_E_NO_DATA, "%s is blank", column);
    llmp__set_field(error, column);
    return status;
}

static llmp_status find(const llmp_catalog *catalog, llmp_kind kind, const char *name,
                        const char *column, const llmp_record **out, llmp_error *error)
{
    if (!name)
        return blank(error, column);
    llmp_status status = llmp_catalog_find(catalog, kind, name, out, NULL, error);
    if (status != LLMP_OK)
        llmp__set_field(error, column);
    return status;
}

/* "Q6_K (193 GB)": what stands in brackets after a name is a remark. */
static llmp_status find_quant(const llmp_catalog *catalog, const char *name,
                              const llmp_record **out, llmp_error *error)
{
    llmp_status status = find(catalog, LLMP_KIND_QUANT, name, "quant", out, error);
    const char *bracket = name ? strchr(name, '(') : NULL;
    if (status != LLMP_E_UNKNOWN || !bracket || bracket == name)
        return status;
    char bare[NAME_SIZE];
    size_t length = (size_t)(bracket - name);
    while (length > 1 && name[length - 1] == ' ')
        length--;
    snprintf(bare, sizeof bare, "%.*s", (int)length, name);
    return llmp_catalog_find(catalog, LLMP_KIND_QUANT, bare, out, NULL, NULL) == LLMP_OK ? LLMP_OK
                                                                                         : status;
}

/* "CUDA+CPU": the device's; what the host helps with stands in the other columns. */
static llmp_status find_backend(llmp__measured_scenario *out, llmp_error *error)
{
    const char *name = out->row->backend;
    char device[NAME_SIZE];
    if (name) {
        snprintf(device, sizeof device, "%.*s", (int)strcspn(name, "+"), name);
        name = device;
    }
    llmp_status status = llmp_backend_for(out->engine, &out->machine, name, &out->backend, error);
    if (status != LLMP_OK)
        llmp__set_field(error, "backend");
    return status;
}

static llmp_status resolve(const llmp_catalog *catalog, llmp__measured_scenario *out,
                           llmp_error *error)
{
    const llmp_measured_row *row = out->row;
    const llmp_record *model, *quant, *engine;
    if (!row->device)
        return blank(error, "device");
    llmp_status status = llmp__measured_machine(catalog, row, &out->machine, error);
    if (status == LLMP_OK)
        status = find(catalog, LLMP_KIND_MODEL, row->model, "model", &model, error);
    if (status == LLMP_OK)
        status = find_quant(catalog, row->quant, &quant, error);
    if (status == LLMP_OK)
        status = find(catalog, LLMP_KIND_ENGINE, row->engine, "engine", &engine, error);
    if (status != LLMP_OK)
        return status;
    out->model = LLMP_MODEL(model);
    out->quant = LLMP_QUANT(quant);
    out->engine = LLMP_ENGINE(engine);
    return find_backend(out, error);
}

/* "q8_0" for both, or "K/V". */
static llmp_status set_kv(const llmp_catalog *catalog, llmp__measured_scenario *out,
                          llmp_error *error)
{
    const char *text = out->row->kv_type;
    if (!text)
        return LLMP_OK;
    const char *slash = strchr(text, '/');
    char key_name[NAME_SIZE];
    snprintf(key_name, sizeof key_name, "%.*s", slash ? (int)(slash - text) : (int)strlen(text),
             text);
    const llmp_record *key, *value;
    llmp_status status = find(catalog, LLMP_KIND_FORMAT, key_name, "kv_type", &key, error);
    if (status == LLMP_OK)
        status =
            find(catalog, LLMP_KIND_FORMAT, slash ? slash + 1 : key_name, "kv_type", &value, error);
    if (status != LLMP_OK)
        return status;
    out->options.kv_k_format = LLMP_FORMAT(key);
    out->options.kv_v_format = LLMP_FORMAT(value);
    return LLMP_OK;
}

/* What a decode or prefill row asks of the speed stage. */
static llmp_status set_call(llmp__measured_scenario *out, llmp_error *error)
{
    const llmp_measured_row *row = out->row;
    const double depth = or_else(row->context_depth, 0);
    double end = 0;
    out->phase = row->phase;
    out->batch = (uint32_t)fmax(1, round(or_else(row->batch, 1)));
    switch (row->phase) {
    case LLMP_PHASE_DECODE: {
        const double gen = or_else(row->gen_tokens, default_gen_tokens);
        out->context_tokens = depth + gen / 2;
        end = depth + gen;
        break;
    }
    case LLMP_PHASE_PREFILL:
        out->prompt_tokens = or_else(row->prompt_tokens, default_prompt_tokens);
        if (out->prompt_tokens < 1)
            return blank(error, "prompt_tokens");
        out->context_tokens = depth;
        end = depth + out->prompt_tokens;
        break;
    case LLMP_PHASE_OTHER:
        if (!row->phase_text)
            return blank(error, "phase");
        llmp__fail(error, LLMP_E_NO_DATA, "phase '%.40s' is neither decode nor prefill",
                   row->phase_text);
        llmp__set_field(error, "phase");
        return LLMP_E_NO_DATA;
    }
    out->options.context_tokens = (uint64_t)fmax(1, ceil(end));
    out->options.parallel = out->batch;
    return LLMP_OK;
}

static llmp_status set_options(const llmp_catalog *catalog, llmp__measured_scenario *out,
                               llmp_error *error)
{
    const llmp_measured_row *row = out->row;
    out->options = (llmp_memory_options)LLMP_MEMORY_OPTIONS_INIT;
    out->options.known_to_run = true;
    llmp_status status = set_call(out, error);
    if (status == LLMP_OK)
        status = set_kv(catalog, out, error);
    if (status != LLMP_OK)
        return status;
    if (row->n_ubatch >= 1)
        out->options.ubatch_tokens = (uint32_t)row->n_ubatch;
    if (!isnan(row->flash_attn))
        out->options.flash_attention = row->flash_attn > 0 ? LLMP_CHOICE_ON : LLMP_CHOICE_OFF;
    return LLMP_OK;
}

/* --- placement ----------------------------------------------------------------------------------
 */

static bool tensor_split(const llmp_measured_row *row)
{
    return row->tensor_parallel > 1 ||
           (row->split_mode && (llmp__name_equal(row->split_mode, "tensor") ||
                                llmp__name_equal(row->split_mode, "row")));
}

/* Weights alone that no device memory could have held. */
static bool exceeds_devices(const llmp__measured_scenario *scenario)
{
    const llmp_machine *machine = &scenario->machine;
    double capacity = 0;
    for (uint32_t i = 0; i < machine->device_count; i++) {
        if (machine->devices[i]->unified_memory)
            return false;
        capacity += (double)machine->devices[i]->memory_bytes;
    }
    return (double)llmp_arch_summary_of(scenario->arch)->weight_bytes > capacity;
}

static void set_placement(llmp__measured_scenario *out)
{
    const llmp_measured_row *row = out->row;
    const uint32_t layers = llmp_arch_summary_of(out->arch)->layer_count;
    const bool moved_experts = row->cpu_moe_layers > 0;
    const bool moved_layers = row->gpu_layers >= 0 && row->gpu_layers < layers;
    llmp_memory_options *options = &out->options;
    if (moved_experts)
        options->cpu_expert_layers = (int32_t)fmin(row->cpu_moe_layers, layers);
    if (moved_layers)
        options->gpu_layers = (int32_t)row->gpu_layers;
    const bool stated = !isnan(row->gpu_layers) || !isnan(row->cpu_moe_layers);
    if (out->machine.devices[0]->kind == LLMP_DEVICE_CPU)
        options->placement = LLMP_PLACE_CPU;
    else if (moved_experts || moved_layers)
        options->placement = LLMP_PLACE_AUTO; /* the counts say which */
    else if (out->machine.device_count > 1)
        options->placement =
            tensor_split(row) ? LLMP_PLACE_TENSOR_PARALLEL : LLMP_PLACE_LAYER_SPLIT;
    else if (!stated && out->engine->cpu_offload && exceeds_devices(out))
        options->placement = LLMP_PLACE_AUTO;
    else
        options->placement = LLMP_PLACE_DEVICE;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

/* A size that the named quant cannot have is another file's. Mixes of one name differ by a fifth at
 * most. */
static const double size_tolerance_ratio = 1.5;

static bool plausible(const llmp_arch *arch, double stated_bytes)
{
    const double computed = (double)llmp_arch_summary_of(arch)->weight_bytes;
    return stated_bytes < size_tolerance_ratio * computed &&
           computed < size_tolerance_ratio * stated_bytes;
}

/* A recipe of unknown size: somebody ran it, so it is timed at its nominal bits per weight. */
static llmp_status build_nominal(const llmp_catalog *catalog, llmp__measured_scenario *out,
                                 llmp_arch_options *options, llmp_error *error)
{
    const llmp_record *plain = llmp_catalog_get(catalog, LLMP_KIND_QUANT, "BF16");
    llmp_arch *counted = NULL;
    if (!plain)
        return llmp__fail(error, LLMP_E_INTERNAL, "the catalog has no BF16");
    llmp_status status =
        llmp_arch_create(catalog, out->model, LLMP_QUANT(plain), NULL, &counted, error);
    if (status != LLMP_OK)
        return status;
    options->weight_bytes = (uint64_t)llround((double)llmp_arch_summary_of(counted)->params *
                                              out->quant->nominal_bits_per_weight / 8);
    llmp_arch_destroy(&counted);
    snprintf(out->note, sizeof out->note, "size of %s unknown: taken at %.3g bits per weight",
             out->quant->head.id, out->quant->nominal_bits_per_weight);
    return llmp_arch_create(catalog, out->model, out->quant, options, &out->arch, error);
}

static llmp_status build_arch(const llmp_catalog *catalog, llmp__measured_scenario *out,
                              llmp_error *error)
{
    const double stated_bytes = out->row->weights_gib * (double)LLMP_GIB;
    llmp_arch_options options = LLMP_ARCH_OPTIONS_INIT;
    llmp_arch *computed = NULL;
    if (stated_bytes >= 1) {
        options.weight_bytes = (uint64_t)llround(stated_bytes);
        if (llmp_arch_create(catalog, out->model, out->quant, NULL, &computed, NULL) == LLMP_OK &&
            !plausible(computed, stated_bytes)) {
            snprintf(out->note, sizeof out->note, "weights_gib %.4g set aside: %s takes %.4g GiB",
                     out->row->weights_gib, out->quant->head.id,
                     (double)llmp_arch_summary_of(computed)->weight_bytes / (double)LLMP_GIB);
            options.weight_bytes = 0;
        }
        llmp_arch_destroy(&computed);
    }
    llmp_status status =
        llmp_arch_create(catalog, out->model, out->quant, &options, &out->arch, error);
    return status == LLMP_E_NO_DATA && out->quant->own_recipe
               ? build_nominal(catalog, out, &options, error)
               : status;
}

static llmp_status prepare(const llmp_catalog *catalog, llmp__measured_scenario *out,
                           llmp_error *error)
{
    if (!(out->row->tokens_per_s > 0))
        return blank(error, "tokens_per_s");
    llmp_status status = resolve(catalog, out, error);
    if (status == LLMP_OK)
        status = set_options(catalog, out, error);
    if (status == LLMP_OK)
        status = build_arch(catalog, out, error);
    if (status != LLMP_OK)
        return status;
    set_placement(out);
    status = llmp_memory_prepare(catalog, out->arch, &out->machine, out->engine, out->backend,
                                 &out->options, &out->memory_model, error);
    if (status == LLMP_OK)
        status = llmp_memory_plan(&out->memory_model, 0, 0, NULL, &out->memory, error);
    if (status == LLMP_OK)
        status = llmp_speed_prepare(catalog, &out->memory_model, &out->memory, &out->speed, error);
    if (status != LLMP_OK)
        return status;
    const llmp_speed_conditions conditions = llmp__measured_conditions(out);
    return llmp_speed_adjust(&out->speed, &conditions, error);
}

llmp_speed_conditions llmp__measured_conditions(const llmp__measured_scenario *scenario)
{
    llmp_speed_conditions out = LLMP_SPEED_CONDITIONS_INIT;
    const llmp_date release = scenario->machine.devices[0]->release;
    out.driver = scenario->row->driver;
    out.build_year = llmp__build_year(scenario->row->engine_version);
    if (out.build_year > 0)
        out.build_year = fmax(out.build_year, release / 10000 + release / 100 % 100 / 12.0);
    return out;
}

llmp_status llmp__measured_prepare(const llmp_catalog *catalog, const llmp_measured_row *row,
                                   llmp__measured_scenario *out, llmp_error *error)
{
    memset(out, 0, sizeof *out);
    out->row = row;
    llmp_status status = prepare(catalog, out, error);
    if (status != LLMP_OK)
        llmp__measured_release(out);
    return status;
}

void llmp__measured_release(llmp__measured_scenario *scenario)
{
    llmp_arch_destroy(&scenario->arch);
}

llmp_status llmp__measured_predict(const llmp__measured_scenario *scenario,
                                   llmp_estimate *out_tokens_per_s, llmp_error *error)
{
    if (scenario->phase == LLMP_PHASE_PREFILL) {
        llmp_prefill_result prefill;
        llmp_status status =
            llmp_speed_prefill(&scenario->speed, scenario->prompt_tokens, scenario->context_tokens,
                               scenario->batch, NULL, &prefill, error);
        if (status == LLMP_OK)
            *out_tokens_per_s = prefill.tokens_per_s;
        return status;
    }
    llmp_decode_result decode;
    llmp_status status = llmp_speed_decode(&scenario->speed, scenario->context_tokens,
                                           scenario->batch, NULL, &decode, error);
    if (status == LLMP_OK)
        *out_tokens_per_s = decode.tokens_per_s;
    return status;
}
