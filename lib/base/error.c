/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void copy(char *out, size_t out_size, const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);
    if (length >= out_size) {
        length = out_size - 1;
    }
    if (length > 0) {
        memcpy(out, text, length);
    }
    out[length] = '\0';
}

static void begin(llmp_error *error, llmp_status status, const char *format, va_list args)
    LLMP_PRINTF(3, 0);

static void begin(llmp_error *error, llmp_status status, const char *format, va_list args)
{
    memset(error, 0, sizeof *error);
    error->status = status;
    (void)vsnprintf(error->message, sizeof error->message, format, args);
}

llmp_status llmp__fail(llmp_error *error, llmp_status status, const char *format, ...)
{
    if (error != NULL) {
        va_list args;
        va_start(args, format);
        begin(error, status, format, args);
        va_end(args);
    }
    return status;
}

llmp_status llmp__fail_at(llmp_error *error, llmp_status status, const char *where, uint32_t line,
                          uint32_t column, const char *field, const char *format, ...)
{
    if (error != NULL) {
        va_list args;
        va_start(args, format);
        begin(error, status, format, args);
        va_end(args);
        copy(error->where, sizeof error->where, where);
        copy(error->field, sizeof error->field, field);
        error->line = line;
        error->column = column;
    }
    return status;
}

llmp_status llmp__fail_offset(llmp_error *error, llmp_status status, const char *where,
                              uint64_t offset_bytes, const char *format, ...)
{
    if (error != NULL) {
        va_list args;
        va_start(args, format);
        begin(error, status, format, args);
        va_end(args);
        copy(error->where, sizeof error->where, where);
        error->offset_bytes = offset_bytes;
        error->has_offset = true;
    }
    return status;
}

void llmp__hint(llmp_error *error, const char *format, ...)
{
    if (error != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(error->hint, sizeof error->hint, format, args);
        va_end(args);
    }
}

void llmp__set_field(llmp_error *error, const char *field)
{
    if (error != NULL) {
        copy(error->field, sizeof error->field, field);
    }
}

void llmp__set_where(llmp_error *error, const char *where)
{
    if (error != NULL) {
        copy(error->where, sizeof error->where, where);
    }
}

llmp_status llmp__fail_memory(llmp_error *error, const char *what)
{
    return llmp__fail(error, LLMP_E_MEMORY, "out of memory for %s", what);
}

llmp_status llmp__fail_argument(llmp_error *error, const char *name, const char *why)
{
    return llmp__fail_at(error, LLMP_E_ARGUMENT, "argument", 0, 0, name, "%s %s", name, why);
}

const char *llmp_status_name(llmp_status status)
{
    switch (status) {
    case LLMP_OK:
        return "OK";
    case LLMP_E_ARGUMENT:
        return "E_ARGUMENT";
    case LLMP_E_RANGE:
        return "E_RANGE";
    case LLMP_E_UNKNOWN:
        return "E_UNKNOWN";
    case LLMP_E_AMBIGUOUS:
        return "E_AMBIGUOUS";
    case LLMP_E_IMPOSSIBLE:
        return "E_IMPOSSIBLE";
    case LLMP_E_SYNTAX:
        return "E_SYNTAX";
    case LLMP_E_SCHEMA:
        return "E_SCHEMA";
    case LLMP_E_VALUE:
        return "E_VALUE";
    case LLMP_E_REFERENCE:
        return "E_REFERENCE";
    case LLMP_E_DUPLICATE:
        return "E_DUPLICATE";
    case LLMP_E_UNSUPPORTED:
        return "E_UNSUPPORTED";
    case LLMP_E_TRUNCATED:
        return "E_TRUNCATED";
    case LLMP_E_LIMIT:
        return "E_LIMIT";
    case LLMP_E_NO_DATA:
        return "E_NO_DATA";
    case LLMP_E_NO_SOLUTION:
        return "E_NO_SOLUTION";
    case LLMP_E_MEMORY:
        return "E_MEMORY";
    case LLMP_E_IO:
        return "E_IO";
    case LLMP_E_INTERNAL:
        return "E_INTERNAL";
    }
    return "E_?";
}

int llmp_error_format(const llmp_error *error, char *out, uint64_t out_size)
{
    char place[sizeof error->where + 64] = "";
    if (error->line != 0 && error->column != 0) {
        (void)snprintf(place, sizeof place, "%s:%" PRIu32 ":%" PRIu32 ": ", error->where,
                       error->line, error->column);
    } else if (error->line != 0) {
        (void)snprintf(place, sizeof place, "%s:%" PRIu32 ": ", error->where, error->line);
    } else if (error->has_offset) {
        (void)snprintf(place, sizeof place, "%s: at byte %" PRIu64 ": ", error->where,
                       error->offset_bytes);
    } else if (error->where[0] != '\0') {
        (void)snprintf(place, sizeof place, "%s: ", error->where);
    }
    bool field = error->field[0] != '\0';
    bool hint = error->hint[0] != '\0';
    return snprintf(out, (size_t)out_size, "%s%s%s%s%s%s%s", place, error->message,
                    field ? " (" : "", error->field, field ? ")" : "", hint ? "\n" : "",
                    error->hint);
}
