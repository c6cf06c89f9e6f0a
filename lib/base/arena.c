/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 32768 };

struct llmp__arena_block {
    struct llmp__arena_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) unsigned char bytes[];
};

void *llmp__arena_alloc(llmp__arena *arena, size_t count, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size != 0 && count > (SIZE_MAX / 2) / size) {
        return NULL;
    }
    size_t need = count * size;
    need = need == 0 ? align : (need + align - 1) / align * align;
    struct llmp__arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < need) {
        size_t room = need > BLOCK_BYTES ? need : BLOCK_BYTES;
        struct llmp__arena_block *fresh = calloc(1, sizeof *fresh + room);
        if (fresh == NULL) {
            return NULL;
        }
        fresh->size = room;
        fresh->next = block;
        arena->blocks = fresh;
        block = fresh;
    }
    void *out = block->bytes + block->used;
    block->used += need;
    return out;
}

char *llmp__arena_text(llmp__arena *arena, const char *text, size_t length)
{
    char *out = llmp__arena_alloc(arena, length + 1, 1);
    if (out != NULL && length > 0) {
        memcpy(out, text, length);
    }
    return out;
}

void llmp__arena_free(llmp__arena *arena)
{
    while (arena->blocks != NULL) {
        struct llmp__arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}
