/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The parts of the OpenCL backend: devices, buffers, what is measured. */
#ifndef LLMP_BENCH_OPENCL_H
#define LLMP_BENCH_OPENCL_H

#include "bench/backend.h"
#include "bench/format.h"
#include "bench/opencl_api.h"

enum { LLMP__OPENCL_DEVICES_MAX = 8, LLMP__OPENCL_GEMV_K = 4096 };

/** Kinds of points. */
typedef enum llmp__opencl_kind {
    LLMP__OPENCL_STREAM_READ,
    LLMP__OPENCL_GEMV,
    LLMP__OPENCL_GEMM,
    LLMP__OPENCL_LAUNCH,
    LLMP__OPENCL_TO_DEVICE,
    LLMP__OPENCL_FROM_DEVICE,
    LLMP__OPENCL_KINDS
} llmp__opencl_kind;

/** A device that kernels were built for. */
typedef struct llmp__opencl_device {
    cl_device_id id;
    const char *name;
    bool is_cpu;
    uint64_t memory_bytes;
    uint64_t largest_bytes; /* of one buffer */
    uint64_t set_bytes;     /* a working set in memory */
    uint64_t columns;       /* rows of a gemv's matrix, columns of a gemm */
    cl_context context;
    cl_command_queue queue;
    cl_program program;
    cl_mem data; /* of set_bytes; what it holds is in `content` */
    const char *content;
    cl_mem x; /* activations */
    cl_mem y; /* results */
    size_t x_bytes;
    size_t y_bytes;
    unsigned checked; /* a bit for each format: agrees with the reference */
    unsigned bad;
} llmp__opencl_device;

typedef struct llmp__opencl_state {
    llmp__opencl cl;
    const llmp__bench_run *run;
    llmp__opencl_device devices[LLMP__OPENCL_DEVICES_MAX];
    uint32_t device_count;
    uint64_t peak_bytes;
    const char *notes[16];
    size_t note_count;
} llmp__opencl_state;

/** Pieces of one program, NULL-terminated. */
extern const char *const llmp__opencl_source[];

/** Finds devices and builds the kernels for each; what cannot be used is named in a note. */
void llmp__opencl_devices(llmp__opencl_state *s);
void llmp__opencl_close_device(llmp__opencl_state *s, llmp__opencl_device *d);
void llmp__opencl_note(llmp__opencl_state *s, const char *format, ...) LLMP_PRINTF(2, 3);

/** Buffers as a point needs them; contents are lost when they grow. */
bool llmp__opencl_buffers(llmp__opencl_state *s, llmp__opencl_device *d, size_t x_bytes,
                          size_t y_bytes);
/** The working set, filled by repeating a pattern under a name. */
bool llmp__opencl_fill(llmp__opencl_state *s, llmp__opencl_device *d, const char *name,
                       const void *pattern, size_t bytes);
/** Whether the device's gemv of a format agrees with the reference. */
bool llmp__opencl_right(llmp__opencl_state *s, llmp__opencl_device *d, llmp__format_id format);

#endif
