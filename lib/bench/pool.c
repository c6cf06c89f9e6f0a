/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/pool.h"

#include "base/error.h"
#include "bench/harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* Spins before the core is offered to others: some 10 us, above any barrier of a free machine. */
enum { SPINS = 4096, LINE = 64 };

typedef struct worker {
    struct llmp__pool *pool;
    pthread_t thread;
    uint32_t number;
    bool started;
    double cpu_s; /* of the last run */
} worker;

struct llmp__pool {
    /* counters apart, so that spinning on one does not slow the other */
    _Alignas(LINE) atomic_uint arrived;
    _Alignas(LINE) atomic_uint phase;
    _Alignas(LINE) pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_cond_t done;
    const llmp__topology *topology;
    worker *workers;
    uint32_t threads;
    uint32_t running;
    uint64_t generation;
    bool stop;
    llmp__pool_task *task;
    void *context;
    uint64_t iterations;
    double elapsed_s;
};

static inline void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield" ::: "memory");
#endif
}

void llmp__pool_barrier(llmp__pool *pool)
{
    unsigned phase = atomic_load_explicit(&pool->phase, memory_order_acquire);
    if (atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel) + 1 == pool->threads) {
        atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&pool->phase, phase + 1, memory_order_release);
        return;
    }
    for (unsigned spins = 0; atomic_load_explicit(&pool->phase, memory_order_acquire) == phase;) {
        if (spins < SPINS) {
            spins++;
            relax();
        } else {
            (void)sched_yield(); /* somebody else has the core of the one we wait for */
        }
    }
}

static double cpu_now_s(void)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void *work(void *argument)
{
    worker *self = argument;
    llmp__pool *pool = self->pool;
    uint64_t seen = 0;
    if (pool->topology->can_pin) {
        (void)llmp__topology_pin(pool->topology->order[self->number]);
    }
    (void)pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->stop && pool->generation == seen) {
            (void)pthread_cond_wait(&pool->wake, &pool->lock);
        }
        if (pool->stop) {
            break;
        }
        seen = pool->generation;
        (void)pthread_mutex_unlock(&pool->lock);
        llmp__pool_barrier(pool);
        double start_s = llmp__bench_now_s();
        double cpu_s = cpu_now_s();
        pool->task(pool->context, self->number, pool->threads, pool->iterations);
        self->cpu_s = cpu_now_s() - cpu_s;
        llmp__pool_barrier(pool);
        double end_s = llmp__bench_now_s();
        (void)pthread_mutex_lock(&pool->lock);
        if (self->number == 0) {
            pool->elapsed_s = end_s - start_s;
        }
        if (--pool->running == 0) {
            (void)pthread_cond_signal(&pool->done);
        }
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

llmp_status llmp__pool_create(const llmp__topology *topology, uint32_t threads, llmp__pool **out,
                              llmp_error *error)
{
    void *memory = NULL;
    if (threads < 1 || threads > LLMP__CPUS_MAX) {
        return llmp__fail_argument(error, "threads", "is no number of threads");
    }
    worker *workers = calloc(threads, sizeof *workers);
    if (workers == NULL || posix_memalign(&memory, LINE, sizeof(llmp__pool)) != 0) {
        free(workers);
        return llmp__fail_memory(error, "threads");
    }
    llmp__pool *pool = memory;
    *pool = (llmp__pool){.topology = topology, .workers = workers, .threads = threads};
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->wake, NULL);
    (void)pthread_cond_init(&pool->done, NULL);
    for (uint32_t i = 0; i < threads; i++) {
        workers[i].pool = pool;
        workers[i].number = i;
        workers[i].started = pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0;
        if (!workers[i].started) {
            llmp__pool_destroy(&pool);
            return llmp__fail(error, LLMP_E_INTERNAL, "the system gives %u threads, not %u", i,
                              threads);
        }
    }
    *out = pool;
    return LLMP_OK;
}

void llmp__pool_destroy(llmp__pool **pool)
{
    llmp__pool *p = *pool;
    if (p == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&p->lock);
    p->stop = true;
    (void)pthread_cond_broadcast(&p->wake);
    (void)pthread_mutex_unlock(&p->lock);
    for (uint32_t i = 0; i < p->threads; i++) {
        if (p->workers[i].started) {
            (void)pthread_join(p->workers[i].thread, NULL);
        }
    }
    (void)pthread_cond_destroy(&p->wake);
    (void)pthread_cond_destroy(&p->done);
    (void)pthread_mutex_destroy(&p->lock);
    free(p->workers);
    free(p);
    *pool = NULL;
}

uint32_t llmp__pool_threads(const llmp__pool *pool)
{
    return pool->threads;
}

double llmp__pool_run(llmp__pool *pool, llmp__pool_task *task, void *context, uint64_t iterations)
{
    (void)pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->context = context;
    pool->iterations = iterations;
    pool->running = pool->threads;
    pool->generation++;
    (void)pthread_cond_broadcast(&pool->wake);
    while (pool->running > 0) {
        (void)pthread_cond_wait(&pool->done, &pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return pool->elapsed_s;
}

double llmp__pool_cpu_share(const llmp__pool *pool)
{
    double cpu_s = 0.0;
    for (uint32_t i = 0; i < pool->threads; i++) {
        cpu_s += pool->workers[i].cpu_s;
    }
    double wall_s = pool->elapsed_s * pool->threads;
    double share = wall_s > 0.0 ? cpu_s / wall_s : 1.0;
    return share > 1.0 ? 1.0 : share;
}
