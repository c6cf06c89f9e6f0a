/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory by part and device, with bars. */
#include "report/build.h"

#include <string.h>

enum { NUMBER_COLUMNS_MAX = 6 };

const char *llmp__kv_title(llmp_document *d, const llmp_memory_model *model)
{
    const char *k = model->kv_k_format->head.id;
    const char *v = model->kv_v_format->head.id;
    return strcmp(k, v) == 0 ? llmp__format(d, "%s", k) : llmp__format(d, "%s:%s", k, v);
}

typedef enum part { WEIGHTS, KV, STATE, COMPUTE, RUNTIME, BUFFERS, FREE } part;

/* One column of figures: a share of the plan, or several alike. */
typedef struct figures {
    const char *title;
    llmp_memory_parts parts;
    uint64_t available_bytes;
} figures;

static bool alike(const llmp_memory_result *m, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        const llmp_memory_share *a = &m->shares[0];
        const llmp_memory_share *b = &m->shares[i];
        if (a->device != b->device ||
            a->parts.total_bytes / LLMP_GIB != b->parts.total_bytes / LLMP_GIB) {
            return false;
        }
    }
    return true;
}

static const char *share_title(llmp_document *d, const llmp_memory_result *m, uint32_t i)
{
    const llmp_memory_share *share = &m->shares[i];
    if (share->is_host) {
        return "host";
    }
    bool gpu = share->device == NULL || share->device->kind == LLMP_DEVICE_GPU;
    return llmp__format(d, "%s %u", gpu ? "GPU" : "device", i);
}

/* Over unified memory device and host draw on one pool, and one column says it all. */
static size_t memory_figures(llmp_document *d, const llmp_fit_answer *a,
                             figures out[NUMBER_COLUMNS_MAX])
{
    const llmp_memory_result *m = &a->memory;
    size_t count = 0;
    uint32_t devices = m->share_count;
    bool host = devices > 0 && m->shares[devices - 1].is_host;
    devices -= host ? 1 : 0;
    if (devices <= 1 && a->machine->host_shares_device_memory) {
        out[count++] = (figures){"GiB", m->total, m->available_bytes};
        return count;
    }
    const uint32_t singly = host ? 3 : 4; /* what a terminal is wide enough for */
    if (m->share_count > 1 && devices <= singly) {
        for (uint32_t i = 0; i < devices; i++) {
            out[count++] =
                (figures){share_title(d, m, i), m->shares[i].parts, m->shares[i].available_bytes};
        }
    } else if (devices > singly) {
        uint32_t fullest = 0;
        for (uint32_t i = 1; i < devices; i++) {
            if (m->shares[i].parts.total_bytes > m->shares[fullest].parts.total_bytes) {
                fullest = i;
            }
        }
        const char *title = alike(m, devices) ? llmp__format(d, "each of %u", devices)
                                              : llmp__format(d, "fullest of %u", devices);
        out[count++] =
            (figures){title, m->shares[fullest].parts, m->shares[fullest].available_bytes};
    }
    if (host && m->share_count > 1) {
        /* what is free there says nothing when the plan does not count on it */
        uint64_t counted = 0;
        for (uint32_t i = 0; i < devices; i++) {
            counted += m->shares[i].available_bytes;
        }
        out[count++] =
            (figures){"host", m->shares[devices].parts,
                      m->available_bytes > counted ? m->shares[devices].available_bytes : 0};
    }
    out[count++] = (figures){m->share_count > 1 ? "sum" : "GiB", m->total, m->available_bytes};
    return count;
}

static double part_bytes(const figures *f, part which)
{
    switch (which) {
    case WEIGHTS:
        return (double)f->parts.weights_bytes;
    case KV:
        return (double)f->parts.kv_bytes;
    case STATE:
        return (double)f->parts.state_bytes;
    case COMPUTE:
        return (double)f->parts.compute_bytes;
    case RUNTIME:
        return (double)f->parts.runtime_bytes;
    case BUFFERS:
        return (double)f->parts.compute_bytes + (double)f->parts.runtime_bytes;
    case FREE:
        return (double)f->available_bytes - (double)f->parts.total_bytes;
    }
    return 0.0;
}

/* Nothing of a part on one device is a blank; so is what is free where the capacity is unknown. */
static void memory_row(llmp_document *d, llmp__block *table, const char *name,
                       const figures *columns, size_t count, part which, double total, int decimals)
{
    llmp__cell *row = llmp__table_row(d, table);
    row[0].text = name;
    for (size_t i = 0; i < count; i++) {
        bool sum = i + 1 == count;
        double bytes = sum ? total : part_bytes(&columns[i], which);
        bool blank = !sum && (bytes == 0.0 || (which == FREE && columns[i].available_bytes == 0));
        row[i + 1].text = blank ? "" : llmp__gib(d, bytes, decimals);
    }
}

void llmp__fit_memory(llmp_document *d, const llmp_fit *fit, const llmp_report_style *style)
{
    const llmp_fit_answer *a = llmp_fit_answer_of(fit);
    const llmp_memory_result *m = &a->memory;
    figures columns[NUMBER_COLUMNS_MAX];
    size_t count = memory_figures(d, a, columns);
    llmp__column *heads = llmp__arena_alloc(&d->arena, count + 3, sizeof *heads);
    if (heads == NULL) {
        d->failed = true;
        return;
    }
    double scale = (double)(m->available_bytes > m->total.total_bytes ? m->available_bytes
                                                                      : m->total.total_bytes);
    int decimals = scale < 100.0 * (double)LLMP_GIB ? 2 : 1;
    heads[0] = (llmp__column){.title = count > 1 ? "memory, GiB" : "memory"};
    for (size_t i = 0; i < count; i++) {
        heads[i + 1] = (llmp__column){.title = columns[i].title, .right = true};
    }
    heads[count + 1] = (llmp__column){.title = "share", .right = true};
    heads[count + 2] = (llmp__column){
        .title = llmp__format(d, "of %s usable", llmp__bytes(d, m->available_bytes)), .bar = true};
    llmp__block *table = llmp__table(d, heads, count + 3, false);
    const char *names[] = {
        "weights",
        llmp__format(d, "KV cache %s", llmp__kv_title(d, llmp_fit_memory_model(fit))),
        "state",
        "compute",
        "runtime",
        "compute, runtime",
        a->verdict == LLMP_VERDICT_CANNOT_RUN ? "left" : "free"};
    for (part p = WEIGHTS; p <= FREE; p++) {
        double total = part_bytes(&columns[count - 1], p);
        bool together = p == BUFFERS;
        bool apart = p == COMPUTE || p == RUNTIME;
        if ((total == 0.0 && p == STATE) || (style->verbose ? together : apart)) {
            continue; /* most models keep no state */
        }
        total = p == FREE ? (double)m->headroom_bytes - (double)m->missing_bytes : total;
        memory_row(d, table, names[p], columns, count, p, total, decimals);
        llmp__cell *row = table->last_row == NULL ? d->lost_cells : table->last_row->cells;
        double share = scale > 0.0 ? total / scale : 0.0;
        double of_usable = 100.0 * total / (double)m->available_bytes;
        bool rounded = of_usable >= 9.95 || of_usable <= -9.95;
        row[count + 1].text =
            m->available_bytes == 0 ? "" : llmp__format(d, "%.*f %%", rounded ? 0 : 1, of_usable);
        row[count + 2].share = p == FREE ? 0.0 : share;
        row[count + 2].tone = m->missing_bytes > 0 ? LLMP__TONE_BAD : LLMP__TONE_GOOD;
    }
}
