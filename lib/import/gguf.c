/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
#include "import/gguf.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Caps, far above any real file. */
enum {
    KEY_BYTES_MAX = 65535, /* stated by the format */
    NAME_BYTES_MAX = 255,
    TEXT_BYTES_KEPT = 65536,
    LIST_KEPT = 4096,
    VALUES_MAX = 4096,
    TENSORS_MAX = 1048576,
    STRINGS_MAX = 16777216,
    ARRAY_DEPTH_MAX = 4,
    DIMS_MAX = 4,
    ALIGNMENT_MAX = 1048576
};
static const uint64_t header_bytes_max = UINT64_C(1) << 30;
static const uint64_t elements_max = UINT64_C(1) << 56;

#define TRY(call)                      \
    do {                               \
        llmp_status try_status = call; \
        if (try_status != LLMP_OK)     \
            return try_status;         \
    } while (0)

static llmp_status fail(const llmp__reader *r, uint64_t at, llmp_status status, const char *what,
                        uint64_t found, llmp_error *error)
{
    return llmp__fail_offset(error, status, r->where, at, "%s: %" PRIu64, what, found);
}

/* --- strings ------------------------------------------------------------------------------------
 */

/* Length of a string, checked against what is left. */
static llmp_status read_length(llmp__reader *r, uint64_t *out, llmp_error *error)
{
    uint64_t at = r->at;
    TRY(llmp__read_u64(r, out, error));
    if (*out > llmp__read_left(r)) {
        return fail(r, at, LLMP_E_TRUNCATED, "a string is longer than the file", *out, error);
    }
    return LLMP_OK;
}

static llmp_status skip_string(llmp__reader *r, llmp_error *error)
{
    uint64_t length = 0;
    TRY(read_length(r, &length, error));
    return llmp__read_skip(r, length, error);
}

/* A string of at most @p cap bytes; NULs inside are refused, as nothing of ours can hold them. */
static llmp_status read_string(llmp__reader *r, llmp__arena *arena, uint64_t cap, const char *what,
                               const char **out, llmp_error *error)
{
    uint64_t at = r->at, length = 0;
    TRY(read_length(r, &length, error));
    if (length > cap) {
        return llmp__fail_offset(error, LLMP_E_LIMIT, r->where, at,
                                 "%s of %" PRIu64 " bytes; at most %" PRIu64, what, length, cap);
    }
    char *text = llmp__arena_alloc(arena, (size_t)length + 1, 1);
    if (text == NULL) {
        return llmp__fail_memory(error, r->where);
    }
    TRY(llmp__read_bytes(r, text, (size_t)length, error));
    if (memchr(text, '\0', (size_t)length) != NULL) {
        return llmp__fail_offset(error, LLMP_E_SYNTAX, r->where, at, "%s has a NUL inside", what);
    }
    *out = text;
    return LLMP_OK;
}

/* --- values -------------------------------------------------------------------------------------
 */

/* Bytes of one value; 0 for strings, arrays and what is no type. */
static unsigned size_of(uint32_t type)
{
    static const unsigned char sizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return type < sizeof sizes ? sizes[type] : 0;
}

static bool is_type(uint32_t type)
{
    return type <= LLMP__GGUF_F64;
}

static bool is_whole(uint32_t type)
{
    return is_type(type) && type != LLMP__GGUF_F32 && type != LLMP__GGUF_F64 &&
           type != LLMP__GGUF_STRING && type != LLMP__GGUF_ARRAY;
}

/* Unsigned 64-bit values beyond int64 become -1, which no count accepts. */
static llmp_status read_whole(llmp__reader *r, uint32_t type, int64_t *out, llmp_error *error)
{
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    uint64_t u64 = 0;
    switch (size_of(type)) {
    case 1:
        TRY(llmp__read_u8(r, &u8, error));
        *out = type == LLMP__GGUF_I8 ? (int8_t)u8 : (int64_t)u8;
        break;
    case 2:
        TRY(llmp__read_u16(r, &u16, error));
        *out = type == LLMP__GGUF_I16 ? (int16_t)u16 : (int64_t)u16;
        break;
    case 4:
        TRY(llmp__read_u32(r, &u32, error));
        *out = type == LLMP__GGUF_I32 ? (int32_t)u32 : (int64_t)u32;
        break;
    default:
        TRY(llmp__read_u64(r, &u64, error));
        *out = type == LLMP__GGUF_U64 && u64 > INT64_MAX ? -1 : (int64_t)u64;
    }
    return LLMP_OK;
}

/* Type and count of an array, checked against what is left. */
static llmp_status read_array_head(llmp__reader *r, uint32_t *type, uint64_t *count,
                                   llmp_error *error)
{
    uint64_t at = r->at;
    TRY(llmp__read_u32(r, type, error));
    if (!is_type(*type)) {
        return fail(r, at, LLMP_E_SYNTAX, "an array of an unknown type", *type, error);
    }
    at = r->at;
    TRY(llmp__read_u64(r, count, error));
    /* A string needs its length, a nested array its type and count. */
    unsigned least = size_of(*type) > 0 ? size_of(*type) : *type == LLMP__GGUF_STRING ? 8 : 12;
    if (*count > llmp__read_left(r) / least) {
        return fail(r, at, LLMP_E_TRUNCATED, "an array has more entries than the file holds",
                    *count, error);
    }
    if (size_of(*type) == 0 && *count > STRINGS_MAX) {
        return fail(r, at, LLMP_E_LIMIT, "an array of too many strings or arrays", *count, error);
    }
    return LLMP_OK;
}

static llmp_status skip_array(llmp__reader *r, uint32_t type, uint64_t count, unsigned depth,
                              llmp_error *error)
{
    if (size_of(type) > 0) {
        return llmp__read_skip(r, count * size_of(type), error);
    }
    if (type == LLMP__GGUF_ARRAY && depth == ARRAY_DEPTH_MAX) {
        return fail(r, r->at, LLMP_E_LIMIT, "arrays in arrays are nested deeper than",
                    ARRAY_DEPTH_MAX, error);
    }
    for (uint64_t i = 0; i < count; i++) {
        if (type == LLMP__GGUF_STRING) {
            TRY(skip_string(r, error));
            continue;
        }
        uint32_t inner = 0;
        uint64_t inner_count = 0;
        TRY(read_array_head(r, &inner, &inner_count, error));
        TRY(skip_array(r, inner, inner_count, depth + 1, error));
    }
    return LLMP_OK;
}

static llmp_status read_wholes(llmp__reader *r, llmp__arena *arena, uint32_t type, uint64_t count,
                               llmp__gguf_value *value, llmp_error *error)
{
    int64_t *wholes = llmp__arena_alloc(arena, (size_t)count, sizeof *wholes);
    if (wholes == NULL) {
        return llmp__fail_memory(error, r->where);
    }
    for (uint64_t i = 0; i < count; i++) {
        TRY(read_whole(r, type, &wholes[i], error));
    }
    value->wholes = wholes;
    value->count = count;
    return LLMP_OK;
}

static llmp_status read_value(llmp__reader *r, llmp__arena *arena, llmp__gguf_value *value,
                              llmp_error *error)
{
    value->offset = r->at;
    TRY(read_string(r, arena, KEY_BYTES_MAX, "a key", &value->key, error));
    uint64_t at = r->at;
    TRY(llmp__read_u32(r, &value->type, error));
    value->count = 1;
    if (!is_type(value->type)) {
        return llmp__fail_offset(error, LLMP_E_SYNTAX, r->where, at,
                                 "'%.64s' is of unknown type %" PRIu32, value->key, value->type);
    }
    if (value->type == LLMP__GGUF_STRING) {
        uint64_t length = 0, start = r->at;
        TRY(read_length(r, &length, error));
        if (length > TEXT_BYTES_KEPT) { /* chat templates and the like */
            return llmp__read_skip(r, length, error);
        }
        r->at = start;
        return read_string(r, arena, TEXT_BYTES_KEPT, "a text", &value->text, error);
    }
    if (value->type == LLMP__GGUF_ARRAY) {
        TRY(read_array_head(r, &value->element_type, &value->count, error));
        if (is_whole(value->element_type) && value->count <= LIST_KEPT) {
            return read_wholes(r, arena, value->element_type, value->count, value, error);
        }
        return skip_array(r, value->element_type, value->count, 0, error);
    }
    if (is_whole(value->type)) {
        return read_wholes(r, arena, value->type, 1, value, error);
    }
    return llmp__read_skip(r, size_of(value->type), error);
}

/* --- tensors ------------------------------------------------------------------------------------
 */

static llmp_status read_tensor(llmp__reader *r, llmp__arena *arena, const llmp__gguf *gguf,
                               llmp__gguf_tensor *tensor, llmp_error *error)
{
    tensor->offset = r->at;
    TRY(read_string(r, arena, NAME_BYTES_MAX, "a tensor name", &tensor->name, error));
    uint64_t at = r->at;
    TRY(llmp__read_u32(r, &tensor->dims, error));
    if (tensor->dims == 0 || tensor->dims > DIMS_MAX) {
        return fail(r, at, LLMP_E_LIMIT, "dimensions of a tensor, 1 to 4 are possible",
                    tensor->dims, error);
    }
    uint64_t elements = 1;
    for (uint32_t i = 0; i < DIMS_MAX; i++) {
        tensor->ne[i] = 1;
        if (i >= tensor->dims) {
            continue;
        }
        at = r->at;
        TRY(llmp__read_u64(r, &tensor->ne[i], error));
        if (tensor->ne[i] == 0 || tensor->ne[i] > elements_max / elements) {
            return fail(r, at, LLMP_E_LIMIT, "an impossible tensor dimension", tensor->ne[i],
                        error);
        }
        elements *= tensor->ne[i];
    }
    TRY(llmp__read_u32(r, &tensor->type, error));
    at = r->at;
    TRY(llmp__read_u64(r, &tensor->data, error));
    if (tensor->data % gguf->alignment != 0) {
        return fail(r, at, LLMP_E_SYNTAX, "a tensor's data is not aligned", tensor->data, error);
    }
    return LLMP_OK;
}

static int by_key(const void *a, const void *b)
{
    const llmp__gguf_value *x = *(const llmp__gguf_value *const *)a;
    const llmp__gguf_value *y = *(const llmp__gguf_value *const *)b;
    int order = strcmp(x->key, y->key);
    return order != 0 ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

static llmp_status check_keys(const llmp__gguf *gguf, llmp_error *error)
{
    const llmp__gguf_value **sorted = calloc(gguf->value_count + 1, sizeof *sorted);
    if (sorted == NULL) {
        return llmp__fail_memory(error, gguf->where);
    }
    for (size_t i = 0; i < gguf->value_count; i++) {
        sorted[i] = &gguf->values[i];
    }
    qsort(sorted, gguf->value_count, sizeof *sorted, by_key);
    llmp_status status = LLMP_OK;
    for (size_t i = 1; i < gguf->value_count && status == LLMP_OK; i++) {
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0) {
            status = llmp__fail_offset(error, LLMP_E_DUPLICATE, gguf->where, sorted[i]->offset,
                                       "the key '%.64s' stands here again, first at byte %" PRIu64,
                                       sorted[i]->key, sorted[i - 1]->offset);
        }
    }
    free(sorted);
    return status;
}

/* --- the header ---------------------------------------------------------------------------------
 */

static llmp_status read_start(llmp__reader *r, llmp__gguf *gguf, llmp_error *error)
{
    unsigned char magic[4];
    TRY(llmp__read_bytes(r, magic, sizeof magic, error));
    if (memcmp(magic, "GGUF", 4) != 0) {
        llmp_status status = llmp__fail_offset(error, LLMP_E_SYNTAX, r->where, 0,
                                               "no GGUF file: it begins with %02x %02x %02x %02x",
                                               magic[0], magic[1], magic[2], magic[3]);
        return status;
    }
    r->big_endian = false;
    TRY(llmp__read_u32(r, &gguf->version, error));
    if ((gguf->version & 0xFFFF) == 0) { /* small numbers read the wrong way round */
        r->big_endian = true;
        r->at -= 4;
        TRY(llmp__read_u32(r, &gguf->version, error));
    }
    gguf->big_endian = r->big_endian;
    if (gguf->version != 2 && gguf->version != 3) {
        return fail(r, 4, LLMP_E_UNSUPPORTED, "GGUF versions 2 and 3 are known; this is version",
                    gguf->version, error);
    }
    return LLMP_OK;
}

/* A count, by the fewest bytes one entry takes. */
static llmp_status read_count(llmp__reader *r, unsigned least, uint64_t cap, const char *what,
                              uint64_t *out, llmp_error *error)
{
    uint64_t at = r->at;
    TRY(llmp__read_u64(r, out, error));
    if (*out > llmp__read_left(r) / least) {
        return fail(r, at, LLMP_E_TRUNCATED, what, *out, error);
    }
    if (*out > cap) {
        return fail(r, at, LLMP_E_LIMIT, what, *out, error);
    }
    return LLMP_OK;
}

static llmp_status find_alignment(const llmp__reader *r, llmp__gguf *gguf, llmp_error *error)
{
    const llmp__gguf_value *value = llmp__gguf_find(gguf, "general.alignment");
    gguf->alignment = 32;
    if (value == NULL) {
        return LLMP_OK;
    }
    uint64_t alignment = 0;
    if (!llmp__gguf_whole(value, 0, &alignment) || alignment == 0 || alignment > ALIGNMENT_MAX ||
        (alignment & (alignment - 1)) != 0) {
        return fail(r, value->offset, LLMP_E_VALUE, "general.alignment is no power of two",
                    alignment, error);
    }
    gguf->alignment = alignment;
    return LLMP_OK;
}

llmp_status llmp__gguf_read(llmp__reader *reader, llmp__arena *arena, llmp__gguf *out,
                            llmp_error *error)
{
    llmp__gguf gguf = {.where = reader->where, .size = reader->size};
    uint64_t tensors = 0, values = 0;
    TRY(read_start(reader, &gguf, error));
    /* A tensor: name length, dimension count, one extent, type, offset. A value: key length, type,
     * one byte. */
    TRY(read_count(reader, 32, TENSORS_MAX, "more tensors than the file holds", &tensors, error));
    TRY(read_count(reader, 13, VALUES_MAX, "more keys than the file holds", &values, error));
    gguf.values = llmp__arena_alloc(arena, (size_t)values, sizeof *gguf.values);
    gguf.tensors = llmp__arena_alloc(arena, (size_t)tensors, sizeof *gguf.tensors);
    if (gguf.values == NULL || gguf.tensors == NULL) {
        return llmp__fail_memory(error, reader->where);
    }
    for (uint64_t i = 0; i < values; i++) {
        TRY(read_value(reader, arena, &gguf.values[i], error));
        gguf.value_count++;
        if (reader->at > header_bytes_max) {
            return fail(reader, reader->at, LLMP_E_LIMIT, "the metadata is longer than",
                        header_bytes_max, error);
        }
    }
    TRY(check_keys(&gguf, error));
    TRY(find_alignment(reader, &gguf, error));
    for (uint64_t i = 0; i < tensors; i++) {
        TRY(read_tensor(reader, arena, &gguf, &gguf.tensors[i], error));
        gguf.tensor_count++;
    }
    gguf.data_at = (reader->at + gguf.alignment - 1) / gguf.alignment * gguf.alignment;
    *out = gguf;
    return LLMP_OK;
}

const llmp__gguf_value *llmp__gguf_find(const llmp__gguf *gguf, const char *key)
{
    for (size_t i = 0; i < gguf->value_count; i++) {
        if (strcmp(gguf->values[i].key, key) == 0) {
            return &gguf->values[i];
        }
    }
    return NULL;
}

bool llmp__gguf_whole(const llmp__gguf_value *value, size_t i, uint64_t *out)
{
    if (value == NULL || value->wholes == NULL || i >= value->count || value->wholes[i] < 0) {
        return false;
    }
    *out = (uint64_t)value->wholes[i];
    return true;
}
