/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory modules in SMBIOS structures of type 17 (DMTF DSP0134, section 7.18). */
#include "calibrate/capture.h"

#include <string.h>

enum {
    MEMORY_DEVICE = 17,
    END_OF_TABLE = 127,
    /* offsets in the structure, and what version 2.7 gave it at least */
    AT_DATA_WIDTH = 0x0A,
    AT_SIZE = 0x0C,
    AT_LOCATOR = 0x10,
    AT_BANK = 0x11,
    AT_TYPE = 0x12,
    AT_SPEED = 0x15,
    AT_EXTENDED_SIZE = 0x1C,
    AT_CONFIGURED = 0x20,
    AT_EXTENDED_SPEED = 0x54,
    AT_EXTENDED_CONFIGURED = 0x58
};

static const char *type_name(unsigned type)
{
    switch (type) {
    case 0x18:
        return "DDR3";
    case 0x1A:
        return "DDR4";
    case 0x1D:
        return "LPDDR3";
    case 0x1E:
        return "LPDDR4";
    case 0x20:
        return "HBM";
    case 0x21:
        return "HBM2";
    case 0x22:
        return "DDR5";
    case 0x23:
        return "LPDDR5";
    case 0x24:
        return "HBM3";
    default:
        return "unknown";
    }
}

static unsigned word16(const unsigned char *at)
{
    return at[0] | (unsigned)at[1] << 8;
}

static uint32_t word32(const unsigned char *at)
{
    return word16(at) | (uint32_t)word16(at + 2) << 16;
}

/* The n-th of the texts behind a structure; "" when there is none. */
static const char *text_of(const unsigned char *texts, const unsigned char *end, unsigned n)
{
    const unsigned char *at = texts;
    for (unsigned i = 1; i < n && at < end && *at != 0; i++) {
        const unsigned char *nul = memchr(at, 0, (size_t)(end - at));
        at = nul == NULL ? end : nul + 1;
    }
    bool whole = n > 0 && at < end && memchr(at, 0, (size_t)(end - at)) != NULL;
    return whole ? (const char *)at : "";
}

static uint64_t size_bytes(const unsigned char *at, size_t length)
{
    unsigned size = word16(at + AT_SIZE);
    if (size == 0 || size == 0xFFFF) {
        return 0; /* none fitted, or unknown */
    }
    if (size == 0x7FFF) {
        return length >= AT_EXTENDED_SIZE + 4
                   ? (uint64_t)(word32(at + AT_EXTENDED_SIZE) & 0x7FFFFFFF) << 20
                   : 0;
    }
    return (size & 0x8000) != 0 ? (uint64_t)(size & 0x7FFF) << 10 : (uint64_t)size << 20;
}

/* MT/s; 0 unknown. The extended members hold what does not fit 16 bits. */
static uint32_t speed(const unsigned char *at, size_t length, size_t offset, size_t extended)
{
    if (length < offset + 2) {
        return 0;
    }
    unsigned value = word16(at + offset);
    if (value == 0xFFFF) {
        return length >= extended + 4 ? word32(at + extended) & 0x7FFFFFFF : 0;
    }
    return value;
}

static void add_module(llmp__text *out, const unsigned char *at, size_t length,
                       const unsigned char *texts, const unsigned char *end)
{
    uint64_t bytes = size_bytes(at, length);
    unsigned width = word16(at + AT_DATA_WIDTH);
    if (bytes == 0) {
        return;
    }
    llmp__text_add(out, "module");
    llmp__fact_add_whole(out, "bytes", bytes);
    llmp__fact_add_whole(out, "data_bits", width == 0xFFFF ? 0 : width);
    llmp__fact_add(out, "type", type_name(at[AT_TYPE]));
    llmp__fact_add_whole(out, "rated_mt_s", speed(at, length, AT_SPEED, AT_EXTENDED_SPEED));
    llmp__fact_add_whole(out, "configured_mt_s",
                         speed(at, length, AT_CONFIGURED, AT_EXTENDED_CONFIGURED));
    llmp__fact_add(out, "locator", text_of(texts, end, at[AT_LOCATOR]));
    llmp__fact_add(out, "bank", text_of(texts, end, at[AT_BANK]));
    llmp__text_add_char(out, '\n');
}

void llmp__capture_smbios(llmp_capture *capture, const unsigned char *table, size_t size)
{
    const unsigned char *end = table + size;
    llmp__text facts = {0};
    for (const unsigned char *at = table; end - at >= 4;) {
        size_t length = at[1];
        if (length < 4 || (size_t)(end - at) < length || at[0] == END_OF_TABLE) {
            break;
        }
        const unsigned char *texts = at + length;
        const unsigned char *next = texts;
        while (end - next >= 2 && (next[0] != 0 || next[1] != 0)) {
            next++;
        }
        if (end - next < 2) {
            break;
        }
        if (at[0] == MEMORY_DEVICE && length > AT_SPEED) {
            add_module(&facts, at, length, texts, next + 1);
        }
        at = next + 2;
    }
    if (facts.length > 0) {
        llmp__capture_add(capture, "smbios", facts.data, facts.length);
    }
    llmp__text_free(&facts);
}
