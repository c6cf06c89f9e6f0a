/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of the memory stage over random models, quants, engines and machines of the catalog. */
#include "t.h"

#include <llmplan/memory.h>

#include <stdlib.h>

enum { SCENARIOS = 4000, PAD = 256, DEVICES_MAX = 8 };

static llmp_catalog *catalog;
static llmp_error error;

static uint64_t random_state = 0x9e3779b97f4a7c15u;

/* splitmix64 */
static uint64_t next(void)
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t below(uint64_t n)
{
    return next() % n;
}

static int open_catalog(void **state)
{
    (void)state;
    return llmp_catalog_create(&catalog, &error) == LLMP_OK ? 0 : -1;
}

static int close_catalog(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

/* A scenario, with devices of its own so that their memory can be changed. */
typedef struct scenario {
    llmp_device devices[DEVICES_MAX];
    llmp_machine machine;
    const llmp_engine *engine;
    const llmp_backend *backend;
    llmp_memory_options options;
    llmp_arch *arch;
    llmp_memory_model model;
    char title[256];
} scenario;

static scenario here, other; /* large */

static const llmp_record *any(llmp_kind kind)
{
    return llmp_catalog_at(catalog, kind, below(llmp_catalog_count(catalog, kind)));
}

/* One to eight devices, sometimes unequal; a host of 8 GiB to 1 TiB, sometimes unknown. */
static bool draw_machine(scenario *s)
{
    const llmp_device *device = LLMP_DEVICE(any(LLMP_KIND_DEVICE));
    memset(&s->machine, 0, sizeof s->machine);
    s->machine.device_count = (uint32_t)(1 + (below(2) ? below(DEVICES_MAX) : 0));
    s->machine.machines = 1;
    for (uint32_t d = 0; d < s->machine.device_count; d++) {
        s->devices[d] = *device;
        if (below(4) == 0 && device->kind != LLMP_DEVICE_CPU) {
            s->devices[d].memory_reported_bytes = (4 + below(140)) * LLMP_GIB + below(LLMP_GIB);
            s->devices[d].memory_bytes = 0; /* that size alone */
        }
        s->machine.devices[d] = &s->devices[d];
    }
    s->machine.host_memory_known = below(5) != 0;
    if (s->machine.host_memory_known)
        s->machine.host_memory_bytes = (8 + below(1016)) * LLMP_GIB;
    s->machine.host_shares_device_memory = device->unified_memory;
    snprintf(s->machine.title, sizeof s->machine.title, "%u x %s",
             (unsigned)s->machine.device_count, device->head.id);
    return true;
}

static bool draw(scenario *s)
{
    const llmp_model *model = LLMP_MODEL(any(LLMP_KIND_MODEL));
    const llmp_quant *quant = LLMP_QUANT(any(LLMP_KIND_QUANT));
    llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
    s->engine = LLMP_ENGINE(any(LLMP_KIND_ENGINE));
    draw_machine(s);
    options.context_tokens = (uint64_t)1 << (8 + below(11));
    options.context_tokens += below(options.context_tokens);
    options.parallel = (uint32_t)(1 + (below(2) ? below(24) : 0));
    options.kv_split = below(2);
    options.window_full = below(8) == 0;
    options.ubatch_tokens = below(3) ? 0 : (uint32_t)(64 + below(4096));
    options.reserve_bytes = below(3) ? 0 : below(4 * LLMP_GIB);
    options.adapter_bytes = below(4) ? 0 : below(LLMP_GIB);
    options.with_mtp = below(6) == 0;
    options.with_vision = below(6) == 0;
    options.placement = (llmp_placement)(below(3) ? 0 : below(LLMP_PLACE_DISK + 1));
    s->options = options;
    s->arch = NULL;
    if (llmp_backend_for(s->engine, &s->machine, NULL, &s->backend, &error) != LLMP_OK ||
        llmp_arch_create(catalog, model, quant, NULL, &s->arch, &error) != LLMP_OK)
        return false;
    snprintf(s->title, sizeof s->title, "%s %s %s on %s, context %llu x %u", model->head.id,
             quant->head.id, s->engine->head.id, s->machine.title,
             (unsigned long long)options.context_tokens, (unsigned)options.parallel);
    if (llmp_memory_prepare(catalog, s->arch, &s->machine, s->engine, s->backend, &s->options,
                            &s->model, &error) == LLMP_OK)
        return true;
    llmp_arch_destroy(&s->arch);
    return false;
}

#define holds(condition)                                          \
    do {                                                          \
        if (!(condition))                                         \
            fail_msg("%s: violated: %s", here.title, #condition); \
    } while (0)

static uint64_t sum_of(const llmp_memory_parts *p)
{
    return p->weights_bytes + p->kv_bytes + p->state_bytes + p->compute_bytes + p->runtime_bytes;
}

static void plan(const llmp_memory_model *model, uint64_t context, uint32_t parallel,
                 llmp_memory_result *out)
{
    assert_ok(llmp_memory_plan(model, context, parallel, NULL, out, &error));
}

static void check_sums(const llmp_memory_result *r)
{
    llmp_memory_parts total = {0};
    uint64_t host = 0;
    for (uint32_t i = 0; i < r->share_count; i++) {
        const llmp_memory_parts *p = &r->shares[i].parts;
        holds(p->total_bytes == sum_of(p));
        total.weights_bytes += p->weights_bytes;
        total.kv_bytes += p->kv_bytes;
        total.state_bytes += p->state_bytes;
        total.compute_bytes += p->compute_bytes;
        total.runtime_bytes += p->runtime_bytes;
        total.total_bytes += p->total_bytes;
        host += r->shares[i].is_host ? p->total_bytes : 0;
    }
    holds(!memcmp(&total, &r->total, sizeof total));
    holds(r->total.total_bytes == sum_of(&r->total));
    holds(host == r->host_bytes);
}

static void check_verdict(const llmp_memory_result *r)
{
    bool over = false;
    for (uint32_t i = 0; i < r->share_count; i++)
        over = over || (!r->shares[i].is_host &&
                        r->shares[i].parts.total_bytes > r->shares[i].available_bytes);
    if (r->verdict == LLMP_VERDICT_CANNOT_RUN) {
        holds(r->missing_bytes > 0 && r->headroom_bytes == 0);
    } else {
        holds(!over && r->missing_bytes == 0);
        holds(r->headroom_bytes <= r->available_bytes);
    }
    holds(r->reason[0] && strlen(r->reason) < sizeof r->reason);
}

/* Unless every device holds a part of every layer, each layer is in one place. */
static void check_layers(const llmp_memory_result *r, uint32_t layers)
{
    uint64_t seen = 0;
    for (uint32_t i = 0; i < r->share_count; i++)
        seen += r->shares[i].layer_count;
    if (r->tensor_parallel > 1) {
        for (uint32_t i = 0; i < r->share_count; i++)
            holds(r->shares[i].is_host || r->shares[i].layer_count == layers);
        return;
    }
    holds(seen == layers);
    for (uint32_t layer = 0; layer < layers; layer++) {
        uint32_t holders = 0;
        for (uint32_t i = 0; i < r->share_count; i++)
            holders += layer >= r->shares[i].first_layer &&
                       layer - r->shares[i].first_layer < r->shares[i].layer_count;
        holds(holders == 1);
    }
}

/* More context, more sequences, wider caches: never less, never a better verdict. */
static void check_monotone(const llmp_memory_result *r)
{
    static llmp_memory_result more;
    uint64_t context = here.options.context_tokens;
    uint32_t parallel = here.options.parallel;
    uint64_t kv = llmp_memory_kv_bytes(&here.model, context, parallel);
    plan(&here.model, context + 1 + below(context), parallel, &more);
    holds(more.verdict >= r->verdict);
    if (more.placement == r->placement && r->placement == LLMP_PLACE_DEVICE)
        holds(more.total.total_bytes >= r->total.total_bytes);
    holds(llmp_memory_kv_bytes(&here.model, context + 1 + below(context), parallel) >= kv);
    plan(&here.model, context, parallel + 1 + (uint32_t)below(8), &more);
    holds(more.verdict >= r->verdict);
    holds(llmp_memory_kv_bytes(&here.model, context, parallel + 1) >= kv);
}

static void prepare_other(void)
{
    assert_ok(llmp_memory_prepare(catalog, here.arch, &other.machine, here.engine, here.backend,
                                  &other.options, &other.model, &error));
}

static void copy_other(void)
{
    memcpy(other.devices, here.devices, sizeof other.devices);
    other.machine = here.machine;
    other.options = here.options;
    for (uint32_t d = 0; d < here.machine.device_count; d++)
        other.machine.devices[d] = &other.devices[d];
}

static void check_device_memory(const llmp_memory_result *r)
{
    static llmp_memory_result more;
    copy_other();
    for (uint32_t d = 0; d < here.machine.device_count; d++) {
        llmp_device *device = &other.devices[d];
        uint64_t bytes =
            device->memory_reported_bytes ? device->memory_reported_bytes : device->memory_bytes;
        uint64_t extra = below(bytes / 2 + 1);
        if (device->kind == LLMP_DEVICE_CPU)
            continue;
        device->memory_reported_bytes = bytes + extra;
        device->memory_bytes = 0;
        device->usable_memory_bytes += device->usable_memory_bytes ? extra : 0;
    }
    if (other.machine.host_memory_known && !other.machine.host_shares_device_memory)
        other.machine.host_memory_bytes += below(64) * LLMP_GIB;
    prepare_other();
    plan(&other.model, 0, 0, &more);
    holds(more.verdict <= r->verdict);
}

/* One stream per sequence: twice the sequences, twice the cache, whatever the rest. */
static void check_scaling(void)
{
    copy_other();
    other.options.kv_split = true;
    if (here.engine->policy == LLMP_POLICY_STATIC)
        return;
    prepare_other();
    uint64_t context = here.options.context_tokens;
    uint32_t parallel = here.options.parallel;
    holds(llmp_memory_kv_bytes(&other.model, context, 2 * parallel) ==
          2 * llmp_memory_kv_bytes(&other.model, context, parallel));
}

static llmp_verdict verdict_at(uint64_t context, uint32_t parallel)
{
    static llmp_memory_result r;
    plan(&here.model, context, parallel, &r);
    return r.verdict;
}

static void check_solvers(void)
{
    uint64_t pad = here.engine->context_pad_tokens ? here.engine->context_pad_tokens : 1, context;
    uint32_t parallel;
    llmp_verdict worst = below(2) ? LLMP_VERDICT_FITS : LLMP_VERDICT_RUNS_SLOWLY;
    const llmp_arch_summary *summary = llmp_arch_summary_of(here.arch);
    assert_ok(llmp_memory_largest_context(&here.model, 0, worst, &context, &error));
    if (context) {
        holds(verdict_at(context, 0) <= worst);
        holds(!summary->max_context_known || context <= summary->max_context_tokens);
    }
    if (!summary->max_context_known || context + pad <= summary->max_context_tokens)
        holds(context + pad > (uint64_t)1 << 32 || verdict_at(context + pad, 0) > worst);
    assert_ok(llmp_memory_largest_parallel(&here.model, 0, worst, &parallel, &error));
    if (parallel)
        holds(verdict_at(0, parallel) <= worst);
    if (parallel < 65536)
        holds(verdict_at(0, parallel + 1) > worst);
}

/* One layer (or one layer's experts) fewer on the host would not do, or would eat the margin. */
static void check_fewest(const llmp_memory_result *r)
{
    static llmp_memory_result less;
    bool experts = r->placement == LLMP_PLACE_EXPERT_OFFLOAD;
    if (r->verdict != LLMP_VERDICT_RUNS_SLOWLY ||
        !(experts || r->placement == LLMP_PLACE_LAYER_OFFLOAD))
        return;
    copy_other();
    if (experts ? r->cpu_expert_layers <= 1 : r->gpu_layers + 1 >= here.model.layer_count)
        return;
    if (experts)
        other.options.cpu_expert_layers = (int32_t)r->cpu_expert_layers - 1;
    else
        other.options.gpu_layers = (int32_t)r->gpu_layers + 1;
    other.options.placement = r->placement;
    prepare_other();
    plan(&other.model, 0, 0, &less);
    uint64_t margins = 0;
    for (uint32_t d = 0; d < here.machine.device_count; d++)
        margins += here.model.device_margin_bytes[d];
    bool tight = less.verdict == LLMP_VERDICT_CANNOT_RUN;
    for (uint32_t i = 0; i < less.share_count && !tight; i++)
        tight = !less.shares[i].is_host &&
                less.shares[i].parts.total_bytes + margins > less.shares[i].available_bytes;
    holds(tight);
}

typedef struct sums {
    double weights, kv, state, compute, runtime, total;
} sums;

static void add_term(void *user, const llmp_trace_term *term)
{
    sums *s = user;
    const char *names[] = {"weights_bytes", "kv_bytes",      "state_bytes",
                           "compute_bytes", "runtime_bytes", "total_bytes"};
    double *members[] = {&s->weights, &s->kv, &s->state, &s->compute, &s->runtime, &s->total};
    holds(term->formula && term->inputs && term->unit && !strcmp(term->stage, "memory"));
    for (int i = 0; i < 6; i++)
        if (!strcmp(term->term, names[i]))
            *members[i] += term->value;
}

static void check_trace(const llmp_memory_result *r)
{
    static llmp_memory_result again;
    sums s = {0};
    llmp_trace trace = {add_term, &s};
    assert_ok(llmp_memory_plan(&here.model, 0, 0, &trace, &again, &error));
    holds(s.weights == (double)r->total.weights_bytes && s.kv == (double)r->total.kv_bytes);
    holds(s.state == (double)r->total.state_bytes && s.compute == (double)r->total.compute_bytes);
    holds(s.runtime == (double)r->total.runtime_bytes && s.total == (double)r->total.total_bytes);
}

static void test_laws(void **state)
{
    (void)state;
    static llmp_memory_result r;
    unsigned drawn = 0, verdicts[3] = {0}, placements[LLMP_PLACE_DISK + 1] = {0};
    for (unsigned tries = 0; drawn < SCENARIOS && tries < 40 * SCENARIOS; tries++) {
        if (!draw(&here))
            continue;
        drawn++;
        plan(&here.model, 0, 0, &r);
        verdicts[r.verdict]++;
        placements[r.placement]++;
        check_sums(&r);
        check_verdict(&r);
        check_layers(&r, here.model.layer_count);
        check_monotone(&r);
        check_device_memory(&r);
        check_scaling();
        check_solvers();
        check_fewest(&r);
        check_trace(&r);
        llmp_arch_destroy(&here.arch);
    }
    print_message("# %u scenarios; fits %u, slowly %u, cannot %u;", drawn, verdicts[0], verdicts[1],
                  verdicts[2]);
    for (int p = LLMP_PLACE_DEVICE; p <= LLMP_PLACE_DISK; p++)
        print_message(" %s %u", llmp_placement_name((llmp_placement)p), placements[p]);
    print_message("\n");
    assert_int_equal(drawn, SCENARIOS);
    for (int p = LLMP_PLACE_DEVICE; p <= LLMP_PLACE_DISK; p++)
        assert_true(placements[p] > 10); /* every way of placing was met */
}

/* More bits per weight never need less and never fit better. */
static void test_bits(void **state)
{
    (void)state;
    static const char *const quants[] = {"Q4_0", "Q5_0", "Q8_0", "F16"};
    const llmp_record *machine_device, *engine;
    assert_ok(llmp_catalog_find(catalog, LLMP_KIND_ENGINE, "llama.cpp", &engine, NULL, &error));
    assert_ok(
        llmp_catalog_find(catalog, LLMP_KIND_DEVICE, "rtx-4090", &machine_device, NULL, &error));
    for (size_t m = 0; m < llmp_catalog_count(catalog, LLMP_KIND_MODEL); m++) {
        static llmp_memory_result r;
        llmp_verdict before = LLMP_VERDICT_FITS;
        uint64_t weights = 0;
        for (int q = 0; q < 4; q++) {
            const llmp_record *quant;
            assert_ok(llmp_catalog_find(catalog, LLMP_KIND_QUANT, quants[q], &quant, NULL, &error));
            const llmp_model *model = LLMP_MODEL(llmp_catalog_at(catalog, LLMP_KIND_MODEL, m));
            snprintf(here.title, sizeof here.title, "%s %s", model->head.id, quants[q]);
            memset(&here.machine, 0, sizeof here.machine);
            here.machine.device_count = here.machine.machines = 1;
            here.machine.devices[0] = LLMP_DEVICE(machine_device);
            here.machine.host_memory_known = true;
            here.machine.host_memory_bytes = 96 * LLMP_GIB;
            llmp_memory_options options = LLMP_MEMORY_OPTIONS_INIT;
            if (llmp_arch_create(catalog, model, LLMP_QUANT(quant), NULL, &here.arch, &error) !=
                LLMP_OK)
                continue;
            assert_ok(
                llmp_backend_for(LLMP_ENGINE(engine), &here.machine, NULL, &here.backend, &error));
            assert_ok(llmp_memory_prepare(catalog, here.arch, &here.machine, LLMP_ENGINE(engine),
                                          here.backend, &options, &here.model, &error));
            plan(&here.model, 5731, 1, &r);
            uint64_t now = llmp_arch_summary_of(here.arch)->weight_bytes;
            holds(now >= weights && r.verdict >= before);
            weights = now;
            before = r.verdict;
            llmp_arch_destroy(&here.arch);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_laws), cmocka_unit_test(test_bits)};
    return cmocka_run_group_tests_name("memory laws", tests, open_catalog, close_catalog);
}
