/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gen_random SHAPE QUANT OUT.gguf: a model of random weights that llama.cpp loads and runs.
 * Speed and memory depend on shapes and formats, not on values; these are finite, normal numbers,
 * as denormals or infinities would slow a processor down. */
#include "gguf_write.h"
#include "shapes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { F32 = 0, F16 = 1, Q4_0 = 2, Q5_0 = 6, Q8_0 = 8, Q4_K = 12, Q6_K = 14, MXFP4 = 39 };
enum { POOL_BYTES = 4 << 20, NAME = 96, TENSORS = 1024 };

typedef struct format {
    int type;
    uint32_t weights;
    uint32_t bytes;
} format;
static const format formats[] = {{F32, 1, 4},      {F16, 1, 2},    {Q4_0, 32, 18},
                                 {Q5_0, 32, 22},   {Q8_0, 32, 34}, {Q4_K, 256, 144},
                                 {Q6_K, 256, 210}, {MXFP4, 32, 17}};

/* What llama-quantize calls the mix, its general.file_type, and what the parts are stored in. */
typedef struct quant {
    const char *name;
    uint32_t file_type;
    int body;
    int head;
    int experts;
    bool more; /* Q6_K for the half of the layers that llama-quantize's _M mixes give more bits */
} quant;
static const quant quants[] = {{"F16", 1, F16, F16, F16, false},
                               {"Q8_0", 7, Q8_0, Q8_0, Q8_0, false},
                               {"Q4_0", 2, Q4_0, Q6_K, Q4_0, false},
                               {"Q4_K_M", 15, Q4_K, Q6_K, Q4_K, true},
                               {"MXFP4", 38, Q8_0, Q8_0, MXFP4, false}};

typedef struct tensor {
    int type;
    bool ones; /* a norm */
    uint64_t bytes;
} tensor;

typedef struct model {
    gguf_writer w;
    const shape *s;
    const quant *q;
    tensor tensors[TENSORS];
    size_t count;
} model;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static const format *format_of(int type)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (formats[i].type == type) {
            return &formats[i];
        }
    }
    abort();
}

static void put(model *m, const char *key, uint32_t value)
{
    char full[NAME];
    snprintf(full, sizeof full, "%s.%s", m->s->arch, key);
    gguf_u32(&m->w, full, value);
}

static void put_f32(model *m, const char *key, float value)
{
    char full[NAME];
    snprintf(full, sizeof full, "%s.%s", m->s->arch, key);
    gguf_f32(&m->w, full, value);
}

static void add(model *m, const char *name, int type, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t ne[4] = {a, b, c, 1};
    /* rows that are no whole number of blocks: as llama-quantize falls back */
    if (a % format_of(type)->weights != 0) {
        type = type == Q4_K ? Q5_0 : Q8_0;
    }
    const format *f = format_of(type);
    uint64_t size = a * b * c / f->weights * f->bytes;
    gguf_tensor(&m->w, name, (uint32_t)type, c > 1 ? 3 : b > 1 ? 2 : 1, ne, size);
    if (m->count == TENSORS) {
        die("too many tensors");
    }
    m->tensors[m->count++] = (tensor){type, strstr(name, "norm") != NULL, size};
}

static void layer(model *m, uint32_t i, const char *part, int type, uint64_t a, uint64_t b,
                  uint64_t c)
{
    char name[NAME];
    snprintf(name, sizeof name, "blk.%u.%s.weight", (unsigned)i, part);
    add(m, name, type, a, b, c);
}

/* The layers that llama-quantize's _M mixes give more bits: the first and last eighths and every
 * third between. */
static bool gets_more(uint32_t i, uint32_t n)
{
    return i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2;
}

static void attention(model *m, uint32_t i, int high)
{
    const shape *s = m->s;
    int body = m->q->body;
    if (s->kv_lora > 0) {
        int up = body == F16 ? F16 : Q8_0;
        layer(m, i, "attn_q_a", body, s->hidden, s->q_lora, 1);
        layer(m, i, "attn_q_a_norm", F32, s->q_lora, 1, 1);
        layer(m, i, "attn_q_b", body, s->q_lora, s->heads * (s->nope_dim + s->rope_dim), 1);
        layer(m, i, "attn_kv_a_mqa", body, s->hidden, s->kv_lora + s->rope_dim, 1);
        layer(m, i, "attn_kv_a_norm", F32, s->kv_lora, 1, 1);
        layer(m, i, "attn_k_b", up, s->nope_dim, s->kv_lora, s->heads);
        layer(m, i, "attn_v_b", up, s->kv_lora, s->v_dim, s->heads);
        layer(m, i, "attn_output", body, (uint64_t)s->heads * s->v_dim, s->hidden, 1);
        return;
    }
    uint64_t q = (uint64_t)s->heads * s->head_dim, kv = (uint64_t)s->kv_heads * s->head_dim;
    layer(m, i, "attn_q", body, s->hidden, q, 1);
    layer(m, i, "attn_k", body, s->hidden, kv, 1);
    layer(m, i, "attn_v", high, s->hidden, kv, 1);
    layer(m, i, "attn_output", body, q, s->hidden, 1);
    if (strcmp(s->arch, "llama") != 0) {
        layer(m, i, "attn_q_norm", F32, s->head_dim, 1, 1);
        layer(m, i, "attn_k_norm", F32, s->head_dim, 1, 1);
    }
}

static void feed_forward(model *m, uint32_t i, int high)
{
    const shape *s = m->s;
    int body = m->q->body, experts = m->q->experts;
    if (s->experts == 0 || i < s->dense_layers) {
        layer(m, i, "ffn_gate", body, s->hidden, s->ffn, 1);
        layer(m, i, "ffn_up", body, s->hidden, s->ffn, 1);
        layer(m, i, "ffn_down", high, s->ffn, s->hidden, 1);
        return;
    }
    layer(m, i, "ffn_gate_inp", F32, s->hidden, s->experts, 1);
    layer(m, i, "ffn_gate_exps", experts, s->hidden, s->expert_ffn, s->experts);
    layer(m, i, "ffn_up_exps", experts, s->hidden, s->expert_ffn, s->experts);
    layer(m, i, "ffn_down_exps", experts == body ? high : experts, s->expert_ffn, s->hidden,
          s->experts);
    if (s->shared_experts > 0) {
        uint64_t width = (uint64_t)s->shared_experts * s->expert_ffn;
        layer(m, i, "ffn_gate_shexp", body, s->hidden, width, 1);
        layer(m, i, "ffn_up_shexp", body, s->hidden, width, 1);
        layer(m, i, "ffn_down_shexp", body, width, s->hidden, 1);
    }
}

static void tensors(model *m)
{
    const shape *s = m->s;
    add(m, "token_embd.weight", s->tied ? m->q->head : m->q->body, s->hidden, s->vocab, 1);
    add(m, "output_norm.weight", F32, s->hidden, 1, 1);
    if (!s->tied) {
        add(m, "output.weight", m->q->head, s->hidden, s->vocab, 1);
    }
    for (uint32_t i = 0; i < s->layers; i++) {
        int high = m->q->more && gets_more(i, s->layers) ? Q6_K : m->q->body;
        layer(m, i, "attn_norm", F32, s->hidden, 1, 1);
        attention(m, i, high);
        if (s->window > 0) {
            layer(m, i, "post_attention_norm", F32, s->hidden, 1, 1);
            layer(m, i, "post_ffw_norm", F32, s->hidden, 1, 1);
        }
        layer(m, i, "ffn_norm", F32, s->hidden, 1, 1);
        feed_forward(m, i, high);
    }
}

static void keys(model *m)
{
    const shape *s = m->s;
    gguf_text(&m->w, "general.architecture", s->arch);
    gguf_text(&m->w, "general.name", s->name);
    gguf_u32(&m->w, "general.file_type", m->q->file_type);
    gguf_u32(&m->w, "general.quantization_version", 2);
    gguf_text(&m->w, "tokenizer.ggml.model", "no_vocab");
    put(m, "vocab_size", s->vocab);
    put(m, "context_length", 32768);
    put(m, "embedding_length", s->hidden);
    put(m, "block_count", s->layers);
    put(m, "feed_forward_length", s->ffn);
    put(m, "attention.head_count", s->heads);
    put(m, "attention.head_count_kv", s->kv_heads);
    put_f32(m, "attention.layer_norm_rms_epsilon", 1e-5F);
    put_f32(m, "rope.freq_base", 500000.0F);
    if (s->kv_lora > 0) {
        put(m, "attention.q_lora_rank", s->q_lora);
        put(m, "attention.kv_lora_rank", s->kv_lora);
        put(m, "attention.key_length", s->kv_lora + s->rope_dim);
        put(m, "attention.value_length", s->kv_lora);
        put(m, "attention.key_length_mla", s->nope_dim + s->rope_dim);
        put(m, "attention.value_length_mla", s->v_dim);
        put(m, "rope.dimension_count", s->rope_dim);
        put(m, "leading_dense_block_count", s->dense_layers);
        put(m, "expert_shared_count", s->shared_experts);
        put_f32(m, "expert_weights_scale", 1.0F);
    } else {
        put(m, "attention.key_length", s->head_dim);
        put(m, "attention.value_length", s->head_dim);
        put(m, "rope.dimension_count", s->head_dim);
    }
    if (s->experts > 0) {
        put(m, "expert_count", s->experts);
        put(m, "expert_used_count", s->experts_used);
        put(m, "expert_feed_forward_length", s->expert_ffn);
    }
    if (s->window > 0) {
        put(m, "attention.sliding_window", s->window);
    }
}

/* --- values -------------------------------------------------------------------------------------
 */

static uint64_t random_bits(void)
{
    static uint64_t state = 0x9E3779B97F4A7C15u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* IEEE half of a normal number above 2^-14. */
static void put_half(unsigned char *at, double value)
{
    int exponent;
    double fraction = frexp(fabs(value), &exponent);
    unsigned bits = (value < 0 ? 0x8000u : 0u) | (unsigned)(exponent + 14) << 10 |
                    ((unsigned)(fraction * 2048) & 0x3FFu);
    at[0] = (unsigned char)(bits & 0xFF);
    at[1] = (unsigned char)(bits >> 8);
}

/* Scales that give weights a spread of about 0.02. */
static void set_scales(int type, unsigned char *block)
{
    switch (type) {
    case Q4_0:
        put_half(block, 0.0043);
        break;
    case Q5_0:
        put_half(block, 0.0022);
        break;
    case Q8_0:
        put_half(block, 2.7e-4);
        break;
    case Q4_K:
        put_half(block, 1e-4);
        put_half(block + 2, 7.5e-4);
        break;
    case Q6_K:
        for (int i = 192; i < 208; i++) {
            block[i] = (unsigned char)(random_bits() % 41 - 20);
        }
        put_half(block + 208, 9.5e-5);
        break;
    case MXFP4:
        block[0] = 121; /* 2^(121 - 127) */
        break;
    default:
        break;
    }
}

static void fill_pool(int type, unsigned char *pool, size_t size)
{
    const format *f = format_of(type);
    for (size_t at = 0; at + f->bytes <= size; at += f->bytes) {
        if (type == F16) {
            double value = 0.03 * ((double)(random_bits() >> 11) / 9007199254740992.0 - 0.5);
            put_half(pool + at, fabs(value) < 1e-4 ? 0.01 : value);
        } else if (type == F32) {
            float value = 0.03F * ((float)(random_bits() >> 40) / 16777216.0F - 0.5F);
            memcpy(pool + at, &value, sizeof value);
        } else {
            for (uint32_t i = 0; i < f->bytes; i++) {
                pool[at + i] = (unsigned char)(random_bits() >> 32 & 0xFF);
            }
            set_scales(type, pool + at);
        }
    }
}

/* A few MiB of blocks of each type, over and over. */
static void write_tensor(FILE *file, const tensor *t, uint64_t alignment)
{
    static unsigned char *pools[64];
    static const unsigned char zeros[64];
    const format *f = format_of(t->type);
    size_t size = POOL_BYTES / f->bytes * f->bytes;
    if (pools[t->type] == NULL) {
        pools[t->type] = malloc(size);
        if (pools[t->type] == NULL) {
            die("memory");
        }
        fill_pool(t->type, pools[t->type], size);
    }
    for (uint64_t left = t->bytes; left > 0;) {
        size_t part = left < size ? (size_t)left : size;
        const float one = 1;
        if (t->ones) {
            part = sizeof one;
        }
        if (fwrite(t->ones ? (const void *)&one : pools[t->type], 1, part, file) != part) {
            die("write");
        }
        left -= part;
    }
    size_t pad = (size_t)((alignment - t->bytes % alignment) % alignment);
    if (fwrite(zeros, 1, pad, file) != pad) {
        die("write");
    }
}

int main(int argc, char **argv)
{
    static model m;
    if (argc != 4 || (m.s = shape_find(argv[1])) == NULL) {
        fprintf(stderr, "usage: gen_random SHAPE QUANT OUT.gguf\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof quants / sizeof quants[0]; i++) {
        m.q = strcmp(quants[i].name, argv[2]) == 0 ? &quants[i] : m.q;
    }
    if (m.q == NULL) {
        fprintf(stderr, "gen_random: no quant %s\n", argv[2]);
        return 2;
    }
    gguf_begin(&m.w, 3, false);
    keys(&m);
    tensors(&m);
    size_t size = 0;
    unsigned char *header = gguf_header(&m.w, &size);
    FILE *file = fopen(argv[3], "wb");
    if (file == NULL || fwrite(header, 1, size, file) != size) {
        die(argv[3]);
    }
    for (size_t i = 0; i < m.count; i++) {
        write_tensor(file, &m.tensors[i], m.w.alignment);
    }
    if (fclose(file) != 0) {
        die(argv[3]);
    }
    free(header);
    gguf_free(&m.w);
    return 0;
}
