/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a claim leaves open, gone through: models, quants, lengths, placements. */
#include "planner/audit.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lengths that are tried where none is stated: next to nothing, and what a long question takes. */
static const double short_tokens = 512.0;
static const double long_tokens = 8192.0;
/* Room beside what is stated, so that a claim does not fail for a few tokens. */
static const double spare_tokens = 256.0;

typedef struct walk {
    const llmp__claim_scene *scene;
    const llmp_machine *machine;
    bool devices_only;
    void (*each)(void *user, const llmp__reading *reading);
    void *user;
    llmp__unread *unread;
    llmp__reading *reading;
} walk;

static bool is_decode(const llmp_claim *c)
{
    return c->kind == LLMP_CLAIM_DECODE_TOKENS_PER_S ||
           (c->kind == LLMP_CLAIM_RATIO &&
            (c->metric == LLMP_METRIC_DECODE || c->metric == LLMP_METRIC_TOKENS_PER_J));
}

/* Cached positions and prompt of the i-th length; false when there is no such. */
static bool lengths(const llmp_claim *c, size_t i, double *depth, double *prompt)
{
    bool decode = is_decode(c);
    bool fits = c->kind == LLMP_CLAIM_FITS || c->kind == LLMP_CLAIM_MEMORY_GB;
    bool stated =
        decode ? c->depth_tokens > 0.0 || c->prompt_tokens > 0.0
               : c->prompt_tokens > 0.0 || fits || c->kind == LLMP_CLAIM_CAPACITY_REQUESTS_PER_S;
    double open = i == 0 ? (decode ? 0.0 : short_tokens) : long_tokens;
    if (i > (stated ? 0 : 1)) {
        return false;
    }
    *depth = c->depth_tokens;
    *prompt = c->prompt_tokens > 0.0 ? c->prompt_tokens : open;
    if (decode) {
        *depth = stated ? c->depth_tokens + c->prompt_tokens : open;
        *prompt = 1.0;
    } else if (fits && !(c->prompt_tokens > 0.0)) {
        *prompt = short_tokens;
    }
    return true;
}

static bool same_bits(const llmp_claim *c, const llmp_quant *quant)
{
    return !(c->bits_per_weight > 0.0) ||
           (quant->nominal_bits_per_weight >= c->bits_per_weight &&
            quant->nominal_bits_per_weight < c->bits_per_weight + 1.0);
}

/* The i-th quant a reading may have; NULL: not that one. */
static const llmp_quant *quant_at(const walk *w, const llmp_model *model, size_t i)
{
    const llmp__claim_scene *s = w->scene;
    const char *source;
    if (s->quant_count > 0) {
        return s->quants[i];
    }
    const llmp_quant *quant = LLMP_QUANT(llmp_catalog_at(s->catalog, LLMP_KIND_QUANT, i));
    bool may = llmp__quant_is_sensible(s->catalog, quant, model) && same_bits(s->claim, quant);
    if (may && !(s->claim->bits_per_weight > 0.0) && s->claim->kind != LLMP_CLAIM_FITS) {
        may = llmp__quant_loss(s->catalog, quant, model, &source) <= LLMP__NOTICEABLE_LOSS_RATIO;
    }
    return may ? quant : NULL;
}

static size_t quant_count(const walk *w)
{
    return w->scene->quant_count > 0 ? w->scene->quant_count
                                     : llmp_catalog_count(w->scene->catalog, LLMP_KIND_QUANT);
}

static void note_no_room(const walk *w, const llmp__reading *r)
{
    llmp__unread *u = w->unread;
    const llmp_memory_result *m = &r->attempt.memory;
    uint64_t available = 0;
    for (uint32_t i = 0; i < w->machine->device_count; i++) {
        available += r->attempt.memory_model.device_available_bytes[i];
    }
    bool on_host = m->verdict != LLMP_VERDICT_CANNOT_RUN;
    uint64_t need = on_host ? m->total.total_bytes : m->available_bytes + m->missing_bytes;
    u->no_room++;
    if (u->no_room == 1 || need < u->need_bytes) {
        u->need_bytes = need;
        u->available_bytes = on_host ? available : m->available_bytes;
        u->missing_bytes = need - u->available_bytes;
        (void)snprintf(u->title, sizeof u->title, "%.60s %.24s", r->model->head.name,
                       r->attempt.quant == NULL ? "" : r->attempt.quant->head.id);
    }
}

static void note_unknown(const walk *w, const char *message)
{
    w->unread->unknown++;
    if (w->unread->message[0] == '\0') {
        (void)snprintf(w->unread->message, sizeof w->unread->message, "%.190s", message);
    }
}

/* Placed, and timed where a speed is asked for. */
static void place(const walk *w, const llmp_quant *quant, const llmp_engine *engine,
                  const llmp_backend *backend)
{
    llmp__reading *r = w->reading;
    llmp_error error = LLMP_ERROR_INIT;
    w->unread->tried++;
    if (llmp__attempt_memory(w->scene->catalog, &r->request, quant, engine, backend, &r->attempt,
                             &error) != LLMP_OK) {
        note_unknown(w, error.message);
        return;
    }
    llmp_verdict verdict = r->attempt.memory.verdict;
    if (verdict == LLMP_VERDICT_CANNOT_RUN || (w->devices_only && verdict != LLMP_VERDICT_FITS)) {
        note_no_room(w, r);
    } else if (r->request.memory.placement == LLMP_PLACE_AUTO ||
               r->placement != r->attempt.memory.placement) {
        llmp__attempt_speed(w->scene->catalog, &r->attempt);
        if (!r->attempt.has_speed) {
            note_unknown(w, r->attempt.speed_error.message);
        }
        w->each(w->user, r);
    }
    if (r->request.memory.placement == LLMP_PLACE_AUTO) {
        r->placement = r->attempt.memory.placement; /* what the others need not repeat */
        r->gpu_layers = r->attempt.memory.gpu_layers;
        r->cpu_expert_layers = r->attempt.memory.cpu_expert_layers;
    }
    llmp__attempt_release(&r->attempt);
}

/* An engine that decides itself what to offload keeps a margin free; by hand a little more goes to
 * the devices. */
static void place_by_hand(const walk *w, const llmp_quant *quant, const llmp_engine *engine,
                          const llmp_backend *backend)
{
    enum { STEPS = 6 };
    llmp_memory_options *o = &w->reading->request.memory;
    const llmp_memory_options automatic = *o;
    const int32_t layers = (int32_t)w->reading->gpu_layers;
    const int32_t experts = (int32_t)w->reading->cpu_expert_layers;
    const llmp_placement placement = w->reading->placement;
    uint32_t before = w->unread->no_room;
    for (int32_t i = 1; i <= STEPS && w->unread->no_room == before; i++) {
        o->placement = placement;
        o->gpu_layers = placement == LLMP_PLACE_LAYER_OFFLOAD ? layers + i : -1;
        o->cpu_expert_layers = placement == LLMP_PLACE_EXPERT_OFFLOAD ? experts - i : -1;
        if (placement == LLMP_PLACE_EXPERT_OFFLOAD && experts - i < 1) {
            break;
        }
        w->reading->placement = LLMP_PLACE_AUTO; /* not what was seen */
        place(w, quant, engine, backend);
    }
    w->reading->placement = placement;
    *o = automatic;
}

static bool read_one(const walk *w, const llmp_model *model, const llmp_quant *quant, size_t i)
{
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    const llmp_claim *c = w->scene->claim;
    llmp__reading *r = w->reading;
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_error error = LLMP_ERROR_INIT;
    double prompt;
    if (!lengths(c, i, &r->depth_tokens, &prompt)) {
        return false;
    }
    r->model = model;
    r->machine = w->machine;
    r->request = initial;
    r->request.model = model;
    r->request.quant = quant;
    r->request.machine = w->machine;
    r->request.engine = w->scene->engine;
    r->request.backend = c->backend;
    r->request.prompt_tokens = prompt;
    if (llmp__choose_engine(w->scene->catalog, &r->request, quant, &engine, &backend, &error) !=
        LLMP_OK) {
        if (w->scene->quant_count > 0) {
            note_unknown(w, error.message);
        }
        return true;
    }
    r->request.engine = engine;
    r->request.backend = backend->id;
    double needed = fmax(r->depth_tokens + prompt + c->output_tokens, (double)c->context_tokens);
    double room = needed + spare_tokens;
    double most = LLMP_HAS_MODEL(model, max_context_tokens) ? (double)model->max_context_tokens
                                                            : 4294967296.0;
    if (needed > most + 1.0) {
        (void)snprintf(error.message, sizeof error.message,
                       "%.60s was made for at most %.0f tokens of context.", model->head.name,
                       most);
        note_unknown(w, error.message);
        return true;
    }
    r->request.memory.context_tokens =
        c->context_tokens > 0 ? c->context_tokens : (uint64_t)fmax(1.0, fmin(ceil(room), most));
    r->request.memory.parallel = c->batch > 0 ? c->batch : 1;
    place(w, quant, engine, backend);
    if (r->placement == LLMP_PLACE_LAYER_OFFLOAD || r->placement == LLMP_PLACE_EXPERT_OFFLOAD) {
        place_by_hand(w, quant, engine, backend);
    }
    if (w->machine->device_count > 1) {
        r->request.memory.placement = LLMP_PLACE_TENSOR_PARALLEL;
        place(w, quant, engine, backend);
    }
    return true;
}

llmp_status llmp__readings(const llmp__claim_scene *scene, const llmp_machine *machine,
                           bool devices_only,
                           void (*each)(void *user, const llmp__reading *reading), void *user,
                           llmp__unread *out, llmp_error *error)
{
    memset(out, 0, sizeof *out);
    walk w = {scene, machine, devices_only, each, user, out, malloc(sizeof *w.reading)};
    if (w.reading == NULL) {
        return llmp__fail_memory(error, "a reading");
    }
    for (size_t m = 0; m < scene->model_count; m++) {
        for (size_t q = 0; q < quant_count(&w); q++) {
            const llmp_quant *quant = quant_at(&w, scene->models[m], q);
            size_t i = 0;
            while (quant != NULL && read_one(&w, scene->models[m], quant, i)) {
                i++;
            }
        }
    }
    free(w.reading);
    return LLMP_OK;
}

void llmp__no_reading(const llmp__unread *unread, const llmp_machine *machine,
                      llmp_claim_result *result)
{
    char need[32];
    char have[32];
    if (unread->no_room == 0) {
        (void)llmp__not_judged(result, "%s",
                               unread->message[0] == '\0'
                                   ? "no quantisation of the catalog is like that"
                                   : unread->message);
        return;
    }
    (void)llmp_bytes_format(unread->need_bytes, need, sizeof need);
    (void)llmp_bytes_format(unread->available_bytes, have, sizeof have);
    result->verdict = LLMP_CLAIM_IMPOSSIBLE;
    result->factor_ratio = (double)unread->need_bytes / fmax(1.0, (double)unread->available_bytes);
    (void)snprintf(result->why, sizeof result->why,
                   "It does not fit: %s takes %s, and of %s a model gets %s.", unread->title, need,
                   machine->title, have);
}

void llmp__reading_title(const llmp__reading *reading, char *out, size_t out_size)
{
    const llmp__attempt *a = &reading->attempt;
    char context[28];
    llmp_placement placement = a->memory.placement;
    (void)llmp_count_format(a->memory.context_tokens, context, sizeof context);
    (void)snprintf(out, out_size, "%.40s %.24s, %.20s %.16s, context %s%s%s%s",
                   reading->model->head.name, a->quant == NULL ? "" : a->quant->head.id,
                   a->engine->head.name, a->backend == NULL ? "" : a->backend->name, context,
                   reading->request.memory.parallel > 1 ? " each" : "",
                   placement == LLMP_PLACE_DEVICE ? "" : ", ",
                   placement == LLMP_PLACE_DEVICE ? "" : llmp_placement_name(placement));
}
