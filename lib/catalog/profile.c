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

/* Profiles of one class: of that backend, then of any. */
static void take_class(struct merge *m, const llmp_engine *engine, const llmp_backend *backend,
                       const char *device_class)
{
    size_t count = llmp_catalog_count(m->catalog, LLMP_KIND_PROFILE);
    for (int any_backend = 0; any_backend < 2; any_backend++) {
        for (size_t i = 0; i < count; i++) {
            const llmp_profile *p = LLMP_PROFILE(llmp_catalog_at(m->catalog, LLMP_KIND_PROFILE, i));
            bool fits = any_backend != 0 ? p->backend == NULL
                                         : p->backend != NULL && backend != NULL &&
                                               strcmp(p->backend, backend->id) == 0;
            if (fits && strcmp(p->engine, engine->head.id) == 0 &&
                strcmp(p->device_class, device_class) == 0) {
                take_chain(m, p);
            }
        }
    }
}

llmp_status llmp_profile_resolve(const llmp_catalog *catalog, const llmp_engine *engine,
                                 const llmp_backend *backend, const llmp_device *device,
                                 llmp_profile *out, llmp_grade *out_grade, llmp_error *error)
{
    if (catalog == NULL || engine == NULL || device == NULL || out == NULL) {
        return llmp__fail_argument(error, "catalog, engine, device or out", "is NULL");
    }
    llmp_profile merged;
    struct merge m = {catalog, &merged, LLMP_GRADE_EXACT, false};
    memset(&merged, 0, sizeof merged);
    take_class(&m, engine, backend, device->head.id);
    for (size_t i = 0; i < device->class_count; i++) {
        take_class(&m, engine, backend, device->classes[i]);
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
