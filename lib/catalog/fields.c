/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading records through their schema: presence, values, provenance. */
#include "base/number.h"
#include "catalog/load.h"

#include <stdio.h>
#include <string.h>

const char *llmp_kind_name(llmp_kind kind)
{
    return (unsigned)kind < LLMP_KIND_COUNT ? llmp__schemas[kind]->title : "record";
}

const llmp_schema *llmp_catalog_schema(llmp_kind kind)
{
    return (unsigned)kind < LLMP_KIND_COUNT ? llmp__schemas[kind] : NULL;
}

size_t llmp_schema_size(const llmp_schema *schema)
{
    return schema->field_count;
}

static const char *type_name(const llmp_field *field)
{
    switch (field->type) {
    case LLMP_T_STRING:
        return "text";
    case LLMP_T_REF:
        return field->ref == LLMP_KIND_COUNT ? "name" : "id";
    case LLMP_T_DATE:
        return "date";
    case LLMP_T_BOOL:
        return "bool";
    case LLMP_T_F64:
        return "number";
    case LLMP_T_U32:
    case LLMP_T_I32:
        return "count";
    case LLMP_T_U64:
        return field->scale > 1 ? "number" : "count";
    case LLMP_T_ENUM:
        return "one of";
    case LLMP_T_STRINGS:
        return "list of text";
    case LLMP_T_ENUMS:
        return "list of";
    case LLMP_T_RECORDS:
        return "list of records";
    }
    return "?";
}

bool llmp_schema_field(const llmp_schema *schema, size_t i, llmp_field_info *out)
{
    if (i >= schema->field_count) {
        return false;
    }
    const llmp_field *field = &schema->fields[i];
    out->key = field->key;
    out->type = type_name(field);
    out->unit = field->unit;
    out->min = field->min;
    out->max = field->max;
    out->required = (field->flags & LLMP_FIELD_REQUIRED) != 0;
    out->doc = field->doc;
    return true;
}

const char *llmp_schema_choice(const llmp_schema *schema, size_t i, size_t j)
{
    const char *const *names = i < schema->field_count ? schema->fields[i].names : NULL;
    for (size_t k = 0; names != NULL && names[k] != NULL; k++) {
        if (k == j) {
            return names[k];
        }
    }
    return NULL;
}

const llmp_schema *llmp_schema_child(const llmp_schema *schema, size_t i)
{
    return i < schema->field_count ? schema->fields[i].child : NULL;
}

/* --- presence -----------------------------------------------------------------------------------
 */

bool llmp__schema_present(const llmp_schema *schema, const void *record, size_t i)
{
    uint64_t bits[2];
    memcpy(bits, (const unsigned char *)record + schema->present_offset, sizeof bits);
    return (bits[i / 64] >> (i % 64) & 1) != 0;
}

void llmp__schema_mark(const llmp_schema *schema, void *record, size_t i, bool present)
{
    unsigned char *at = (unsigned char *)record + schema->present_offset;
    uint64_t bits[2];
    memcpy(bits, at, sizeof bits);
    uint64_t bit = UINT64_C(1) << (i % 64);
    bits[i / 64] = present ? bits[i / 64] | bit : bits[i / 64] & ~bit;
    memcpy(at, bits, sizeof bits);
}

bool llmp__schema_has(const llmp_schema *schema, const void *record, size_t offset)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        if (schema->fields[i].offset == offset) {
            return llmp__schema_present(schema, record, i);
        }
    }
    return false;
}

bool llmp_catalog_has(llmp_kind kind, const void *record, size_t offset)
{
    return record != NULL && (unsigned)kind < LLMP_KIND_COUNT &&
           llmp__schema_has(llmp__schemas[kind], record, offset);
}

bool llmp_block_has(const llmp_block *block, size_t offset)
{
    return llmp__schema_has(&llmp__schema_block, block, offset);
}

size_t llmp__member_size(llmp_field_type type)
{
    switch (type) {
    case LLMP_T_STRING:
    case LLMP_T_REF:
    case LLMP_T_STRINGS:
    case LLMP_T_ENUMS:
    case LLMP_T_RECORDS:
        return sizeof(void *);
    case LLMP_T_BOOL:
        return sizeof(bool);
    case LLMP_T_F64:
    case LLMP_T_U64:
        return sizeof(uint64_t);
    case LLMP_T_DATE:
    case LLMP_T_U32:
    case LLMP_T_I32:
    case LLMP_T_ENUM:
        return sizeof(uint32_t);
    }
    return 0;
}

bool llmp__copy_missing(const llmp_schema *schema, size_t i, const void *from, void *to)
{
    if (!llmp__schema_present(schema, from, i) || llmp__schema_present(schema, to, i)) {
        return false;
    }
    const llmp_field *field = &schema->fields[i];
    const unsigned char *source = from;
    unsigned char *target = to;
    memcpy(target + field->offset, source + field->offset, llmp__member_size(field->type));
    if (field->count_offset != 0) {
        memcpy(target + field->count_offset, source + field->count_offset, sizeof(size_t));
    }
    llmp__schema_mark(schema, to, i, true);
    return true;
}

/* --- values -------------------------------------------------------------------------------------
 */

static void get_list(const llmp_field *field, const unsigned char *record, llmp_value *out)
{
    const void *list = NULL;
    memcpy(&list, record + field->offset, sizeof list);
    memcpy(&out->size, record + field->count_offset, sizeof out->size);
    if (field->type == LLMP_T_STRINGS) {
        out->type = LLMP_VALUE_TEXTS;
        out->texts = list;
        return;
    }
    out->records = list;
    if (field->type == LLMP_T_ENUMS) {
        out->type = LLMP_VALUE_TEXTS;
        out->enum_names = field->names;
    } else {
        out->type = LLMP_VALUE_RECORDS;
        out->record_schema = field->child;
    }
}

static void get_u64(const llmp_field *field, uint64_t member, llmp_value *out)
{
    if (field->scale > 1) {
        out->type = LLMP_VALUE_NUMBER;
        out->number = llmp__unscale((double)member, field->scale, true);
    } else {
        out->type = LLMP_VALUE_COUNT;
        out->count = member;
        out->number = (double)member;
    }
}

static void get_scalar(const llmp_field *field, const unsigned char *at, llmp_value *out)
{
    union {
        const char *text;
        bool boolean;
        double f64;
        uint64_t u64;
        uint32_t u32;
        int32_t i32;
    } member = {.u64 = 0};
    memcpy(&member, at, llmp__member_size(field->type));
    switch (field->type) {
    case LLMP_T_STRING:
    case LLMP_T_REF:
        out->type = LLMP_VALUE_TEXT;
        out->text = member.text;
        break;
    case LLMP_T_DATE:
        out->type = LLMP_VALUE_TEXT;
        (void)llmp_date_format(member.i32, out->buffer, sizeof out->buffer);
        out->text = out->buffer;
        break;
    case LLMP_T_ENUM:
        out->type = LLMP_VALUE_TEXT;
        out->text = field->names[member.i32];
        break;
    case LLMP_T_BOOL:
        out->type = LLMP_VALUE_BOOL;
        out->boolean = member.boolean;
        break;
    case LLMP_T_F64:
        out->type = LLMP_VALUE_NUMBER;
        out->number = llmp__unscale(member.f64, field->scale, false);
        break;
    case LLMP_T_U32:
        get_u64(field, member.u32, out);
        break;
    case LLMP_T_I32: /* the schema allows none below 0 */
        get_u64(field, (uint64_t)member.i32, out);
        break;
    case LLMP_T_U64:
        get_u64(field, member.u64, out);
        break;
    case LLMP_T_STRINGS:
    case LLMP_T_ENUMS:
    case LLMP_T_RECORDS:
        break;
    }
}

void llmp_schema_get(const llmp_schema *schema, const void *record, size_t i, llmp_value *out)
{
    memset(out, 0, sizeof *out);
    if (i >= schema->field_count || !llmp__schema_present(schema, record, i)) {
        return;
    }
    const llmp_field *field = &schema->fields[i];
    if (field->count_offset != 0) {
        get_list(field, record, out);
    } else {
        get_scalar(field, (const unsigned char *)record + field->offset, out);
    }
}

const void *llmp_value_at(const llmp_value *value, size_t j)
{
    if (value->type != LLMP_VALUE_RECORDS || j >= value->size) {
        return NULL;
    }
    return (const unsigned char *)value->records + j * value->record_schema->size_bytes;
}

const char *llmp_value_text(const llmp_value *value, size_t j)
{
    if (value->type != LLMP_VALUE_TEXTS || j >= value->size) {
        return NULL;
    }
    if (value->texts != NULL) {
        return value->texts[j];
    }
    int index = 0;
    memcpy(&index, (const unsigned char *)value->records + j * sizeof index, sizeof index);
    return value->enum_names[index];
}

/* --- provenance ---------------------------------------------------------------------------------
 */

void llmp_catalog_provenance(llmp_kind kind, const llmp_record *record, const char *key,
                             llmp_field_source *out)
{
    const llmp_schema *schema = &llmp__schema_field_source;
    (void)kind;
    memset(out, 0, sizeof *out);
    out->source = record->source;
    out->as_of = record->as_of;
    out->grade = record->grade;
    for (size_t i = 0; i < record->field_source_count; i++) {
        const llmp_field_source *s = &record->field_sources[i];
        for (size_t j = 0; j < s->field_count; j++) {
            if (strcmp(s->fields[j], key) != 0) {
                continue;
            }
            out->source = s->source != NULL ? s->source : out->source;
            out->as_of = s->as_of != 0 ? s->as_of : out->as_of;
            out->note = s->note != NULL ? s->note : out->note;
            if (llmp__schema_has(schema, s, offsetof(llmp_field_source, grade))) {
                out->grade = s->grade;
            }
        }
    }
}
