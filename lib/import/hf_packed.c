/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/hf_packed.h"

#include <string.h>

static bool ends_with(const char *text, const char *tail)
{
    size_t length = strlen(text), n = strlen(tail);
    return length >= n && strcmp(text + length - n, tail) == 0;
}

static bool is_type(const llmp__st_tensor *t, const char *name)
{
    return strcmp(t->dtype->name, name) == 0;
}

/* Row length last in the file, first here; more than four dimensions fold into the last. */
static void plain_shape(const llmp__st_tensor *t, uint64_t ne[4], uint32_t *out_dims)
{
    ne[0] = ne[1] = ne[2] = ne[3] = 1;
    for (uint32_t i = 0; i < t->dims; i++) {
        uint64_t extent = t->shape[t->dims - 1 - i];
        if (i < 4) {
            ne[i] = extent;
        } else {
            ne[3] *= extent; /* bounded: the product was checked on reading */
        }
    }
    *out_dims = t->dims == 0 ? 1 : t->dims > 4 ? 4 : t->dims;
}

static uint32_t per_word(const llmp__packing *p, uint32_t word_bits)
{
    uint32_t bits = p->bits > 0 && p->bits <= word_bits ? p->bits : 4;
    return word_bits / bits;
}

/* GPTQ packs along the input (rows of the file), AWQ along the output; scales have a column per
 * output either way. */
static void qweight_shape(const llmp__packing *p, const llmp__st_tensor *w,
                          const llmp__st_tensor *scale, uint64_t ne[4])
{
    uint64_t rows = w->shape[0], columns = w->shape[1], pack = per_word(p, 32);
    bool along_input = scale != NULL && scale->dims == 2 && scale->shape[1] == columns;
    ne[0] = along_input ? rows * pack : rows;
    ne[1] = along_input ? columns : columns * pack;
}

/* MLX: words along the row; the scales tell the row length exactly. */
static void mlx_shape(const llmp__packing *p, const llmp__st_tensor *scale, uint64_t ne[4])
{
    uint64_t groups = scale->dims > 0 ? scale->shape[scale->dims - 1] : 0;
    ne[0] = groups * (p->group > 0 ? p->group : 64);
}

bool llmp__packed_shape(const llmp__packing *packing, const llmp__st_tensor *weight,
                        const llmp__st_tensor *scale, uint64_t ne[4], uint32_t *out_dims)
{
    plain_shape(weight, ne, out_dims);
    bool bytes = is_type(weight, "U8") || is_type(weight, "I8");
    bool words = is_type(weight, "I32") || is_type(weight, "U32");
    if (ends_with(weight->name, "_blocks") && weight->dims >= 3) {
        /* MXFP4: [..., rows, blocks, 16 bytes] of 32 weights each */
        uint64_t row = ne[1] * ne[0] * 2;
        ne[0] = row;
        ne[1] = ne[2];
        ne[2] = ne[3];
        ne[3] = 1;
        *out_dims = weight->dims - 1 > 3 ? 3 : weight->dims - 1;
        return true;
    }
    if (words && ends_with(weight->name, ".qweight") && weight->dims == 2) {
        qweight_shape(packing, weight, scale, ne);
        return true;
    }
    if (words && ends_with(weight->name, ".weight") && scale != NULL) {
        mlx_shape(packing, scale, ne);
        return true;
    }
    if (words && ends_with(weight->name, ".weight_packed")) {
        ne[0] *= per_word(packing, 32);
        return true;
    }
    if (bytes && scale != NULL && (packing->bits == 4 || ends_with(weight->name, "_packed"))) {
        ne[0] *= 2; /* NVFP4 and NF4: two per byte */
        return true;
    }
    return scale != NULL;
}
