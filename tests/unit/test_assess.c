/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tasks timed by hand, and assessments against the stages they are made of. */
#include "catalog.h"

#include <llmplan/planner_assess.h>

#include "speed_models.h"

static llmp_machine machines[LLMP_MACHINES_MAX];
static llmp_fit_request models[LLMP_ASSESS_MODELS_MAX];
static llmp_cost_request cost_request;

static llmp_assess_request ask(const char *machine, const char *first, const char *second)
{
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    llmp_assess_request request = LLMP_ASSESS_REQUEST_INIT;
    const char *names[] = {first, second};
    size_t count;
    assert_ok(llmp_machine_parse(catalog, machine, machines, &count, NULL, &error));
    request.machine = &machines[0];
    request.models = models;
    for (int i = 0; i < 2 && names[i] != NULL; i++) {
        models[i] = initial;
        models[i].model = LLMP_MODEL(named(LLMP_KIND_MODEL, names[i]));
        request.model_count++;
    }
    request.tasks[0] = LLMP_TASK(named(LLMP_KIND_TASK, "agent-session"));
    request.tasks[1] = LLMP_TASK(named(LLMP_KIND_TASK, "document-30k"));
    request.task_count = 2;
    return request;
}

static void with_money(llmp_assess_request *request, const char *workload, const char *api)
{
    cost_request =
        (llmp_cost_request){.struct_size = sizeof cost_request, .terms = LLMP_SERVICE_TERMS_INIT};
    cost_request.workload = LLMP_WORKLOAD(named(LLMP_KIND_WORKLOAD, workload));
    if (api != NULL) {
        assert_ok(llmp_price_in_force(catalog, api, 0, &cost_request.api, NULL, &error));
    }
    request->cost = &cost_request;
}

static llmp_assessment *assess(const llmp_assess_request *request)
{
    llmp_assessment *it = NULL;
    assert_ok(llmp_assess_create(catalog, request, &it, &error));
    return it;
}

/* --- tasks ------------------------------------------------------------------------------------ */

/* 1 TB/s and 1 TFLOP/s, 8 GB read and 6 GFLOP a token, no cache to read: 8 ms a token of output and
 * 6 ms a token of prompt. */
static llmp_speed_model flat(void)
{
    llmp_speed_model model = bare_model(1e12, 1e12, 5);
    model.groups[0].dense_bytes = 8e9 / 5;
    model.groups[0].dense_weights = 3e9 / 5;
    return model;
}

/* Three turns after 100 tokens, half of what was there cached: 50 + 1,000 new of 100 there; then of
 * 1,120 half and 50 new; then of 1,190 half and 50. */
static void seconds_by_hand(void **state)
{
    (void)state;
    llmp_speed_model model = flat();
    const llmp_task task = {.turns = 3,
                            .prefix_tokens = 100,
                            .prompt_tokens = 1000,
                            .turn_prompt_tokens = 50,
                            .output_tokens = 20,
                            .cache_hit_ratio = 0.5};
    llmp_task_time time;
    assert_ok(llmp_task_time_of(&model, &task, NULL, &time, &error));
    const double fresh = 1050 + 610 + 645;
    assert_close(time.prefill_tokens, fresh, 1e-12);
    assert_close(time.cached_tokens, 50 + 560 + 595, 1e-12);
    assert_close(time.context_tokens, 1260, 1e-12);
    assert_close(llmp_task_context_tokens(&task), 1260, 1e-12);
    assert_close(time.prefill_s, fresh * 6e-3, 1e-9);
    assert_close(time.decode_s, 60 * 8e-3, 1e-9);
    assert_close(time.time_s.p50, 13.83 + 0.48, 1e-9);

    /* 80 % intervals of 0.2 and 0.1 in ln: slow ends add up */
    model.sigma_prefill = 0.2;
    model.sigma_decode = 0.1;
    assert_ok(llmp_task_time_of(&model, &task, NULL, &time, &error));
    assert_close(time.time_s.p90, 13.83 * exp(0.2 * 1.2815516) + 0.48 * exp(0.1 * 1.2815516), 1e-6);
    assert_true(time.time_s.p10 <= time.time_s.p50);
}

/* All cached: only what is new is processed. Nothing cached: all of it, every turn. */
static void cache_saves(void **state)
{
    (void)state;
    llmp_speed_model model = flat();
    llmp_task task = {.turns = 2,
                      .prompt_tokens = 5731,
                      .turn_prompt_tokens = 300,
                      .output_tokens = 7,
                      .cache_hit_ratio = 1};
    llmp_task_time cached, again;
    assert_ok(llmp_task_time_of(&model, &task, NULL, &cached, &error));
    assert_close(cached.prefill_tokens, 5731 + 300, 1e-12);
    task.cache_hit_ratio = 0;
    assert_ok(llmp_task_time_of(&model, &task, NULL, &again, &error));
    assert_close(again.prefill_tokens, 5731 + 5731 + 7 + 300, 1e-12);
    assert_close(again.time_s.p50 - cached.time_s.p50, (5731 + 7) * 6e-3, 1e-9);
}

static void bad_tasks(void **state)
{
    (void)state;
    llmp_speed_model model = flat();
    llmp_task task = {.prompt_tokens = 10, .output_tokens = 10};
    llmp_task_time time;
    task.head.id = "none";
    assert_int_equal(llmp_task_time_of(&model, &task, NULL, &time, &error), LLMP_E_RANGE);
    task.turns = 1;
    task.prompt_tokens = 1e12;
    assert_int_equal(llmp_task_time_of(&model, &task, NULL, &time, &error), LLMP_E_RANGE);
    assert_int_equal(llmp_task_time_of(NULL, &task, NULL, &time, &error), LLMP_E_ARGUMENT);
}

/* --- one model -------------------------------------------------------------------------------- */

static void one_model(void **state)
{
    (void)state;
    llmp_assess_request request = ask("dgx-spark", "gpt-oss-120b", NULL);
    llmp_assessment *it = assess(&request);
    const llmp_assess_answer *a = llmp_assess_answer_of(it);
    const llmp_assess_model *m = &a->models[0];
    assert_int_equal(a->verdict, LLMP_VERDICT_FITS);
    assert_int_equal(m->fit->memory.context_tokens, LLMP_ASSESS_CONTEXT_TOKENS);

    /* the same as `fit` of that context says */
    llmp_fit *fit = NULL;
    models[0].machine = &machines[0];
    models[0].memory.context_tokens = LLMP_ASSESS_CONTEXT_TOKENS;
    assert_ok(llmp_fit_create(catalog, &models[0], &fit, &error));
    const llmp_fit_answer *f = llmp_fit_answer_of(fit);
    assert_ptr_equal(m->fit->quant, f->quant);
    assert_int_equal(m->fit->max_context_tokens, f->max_context_tokens);
    assert_int_equal(m->users_count, f->max_parallel);
    llmp_decode_result decode;
    assert_ok(llmp_speed_decode(llmp_fit_speed_model(fit), 30000, 1, NULL, &decode, &error));
    assert_close(m->decode_tokens_per_s[1].value.p50, decode.tokens_per_s.p50, 1e-12);
    assert_true(m->decode_tokens_per_s[1].fits);
    assert_ok(llmp_speed_decode(llmp_fit_speed_model(fit), 32768, f->max_parallel, NULL, &decode,
                                &error));
    assert_close(m->user_tokens_per_s.p50, decode.sequence_tokens_per_s.p50, 1e-12);

    /* weights over 5 GB/s, which the catalog assumes: the Spark's own disk is unknown */
    assert_true(a->disk_assumed);
    assert_close(a->load_s, (double)llmp_arch_summary_of(f->arch)->weight_bytes / 5e9, 1e-12);
    assert_close(a->decode_w,
                 m->fit->decode.energy_j_per_token.p50 * m->fit->decode.tokens_per_s.p50, 1e-9);
    assert_true(m->tasks[1].fits && m->tasks[0].fits);
    assert_true(m->tasks[1].time.prefill_s > m->tasks[1].time.decode_s);
    llmp_fit_destroy(&fit);
    llmp_assess_destroy(&it);
}

/* A task that is longer than the largest context does not fit; one that is not does. */
static void tasks_need_room(void **state)
{
    (void)state;
    llmp_assess_request request = ask("rtx-3060-12gb", "llama-3.1-8b", NULL);
    models[0].quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q8_0"));
    llmp_assessment *it = assess(&request);
    const llmp_assess_model *m = &llmp_assess_answer_of(it)->models[0];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(m->tasks[i].fits, llmp_task_context_tokens(m->tasks[i].task) <=
                                               (double)m->fit->max_context_tokens);
    }
    assert_false(m->tasks[0].fits); /* 19,000 + 14 x 1,500 + 15 x 465 = 46,975 */
    llmp_assess_destroy(&it);
}

/* --- money ------------------------------------------------------------------------------------ */

/* Priced alone with the same quant and context, `cost` gives the same. */
static void priced_alone_is_the_same(void **state)
{
    (void)state;
    llmp_assess_request request = ask("rtx-5090", "gpt-oss-20b", NULL);
    with_money(&request, "rag", "claude-opus-4.6");
    llmp_assessment *it = assess(&request);
    const llmp_assess_answer *a = llmp_assess_answer_of(it);
    assert_true(a->has_price && a->has_cost && a->has_api);

    llmp_fit_request fit = models[0];
    fit.machine = &machines[0];
    fit.quant = a->models[0].fit->quant;
    fit.memory.context_tokens = a->models[0].fit->options.context_tokens;
    llmp_cost_request alone = cost_request;
    alone.fit = &fit;
    alone.context_given = true;
    llmp_cost *cost = NULL;
    assert_ok(llmp_cost_create(catalog, &alone, &cost, &error));
    const llmp_flow *own = llmp_cost_answer_of(cost)->flows[LLMP_OPTION_OWN];
    assert_close(a->usd_per_month, own->total_usd / own->months, 1e-12);
    assert_close(a->usd_per_mtok, own->total_usd / (own->prompt_tokens + own->output_tokens) * 1e6,
                 1e-12);
    assert_close(a->comparison.saving_usd,
                 llmp_cost_answer_of(cost)->comparison[LLMP_OPTION_OWN].saving_usd, 1e-12);
    llmp_cost_destroy(&cost);
    llmp_assess_destroy(&it);
}

/* A machine whose price nobody knows has none, until it is stated. */
static void unknown_price(void **state)
{
    (void)state;
    static const char text[] = "devices:\n  - {id: rtx-5090, prices: null}\n";
    llmp_catalog *own = NULL;
    llmp_catalog *kept = catalog;
    assert_ok(llmp_catalog_create(&own, &error));
    assert_ok(llmp_catalog_overlay(own, text, sizeof text - 1, "test", &error));
    catalog = own;
    llmp_assess_request request = ask("rtx-5090", "gpt-oss-20b", NULL);
    with_money(&request, "chat", NULL);
    llmp_assessment *it = assess(&request);
    const llmp_assess_answer *a = llmp_assess_answer_of(it);
    assert_false(a->has_price);
    assert_false(a->has_cost);
    assert_contains(a->cost_reason, "price");
    llmp_assess_destroy(&it);
    cost_request.assume[cost_request.assume_count++] = "own.machine_usd=4321";
    it = assess(&request);
    a = llmp_assess_answer_of(it);
    assert_true(a->has_price && a->has_cost);
    assert_close(a->price.usd, 4321, 1e-12);
    llmp_assess_destroy(&it);
    catalog = kept;
    llmp_catalog_destroy(&own);
}

/* --- several models --------------------------------------------------------------------------- */

static uint64_t pool_bytes(const llmp_fit *fit)
{
    return llmp_fit_memory_model(fit)->device_available_bytes[0];
}

/* 128 GB hold both, each with what the other leaves. */
static void two_on_one_pool(void **state)
{
    (void)state;
    llmp_assess_request request = ask("dgx-spark", "gpt-oss-120b", "qwen3-coder-30b-a3b");
    llmp_assessment *it = assess(&request);
    const llmp_assess_answer *a = llmp_assess_answer_of(it);
    assert_int_equal(a->verdict, LLMP_VERDICT_FITS);
    const uint64_t first = a->models[0].fit->memory.total.total_bytes;
    const uint64_t second = a->models[1].fit->memory.total.total_bytes;
    /* each sees the pool less the other */
    assert_int_equal(pool_bytes(llmp_assess_fit(it, 0)) + second,
                     pool_bytes(llmp_assess_fit(it, 1)) + first);
    assert_true(first <= pool_bytes(llmp_assess_fit(it, 0)));
    assert_int_equal(a->disk_bytes, a->models[0].disk_bytes + a->models[1].disk_bytes);

    llmp_assess_request alone = ask("dgx-spark", "gpt-oss-120b", NULL);
    llmp_assessment *only = assess(&alone);
    assert_true(a->models[0].users_count <= llmp_assess_answer_of(only)->models[0].users_count);
    assert_int_equal(pool_bytes(llmp_assess_fit(only, 0)),
                     pool_bytes(llmp_assess_fit(it, 0)) + second);
    llmp_assess_destroy(&only);
    llmp_assess_destroy(&it);
}

/* What a draft model holds is off the share of a Mac's memory that the GPU may use, not off the
 * rest of the memory. */
static void a_draft_is_off_the_working_set(void **state)
{
    (void)state;
    llmp_assess_request request = ask("m5-max", "qwen3-32b", NULL);
    models[0].machine = request.machine;
    models[0].quant = models[0].draft_quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q8_0"));
    llmp_fit *alone = NULL, *drafted = NULL;
    assert_ok(llmp_fit_create(catalog, &models[0], &alone, &error));
    models[0].draft_model = LLMP_MODEL(named(LLMP_KIND_MODEL, "qwen3-0.6b"));
    assert_ok(llmp_fit_create(catalog, &models[0], &drafted, &error));
    const llmp_fit_answer *a = llmp_fit_answer_of(alone), *b = llmp_fit_answer_of(drafted);
    assert_true(b->draft_bytes > 0);
    assert_int_equal(b->memory.available_bytes + b->draft_bytes, a->memory.available_bytes);
    llmp_fit_destroy(&alone);
    llmp_fit_destroy(&drafted);
}

/* Two models of more than half a card each lie on a card each of two, and nowhere on one. */
static void a_card_each(void **state)
{
    (void)state;
    llmp_assess_request request = ask("2x rtx-4090", "qwen3-32b", "gemma-3-27b");
    models[0].quant = models[1].quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q4_K_M"));
    models[0].memory.context_tokens = models[1].memory.context_tokens = 8192;
    with_money(&request, "chat", NULL);
    cost_request.context_given = true;
    llmp_assessment *it = assess(&request);
    const llmp_assess_answer *a = llmp_assess_answer_of(it);
    assert_int_equal(a->verdict, LLMP_VERDICT_FITS);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(a->models[i].fit->machine->device_count, 1);
        assert_string_equal(a->models[i].fit->machine->title, "1 of 2 x GeForce RTX 4090");
    }
    llmp_machine_price both; /* is paid, whatever lies on a card */
    assert_ok(llmp_machine_price_of(catalog, &machines[0], LLMP_BUYING_NEW, 0, &both, &error));
    assert_close(a->price.usd, both.usd, 1e-12);
    assert_true(a->has_cost);
    llmp_assess_destroy(&it);

    request = ask("rtx-4090", "qwen3-32b", "gemma-3-27b");
    models[0].quant = models[1].quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q4_K_M"));
    it = assess(&request);
    a = llmp_assess_answer_of(it);
    assert_true(a->verdict > LLMP_VERDICT_FITS);
    assert_int_equal(a->models[0].fit->verdict > LLMP_VERDICT_RUNS_SLOWLY, 0);
    llmp_assess_destroy(&it);
}

/* Whatever the order they are named in: the large one is spread over both cards and the small one
 * beside it. Q4_K_M of 70B is 42.5 GB, over 2 x 24 GiB; that of 8B is 4.9 GB. */
static void order_is_not_asked_for(void **state)
{
    (void)state;
    static const char *const names[2][2] = {{"llama-3.1-70b", "llama-3.1-8b"},
                                            {"llama-3.1-8b", "llama-3.1-70b"}};
    uint64_t total_bytes[2] = {0};
    for (int turn = 0; turn < 2; turn++) {
        llmp_assess_request request = ask("2x rtx-4090", names[turn][0], names[turn][1]);
        cost_request = (llmp_cost_request){.struct_size = sizeof cost_request,
                                           .terms = LLMP_SERVICE_TERMS_INIT,
                                           .context_given = true};
        cost_request.workload = LLMP_WORKLOAD(named(LLMP_KIND_WORKLOAD, "ecommerce-10m"));
        request.cost = &cost_request;
        for (int i = 0; i < 2; i++) {
            models[i].quant = LLMP_QUANT(named(LLMP_KIND_QUANT, "Q4_K_M"));
            models[i].memory.context_tokens = 1024;
        }
        llmp_assessment *it = assess(&request);
        const llmp_assess_answer *a = llmp_assess_answer_of(it);
        assert_int_equal(a->verdict, LLMP_VERDICT_FITS);
        assert_int_equal(a->models[turn].fit->machine->device_count, 2);
        for (int i = 0; i < 2; i++) {
            total_bytes[turn] += a->models[i].fit->memory.total.total_bytes;
        }
        llmp_assess_destroy(&it);
    }
    assert_int_equal(total_bytes[0], total_bytes[1]);
}

/* Quants are chosen together: none could lose less without the other losing more. */
static void quants_are_shared_out(void **state)
{
    (void)state;
    llmp_assess_request request = ask("rtx-5090", "qwen3-14b", "qwen3-8b");
    llmp_assessment *it = assess(&request);
    const llmp_assess_answer *a = llmp_assess_answer_of(it);
    assert_int_equal(a->verdict, LLMP_VERDICT_FITS);
    const double worst = fmax(a->models[0].quant_loss_ratio, a->models[1].quant_loss_ratio);
    const double pool = (double)pool_bytes(llmp_assess_fit(it, 0)) +
                        (double)a->models[1].fit->memory.total.total_bytes;
    assert_true((double)a->models[0].fit->memory.total.total_bytes +
                    (double)a->models[1].fit->memory.total.total_bytes <=
                pool * 1.001);
    /* 14B and 8B in F16 are 44 GB: both at full quality cannot be on 32 GB */
    assert_true(worst > 0);
    assert_true(worst < 0.05); /* about 1 byte a weight is 23 GB */
    llmp_assess_destroy(&it);
}

static void bad_requests(void **state)
{
    (void)state;
    llmp_assess_request request = ask("dgx-spark", "gpt-oss-120b", NULL);
    llmp_assessment *it = NULL;
    request.model_count = 0;
    assert_int_equal(llmp_assess_create(catalog, &request, &it, &error), LLMP_E_RANGE);
    request.model_count = LLMP_ASSESS_MODELS_MAX + 1;
    assert_int_equal(llmp_assess_create(catalog, &request, &it, &error), LLMP_E_RANGE);
    request.model_count = 1;
    request.task_count = LLMP_ASSESS_TASKS_MAX + 1;
    assert_int_equal(llmp_assess_create(catalog, &request, &it, &error), LLMP_E_LIMIT);
    request.task_count = 0;
    request.machine = NULL;
    assert_int_equal(llmp_assess_create(catalog, &request, &it, &error), LLMP_E_ARGUMENT);
    assert_null(it);
    request.machine = &machines[0];
    with_money(&request, "chat", NULL);
    cost_request.assume[cost_request.assume_count++] = "own.machin_usd=1";
    assert_int_equal(llmp_assess_create(catalog, &request, &it, &error), LLMP_E_UNKNOWN);
    assert_contains(error.hint, "own.machine_usd");
    assert_null(it);
}

static void count_terms(void *user, const llmp_trace_term *term)
{
    int *count = user;
    *count += strcmp(term->stage, "task") == 0;
}

static void explained(void **state)
{
    (void)state;
    int turns = 0;
    const llmp_trace trace = {count_terms, &turns};
    llmp_assess_request request = ask("rtx-5090", "gpt-oss-20b", NULL);
    llmp_assessment *it = assess(&request);
    assert_ok(llmp_assess_explain(it, &trace, &error));
    assert_int_equal(turns, 15 + 1);
    assert_int_equal(llmp_assess_explain(it, NULL, &error), LLMP_E_ARGUMENT);
    llmp_assess_destroy(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_by_hand),
        cmocka_unit_test(cache_saves),
        cmocka_unit_test(bad_tasks),
        cmocka_unit_test(one_model),
        cmocka_unit_test(tasks_need_room),
        cmocka_unit_test(priced_alone_is_the_same),
        cmocka_unit_test(unknown_price),
        cmocka_unit_test(two_on_one_pool),
        cmocka_unit_test(a_card_each),
        cmocka_unit_test(quants_are_shared_out),
        cmocka_unit_test(a_draft_is_off_the_working_set),
        cmocka_unit_test(order_is_not_asked_for),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(explained),
    };
    return cmocka_run_group_tests(tests, open_catalog, close_catalog);
}
