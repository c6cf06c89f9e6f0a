/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims that join two answers: one machine over another, and how much load some machines carry. */
#include "planner/audit.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- one machine over another ----------------------------------------------------------------- */

enum { SIDES_MAX = 1024 };

/* What one reading gives on one side; larger is better. */
typedef struct side {
    const llmp_model *model;
    const llmp_quant *quant;
    double length_tokens;
    llmp_estimate value;
    char title[160];
} side;

typedef struct side_list {
    const llmp__claim_scene *scene;
    side *items;
    size_t count;
} side_list;

static llmp_estimate inverse(const llmp_estimate *t)
{
    return (llmp_estimate){1.0 / t->p90, 1.0 / t->p50, 1.0 / t->p10, 1.0 / t->ceiling, t->grade};
}

static llmp_status measure(const llmp_claim *c, const llmp__reading *r, llmp_estimate *out)
{
    const llmp_speed_model *speed = &r->attempt.speed;
    llmp_decode_result decode;
    llmp_prefill_result prefill;
    llmp_estimate ttft;
    uint32_t batch = r->request.memory.parallel;
    double prompt = r->request.prompt_tokens;
    double output = c->output_tokens > 0.0 ? c->output_tokens : 1.0;
    llmp_status status = llmp_speed_decode(
        speed, r->depth_tokens + (c->metric == LLMP_METRIC_LATENCY ? prompt : 0.0), batch, NULL,
        &decode, NULL);
    if (status != LLMP_OK) {
        return status;
    }
    switch (c->metric) {
    case LLMP_METRIC_PREFILL:
        status = llmp_speed_prefill(speed, prompt, r->depth_tokens, batch, NULL, &prefill, NULL);
        *out = prefill.tokens_per_s;
        return status;
    case LLMP_METRIC_LATENCY:
        status = llmp_speed_ttft(speed, prompt, r->depth_tokens, &ttft, NULL);
        if (status == LLMP_OK) {
            const llmp_estimate *t = &decode.sequence_tokens_per_s;
            ttft.p10 += (output - 1.0) / t->p90;
            ttft.p50 += (output - 1.0) / t->p50;
            ttft.p90 += (output - 1.0) / t->p10;
            ttft.ceiling += (output - 1.0) / t->ceiling;
            *out = inverse(&ttft);
        }
        return status;
    case LLMP_METRIC_TOKENS_PER_J:
        *out = inverse(&decode.energy_j_per_token);
        return LLMP_OK;
    default:
        *out = decode.tokens_per_s;
        return LLMP_OK;
    }
}

static void collect(void *user, const llmp__reading *r)
{
    side_list *list = user;
    side s = {.model = r->model, .quant = r->attempt.quant};
    if (list->count == SIDES_MAX || !r->attempt.has_speed ||
        measure(list->scene->claim, r, &s.value) != LLMP_OK || !isfinite(s.value.p50) ||
        !(s.value.p10 > 0.0)) {
        return;
    }
    s.length_tokens = r->depth_tokens + r->request.prompt_tokens;
    llmp__reading_title(r, s.title, sizeof s.title);
    list->items[list->count++] = s;
}

/* Errors of the two sides are taken as independent, which is wider than they are. */
static llmp_estimate ratio_of(const llmp_estimate *a, const llmp_estimate *b)
{
    double spread_a = log(a->p50 / a->p10);
    double spread_b = log(b->p50 / b->p10);
    double spread = exp(sqrt(spread_a * spread_a + spread_b * spread_b));
    double p50 = a->p50 / b->p50;
    return (llmp_estimate){p50 / spread, p50, p50 * spread, HUGE_VAL,
                           llmp_grade_worse(a->grade, b->grade)};
}

static void judge_pairs(const llmp__claim_scene *scene, const side_list *fast,
                        const side_list *slow, llmp_claim_result *result)
{
    llmp__best best = {.says = &scene->says};
    double low = HUGE_VAL;
    double high = 0.0;
    const side *kept = NULL;
    char rare[64];
    for (size_t i = 0; i < fast->count; i++) {
        for (size_t k = 0; k < slow->count; k++) {
            const side *a = &fast->items[i];
            const side *b = &slow->items[k];
            if (a->model != b->model || a->quant != b->quant ||
                fabs(a->length_tokens - b->length_tokens) > 0.5) {
                continue;
            }
            llmp_estimate ratio = ratio_of(&a->value, &b->value);
            result->readings_count++;
            low = fmin(low, ratio.p50);
            high = fmax(high, ratio.p50);
            kept = llmp__best_offer(&best, &ratio) ? a : kept;
        }
    }
    if (!best.any) {
        (void)llmp__not_judged(result, "No model and quantisation has a known %s on both machines.",
                               scene->claim->metric == LLMP_METRIC_TOKENS_PER_J ? "power"
                                                                                : "speed");
        return;
    }
    result->verdict = best.verdict;
    result->has_estimate = true;
    result->estimate = best.estimate;
    result->estimate.ceiling = (double)NAN;
    llmp_estimate_tails(&best.estimate, false, &result->tails.low_value, &result->tails.high_value);
    result->chance_ratio = llmp_claim_chance(&scene->says, &best.estimate);
    llmp__chance_text(result, rare, sizeof rare);
    (void)snprintf(result->reading, sizeof result->reading, "%s", kept->title);
    (void)snprintf(
        result->why, sizeof result->why,
        "%s times expected in this reading (98 %% of cases between %s and %s%s); over all "
        "readings %s to %s.",
        llmp__figure_text(best.estimate.p50).text, llmp__figure_text(result->tails.low_value).text,
        llmp__figure_text(result->tails.high_value).text, rare, llmp__figure_text(low).text,
        llmp__figure_text(high).text);
    (void)snprintf(result->assumed, sizeof result->assumed,
                   "the same model, quantisation, length and batch on both; %u readings",
                   result->readings_count);
}

llmp_status llmp__judge_ratio(const llmp__claim_scene *scene, llmp_claim_result *result,
                              llmp_error *error)
{
    llmp__unread unread;
    if (scene->model_count == 0 || scene->machine == NULL) {
        return llmp__not_judged(result, "It does not say %s.",
                                scene->model_count == 0 ? "for which model" : "which machine");
    }
    side_list fast = {scene, calloc(SIDES_MAX, sizeof *fast.items), 0};
    side_list slow = {scene, calloc(SIDES_MAX, sizeof *slow.items), 0};
    llmp_status status =
        fast.items == NULL || slow.items == NULL ? llmp__fail_memory(error, "readings") : LLMP_OK;
    bool alone = scene->claim->devices_only;
    if (status == LLMP_OK) {
        status = llmp__readings(scene, scene->machine, alone, collect, &fast, &unread, error);
    }
    if (status == LLMP_OK) {
        status = llmp__readings(scene, scene->against, alone, collect, &slow, &unread, error);
    }
    if (status == LLMP_OK) {
        judge_pairs(scene, &fast, &slow, result);
    }
    free(fast.items);
    free(slow.items);
    return status;
}

/* --- how much load some machines carry -------------------------------------------------------- */

typedef struct capacity {
    const llmp__claim_scene *scene;
    llmp__best best;
    uint32_t count;
    uint32_t batch;
    llmp_estimate prefill;
    llmp_estimate decode;
    char title[160];
} capacity;

/* Requests a second of one machine at a batch. What a request takes is its prefill and its share of
 * the decode steps; the least that physics allows is the larger of the two, as one may hide behind
 * the other. */
static llmp_estimate requests_per_s(const llmp_claim *c, const llmp_estimate *prefill,
                                    const llmp_estimate *decode)
{
    double machines = c->machine_count > 0.0 ? c->machine_count : 1.0;
    double in = c->prompt_tokens;
    double out = c->output_tokens;
    return (llmp_estimate){
        machines / (in / prefill->p10 + out / decode->p10),
        machines / (in / prefill->p50 + out / decode->p50),
        machines / (in / prefill->p90 + out / decode->p90),
        machines / fmax(in / prefill->ceiling, out / decode->ceiling),
        llmp_grade_worse(prefill->grade, decode->grade),
    };
}

static void carry(void *user, const llmp__reading *r)
{
    capacity *q = user;
    const llmp_claim *c = q->scene->claim;
    const llmp_speed_model *speed = &r->attempt.speed;
    uint32_t most = 0;
    llmp_prefill_result prefill;
    llmp_decode_result decode;
    if (!r->attempt.has_speed ||
        llmp_memory_largest_parallel(&r->attempt.memory_model, 0, r->attempt.memory.verdict, &most,
                                     NULL) != LLMP_OK ||
        llmp_speed_prefill(speed, c->prompt_tokens, 0.0, 1, NULL, &prefill, NULL) != LLMP_OK) {
        return;
    }
    q->count++;
    most = c->batch > 0 ? c->batch : most;
    double depth = c->prompt_tokens + 0.5 * c->output_tokens;
    for (uint32_t n = c->batch > 0 ? c->batch : 1; n <= most && n <= 65536; n *= 2) {
        if (llmp_speed_decode(speed, depth, n, NULL, &decode, NULL) != LLMP_OK) {
            return;
        }
        llmp_estimate rate = requests_per_s(c, &prefill.tokens_per_s, &decode.tokens_per_s);
        if (llmp__best_offer(&q->best, &rate)) {
            q->batch = n;
            q->prefill = prefill.tokens_per_s;
            q->decode = decode.tokens_per_s;
            llmp__reading_title(r, q->title, sizeof q->title);
        }
    }
}

static void trace_capacity(const capacity *q, const llmp__claim_scene *scene)
{
    const llmp_claim *c = scene->claim;
    const llmp_estimate *e = &q->best.estimate;
    char inputs[160];
    llmp__claim_term(scene, "prefill_tokens_per_s", "of one machine", q->title, q->prefill.p50,
                     "tokens/s", NULL);
    (void)snprintf(inputs, sizeof inputs, "%u sequences at once", q->batch);
    llmp__claim_term(scene, "decode_tokens_per_s", "of one machine", inputs, q->decode.p50,
                     "tokens/s", NULL);
    (void)snprintf(inputs, sizeof inputs, "machines %g, prompt %g, output %g",
                   c->machine_count > 0.0 ? c->machine_count : 1.0, c->prompt_tokens,
                   c->output_tokens);
    llmp__claim_term(scene, "requests_per_s", "machines / (prompt / prefill + output / decode)",
                     inputs, e->p50, "requests/s", NULL);
    llmp__claim_term(scene, "ceiling_requests_per_s",
                     "machines / max(prompt / prefill ceiling, output / decode ceiling)", inputs,
                     e->ceiling, "requests/s", NULL);
}

llmp_status llmp__judge_capacity(const llmp__claim_scene *scene, llmp_claim_result *result,
                                 llmp_error *error)
{
    llmp__unread unread;
    const llmp_claim *c = scene->claim;
    if (scene->model_count == 0 || scene->machine == NULL || !(c->prompt_tokens > 0.0) ||
        !(c->output_tokens > 0.0)) {
        return llmp__not_judged(result, "It lacks %s.",
                                scene->model_count == 0     ? "the model"
                                : scene->machine == NULL    ? "the machine"
                                : !(c->prompt_tokens > 0.0) ? "the prompt's length"
                                                            : "the answer's length");
    }
    llmp_claim_says carries = scene->says; /* what carries more carries that */
    carries.high_value = carries.is_range ? carries.high_value : HUGE_VAL;
    capacity q = {.scene = scene, .best = {.says = &carries}};
    llmp_status status = llmp__readings(scene, scene->machine, true, carry, &q, &unread, error);
    result->readings_count = q.count;
    if (status != LLMP_OK) {
        return status;
    }
    if (!q.best.any) {
        llmp__no_reading(&unread, scene->machine, result);
        return LLMP_OK;
    }
    const llmp_estimate *e = &q.best.estimate;
    result->verdict = q.best.verdict;
    result->has_estimate = true;
    result->estimate = *e;
    llmp_estimate_tails(e, false, &result->tails.low_value, &result->tails.high_value);
    char rare[64];
    result->chance_ratio = llmp_claim_chance(&carries, e);
    llmp__chance_text(result, rare, sizeof rare);
    if (result->verdict == LLMP_CLAIM_IMPOSSIBLE) {
        result->factor_ratio = scene->says.low_value / e->ceiling;
    }
    (void)snprintf(result->reading, sizeof result->reading, "%.120s, %u at once", q.title, q.batch);
    (void)snprintf(result->why, sizeof result->why,
                   "One machine reads %s or writes %s tokens/s: %s requests/s expected of %g "
                   "(98 %% of cases between %s and %s%s), at most %s.",
                   llmp__figure_text(q.prefill.p50).text, llmp__figure_text(q.decode.p50).text,
                   llmp__figure_text(e->p50).text, c->machine_count > 0.0 ? c->machine_count : 1.0,
                   llmp__figure_text(result->tails.low_value).text,
                   llmp__figure_text(result->tails.high_value).text, rare,
                   llmp__figure_text(e->ceiling).text);
    (void)snprintf(result->assumed, sizeof result->assumed,
                   "an even load without peaks, no cached prompts, as many sequences at once as "
                   "suits the claim and memory holds; %u readings",
                   q.count);
    trace_capacity(&q, scene);
    return LLMP_OK;
}
