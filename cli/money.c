/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the words of `cost` and `breakeven`, or a study file, to a request. */
#include "cli/money.h"

#include <stdlib.h>
#include <string.h>

enum { STUDY_CAP = 1 << 20, WORDS_MAX = 128 };

/* --- the study file --------------------------------------------------------------------------- */

typedef struct word_list {
    unsigned command; /* a study is for both; the other's options are passed over */
    char *words[WORDS_MAX];
    size_t count;
} word_list;

static bool known_option(const char *option, unsigned commands_of)
{
    for (size_t i = 0; i < option_table_size; i++) {
        const option_spec *o = &option_table[i];
        if ((o->commands & commands_of) != 0 && strcmp(o->name, option) == 0) {
            return strcmp(option, "help") != 0 && strcmp(option, "output") != 0;
        }
    }
    return false;
}

static bool is_flag(const char *option)
{
    for (size_t i = 0; i < option_table_size; i++) {
        if (strcmp(option_table[i].name, option) == 0) {
            return option_table[i].type == OPTION_FLAG;
        }
    }
    return false;
}

static llmp_status refuse(llmp_error *error, llmp_status status, const char *option,
                          const char *why)
{
    *error = (llmp_error)LLMP_ERROR_INIT;
    error->status = status;
    (void)snprintf(error->message, sizeof error->message, "'%.80s' %s", option, why);
    (void)snprintf(error->hint, sizeof error->hint, "keys are the options of llmplan cost");
    return status;
}

/* model: x becomes --model=x; with_rows: true becomes --with-rows. */
static llmp_status add_word(void *user, const char *option, const char *value, llmp_error *error)
{
    word_list *list = user;
    if (!known_option(option, CMD_COST | CMD_BREAKEVEN)) {
        return refuse(error, LLMP_E_SCHEMA, option, "is no option of a study");
    }
    if (!known_option(option, list->command)) {
        return LLMP_OK;
    }
    bool flag = is_flag(option);
    if (flag && strcmp(value, "false") == 0) {
        return LLMP_OK;
    }
    if (flag && strcmp(value, "true") != 0) {
        return refuse(error, LLMP_E_VALUE, option, "is true or false");
    }
    size_t size = strlen(option) + strlen(value) + 4;
    char *word = list->count < WORDS_MAX ? malloc(size) : NULL;
    if (word == NULL) {
        return refuse(error, LLMP_E_LIMIT, option, "is one option too many");
    }
    (void)snprintf(word, size, flag ? "--%s" : "--%s=%s", option, value);
    list->words[list->count++] = word;
    return LLMP_OK;
}

/* The study's options, then those of the command line over them. */
static int read_study(const arguments *args, const command *cmd, money *m)
{
    llmp_error error = LLMP_ERROR_INIT;
    word_list list = {cmd->bit, {NULL}, 0};
    char *text;
    size_t size;
    const char *path = args->names.items[0];
    int code = read_file(path, STUDY_CAP, &text, &size);
    if (code != EXIT_DONE) {
        return code;
    }
    llmp_status status = llmp_study_file_read(text, size, path, add_word, &list, &error);
    free(text);
    m->words = calloc(list.count + 1, sizeof *m->words);
    if (m->words != NULL) {
        memcpy(m->words, list.words, list.count * sizeof *m->words);
        m->word_count = list.count;
    }
    if (status != LLMP_OK || m->words == NULL) {
        return status == LLMP_OK ? EXIT_INTERNAL : fail(path, &error);
    }
    m->args.names.count = m->args.sets.count = 0;
    m->args.catalogs.count = m->args.assume.count = m->args.tasks.count = 0;
    code = options_read(cmd, (int)m->word_count, m->words, &m->args);
    if (code == EXIT_DONE) {
        m->args.names.count = 0;
        code = options_read(cmd, args->word_count, args->words, &m->args);
    }
    return code;
}

/* --- names ------------------------------------------------------------------------------------ */

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

/* "500M", "500M/month", "16M/day": decimal thousands, millions, ... */
static int read_volume(const char *option, const char *text, double *out_per_month)
{
    static const char suffixes[] = "KMBT";
    char digits[40];
    double number;
    double scale = 1.0;
    size_t length = strcspn(text, "/");
    const char *per = text[length] == '/' ? text + length + 1 : "month";
    bool daily = strcmp(per, "day") == 0;
    const char *hint = "such as 500M/month or 16M/day";
    if (!daily && strcmp(per, "month") != 0) {
        return usage_error(option, hint, "'%s' is not per day or month", text);
    }
    const char *suffix = length > 1 ? strchr(suffixes, text[length - 1] & ~0x20) : NULL;
    if (suffix != NULL && *suffix != '\0') {
        for (const char *s = suffixes; s <= suffix; s++) {
            scale *= 1e3;
        }
        length--;
    }
    (void)snprintf(digits, sizeof digits, "%.*s", (int)(length < 39 ? length : 39), text);
    llmp_error error = LLMP_ERROR_INIT;
    if (llmp_number_parse(digits, &number, &error) != LLMP_OK || number <= 0.0 ||
        number * scale > 1e15) {
        return usage_error(option, hint, "'%s' is no volume", text);
    }
    *out_per_month = number * scale * (daily ? LLMP_HOURS_PER_MONTH / 24.0 : 1.0);
    return EXIT_DONE;
}

/* "12", "12x6": people, and hours of their day. */
static int read_people(money *m)
{
    const char *text = m->args.people;
    char *end;
    m->request.people_count = strtod(text, &end);
    if (end != text && (*end == 'x' || *end == 'X')) {
        const char *hours = end + 1;
        m->request.people_hours_count = strtod(hours, &end);
        end = end == hours || !(m->request.people_hours_count > 0.0) ? NULL : end;
    }
    if (end == NULL || end == text || *end != '\0' || !(m->request.people_count > 0.0)) {
        return usage_error("--people", "such as 12 or 12x6",
                           "'%s' is no number of people, with hours a day", text);
    }
    return EXIT_DONE;
}

static int read_tasks(money *m)
{
    llmp_error error = LLMP_ERROR_INIT;
    const text_list *tasks = &m->args.tasks;
    if (tasks->count > LLMP_COST_TASKS_MAX) {
        return usage_error("--task", NULL, "more than %d kinds of task", LLMP_COST_TASKS_MAX);
    }
    for (size_t i = 0; i < tasks->count; i++) {
        if (llmp_cost_task_parse(tasks->items[i], &m->request.task[i], &error) != LLMP_OK) {
            return fail("--task", &error);
        }
    }
    m->request.task_count = tasks->count;
    m->request.hybrid = m->args.hybrid || tasks->count > 0;
    if (m->request.hybrid && (m->request.fit == NULL || m->request.api == NULL)) {
        return usage_error(m->args.hybrid ? "--hybrid" : "--task",
                           "such as --api claude-opus-4.6 --model gpt-oss-120b --on dgx-spark",
                           "a hybrid needs both an API and a machine");
    }
    return EXIT_DONE;
}

/* Cheapest offer on demand of the machine's device. */
static int cheapest_rental(const llmp_catalog *catalog, const llmp_machine *machine,
                           const llmp_rental **out)
{
    const llmp_rental *best = NULL;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_RENTAL); i++) {
        const llmp_record *record = llmp_catalog_at(catalog, LLMP_KIND_RENTAL, i);
        const llmp_rental *r = (const llmp_rental *)(const void *)record;
        bool same = r->device != NULL && strcmp(r->device, machine->devices[0]->head.id) == 0;
        if (same && r->kind == LLMP_RENTAL_ON_DEMAND &&
            (best == NULL || r->usd_per_gpu_hour < best->usd_per_gpu_hour)) {
            best = r;
        }
    }
    if (best == NULL) {
        (void)usage_error("--rent", "llmplan list rentals", "nobody is known to rent out %s",
                          machine->devices[0]->head.name);
        return EXIT_NO_DATA;
    }
    *out = best;
    return EXIT_DONE;
}

static int resolve_rental(money *m)
{
    const llmp_record *record;
    if (m->args.rent == NULL) {
        return EXIT_DONE;
    }
    if (m->request.fit == NULL) {
        return usage_error("--rent", NULL, "needs --model and --on");
    }
    if (strcmp(m->args.rent, "cheapest") == 0) {
        return cheapest_rental(m->catalog, m->request.fit->machine, &m->request.rental);
    }
    int code = find(m->catalog, LLMP_KIND_RENTAL, "--rent", m->args.rent, &record);
    if (code != EXIT_DONE) {
        return code;
    }
    m->request.rental = (const llmp_rental *)(const void *)record;
    const llmp_device *device = m->request.fit->machine->devices[0];
    if (m->request.rental->device == NULL ||
        strcmp(m->request.rental->device, device->head.id) != 0) {
        return usage_error("--rent", "llmplan list rentals", "%s is not an offer of %s",
                           record->name, device->head.name);
    }
    return EXIT_DONE;
}

static int resolve_api(money *m)
{
    llmp_error error = LLMP_ERROR_INIT;
    char told[256] = "";
    if (m->args.api == NULL) {
        return EXIT_DONE;
    }
    if (llmp_price_in_force(m->catalog, m->args.api, m->request.as_of, &m->request.api, told,
                            &error) != LLMP_OK) {
        return fail("--api", &error);
    }
    if (*told != '\0') {
        (void)fprintf(stderr, "llmplan: note: %s\n", told);
    }
    return EXIT_DONE;
}

static int resolve(money *m)
{
    const arguments *args = &m->args;
    llmp_error error = LLMP_ERROR_INIT;
    const llmp_record *record;
    int code = EXIT_DONE;
    if (args->as_of != NULL && llmp_date_parse(args->as_of, &m->request.as_of, &error) != LLMP_OK) {
        return fail("--as-of", &error);
    }
    m->request.buying = args->used ? LLMP_BUYING_USED : LLMP_BUYING_NEW;
    code = resolve_api(m);
    code = code == EXIT_DONE ? resolve_rental(m) : code;
    if (code == EXIT_DONE) {
        code = find(m->catalog, LLMP_KIND_WORKLOAD, "--preset",
                    args->preset == NULL ? "chat" : args->preset, &record);
    }
    if (code == EXIT_DONE) {
        m->request.workload = (const llmp_workload *)(const void *)record;
    }
    if (code == EXIT_DONE && args->tariff != NULL) {
        code = find(m->catalog, LLMP_KIND_TARIFF, "--tariff", args->tariff, &record);
        m->request.tariff = code == EXIT_DONE ? (const llmp_tariff *)(const void *)record : NULL;
    }
    if (code == EXIT_DONE && args->subscription != NULL) {
        code =
            find(m->catalog, LLMP_KIND_SUBSCRIPTION, "--subscription", args->subscription, &record);
        m->request.subscription = code == EXIT_DONE ? LLMP_SUBSCRIPTION(record) : NULL;
    }
    if (code == EXIT_DONE && args->seats > 0 && args->subscription == NULL) {
        code = usage_error("--seats", "such as --subscription claude-pro", "of which plan?");
    }
    if (code == EXIT_DONE && args->tokens != NULL) {
        code = read_volume("--tokens", args->tokens, &m->request.tokens_per_month_count);
    }
    if (code == EXIT_DONE && args->people != NULL) {
        code = read_people(m);
    }
    code = code == EXIT_DONE ? read_tasks(m) : code;
    return code;
}

static void fill(money *m)
{
    static const char *const services[] = {"standard", "batch", "flex", "priority"};
    const arguments *args = &m->args;
    for (int i = 0; args->service != NULL && i < 4; i++) {
        if (strcmp(args->service, services[i]) == 0) {
            m->request.terms.service = (llmp_service)i;
        }
    }
    m->request.seats_count = (uint32_t)args->seats;
    m->request.terms.regional = args->regional;
    m->request.requests_per_day_count = args->requests;
    m->request.parallel_given = args->has_parallel;
    m->request.context_given = args->context_tokens > 0;
    m->request.draws = (uint32_t)args->draws;
    m->request.indices = args->indices;
    m->request.seed = args->seed;
    for (size_t i = 0; i < args->assume.count && i < LLMP_COST_ASSUME_MAX; i++) {
        m->request.assume[m->request.assume_count++] = args->assume.items[i];
    }
}

/* --- together --------------------------------------------------------------------------------- */

static int open_catalog(money *m)
{
    const arguments *args = &m->args;
    if (args->model == NULL && args->on[0] == '\0') {
        const char *ids[LLMP_KIND_COUNT] = {NULL};
        int code = catalog_open(args, &m->own_catalog);
        code = code == EXIT_DONE ? catalog_apply_sets(m->own_catalog, args, ids) : code;
        if (code == EXIT_DONE) {
            llmp_catalog_freeze(m->own_catalog);
            m->catalog = m->own_catalog;
        }
        return code;
    }
    if (args->model == NULL || args->on[0] == '\0') {
        return usage_error(args->model == NULL ? "--model" : "--on",
                           "--model gpt-oss-120b --on dgx-spark", "a machine needs both");
    }
    int code = question_open(args, args->model, &m->question);
    if (code != EXIT_DONE) {
        return code;
    }
    m->has_question = true;
    if (m->question.machine_count > 1) {
        return usage_error("--on", NULL, "one machine at a time, not %zu",
                           m->question.machine_count);
    }
    m->question.request.machine = &m->question.machines[0];
    m->catalog = m->question.catalog;
    m->request.fit = &m->question.request;
    return EXIT_DONE;
}

static const llmp_cost_request nothing = {.struct_size = sizeof nothing,
                                          .terms = LLMP_SERVICE_TERMS_INIT};

int money_terms(const arguments *args, const llmp_catalog *catalog, llmp_cost_request *out)
{
    money *m = calloc(1, sizeof *m);
    if (m == NULL) {
        return EXIT_INTERNAL;
    }
    m->args = *args;
    m->request = nothing;
    m->catalog = catalog;
    int code = resolve(m);
    if (code == EXIT_DONE) {
        fill(m);
        *out = m->request;
    }
    free(m);
    return code;
}

int money_open(const arguments *args, const command *cmd, money *m)
{
    memset(m, 0, sizeof *m);
    m->args = *args;
    m->request = nothing;
    if (args->names.count > 1) {
        return usage_error(cmd->name, NULL, "one study at a time, not also '%s'",
                           args->names.items[1]);
    }
    int code = args->names.count == 1 ? read_study(args, cmd, m) : EXIT_DONE;
    if (code == EXIT_DONE && m->args.api == NULL && m->args.model == NULL) {
        code = usage_error(cmd->name,
                           "such as --api claude-opus-4.6 --model gpt-oss-120b --on dgx-spark",
                           "name an API, or a model and a machine, or a study file");
    }
    if (code == EXIT_DONE && cmd->bit == CMD_BREAKEVEN &&
        (m->args.api == NULL || m->args.model == NULL)) {
        code = usage_error(m->args.api == NULL ? "--api" : "--model",
                           "such as --api claude-opus-4.6 --model gpt-oss-120b --on dgx-spark",
                           "buying is compared with an API: name both");
    }
    code = code == EXIT_DONE ? open_catalog(m) : code;
    code = code == EXIT_DONE ? resolve(m) : code;
    if (code == EXIT_DONE) {
        fill(m);
    }
    return code;
}

void money_close(money *m)
{
    if (m->has_question) {
        question_close(&m->question);
    }
    llmp_catalog_destroy(&m->own_catalog);
    for (size_t i = 0; i < m->word_count; i++) {
        free(m->words[i]);
    }
    free(m->words);
}
