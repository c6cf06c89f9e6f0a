/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record as an overlay. Generic over the schema, so that no list of keys stands here. */
#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "import/import_private.h"

#include <inttypes.h>
#include <string.h>

/* Double quotes hold any text; the escapes are those YAML and JSON share. */
static void write_quoted(llmp__text *out, const char *text)
{
    llmp__text_add_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            llmp__text_add_char(out, '\\');
        }
        llmp__text_add_char(out, *text);
    }
    llmp__text_add_char(out, '"');
}

static bool is_word(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        bool fine = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_' ||
                    (c > text && ((*c >= '0' && *c <= '9') || *c == '-'));
        if (!fine) {
            return false;
        }
    }
    return *text != '\0' && strcmp(text, "null") != 0;
}

static void write_text(llmp__text *out, const char *text)
{
    if (is_word(text)) {
        llmp__text_add(out, text);
    } else {
        write_quoted(out, text);
    }
}

static void write_value(llmp__text *out, const llmp_value *value, const char *type)
{
    char number[LLMP__NUMBER_SIZE];
    switch (value->type) {
    case LLMP_VALUE_ABSENT:
    case LLMP_VALUE_RECORDS:
        break;
    case LLMP_VALUE_TEXT:
        if (strcmp(type, "date") == 0) {
            llmp__text_add(out, value->text);
        } else {
            write_text(out, value->text);
        }
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
        llmp__text_add_char(out, '[');
        for (size_t i = 0; i < value->size; i++) {
            llmp__text_add(out, i > 0 ? ", " : "");
            write_text(out, llmp_value_text(value, i));
        }
        llmp__text_add_char(out, ']');
        break;
    }
}

/* {id: attn, kind: attention, ...} */
static void write_flow(llmp__text *out, const llmp_schema *schema, const void *record)
{
    bool first = true;
    llmp_value value;
    llmp_field_info info;
    for (size_t i = 0; llmp_schema_field(schema, i, &info); i++) {
        llmp_schema_get(schema, record, i, &value);
        if (value.type == LLMP_VALUE_ABSENT || value.type == LLMP_VALUE_RECORDS) {
            continue;
        }
        llmp__text_add_format(out, "%s%s: ", first ? "{" : ", ", info.key);
        write_value(out, &value, info.type);
        first = false;
    }
    llmp__text_add(out, "}");
}

llmp_status llmp_import_overlay_text(const llmp_import *import, char **out, llmp_error *error)
{
    if (import == NULL || out == NULL) {
        return llmp__fail_argument(error, "import", "is NULL");
    }
    llmp__text text = {0};
    const llmp_schema *schema = llmp_catalog_schema(LLMP_KIND_MODEL);
    llmp_value value;
    llmp_field_info info;
    llmp__text_add(&text, "models:\n");
    bool first = true;
    for (size_t i = 0; llmp_schema_field(schema, i, &info); i++) {
        llmp_schema_get(schema, &import->model, i, &value);
        if (value.type == LLMP_VALUE_ABSENT) {
            continue;
        }
        llmp__text_add_format(&text, "%s%s:", first ? "  - " : "    ", info.key);
        first = false;
        if (value.type != LLMP_VALUE_RECORDS) {
            llmp__text_add_char(&text, ' ');
            write_value(&text, &value, info.type);
            llmp__text_add_char(&text, '\n');
            continue;
        }
        llmp__text_add_char(&text, '\n');
        for (size_t j = 0; j < value.size; j++) {
            llmp__text_add(&text, "      - ");
            write_flow(&text, value.record_schema, llmp_value_at(&value, j));
            llmp__text_add_char(&text, '\n');
        }
    }
    if (text.failed || text.data == NULL) {
        llmp__text_free(&text);
        return llmp__fail_memory(error, "the overlay");
    }
    *out = text.data; /* the caller's now */
    return LLMP_OK;
}
