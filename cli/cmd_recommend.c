/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/money.h"

#include <llmplan/report_recommend.h>
#include <stdlib.h>
#include <string.h>

/* Everything a recommendation is asked about. */
typedef struct purchase {
    llmp_catalog *catalog;
    llmp_fit_request models[LLMP_ASSESS_MODELS_MAX];
    llmp_machine owned[LLMP_MACHINES_MAX];
    llmp_cost_request cost;
    llmp_recommend_request request;
} purchase;

static int find(const llmp_catalog *catalog, llmp_kind kind, const char *option, const char *name,
                const llmp_record **out)
{
    llmp_error error = LLMP_ERROR_INIT;
    char told[256] = "";
    if (llmp_catalog_find(catalog, kind, name, out, told, &error) != LLMP_OK) {
        return fail(option, &error);
    }
    if (*told != '\0') {
        (void)fprintf(stderr, "llmplan: note: %s\n", told);
    }
    return EXIT_DONE;
}

/* --- models ----------------------------------------------------------------------------------- */

static int add_model(const arguments *args, const char *name, purchase *p)
{
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    const llmp_record *record = NULL;
    if (p->request.model_count == LLMP_ASSESS_MODELS_MAX) {
        return usage_error("--model", NULL, "more than %d models loaded together",
                           LLMP_ASSESS_MODELS_MAX);
    }
    int code = find(p->catalog, LLMP_KIND_MODEL, "--model", name, &record);
    if (code != EXIT_DONE) {
        return code;
    }
    llmp_fit_request *fit = &p->models[p->request.model_count++];
    *fit = initial;
    fit->model = LLMP_MODEL(record);
    fit->memory.context_tokens = args->context_tokens;
    fit->prompt_tokens = args->has_prompt ? (double)args->prompt_tokens : fit->prompt_tokens;
    if (args->quant != NULL) {
        code = find(p->catalog, LLMP_KIND_QUANT, "--quant", args->quant, &record);
        fit->quant = code == EXIT_DONE ? LLMP_QUANT(record) : NULL;
    }
    return code;
}

/* Without a model: the settings that all models share. */
static int start_list(const arguments *args, purchase *p)
{
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    const llmp_record *record = NULL;
    llmp_fit_request *fit = &p->models[0];
    *fit = initial;
    fit->memory.context_tokens = args->context_tokens;
    fit->prompt_tokens = args->has_prompt ? (double)args->prompt_tokens : fit->prompt_tokens;
    fit->use = args->use;
    fit->family = args->family;
    if (args->explain || args->api != NULL) {
        return usage_error(args->explain ? "--explain" : "--api-alternative", NULL,
                           "needs a MODEL");
    }
    if (args->quant == NULL) {
        return EXIT_DONE;
    }
    int code = find(p->catalog, LLMP_KIND_QUANT, "--quant", args->quant, &record);
    fit->quant = code == EXIT_DONE ? LLMP_QUANT(record) : NULL;
    return code;
}

static int add_models(const arguments *args, purchase *p)
{
    int code = EXIT_DONE;
    p->request.models = p->models;
    if (args->names.count + args->models.count == 0) {
        return start_list(args, p);
    }
    for (size_t i = 0; i < args->names.count && code == EXIT_DONE; i++) {
        code = add_model(args, args->names.items[i], p);
    }
    for (size_t i = 0; i < args->models.count && code == EXIT_DONE; i++) {
        code = add_model(args, args->models.items[i], p);
    }
    return code;
}

/* --- limits ----------------------------------------------------------------------------------- */

/* "swe_bench_verified=60" */
static int add_floor(const char *text, purchase *p)
{
    char name[80];
    llmp_error error = LLMP_ERROR_INIT;
    const llmp_record *record = NULL;
    const char *equals = strchr(text, '=');
    llmp_score_floor *floor_ = &p->request.floors[p->request.floor_count];
    if (p->request.floor_count == LLMP_RECOMMEND_SCORES_MAX) {
        return usage_error("--min-score", NULL, "given more than %d times",
                           LLMP_RECOMMEND_SCORES_MAX);
    }
    if (equals == NULL || equals == text) {
        return usage_error("--min-score", "such as swe_bench_verified=60",
                           "'%s' is no BENCHMARK=SCORE", text);
    }
    (void)snprintf(name, sizeof name, "%.*s", (int)(equals - text < 79 ? equals - text : 79), text);
    int code = find(p->catalog, LLMP_KIND_BENCHMARK, "--min-score", name, &record);
    if (code != EXIT_DONE) {
        return code;
    }
    floor_->benchmark = LLMP_BENCHMARK(record);
    if (llmp_number_parse(equals + 1, &floor_->min, &error) != LLMP_OK || floor_->min < 0 ||
        (floor_->benchmark->unit == LLMP_SCORE_PERCENT && floor_->min > 100)) {
        return usage_error("--min-score", "such as swe_bench_verified=60", "'%s' is no score of %s",
                           equals + 1, record->name);
    }
    p->request.floor_count++;
    return EXIT_DONE;
}

static int choice_of(const char *text, const char *const *names, int count, int otherwise)
{
    for (int i = 0; text != NULL && i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            return i;
        }
    }
    return otherwise;
}

static int add_owned(const arguments *args, purchase *p)
{
    llmp_error error = LLMP_ERROR_INIT;
    char told[256] = "";
    size_t count = 0;
    if (args->owned[0] == '\0') {
        return EXIT_DONE;
    }
    if (llmp_machine_parse(p->catalog, args->owned, p->owned, &count, told, &error) != LLMP_OK) {
        return fail("--owned", &error);
    }
    if (*told != '\0') {
        (void)fprintf(stderr, "llmplan: note: %s\n", told);
    }
    if (count > 1) {
        return usage_error("--owned", NULL, "one machine at a time, not %zu", count);
    }
    p->request.owned = &p->owned[0];
    return EXIT_DONE;
}

static int add_limits(const arguments *args, purchase *p)
{
    static const char *const noises[] = {"quiet", "audible", "loud", "server_room"};
    static const char *const goals[] = {"answer", "value", "price", "decode"};
    llmp_recommend_request *r = &p->request;
    const llmp_record *record = NULL;
    int code = EXIT_DONE;
    r->budget_usd = args->budget_usd;
    if (args->has_min_decode) {
        r->decode_min_tokens_per_s = args->min_decode;
    }
    r->ttft_max_s = args->max_ttft;
    r->peak_max_w = args->max_watts;
    r->users_count = (uint32_t)args->users;
    r->output_tokens = args->answer_tokens > 0 ? (double)args->answer_tokens : r->output_tokens;
    r->has_noise_max = args->max_noise != NULL;
    r->noise_max = (llmp_noise)choice_of(args->max_noise, noises, 4, 0);
    r->objective = (llmp_objective)choice_of(args->objective, goals, 4, LLMP_OBJECTIVE_ANSWER);
    r->buying = args->used ? LLMP_BUYING_USED : LLMP_BUYING_NEW;
    if (args->circuit != NULL) {
        code = find(p->catalog, LLMP_KIND_CIRCUIT, "--circuit", args->circuit, &record);
        r->circuit = code == EXIT_DONE ? LLMP_CIRCUIT(record) : NULL;
    }
    for (size_t i = 0; i < args->min_scores.count && code == EXIT_DONE; i++) {
        code = add_floor(args->min_scores.items[i], p);
    }
    return code == EXIT_DONE ? add_owned(args, p) : code;
}

static int add_money(const arguments *args, purchase *p)
{
    llmp_error error = LLMP_ERROR_INIT;
    if (args->as_of != NULL && llmp_date_parse(args->as_of, &p->request.as_of, &error) != LLMP_OK) {
        return fail("--as-of", &error);
    }
    if (args->api != NULL && (args->on_premises || args->offline)) {
        return usage_error("--api-alternative", "leave one of them out",
                           "an API is no choice with %s",
                           args->on_premises ? "--on-premises" : "--offline");
    }
    int code = money_terms(args, p->catalog, &p->cost);
    p->request.cost = code == EXIT_DONE && args->api != NULL ? &p->cost : NULL;
    return code;
}

/* --- answer ----------------------------------------------------------------------------------- */

enum { SHOWN = 5 };

static int answer(const arguments *args, const purchase *p)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_recommendation *it = NULL;
    llmp_report_style style = style_of(args);
    llmp_status status = llmp_recommend_create(p->catalog, &p->request, &it, &error);
    if (status == LLMP_OK) {
        status = llmp_report_recommend(it, args->has_limit ? (size_t)args->limit : SHOWN,
                                       args->explain, &style, &document, &error);
    }
    const bool any = status == LLMP_OK && llmp_recommend_answer_of(it)->best != NULL;
    int code = status == LLMP_OK
                   ? deliver(args, &style, &document, any ? EXIT_DONE : EXIT_ANSWER_NO)
                   : fail("recommend", &error);
    llmp_recommend_destroy(&it);
    return code;
}

/* Which model: by the first benchmark that has a floor, else by the one that most have. */
static int answer_list(const arguments *args, const purchase *p)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_recommend_list *list = NULL;
    llmp_report_style style = style_of(args);
    const llmp_record *record = NULL;
    const llmp_benchmark *by = p->request.floor_count > 0 ? p->request.floors[0].benchmark : NULL;
    if (by == NULL) {
        int code =
            find(p->catalog, LLMP_KIND_BENCHMARK, "recommend", "swe_bench_verified", &record);
        if (code != EXIT_DONE) {
            return code;
        }
        by = LLMP_BENCHMARK(record);
    }
    llmp_status status = llmp_recommend_list_create(
        p->catalog, &p->request, by, args->has_limit ? (size_t)args->limit : SHOWN, &list, &error);
    if (status == LLMP_OK) {
        status =
            llmp_report_recommend_list(list, by, p->request.budget_usd, &style, &document, &error);
    }
    const bool any = status == LLMP_OK && llmp_recommend_list_size(list) > 0;
    int code = status == LLMP_OK
                   ? deliver(args, &style, &document, any ? EXIT_DONE : EXIT_ANSWER_NO)
                   : fail("recommend", &error);
    llmp_recommend_list_destroy(&list);
    return code;
}

int cmd_recommend(const arguments *args)
{
    static const llmp_recommend_request initial = LLMP_RECOMMEND_REQUEST_INIT;
    const char *const ids[LLMP_KIND_COUNT] = {NULL};
    purchase *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return EXIT_INTERNAL;
    }
    p->request = initial;
    int code = catalog_open(args, &p->catalog);
    if (code != EXIT_DONE) {
        free(p);
        return code;
    }
    code = catalog_apply_sets(p->catalog, args, ids);
    if (code == EXIT_DONE) {
        llmp_catalog_freeze(p->catalog);
        code = add_models(args, p);
    }
    code = code == EXIT_DONE ? add_limits(args, p) : code;
    code = code == EXIT_DONE ? add_money(args, p) : code;
    if (code == EXIT_DONE) {
        code = p->request.model_count == 0 ? answer_list(args, p) : answer(args, p);
    }
    llmp_catalog_destroy(&p->catalog);
    free(p);
    return code;
}
