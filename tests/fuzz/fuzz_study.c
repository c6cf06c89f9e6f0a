/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are a study or an error; its assumptions give flows that add up, or an error. */
#include <llmplan/planner_cost.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct seen {
    size_t count;
    size_t refuse_at;
    size_t assume_count;
    char *assume[LLMP_COST_ASSUME_MAX];
} seen;

static llmp_status take(void *user, const char *option, const char *value, llmp_error *error)
{
    seen *s = user;
    (void)error;
    if (option == NULL || value == NULL) {
        abort();
    }
    if (s->count++ == s->refuse_at) {
        return LLMP_E_LIMIT;
    }
    if (strcmp(option, "assume") == 0 && s->assume_count < LLMP_COST_ASSUME_MAX) {
        size_t bytes = strlen(value) + 1;
        char *copy = malloc(bytes);
        if (copy == NULL) {
            abort();
        }
        memcpy(copy, value, bytes);
        s->assume[s->assume_count++] = copy;
    }
    return LLMP_OK;
}

static const llmp_record *named(const llmp_catalog *catalog, llmp_kind kind, const char *name)
{
    const llmp_record *record = NULL;
    if (llmp_catalog_find(catalog, kind, name, &record, NULL, NULL) != LLMP_OK) {
        abort();
    }
    return record;
}

/* Made once: reading the catalog costs a thousand times what an input does. */
static void ask(llmp_catalog **catalog, llmp_cost_request *out)
{
    static const llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    static llmp_machine machines[LLMP_MACHINES_MAX];
    static llmp_fit_request fit;
    size_t count = 0;
    fit = initial;
    *out = (llmp_cost_request){.struct_size = sizeof *out, .terms = LLMP_SERVICE_TERMS_INIT};
    if (llmp_catalog_create(catalog, NULL) != LLMP_OK ||
        llmp_price_in_force(*catalog, "claude-opus-4.6", 0, &out->api, NULL, NULL) != LLMP_OK ||
        llmp_machine_parse(*catalog, "h100-sxm", machines, &count, NULL, NULL) != LLMP_OK) {
        abort();
    }
    fit.model = LLMP_MODEL(named(*catalog, LLMP_KIND_MODEL, "gpt-oss-120b"));
    fit.machine = &machines[0];
    out->fit = &fit;
    out->workload = (const llmp_workload *)(const void *)named(*catalog, LLMP_KIND_WORKLOAD, "rag");
}

static void check(const llmp_flow *flow)
{
    double sum = 0.0;
    double magnitude = 1.0;
    for (int i = 0; i < (int)LLMP_LINE_COUNT; i++) {
        sum += flow->line_usd[i];
        magnitude += fabs(flow->line_usd[i]);
    }
    if (!isfinite(flow->total_usd) || !isfinite(flow->present_usd) ||
        fabs(sum - flow->total_usd) > 1e-9 * magnitude || !(flow->overflow_ratio >= 0.0) ||
        flow->overflow_ratio > 1.0 + 1e-9) {
        abort();
    }
}

static void answer(const seen *s)
{
    static llmp_catalog *catalog;
    static llmp_cost_request asked;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_cost *cost = NULL;
    if (catalog == NULL) {
        ask(&catalog, &asked);
    }
    llmp_cost_request request = asked;
    request.assume_count = s->assume_count;
    for (size_t i = 0; i < s->assume_count; i++) {
        request.assume[i] = s->assume[i];
    }
    if (llmp_cost_create(catalog, &request, &cost, &error) != LLMP_OK) {
        if (cost != NULL || error.message[0] == '\0' || error.status == LLMP_E_INTERNAL) {
            abort();
        }
        return;
    }
    const llmp_cost_answer *a = llmp_cost_answer_of(cost);
    for (int i = 0; i < (int)LLMP_OPTION_COUNT; i++) {
        if (a->flows[i] != NULL) {
            check(a->flows[i]);
        }
    }
    llmp_cost_destroy(&cost);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    llmp_error error = LLMP_ERROR_INIT;
    seen all = {.refuse_at = SIZE_MAX};
    seen some = {.refuse_at = size > 0 ? data[0] % 4 : 0};
    llmp_status status = llmp_study_file_read((const char *)data, size, "fuzz", take, &all, &error);
    llmp_status stopped = llmp_study_file_read((const char *)data, size, "fuzz", take, &some, NULL);
    if ((status != LLMP_OK && error.message[0] == '\0') ||
        (some.count > some.refuse_at && (stopped != LLMP_E_LIMIT || all.count < some.count)) ||
        (some.count <= some.refuse_at && (stopped != status || all.count != some.count))) {
        abort();
    }
    if (status == LLMP_OK) {
        answer(&all);
    }
    for (size_t i = 0; i < all.assume_count; i++) {
        free(all.assume[i]);
    }
    for (size_t i = 0; i < some.assume_count; i++) {
        free(some.assume[i]);
    }
    return 0;
}
