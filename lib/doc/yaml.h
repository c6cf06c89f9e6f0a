/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LLMP_DOC_YAML_H
#define LLMP_DOC_YAML_H

#include "doc/tree.h"

/**
 * Reads one YAML document. Anchors, aliases, tags, merge keys, duplicate keys, non-scalar keys and
 * further documents are refused.
 * @param arena  receives the tree
 * @param out    NULL for an empty document
 * @return LLMP_E_SYNTAX, LLMP_E_DUPLICATE, LLMP_E_LIMIT with line and column; LLMP_E_MEMORY
 */
llmp_status llmp__yaml_parse(const char *text, size_t text_bytes, const char *where,
                             llmp__arena *arena, llmp__node **out, llmp_error *error);

#endif
