/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records to C initialisers, by the schema's member names. */
#include "gen.h"

#include "base/text.h"
#include "catalog/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct emitter {
    llmp__text lists; /* arrays that records point to, before the records */
    llmp__text rows;
    unsigned next; /* name of the next array */
};

llmp_model *llmp__gen_mutable(const llmp_record *record)
{
    union {
        const llmp_record *constant;
        llmp_model *model;
    } cast = {.constant = record};
    return cast.model;
}

static void emit_text(llmp__text *out, const char *text)
{
    llmp__text_add_char(out, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\n') {
            llmp__text_add(out, "\\n");
        } else if (*c == '"' || *c == '\\' || *c == '?') {
            llmp__text_add_char(out, '\\');
            llmp__text_add_char(out, *c);
        } else if ((unsigned char)*c < ' ' || (unsigned char)*c > '~') {
            llmp__text_add_format(out, "\\%03o", (unsigned)(unsigned char)*c);
        } else {
            llmp__text_add_char(out, *c);
        }
    }
    llmp__text_add_char(out, '"');
}

static bool is_zero(const unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (at[i] != 0) {
            return false;
        }
    }
    return true;
}

static void emit_record(struct emitter *e, llmp__text *out, const llmp_schema *schema,
                        const unsigned char *record);

/* Writes the array behind a list field and returns the number in its name. */
static unsigned emit_list(struct emitter *e, const llmp_field *field, const void *list,
                          size_t count)
{
    llmp__text body = {NULL, 0, 0, false};
    const char *type = "int";
    for (size_t i = 0; i < count; i++) {
        if (field->type == LLMP_T_STRINGS) {
            type = "char *const";
            emit_text(&body, ((const char *const *)list)[i]);
        } else if (field->type == LLMP_T_ENUMS) {
            llmp__text_add_format(&body, "%d", ((const int *)list)[i]);
        } else {
            type = field->child->c_type;
            emit_record(e, &body, field->child,
                        (const unsigned char *)list + i * field->child->size_bytes);
        }
        llmp__text_add(&body, ", ");
    }
    unsigned name = e->next++;
    llmp__text_add_format(&e->lists, "static const %s x%u[] = {%s};\n", type, name,
                          llmp__text_get(&body));
    e->lists.failed = e->lists.failed || body.failed;
    llmp__text_free(&body);
    return name;
}

static void emit_scalar(llmp__text *out, const llmp_field *field, const unsigned char *at)
{
    union {
        const char *text;
        double f64;
        uint64_t u64;
        uint32_t u32;
        int32_t i32;
    } member = {.u64 = 0};
    memcpy(&member, at, llmp__member_size(field->type));
    switch (field->type) {
    case LLMP_T_STRING:
    case LLMP_T_REF:
        emit_text(out, member.text);
        break;
    case LLMP_T_BOOL:
        llmp__text_add(out, "true");
        break;
    case LLMP_T_F64:
        llmp__text_add_format(out, "%a", member.f64);
        break;
    case LLMP_T_U32:
        llmp__text_add_format(out, "%" PRIu32 "u", member.u32);
        break;
    case LLMP_T_U64:
        llmp__text_add_format(out, "UINT64_C(%" PRIu64 ")", member.u64);
        break;
    case LLMP_T_DATE:
    case LLMP_T_I32:
    case LLMP_T_ENUM:
        llmp__text_add_format(out, "%" PRId32, member.i32);
        break;
    case LLMP_T_STRINGS:
    case LLMP_T_ENUMS:
    case LLMP_T_RECORDS:
        break;
    }
}

static void emit_record(struct emitter *e, llmp__text *out, const llmp_schema *schema,
                        const unsigned char *record)
{
    uint64_t present[2];
    memcpy(present, record + schema->present_offset, sizeof present);
    llmp__text_add(out, "{");
    for (size_t i = 0; i < schema->field_count; i++) {
        const llmp_field *field = &schema->fields[i];
        const unsigned char *at = record + field->offset;
        /* Defaults are filled in without being known, so the value decides, not its presence. */
        if (is_zero(at, llmp__member_size(field->type))) {
            continue;
        }
        llmp__text_add_format(out, ".%s = ", field->member);
        if (field->count_offset == 0) {
            emit_scalar(out, field, at);
        } else {
            const void *list = NULL;
            size_t count = 0;
            memcpy(&list, at, sizeof list);
            memcpy(&count, record + field->count_offset, sizeof count);
            unsigned name = emit_list(e, field, list, count);
            llmp__text_add_format(out, "(const void *)x%u, .%s = %zu", name, field->count_member,
                                  count);
        }
        llmp__text_add(out, ", ");
    }
    llmp__text_add_format(out, ".%s = {UINT64_C(0x%" PRIx64 "), UINT64_C(0x%" PRIx64 ")}",
                          schema->list_key != NULL ? "head.present" : "present", present[0],
                          present[1]);
    if (schema == &llmp__schema_model) {
        const llmp_model *model = (const llmp_model *)(const void *)record;
        if (model->layer_count > 0) {
            llmp__text_add_format(&e->lists, "static const llmp_layer x%u[] = {", e->next);
            for (size_t i = 0; i < model->layer_count; i++) {
                const llmp_layer *l = &model->layers[i];
                llmp__text_add_format(&e->lists, "{%u, {%u, %u, %u, %u}}, ", l->block_count,
                                      l->blocks[0], l->blocks[1], l->blocks[2], l->blocks[3]);
            }
            llmp__text_add(&e->lists, "};\n");
            llmp__text_add_format(out, ", .layers = x%u, .layer_count = %zu", e->next++,
                                  model->layer_count);
        }
    }
    llmp__text_add(out, "}");
}

static void emit_kind(struct emitter *e, const llmp_schema *schema, const llmp__table *table)
{
    if (table->count == 0) {
        return;
    }
    llmp__text_add_format(&e->rows, "static const %s %s[] = {\n", schema->c_type, schema->list_key);
    for (size_t i = 0; i < table->count; i++) {
        emit_record(e, &e->rows, schema, (const unsigned char *)(const void *)table->rows[i]);
        llmp__text_add(&e->rows, ",\n");
    }
    llmp__text_add(&e->rows, "};\n");
}

bool llmp__gen_write(const char *path, const char *version, const llmp__tables *tables)
{
    struct emitter e;
    memset(&e, 0, sizeof e);
    for (int kind = 0; kind < (int)LLMP_KIND_COUNT; kind++) {
        emit_kind(&e, llmp__schemas[kind], &tables->kinds[kind]);
    }
    llmp__text *out = &e.rows;
    llmp__text_add_format(out, "const char llmp__builtin_version[] = \"%s\";\n", version);
    llmp__text_add(out, "const llmp__builtin_table llmp__builtin[LLMP_KIND_COUNT] = {\n");
    for (int kind = 0; kind < (int)LLMP_KIND_COUNT; kind++) {
        const llmp_schema *schema = llmp__schemas[kind];
        bool any = tables->kinds[kind].count > 0;
        llmp__text_add_format(out, "    {%s, %zu, sizeof(%s)},\n", any ? schema->list_key : "NULL",
                              tables->kinds[kind].count, schema->c_type);
    }
    llmp__text_add(out, "};\n");

    FILE *file = e.lists.failed || e.rows.failed ? NULL : fopen(path, "w");
    bool good = file != NULL &&
                fputs("/* Generated from data/ by data/gen. */\n"
                      "#include \"catalog/tables.h\"\n\n"
                      "#include <llmplan/catalog_part.h>\n#include <llmplan/catalog_score.h>\n\n"
                      "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n",
                      file) >= 0 &&
                fputs(llmp__text_get(&e.lists), file) >= 0 &&
                fputs(llmp__text_get(&e.rows), file) >= 0;
    if (file != NULL) {
        good = fclose(file) == 0 && good;
    }
    if (!good) {
        perror(path);
    }
    llmp__text_free(&e.lists);
    llmp__text_free(&e.rows);
    return good;
}
