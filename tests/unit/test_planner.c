/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog.h"

#include <llmplan/planner.h>

#include "planner/fit.h"

static llmp_fit_request ask(const char *model, const char *machine, llmp_machine *machines)
{
    llmp_fit_request request = LLMP_FIT_REQUEST_INIT;
    size_t count = 0;
    request.model = LLMP_MODEL(named(LLMP_KIND_MODEL, model));
    assert_ok(llmp_machine_parse(catalog, machine, machines, &count, NULL, &error));
    request.machine = &machines[0];
    return request;
}

static void the_best_quality_that_fits_is_chosen(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("llama-3.1-70b", "2x rtx-4090", machines);
    llmp_fit *fit = NULL;
    request.memory.context_tokens = 5731;
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    const llmp_fit_answer *answer = llmp_fit_answer_of(fit);
    assert_int_equal(answer->verdict, LLMP_VERDICT_FITS);
    assert_string_equal(answer->quant_reason, "the best quality that fits");

    /* Every quant of better quality, asked for by name, must not fit. */
    llmp__candidate candidates[LLMP__CANDIDATES_MAX];
    size_t count = llmp__quant_candidates(catalog, answer->model, answer->engine, candidates);
    bool reached = false;
    for (size_t i = 0; i < count && !reached; i++) {
        reached = candidates[i].quant == answer->quant;
        llmp_fit *other = NULL;
        request.quant = candidates[i].quant;
        request.engine = answer->engine;
        assert_ok(llmp_fit_create(catalog, &request, &other, &error));
        assert_int_equal(llmp_fit_answer_of(other)->verdict == LLMP_VERDICT_FITS, reached);
        llmp_fit_destroy(&other);
    }
    assert_true(reached);
    llmp_fit_destroy(&fit);
}

static void candidates_are_ordered_by_loss_and_engines_can_load_them(void **state)
{
    (void)state;
    const llmp_engine *engine = LLMP_ENGINE(named(LLMP_KIND_ENGINE, "llama.cpp"));
    const llmp_model *model = LLMP_MODEL(named(LLMP_KIND_MODEL, "qwen3-32b"));
    llmp__candidate candidates[LLMP__CANDIDATES_MAX];
    size_t count = llmp__quant_candidates(catalog, model, engine, candidates);
    assert_true(count > 8);
    assert_string_equal(candidates[0].quant->head.id, "BF16"); /* its own format loses nothing */
    for (size_t i = 0; i < count; i++) {
        assert_true(llmp__engine_loads(engine, candidates[i].quant->family));
        assert_true(candidates[i].quant->nominal_bits_per_weight <= 16.6);
        if (i > 0)
            assert_true(candidates[i].loss >= candidates[i - 1].loss);
    }
}

/* llama.cpp tools/perplexity/README.md, Llama 3 8B: mean KL divergence, imatrix from Wikitext. */
static void published_losses_are_used_as_published(void **state)
{
    (void)state;
    const llmp_model *model = LLMP_MODEL(named(LLMP_KIND_MODEL, "llama-3-8b"));
    const char *source = NULL;
    double q4 =
        llmp__quant_loss(catalog, LLMP_QUANT(named(LLMP_KIND_QUANT, "Q4_K_M")), model, &source);
    assert_close(q4, 0.028152, 1e-12);
    assert_contains(source, "perplexity/README.md");
    /* No figure for AWQ: between those of its neighbours in bits, and no source. */
    double awq =
        llmp__quant_loss(catalog, LLMP_QUANT(named(LLMP_KIND_QUANT, "AWQ-4bit")), model, &source);
    assert_null(source);
    assert_true(awq > 0.005 && awq < 0.5);
}

static void a_native_format_loses_nothing(void **state)
{
    (void)state;
    const char *source;
    const llmp_model *gpt_oss = LLMP_MODEL(named(LLMP_KIND_MODEL, "gpt-oss-20b"));
    const llmp_model *llama = LLMP_MODEL(named(LLMP_KIND_MODEL, "llama-3.1-8b"));
    const llmp_quant *mxfp4 = LLMP_QUANT(named(LLMP_KIND_QUANT, "MXFP4"));
    assert_true(llmp__quant_loss(catalog, mxfp4, gpt_oss, &source) == 0);
    assert_true(llmp__quant_loss(catalog, mxfp4, llama, &source) > 0);
}

static void mlx_does_not_run_on_nvidia(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("llama-3.1-8b", "rtx-4090", machines);
    llmp_fit *fit = NULL;
    request.engine = LLMP_ENGINE(named(LLMP_KIND_ENGINE, "mlx"));
    assert_int_equal(llmp_fit_create(catalog, &request, &fit, &error), LLMP_E_IMPOSSIBLE);
    assert_null(fit);
    assert_contains(error.message, "MLX");
}

/* 4.9 GB fit on one card of 24 GiB; llama.cpp left alone would spread them over both. */
static void one_of_two_cards_is_said_to_be(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("llama-3.1-8b", "2x rtx-4090", machines);
    llmp_fit *fit = NULL;
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q4_K_M"));
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_contains(llmp_fit_answer_of(fit)->command, "--split-mode none");
    assert_contains(llmp_fit_answer_of(fit)->warnings[0], "one of the 2 devices");
    llmp_fit_destroy(&fit);
    request.memory.placement = LLMP_PLACE_LAYER_SPLIT;
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_null(strstr(llmp_fit_answer_of(fit)->command, "--split-mode"));
    assert_int_equal(llmp_fit_answer_of(fit)->memory.placement, LLMP_PLACE_LAYER_SPLIT);
    llmp_fit_destroy(&fit);
}

static const char *engine_of(llmp_fit_request *request)
{
    llmp_fit *fit = NULL;
    assert_ok(llmp_fit_create(catalog, request, &fit, &error));
    const char *id = llmp_fit_answer_of(fit)->engine->head.id;
    llmp_fit_destroy(&fit);
    return id;
}

/* data/quants: MXFP4 is Q8_0 but for stacked experts. A dense model is then all Q8_0 and GLM's
 * other weights are: GGUF alone holds that. gpt-oss ships in MXFP4, and every server loads what it
 * ships. Of the options: vLLM caches in 16 and 8 bits of float, and keeps no layers on the host. */
static void where_the_usual_engine_cannot_the_next_one_does(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    const struct {
        const char *model, *quant, *kv;
        llmp_placement placement;
        const char *engine;
    } cases[] = {
        {"llama-3.1-70b", "BF16", NULL, LLMP_PLACE_AUTO, "vllm"},
        {"llama-3.1-70b", "MXFP4", NULL, LLMP_PLACE_AUTO, "llama.cpp"},
        {"glm-4.5-air", "MXFP4", NULL, LLMP_PLACE_AUTO, "llama.cpp"},
        {"gpt-oss-120b", "MXFP4", NULL, LLMP_PLACE_AUTO, "vllm"},
        {"qwen3-8b", "BF16", "q8_0", LLMP_PLACE_AUTO, "llama.cpp"},
        {"qwen3-8b", "BF16", "fp8", LLMP_PLACE_AUTO, "vllm"},
        {"qwen3-30b-a3b", NULL, NULL, LLMP_PLACE_EXPERT_OFFLOAD, "llama.cpp"},
        {"qwen3-8b", NULL, NULL, LLMP_PLACE_LAYER_OFFLOAD, "llama.cpp"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        llmp_fit_request request = ask(cases[i].model, "h100-sxm", machines);
        if (cases[i].quant)
            request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, cases[i].quant));
        if (cases[i].kv)
            request.memory.kv_k_format = request.memory.kv_v_format =
                LLMP_FORMAT(named(LLMP_KIND_FORMAT, cases[i].kv));
        request.memory.placement = cases[i].placement;
        assert_string_equal(engine_of(&request), cases[i].engine);
    }
    llmp_fit_request request = ask("llama-3.1-70b", "h100-sxm", machines); /* named is named */
    llmp_fit *fit = NULL;
    request.engine = LLMP_ENGINE(named(LLMP_KIND_ENGINE, "vllm"));
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "MXFP4"));
    assert_int_equal(llmp_fit_create(catalog, &request, &fit, &error), LLMP_E_IMPOSSIBLE);
    assert_contains(error.message, "vLLM does not load MXFP4");
    assert_contains(error.hint, "llama.cpp");
    /* 235 billion weights at 2.7 bits are 74 GiB: fewer bits than vLLM has files of */
    llmp_fit_request large = ask("qwen3-235b-a22b", "h100-sxm", machines);
    assert_ok(llmp_fit_create(catalog, &large, &fit, &error));
    assert_int_equal(llmp_fit_answer_of(fit)->verdict, LLMP_VERDICT_CANNOT_RUN);
    assert_contains(llmp_fit_answer_of(fit)->advice[0].change, "-e llama.cpp -q IQ2");
    llmp_fit_destroy(&fit);
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "FP8"));
    request.memory.placement = LLMP_PLACE_CPU;
    assert_int_equal(llmp_fit_create(catalog, &request, &fit, &error), LLMP_E_IMPOSSIBLE);
    assert_null(fit);
}

static void an_engine_that_cannot_load_the_quant_says_which_can(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("llama-3.1-8b", "rtx-4090", machines);
    llmp_fit *fit = NULL;
    request.engine = LLMP_ENGINE(named(LLMP_KIND_ENGINE, "llama.cpp"));
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "AWQ-4bit"));
    assert_int_equal(llmp_fit_create(catalog, &request, &fit, &error), LLMP_E_IMPOSSIBLE);
    assert_contains(error.message, "AWQ-4bit");
    assert_contains(error.hint, "vllm");
}

static void a_context_beyond_the_model_is_refused_with_its_limit(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("llama-3.1-8b", "rtx-4090", machines);
    llmp_fit *fit = NULL;
    request.memory.context_tokens = 131073;
    assert_int_equal(llmp_fit_create(catalog, &request, &fit, &error), LLMP_E_RANGE);
    assert_contains(error.message, "131,072");
    assert_null(fit);
}

/* Llama 2 was made for 4,096 tokens, Llama 3.1 for 131,072. */
static void a_context_not_asked_for_is_one_the_model_has(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit *fit = NULL;
    llmp_fit_request request = ask("llama-2-7b", "rtx-4090", machines);
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_int_equal(llmp_fit_answer_of(fit)->memory.context_tokens, 4096);
    llmp_fit_destroy(&fit);
    request = ask("llama-3.1-8b", "rtx-4090", machines);
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_int_equal(llmp_fit_answer_of(fit)->memory.context_tokens, 8192);
    llmp_fit_destroy(&fit);
}

static void bare_cards_stand_in_an_assumed_computer(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("llama-3.1-70b", "rtx-4090", machines);
    llmp_fit *fit = NULL;
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q4_K_M"));
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    const llmp_fit_answer *answer = llmp_fit_answer_of(fit);
    assert_int_equal(answer->verdict, LLMP_VERDICT_RUNS_SLOWLY);
    bool said = false;
    for (uint32_t i = 0; i < answer->warning_count; i++)
        said |= strstr(answer->warnings[i], "assumed") != NULL;
    assert_true(said);
    llmp_fit_destroy(&fit);
}

/* No Ampere card multiplies in FP4; Blackwell does. */
static void fp4_on_ampere_says_what_happens_instead(void **state)
{
    (void)state;
    static const char *const cards[] = {"rtx-3090", "rtx-5090"};
    for (size_t i = 0; i < 2; i++) {
        llmp_machine machines[LLMP_MACHINES_MAX];
        llmp_fit_request request = ask("llama-3.1-8b", cards[i], machines);
        llmp_fit *fit = NULL;
        request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "NVFP4"));
        assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
        const llmp_fit_answer *answer = llmp_fit_answer_of(fit);
        unsigned said = 0;
        for (uint32_t j = 0; j < answer->warning_count; j++)
            said += strstr(answer->warnings[j], "FP4") != NULL;
        assert_int_equal(said, i == 0);
        llmp_fit_destroy(&fit);
    }
}

static void advice_is_better_than_the_answer(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"llama-3.1-70b", "rtx-4090"},
                                           {"llama-3.1-405b", "2x rtx-5090"},
                                           {"qwen3-30b-a3b", "m5-max"},
                                           {"gpt-oss-120b", "rtx-5090"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        llmp_machine machines[LLMP_MACHINES_MAX];
        llmp_fit_request request = ask(pairs[i][0], pairs[i][1], machines);
        llmp_fit *fit = NULL;
        assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
        const llmp_fit_answer *answer = llmp_fit_answer_of(fit);
        assert_true(answer->advice_count > 0);
        for (uint32_t j = 0; j < answer->advice_count; j++) {
            const llmp_fit_advice *advice = &answer->advice[j];
            const bool faster = advice->decode_p50_tokens_per_s > answer->decode.tokens_per_s.p50;
            const bool longer = advice->max_context_tokens > answer->max_context_tokens;
            const bool machine = strstr(advice->change, "--on") != NULL;
            const bool quality = strstr(advice->change, "--quant") != NULL;
            assert_true(advice->verdict < answer->verdict || faster || longer || machine ||
                        quality);
            assert_true(advice->change[0] && advice->effect[0]);
        }
        llmp_fit_destroy(&fit);
    }
}

static void the_command_drops_what_is_not_set(void **state)
{
    (void)state;
    static const char overlay[] =
        "engines:\n  - {id: llama.cpp, command: \"run -m {file}[ -np {parallel}][ -ctk {kv_k}] "
        "-c {total_context}\"}\n";
    assert_ok(llmp_catalog_overlay(catalog, overlay, strlen(overlay), "test", &error));
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("llama-3.1-8b", "rtx-4090", machines);
    llmp_fit *fit = NULL;
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q4_K_M"));
    request.memory.context_tokens = 5888; /* 23 times the padding of 256 */
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_string_equal(llmp_fit_answer_of(fit)->command,
                        "run -m llama-3.1-8b-Q4_K_M.gguf -c 5888");
    llmp_fit_destroy(&fit);
    request.memory.parallel = 7;
    request.memory.kv_k_format = request.memory.kv_v_format =
        LLMP_FORMAT(named(LLMP_KIND_FORMAT, "q8_0"));
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_string_equal(llmp_fit_answer_of(fit)->command,
                        "run -m llama-3.1-8b-Q4_K_M.gguf -np 7 -ctk q8_0 -c 41216");
    llmp_fit_destroy(&fit);
}

static void a_quant_too_large_hides_no_smaller_one(void **state)
{
    /* 16 bit misses 8 x 80 GB, and so does every single device and the host: 8.5 bits, 431 GB, fit
     * over all eight. */
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("llama-3.1-405b", "8x h100-sxm", machines);
    llmp_fit *fit = NULL;
    request.engine = LLMP_ENGINE(named(LLMP_KIND_ENGINE, "llama.cpp"));
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_string_equal(llmp_fit_answer_of(fit)->quant_title, "Q8_0");
    assert_non_null(strstr(llmp_fit_answer_of(fit)->command, "-ngl 999")); /* 126 layers */
    llmp_fit_destroy(&fit);
}

static void the_command_says_what_was_asked(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("qwen3-8b", "rtx-3090", machines);
    llmp_fit *fit = NULL;
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q6_K"));
    request.memory.kv_k_format = LLMP_FORMAT(named(LLMP_KIND_FORMAT, "q8_0"));
    request.memory.kv_v_format = LLMP_FORMAT(named(LLMP_KIND_FORMAT, "q4_0"));
    request.draft_model = LLMP_MODEL(named(LLMP_KIND_MODEL, "qwen3-0.6b"));
    request.draft_quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q4_0"));
    request.file = "my models/it's.gguf";
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_string_equal(llmp_fit_answer_of(fit)->command,
                        "llama-server -m 'my models/it'\\''s.gguf' -ngl 99 -c 8192 --cache-type-k "
                        "q8_0 --cache-type-v q4_0 -md qwen3-0.6b-Q4_0.gguf --draft-max 4");
    llmp_fit_destroy(&fit);

    /* A server finds 16 bit at the publisher's, other quants under a name of their own. */
    request = ask("qwen3-32b", "h100-sxm", machines);
    request.engine = LLMP_ENGINE(named(LLMP_KIND_ENGINE, "vllm"));
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "BF16"));
    request.memory.kv_k_format = LLMP_FORMAT(named(LLMP_KIND_FORMAT, "f16"));
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_string_equal(llmp_fit_answer_of(fit)->command,
                        "vllm serve Qwen/Qwen3-32B --max-model-len 8192");
    llmp_fit_destroy(&fit);
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "AWQ-4bit"));
    request.memory.kv_k_format = LLMP_FORMAT(named(LLMP_KIND_FORMAT, "fp8"));
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_string_equal(llmp_fit_answer_of(fit)->command,
                        "vllm serve qwen3-32b-AWQ-4bit --max-model-len 8192 --kv-cache-dtype fp8");
    llmp_fit_destroy(&fit);
}

static void a_draft_takes_memory_from_its_target(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("qwen3-32b", "2x rtx-4090", machines);
    llmp_fit *alone = NULL, *drafted = NULL;
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q8_0"));
    assert_ok(llmp_fit_create(catalog, &request, &alone, &error));
    request.draft_model = LLMP_MODEL(named(LLMP_KIND_MODEL, "qwen3-1.7b"));
    assert_ok(llmp_fit_create(catalog, &request, &drafted, &error));
    const llmp_fit_answer *a = llmp_fit_answer_of(alone), *b = llmp_fit_answer_of(drafted);
    assert_true(a->draft_bytes == 0);
    /* 1.72 G parameters at 8.5 bits are 1.83 GB; the cache of 8,192 positions is 28 layers x
     * 8 heads x 128 x 2 x 2 bytes each, 0.94 GB; buffers come to it. */
    assert_in_range(b->draft_bytes, 2700000000, 3300000000);
    assert_in_range(a->memory.available_bytes - b->memory.available_bytes, b->draft_bytes,
                    b->draft_bytes + 2);
    assert_true(b->max_context_tokens < a->max_context_tokens || a->max_context_is_models);
    llmp_fit_destroy(&alone);
    llmp_fit_destroy(&drafted);
}

static void slow_16bit_units_are_left_alone(void **state)
{
    /* A P40 does 0.18 TFLOP/s in FP16 and 11.76 in FP32. 7.5 G parameters behind the embedding:
     * 12.2 tokens/s at most on the former. */
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("llama-3.1-8b", "p40", machines);
    llmp_fit *fit = NULL;
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "BF16"));
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_true(llmp_fit_answer_of(fit)->prefill.tokens_per_s.p50 > 4 * 12.2);
    llmp_fit_destroy(&fit);
}

static void the_list_is_ranked_and_complete(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("llama-3.1-8b", "rtx-3090", machines);
    llmp_fit_list *list = NULL;
    size_t cannot = 0, unknown = 0;
    request.model = NULL;
    assert_ok(llmp_fit_list_create(catalog, &request, &list, &error));
    const size_t rows = llmp_fit_list_size(list);
    llmp_fit_list_left_out(list, &cannot, &unknown, NULL);
    assert_int_equal(rows + cannot + unknown, llmp_catalog_count(catalog, LLMP_KIND_MODEL));
    assert_true(rows > 50);
    for (size_t i = 1; i < rows; i++) {
        const llmp_fit_row *a = llmp_fit_list_row(list, i - 1), *b = llmp_fit_list_row(list, i);
        const bool good_a = a->quant_loss_ratio < 0.15, good_b = b->quant_loss_ratio < 0.15;
        assert_true(a->verdict <= b->verdict);
        if (a->verdict == LLMP_VERDICT_FITS && b->verdict == LLMP_VERDICT_FITS)
            assert_true(good_a >= good_b && (good_a != good_b || a->params >= b->params));
    }
    assert_null(llmp_fit_list_row(list, rows));
    llmp_fit_list_destroy(&list);
    /* asked for more context than many were made for: none of them is listed */
    size_t shorter = 0;
    request.memory.context_tokens = 65536;
    assert_ok(llmp_fit_list_create(catalog, &request, &list, &error));
    llmp_fit_list_left_out(list, &cannot, &unknown, &shorter);
    assert_true(shorter > 10);
    assert_int_equal(llmp_fit_list_size(list) + cannot + unknown + shorter,
                     llmp_catalog_count(catalog, LLMP_KIND_MODEL));
    for (size_t i = 0; i < llmp_fit_list_size(list); i++)
        assert_true(llmp_fit_list_row(list, i)->model->max_context_tokens == 0 ||
                    llmp_fit_list_row(list, i)->model->max_context_tokens >= 65536);
    llmp_fit_list_destroy(&list);
}

static void speculation_needs_layers_or_a_draft(void **state)
{
    (void)state;
    llmp_machine machines[LLMP_MACHINES_MAX];
    llmp_fit_request request = ask("llama-3.1-8b", "rtx-4090", machines);
    llmp_fit *fit = NULL;
    request.quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q8_0"));
    request.self_draft = true;
    assert_int_equal(llmp_fit_create(catalog, &request, &fit, &error), LLMP_E_IMPOSSIBLE);
    request.self_draft = false;
    request.draft_model = LLMP_MODEL(named(LLMP_KIND_MODEL, "llama-3.2-1b"));
    assert_ok(llmp_fit_create(catalog, &request, &fit, &error));
    assert_true(llmp_fit_answer_of(fit)->has_speculative);
    /* A draft an eighth of the size with 70 % acceptance must pay at batch 1. */
    assert_true(llmp_fit_answer_of(fit)->speculative.tokens_per_s.p50 >
                llmp_fit_answer_of(fit)->decode.tokens_per_s.p50);
    llmp_fit_destroy(&fit);
}

static void cases_say_where_a_file_is_wrong(void **state)
{
    (void)state;
    static const char unknown[] = "cases:\n  - id: a\n    source: s\n    question: kv_byte\n"
                                  "    value: 1\n    unit: B\n";
    static const char wrong[] = "cases:\n  - id: a\n    source: s\n    question: distinct_experts\n"
                                "    experts: 61\n    experts_per_token: 7\n    batch: 5\n"
                                "    value: 35\n    unit: \"1\"\n    tolerance_ratio: 0.5\n"
                                "    differs: true\n";
    size_t passed = 0, failed = 0;
    assert_int_equal(llmp_cases_run(catalog, unknown, strlen(unknown), "c.yaml", NULL, NULL,
                                    &passed, &failed, &error),
                     LLMP_E_SCHEMA);
    assert_int_equal(error.line, 2);
    assert_contains(error.hint, "kv_bytes");
    /* 61 (1 - (54/61)^5) = 27.8 lies inside 35 +- 50 %, so a case that must differ fails. */
    assert_ok(llmp_cases_run(catalog, wrong, strlen(wrong), "c.yaml", NULL, NULL, &passed, &failed,
                             &error));
    assert_int_equal(passed, 0);
    assert_int_equal(failed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_best_quality_that_fits_is_chosen, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(candidates_are_ordered_by_loss_and_engines_can_load_them,
                                        open_catalog, close_catalog),
        cmocka_unit_test_setup_teardown(published_losses_are_used_as_published, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(a_native_format_loses_nothing, open_catalog, close_catalog),
        cmocka_unit_test_setup_teardown(mlx_does_not_run_on_nvidia, open_catalog, close_catalog),
        cmocka_unit_test_setup_teardown(one_of_two_cards_is_said_to_be, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(where_the_usual_engine_cannot_the_next_one_does,
                                        open_catalog, close_catalog),
        cmocka_unit_test_setup_teardown(an_engine_that_cannot_load_the_quant_says_which_can,
                                        open_catalog, close_catalog),
        cmocka_unit_test_setup_teardown(a_context_beyond_the_model_is_refused_with_its_limit,
                                        open_catalog, close_catalog),
        cmocka_unit_test_setup_teardown(a_context_not_asked_for_is_one_the_model_has, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(bare_cards_stand_in_an_assumed_computer, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(fp4_on_ampere_says_what_happens_instead, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(advice_is_better_than_the_answer, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(the_command_drops_what_is_not_set, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(a_quant_too_large_hides_no_smaller_one, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(the_command_says_what_was_asked, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(a_draft_takes_memory_from_its_target, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(slow_16bit_units_are_left_alone, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(the_list_is_ranked_and_complete, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(speculation_needs_layers_or_a_draft, open_catalog,
                                        close_catalog),
        cmocka_unit_test_setup_teardown(cases_say_where_a_file_is_wrong, open_catalog,
                                        close_catalog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
