/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims that something fits, or takes so much memory. */
#include "planner/audit.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- fits ------------------------------------------------------------------------------------- */

typedef struct room {
    uint32_t count;
    double most_bits;
    double least_bits;
    uint64_t headroom_bytes;
    double loss;
    char title[160];
    llmp_fit_request request; /* of the best quality */
} room;

typedef struct room_question {
    const llmp__claim_scene *scene;
    room room;
} room_question;

/* Bits that the weights really have. */
static double bits_of(const llmp__attempt *a)
{
    const llmp_arch_summary *s = llmp_arch_summary_of(a->arch);
    return 8.0 * (double)s->weight_bytes / (double)s->params;
}

static void fits(void *user, const llmp__reading *r)
{
    room_question *q = user;
    room *best = &q->room;
    double bits = bits_of(&r->attempt);
    const char *source;
    if (best->count++ == 0 || bits > best->most_bits) {
        best->most_bits = bits;
        best->headroom_bytes = r->attempt.memory.headroom_bytes;
        best->loss = r->attempt.quant == NULL
                         ? 0.0
                         : llmp__quant_loss(q->scene->catalog, r->attempt.quant, r->model, &source);
        best->request = r->request;
        llmp__reading_title(r, best->title, sizeof best->title);
    }
}

llmp_status llmp__judge_fits(const llmp__claim_scene *scene, llmp_claim_result *result,
                             llmp_error *error)
{
    llmp__unread unread;
    room_question q;
    char spare[32];
    memset(&q, 0, sizeof q);
    q.scene = scene;
    if (scene->model_count == 0 || scene->machine == NULL) {
        return llmp__not_judged(result, "It does not say %s.",
                                scene->model_count == 0 ? "which model" : "on which machine");
    }
    llmp_status status =
        llmp__readings(scene, scene->machine, !scene->claim->offload, fits, &q, &unread, error);
    result->readings_count = q.room.count;
    if (status != LLMP_OK) {
        return status;
    }
    (void)snprintf(result->assumed, sizeof result->assumed, "%s%s%s",
                   scene->quant_count > 0 ? "" : "every common quantisation, ",
                   scene->claim->context_tokens > 0 ? "" : "a short context, ",
                   scene->claim->offload ? "host memory counts" : "on the devices alone");
    if (q.room.count == 0) {
        llmp__no_reading(&unread, scene->machine, result);
        return LLMP_OK;
    }
    (void)llmp_bytes_format(q.room.headroom_bytes, spare, sizeof spare);
    (void)snprintf(result->reading, sizeof result->reading, "%s", q.room.title);
    (void)snprintf(
        result->why, sizeof result->why, "It fits with at most %.3g bits a weight, %s to spare%s.",
        q.room.most_bits, spare,
        q.room.loss > LLMP__NOTICEABLE_LOSS_RATIO ? "; so few bits lose quality noticeably" : "");
    result->verdict = LLMP_CLAIM_CONSISTENT;
    if (scene->trace != NULL) {
        llmp_fit *fit = NULL;
        status = llmp_fit_create(scene->catalog, &q.room.request, &fit, error);
        status = status == LLMP_OK ? llmp_fit_explain(fit, scene->trace, error) : status;
        llmp_fit_destroy(&fit);
    }
    return status;
}

/* --- takes so much ---------------------------------------------------------------------------- */

/* What caches and buffers add to the weights at most, where no machine and context are stated:
 * judgement. */
static const double beside_weights = 1.25;

typedef struct need {
    const llmp__claim_scene *scene;
    double low_bytes;
    double high_bytes;
    uint32_t count;
} need;

static void widen(need *n, double low, double high)
{
    n->low_bytes = n->count == 0 ? low : fmin(n->low_bytes, low);
    n->high_bytes = n->count == 0 ? high : fmax(n->high_bytes, high);
    n->count++;
}

static void take(void *user, const llmp__reading *r)
{
    need *n = user;
    double total = (double)r->attempt.memory.total.total_bytes;
    double weights = (double)llmp_arch_summary_of(r->attempt.arch)->weight_bytes;
    widen(n, weights,
          fmax(total, n->scene->claim->context_tokens > 0 ? total : beside_weights * weights));
}

/* Weights of a size, whatever the model: 16 bits as they are published, 8 and 4 as they are run. */
static void take_params(const llmp__claim_scene *scene, need *n)
{
    static const double bits[] = {4.0, 8.0, 16.0};
    const llmp_claim *c = scene->claim;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
        double each = c->bits_per_weight > 0.0 ? c->bits_per_weight : bits[i];
        double bytes = c->params_count * each / 8.0;
        char inputs[80];
        widen(n, bytes, beside_weights * bytes);
        (void)snprintf(inputs, sizeof inputs, "params %.4g, bits %g", c->params_count, each);
        llmp__claim_term(scene, "weights_bytes", "params * bits / 8", inputs, bytes, "B", NULL);
        if (c->bits_per_weight > 0.0) {
            return;
        }
    }
}

static void say_need(const llmp__claim_scene *scene, const need *n, llmp_claim_result *result)
{
    const llmp_claim *c = scene->claim;
    int used = 0;
    if (c->params_count > 0.0 && scene->model_count == 0 && !(c->bits_per_weight > 0.0)) {
        used = snprintf(result->why, sizeof result->why,
                        "%s billion weights take %s GB at 16 bits, %s at 8, %s at 4; %s GB would "
                        "be %s bits a weight. ",
                        llmp__figure_text(c->params_count / 1e9).text,
                        llmp__figure_text(c->params_count * 2e-9).text,
                        llmp__figure_text(c->params_count * 1e-9).text,
                        llmp__figure_text(c->params_count * 0.5e-9).text,
                        llmp__figure_text(scene->says.low_value).text,
                        llmp__figure_text(8e9 * scene->says.low_value / c->params_count).text);
    }
    (void)snprintf(result->why + used, sizeof result->why - (size_t)used,
                   "With caches and buffers %s to %s GB.",
                   llmp__figure_text(n->low_bytes / LLMP_GB).text,
                   llmp__figure_text(n->high_bytes / LLMP_GB).text);
}

llmp_status llmp__judge_memory(const llmp__claim_scene *scene, llmp_claim_result *result,
                               llmp_error *error)
{
    llmp__unread unread;
    need n = {.scene = scene};
    llmp_status status = LLMP_OK;
    if (scene->model_count == 0 && !(scene->claim->params_count > 0.0)) {
        return llmp__not_judged(result, "It does not say which model, or of what size.");
    }
    if (scene->model_count == 0) {
        take_params(scene, &n);
    } else if (scene->machine == NULL) {
        return llmp__not_judged(result, "It does not say on which machine.");
    } else {
        status = llmp__readings(scene, scene->machine, false, take, &n, &unread, error);
    }
    result->readings_count = n.count;
    if (status == LLMP_OK && n.count == 0) {
        llmp__no_reading(&unread, scene->machine, result);
    } else if (status == LLMP_OK) {
        llmp__judge_computed(scene, n.low_bytes / LLMP_GB, n.high_bytes / LLMP_GB, LLMP_CLAIM_WRONG,
                             result);
        say_need(scene, &n, result);
        (void)snprintf(
            result->assumed, sizeof result->assumed, "%s%s",
            scene->claim->bits_per_weight > 0.0 || scene->quant_count > 0 ? "" : "4 to 16 bits, ",
            "at most a quarter more than the weights where no context is stated");
    }
    return status;
}
