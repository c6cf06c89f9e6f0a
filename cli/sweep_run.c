/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows by many threads, in chunks that are written in their order. */
#include "cli/sweep.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK_ROWS = 1024, ROW_BYTES = 1024, SLOTS_A_THREAD = 3 };

static volatile sig_atomic_t interrupted; /* the signal */

static void on_signal(int number)
{
    interrupted = number;
}

/* --- text ------------------------------------------------------------------------------------- */

bool sweep_text_row(sweep_text *t, llmp_sweep_format format, const llmp_sweep_row *row)
{
    char *end = t->text == NULL ? NULL : t->text + t->length;
    size_t need = llmp_sweep_format_row(format, row, end, t->size - t->length);
    if (t->length + need > t->size) {
        size_t size = 2 * (t->size + need);
        char *grown = realloc(t->text, size);
        if (grown == NULL) {
            return false;
        }
        t->text = grown;
        t->size = size;
        (void)llmp_sweep_format_row(format, row, t->text + t->length, t->size - t->length);
    }
    t->length += need;
    return true;
}

bool sweep_write(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return false;
        }
        text += written;
        length -= (size_t)written;
    }
    return true;
}

/* As sweep_write, but an interruption ends it at the end of a line. */
static bool write_lines(int fd, const char *text, size_t length)
{
    const char *end = text + length;
    for (const char *at = text; at < end;) {
        ssize_t written = write(fd, at, (size_t)(end - at));
        if (written < 0 && errno != EINTR) {
            return false;
        }
        at += written > 0 ? written : 0;
        if (interrupted != 0 && at < end) {
            bool whole = at == text || at[-1] == '\n';
            const char *stop = whole ? at : memchr(at, '\n', (size_t)(end - at));
            return sweep_write(fd, at, (size_t)(stop - at) + (whole ? 0 : 1));
        }
    }
    return true;
}

/* --- threads ---------------------------------------------------------------------------------- */

typedef struct slot {
    sweep_text text;
    bool ready;
} slot;

typedef struct pool {
    const sweep_job *job;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_cond_t emptied;
    slot *slots; /* chunk c goes through slot c % slot_count */
    size_t slot_count;
    uint64_t chunks;
    uint64_t next;    /* chunk to compute */
    uint64_t written; /* chunks */
    bool stop;
    bool failed; /* out of memory */
} pool;

/* The next chunk to compute; false when there is none. */
static bool take_chunk(pool *p, uint64_t *out)
{
    (void)pthread_mutex_lock(&p->lock);
    while (!p->stop && p->next < p->chunks && p->next - p->written >= p->slot_count) {
        (void)pthread_cond_wait(&p->emptied, &p->lock);
    }
    bool more = !p->stop && p->next < p->chunks;
    *out = more ? p->next++ : 0;
    (void)pthread_mutex_unlock(&p->lock);
    return more;
}

static bool fill_chunk(const pool *p, llmp_sweep_worker *worker, uint64_t chunk, sweep_text *text)
{
    llmp_sweep_row row;
    uint64_t from = p->job->first + chunk * CHUNK_ROWS;
    uint64_t end = p->job->end - from < CHUNK_ROWS ? p->job->end : from + CHUNK_ROWS;
    text->length = 0;
    for (uint64_t i = from; i < end; i++) {
        if (llmp_sweep_row_at(worker, i, &row, NULL) != LLMP_OK ||
            !sweep_text_row(text, p->job->format, &row)) {
            return false;
        }
    }
    return true;
}

static void *compute(void *user)
{
    pool *p = user;
    llmp_sweep_worker *worker = NULL;
    uint64_t chunk;
    bool good = llmp_sweep_worker_create(p->job->sweep, &worker, NULL) == LLMP_OK;
    while (good && take_chunk(p, &chunk)) {
        slot *s = &p->slots[chunk % p->slot_count];
        good = fill_chunk(p, worker, chunk, &s->text);
        (void)pthread_mutex_lock(&p->lock);
        s->ready = good;
        (void)pthread_cond_signal(&p->filled);
        (void)pthread_mutex_unlock(&p->lock);
    }
    if (!good) {
        (void)pthread_mutex_lock(&p->lock);
        p->failed = p->stop = true;
        (void)pthread_cond_broadcast(&p->emptied);
        (void)pthread_cond_signal(&p->filled);
        (void)pthread_mutex_unlock(&p->lock);
    }
    llmp_sweep_worker_destroy(&worker);
    return NULL;
}

/* --- progress --------------------------------------------------------------------------------- */

static double now_s(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

typedef struct progress {
    bool shown; /* only on a terminal that the rows do not go to */
    double start_s;
    double last_s;
} progress;

static void show_progress(progress *pr, uint64_t done, uint64_t all)
{
    enum { BAR = 24 };
    double now = now_s();
    char count[40];
    char total[40];
    if (!pr->shown || now - pr->last_s < 0.2) {
        return;
    }
    pr->last_s = now;
    double rate = (double)done / (now - pr->start_s);
    int filled = (int)((double)BAR * (double)done / (double)all);
    (void)llmp_count_format(done, count, sizeof count);
    (void)llmp_count_format(all, total, sizeof total);
    (void)fprintf(stderr, "\r[%.*s%.*s] %s of %s rows, %.0f s left\033[K", filled,
                  "########################", BAR - filled, "                        ", count,
                  total, (double)(all - done) / rate);
}

static void end_progress(const progress *pr)
{
    if (pr->shown && pr->last_s > 0.0) {
        (void)fputs("\r\033[K", stderr);
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Waits for a chunk, a while at a time so that an interruption is seen. */
static bool await(pool *p, const slot *s)
{
    (void)pthread_mutex_lock(&p->lock);
    while (!s->ready && !p->failed && interrupted == 0) {
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        (void)pthread_cond_timedwait(&p->filled, &p->lock, &until);
    }
    bool ready = s->ready && interrupted == 0;
    (void)pthread_mutex_unlock(&p->lock);
    return ready;
}

static void release(pool *p, slot *s, bool stop)
{
    (void)pthread_mutex_lock(&p->lock);
    s->ready = false;
    p->written++;
    p->stop = p->stop || stop;
    (void)pthread_cond_broadcast(&p->emptied);
    (void)pthread_mutex_unlock(&p->lock);
}

static int write_chunks(pool *p)
{
    bool terminal = isatty(STDERR_FILENO) && !isatty(p->job->fd);
    progress pr = {terminal, now_s(), 0.0};
    uint64_t all = p->job->end - p->job->first;
    int code = EXIT_DONE;
    for (uint64_t chunk = 0; chunk < p->chunks && code == EXIT_DONE; chunk++) {
        slot *s = &p->slots[chunk % p->slot_count];
        if (!await(p, s)) {
            break;
        }
        if (!write_lines(p->job->fd, s->text.text, s->text.length)) {
            end_progress(&pr);
            (void)fprintf(stderr, "llmplan: %s: cannot write: %s\n",
                          p->job->fd == STDOUT_FILENO ? "standard output" : p->job->path,
                          strerror(errno));
            code = EXIT_IO;
        }
        release(p, s, code != EXIT_DONE || interrupted != 0);
        uint64_t done = (chunk + 1) * CHUNK_ROWS;
        show_progress(&pr, done < all ? done : all, all);
    }
    end_progress(&pr);
    (void)pthread_mutex_lock(&p->lock);
    p->stop = true;
    code = p->failed ? EXIT_INTERNAL : code;
    (void)pthread_cond_broadcast(&p->emptied);
    (void)pthread_mutex_unlock(&p->lock);
    return code;
}

/* Threads inherit a mask without the signals, so that the writer is the one to be interrupted. */
static size_t start_threads(pool *p, pthread_t *threads, size_t count)
{
    sigset_t mine;
    sigset_t before;
    size_t started = 0;
    (void)sigemptyset(&mine);
    (void)sigaddset(&mine, SIGINT);
    (void)sigaddset(&mine, SIGTERM);
    (void)sigaddset(&mine, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &mine, &before);
    while (started < count && pthread_create(&threads[started], NULL, compute, p) == 0) {
        started++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static int run_pool(pool *p, size_t count)
{
    pthread_t *threads = calloc(count, sizeof *threads);
    size_t started = threads == NULL ? 0 : start_threads(p, threads, count);
    int code = EXIT_DONE;
    if (started == 0) {
        (void)usage_error("sweep", NULL, "no thread can be started");
        code = EXIT_INTERNAL;
    } else {
        code = write_chunks(p);
    }
    for (size_t i = 0; i < started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    free(threads);
    return code;
}

/* The first is heard, a second ends the program at once; what is ignored stays ignored. */
static void catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
        struct sigaction before;
        (void)sigemptyset(&action.sa_mask);
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            (void)sigaction(numbers[i], &action, NULL);
        }
    }
}

int sweep_run(const sweep_job *job)
{
    size_t threads = (size_t)job->threads;
    pool p = {.job = job, .slot_count = threads * SLOTS_A_THREAD};
    p.chunks = (job->end - job->first + CHUNK_ROWS - 1) / CHUNK_ROWS;
    p.slots = calloc(p.slot_count, sizeof *p.slots);
    if (p.slots == NULL || pthread_mutex_init(&p.lock, NULL) != 0 ||
        pthread_cond_init(&p.filled, NULL) != 0 || pthread_cond_init(&p.emptied, NULL) != 0) {
        free(p.slots);
        return EXIT_INTERNAL;
    }
    catch_signals();
    int code = run_pool(&p, threads);
    for (size_t i = 0; i < p.slot_count; i++) {
        free(p.slots[i].text.text);
    }
    free(p.slots);
    if (job->fd != STDOUT_FILENO && close(job->fd) != 0 && code == EXIT_DONE) {
        code = EXIT_IO;
    }
    if (interrupted != 0) {
        (void)fprintf(stderr, "llmplan: interrupted%s\n",
                      job->fd == STDOUT_FILENO ? "" : "; --resume continues");
        (void)raise((int)interrupted); /* its handler is the usual one again */
    }
    return code;
}
