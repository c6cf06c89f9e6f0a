/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels of the CPU, in words for people. */
#include "bench/cpu.h"
#include "bench/isa.h"

#include <string.h>

static void describe(const llmp__kernel *k, llmp_bench_kernel_info *out)
{
    static const char *const bytes[] = {"4 an element", "8 an element", "12 an element"};
    static const char *const ops[] = {"1 an element", "none", "2 an element"};
    switch (k->id) {
    case LLMP__STREAM_READ:
    case LLMP__COPY:
    case LLMP__TRIAD:
        out->bytes = bytes[k->id];
        out->operations = ops[k->id];
        out->reference = k->id == LLMP__STREAM_READ ? "likwid-bench load" : "STREAM, McCalpin";
        return;
    case LLMP__GEMV:
        out->bytes = llmp__format_find(k->dtype)->bytes;
        out->operations = "2 a weight";
        out->reference = llmp__format_find(k->dtype)->reference;
        return;
    case LLMP__GEMM:
        out->bytes = strcmp(k->dtype, "f32") == 0    ? "4 (nk + mk + mn)"
                     : strcmp(k->dtype, "bf16") == 0 ? "2 (nk + mk) + 4 mn"
                                                     : "nk + mk + 4 mn";
        out->operations = "2 mnk";
        out->reference = "Goto and van de Geijn 2008";
        return;
    case LLMP__KERNEL_COUNT:
        break;
    }
}

static const char *needs_of(unsigned needs)
{
    static const struct {
        unsigned set;
        const char *text;
    } all[] = {{LLMP__ISA_AVX2, "avx2"},
               {LLMP__ISA_AVX2 | LLMP__ISA_AVXVNNI, "avx2 avx-vnni"},
               {LLMP__ISA_AVX512, "avx512"},
               {LLMP__ISA_AVX512 | LLMP__ISA_AVX512_VNNI, "avx512 avx512-vnni"},
               {LLMP__ISA_AVX512 | LLMP__ISA_AVX512_BF16, "avx512 avx512-bf16"},
               {LLMP__ISA_NEON, "neon"},
               {LLMP__ISA_NEON | LLMP__ISA_DOTPROD, "neon dotprod"},
               {LLMP__ISA_NEON | LLMP__ISA_DOTPROD | LLMP__ISA_I8MM, "neon dotprod i8mm"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (all[i].set == needs) {
            return all[i].text;
        }
    }
    return "";
}

static void describe_variant(const llmp__kernel *k, llmp_bench_kernel_info *out)
{
    unsigned isa = llmp__isa_detect();
    out->name = llmp__kernel_names[k->id];
    out->dtype = k->dtype;
    out->variant = k->variant;
    out->needs = needs_of(k->needs);
    out->usable = (k->needs & ~isa) == 0;
    out->chosen = llmp__kernel_choose(k->id, k->dtype, isa, false) == k ||
                  llmp__kernel_choose(k->id, k->dtype, isa, true) == k;
    describe(k, out);
}

bool llmp__cpu_kernel_at(size_t i, llmp_bench_kernel_info *out)
{
    static const struct {
        const char *name, *dtype, *operations, *reference;
    } plain[] = {{"barrier", "none", "1 barrier", "all threads meet, spinning"},
                 {"clock", "int64", "1024 additions", "dependent additions, one cycle each"}};
    const llmp__kernel *k;
    for (size_t at = 0; (k = llmp__kernel_at(at)) != NULL; at++) {
        if (i-- == 0) {
            describe_variant(k, out);
            return true;
        }
    }
    /* the gemv of a format takes several rows too; bf16 has a gemm of its own */
    for (size_t at = 0; (k = llmp__kernel_at(at)) != NULL; at++) {
        if (k->id == LLMP__GEMV && strcmp(k->dtype, "bf16") != 0 && i-- == 0) {
            describe_variant(k, out);
            out->name = llmp__kernel_names[LLMP__GEMM];
            return true;
        }
    }
    if (i < sizeof plain / sizeof *plain) {
        out->name = plain[i].name;
        out->dtype = plain[i].dtype;
        out->operations = plain[i].operations;
        out->reference = plain[i].reference;
        out->variant = "c";
        out->needs = "";
        out->bytes = "none";
        out->usable = out->chosen = true;
        return true;
    }
    return false;
}
