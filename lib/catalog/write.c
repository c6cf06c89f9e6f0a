/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/write.h"

#include "base/number.h"
#include "doc/yaml_write.h"

#include <inttypes.h>

static void write_fields(llmp__text *out, const llmp_schema *schema, const void *record,
                         unsigned indent);

static void write_texts(llmp__text *out, const llmp_value *value)
{
    llmp__text_add_char(out, '[');
    for (size_t j = 0; j < value->size; j++) {
        llmp__text_add(out, j == 0 ? "" : ", ");
        llmp__yaml_write_text(out, llmp_value_text(value, j));
    }
    llmp__text_add_char(out, ']');
}

static void write_value(llmp__text *out, const llmp_value *value, unsigned indent)
{
    char number[LLMP__NUMBER_SIZE];
    switch (value->type) {
    case LLMP_VALUE_ABSENT:
        break;
    case LLMP_VALUE_TEXT:
        llmp__yaml_write_text(out, value->text);
        break;
    case LLMP_VALUE_NUMBER:
        llmp__number_format(value->number, number);
        llmp__text_add(out, number);
        break;
    case LLMP_VALUE_COUNT:
        llmp__text_add_format(out, "%" PRIu64, value->count);
        break;
    case LLMP_VALUE_BOOL:
        llmp__text_add(out, value->boolean ? "true" : "false");
        break;
    case LLMP_VALUE_TEXTS:
        write_texts(out, value);
        break;
    case LLMP_VALUE_RECORDS:
        for (size_t j = 0; j < value->size; j++) {
            llmp__text_add_char(out, '\n');
            llmp__text_add_indent(out, indent);
            llmp__text_add(out, "- ");
            write_fields(out, value->record_schema, llmp_value_at(value, j), indent + 2);
        }
        break;
    }
}

/* Known fields, one a line; the first continues the line that "- " began. */
static void write_fields(llmp__text *out, const llmp_schema *schema, const void *record,
                         unsigned indent)
{
    bool first = true;
    for (size_t i = 0; i < llmp_schema_size(schema); i++) {
        llmp_field_info info;
        llmp_value value;
        llmp_schema_get(schema, record, i, &value);
        if (value.type == LLMP_VALUE_ABSENT || !llmp_schema_field(schema, i, &info)) {
            continue;
        }
        if (!first) {
            llmp__text_add_char(out, '\n');
            llmp__text_add_indent(out, indent);
        }
        first = false;
        llmp__text_add(out, info.key);
        llmp__text_add(out, value.type == LLMP_VALUE_RECORDS ? ":" : ": ");
        write_value(out, &value, indent + 2);
    }
}

void llmp__write_section(llmp__text *out, llmp_kind kind)
{
    llmp__text_add(out, llmp__schemas[kind]->list_key);
    llmp__text_add(out, ":\n");
}

void llmp__write_record(llmp__text *out, llmp_kind kind, const llmp_record *record)
{
    llmp__text_add(out, "  - ");
    write_fields(out, llmp__schemas[kind], record, 4);
    llmp__text_add_char(out, '\n');
}
