/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reference against blocks decoded by hand, and every variant that this processor runs against
 * the reference. */
#include "t.h"

#include "bench/isa.h"
#include "bench/kernels.h"

static void numbers_by_hand(void **state)
{
    (void)state;
    assert_true(llmp__f16_to_f32(0x3C00) == 1.0F);
    assert_true(llmp__f16_to_f32(0xC000) == -2.0F);
    assert_true(llmp__f16_to_f32(0x3555) == 0.333251953125F);
    assert_true(llmp__f16_to_f32(0x0001) == 0x1p-24F);
    assert_true(llmp__f16_to_f32(0x7BFF) == 65504.0F);
    assert_true(isinf(llmp__f16_to_f32(0xFC00)) && isnan(llmp__f16_to_f32(0x7E00)));
    assert_true(llmp__bf16_to_f32(0xC049) == -3.140625F);                  /* 1.1001001b * 2 */
    assert_int_equal(llmp__f32_to_bf16(1.0F + 0x1p-8F), 0x3F80);           /* a tie goes to even */
    assert_int_equal(llmp__f32_to_bf16(1.0F + 0x1p-7F + 0x1p-8F), 0x3F82); /* here too */
    assert_int_equal(llmp__f32_to_bf16(1.0F + 0x1p-8F + 0x1p-20F), 0x3F81);
    assert_true(llmp__e8m0_to_f32(127) == 1.0F && llmp__e8m0_to_f32(130) == 8.0F);
}

static void blocks_by_hand(void **state)
{
    (void)state;
    float w[256];
    /* q8_0: scale 0.5 */
    uint8_t q8[34] = {0x00, 0x38, 0x80, 0x7F, 5};
    llmp__formats[LLMP__Q8_0].dequantise(q8, w);
    assert_true(w[0] == -64.0F && w[1] == 63.5F && w[2] == 2.5F && w[31] == 0.0F);
    /* q4_0: scale 2; weights 0 and 16 share a byte; 8 is the zero */
    uint8_t q4[18] = {0x00, 0x40, 0xF0, 0x98};
    llmp__formats[LLMP__Q4_0].dequantise(q4, w);
    assert_true(w[0] == -16.0F && w[16] == 14.0F && w[1] == 0.0F && w[17] == 2.0F);
    /* mxfp4: exponent 128 is a scale of 2; E2M1 codes 1, 7, A, F are 0.5, 6, -1, -6 */
    uint8_t mx[17] = {128, 0x71};
    mx[16] = 0xFA;
    llmp__formats[LLMP__MXFP4].dequantise(mx, w);
    assert_true(w[0] == 1.0F && w[16] == 12.0F && w[15] == -2.0F && w[31] == -12.0F);
    /* q4_K: d 1, dmin 0.5. Sub-block 0: scale 5, minimum 3; sub-block 1: 2 and 4; sub-block 4:
     * scale 2 | 3 << 4 = 50, minimum 7 | 1 << 4 = 23, their upper bits in bytes 0 and 4 */
    uint8_t k4[144] = {0x00, 0x3C, 0x00, 0x38, 0xC5, 0x02, 0, 0, 0x43, 0x04, 0, 0, 0x72};
    k4[16] = 0x9A;
    k4[16 + 64] = 0x0F;
    llmp__formats[LLMP__Q4_K].dequantise(k4, w);
    assert_true(w[0] == 5.0F * 10.0F - 1.5F);
    assert_true(w[32] == 2.0F * 9.0F - 2.0F);
    assert_true(w[128] == 50.0F * 15.0F - 11.5F);
    assert_true(w[1] == -1.5F);
    /* q6_K: d 0.5; weights 0, 32, 64, 96 take bits 0, 1, 2, 3 of the first high byte, low bits 4,
     * 1, B, 2, scales 0, 2, 4, 6; 32 is the zero */
    uint8_t k6[210] = {0xB4};
    k6[32] = 0x21;
    k6[128] = 0xE4;
    static const int8_t scales[16] = {-2, 0, 3, 0, 1, 0, -1, 0, 7};
    memcpy(k6 + 192, scales, sizeof scales);
    k6[209] = 0x38;
    llmp__formats[LLMP__Q6_K].dequantise(k6, w);
    assert_true(w[0] == 28.0F);     /* 0.5 * -2 * (4 - 32) */
    assert_true(w[32] == -22.5F);   /* 0.5 * 3 * (17 - 32) */
    assert_true(w[64] == 5.5F);     /* 0.5 * 1 * (43 - 32) */
    assert_true(w[96] == -9.0F);    /* 0.5 * -1 * (50 - 32) */
    assert_true(w[128] == -112.0F); /* 0.5 * 7 * (0 - 32) */
}

static void activations_by_hand(void **state)
{
    (void)state;
    static float values[256];
    static _Alignas(64) uint8_t memory[8192];
    values[0] = 2.54F; /* scale 0.02 */
    values[1] = -1.0F; /* -50 */
    values[40] = 0.5F; /* its own 32; in all 256 of scale 0.02: 25 */
    assert_true(llmp__activations_bytes(256) <= sizeof memory);
    llmp__activations x;
    llmp__activations_fill(&x, memory, values, 256);
    assert_close(x.scale32[0], 0.02, 1e-6);
    assert_int_equal(x.q32[0], 127);
    assert_int_equal(x.q32[1], -50);
    assert_int_equal(x.sum32[0], 77);
    assert_int_equal(x.q32[40], 127);
    assert_true(x.scale32[2] == 0.0F && x.q32[64] == 0); /* all zero */
    assert_int_equal(x.q256[40], 25);
    assert_int_equal(x.sum256_16[0], 77);
    assert_int_equal(x.sum256_16[2], 25);
    assert_close(llmp__activations_value(&x, LLMP__ACT_Q8_256, 40), 0.5, 1e-6);
    assert_close(llmp__activations_value(&x, LLMP__ACT_BF16, 1), -1.0, 0);
}

static void interleaving_only_moves_bytes(void **state)
{
    (void)state;
    for (int f = 0; f < LLMP__FORMAT_COUNT; f++) {
        const llmp__format *format = &llmp__formats[f];
        static uint8_t rows[16 * 210];
        static uint8_t group[16 * 210 + 1];
        size_t bytes = 16U * format->block_bytes;
        long before[256] = {0};
        long after[256] = {0};
        uint64_t seed = 5731;
        for (size_t i = 0; i < bytes; i++) {
            rows[i] = (uint8_t)(llmp__bench_random(&seed) >> 40);
            before[rows[i]]++;
        }
        group[bytes] = 0x5A;
        format->interleave(rows, format->block_bytes, group);
        assert_int_equal(group[bytes], 0x5A);
        for (size_t i = 0; i < bytes; i++) {
            after[group[i]]++;
        }
        assert_memory_equal(before, after, sizeof before);
    }
    /* the scale of row 3 of q8_0, and its weights 4 to 7 */
    static uint8_t rows[16 * 34];
    static uint8_t group[16 * 34];
    memcpy(rows + 3 * 34, "\1\2abcdefgh", 10);
    llmp__formats[LLMP__Q8_0].interleave(rows, 34, group);
    assert_memory_equal(group + 6, "\1\2", 2);
    assert_memory_equal(group + 32 + 64 + 12, "efgh", 4);
}

static void every_variant_agrees_with_the_reference(void **state)
{
    (void)state;
    unsigned isa = llmp__isa_detect();
    const llmp__kernel *k;
    size_t run = 0;
    for (size_t i = 0; (k = llmp__kernel_at(i)) != NULL; i++) {
        if ((k->needs & ~isa) != 0) {
            continue;
        }
        for (uint64_t seed = 1; seed <= 3; seed++) {
            double error = llmp__kernel_check(k, seed * 5731);
            if (!(error <= 1.0)) {
                fail_msg("%s %s %s: %g of the tolerance, seed %u", llmp__kernel_names[k->id],
                         k->dtype, k->variant, error, (unsigned)seed);
            }
        }
        run++;
    }
    assert_true(run >= 13); /* the plain ones at least */
}

/* --- the check itself can fail ---------------------------------------------------------------- */

static const llmp__kernel *plain(llmp__kernel_id id, const char *dtype)
{
    return llmp__kernel_choose(id, dtype, 0, false);
}

static void gemv_slightly_wrong(const uint8_t *group, const llmp__activations *x, size_t m,
                                float *y)
{
    plain(LLMP__GEMV, "q4_0")->gemv(group, x, m, y);
    y[5] *= 1.001F;
}

static void gemv_too_far(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    plain(LLMP__GEMV, "q4_0")->gemv(group, x, m, y);
    y[m * LLMP__LANES] = 0.0F;
}

static void gemv_lazy(const uint8_t *group, const llmp__activations *x, size_t m, float *y)
{
    plain(LLMP__GEMV, "q4_0")->gemv(group, x, m - (m > 1 ? 1 : 0), y);
}

static void gemm_off_by_one(const void *a, const void *b, size_t m, size_t groups, size_t units,
                            void *c)
{
    plain(LLMP__GEMM, "int8")->gemm(a, b, m, groups, units, c);
    ((int32_t *)c)[17] += 1;
}

static float read_short(const float *a, size_t count)
{
    return plain(LLMP__STREAM_READ, "f32")->read(a, count - 64);
}

static void wrong_kernels_are_found(void **state)
{
    (void)state;
    const llmp__kernel wrong[] = {
        {.id = LLMP__GEMV, .dtype = "q4_0", .gemv = gemv_slightly_wrong},
        {.id = LLMP__GEMV, .dtype = "q4_0", .gemv = gemv_too_far},
        {.id = LLMP__GEMV, .dtype = "q4_0", .gemv = gemv_lazy},
        {.id = LLMP__GEMM, .dtype = "int8", .gemm = gemm_off_by_one},
        {.id = LLMP__STREAM_READ, .dtype = "f32", .read = read_short},
        {.id = LLMP__GEMV, .dtype = "q4_0", .gemv = plain(LLMP__GEMV, "mxfp4")->gemv},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (llmp__kernel_check(&wrong[i], 5731) <= 1.0) {
            fail_msg("wrong kernel %zu passes", i);
        }
    }
}

static void the_best_usable_variant_is_chosen(void **state)
{
    (void)state;
    assert_string_equal(plain(LLMP__GEMV, "q4_k")->variant, "c");
    assert_null(llmp__kernel_choose(LLMP__GEMV, "q5_k", 0, false));
#if defined(__x86_64__)
    unsigned some = LLMP__ISA_AVX2;
    assert_string_equal(llmp__kernel_choose(LLMP__GEMV, "q4_k", some, false)->variant, "avx2");
    assert_string_equal(llmp__kernel_choose(LLMP__COPY, "f32", some, true)->variant, "avx2-nt");
    assert_string_equal(llmp__kernel_choose(LLMP__COPY, "f32", some, false)->variant, "avx2");
    some |= LLMP__ISA_AVX512 | LLMP__ISA_AVX512_VNNI;
    assert_string_equal(llmp__kernel_choose(LLMP__GEMV, "q4_k", some, false)->variant,
                        "avx512-vnni");
    assert_string_equal(llmp__kernel_choose(LLMP__GEMM, "bf16", some, false)->variant, "avx2");
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_by_hand),
        cmocka_unit_test(blocks_by_hand),
        cmocka_unit_test(activations_by_hand),
        cmocka_unit_test(interleaving_only_moves_bytes),
        cmocka_unit_test(every_variant_agrees_with_the_reference),
        cmocka_unit_test(wrong_kernels_are_found),
        cmocka_unit_test(the_best_usable_variant_is_chosen),
    };
    return cmocka_run_group_tests_name("bench kernels", tests, NULL, NULL);
}
