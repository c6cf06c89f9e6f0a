/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices of all platforms, their programs and buffers. */
#include "bench/opencl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLATFORMS_MAX = 8, NAME_MAX_BYTES = 128 };

/* Larger than the last-level cache of any GPU known here (256 MiB), several times. */
#define SET_MOST (1 * LLMP_GIB)
#define SET_LEAST (64 * LLMP_MIB)

static const cl_bitfield all_devices = 0xFFFFFFFFU;

void llmp__opencl_note(llmp__opencl_state *s, const char *format, ...)
{
    char text[320];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (s->note_count < sizeof s->notes / sizeof *s->notes) {
        s->notes[s->note_count++] = llmp__bench_keep(s->run, text);
    }
}

static cl_ulong number_of(const llmp__opencl *cl, cl_device_id id, cl_uint what, size_t size)
{
    cl_ulong wide = 0;
    cl_uint narrow = 0;
    cl_int code =
        cl->clGetDeviceInfo(id, what, size, size == 4 ? (void *)&narrow : (void *)&wide, NULL);
    return code != CL_SUCCESS ? 0 : size == 4 ? narrow : wide;
}

/* A device named twice is numbered. */
static const char *name_of(llmp__opencl_state *s, cl_device_id id)
{
    char name[NAME_MAX_BYTES] = "";
    char numbered[NAME_MAX_BYTES + 16];
    int same = 1;
    (void)s->cl.clGetDeviceInfo(id, CL_DEVICE_NAME, sizeof name, name, NULL);
    name[sizeof name - 1] = '\0';
    const char *start = name + strspn(name, " ");
    for (uint32_t i = 0; i < s->device_count; i++) {
        same += strncmp(s->devices[i].name, start, strlen(start)) == 0 ? 1 : 0;
    }
    (void)snprintf(numbered, sizeof numbered, same > 1 ? "%s (%d)" : "%s", start, same);
    return llmp__bench_keep(s->run, numbered);
}

static void say_build_log(llmp__opencl_state *s, const llmp__opencl_device *d)
{
    char log[256] = "";
    size_t size = 0;
    char *whole = NULL;
    if (s->cl.clGetProgramBuildInfo(d->program, d->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size) ==
            CL_SUCCESS &&
        size > 0 && (whole = malloc(size + 1)) != NULL &&
        s->cl.clGetProgramBuildInfo(d->program, d->id, CL_PROGRAM_BUILD_LOG, size, whole, NULL) ==
            CL_SUCCESS) {
        whole[size] = '\0';
        (void)snprintf(log, sizeof log, ": %.*s", (int)strcspn(whole, "\n"), whole);
    }
    free(whole);
    llmp__opencl_note(s, "%s: the OpenCL kernels do not build%s", d->name, log);
}

static bool build(llmp__opencl_state *s, llmp__opencl_device *d)
{
    const char *pieces[8];
    cl_uint count = 0;
    cl_int code;
    while (llmp__opencl_source[count] != NULL) {
        pieces[count] = llmp__opencl_source[count];
        count++;
    }
    d->program = s->cl.clCreateProgramWithSource(d->context, count, pieces, NULL, &code);
    if (d->program == NULL) {
        llmp__opencl_note(s, "%s: no OpenCL program can be made (%d)", d->name, (int)code);
        return false;
    }
    if (s->cl.clBuildProgram(d->program, 1, &d->id, "-cl-std=CL1.2 -cl-mad-enable", NULL, NULL) !=
        CL_SUCCESS) {
        say_build_log(s, d);
        return false;
    }
    return true;
}

/* How large a working set is: the device's memory and, where that is the host's, the run's share
 * bound it. */
static void set_sizes(const llmp__opencl_state *s, llmp__opencl_device *d)
{
    uint64_t most = d->memory_bytes / 4;
    most = most < d->largest_bytes ? most : d->largest_bytes;
    most = most < SET_MOST ? most : SET_MOST;
    if (d->is_cpu) {
        most = most < s->run->memory_bytes / 2 ? most : s->run->memory_bytes / 2;
        most = most < 4 * SET_LEAST ? most : 4 * SET_LEAST;
    }
    d->set_bytes = most / 4096 * 4096;
    d->columns = d->is_cpu ? 1024 : 14336;
}

static bool open_device(llmp__opencl_state *s, cl_device_id id)
{
    const llmp__opencl *cl = &s->cl;
    llmp__opencl_device *d = &s->devices[s->device_count];
    cl_int code;
    memset(d, 0, sizeof *d);
    d->id = id;
    d->name = name_of(s, id);
    d->is_cpu = (number_of(cl, id, CL_DEVICE_TYPE, 8) & CL_DEVICE_TYPE_CPU) != 0;
    d->memory_bytes = number_of(cl, id, CL_DEVICE_GLOBAL_MEM_SIZE, 8);
    d->largest_bytes = number_of(cl, id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, 8);
    set_sizes(s, d);
    bool asked = s->run->options->backend != NULL;
    if (d->is_cpu && !asked) { /* the cpu backend measures it better */
        return false;
    }
    if (number_of(cl, id, CL_DEVICE_AVAILABLE, 4) == 0 ||
        number_of(cl, id, CL_DEVICE_COMPILER_AVAILABLE, 4) == 0 || d->set_bytes < SET_LEAST / 4) {
        llmp__opencl_note(s, "%s: not available, without a compiler, or with too little memory",
                          d->name);
        return false;
    }
    d->context = cl->clCreateContext(NULL, 1, &d->id, NULL, NULL, &code);
    d->queue = d->context == NULL ? NULL : cl->clCreateCommandQueue(d->context, d->id, 0, &code);
    if (d->queue == NULL) {
        llmp__opencl_note(s, "%s: OpenCL cannot be used (%d)", d->name, (int)code);
    }
    if (d->queue == NULL || !build(s, d)) {
        llmp__opencl_close_device(s, d);
        return false;
    }
    return true;
}

void llmp__opencl_devices(llmp__opencl_state *s)
{
    cl_platform_id platforms[PLATFORMS_MAX];
    cl_device_id ids[LLMP__OPENCL_DEVICES_MAX];
    cl_uint platform_count = 0;
    if (s->cl.clGetPlatformIDs(PLATFORMS_MAX, platforms, &platform_count) != CL_SUCCESS) {
        return;
    }
    for (cl_uint p = 0; p < platform_count && p < PLATFORMS_MAX; p++) {
        cl_uint count = 0;
        if (s->cl.clGetDeviceIDs(platforms[p], all_devices, LLMP__OPENCL_DEVICES_MAX, ids,
                                 &count) != CL_SUCCESS) {
            continue;
        }
        for (cl_uint i = 0; i < count && i < LLMP__OPENCL_DEVICES_MAX &&
                            s->device_count < LLMP__OPENCL_DEVICES_MAX;
             i++) {
            s->device_count += open_device(s, ids[i]) ? 1 : 0;
        }
    }
}

void llmp__opencl_close_device(llmp__opencl_state *s, llmp__opencl_device *d)
{
    const llmp__opencl *cl = &s->cl;
    cl_mem buffers[] = {d->data, d->x, d->y};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        if (buffers[i] != NULL) {
            (void)cl->clReleaseMemObject(buffers[i]);
        }
    }
    if (d->program != NULL) {
        (void)cl->clReleaseProgram(d->program);
    }
    if (d->queue != NULL) {
        (void)cl->clReleaseCommandQueue(d->queue);
    }
    if (d->context != NULL) {
        (void)cl->clReleaseContext(d->context);
    }
}

/* --- buffers ---------------------------------------------------------------------------------- */

static bool grow(llmp__opencl_state *s, const llmp__opencl_device *d, cl_mem *buffer, size_t *has,
                 size_t wants)
{
    cl_int code;
    if (wants <= *has) {
        return true;
    }
    if (*buffer != NULL) {
        (void)s->cl.clReleaseMemObject(*buffer);
    }
    *buffer = s->cl.clCreateBuffer(d->context, CL_MEM_READ_WRITE, wants, NULL, &code);
    *has = *buffer == NULL ? 0 : wants;
    return *buffer != NULL;
}

bool llmp__opencl_buffers(llmp__opencl_state *s, llmp__opencl_device *d, size_t x_bytes,
                          size_t y_bytes)
{
    return grow(s, d, &d->x, &d->x_bytes, x_bytes) && grow(s, d, &d->y, &d->y_bytes, y_bytes);
}

bool llmp__opencl_fill(llmp__opencl_state *s, llmp__opencl_device *d, const char *name,
                       const void *pattern, size_t bytes)
{
    const llmp__opencl *cl = &s->cl;
    size_t has = d->data == NULL ? 0 : (size_t)d->set_bytes;
    if (d->content != NULL && strcmp(d->content, name) == 0) {
        return true;
    }
    if (bytes > d->set_bytes || !grow(s, d, &d->data, &has, (size_t)d->set_bytes)) {
        return false;
    }
    s->peak_bytes = d->is_cpu && d->set_bytes > s->peak_bytes ? d->set_bytes : s->peak_bytes;
    d->content = NULL;
    bool done = cl->clEnqueueWriteBuffer(d->queue, d->data, CL_TRUE, 0, bytes, pattern, 0, NULL,
                                         NULL) == CL_SUCCESS;
    /* doubling: every repetition begins where one of the pattern ends */
    for (size_t at = bytes; done && at < d->set_bytes;) {
        size_t room = (size_t)d->set_bytes - at;
        size_t part = at < room ? at : room;
        done = cl->clEnqueueCopyBuffer(d->queue, d->data, d->data, 0, at, part, 0, NULL, NULL) ==
               CL_SUCCESS;
        at += part;
    }
    done = done && cl->clFinish(d->queue) == CL_SUCCESS;
    d->content = done ? name : NULL;
    return done;
}
