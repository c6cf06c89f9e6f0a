/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Axes as people write them: "a,b", "all", "4k..128k*2"; a value given twice counts once. */
#include "cli/sweep.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 256, PATH_SIZE = 4096, FIRST_ROOM = 16 };

/* The items with room for one more, or NULL when memory runs out and they stay as they are. */
static void *with_room(void *items, size_t count, size_t size)
{
    bool full = count == 0 || (count >= FIRST_ROOM && (count & (count - 1)) == 0);
    return full ? realloc(items, (count == 0 ? FIRST_ROOM : 2 * count) * size) : items;
}

/* --- lists of names --------------------------------------------------------------------------- */

typedef struct source {
    const llmp_catalog *catalog;
    const arguments *args;
    const char *option;
    sweep_axes *out;
} source;

typedef int adder(const source *s, const char *name);

/* Calls for each name of "a, b" of each time an option was given. */
static int each_name(const source *s, const text_list *list, adder *add)
{
    char name[PATH_SIZE];
    for (size_t i = 0; i < list->count; i++) {
        for (const char *at = list->items[i];;) {
            size_t length = strcspn(at, ",");
            size_t from = 0;
            size_t to = length;
            while (from < to && at[from] == ' ') {
                from++;
            }
            while (to > from && at[to - 1] == ' ') {
                to--;
            }
            if (from == to || to - from >= sizeof name) {
                return usage_error(s->option, "such as a,b,c",
                                   from == to ? "a name is missing" : "a name is too long");
            }
            memcpy(name, at + from, to - from);
            name[to - from] = '\0';
            int code = add(s, name);
            if (code != EXIT_DONE || at[length] == '\0') {
                if (code != EXIT_DONE) {
                    return code;
                }
                break;
            }
            at += length + 1;
        }
    }
    return EXIT_DONE;
}

static int find(const source *s, llmp_kind kind, const char *name, const llmp_record **out)
{
    llmp_error error = LLMP_ERROR_INIT;
    char told[256] = "";
    if (llmp_catalog_find(s->catalog, kind, name, out, told, &error) != LLMP_OK) {
        return fail(s->option, &error);
    }
    if (*told != '\0') {
        (void)fprintf(stderr, "llmplan: note: %s\n", told);
    }
    return EXIT_DONE;
}

/* Takes the import. */
static int add_model_with(const source *s, const llmp_model *model, llmp_import *import)
{
    llmp_sweep_axes *a = &s->out->axes;
    sweep_axes *out = s->out;
    const llmp_model **models = with_room(out->models, a->model_count, sizeof *models);
    out->models = models == NULL ? out->models : models;
    llmp_import **imports = with_room(out->imports, a->model_count, sizeof *imports);
    out->imports = imports == NULL ? out->imports : imports;
    if (models == NULL || imports == NULL) {
        llmp_import_destroy(&import);
        return EXIT_INTERNAL;
    }
    out->models[a->model_count] = model;
    out->imports[a->model_count++] = import;
    a->models = out->models;
    a->imports = (const llmp_import *const *)out->imports;
    return EXIT_DONE;
}

static int add_model(const source *s, const llmp_record *record)
{
    const llmp_sweep_axes *a = &s->out->axes;
    for (size_t i = 0; i < a->model_count; i++) {
        if (a->models[i] == LLMP_MODEL(record)) {
            return EXIT_DONE;
        }
    }
    return add_model_with(s, LLMP_MODEL(record), NULL);
}

static int add_file(const source *s, const char *path)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_import *import = NULL;
    if (llmp_import_open(s->catalog, path, &import, &error) != LLMP_OK) {
        return fail(path, &error);
    }
    const bool tensors = llmp_import_kind_of(import) != LLMP_IMPORT_HF_CONFIG;
    s->out->own_count += tensors || llmp_import_quant_title(import) != NULL ? 1 : 0;
    return add_model_with(s, llmp_import_model(import), import);
}

static int add_quant(const source *s, const llmp_record *record)
{
    llmp_sweep_axes *a = &s->out->axes;
    for (size_t i = 0; i < a->quant_count; i++) {
        if (a->quants[i] == LLMP_QUANT(record)) {
            return EXIT_DONE;
        }
    }
    const llmp_quant **grown = with_room(s->out->quants, a->quant_count, sizeof *grown);
    if (grown == NULL) {
        return EXIT_INTERNAL;
    }
    s->out->quants = grown;
    s->out->quants[a->quant_count++] = LLMP_QUANT(record);
    a->quants = s->out->quants;
    return EXIT_DONE;
}

/* All records of a kind that a test lets through. */
static int add_all(const source *s, llmp_kind kind, bool (*wanted)(const llmp_record *record),
                   int (*add)(const source *s, const llmp_record *record))
{
    int code = EXIT_DONE;
    for (size_t i = 0; code == EXIT_DONE && i < llmp_catalog_count(s->catalog, kind); i++) {
        const llmp_record *record = llmp_catalog_at(s->catalog, kind, i);
        code = wanted == NULL || wanted(record) ? add(s, record) : EXIT_DONE;
    }
    return code;
}

static int model_name(const source *s, const char *name)
{
    const llmp_record *record;
    if (strcmp(name, "all") == 0) {
        return add_all(s, LLMP_KIND_MODEL, NULL, add_model);
    }
    if (strcmp(name, "-") == 0) {
        return usage_error(s->option, "such as ./model.gguf", "standard input is no model here");
    }
    if (means_file(s->catalog, name)) {
        return add_file(s, name);
    }
    llmp_machine parsed[LLMP_MACHINES_MAX];
    size_t count;
    if (strcmp(s->option, "MODEL") == 0 &&
        llmp_machine_parse(s->catalog, name, parsed, &count, NULL, NULL) == LLMP_OK) {
        return usage_error("sweep", "machines of several words go in quotes: --on \"2x rtx-4090\"",
                           "'%s' is a machine", name);
    }
    int code = find(s, LLMP_KIND_MODEL, name, &record);
    return code == EXIT_DONE ? add_model(s, record) : code;
}

static bool is_common(const llmp_record *quant)
{
    return LLMP_QUANT(quant)->common;
}

static int quant_name(const source *s, const char *name)
{
    const llmp_record *record;
    if (strcmp(name, "all") == 0) {
        return add_all(s, LLMP_KIND_QUANT, NULL, add_quant);
    }
    if (strcmp(name, "common") == 0) {
        return add_all(s, LLMP_KIND_QUANT, is_common, add_quant);
    }
    int code = find(s, LLMP_KIND_QUANT, name, &record);
    return code == EXIT_DONE ? add_quant(s, record) : code;
}

/* --- machines --------------------------------------------------------------------------------- */

static bool same_machine(const llmp_machine *a, const llmp_machine *b)
{
    return a->rig == b->rig && a->device_count == b->device_count && a->machines == b->machines &&
           a->devices[0] == b->devices[0];
}

static int machine_name(const source *s, const char *name);

/* One only stands in for the computer around a card. */
static bool has_device(const llmp_record *rig)
{
    return LLMP_RIG(rig)->device_count > 0;
}

static int add_machine(const source *s, const llmp_record *record)
{
    return machine_name(s, record->id);
}

static int machine_name(const source *s, const char *name)
{
    llmp_sweep_axes *a = &s->out->axes;
    llmp_machine parsed[LLMP_MACHINES_MAX];
    llmp_error error = LLMP_ERROR_INIT;
    char told[256] = "";
    size_t count = 0;
    bool all = strcmp(name, "all") == 0;
    bool devices = all || strcmp(name, "devices") == 0;
    bool rigs = all || strcmp(name, "rigs") == 0;
    if (devices || rigs) {
        int code = devices ? add_all(s, LLMP_KIND_DEVICE, NULL, add_machine) : EXIT_DONE;
        return code == EXIT_DONE && rigs ? add_all(s, LLMP_KIND_RIG, has_device, add_machine)
                                         : code;
    }
    if (llmp_machine_parse(s->catalog, name, parsed, &count, told, &error) != LLMP_OK) {
        return fail(s->option, &error);
    }
    if (*told != '\0') {
        (void)fprintf(stderr, "llmplan: note: %s\n", told);
    }
    for (size_t k = 0; k < count; k++) {
        bool known = false;
        for (size_t i = 0; i < a->machine_count; i++) {
            known = known || same_machine(&s->out->machines[i], &parsed[k]);
        }
        if (known) {
            continue;
        }
        llmp_machine *grown = with_room(s->out->machines, a->machine_count, sizeof *grown);
        if (grown == NULL) {
            return EXIT_INTERNAL;
        }
        s->out->machines = grown;
        machine_state_host(s->args, &parsed[k]);
        s->out->machines[a->machine_count++] = parsed[k];
        a->machines = s->out->machines;
    }
    return EXIT_DONE;
}

/* --- engines and cache types ------------------------------------------------------------------ */

static int add_engine_with(const source *s, const llmp_engine *engine, const char *backend)
{
    llmp_sweep_axes *a = &s->out->axes;
    sweep_axes *out = s->out;
    char *copy = NULL;
    llmp_sweep_engine *engines = with_room(out->engines, a->engine_count, sizeof *engines);
    if (engines == NULL) {
        return EXIT_INTERNAL;
    }
    out->engines = engines;
    char **backends = with_room(out->backends, out->backend_count, sizeof *backends);
    if (backends == NULL) {
        return EXIT_INTERNAL;
    }
    out->backends = backends;
    if (backend != NULL) {
        copy = malloc(strlen(backend) + 1);
        if (copy == NULL) {
            return EXIT_INTERNAL;
        }
        memcpy(copy, backend, strlen(backend) + 1);
        out->backends[out->backend_count++] = copy;
    }
    out->engines[a->engine_count++] = (llmp_sweep_engine){engine, copy};
    a->engines = out->engines;
    return EXIT_DONE;
}

static int add_engine(const source *s, const llmp_record *record)
{
    return add_engine_with(s, LLMP_ENGINE(record), NULL);
}

/* "vllm", "llama.cpp:vulkan". */
static int engine_name(const source *s, const char *name)
{
    char engine[NAME_SIZE];
    const llmp_record *record;
    if (strcmp(name, "all") == 0) {
        return add_all(s, LLMP_KIND_ENGINE, NULL, add_engine);
    }
    size_t length = strcspn(name, ":");
    const char *backend = name[length] == ':' ? name + length + 1 : NULL;
    (void)snprintf(engine, sizeof engine, "%.*s", (int)length, name);
    int code = find(s, LLMP_KIND_ENGINE, engine, &record);
    if (code != EXIT_DONE) {
        return code;
    }
    bool known = backend == NULL;
    char hint[256] = "it has";
    for (size_t i = 0; i < LLMP_ENGINE(record)->backend_count; i++) {
        const char *id = LLMP_ENGINE(record)->backends[i].id;
        size_t used = strlen(hint);
        known = known || strcmp(id, backend) == 0;
        (void)snprintf(hint + used, sizeof hint - used, "%s %s", i == 0 ? "" : ",", id);
    }
    if (!known) {
        return usage_error(s->option, hint, "%s has no backend '%s'", record->name, backend);
    }
    return add_engine_with(s, LLMP_ENGINE(record), backend);
}

/* "f16", "q8_0:q4_0". */
static int kv_name(const source *s, const char *name)
{
    llmp_sweep_axes *a = &s->out->axes;
    char k[NAME_SIZE];
    const llmp_record *record;
    const llmp_record *v;
    size_t length = strcspn(name, ":");
    (void)snprintf(k, sizeof k, "%.*s", (int)length, name);
    int code = find(s, LLMP_KIND_FORMAT, k, &record);
    v = record;
    if (code == EXIT_DONE && name[length] == ':') {
        code = find(s, LLMP_KIND_FORMAT, name + length + 1, &v);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    llmp_sweep_kv *grown = with_room(s->out->kv, a->kv_count, sizeof *grown);
    if (grown == NULL) {
        return EXIT_INTERNAL;
    }
    s->out->kv = grown;
    s->out->kv[a->kv_count++] = (llmp_sweep_kv){LLMP_FORMAT(record), LLMP_FORMAT(v)};
    a->kv = s->out->kv;
    return EXIT_DONE;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static int read_numbers(const char *option, const char *text, uint64_t most, uint64_t **out,
                        size_t *out_count)
{
    *out = malloc(SWEEP_AXIS_MAX * sizeof **out);
    if (*out == NULL) {
        return EXIT_INTERNAL;
    }
    int code = options_read_axis(option, text, *out, SWEEP_AXIS_MAX, out_count);
    for (size_t i = 0; code == EXIT_DONE && i < *out_count; i++) {
        if ((*out)[i] < 1 || (*out)[i] > most) {
            code = usage_error(option, NULL, "%llu is outside 1 to %llu",
                               (unsigned long long)(*out)[i], (unsigned long long)most);
        }
    }
    return code;
}

static int read_small(const char *option, const char *text, uint64_t most, uint32_t **out,
                      size_t *out_count)
{
    uint64_t *wide = NULL;
    int code = read_numbers(option, text, most, &wide, out_count);
    *out = malloc((*out_count + 1) * sizeof **out);
    for (size_t i = 0; code == EXIT_DONE && *out != NULL && i < *out_count; i++) {
        (*out)[i] = (uint32_t)wide[i];
    }
    free(wide);
    return code == EXIT_DONE && *out == NULL ? EXIT_INTERNAL : code;
}

static int read_all_numbers(const arguments *args, sweep_axes *out)
{
    llmp_sweep_axes *a = &out->axes;
    const uint64_t tokens = (uint64_t)1 << 32;
    const char *contexts = args->contexts == NULL ? "8192" : args->contexts;
    const char *batches = args->batches == NULL ? "1" : args->batches;
    int code =
        read_numbers("--context", contexts, tokens, &out->contexts_tokens, &a->context_count);
    if (code == EXIT_DONE && args->prompts != NULL) {
        code =
            read_numbers("--prompt", args->prompts, tokens, &out->prompts_tokens, &a->prompt_count);
    }
    if (code == EXIT_DONE && args->ubatches != NULL) {
        code = read_small("--ubatch", args->ubatches, 1048576, &out->ubatches_tokens,
                          &a->ubatch_count);
    }
    if (code == EXIT_DONE) {
        code = read_small("--batch", batches, 65536, &out->batches, &a->batch_count);
    }
    a->contexts_tokens = out->contexts_tokens;
    a->prompts_tokens = out->prompts_tokens;
    a->ubatches_tokens = out->ubatches_tokens;
    a->batches = out->batches;
    return code;
}

/* --- quants of files ------------------------------------------------------------------------- */

static int add_own_quant(sweep_axes *out)
{
    out->quants = calloc(1, sizeof *out->quants);
    out->axes.quants = out->quants;
    out->axes.quant_count = 1;
    return out->quants == NULL ? EXIT_INTERNAL : EXIT_DONE;
}

/* A file has the formats it has, or states them; --quant asks about others. */
static int read_quants(const source *s, const arguments *args)
{
    static const text_list common = {{"common"}, 1};
    const size_t own = s->out->own_count;
    if (args->quants.count == 0 && own > 0) {
        return own == s->out->axes.model_count
                   ? add_own_quant(s->out)
                   : usage_error("sweep", "sweep them apart, or say --quant for all of them",
                                 "model files have their own quantisation, names of the catalog "
                                 "have not");
    }
    return each_name(s, args->quants.count == 0 ? &common : &args->quants, quant_name);
}

/* --- all -------------------------------------------------------------------------------------- */

int sweep_axes_open(const arguments *args, const llmp_catalog *catalog, sweep_axes *out)
{
    *out = (sweep_axes){.axes = LLMP_SWEEP_AXES_INIT};
    const struct {
        const char *option;
        const text_list *list;
        adder *add;
    } lists[] = {
        {"--model", &args->models, model_name},  {"MODEL", &args->names, model_name},
        {"--on", &args->machines, machine_name}, {"--engine", &args->engines, engine_name},
        {"--kv-type", &args->kv_types, kv_name},
    };
    int code = EXIT_DONE;
    for (size_t i = 0; code == EXIT_DONE && i < sizeof lists / sizeof *lists; i++) {
        source s = {catalog, args, lists[i].option, out};
        code = each_name(&s, lists[i].list, lists[i].add);
    }
    const source quants = {catalog, args, "--quant", out};
    code = code == EXIT_DONE ? read_quants(&quants, args) : code;
    code = code == EXIT_DONE ? read_all_numbers(args, out) : code;
    options_memory(args, &out->axes.memory);
    if (code == EXIT_DONE) {
        code = options_placement(args, &out->axes.memory, &out->axes.devices_only);
    }
    out->axes.months = (uint32_t)args->months;
    return code;
}

void sweep_axes_close(sweep_axes *axes)
{
    for (size_t i = 0; i < axes->backend_count; i++) {
        free(axes->backends[i]);
    }
    for (size_t i = 0; i < axes->axes.model_count; i++) {
        llmp_import_destroy(&axes->imports[i]);
    }
    free(axes->models);
    free(axes->imports);
    free(axes->quants);
    free(axes->machines);
    free(axes->engines);
    free(axes->backends);
    free(axes->kv);
    free(axes->contexts_tokens);
    free(axes->prompts_tokens);
    free(axes->ubatches_tokens);
    free(axes->batches);
}
