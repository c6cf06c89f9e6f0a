/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * llama_run LIBRARIES MODEL.gguf THREADS prepare|speed|memory: one visit to a model with the real
 * engine. "prepare" computes the caches of the depths once and keeps them in files beside the
 * model, so that later visits need not. "speed" prints
 * "phase,depth,batch,tokens,wall_s,processor_s" lines: medians of a step of `tokens` tokens.
 * "memory" prints what the engine logs of its buffers and what the system says is resident.
 */
#include "llama_api.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DECLARE(name, result, arguments) static result(*name) arguments;
LLAMA_FUNCTIONS(DECLARE)

enum {
    UBATCH = 512,
    PROMPT = 512,
    WARM_UP = 64,
    CONTEXT = 2304,
    SEQUENCES = 4,
    PATH = 4096,
    VOCAB = 32000
};
enum { STEPS = 12, DEPTHS = 3, LOG_BYTES = 1 << 16 };
static const int32_t depths[DEPTHS] = {0, 512, 2048};

static void die(const char *what)
{
    fprintf(stderr, "llama_run: %s\n", what);
    exit(1);
}

static char log_text[LOG_BYTES];

static void keep_log(int level, const char *text, void *user)
{
    (void)user;
    if (level < LLAMA_LOG_INFO) {
        return;
    }
    size_t used = strlen(log_text);
    snprintf(log_text + used, sizeof log_text - used, "%s", text);
}

/* POSIX lets dlsym's object pointer hold a function; memcpy says so to the compiler. */
static void *open_libraries(const char *folder)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/libggml." LLAMA_RELEASE ".so", folder);
    void *ggml = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
    snprintf(path, sizeof path, "%s/libllama." LLAMA_RELEASE ".so", folder);
    void *llama = ggml ? dlopen(path, RTLD_NOW | RTLD_GLOBAL) : NULL;
    if (!llama) {
        die(dlerror());
    }
    void *symbol;
#define LOAD(name, result, arguments)     \
    symbol = dlsym(llama, #name);         \
    if (!symbol) {                        \
        die("the library has no " #name); \
    }                                     \
    memcpy(&name, &symbol, sizeof name);
    LLAMA_FUNCTIONS(LOAD)
    void (*load_all)(const char *);
    symbol = dlsym(ggml, "ggml_backend_load_all_from_path");
    if (!symbol) {
        die("the library has no ggml_backend_load_all_from_path");
    }
    memcpy(&load_all, &symbol, sizeof load_all);
    llama_log_set(keep_log, NULL);
    llama_backend_init();
    load_all(folder);
    return llama;
}

static double now_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof values[0], compare);
    return count % 2 ? values[count / 2] : 0.5 * (values[count / 2 - 1] + values[count / 2]);
}

typedef struct run {
    llama_context *context;
    llama_batch batch;
    const char *model_path;
} run;

static run open_run(llama_model *model, const char *path, int threads, uint32_t sequences)
{
    llama_context_params params = llama_context_default_params();
    params.n_ctx = CONTEXT * sequences;
    params.n_batch = 2048;
    params.n_ubatch = UBATCH;
    params.n_seq_max = sequences;
    params.n_threads = params.n_threads_batch = threads;
    params.no_perf = true;
    params.swa_full = false; /* as llama.cpp's own programs set it */
    run out = {llama_init_from_model(model, params), llama_batch_init(PROMPT, 0, 1), path};
    if (!out.context) {
        die("no context");
    }
    return out;
}

static void close_run(run *r)
{
    llama_batch_free(r->batch);
    llama_free(r->context);
}

/* Tokens vary, so that experts do; the numbers are any. */
static int32_t any_token(void)
{
    static uint32_t state = 12345;
    state = state * 1664525u + 1013904223u;
    return (int32_t)(state >> 8) % VOCAB;
}

static void add(run *r, int32_t sequence, int32_t position, bool output)
{
    int32_t i = r->batch.n_tokens++;
    r->batch.token[i] = any_token();
    r->batch.pos[i] = position;
    r->batch.n_seq_id[i] = 1;
    r->batch.seq_id[i][0] = sequence;
    r->batch.logits[i] = output;
}

/* Time on the wall, and of the processors for this process: less than threads times as much means
 * that others had them. */
typedef struct timing {
    double wall_s;
    double processor_s;
} timing;

static timing pass(run *r)
{
    timing start = {now_s(CLOCK_MONOTONIC), now_s(CLOCK_PROCESS_CPUTIME_ID)};
    if (llama_decode(r->context, r->batch) != 0) {
        die("llama_decode failed");
    }
    llama_synchronize(r->context);
    timing out = {now_s(CLOCK_MONOTONIC) - start.wall_s,
                  now_s(CLOCK_PROCESS_CPUTIME_ID) - start.processor_s};
    r->batch.n_tokens = 0;
    return out;
}

static void clear(run *r)
{
    llama_memory_clear(llama_get_memory(r->context), true);
}

static timing prompt(run *r, int32_t from, int32_t tokens)
{
    timing total = {0, 0};
    for (int32_t at = from, end = from + tokens; at < end; at += UBATCH) {
        for (int32_t i = at; i < at + UBATCH && i < end; i++) {
            add(r, 0, i, i + 1 == end);
        }
        timing one = pass(r);
        total.wall_s += one.wall_s;
        total.processor_s += one.processor_s;
    }
    return total;
}

/* SHAPE.depthN beside SHAPE.QUANT.gguf: the cache is as large whatever the weights are stored in.
 */
static void state_path(const run *r, int32_t depth, char *out)
{
    size_t length = strlen(r->model_path);
    for (int dots = 0; length > 0 && dots < 2;) {
        dots += r->model_path[--length] == '.';
    }
    snprintf(out, PATH, "%.*s.depth%d", (int)length, r->model_path, (int)depth);
}

static void prepare(run *r)
{
    char path[PATH];
    for (int d = 1; d < DEPTHS; d++) {
        prompt(r, depths[d - 1], depths[d] - depths[d - 1]);
        state_path(r, depths[d], path);
        int32_t token = 0;
        if (!llama_state_seq_save_file(r->context, path, 0, &token, 1)) {
            die("the cache could not be saved");
        }
    }
}

static void restore(run *r, int32_t depth, uint32_t sequences)
{
    char path[PATH];
    clear(r);
    state_path(r, depth, path);
    for (uint32_t s = 0; depth > 0 && s < sequences; s++) {
        int32_t token;
        size_t count;
        if (!llama_state_seq_load_file(r->context, path, (int32_t)s, &token, 1, &count)) {
            fputs(log_text, stderr);
            die("no cache beside the model: run 'prepare' first");
        }
    }
}

static void report(const char *phase, int32_t depth, uint32_t batch, int32_t tokens, timing t)
{
    printf("%s,%d,%u,%d,%.9f,%.9f\n", phase, (int)depth, (unsigned)batch, (int)tokens, t.wall_s,
           t.processor_s);
}

static void decode(run *r, int32_t depth, uint32_t sequences)
{
    double wall_s[STEPS], processor_s[STEPS];
    restore(r, depth, sequences);
    for (int i = -1; i < STEPS; i++) { /* the first also warms up */
        for (uint32_t s = 0; s < sequences; s++) {
            add(r, (int32_t)s, depth + i + 1, true);
        }
        timing one = pass(r);
        if (i >= 0) {
            wall_s[i] = one.wall_s;
            processor_s[i] = one.processor_s;
        }
    }
    report("decode", depth, sequences, (int32_t)sequences,
           (timing){median(wall_s, STEPS), median(processor_s, STEPS)});
}

/* One cache stream per sequence, so that one saved cache serves each of them. */
static void speed(llama_model *model, const char *path, int threads)
{
    run r = open_run(model, path, threads, SEQUENCES);
    (void)prompt(&r, 0, WARM_UP);
    clear(&r);
    report("prefill", 0, 1, PROMPT, prompt(&r, 0, PROMPT));
    for (int d = 0; d < DEPTHS; d++) {
        decode(&r, depths[d], 1);
        decode(&r, depths[d], SEQUENCES);
    }
    close_run(&r);
}

static long status_kib(const char *key)
{
    char line[256];
    long value = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, strlen(key)) == 0) {
            value = strtol(line + strlen(key) + 1, NULL, 10);
        }
    }
    if (file) {
        fclose(file);
    }
    return value;
}

static void memory(llama_model *model, const char *path, int threads)
{
    run r = open_run(model, path, threads, 1);
    prompt(&r, 0, PROMPT);
    for (int i = 0; i < 4; i++) {
        add(&r, 0, PROMPT + i, true);
        pass(&r);
    }
    printf("resident_kib,%ld\nresident_file_kib,%ld\n", status_kib("VmRSS"), status_kib("RssFile"));
    close_run(&r);
    for (const char *line = log_text; *line != '\0';) {
        int length = (int)strcspn(line, "\n");
        const char *size = strstr(line, "size =");
        if (size && size < line + length) {
            printf("# %.*s\n", length, line);
        }
        line += length + (line[length] == '\n');
    }
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: llama_run LIBRARIES MODEL.gguf THREADS prepare|speed|memory\n");
        return 2;
    }
    void *library = open_libraries(argv[1]);
    int threads = (int)strtol(argv[3], NULL, 10);
    double start = now_s(CLOCK_MONOTONIC);
    llama_model *model = llama_model_load_from_file(argv[2], llama_model_default_params());
    if (!model) {
        fputs(log_text, stderr);
        die("the model does not load");
    }
    printf("# %s %s, loaded in %.2f s\n", llama_version(), argv[2], now_s(CLOCK_MONOTONIC) - start);
    if (strcmp(argv[4], "prepare") == 0) {
        run r = open_run(model, argv[2], threads, SEQUENCES);
        prepare(&r);
        close_run(&r);
    } else if (strcmp(argv[4], "speed") == 0) {
        speed(model, argv[2], threads);
    } else {
        memory(model, argv[2], threads);
    }
    llama_model_free(model);
    dlclose(library);
    return 0;
}
