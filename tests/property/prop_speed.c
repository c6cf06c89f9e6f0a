/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold of every model: bounds, monotonicity, scale. Random models of every kind, from a
 * fixed seed. */
#include "t.h"

#include <llmplan/speed.h>
#include <stdlib.h>

#include "speed_models.h"

enum { TRIES = 4000 };

static uint64_t seed;

static double uniform(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static double between(double low, double high)
{
    return low * exp(uniform() * log(high / low));
}

static bool chance(double p)
{
    return uniform() < p;
}

static unsigned whole(double low, double high)
{
    return (unsigned)between(low, high + 0.999);
}

static void random_profile(llmp_profile *profile)
{
    profile->weight_bandwidth_ratio = between(0.2, 1);
    profile->kv_bandwidth_ratio = between(0.1, 1);
    profile->attention_compute_ratio = between(0.1, 1);
    profile->moe_compute_ratio = chance(0.5) ? between(0.2, 1) : 0;
    profile->moe_half_tokens = chance(0.7) ? between(1, 300) : 0;
    profile->batch_compute_ratio = chance(0.7) ? between(0.05, 1) : 0;
    profile->tile_tokens = chance(0.7) ? between(1, 128) : 0;
    profile->vector_tokens = chance(0.3) ? whole(1, 64) : 0;
    profile->expert_vector_tokens = chance(0.3) ? whole(1, 64) : 0;
    profile->state_bandwidth_ratio = chance(0.7) ? between(0.05, 1) : 0;
    profile->scan_bandwidth_ratio = chance(0.3) ? between(0.05, 1) : 0;
    profile->pass_bandwidth_ratio = chance(0.2) ? between(0.05, 2) : 0;
    profile->scan_compute_ratio = chance(0.7) ? between(0.001, 1) : 0;
    profile->batch_layer_s = chance(0.7) ? between(1e-7, 1e-4) : 0;
    profile->norm_p = chance(0.1) ? 0 : between(1, 9);
    profile->layer_s = between(1e-6, 2e-4);
    profile->moe_layer_s = between(1e-6, 1e-4);
    profile->linear_layer_s = between(1e-6, 1e-4);
    profile->mla_layer_s = chance(0.3) ? between(1e-6, 1e-4) : 0;
    profile->allreduce_bandwidth_factor = chance(0.3) ? between(0.1, 3) : 0;
    profile->sequence_s = between(1e-7, 1e-4);
    profile->host_s = between(1e-6, 1e-3);
    profile->prefill_host_s = between(1e-6, 1e-3);
    profile->routing_skew = chance(0.3) ? 0 : between(0.1, 1.3);
}

static void random_group(llmp_speed_group *group, bool moe)
{
    group->count = whole(1, 40);
    group->work = LLMP_WORK_ATTENTION | (moe ? LLMP_WORK_MOE : LLMP_WORK_FFN);
    group->dense_weights = between(1e6, 2e9);
    group->dense_bytes = group->dense_weights * between(0.25, 4);
    group->kv_bytes_per_position = chance(0.8) ? between(100, 20000) : 0;
    group->attention_flop_per_pair = between(1e3, 1e6);
    group->prefill_flop_per_pair = chance(0.2) ? between(1e3, 1e6) : 0;
    group->window_tokens = chance(0.3) ? whole(128, 8192) : 0;
    group->kv_shards = chance(0.3) ? 1 : 0;
    group->prompt_may_skip = chance(0.1);
    if (chance(0.2)) {
        group->index_bytes_per_position = between(50, 300);
        group->index_topk_tokens = whole(512, 4096);
        group->index_flop_per_pair = between(1e2, 1e5);
    }
    if (chance(0.2)) {
        group->work |= LLMP_WORK_RECURRENT | (chance(0.5) ? LLMP_WORK_STATE_SPACE : 0);
        group->state_bytes = between(1e4, 1e7);
        group->state_flop_per_token = between(1e4, 1e8);
    }
    if (moe) {
        group->experts = whole(4, 512);
        group->experts_per_token = whole(1, fmin(22, group->experts));
        group->expert_weights = between(1e6, 1e8);
        group->expert_bytes = group->expert_weights * between(0.25, 2);
        group->experts_on_host = chance(0.2);
    }
}

static llmp_speed_model random_model(void)
{
    llmp_speed_model model = bare_model(between(5e10, 8e12), between(1e12, 2e15), 1);
    model.stage_count = chance(0.3) ? whole(2, 5) : 1;
    model.group_count = 0;
    bool moe = chance(0.5);
    for (unsigned i = 0; i < model.stage_count; i++) {
        llmp_speed_stage *stage = &model.stages[i];
        *stage = model.stages[0];
        stage->is_host = i > 0 && i + 1 == model.stage_count && chance(0.3);
        stage->bandwidth_bytes_per_s = between(5e10, 8e12);
        stage->compute_flop_per_s = between(1e12, 2e15);
        stage->ceiling_flop_per_s = stage->compute_flop_per_s * between(1, 4);
        stage->attention_flop_per_s = stage->compute_flop_per_s * uniform();
        stage->compute_ratio = between(0.1, 1);
        stage->dequant_weights_per_s = chance(0.5) ? between(1e10, 2e12) : 0;
        stage->devices = model.stage_count == 1 && chance(0.3) ? whole(2, 16) : 1;
        stage->tdp_w = between(20, 1200);
        stage->idle_w = stage->tdp_w * 0.1;
        random_profile(&stage->profile);
        stage->group_first = model.group_count;
        stage->group_count = whole(1, 4);
        for (unsigned j = 0; j < stage->group_count; j++)
            random_group(&model.groups[model.group_count++], moe && chance(0.8));
    }
    model.stages[0].head_weights = between(1e7, 1e9);
    model.stages[0].extra_bytes = model.stages[0].head_weights * between(0.5, 2);
    model.ubatch_tokens = whole(64, 4096);
    model.hidden_bytes = between(2000, 60000);
    model.host_bandwidth_bytes_per_s = between(1e10, 6e11);
    model.host_flop_per_s = chance(0.8) ? between(1e11, 1e13) : 0;
    model.host_compute_ratio = between(0.1, 1);
    random_profile(&model.host_profile);
    model.host_link_bandwidth_bytes_per_s = between(1e9, 1e11);
    model.host_link_latency_s = between(1e-6, 1e-4);
    model.allreduce_latency_s = between(1e-6, 3e-4);
    model.allreduce_bandwidth_bytes_per_s = between(1e9, 5e11);
    model.stage_link_latency_s = between(1e-6, 1e-4);
    model.stage_link_bandwidth_bytes_per_s = between(1e9, 5e11);
    if (chance(0.1)) {
        model.disk_bytes = between(1e8, 1e11);
        model.disk_read_bytes_per_s = between(1e9, 1e10);
    }
    model.host_idle_w = between(1, 200);
    model.sigma_decode = between(0.02, 1);
    model.sigma_prefill = between(0.02, 1);
    return model;
}

static double random_context(void)
{
    return chance(0.1) ? 0 : between(1, 300000);
}

/* Not more than rounding below. */
static void at_least(double a, double b, const char *what, int try)
{
    if (!(a >= b * (1 - 1e-9)))
        fail_msg("%s: %.17g < %.17g in try %d", what, a, b, try);
}

static void ordered_rate(const llmp_estimate *e, int try)
{
    at_least(e->p10, 0, "p10", try);
    at_least(e->p50, e->p10, "p50 >= p10", try);
    at_least(e->p90, e->p50, "p90 >= p50", try);
    at_least(e->ceiling, e->p90, "ceiling >= p90", try);
}

static void ordered_time(const llmp_estimate *e, int try)
{
    at_least(e->p10, e->ceiling, "time p10 >= ceiling", try);
    at_least(e->p50, e->p10, "time p50 >= p10", try);
    at_least(e->p90, e->p50, "time p90 >= p50", try);
}

static double parts_sum(const llmp_step_parts *p)
{
    at_least(p->compute_s, 0, "compute", 0);
    return p->weights_s + p->compute_s + p->kv_s + p->overhead_s + p->communication_s + p->host_s +
           p->disk_s;
}

static void estimates_are_ordered_and_add_up(void **state)
{
    (void)state;
    seed = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < TRIES; i++) {
        llmp_speed_model model = random_model();
        llmp_decode_result decode;
        unsigned batch = whole(1, 700);
        double context = random_context();
        assert_int_equal(llmp_speed_decode(&model, context, batch, NULL, &decode, NULL), LLMP_OK);
        ordered_rate(&decode.tokens_per_s, i);
        ordered_rate(&decode.sequence_tokens_per_s, i);
        ordered_time(&decode.energy_j_per_token, i);
        assert_close(parts_sum(&decode.parts), decode.step_s, 1e-9);
        assert_close(batch / decode.step_s, decode.tokens_per_s.p50, 1e-9);

        llmp_prefill_result prefill;
        double prompt = between(1, 100000), prefix = random_context();
        assert_int_equal(
            llmp_speed_prefill(&model, prompt, prefix, whole(1, 9), NULL, &prefill, NULL), LLMP_OK);
        ordered_rate(&prefill.tokens_per_s, i);
        ordered_time(&prefill.time_s, i);
        ordered_time(&prefill.energy_j_per_token, i);
        assert_close(parts_sum(&prefill.parts), prefill.time_s.p50, 1e-9);

        llmp_estimate ttft;
        assert_int_equal(llmp_speed_ttft(&model, prompt, prefix, &ttft, NULL), LLMP_OK);
        ordered_time(&ttft, i);
        assert_int_equal(llmp_speed_prefill(&model, prompt, prefix, 1, NULL, &prefill, NULL),
                         LLMP_OK);
        at_least(ttft.p50, prefill.time_s.p50, "first token after the prompt", i);

        llmp_speculation how = {sizeof how, NULL, whole(1, 9), uniform(), 0.001 + 0.5 * uniform()};
        assert_int_equal(llmp_speed_speculative(&model, &how, context, batch, NULL, &decode, NULL),
                         LLMP_OK);
        ordered_rate(&decode.tokens_per_s, i);
        assert_close(parts_sum(&decode.parts), decode.step_s, 1e-9);
    }
}

/* Engines that change kernels at a number of tokens may lose there; those that take the faster way
 * do not. */
static void take_the_faster_way(llmp_speed_model *model)
{
    for (unsigned i = 0; i < model->stage_count; i++) {
        model->stages[i].profile.vector_tokens = 0;
        model->stages[i].profile.expert_vector_tokens = 0;
    }
}

static void more_work_takes_longer(void **state)
{
    (void)state;
    seed = 0x2545f4914f6cdd1du;
    for (int i = 0; i < TRIES; i++) {
        llmp_speed_model model = random_model();
        take_the_faster_way(&model);
        double context = random_context();
        unsigned batch = whole(1, 500);
        double step = step_of(&model, context, batch);
        at_least(step_of(&model, context + between(1, 1e5), batch), step, "deeper", i);
        at_least(step_of(&model, context, batch + whole(1, 100)), step, "wider", i);
        double prompt = between(1, 50000), prefill = prefill_of(&model, prompt, context);
        at_least(prefill_of(&model, prompt + between(1, 1000), context), prefill, "longer", i);
        at_least(prefill_of(&model, prompt, context + between(1, 1e5)), prefill, "later", i);

        llmp_speed_model changed = model;
        unsigned stage = whole(1, model.stage_count) - 1;
        changed.stages[stage].bandwidth_bytes_per_s *= between(1, 3);
        at_least(step, step_of(&changed, context, batch), "faster memory", i);
        at_least(prefill, prefill_of(&changed, prompt, context), "faster memory, prefill", i);
        changed = model;
        unsigned group = whole(1, model.group_count) - 1;
        changed.groups[group].dense_bytes *= between(1, 3);
        changed.groups[group].expert_bytes *= between(1, 3);
        at_least(step_of(&changed, context, batch), step, "more bytes", i);
    }
}

/* Tokens of all sequences together per second never fall when one more is served. */
/* From two on: the second sequence also ends what recorded graphs of launches save. */
static void batching_never_loses(void **state)
{
    (void)state;
    seed = 0xd1342543de82ef95u;
    for (int i = 0; i < TRIES; i++) {
        llmp_speed_model model = random_model();
        take_the_faster_way(&model);
        double context = random_context();
        unsigned batch = whole(2, 600), more = batch + whole(1, 60);
        at_least(more / step_of(&model, context, more), batch / step_of(&model, context, batch),
                 "aggregate rate", i);
    }
}

static void faster_world(llmp_profile *profile)
{
    profile->layer_s /= 2;
    profile->moe_layer_s /= 2;
    profile->linear_layer_s /= 2;
    profile->mla_layer_s /= 2;
    profile->batch_layer_s /= 2;
    profile->sequence_s /= 2;
    profile->host_s /= 2;
    profile->prefill_host_s /= 2;
}

/* All rates doubled and all latencies halved: everything takes half the time. */
static void time_scales(void **state)
{
    (void)state;
    seed = 0xa0761d6478bd642fu;
    for (int i = 0; i < TRIES; i++) {
        llmp_speed_model model = random_model(), fast = model;
        for (unsigned s = 0; s < fast.stage_count; s++) {
            llmp_speed_stage *stage = &fast.stages[s];
            stage->bandwidth_bytes_per_s *= 2;
            stage->compute_flop_per_s *= 2;
            stage->attention_flop_per_s *= 2;
            stage->ceiling_flop_per_s *= 2;
            stage->dequant_weights_per_s *= 2;
            faster_world(&stage->profile);
        }
        fast.host_bandwidth_bytes_per_s *= 2;
        fast.host_flop_per_s *= 2;
        faster_world(&fast.host_profile);
        fast.host_link_bandwidth_bytes_per_s *= 2;
        fast.host_link_latency_s /= 2;
        fast.allreduce_bandwidth_bytes_per_s *= 2;
        fast.allreduce_latency_s /= 2;
        fast.stage_link_bandwidth_bytes_per_s *= 2;
        fast.stage_link_latency_s /= 2;
        fast.disk_read_bytes_per_s *= 2;
        double context = random_context(), prompt = between(1, 50000);
        unsigned batch = whole(1, 500);
        assert_close(2 * step_of(&fast, context, batch), step_of(&model, context, batch), 1e-9);
        assert_close(2 * prefill_of(&fast, prompt, context), prefill_of(&model, prompt, context),
                     1e-9);
    }
}

/* One stage: prefill in two calls, the first of whole ubatches, takes as long as in one, but for
 * the head and the per-sequence cost of a second last token. */
static void chunks_add_up(void **state)
{
    (void)state;
    seed = 0xe7037ed1a0b428dbu;
    for (int i = 0; i < TRIES; i++) {
        llmp_speed_model model = random_model();
        model.stage_count = 1;
        model.stages[0].head_weights = 0;
        model.stages[0].extra_bytes = 0;
        model.stages[0].profile.sequence_s = 0;
        double first = model.ubatch_tokens * (double)whole(1, 20), rest = between(1, 20000);
        double prefix = floor(random_context());
        assert_close(prefill_of(&model, first, prefix) + prefill_of(&model, rest, prefix + first),
                     prefill_of(&model, first + rest, prefix), 1e-6);
    }
}

/* n devices over links that cost nothing are one device n times as fast. */
static void free_links(void **state)
{
    (void)state;
    seed = 0x8ebc6af09c88c6e3u;
    for (int i = 0; i < TRIES; i++) {
        llmp_speed_model model = random_model();
        model.stage_count = 1;
        model.allreduce_latency_s = 0;
        model.allreduce_bandwidth_bytes_per_s = HUGE_VAL;
        for (unsigned g = 0; g < model.group_count; g++)
            model.groups[g].kv_shards = 0;
        llmp_speed_model one = model;
        unsigned n = whole(2, 16);
        model.stages[0].devices = n;
        one.stages[0].devices = 1;
        one.stages[0].bandwidth_bytes_per_s *= n;
        one.stages[0].compute_flop_per_s *= n;
        one.stages[0].attention_flop_per_s *= n;
        one.stages[0].ceiling_flop_per_s *= n;
        one.stages[0].dequant_weights_per_s *= n;
        double context = random_context(), prompt = between(1, 50000);
        unsigned batch = whole(1, 500);
        assert_close(step_of(&model, context, batch), step_of(&one, context, batch), 1e-9);
        assert_close(prefill_of(&model, prompt, context), prefill_of(&one, prompt, context), 1e-9);
    }
}

static void distinct_experts_are_bounded(void **state)
{
    (void)state;
    seed = 0x589965cc75374cc3u;
    for (int i = 0; i < 20 * TRIES; i++) {
        double experts = whole(2, 512), k = whole(1, fmin(experts, 30));
        double skew = chance(0.2) ? 0 : 2 * uniform(), tokens = between(1, 1e5);
        double distinct = llmp_speed_distinct_experts(experts, k, tokens, skew);
        at_least(distinct, k, "at least k", i);
        at_least(fmin(experts, k * tokens), distinct, "at most E and k T", i);
        at_least(llmp_speed_distinct_experts(experts, k, tokens * between(1, 3), skew), distinct,
                 "grows", i);
        assert_close(llmp_speed_distinct_experts(experts, k, 1, skew), k, 1e-12);
        assert_close(llmp_speed_distinct_experts(experts, k, 1e12, skew), experts, 1e-6);
        at_least(llmp_speed_distinct_experts(experts, k, tokens, 0), distinct * (1 - 1e-6),
                 "skew never touches more", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_are_ordered_and_add_up),
        cmocka_unit_test(more_work_takes_longer),
        cmocka_unit_test(batching_never_loses),
        cmocka_unit_test(time_scales),
        cmocka_unit_test(chunks_add_up),
        cmocka_unit_test(free_links),
        cmocka_unit_test(distinct_experts_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
