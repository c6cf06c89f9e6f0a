/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "doc/yaml_write.h"

#include <string.h>

/* A conservative subset of what may stand plain, in block and in flow context. */
static bool is_plain(const char *text)
{
    if (*text == '\0' || strcmp(text, "null") == 0 || strcmp(text, "~") == 0 ||
        strcmp(text, "---") == 0 || strcmp(text, "...") == 0) {
        return false;
    }
    if (strchr("-?:,[]{}#&*!|>'\"%@` ", *text) != NULL) {
        return false;
    }
    for (const char *c = text; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;
        bool comment = *c == '#' && c > text && c[-1] == ' ';
        bool key = *c == ':' && (c[1] == ' ' || c[1] == '\0' || strchr(",[]{}", c[1]) != NULL);
        bool last_blank = *c == ' ' && c[1] == '\0';
        if (byte < ' ' || byte > '~' || strchr(",[]{}", *c) != NULL || comment || key ||
            last_blank) {
            return false;
        }
    }
    return true;
}

void llmp__yaml_write_text(llmp__text *out, const char *text)
{
    if (is_plain(text)) {
        llmp__text_add(out, text);
        return;
    }
    llmp__text_add_char(out, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            llmp__text_add_char(out, '\\');
            llmp__text_add_char(out, *c);
        } else if (*c == '\n') {
            llmp__text_add(out, "\\n");
        } else if (*c == '\t') {
            llmp__text_add(out, "\\t");
        } else if ((unsigned char)*c < ' ' || *c == 127) {
            llmp__text_add_format(out, "\\x%02x", (unsigned)(unsigned char)*c);
        } else {
            llmp__text_add_char(out, *c);
        }
    }
    llmp__text_add_char(out, '"');
}
