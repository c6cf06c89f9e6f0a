/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cost/sobol.h"

#include "base/error.h"

#include <gsl/gsl_qrng.h>
#include <stdlib.h>
#include <string.h>

/* GSL's points are whole multiples of 2^-30. */
static const double gsl_scale = 1073741824.0;

/* Steele, Lea, Flood 2014: the finaliser of splitmix64. */
static uint64_t next_seed(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint32_t reversed(uint32_t x)
{
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0F0F0F0Fu) | (x & 0x0F0F0F0Fu) << 4;
    x = (x >> 8 & 0x00FF00FFu) | (x & 0x00FF00FFu) << 8;
    return x >> 16 | x << 16;
}

/* Owen's nested scrambling by a hash in which a bit depends on lower ones only (Laine, Karras 2011;
 * constants of Burley 2020), on reversed bits. */
static uint32_t scrambled(uint32_t bits, uint32_t seed)
{
    uint32_t x = reversed(bits);
    x ^= x * 0x3D20ADEAu;
    x += seed;
    x *= (seed >> 16) | 1u;
    x ^= x * 0x05526C56u;
    x ^= x * 0x53A22864u;
    return reversed(x);
}

llmp_status llmp__sobol_open(llmp__sobol *sobol, unsigned dimensions, uint64_t seed,
                             llmp_error *error)
{
    const gsl_qrng_type *type = gsl_qrng_sobol;
    memset(sobol, 0, sizeof *sobol);
    if (dimensions == 0 || dimensions > LLMP__SOBOL_DIMENSIONS_MAX) {
        return llmp__fail(error, LLMP_E_INTERNAL, "%u dimensions", dimensions);
    }
    /* not gsl_qrng_alloc: its error handler would abort the program */
    sobol->state = malloc(type->state_size(dimensions));
    if (sobol->state == NULL || type->init_state(sobol->state, dimensions) != 0) {
        llmp__sobol_close(sobol);
        return llmp__fail_memory(error, "a Sobol sequence");
    }
    sobol->dimensions = dimensions;
    for (unsigned i = 0; i < dimensions; i++) {
        sobol->scramble[i] = (uint32_t)(next_seed(&seed) >> 32);
    }
    return LLMP_OK;
}

void llmp__sobol_next(llmp__sobol *sobol, double *out)
{
    if (sobol->begun) {
        (void)gsl_qrng_sobol->get(sobol->state, sobol->dimensions, out);
    } else {
        /* GSL leaves out the first point, the origin, without which no power of two is balanced */
        memset(out, 0, sobol->dimensions * sizeof *out);
        sobol->begun = true;
    }
    for (unsigned i = 0; i < sobol->dimensions; i++) {
        uint32_t bits = (uint32_t)(out[i] * gsl_scale) << 2;
        out[i] = ((double)scrambled(bits, sobol->scramble[i]) + 0.5) / 4294967296.0;
    }
}

void llmp__sobol_close(llmp__sobol *sobol)
{
    free(sobol->state);
    sobol->state = NULL;
}
