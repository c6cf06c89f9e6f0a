/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file pool.h
 * @brief Threads pinned one to a core that start together and are timed between two barriers. Data
 * touched first by a thread lies in the memory of its node and is read by that thread again.
 */
#ifndef LLMP_BENCH_POOL_H
#define LLMP_BENCH_POOL_H

#include "bench/topology.h"

#include <llmplan/status.h>

typedef struct llmp__pool llmp__pool;

/** What every thread runs: its number, how many there are, how many iterations. */
typedef void llmp__pool_task(void *context, uint32_t thread, uint32_t threads, uint64_t iterations);

/** Starts @p threads threads on the first CPUs of the topology's order.
 * @return LLMP_E_MEMORY; LLMP_E_INTERNAL when the system gives no thread */
llmp_status llmp__pool_create(const llmp__topology *topology, uint32_t threads, llmp__pool **out,
                              llmp_error *error);
void llmp__pool_destroy(llmp__pool **pool);
uint32_t llmp__pool_threads(const llmp__pool *pool);

/** Runs a task on all threads. @return seconds from the common start to the last end */
double llmp__pool_run(llmp__pool *pool, llmp__pool_task *task, void *context, uint64_t iterations);
/** Of the last run: processor time over wall time, the mean of the threads. */
double llmp__pool_cpu_share(const llmp__pool *pool);

/** For tasks: waits for all threads of the pool, spinning as engines do. */
void llmp__pool_barrier(llmp__pool *pool);

#endif
