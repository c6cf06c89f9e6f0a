/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims of speeds and times. */
#include "planner/audit.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct speed_question {
    const llmp__claim_scene *scene;
    llmp__best best;
    uint32_t count;
    llmp__reading *kept; /* its attempt without the arch */
    llmp_decode_result decode;
    char title[160];
} speed_question;

static llmp_status latency(const llmp_speed_model *speed, const llmp_claim *c,
                           const llmp__reading *r, llmp_estimate *out)
{
    llmp_decode_result step;
    double prompt = r->request.prompt_tokens;
    llmp_status status = llmp_speed_ttft(speed, prompt, r->depth_tokens, out, NULL);
    double rest = c->kind == LLMP_CLAIM_LATENCY_S ? fmax(0.0, c->output_tokens - 1.0) : 0.0;
    if (status == LLMP_OK && rest > 0.0) {
        status =
            llmp_speed_decode(speed, r->depth_tokens + prompt + 0.5 * rest, 1, NULL, &step, NULL);
        const llmp_estimate *t = &step.tokens_per_s;
        if (status == LLMP_OK) { /* fast with fast: the errors have one cause */
            out->p10 += rest / t->p90;
            out->p50 += rest / t->p50;
            out->p90 += rest / t->p10;
            out->ceiling += rest / t->ceiling;
        }
    }
    return status;
}

static llmp_status ask(const llmp_claim *c, const llmp__reading *r, llmp_decode_result *decode,
                       llmp_estimate *out)
{
    const llmp_speed_model *speed = &r->attempt.speed;
    llmp_prefill_result prefill;
    llmp_status status;
    uint32_t batch = r->request.memory.parallel;
    if (c->kind == LLMP_CLAIM_DECODE_TOKENS_PER_S) {
        status = llmp_speed_decode(speed, r->depth_tokens, batch, NULL, decode, NULL);
        *out = decode->tokens_per_s;
    } else if (c->kind == LLMP_CLAIM_PREFILL_TOKENS_PER_S) {
        status = llmp_speed_prefill(speed, r->request.prompt_tokens, r->depth_tokens, batch, NULL,
                                    &prefill, NULL);
        *out = prefill.tokens_per_s;
    } else {
        status = latency(speed, c, r, out);
    }
    return status;
}

static void offer(void *user, const llmp__reading *r)
{
    speed_question *q = user;
    llmp_decode_result decode = {.step_s = 0.0};
    llmp_estimate estimate;
    if (!r->attempt.has_speed || ask(q->scene->claim, r, &decode, &estimate) != LLMP_OK) {
        return;
    }
    q->count++;
    if (llmp__best_offer(&q->best, &estimate)) {
        *q->kept = *r;
        q->kept->attempt.arch = NULL;
        q->decode = decode;
        llmp__reading_title(r, q->title, sizeof q->title);
    }
}

/* "Each token reads 75.0 GB of weights ...; DGX Spark moves at most 273 GB/s: ". */
static int say_bytes(const speed_question *q, char *out, size_t size)
{
    const llmp_speed_model *s = &q->kept->attempt.speed;
    const llmp_speed_stage *stage = &s->stages[0];
    double bandwidth = (double)stage->devices * stage->bandwidth_bytes_per_s;
    if (q->scene->claim->kind != LLMP_CLAIM_DECODE_TOKENS_PER_S || stage->is_host ||
        q->kept->request.memory.parallel > 1 ||
        q->kept->attempt.memory.verdict != LLMP_VERDICT_FITS) {
        return 0;
    }
    for (uint32_t i = 1; i < s->stage_count; i++) {
        if (fabs(s->stages[i].bandwidth_bytes_per_s - stage->bandwidth_bytes_per_s) > 1.0) {
            return 0;
        }
    }
    char cache[64] = "";
    if (q->decode.kv_read_bytes > 0.005 * q->decode.weights_read_bytes) {
        (void)snprintf(cache, sizeof cache, " and %s GB of cache",
                       llmp__figure_text(q->decode.kv_read_bytes / LLMP_GB).text);
    }
    return snprintf(out, size, "Each token reads %s GB of weights%s; %s moves at most %s GB/s%s: ",
                    llmp__figure_text(q->decode.weights_read_bytes / LLMP_GB).text, cache,
                    q->kept->machine->title, llmp__figure_text(bandwidth / LLMP_GB).text,
                    s->stage_count > 1 ? ", one device after the other" : "");
}

static void say(const speed_question *q, llmp_claim_result *result)
{
    const llmp_estimate *e = &q->best.estimate;
    const char *unit = llmp_claim_unit((llmp_claim_kind)q->scene->claim->kind);
    const char *range = result->verdict == LLMP_CLAIM_IMPOSSIBLE ? "80 % of runs" : "98 % of runs";
    bool far = result->verdict != LLMP_CLAIM_IMPOSSIBLE;
    int used = say_bytes(q, result->why, sizeof result->why);
    char rare[64];
    llmp__chance_text(result, rare, sizeof rare);
    (void)snprintf(result->why + used, sizeof result->why - (size_t)used,
                   "%s %s %s, %s expected (%s between %s and %s)%s.",
                   used > 0 ? (q->best.is_time ? "at least" : "at most")
                            : (q->best.is_time ? "At least" : "At most"),
                   llmp__figure_text(e->ceiling).text, unit, llmp__figure_text(e->p50).text, range,
                   llmp__figure_text(far ? result->tails.low_value : e->p10).text,
                   llmp__figure_text(far ? result->tails.high_value : e->p90).text, rare);
}

static double factor(const llmp__claim_scene *scene, const llmp__best *best)
{
    const llmp_claim_says *s = &scene->says;
    double bound = best->estimate.ceiling;
    if (best->verdict == LLMP_CLAIM_IMPOSSIBLE) {
        return best->is_time ? bound / s->high_value : s->low_value / bound;
    }
    return best->verdict == LLMP_CLAIM_PARTLY_IMPOSSIBLE
               ? (best->is_time ? bound / s->low_value : s->high_value / bound)
               : 0.0;
}

static void assume(const llmp__claim_scene *scene, llmp_claim_result *result)
{
    const llmp_claim *c = scene->claim;
    bool length = c->prompt_tokens > 0.0 || c->depth_tokens > 0.0;
    char bits[64] = "every common quantisation of little loss, ";
    if (c->bits_per_weight > 0.0) {
        (void)snprintf(bits, sizeof bits, "every common %g-bit quantisation, ", c->bits_per_weight);
    }
    (void)snprintf(result->assumed, sizeof result->assumed,
                   "%s%s%s%sno speculative decoding; %u readings",
                   scene->quant_count > 0 ? "" : bits, length ? "" : "short and long inputs, ",
                   c->batch > 0 ? "" : "one sequence, ",
                   c->devices_only ? "nothing on the host, " : "", result->readings_count);
}

/* The reading that was kept, asked again as `fit` would be. */
static llmp_status explain(const speed_question *q, llmp_error *error)
{
    llmp_fit *fit = NULL;
    llmp_status status = llmp_fit_create(q->scene->catalog, &q->kept->request, &fit, error);
    status = status == LLMP_OK ? llmp_fit_explain(fit, q->scene->trace, error) : status;
    llmp_fit_destroy(&fit);
    return status;
}

static llmp_status conclude(speed_question *q, const llmp__unread *unread,
                            llmp_claim_result *result, llmp_error *error)
{
    result->readings_count = q->count;
    if (!q->best.any) {
        llmp__no_reading(unread, q->scene->machine, result);
        return LLMP_OK;
    }
    result->verdict = q->best.verdict;
    result->has_estimate = true;
    result->estimate = q->best.estimate;
    llmp_estimate_tails(&result->estimate, q->best.is_time, &result->tails.low_value,
                        &result->tails.high_value);
    result->factor_ratio = factor(q->scene, &q->best);
    result->chance_ratio = llmp_claim_chance(&q->scene->says, &result->estimate);
    (void)snprintf(result->reading, sizeof result->reading, "%s", q->title);
    say(q, result);
    assume(q->scene, result);
    if (result->verdict <= LLMP_CLAIM_PARTLY_IMPOSSIBLE) {
        llmp__claim_alternative(q->scene, q->kept, result);
    }
    return q->scene->trace == NULL ? LLMP_OK : explain(q, error);
}

llmp_status llmp__judge_speed(const llmp__claim_scene *scene, llmp_claim_result *result,
                              llmp_error *error)
{
    llmp__unread unread;
    const llmp_claim *c = scene->claim;
    bool is_time = c->kind == LLMP_CLAIM_TTFT_S || c->kind == LLMP_CLAIM_LATENCY_S;
    if (scene->model_count == 0 || scene->machine == NULL) {
        return llmp__not_judged(result, "It does not say %s.",
                                scene->model_count == 0 ? "which model" : "on which machine");
    }
    if (c->kind == LLMP_CLAIM_LATENCY_S && !(c->output_tokens > 0.0)) {
        return llmp__not_judged(result, "It does not say how many tokens are answered.");
    }
    speed_question q = {.scene = scene, .best = {.says = &scene->says, .is_time = is_time}};
    q.kept = malloc(sizeof *q.kept);
    if (q.kept == NULL) {
        return llmp__fail_memory(error, "a reading");
    }
    llmp_status status =
        llmp__readings(scene, scene->machine, c->devices_only, offer, &q, &unread, error);
    status = status == LLMP_OK ? conclude(&q, &unread, result, error) : status;
    free(q.kept);
    return status;
}

/* --- what it would be possible for ------------------------------------------------------------ */

/* Fewest sequences at once that could give so much together; 0: no number of them. */
static uint32_t sequences_for(const llmp__claim_scene *scene, const llmp__reading *r, double rate)
{
    const llmp_speed_model *speed = &r->attempt.speed;
    llmp_decode_result result;
    uint32_t low = 1;
    uint32_t high = 4096;
    (void)scene;
    if (llmp_speed_decode(speed, r->depth_tokens, high, NULL, &result, NULL) != LLMP_OK ||
        result.tokens_per_s.ceiling < rate) {
        return 0;
    }
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (llmp_speed_decode(speed, r->depth_tokens, middle, NULL, &result, NULL) != LLMP_OK) {
            return 0;
        }
        *(result.tokens_per_s.ceiling < rate ? &low : &high) = middle;
    }
    return high;
}

/* The largest model of the catalog that is expected to be that fast there. */
static const llmp_fit_row *model_for(const llmp_fit_list *list, double rate)
{
    const llmp_fit_row *best = NULL;
    for (size_t i = 0; i < llmp_fit_list_size(list); i++) {
        const llmp_fit_row *row = llmp_fit_list_row(list, i);
        const llmp_estimate *e = &row->decode_tokens_per_s;
        if (row->has_speed && row->verdict == LLMP_VERDICT_FITS && e->p10 <= rate &&
            e->p90 >= rate && row->quant_loss_ratio <= LLMP__NOTICEABLE_LOSS_RATIO &&
            (best == NULL || row->params > best->params)) {
            best = row;
        }
    }
    return best;
}

void llmp__claim_alternative(const llmp__claim_scene *scene, const llmp__reading *best,
                             llmp_claim_result *result)
{
    llmp_fit_request request = LLMP_FIT_REQUEST_INIT;
    llmp_fit_list *list = NULL;
    double rate =
        result->verdict == LLMP_CLAIM_IMPOSSIBLE ? scene->says.low_value : scene->says.high_value;
    if (scene->claim->kind != LLMP_CLAIM_DECODE_TOKENS_PER_S || scene->claim->batch > 1) {
        return;
    }
    char models[160] = "";
    request.machine = scene->machine;
    if (llmp_fit_list_create(scene->catalog, &request, &list, NULL) == LLMP_OK) {
        const llmp_fit_row *row = model_for(list, rate);
        if (row != NULL) {
            (void)snprintf(models, sizeof models, ", such as %.48s %.24s (%s expected)",
                           row->model->head.name, row->quant->head.id,
                           llmp__figure_text(row->decode_tokens_per_s.p50).text);
        }
    }
    llmp_fit_list_destroy(&list);
    uint32_t sequences = sequences_for(scene, best, rate);
    char together[80] = "";
    if (sequences > 1) {
        (void)snprintf(together, sizeof together, "; summed over %u or more sequences at best",
                       sequences);
    }
    const llmp_speed_stage *stage = &best->attempt.speed.stages[0];
    double bytes = (double)stage->devices * stage->bandwidth_bytes_per_s / rate;
    (void)snprintf(result->alternative, sizeof result->alternative,
                   "%s tokens/s is for models that %sread at most %s GB a token there%s%s.",
                   llmp__figure_text(rate).text,
                   best->attempt.memory.verdict == LLMP_VERDICT_FITS ? ""
                                                                     : "fit on the devices and ",
                   llmp__figure_text(bytes / LLMP_GB).text, models, together);
}
