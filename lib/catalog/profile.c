/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts that stand in for missing ones: merged efficiency profiles, and devices like others. */
#include "base/error.h"
#include "catalog/load.h"

#include <string.h>

/* --- profiles -----------------------------------------------------------------------------------
 */

struct merge {
    const llmp_catalog *catalog;
    llmp_profile *out;
    llmp_grade grade;
    bool found;
    bool calibrated; /* take calibrated profiles too */
};

/* Keys that say what a profile is of, not how fast. */
static bool is_identity(const llmp_field *field)
{
    return field->offset < sizeof(llmp_record) || field->offset == offsetof(llmp_profile, engine) ||
           field->offset == offsetof(llmp_profile, backend) ||
           field->offset == offsetof(llmp_profile, device_class) ||
           field->offset == offsetof(llmp_profile, like);
}

static void take(struct merge *m, const llmp_profile *p)
{
    const llmp_schema *schema = &llmp__schema_profile;
    if (!m->found) {
        /* The narrowest gives the identity; its facts are then merged like any other's. */
        m->found = true;
        *m->out = *p;
        for (size_t i = 0; i < schema->field_count; i++) {
            if (!is_identity(&schema->fields[i])) {
                llmp__schema_mark(schema, m->out, i, false);
            }
        }
    }
    for (size_t i = 0; i < schema->field_count; i++) {
        if (!is_identity(&schema->fields[i]) && llmp__copy_missing(schema, i, p, m->out)) {
            llmp_field_source source;
            llmp_catalog_provenance(LLMP_KIND_PROFILE, &p->head, schema->fields[i].key, &source);
            m->grade = llmp_grade_worse(m->grade, source.grade);
        }
    }
}

/* The profile and those it is like, as far as the chain does not turn back. */
static void take_chain(struct merge *m, const llmp_profile *p)
{
    size_t limit = llmp_catalog_count(m->catalog, LLMP_KIND_PROFILE);
    for (size_t hops = 0; p != NULL && hops < limit; hops++) {
        take(m, p);
        p = p->like == NULL
                ? NULL
                : LLMP_PROFILE(llmp_catalog_get(m->catalog, LLMP_KIND_PROFILE, p->like));
    }
}

/* How narrowly a profile describes the device: 0 when it was calibrated on it, else twice the place
 * of its class (1: the device itself), plus one when it is of any backend. SIZE_MAX when it does
 * not. */
static size_t rank_of(const llmp_profile *p, const llmp_backend *backend, const llmp_device *device)
{
    bool any = p->backend == NULL;
    if (!any && (backend == NULL || strcmp(p->backend, backend->id) != 0)) {
        return SIZE_MAX;
    }
    if (strcmp(p->device_class, device->head.id) == 0) {
        return p->calibrated ? 0 : any ? 3 : 2;
    }
    for (size_t i = 0; i < device->class_count; i++) {
        if (strcmp(p->device_class, device->classes[i]) == 0) {
            return 2 * (i + 2) + (any ? 1 : 0);
        }
    }
    return SIZE_MAX;
}

/* Takes the profiles of an engine from the narrowest to the widest; of equal ones in order of id.
 */
static void take_all(struct merge *m, const llmp_engine *engine, const llmp_backend *backend,
                     const llmp_device *device)
{
    enum { FITTING_MAX = 64 };
    const llmp_profile *fitting[FITTING_MAX];
    size_t ranks[FITTING_MAX];
    size_t count = 0;
    for (size_t i = 0; i < llmp_catalog_count(m->catalog, LLMP_KIND_PROFILE); i++) {
        const llmp_profile *p = LLMP_PROFILE(llmp_catalog_at(m->catalog, LLMP_KIND_PROFILE, i));
        size_t rank =
            strcmp(p->engine, engine->head.id) == 0 ? rank_of(p, backend, device) : SIZE_MAX;
        if (rank == SIZE_MAX || (p->calibrated && !m->calibrated) ||
            (count == FITTING_MAX && rank >= ranks[count - 1])) {
            continue;
        }
        count -= count == FITTING_MAX ? 1 : 0; /* the widest makes room */
        size_t at = count++;
        for (; at > 0 && ranks[at - 1] > rank; at--) {
            ranks[at] = ranks[at - 1];
            fitting[at] = fitting[at - 1];
        }
        ranks[at] = rank;
        fitting[at] = p;
    }
    for (size_t i = 0; i < count; i++) {
        take_chain(m, fitting[i]);
    }
}

static bool is_cpu_backend(const llmp_backend *backend)
{
    bool cpu = backend != NULL && backend->kind_count > 0;
    for (size_t i = 0; cpu && i < backend->kind_count; i++) {
        cpu = backend->kinds[i] == LLMP_DEVICE_CPU;
    }
    return cpu;
}

static llmp_status resolve(const llmp_catalog *catalog, const llmp_engine *engine,
                           const llmp_backend *backend, const llmp_device *device, bool calibrated,
                           llmp_profile *out, llmp_grade *out_grade, llmp_error *error)
{
    if (catalog == NULL || engine == NULL || device == NULL || out == NULL) {
        return llmp__fail_argument(error, "catalog, engine, device or out", "is NULL");
    }
    llmp_profile merged;
    struct merge m = {catalog, &merged, LLMP_GRADE_EXACT, false, calibrated};
    memset(&merged, 0, sizeof merged);
    take_all(&m, engine, backend, device);
    if (!m.found && is_cpu_backend(backend) && device->kind != LLMP_DEVICE_CPU) {
        (void)llmp__fail(error, LLMP_E_NO_DATA,
                         "the catalog knows the GPU of %.80s, not its processor",
                         device->head.name);
        llmp__hint(error,
                   "keep all layers on the GPU (fewer bits, less context), or name the processor "
                   "as host_cpu of a rig of your own (docs/adding.md)");
        return LLMP_E_NO_DATA;
    }
    if (!m.found) {
        return llmp__fail(error, LLMP_E_NO_DATA, "no efficiency profile covers %s%s%s on %s",
                          engine->head.name, backend == NULL ? "" : " ",
                          backend == NULL ? "" : backend->name, device->head.name);
    }
    *out = merged;
    if (out_grade != NULL) {
        *out_grade = m.grade;
    }
    return LLMP_OK;
}

llmp_status llmp_profile_resolve(const llmp_catalog *catalog, const llmp_engine *engine,
                                 const llmp_backend *backend, const llmp_device *device,
                                 llmp_profile *out, llmp_grade *out_grade, llmp_error *error)
{
    return resolve(catalog, engine, backend, device, true, out, out_grade, error);
}

llmp_status llmp_profile_resolve_class(const llmp_catalog *catalog, const llmp_engine *engine,
                                       const llmp_backend *backend, const llmp_device *device,
                                       llmp_profile *out, llmp_grade *out_grade, llmp_error *error)
{
    return resolve(catalog, engine, backend, device, false, out, out_grade, error);
}

/* --- devices ------------------------------------------------------------------------------------
 */

/* Facts of the silicon. What a device is called, belongs to or costs is nobody else's. */
static bool stands_in(const llmp_field *field)
{
    return field->offset >= offsetof(llmp_device, memory_bytes) && field->count_offset == 0;
}

size_t llmp_device_fill(const llmp_catalog *catalog, const llmp_device *device, llmp_device *out)
{
    const llmp_schema *schema = &llmp__schema_device;
    size_t limit = llmp_catalog_count(catalog, LLMP_KIND_DEVICE);
    size_t filled = 0;
    const llmp_device *like = device;
    *out = *device;
    for (size_t hops = 0; like->like != NULL && hops < limit; hops++) {
        like = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, like->like));
        if (like == NULL) {
            break;
        }
        for (size_t i = 0; i < schema->field_count; i++) {
            if (stands_in(&schema->fields[i]) && llmp__copy_missing(schema, i, like, out)) {
                filled++;
            }
        }
    }
    return filled;
}
