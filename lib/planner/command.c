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
    P_KV_TYPE,
    P_FLASH,
    P_UBATCH,
    P_TP,
    P_SPLIT_MODE,
    P_TENSOR_SPLIT,
    P_UTILIZATION,
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

static const char *repository(const llmp_model *model)
{
    for (size_t i = 0; i < model->head.alias_count; i++)
        if (strchr(model->head.aliases[i], '/'))
            return model->head.aliases[i];
    return model->head.id;
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

static void fill(const llmp_fit_request *request, const llmp_fit_answer *answer, placeholder *p)
{
    static const char *const names[P_COUNT] = {
        "model",         "quant", "file",       "hf_repo",      "context",    "parallel",
        "total_context", "ngl",   "gpu_layers", "n_cpu_moe",    "kv_type",    "flash_attn",
        "ubatch",        "tp",    "split_mode", "tensor_split", "utilization"};
    memset(p, 0, P_COUNT * sizeof *p);
    for (int i = 0; i < P_COUNT; i++)
        p[i].name = names[i];
    const llmp_memory_options *options = &answer->options;
    const llmp_memory_result *memory = &answer->memory;
    const uint32_t layers = llmp_arch_summary_of(answer->arch)->layer_count;
    set_text(&p[P_MODEL], answer->model->head.id);
    set_text(&p[P_QUANT], answer->quant_title);
    set_text(&p[P_REPO], repository(answer->model));
    if (request->file)
        set_text(&p[P_FILE], request->file);
    else
        snprintf(p[P_FILE].value, VALUE_SIZE, "%.150s-%.80s.gguf", answer->model->head.id,
                 answer->quant_title);
    set_count(&p[P_CONTEXT], memory->context_tokens);
    set_count(&p[P_TOTAL_CONTEXT], memory->context_tokens * options->parallel);
    if (options->parallel > 1)
        set_count(&p[P_PARALLEL], options->parallel);
    const bool all = memory->placement != LLMP_PLACE_LAYER_OFFLOAD &&
                     memory->placement != LLMP_PLACE_CPU && memory->placement != LLMP_PLACE_DISK;
    set_count(&p[P_GPU_LAYERS], all ? layers : memory->gpu_layers);
    set_count(&p[P_NGL], all ? 99 : memory->gpu_layers); /* 99: idiom for all, the head included */
    if (memory->cpu_expert_layers)
        set_count(&p[P_CPU_MOE], memory->cpu_expert_layers);
    if (options->kv_k_format)
        set_text(&p[P_KV_TYPE], options->kv_k_format->head.id);
    if (options->flash_attention != LLMP_CHOICE_DEFAULT)
        set_text(&p[P_FLASH], options->flash_attention == LLMP_CHOICE_ON ? "on" : "off");
    if (options->ubatch_tokens)
        set_count(&p[P_UBATCH], options->ubatch_tokens);
    if (memory->tensor_parallel > 1) {
        set_count(&p[P_TP], memory->tensor_parallel);
        set_text(&p[P_SPLIT_MODE], "row");
    } else if (memory->placement == LLMP_PLACE_LAYER_SPLIT && uneven(memory)) {
        set_tensor_split(&p[P_TENSOR_SPLIT], memory);
    }
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

void llmp__fit_command(const llmp_fit_request *request, llmp_fit_answer *answer)
{
    answer->command[0] = '\0';
    const char *from = answer->engine->command;
    if (!from || answer->verdict == LLMP_VERDICT_CANNOT_RUN)
        return;
    placeholder values[P_COUNT];
    fill(request, answer, values);
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
