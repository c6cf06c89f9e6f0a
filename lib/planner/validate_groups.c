/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of predicted rows: one dimension, one cell, or unions of cells that people ask for. */
#include "planner/validate.h"

#include "base/error.h"
#include "planner/validate_stats.h"

#include <stdlib.h>
#include <string.h>

const char *llmp_validate_axis_name(llmp_validate_axis axis)
{
    static const char *const names[] = {"all",    "device", "model", "quant",
                                        "engine", "driver", "cell",  "summary"};
    return (unsigned)axis < LLMP_AXIS_COUNT ? names[axis] : "?";
}

/* --- unions of cells ----------------------------------------------------------------------------
 */

typedef bool selects(const llmp_validate_row *row, const llmp__traits *traits);

static bool single(const llmp__traits *traits)
{
    return traits->devices == 1 && !traits->on_host;
}

static bool one_stream(const llmp_validate_row *row)
{
    return !(row->measured->batch > 1);
}

static bool decodes(const llmp_validate_row *row)
{
    return row->measured->phase == LLMP_PHASE_DECODE;
}

static bool plainest(const llmp_validate_row *row, const llmp__traits *traits)
{
    return decodes(row) && traits->llama_cpp && single(traits) && one_stream(row) &&
           !(row->measured->context_depth > 0) && strcmp(traits->architecture, "dense") == 0;
}

static bool llama_cpp(const llmp_validate_row *row, const llmp__traits *traits)
{
    return decodes(row) && traits->llama_cpp && single(traits) && one_stream(row);
}

static bool other_engines(const llmp_validate_row *row, const llmp__traits *traits)
{
    return decodes(row) && !traits->llama_cpp && single(traits) && one_stream(row);
}

static bool batched(const llmp_validate_row *row, const llmp__traits *traits)
{
    return decodes(row) && single(traits) && !one_stream(row) && row->measured->batch <= 32;
}

static bool several_devices(const llmp_validate_row *row, const llmp__traits *traits)
{
    return decodes(row) && traits->devices > 1 && !traits->on_host;
}

static bool host(const llmp_validate_row *row, const llmp__traits *traits)
{
    return decodes(row) && traits->on_host;
}

static bool prefill(const llmp_validate_row *row, const llmp__traits *traits)
{
    return !decodes(row) && traits->llama_cpp && single(traits) && traits->driver_moot;
}

static const struct summary {
    const char *name;
    selects *selects;
} summaries[] = {
    {"decode/llama.cpp/dense/1-device/batch-1/depth-0", plainest},
    {"decode/llama.cpp/1-device/batch-1", llama_cpp},
    {"decode/other-engines/1-device/batch-1", other_engines},
    {"decode/1-device/batch-2-32", batched},
    {"decode/several-devices", several_devices},
    {"decode/cpu-or-offload", host},
    {"prefill/llama.cpp/1-device/driver-known", prefill},
};

/* --- making groups ------------------------------------------------------------------------------
 */

struct keyed {
    const char *key;
    const llmp_validate_row *row;
    size_t order;
};

struct work {
    llmp_validation *validation;
    struct keyed *keyed;
    const llmp_validate_row **picked;
    llmp__weighted *scratch;
};

static const char *key_of(const llmp_validate_row *row, llmp_validate_axis axis)
{
    switch (axis) {
    case LLMP_AXIS_ALL:
    case LLMP_AXIS_SUMMARY:
    case LLMP_AXIS_COUNT:
        return "all";
    case LLMP_AXIS_DEVICE:
        return row->device;
    case LLMP_AXIS_MODEL:
        return row->model;
    case LLMP_AXIS_QUANT:
        return row->quant;
    case LLMP_AXIS_ENGINE:
        return row->engine;
    case LLMP_AXIS_DRIVER:
        return row->driver;
    case LLMP_AXIS_CELL:
        return row->cell;
    }
    return NULL;
}

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order ? order : x->order < y->order ? -1 : x->order > y->order;
}

static int by_device(const void *a, const void *b)
{
    const llmp_validate_row *x = *(const llmp_validate_row *const *)a;
    const llmp_validate_row *y = *(const llmp_validate_row *const *)b;
    int order = strcmp(x->device, y->device);
    return order ? order : x < y ? -1 : x > y; /* the table's order */
}

/* Adds a group of the rows picked; none when there are none. */
static bool add_group(struct work *work, llmp_validate_axis axis, const char *name,
                      llmp_phase phase, size_t count)
{
    llmp_validation *v = work->validation;
    if (count == 0)
        return true;
    if (v->group_count == v->group_capacity) {
        size_t room = v->group_capacity * 2 + 64;
        llmp_validate_group *grown = realloc(v->groups, room * sizeof *grown);
        if (!grown)
            return false;
        v->groups = grown;
        v->group_capacity = room;
    }
    llmp_validate_group *group = &v->groups[v->group_count++];
    group->axis = axis;
    group->name = name;
    group->phase = phase;
    qsort((void *)work->picked, count, sizeof *work->picked, by_device);
    llmp__validate_stats(work->picked, count, work->scratch, &group->stats);
    return true;
}

/* Rows of one key: together, and where both phases occur each alone. */
static bool add_run(struct work *work, llmp_validate_axis axis, const struct keyed *run,
                    size_t count)
{
    static const llmp_phase phases[] = {LLMP_PHASE_OTHER, LLMP_PHASE_DECODE, LLMP_PHASE_PREFILL};
    const size_t wanted = axis == LLMP_AXIS_CELL ? 1 : sizeof phases / sizeof *phases;
    for (size_t p = 0; p < wanted; p++) {
        size_t picked = 0;
        for (size_t i = 0; i < count; i++)
            if (phases[p] == LLMP_PHASE_OTHER || run[i].row->measured->phase == phases[p])
                work->picked[picked++] = run[i].row;
        if (!add_group(work, axis, run[0].key, phases[p], picked))
            return false;
    }
    return true;
}

static bool group_by(struct work *work, llmp_validate_axis axis)
{
    const llmp_validation *v = work->validation;
    size_t count = 0;
    for (size_t i = 0; i < v->count; i++) {
        const char *key = v->rows[i].predicted ? key_of(&v->rows[i], axis) : NULL;
        if (key)
            work->keyed[count++] = (struct keyed){key, &v->rows[i], i};
    }
    if (count > 1)
        qsort(work->keyed, count, sizeof *work->keyed, by_key);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count; end++)
            if (strcmp(work->keyed[end].key, work->keyed[first].key) != 0)
                break;
        if (!add_run(work, axis, work->keyed + first, end - first))
            return false;
    }
    return true;
}

static bool summarise(struct work *work)
{
    const llmp_validation *v = work->validation;
    for (size_t s = 0; s < sizeof summaries / sizeof *summaries; s++) {
        size_t picked = 0;
        for (size_t i = 0; i < v->count; i++)
            if (v->rows[i].predicted && summaries[s].selects(&v->rows[i], &v->traits[i]))
                work->picked[picked++] = &v->rows[i];
        if (!add_group(work, LLMP_AXIS_SUMMARY, summaries[s].name, LLMP_PHASE_OTHER, picked))
            return false;
    }
    return true;
}

llmp_status llmp__validate_group_rows(llmp_validation *validation, llmp_error *error)
{
    const size_t room = validation->count ? validation->count : 1;
    struct work work = {validation, malloc(room * sizeof *work.keyed),
                        malloc(room * sizeof *work.picked), malloc(room * sizeof *work.scratch)};
    bool good = work.keyed && work.picked && work.scratch;
    for (llmp_validate_axis axis = LLMP_AXIS_ALL; good && axis < LLMP_AXIS_SUMMARY; axis++)
        good = group_by(&work, axis);
    good = good && summarise(&work);
    free(work.keyed);
    free((void *)work.picked);
    free(work.scratch);
    return good ? LLMP_OK : llmp__fail_memory(error, "groups");
}
