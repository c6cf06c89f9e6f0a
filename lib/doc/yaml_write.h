/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_DOC_YAML_WRITE_H
#define LLMP_DOC_YAML_WRITE_H

#include "base/text.h"

/** Writes a scalar that llmp__yaml_parse reads back as the same text: plain where YAML lets it, in
 * flow lists too, else in double quotes. Never mistaken for null. */
void llmp__yaml_write_text(llmp__text *out, const char *text);

#endif
