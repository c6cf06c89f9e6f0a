/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order of decisions for one tensor: is it left alone; base format; rules, the last match wins;
 * a format whose blocks fill its rows. llama.cpp's own conventions (what its converter leaves
 * alone, how it counts layers) hold for GGUF files and are kept in one place each below.
 */
#include "arch/assign.h"

#include "arch/inventory.h"

#include "base/error.h"

#include <stdint.h>
#include <string.h>

enum { RULES_MAX = 64, SUFFIXES = 32 };

/* What a name says. Layers share their names, so each is read once. */
typedef struct suffix_facts {
    const char *suffix;
    bool weight;
    bool keeps_trained_type;
} suffix_facts;

typedef struct rule_formats {
    const llmp_format *format;
    const llmp_format *when;
} rule_formats;

typedef struct facts {
    const llmp_model *model;
    const llmp_quant *quant;
    const llmp_format *base;
    const llmp_format *left_alone;
    const llmp_format *half; /* of matrices that GGUF files keep at the type they were trained in */
    rule_formats rules[RULES_MAX];
    bool gguf;
    bool imatrix;
    bool llama_70b;
    uint32_t gqa;
    uint32_t experts;
    uint32_t value_count;            /* value-like tensors in the model */
    suffix_facts suffixes[SUFFIXES]; /* by address */
} facts;

/* Where the tensor stands among its like, as llama.cpp counts. */
typedef struct position {
    uint32_t index;
    uint32_t running;
    uint32_t count;
} position;

typedef struct counters {
    uint32_t value;
    uint32_t gate;
    uint32_t up;
    uint32_t down;
} counters;

static bool is_value(llmp_role role)
{
    return role == LLMP_ROLE_ATTENTION_V || role == LLMP_ROLE_ATTENTION_QKV ||
           role == LLMP_ROLE_MLA_KV_B;
}

static bool is_down(llmp_role role)
{
    return role == LLMP_ROLE_FFN_DOWN || role == LLMP_ROLE_EXPERT_DOWN ||
           role == LLMP_ROLE_SHARED_DOWN;
}

static bool is_up(llmp_role role)
{
    return role == LLMP_ROLE_FFN_UP || role == LLMP_ROLE_EXPERT_UP || role == LLMP_ROLE_SHARED_UP;
}

static bool is_gate(llmp_role role)
{
    return role == LLMP_ROLE_FFN_GATE || role == LLMP_ROLE_EXPERT_GATE ||
           role == LLMP_ROLE_SHARED_GATE;
}

static uint32_t effective_dims(const llmp_tensor *tensor)
{
    uint32_t dims = 4;
    while (dims > 1 && tensor->ne[dims - 1] <= 1) {
        dims--;
    }
    return dims;
}

static bool ends_with_weight(const char *suffix)
{
    static const char tail[] = "weight";
    size_t length = strlen(suffix), tail_length = sizeof tail - 1;
    return length >= tail_length && strcmp(suffix + length - tail_length, tail) == 0;
}

/* Matrices that llama.cpp's quantizer skips by name: src/llama-quant.cpp, 2026-04. */
static bool gguf_keeps_trained_type(const char *suffix)
{
    static const char *const parts[] = {"altup",       "laurel",       "per_layer_model_proj",
                                        "_rel_b",      "time_mix_",    "indexer.k_proj",
                                        "token_types", "position_embd"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strstr(suffix, parts[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static const suffix_facts *read_suffix(facts *f, const char *suffix)
{
    const uintptr_t address = (uintptr_t)suffix;
    suffix_facts *known = &f->suffixes[(address ^ (address >> 5)) % SUFFIXES];
    if (known->suffix != suffix) {
        known->suffix = suffix;
        known->weight = ends_with_weight(suffix);
        known->keeps_trained_type = gguf_keeps_trained_type(suffix);
    }
    return known;
}

static bool left_alone(facts *f, const llmp_tensor *tensor)
{
    if (tensor->role == LLMP_ROLE_MTP)
        return false; /* one record for whole layers, nearly all of it matrices */
    if (tensor->role == LLMP_ROLE_NORM || tensor->role == LLMP_ROLE_BIAS ||
        effective_dims(tensor) < 2) {
        return true;
    }
    if (!f->gguf) {
        return false;
    }
    /* The converter to GGUF writes these in F32 and the quantizer passes them on. */
    return tensor->role == LLMP_ROLE_ROUTER || tensor->role == LLMP_ROLE_SSM_CONV ||
           (tensor->suffix != NULL && !read_suffix(f, tensor->suffix)->weight);
}

static bool fills_rows(const llmp_format *format, const llmp_tensor *tensor)
{
    return tensor->ne[0] % format->block_weights == 0;
}

static bool in_range(llmp_layer_range range, uint32_t i, uint32_t n)
{
    switch (range) {
    case LLMP_LAYERS_MORE_BITS:
        return i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2;
    case LLMP_LAYERS_FIRST_EIGHTH:
        return i < n / 8;
    case LLMP_LAYERS_FIRST_SIXTEENTH:
        return i < n / 16;
    case LLMP_LAYERS_FIRST_2:
        return i < 2;
    case LLMP_LAYERS_FIRST_4:
        return i < 4;
    case LLMP_LAYERS_MIDDLE:
        return i >= n / 8 && i < 7 * n / 8;
    case LLMP_LAYERS_ALL:
    case LLMP_LAYERS_COUNT:
        break;
    }
    return true;
}

static bool rule_has_role(const llmp_quant_rule *rule, llmp_role role)
{
    for (size_t i = 0; i < rule->role_count; i++) {
        if (rule->roles[i] == role) {
            return true;
        }
    }
    return rule->role_count == 0;
}

static bool is_architecture(const llmp_model *model, const char *name)
{
    return model->architecture && strcmp(model->architecture, name) == 0;
}

static bool matches(const facts *f, const llmp_quant_rule *rule, const llmp_format *when,
                    const llmp_tensor *tensor, position at, const llmp_format *so_far)
{
    if (!rule_has_role(rule, tensor->role) || (when != NULL && when != so_far) ||
        (rule->gqa_min > 0 && f->gqa < rule->gqa_min) ||
        (rule->experts_equal > 0 && f->experts != rule->experts_equal) ||
        (rule->experts_min > 0 && f->experts < rule->experts_min) ||
        (rule->dims > 0 && effective_dims(tensor) != rule->dims) ||
        (rule->tied_only && !f->model->tied_embeddings) || (rule->llama_70b && !f->llama_70b) ||
        (rule->architecture && !is_architecture(f->model, rule->architecture)) ||
        (rule->misaligned_only && fills_rows(f->base, tensor)) ||
        (rule->without_imatrix && f->imatrix) || (rule->with_imatrix && !f->imatrix)) {
        return false;
    }
    return in_range(rule->layers, rule->running ? at.running : at.index, at.count);
}

static position locate(const facts *f, const llmp_tensor *tensor, counters *seen)
{
    position at = {tensor->layer, tensor->layer, (uint32_t)f->model->layer_count};
    uint32_t *counter = NULL;
    if (is_value(tensor->role)) {
        at.count = f->value_count;
        at.index = at.running = seen->value++;
        return at;
    }
    if (is_down(tensor->role)) {
        counter = &seen->down;
    } else if (is_up(tensor->role)) {
        counter = &seen->up;
    } else if (is_gate(tensor->role)) {
        counter = &seen->gate;
    }
    if (counter != NULL) {
        at.running = (*counter)++;
        /* Dense models count tensors; mixtures of experts read the layer from the name. */
        at.index = f->experts > 1 ? tensor->layer : at.running;
    }
    return at;
}

static llmp_status find_format(const llmp_catalog *catalog, const llmp_quant *quant, const char *id,
                               const llmp_format **out, llmp_error *error)
{
    const llmp_record *record = llmp_catalog_get(catalog, LLMP_KIND_FORMAT, id);
    if (record == NULL) {
        return llmp__fail(error, LLMP_E_REFERENCE, "quant %s names format %s, which does not exist",
                          quant->head.id, id);
    }
    *out = LLMP_FORMAT(record);
    return LLMP_OK;
}

/* The group size that llama.cpp sees: of the first layer that has softmax attention. With MLA the
 * latent is one head. */
static uint32_t group_size(const llmp_model *model)
{
    for (size_t i = 0; i < model->layer_count; i++) {
        for (uint8_t b = 0; b < model->layers[i].block_count; b++) {
            const llmp_block *block = &model->blocks[model->layers[i].blocks[b]];
            if (block->kind == LLMP_BLOCK_MLA) {
                return block->heads;
            }
            if (block->kind == LLMP_BLOCK_ATTENTION && block->kv_heads > 0) {
                return block->heads / block->kv_heads;
            }
        }
    }
    return 1;
}

/* llama.cpp types these as 70B by architecture and depth alone (its llama needs grouped queries).
 */
static bool typed_70b(const llmp_model *model, uint32_t gqa)
{
    const char *name = model->architecture;
    if (name == NULL || model->layer_count != 80) {
        return false;
    }
    return (strcmp(name, "llama") == 0 && gqa > 1) || strcmp(name, "qwen2") == 0 ||
           strcmp(name, "deci") == 0;
}

/* Whether every format that rows may fall back to exists. */
static llmp_status check_fallbacks(const llmp_catalog *catalog, const llmp_quant *quant,
                                   const llmp_format *format, llmp_error *error)
{
    llmp_status status = LLMP_OK;
    for (int i = 0; i < RULES_MAX && status == LLMP_OK && format->fallback != NULL; i++) {
        status = find_format(catalog, quant, format->fallback, &format, error);
    }
    return status;
}

static llmp_status gather(const llmp_catalog *catalog, const llmp_model *model,
                          const llmp_quant *quant, const llmp_arch_options *options,
                          const llmp_tensor *tensors, size_t tensor_count, facts *f,
                          llmp_error *error)
{
    llmp_status status;
    memset(f, 0, sizeof *f);
    f->model = model;
    f->quant = quant;
    f->imatrix = options->imatrix;
    f->gqa = group_size(model);
    f->llama_70b = typed_70b(model, f->gqa);
    /* Only GGUF files keep what they leave alone in F32. */
    f->gguf = strcmp(quant->unquantized_format, "f32") == 0;
    for (size_t i = 0; i < model->block_count; i++) {
        f->experts = model->blocks[i].experts > f->experts ? model->blocks[i].experts : f->experts;
    }
    if (quant->rule_count > RULES_MAX) {
        return llmp__fail(error, LLMP_E_LIMIT, "quant %s has %zu rules; at most %d are read",
                          quant->head.id, quant->rule_count, (int)RULES_MAX);
    }
    status = find_format(catalog, quant, quant->unquantized_format, &f->left_alone, error);
    if (status == LLMP_OK) {
        const char *base = quant->base_format;
        status = find_format(catalog, quant, base != NULL ? base : quant->unquantized_format,
                             &f->base, error);
    }
    if (status == LLMP_OK) {
        status = check_fallbacks(catalog, quant, f->base, error);
    }
    if (status == LLMP_OK) {
        status = find_format(catalog, quant, "bf16", &f->half, error);
    }
    if (status == LLMP_OK && f->base->family == LLMP_FAMILY_FLOAT) {
        f->half = f->base;
    }
    for (size_t i = 0; status == LLMP_OK && i < quant->rule_count; i++) {
        status = find_format(catalog, quant, quant->rules[i].format, &f->rules[i].format, error);
        if (status == LLMP_OK && quant->rules[i].when_format != NULL) {
            status =
                find_format(catalog, quant, quant->rules[i].when_format, &f->rules[i].when, error);
        }
        if (status == LLMP_OK) {
            status = check_fallbacks(catalog, quant, f->rules[i].format, error);
        }
    }
    for (size_t i = 0; i < tensor_count; i++) {
        f->value_count += is_value(tensors[i].role) && !left_alone(f, &tensors[i]);
    }
    return status;
}

static llmp_status choose(const llmp_catalog *catalog, facts *f, const llmp_tensor *tensor,
                          counters *seen, const llmp_format **out, llmp_error *error)
{
    if (left_alone(f, tensor)) {
        *out = f->left_alone;
        return LLMP_OK;
    }
    position at = locate(f, tensor, seen);
    if (f->gguf && tensor->suffix != NULL && read_suffix(f, tensor->suffix)->keeps_trained_type) {
        *out = f->half;
        return LLMP_OK;
    }
    const llmp_format *format = f->base;
    for (size_t i = 0; i < f->quant->rule_count; i++) {
        if (matches(f, &f->quant->rules[i], f->rules[i].when, tensor, at, format)) {
            format = f->rules[i].format;
        }
    }
    while (!fills_rows(format, tensor) && format->fallback != NULL) {
        llmp_status status = find_format(catalog, f->quant, format->fallback, &format, error);
        if (status != LLMP_OK) {
            return status;
        }
    }
    *out = format;
    return LLMP_OK;
}

static llmp_grade grade_of(const llmp_quant *quant, bool scaled)
{
    if (scaled) {
        return LLMP_GRADE_DERIVED;
    }
    if (quant->head.grade > LLMP_GRADE_DATASHEET) {
        return quant->head.grade;
    }
    return quant->rule_count == 0 ? LLMP_GRADE_EXACT : LLMP_GRADE_DERIVED;
}

llmp_status llmp__assign_formats(const llmp_catalog *catalog, const llmp_model *model,
                                 const llmp_quant *quant, const llmp_arch_options *options,
                                 llmp_tensor *tensors, size_t tensor_count, llmp_grade *grade,
                                 llmp_error *error)
{
    llmp__known_size known;
    llmp_status status = llmp__known_size_of(model, quant, options, &known, error);
    if (status != LLMP_OK) {
        return status;
    }
    facts f;
    status = gather(catalog, model, quant, options, tensors, tensor_count, &f, error);
    /* Formats were looked up before any tensor is written, so that none is on failure. */
    counters seen = {0, 0, 0, 0};
    for (size_t i = 0; i < tensor_count && status == LLMP_OK; i++) {
        const llmp_format *format = NULL;
        status = choose(catalog, &f, &tensors[i], &seen, &format, error);
        if (status == LLMP_OK) {
            tensors[i].format = format;
            bool stored = f.gguf || llmp__tensor_is_parameter(&tensors[i]);
            tensors[i].bytes = stored ? llmp_format_bytes(format, tensors[i].ne) : 0;
        }
    }
    if (status != LLMP_OK) {
        return status;
    }
    if (known.bytes > 0) {
        llmp__scale_to(tensors, tensor_count, &known);
    }
    *grade = grade_of(quant, known.bytes > 0);
    return LLMP_OK;
}
