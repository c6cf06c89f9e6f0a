/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the words of `fit` and `speed` to a request: names resolved, options checked together. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { STDIN_MODEL_CAP = 256 << 20 };

/* Said once: names are resolved again after --set. */
static void note(const question *q, const char *text)
{
    if (!q->again && *text != '\0') {
        (void)fprintf(stderr, "llmplan: note: %s\n", text);
    }
}

static int find(const question *q, llmp_kind kind, const char *option, const char *name,
                const llmp_record **out)
{
    llmp_error error = LLMP_ERROR_INIT;
    char told[256] = "";
    if (llmp_catalog_find(q->catalog, kind, name, out, told, &error) != LLMP_OK) {
        return fail(option, &error);
    }
    note(q, told);
    return EXIT_DONE;
}

/* --- the model -------------------------------------------------------------------------------- */

static bool ends_in(const char *text, const char *ending)
{
    size_t a = strlen(text);
    size_t b = strlen(ending);
    return a > b && strcmp(text + a - b, ending) == 0;
}

bool means_file(const llmp_catalog *catalog, const char *name)
{
    struct stat info;
    const llmp_record *record;
    char told[256];
    bool exists = stat(name, &info) == 0;
    bool path = strchr(name, '/') != NULL || ends_in(name, ".gguf") || ends_in(name, ".json") ||
                ends_in(name, ".safetensors");
    if (strcmp(name, "-") == 0 || (exists && (path || !S_ISDIR(info.st_mode)))) {
        return true;
    }
    return (exists || path) &&
           llmp_catalog_find(catalog, LLMP_KIND_MODEL, name, &record, told, NULL) != LLMP_OK;
}

static int import_stdin(question *q)
{
    llmp_error error = LLMP_ERROR_INIT;
    char *data;
    size_t size;
    int code = read_file("-", STDIN_MODEL_CAP, &data, &size);
    if (code != EXIT_DONE) {
        return code;
    }
    bool gguf = size >= 4 && (memcmp(data, "GGUF", 4) == 0 || memcmp(data, "FUGG", 4) == 0);
    llmp_import_kind kind = gguf                         ? LLMP_IMPORT_GGUF
                            : size > 8 && data[8] == '{' ? LLMP_IMPORT_SAFETENSORS
                                                         : LLMP_IMPORT_HF_CONFIG;
    llmp_status status =
        llmp_import_memory(q->catalog, data, size, kind, "standard input", &q->import, &error);
    free(data);
    return status == LLMP_OK ? EXIT_DONE : fail("MODEL", &error);
}

static int resolve_model(question *q, const char *name)
{
    llmp_error error = LLMP_ERROR_INIT;
    const llmp_record *record;
    if (strcmp(name, "-") == 0) {
        return import_stdin(q);
    }
    if (means_file(q->catalog, name)) {
        if (llmp_import_open(q->catalog, name, &q->import, &error) != LLMP_OK) {
            return fail(name, &error);
        }
        q->request.file = name;
        return EXIT_DONE;
    }
    int code = find(q, LLMP_KIND_MODEL, "MODEL", name, &record);
    if (code == EXIT_DONE) {
        q->request.model = LLMP_MODEL(record);
    }
    return code;
}

/* --- what runs it ----------------------------------------------------------------------------- */

static bool has_backend(const llmp_engine *engine, const char *id)
{
    for (size_t i = 0; i < engine->backend_count; i++) {
        if (strcmp(engine->backends[i].id, id) == 0) {
            return true;
        }
    }
    return false;
}

/* "llama.cpp" or "llama.cpp:cuda", and --backend. */
static int resolve_engine(question *q, const arguments *args)
{
    char name[64];
    const llmp_record *record;
    if (args->engine == NULL) {
        return args->backend == NULL
                   ? EXIT_DONE
                   : usage_error("--backend", "such as --engine llama.cpp --backend vulkan",
                                 "needs --engine");
    }
    size_t length = strcspn(args->engine, ":");
    (void)snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), args->engine);
    const char *backend = args->engine[length] == ':' ? args->engine + length + 1 : NULL;
    if (backend != NULL && args->backend != NULL) {
        return usage_error("--backend", NULL, "given twice: --engine says %s", backend);
    }
    backend = backend == NULL ? args->backend : backend;
    int code = find(q, LLMP_KIND_ENGINE, "--engine", name, &record);
    if (code != EXIT_DONE) {
        return code;
    }
    q->request.engine = LLMP_ENGINE(record);
    q->request.backend = backend;
    if (backend != NULL && !has_backend(q->request.engine, backend)) {
        char hint[256] = "it has";
        for (size_t i = 0; i < q->request.engine->backend_count; i++) {
            size_t used = strlen(hint);
            (void)snprintf(hint + used, sizeof hint - used, "%s %s", i == 0 ? "" : ",",
                           q->request.engine->backends[i].id);
        }
        return usage_error("--backend", hint, "%s has no backend '%s'", record->name, backend);
    }
    return EXIT_DONE;
}

static int resolve_kv(question *q, const char *text)
{
    char name[64];
    const llmp_record *record;
    if (text == NULL) {
        return EXIT_DONE;
    }
    size_t length = strcspn(text, ":");
    (void)snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), text);
    int code = find(q, LLMP_KIND_FORMAT, "--kv-type", name, &record);
    if (code != EXIT_DONE) {
        return code;
    }
    q->request.memory.kv_k_format = q->request.memory.kv_v_format = LLMP_FORMAT(record);
    if (text[length] == ':') {
        code = find(q, LLMP_KIND_FORMAT, "--kv-type", text + length + 1, &record);
        q->request.memory.kv_v_format = code == EXIT_DONE ? LLMP_FORMAT(record) : NULL;
    }
    return code;
}

static int resolve_draft(question *q, const arguments *args)
{
    char name[160];
    const llmp_record *record;
    if (args->draft == NULL) {
        return EXIT_DONE;
    }
    if (strcmp(args->draft, "mtp") == 0) {
        q->request.self_draft = true;
        q->request.memory.with_mtp = true;
        return EXIT_DONE;
    }
    const char *colon = strrchr(args->draft, ':');
    int length = colon == NULL ? (int)strlen(args->draft) : (int)(colon - args->draft);
    (void)snprintf(name, sizeof name, "%.*s", length < 159 ? length : 159, args->draft);
    int code = find(q, LLMP_KIND_MODEL, "--spec-draft", name, &record);
    if (code != EXIT_DONE) {
        return code;
    }
    q->request.draft_model = LLMP_MODEL(record);
    if (colon != NULL) {
        code = find(q, LLMP_KIND_QUANT, "--spec-draft", colon + 1, &record);
        q->request.draft_quant = code == EXIT_DONE ? LLMP_QUANT(record) : NULL;
    }
    return code;
}

/* --- where it goes ---------------------------------------------------------------------------- */

int options_placement(const arguments *args, llmp_memory_options *out, bool *out_devices_only)
{
    const char *offload = args->offload == NULL ? "auto" : args->offload;
    bool split = args->split != NULL;
    bool moves = strcmp(offload, "layers") == 0 || strcmp(offload, "experts") == 0 ||
                 strcmp(offload, "cpu") == 0;
    if (split && (moves || args->has_gpu_layers || args->has_cpu_moe)) {
        return usage_error("--split", "--split is for models held by the devices alone",
                           "contradicts offloading to the host");
    }
    if (args->has_gpu_layers && args->offload != NULL && strcmp(offload, "layers") != 0) {
        return usage_error("--gpu-layers", NULL, "contradicts --offload %s", offload);
    }
    if (args->has_cpu_moe && args->offload != NULL && strcmp(offload, "experts") != 0) {
        return usage_error("--cpu-moe", NULL, "contradicts --offload %s", offload);
    }
    if (args->has_cpu_moe || strcmp(offload, "experts") == 0) {
        out->placement = LLMP_PLACE_EXPERT_OFFLOAD;
    } else if (strcmp(offload, "layers") == 0) {
        out->placement = LLMP_PLACE_LAYER_OFFLOAD;
    } else if (strcmp(offload, "cpu") == 0) {
        out->placement = LLMP_PLACE_CPU;
    } else if (strcmp(offload, "none") == 0 && !split) {
        *out_devices_only = true;
    } else if (split) {
        bool tensor = strcmp(args->split, "tensor") == 0;
        out->placement = tensor ? LLMP_PLACE_TENSOR_PARALLEL : LLMP_PLACE_LAYER_SPLIT;
    }
    out->gpu_layers = args->has_gpu_layers ? (int32_t)args->gpu_layers : -1;
    out->cpu_expert_layers = args->has_cpu_moe ? (int32_t)args->cpu_moe : -1;
    return EXIT_DONE;
}

void options_memory(const arguments *args, llmp_memory_options *o)
{
    o->batch_tokens = (uint32_t)args->batch_tokens;
    if (args->flash_attention != NULL) {
        bool on = strcmp(args->flash_attention, "on") == 0;
        o->flash_attention = on ? LLMP_CHOICE_ON : LLMP_CHOICE_OFF;
    }
    o->kv_split = args->kv_split;
    o->window_full = args->swa_full;
    o->no_mmap = args->no_mmap;
    o->with_vision = args->vision;
    o->with_mtp = args->mtp;
    o->adapter_bytes = args->lora_bytes;
    o->reserve_bytes = args->reserve_bytes;
    o->host_reserve_bytes = args->host_reserve_bytes;
    o->utilization_ratio = args->utilization;
}

static int fill_options(question *q, const arguments *args)
{
    llmp_memory_options *o = &q->request.memory;
    if (args->context_tokens > 0) {
        o->context_tokens = args->context_tokens;
    }
    o->parallel = (uint32_t)args->parallel;
    o->ubatch_tokens = (uint32_t)args->ubatch_tokens;
    options_memory(args, o);
    q->request.prompt_tokens = (double)args->prompt_tokens;
    q->request.draft_tokens = (uint32_t)args->draft_tokens;
    q->request.acceptance_ratio = args->acceptance;
    q->request.use = args->use;
    q->request.family = args->family;
    q->request.params_min = args->min_params;
    q->request.params_max = args->max_params;
    bool devices_only = false;
    int code = options_placement(args, o, &devices_only);
    if (devices_only) {
        o->placement = llmp_placement_of_devices(&q->machines[0], q->request.engine);
    }
    return code;
}

/* --- the machine ------------------------------------------------------------------------------ */

/* What a host is like when no rig says it. */
void machine_state_host(const arguments *args, llmp_machine *machine)
{
    if (args->host_memory_bytes > 0) {
        machine->host_memory_bytes = args->host_memory_bytes;
        machine->host_memory_known = true;
    }
    if (args->host_bandwidth_gb_s > 0.0) {
        machine->host_bandwidth_bytes_per_s = args->host_bandwidth_gb_s * LLMP_GB;
    }
}

static int resolve_machines(question *q, const arguments *args)
{
    const char *expression = args->on;
    llmp_error error = LLMP_ERROR_INIT;
    char told[256] = "";
    const char *hint = "name a device or a rig: llmplan list devices, llmplan list rigs";
    if (*expression == '\0') {
        return usage_error("--on", hint, "say which machine, such as --on rtx-4090");
    }
    q->machines = calloc(LLMP_MACHINES_MAX, sizeof *q->machines);
    if (q->machines == NULL) {
        return EXIT_INTERNAL;
    }
    if (llmp_machine_parse(q->catalog, expression, q->machines, &q->machine_count, told, &error) !=
        LLMP_OK) {
        return fail("--on", &error);
    }
    note(q, told);
    for (size_t i = 0; i < q->machine_count; i++) {
        machine_state_host(args, &q->machines[i]);
    }
    return EXIT_DONE;
}

/* What "device.tdp_w=400" speaks of, and the like. */
static void default_ids(const question *q, const char *ids[LLMP_KIND_COUNT])
{
    const llmp_machine *machine = &q->machines[0];
    ids[LLMP_KIND_MODEL] = q->request.model == NULL ? NULL : q->request.model->head.id;
    ids[LLMP_KIND_QUANT] = q->request.quant == NULL ? NULL : q->request.quant->head.id;
    ids[LLMP_KIND_ENGINE] = q->request.engine == NULL ? NULL : q->request.engine->head.id;
    ids[LLMP_KIND_DEVICE] = machine->devices[0]->head.id;
    ids[LLMP_KIND_RIG] = machine->rig == NULL ? NULL : machine->rig->head.id;
    ids[LLMP_KIND_LINK] = machine->device_link == NULL ? NULL : machine->device_link->head.id;
}

static int resolve_all(question *q, const arguments *args, const char *model)
{
    const llmp_record *record;
    /* beside another question a model has no machines of its own */
    int code = q->beside && model != NULL ? EXIT_DONE : resolve_machines(q, args);
    if (code == EXIT_DONE && model != NULL) {
        code = resolve_model(q, model);
    }
    if (code == EXIT_DONE && args->quant != NULL) {
        code = find(q, LLMP_KIND_QUANT, "--quant", args->quant, &record);
        q->request.quant = code == EXIT_DONE ? LLMP_QUANT(record) : NULL;
    }
    code = code == EXIT_DONE ? resolve_engine(q, args) : code;
    code = code == EXIT_DONE ? resolve_kv(q, args->kv_type) : code;
    code = code == EXIT_DONE ? resolve_draft(q, args) : code;
    return code == EXIT_DONE ? fill_options(q, args) : code;
}

/* A model file has no record to set fields of; everything else was resolved by name. */
static int apply_sets(question *q, const arguments *args)
{
    const char *ids[LLMP_KIND_COUNT] = {NULL};
    default_ids(q, ids);
    return catalog_apply_sets(q->catalog, args, ids);
}

int question_open(const arguments *args, const char *model, question *out)
{
    llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    question q = {NULL, NULL, initial, NULL, 0, false, false};
    int code = catalog_open(args, &q.catalog);
    code = code == EXIT_DONE ? resolve_all(&q, args, model) : code;
    if (code == EXIT_DONE && args->sets.count > 0) {
        code = apply_sets(&q, args);
        if (code == EXIT_DONE) {
            /* records moved: resolve again, silently, what resolved before */
            llmp_import_destroy(&q.import);
            free(q.machines);
            q.machines = NULL;
            q.request = initial;
            q.again = true;
            code = resolve_all(&q, args, model);
        }
    }
    if (code != EXIT_DONE) {
        question_close(&q);
        return code;
    }
    llmp_catalog_freeze(q.catalog);
    *out = q;
    out->request.import = out->import;
    return EXIT_DONE;
}

int question_beside(const question *first, const arguments *args, const char *model, question *out)
{
    llmp_fit_request initial = LLMP_FIT_REQUEST_INIT;
    question q = {first->catalog, NULL, initial, NULL, 0, false, true};
    int code = resolve_all(&q, args, model);
    if (code != EXIT_DONE) {
        question_close(&q);
        return code;
    }
    *out = q;
    out->request.import = out->import;
    return EXIT_DONE;
}

void question_close(question *q)
{
    free(q->machines);
    llmp_import_destroy(&q->import);
    if (!q->beside) {
        llmp_catalog_destroy(&q->catalog);
    }
}
