/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file arena.h
 * @brief Bump allocator: many small objects, one free. Memory comes back zeroed.
 */
#ifndef LLMP_BASE_ARENA_H
#define LLMP_BASE_ARENA_H

#include <stddef.h>

typedef struct llmp__arena {
    struct llmp__arena_block *blocks;
} llmp__arena;

/** @p count objects of @p size bytes, aligned for any type; NULL when out of memory or too large.
 * Nothing of size 0 is NULL. */
void *llmp__arena_alloc(llmp__arena *arena, size_t count, size_t size);

/** A NUL-terminated copy of @p length bytes; NULL when out of memory. */
char *llmp__arena_text(llmp__arena *arena, const char *text, size_t length);

/** Frees everything; the arena is empty and usable again. */
void llmp__arena_free(llmp__arena *arena);

#endif
