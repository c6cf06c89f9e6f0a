/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Renders an engine's command template: {name} is replaced, [text] is dropped when a placeholder in
 * it is unset. */
#include "planner/fit.h"

#include <stdio.h>
#include <string.h>

enum { VALUE_SIZE = 256 };

typedef struct placeholder {
    const char *name;
    char value[VALUE_SIZE]; /* "" is unset */
} placeholder;

enum {
    P_MODEL,
    P_QUANT,
    P_FILE,
    P_REPO,
    P_CONTEXT,
    P_PARALLEL,
    P_TOTAL_CONTEXT,
    P_NGL,
    P_GPU_LAYERS,
    P_CPU_MOE,
    P_KV_K,
    P_KV_V,
    P_KV_TYPE,
    P_KV_FP8,
    P_KV_FP4,
    P_KV_BITS_K,
    P_KV_BITS_V,
    P_FLASH,
    P_UBATCH,
    P_TP,
    P_SPLIT_MODE,
    P_TENSOR_SPLIT,
    P_UTILIZATION,
    P_SERVE,
    P_VISION,
    P_ADAPTER,
    P_SWA_FULL,
    P_NO_MMAP,
    P_DRAFT_FILE,
    P_DRAFT_REPO,
    P_DRAFT_TOKENS,
    P_MTP_TOKENS,
    P_COUNT
};

static void set_count(placeholder *p, uint64_t value)
{
    snprintf(p->value, sizeof p->value, "%llu", (unsigned long long)value);
}

static void set_text(placeholder *p, const char *value)
{
    snprintf(p->value, sizeof p->value, "%s", value);
}

/* A name for the shell: quoted when it needs to be. */
static void set_path(placeholder *p, const char *path)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "%+,-./:=@_~";
    size_t length = 0;
    if (path[strspn(path, safe)] == '\0') {
        set_text(p, path);
        return;
    }
    p->value[length++] = '\'';
    for (; *path && length + 6 < VALUE_SIZE; path++)
        if (*path == '\'') {
            memcpy(p->value + length, "'\\''", 4);
            length += 4;
        } else {
            p->value[length++] = *path;
        }
    memcpy(p->value + length, "'", 2);
}

/* Where a server finds the weights: the publisher's repository if it holds this quant, else a name
 * made of model and quant. */
static void set_repository(const llmp_catalog *catalog, const llmp_model *model,
                           const llmp_quant *quant, placeholder *p)
{
    if (quant && !llmp__quant_is_native(catalog, quant, model)) {
        snprintf(p->value, VALUE_SIZE, "%.150s-%.80s", model->head.id, quant->head.id);
        return;
    }
    for (size_t i = 0; i < model->head.alias_count; i++)
        if (strchr(model->head.aliases[i], '/')) {
            set_text(p, model->head.aliases[i]);
            return;
        }
    set_text(p, model->head.id);
}

static void set_cache(const llmp_memory_options *options, placeholder *p)
{
    const llmp_format *k = options->kv_k_format;
    const llmp_format *v = options->kv_v_format ? options->kv_v_format : k;
    if (!k)
        return;
    set_text(&p[P_KV_K], k->head.id);
    set_text(&p[P_KV_V], v->head.id);
    if (k->family == LLMP_FAMILY_FLOAT && v->family == LLMP_FAMILY_FLOAT)
        return; /* the model's own type, which servers call "auto" */
    set_text(&p[P_KV_TYPE], k->head.id);
    set_count(&p[P_KV_BITS_K], (uint64_t)k->bits_per_weight);
    set_count(&p[P_KV_BITS_V], (uint64_t)v->bits_per_weight);
    if (k->native_compute == LLMP_COMPUTE_FP8)
        set_text(&p[P_KV_FP8], "fp8_e4m3");
    if (k->native_compute == LLMP_COMPUTE_FP4)
        set_text(&p[P_KV_FP4], "fp4_e2m1");
}

/* `draft` is the quant the draft model was placed with. */
static void set_draft(const llmp_catalog *catalog, const llmp_fit_request *request,
                      const llmp_quant *draft, placeholder *p)
{
    if (request->draft_model && draft) {
        snprintf(p[P_DRAFT_FILE].value, VALUE_SIZE, "%.150s-%.80s.gguf",
                 request->draft_model->head.id, draft->head.id);
        set_repository(catalog, request->draft_model, draft, &p[P_DRAFT_REPO]);
        set_count(&p[P_DRAFT_TOKENS], request->draft_tokens);
    } else if (request->self_draft) {
        set_count(&p[P_MTP_TOKENS], request->draft_tokens);
    }
}

/* "20,20": layers per device, as llama.cpp's --tensor-split wants proportions. */
static void set_tensor_split(placeholder *p, const llmp_memory_result *memory)
{
    size_t length = 0;
    for (uint32_t i = 0; i < memory->share_count; i++) {
        if (memory->shares[i].is_host)
            continue;
        int added = snprintf(p->value + length, sizeof p->value - length, "%s%u", length ? "," : "",
                             (unsigned)memory->shares[i].layer_count);
        if (added < 0 || (size_t)added >= sizeof p->value - length) {
            p->value[0] = '\0';
            return;
        }
        length += (size_t)added;
    }
}

static bool uneven(const llmp_memory_result *memory)
{
    for (uint32_t i = 1; i < memory->share_count; i++)
        if (!memory->shares[i].is_host && memory->shares[i].device != memory->shares[0].device)
            return true;
    return false;
}

static void fill(const llmp_catalog *catalog, const llmp_fit_request *request,
                 const llmp_quant *draft, const llmp_fit_answer *answer, placeholder *p)
{
    static const char *const names[P_COUNT] = {
        "model",         "quant",     "file",       "hf_repo",      "context",     "parallel",
        "total_context", "ngl",       "gpu_layers", "n_cpu_moe",    "kv_k",        "kv_v",
        "kv_type",       "kv_fp8",    "kv_fp4",     "kv_bits_k",    "kv_bits_v",   "flash_attn",
        "ubatch",        "tp",        "split_mode", "tensor_split", "utilization", "serve",
        "vision",        "adapter",   "swa_full",   "no_mmap",      "draft_file",  "draft_repo",
        "draft_tokens",  "mtp_tokens"};
    memset(p, 0, P_COUNT * sizeof *p);
    for (int i = 0; i < P_COUNT; i++)
        p[i].name = names[i];
    const llmp_memory_options *options = &answer->options;
    const llmp_memory_result *memory = &answer->memory;
    const llmp_arch_summary *summary = llmp_arch_summary_of(answer->arch);
    const uint32_t layers = summary->layer_count;
    set_text(&p[P_MODEL], answer->model->head.id);
    set_text(&p[P_QUANT], answer->quant_title);
    /* of a GGUF file in another quant than its own the file is not what runs */
    const bool other = request->quant && request->import &&
                       llmp_import_kind_of(request->import) == LLMP_IMPORT_GGUF;
    if (request->file && !other) {
        set_path(&p[P_FILE], request->file);
        set_path(&p[P_REPO], request->file);
    } else {
        set_repository(catalog, answer->model, answer->quant, &p[P_REPO]);
        snprintf(p[P_FILE].value, VALUE_SIZE, "%.150s-%.80s.gguf", answer->model->head.id,
                 answer->quant_title);
    }
    set_count(&p[P_CONTEXT], memory->context_tokens);
    set_count(&p[P_TOTAL_CONTEXT], memory->context_tokens * options->parallel);
    if (options->parallel > 1)
        set_count(&p[P_PARALLEL], options->parallel);
    const bool all = memory->placement != LLMP_PLACE_LAYER_OFFLOAD &&
                     memory->placement != LLMP_PLACE_CPU && memory->placement != LLMP_PLACE_DISK;
    set_count(&p[P_GPU_LAYERS], all ? layers : memory->gpu_layers);
    /* 99 is the idiom for all, the head included; a few models have more. */
    set_count(&p[P_NGL], !all ? memory->gpu_layers : layers < 99 ? 99 : 999);
    if (memory->cpu_expert_layers)
        set_count(&p[P_CPU_MOE], memory->cpu_expert_layers);
    set_cache(options, p);
    set_draft(catalog, request, draft, p);
    if (options->flash_attention != LLMP_CHOICE_DEFAULT)
        set_text(&p[P_FLASH], options->flash_attention == LLMP_CHOICE_ON ? "on" : "off");
    if (options->ubatch_tokens)
        set_count(&p[P_UBATCH], options->ubatch_tokens);
    if (memory->tensor_parallel > 1) {
        set_count(&p[P_TP], memory->tensor_parallel);
        set_text(&p[P_SPLIT_MODE], "row");
    } else if (memory->placement == LLMP_PLACE_LAYER_SPLIT && uneven(memory)) {
        set_tensor_split(&p[P_TENSOR_SPLIT], memory);
    } else if (memory->placement == LLMP_PLACE_DEVICE && answer->machine->device_count > 1) {
        set_text(&p[P_SPLIT_MODE], "none"); /* left alone it spreads over all of them */
    }
    if (options->parallel > 1 || p[P_KV_TYPE].value[0])
        set_text(&p[P_SERVE], "serve"); /* what only a server's environment can say */
    if (options->with_vision && summary->vision_bytes)
        set_text(&p[P_VISION], answer->model->head.id);
    if (options->adapter_bytes)
        set_text(&p[P_ADAPTER], "adapter");
    if (options->window_full)
        set_text(&p[P_SWA_FULL], "--swa-full");
    if (options->no_mmap)
        set_text(&p[P_NO_MMAP], "--no-mmap");
    if (options->utilization_ratio > 0)
        snprintf(p[P_UTILIZATION].value, VALUE_SIZE, "%.2f", options->utilization_ratio);
}

/* Copies template text up to `end`, replacing placeholders. False when one of them is unset. */
static bool expand(const char *from, const char *end, const placeholder *p, char *out, size_t size)
{
    size_t length = 0;
    bool complete = true;
    out[0] = '\0';
    while (from < end && length + 1 < size) {
        const char *close = *from == '{' ? memchr(from, '}', (size_t)(end - from)) : NULL;
        if (!close) {
            out[length++] = *from++;
            out[length] = '\0';
            continue;
        }
        const char *value = "";
        for (int i = 0; i < P_COUNT; i++)
            if (strlen(p[i].name) == (size_t)(close - from - 1) &&
                strncmp(p[i].name, from + 1, (size_t)(close - from - 1)) == 0)
                value = p[i].value;
        complete = complete && value[0];
        int added = snprintf(out + length, size - length, "%s", value);
        length += added < 0 ? 0 : (size_t)added;
        from = close + 1;
    }
    return complete;
}

void llmp__fit_command(const llmp_catalog *catalog, const llmp_fit_request *request, llmp_fit *fit)
{
    llmp_fit_answer *answer = &fit->answer;
    answer->command[0] = '\0';
    const char *from = answer->engine->command;
    if (!from || answer->verdict == LLMP_VERDICT_CANNOT_RUN)
        return;
    placeholder values[P_COUNT];
    fill(catalog, request, fit->draft ? fit->draft->quant : NULL, answer, values);
    char part[sizeof answer->command];
    size_t length = 0;
    while (*from && length < sizeof answer->command) {
        const bool optional = *from == '[';
        const char *start = optional ? from + 1 : from;
        const char *end = start + strcspn(start, optional ? "]" : "[");
        if (expand(start, end, values, part, sizeof part) || !optional) {
            int added =
                snprintf(answer->command + length, sizeof answer->command - length, "%s", part);
            length += added < 0 ? 0 : (size_t)added;
        }
        from = optional && *end ? end + 1 : end;
    }
}
