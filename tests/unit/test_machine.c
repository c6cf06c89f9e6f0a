/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machine expressions, merged profiles, devices like others. Own records, so that no edit of the
 * built-in data changes what is expected. */
#include "t.h"

#include <llmplan/catalog.h>

static llmp_catalog *catalog;
static llmp_error error;
static llmp_machine machines[LLMP_MACHINES_MAX];
static size_t count;
static char note[256];

#define HEAD "as_of: 2026-02, source: test, grade: datasheet"
#define CARD "vendor: nvidia, kind: gpu, memory_gib: 24, memory_bandwidth_gb_s: 937, " HEAD

static const char records[] =
    "links:\n"
    "  - {id: t-bridge, name: Bridge, kind: nvlink, bandwidth_gb_s: 56, latency_us: 3, " HEAD "}\n"
    "  - {id: t-switch, name: Switch, kind: nvlink, bandwidth_gb_s: 450, latency_us: 3, " HEAD "}\n"
    "  - {id: t-net, name: Net, kind: rdma, bandwidth_gb_s: 25, latency_us: 4, between_machines: "
    "true, " HEAD "}\n"
    "devices:\n"
    "  - {id: t-card, name: T Card, aliases: [7777xtc], classes: [t-narrow, t-wide], form: desktop "
    "card,\n     pcie_generation: 4, pcie_lanes: 8, tdp_w: 311, " CARD "}\n"
    "  - {id: t-twin, name: T Twin, classes: [t-wide], form: desktop card, device_link: t-bridge, "
    "max_linked: 2,\n     pcie_generation: 4, pcie_lanes: 16, " CARD "}\n"
    "  - {id: t-module, name: T Module, classes: [t-wide], form: SXM module, device_link: "
    "t-switch, max_linked: 8,\n     pcie_generation: 5, pcie_lanes: 16, " CARD "}\n"
    "  - {id: t-pod, name: T Pod, classes: [t-wide], form: SXM module, device_link: t-switch, "
    "network_link: t-net,\n     max_linked: 8, " CARD "}\n"
    "  - {id: t-laptop, name: T Laptop, classes: [t-wide], form: laptop, pcie_generation: 4, "
    "pcie_lanes: 8, " CARD "}\n"
    "  - {id: t-alone, name: T Alone, classes: [t-other], form: cloud only, " CARD "}\n"
    "  - {id: t-box, name: T Box+ 9, classes: [t-soc], vendor: nvidia, kind: system, memory_gib: "
    "128, unified_memory: true,\n     memory_bandwidth_gb_s: 271, network_link: t-net, max_linked: "
    "3, " HEAD "}\n"
    "  - {id: t-island, name: T Island, classes: [t-soc], vendor: apple, kind: soc, memory_gib: "
    "64, unified_memory: true,\n     memory_bandwidth_gb_s: 271, " HEAD "}\n"
    "  - {id: t-cpu, name: T CPU, classes: [cpu], vendor: amd, kind: cpu, memory_bandwidth_gb_s: "
    "461, " HEAD "}\n"
    "  - {id: t-like, name: T Like, classes: [t-wide], vendor: nvidia, kind: gpu, memory_gib: 12, "
    "like: t-card,\n     memory_bandwidth_gb_s: 504, " HEAD "}\n"
    "  - {id: t-like2, name: T Like 2, classes: [t-wide], vendor: nvidia, kind: gpu, like: "
    "t-like,\n"
    "     memory_bandwidth_gb_s: 333, memory_gib: 6, " HEAD "}\n"
    "rigs:\n"
    "  - {id: t-rig, name: T Rig, aliases: [t-duo], devices: [{device: t-card, count: 2}, {device: "
    "t-twin, count: 1}],\n     host_cpu: t-cpu, host_memory_gib: 96, "
    "host_memory_bandwidth_gb_s: 83, " HEAD "}\n"
    "  - {id: t-cluster, name: T Cluster, devices: [{device: t-box, count: 1}], machines: 2, "
    "machine_link: t-net, " HEAD "}\n"
    "  - {id: t-server, name: T Server, devices: [{device: t-module, count: 4}], host_cpu: "
    "t-cpu, " HEAD "}\n"
    "  - {id: assumed-host, host_cpu: t-cpu, host_memory_gib: 48, host_memory_bandwidth_gb_s: 77, "
    "disk_read_gb_s: 3.5}\n"
    "  - {id: t-choice-a, name: A, devices: [{device: t-card, count: 1}], " HEAD "}\n"
    "  - {id: t-choice-b, name: B, devices: [{device: t-card, count: 1}], " HEAD "}\n";

static int setup(void **state)
{
    (void)state;
    memset(&error, 0, sizeof error);
    if (llmp_catalog_create(&catalog, &error) != LLMP_OK) {
        return -1;
    }
    llmp_status status =
        llmp_catalog_overlay(catalog, records, sizeof records - 1, "t.yaml", &error);
    if (status != LLMP_OK) {
        print_error("%s:%u: %s %s\n", error.where, (unsigned)error.line, error.message,
                    error.field);
    }
    return status == LLMP_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

static const llmp_machine *one(const char *expression)
{
    assert_ok(llmp_machine_parse(catalog, expression, machines, &count, note, &error));
    assert_int_equal(count, 1);
    return &machines[0];
}

static void refused(const char *expression, llmp_status status, const char *message)
{
    size_t before = 99;
    assert_int_equal(llmp_machine_parse(catalog, expression, machines, &before, note, &error),
                     status);
    assert_int_equal(before, 99);
    assert_contains(error.message, message);
}

static const char *id_of(const llmp_link *link)
{
    return link == NULL ? "" : link->head.id;
}

/* --- devices -----------------------------------------------------------------------------------
 */

static void one_card(void **state)
{
    (void)state;
    const llmp_machine *m = one("T Card");
    assert_string_equal(m->title, "T Card");
    assert_int_equal(m->device_count, 1);
    assert_int_equal(m->machines, 1);
    assert_null(m->device_link);
    assert_null(m->machine_link);
    assert_null(m->rig);
    assert_false(m->host_shares_device_memory);
    /* Nothing is said of the computer around it, so one is assumed. */
    assert_true(m->host_assumed);
    assert_true(m->host_memory_bytes == 48 * LLMP_GIB);
    assert_close(m->host_bandwidth_bytes_per_s, 77e9, 1e-12);
    assert_close(m->disk_read_bytes_per_s, 3.5e9, 1e-12);
    assert_string_equal(m->host_cpu->head.id, "t-cpu");
}

static void counts_in_every_spelling(void **state)
{
    (void)state;
    static const char *const spellings[] = {"3x t-card",   "3 x t-card",      "3x T_CARD",
                                            "3 X t-card",  "3* t card",       "3xt-card",
                                            " 3x t-card ", "3\xc3\x97 t-card"};
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        const llmp_machine *m = one(spellings[i]);
        assert_int_equal(m->device_count, 3);
        assert_string_equal(m->title, "3 x T Card");
        assert_string_equal(m->devices[2]->head.id, "t-card");
        assert_string_equal(id_of(m->device_link), "pcie4-x8");
    }
    assert_int_equal(one("1x t-card")->device_count, 1);
    assert_string_equal(one("7777xtc")->devices[0]->head.id, "t-card");
    assert_int_equal(one("2x7777xtc")->device_count, 2);
}

static void links_between_cards(void **state)
{
    (void)state;
    assert_string_equal(id_of(one("2x t-twin")->device_link), "t-bridge");
    assert_string_equal(id_of(one("4x t-twin")->device_link), "pcie4-x16"); /* bridges join two */
    assert_string_equal(id_of(one("8x t-module")->device_link), "t-switch");
    const llmp_machine *m = one("16x t-pod");
    assert_int_equal(m->machines, 2);
    assert_int_equal(m->device_count, 16);
    assert_string_equal(id_of(m->device_link), "t-switch");
    assert_string_equal(id_of(m->machine_link), "t-net");
}

static void computers_form_clusters(void **state)
{
    (void)state;
    const llmp_machine *m = one("3x t-box");
    assert_int_equal(m->machines, 3);
    assert_int_equal(m->device_count, 3);
    assert_null(m->device_link);
    assert_string_equal(id_of(m->machine_link), "t-net");
    assert_true(m->host_shares_device_memory);
    assert_true(m->host_memory_known);
    assert_true(m->host_memory_bytes == 128 * LLMP_GIB);
    assert_false(m->host_assumed);
    assert_close(m->host_bandwidth_bytes_per_s, 271e9, 1e-12);
}

static void what_cannot_be_joined(void **state)
{
    (void)state;
    refused("4x t-box", LLMP_E_IMPOSSIBLE, "Net joins at most 3");
    refused("2x t-island", LLMP_E_IMPOSSIBLE, "no link between two of them is known");
    refused("9x t-module", LLMP_E_IMPOSSIBLE, "Switch joins at most 8");
    refused("12x t-pod", LLMP_E_IMPOSSIBLE, "Switch joins at most 8");
    refused("2x t-laptop", LLMP_E_IMPOSSIBLE, "built into a laptop");
    refused("2x t-alone", LLMP_E_IMPOSSIBLE, "no link between two");
    refused("2x t-cpu", LLMP_E_IMPOSSIBLE, "sockets");
    refused("2x t-server", LLMP_E_IMPOSSIBLE, "no link between them");
}

static void wrong_expressions(void **state)
{
    (void)state;
    refused("", LLMP_E_UNKNOWN, "names no machine");
    refused("   ", LLMP_E_UNKNOWN, "names no machine");
    refused("+", LLMP_E_UNKNOWN, "names no machine");
    refused("t-card + ", LLMP_E_UNKNOWN, "names no machine");
    refused("0x t-card", LLMP_E_RANGE, "a count from 1 to 64");
    refused("65x t-card", LLMP_E_RANGE, "a count from 1 to 64");
    refused("99999999999999999999x t-card", LLMP_E_UNKNOWN, "no device or rig is called");
    refused("-2x t-card", LLMP_E_UNKNOWN, "no device or rig is called");
    refused("2x", LLMP_E_UNKNOWN, "no device or rig is called '2x'");
    refused("t-crad", LLMP_E_UNKNOWN, "no device or rig is called 't-crad'");
    assert_contains(error.hint, "'t-card'");
    refused("2x t-rgi", LLMP_E_UNKNOWN, "no device or rig is called 't-rgi'");
    assert_contains(error.hint, "'t-rig'");
    refused("t-choice", LLMP_E_AMBIGUOUS, "could be 2 rigs");
    assert_string_equal(error.hint, "one of t-choice-a, t-choice-b");
    refused("t-card + t-card + t-card + t-card + t-card + t-card + t-card + t-card + t-card",
            LLMP_E_RANGE, "more than 8 machines");
    assert_int_equal(llmp_machine_parse(catalog, NULL, machines, &count, note, &error),
                     LLMP_E_ARGUMENT);
}

static void processors_bring_no_memory(void **state)
{
    (void)state;
    const llmp_machine *m = one("t-cpu");
    assert_string_equal(m->host_cpu->head.id, "t-cpu");
    assert_true(m->host_assumed);
    assert_true(m->host_memory_bytes == 48 * LLMP_GIB);
    assert_true(m->host_shares_device_memory);
    assert_close(m->host_bandwidth_bytes_per_s, 461e9, 1e-12); /* its own, not the assumed */
}

/* --- rigs and several machines -----------------------------------------------------------------
 */

static void rigs_bring_a_host(void **state)
{
    (void)state;
    const llmp_machine *m = one("t-duo");
    assert_string_equal(m->rig->head.id, "t-rig");
    assert_string_equal(m->title, "T Rig");
    assert_int_equal(m->device_count, 3);
    assert_string_equal(m->devices[2]->head.id, "t-twin");
    assert_string_equal(id_of(m->device_link), "pcie4-x8"); /* the slowest of its devices */
    assert_string_equal(m->host_cpu->head.id, "t-cpu");
    assert_true(m->host_memory_known);
    assert_true(m->host_memory_bytes == 96 * LLMP_GIB);
    assert_close(m->host_bandwidth_bytes_per_s, 83e9, 1e-12);
    assert_false(m->host_shares_device_memory);
    assert_false(m->host_assumed);

    m = one("t-server");
    assert_string_equal(id_of(m->device_link), "t-switch");
    assert_true(m->host_assumed);                              /* the rig states no memory */
    assert_close(m->host_bandwidth_bytes_per_s, 461e9, 1e-12); /* of its processor */
}

static void clusters_of_rigs(void **state)
{
    (void)state;
    const llmp_machine *m = one("t-cluster");
    assert_int_equal(m->machines, 2);
    assert_int_equal(m->device_count, 2);
    assert_string_equal(id_of(m->machine_link), "t-net");
    assert_true(m->host_shares_device_memory);
    m = one("2x t-cluster");
    assert_int_equal(m->machines, 4);
    assert_string_equal(m->title, "2 x T Cluster");
    refused("33x t-cluster", LLMP_E_RANGE, "at most 64");
}

static void separate_machines(void **state)
{
    (void)state;
    static const char *const expressions[] = {"2x t-card + t-box", "2x t-card+t-box"};
    for (size_t i = 0; i < 2; i++) {
        assert_ok(llmp_machine_parse(catalog, expressions[i], machines, &count, note, &error));
        assert_int_equal(count, 2);
        assert_int_equal(machines[0].device_count, 2);
        assert_string_equal(machines[1].title, "T Box+ 9");
    }
    assert_string_equal(one("T Box+ 9")->devices[0]->head.id, "t-box"); /* a '+' in a name */
    assert_ok(llmp_machine_parse(catalog, "t-card + T Box+ 9", machines, &count, note, &error));
    assert_int_equal(count, 2);
}

/* --- profiles and likeness ---------------------------------------------------------------------
 */

static const char profiles[] =
    "profiles:\n"
    "  - {id: p1, name: P1, engine: llama.cpp, backend: cuda, device_class: t-wide, "
    "weight_bandwidth_ratio: 0.61,\n     kv_bandwidth_ratio: 0.51, layer_us: 17, norm_p: 3, as_of: "
    "2026, source: s, grade: measured}\n"
    "  - {id: p2, name: P2, engine: llama.cpp, backend: cuda, device_class: t-narrow, "
    "weight_bandwidth_ratio: 0.83,\n     like: p3, as_of: 2026, source: s, grade: measured}\n"
    "  - {id: p3, name: P3, engine: llama.cpp, backend: vulkan, device_class: t-other, "
    "weight_bandwidth_ratio: 0.1,\n     kv_bandwidth_ratio: 0.77, like: p2, as_of: 2026, source: "
    "s, grade: measured}\n"
    "  - {id: p4, name: P4, engine: llama.cpp, device_class: t-wide, layer_us: 99, host_us: 5, "
    "as_of: 2026,\n     source: s, grade: measured}\n"
    "  - {id: p5, name: P5, engine: llama.cpp, backend: cuda, device_class: t-card, samples: 31, "
    "as_of: 2026,\n     source: s, grade: measured}\n";

static void the_narrowest_known_value_wins(void **state)
{
    (void)state;
    /* A circle of 'like' is refused by the checks, so it is cut before. */
    char text[sizeof profiles];
    memcpy(text, profiles, sizeof text);
    assert_int_equal(llmp_catalog_overlay(catalog, text, strlen(text), "p.yaml", &error),
                     LLMP_E_REFERENCE);
    assert_contains(error.message, "circle");
    memset(strstr(text, "like: p2, "), ' ', strlen("like: p2, "));
    assert_ok(llmp_catalog_overlay(catalog, text, strlen(text), "p.yaml", &error));

    const llmp_engine *engine =
        LLMP_ENGINE(llmp_catalog_get(catalog, LLMP_KIND_ENGINE, "llama.cpp"));
    const llmp_backend *cuda = NULL;
    for (size_t i = 0; i < engine->backend_count; i++) {
        cuda = strcmp(engine->backends[i].id, "cuda") == 0 ? &engine->backends[i] : cuda;
    }
    const llmp_device *card = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "t-card"));
    llmp_profile p;
    llmp_grade grade = LLMP_GRADE_EXACT;
    assert_ok(llmp_profile_resolve(catalog, engine, cuda, card, &p, &grade, &error));
    assert_string_equal(p.head.id, "p5");                /* the device's own names it */
    assert_int_equal(p.samples, 31);                     /* p5: the device */
    assert_close(p.weight_bandwidth_ratio, 0.83, 1e-12); /* p2: the narrow class */
    assert_close(p.kv_bandwidth_ratio, 0.77, 1e-12);     /* p3: like, before a wider class */
    assert_close(p.layer_s, 17e-6, 1e-12);               /* p1: the wide class, this backend */
    assert_close(p.host_s, 5e-6, 1e-12);                 /* p4: the wide class, any backend */
    assert_true(LLMP_HAS_PROFILE(&p, norm_p));
    assert_false(LLMP_HAS_PROFILE(&p, sigma_decode));
    assert_int_equal(grade, LLMP_GRADE_MEASURED);

    assert_ok(llmp_catalog_set(catalog, "profile.p4.grade=estimate", NULL, &error));
    assert_ok(llmp_profile_resolve(catalog, engine, cuda, card, &p, &grade, &error));
    assert_int_equal(grade, LLMP_GRADE_ESTIMATE);

    const llmp_device *alone = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "t-island"));
    p.samples = 4242;
    assert_int_equal(llmp_profile_resolve(catalog, engine, cuda, alone, &p, &grade, &error),
                     LLMP_E_NO_DATA);
    assert_int_equal(p.samples, 4242);
}

static void missing_facts_come_from_the_like(void **state)
{
    (void)state;
    llmp_device d;
    const llmp_device *like2 = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "t-like2"));
    size_t filled = llmp_device_fill(catalog, like2, &d);
    assert_int_equal(filled, 3); /* tdp_w, pcie_generation, pcie_lanes, over two hops */
    assert_close(d.tdp_w, 311, 0);
    assert_int_equal(d.pcie_lanes, 8);
    assert_close(d.memory_bandwidth_bytes_per_s, 333e9, 1e-12);
    assert_true(d.memory_bytes == 6 * LLMP_GIB);
    assert_string_equal(d.head.id, "t-like2");
    assert_null(d.form); /* identity stays its own */
    assert_false(LLMP_HAS_DEVICE(like2, tdp_w));
    assert_true(LLMP_HAS_DEVICE(&d, tdp_w));
    const llmp_device *card = LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "t-card"));
    assert_int_equal(llmp_device_fill(catalog, card, &d), 0);
}

/* Every rig and device of the built-in catalog is a machine. */
static void every_built_in_machine_resolves(void **state)
{
    (void)state;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_DEVICE); i++) {
        const llmp_record *r = llmp_catalog_at(catalog, LLMP_KIND_DEVICE, i);
        assert_string_equal(one(r->id)->devices[0]->head.id, r->id);
    }
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_RIG); i++) {
        const llmp_record *r = llmp_catalog_at(catalog, LLMP_KIND_RIG, i);
        if (LLMP_RIG(r)->device_count == 0) {
            refused(r->id, LLMP_E_IMPOSSIBLE, "no device to run a model on");
            continue;
        }
        const llmp_machine *m = one(r->id);
        if (m->rig != NULL) { /* a device of that id comes first */
            assert_ptr_equal(&m->rig->head, r);
            assert_int_equal(m->device_count % m->machines, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_card, setup, teardown),
        cmocka_unit_test_setup_teardown(counts_in_every_spelling, setup, teardown),
        cmocka_unit_test_setup_teardown(links_between_cards, setup, teardown),
        cmocka_unit_test_setup_teardown(computers_form_clusters, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_expressions, setup, teardown),
        cmocka_unit_test_setup_teardown(processors_bring_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(rigs_bring_a_host, setup, teardown),
        cmocka_unit_test_setup_teardown(clusters_of_rigs, setup, teardown),
        cmocka_unit_test_setup_teardown(separate_machines, setup, teardown),
        cmocka_unit_test_setup_teardown(the_narrowest_known_value_wins, setup, teardown),
        cmocka_unit_test_setup_teardown(missing_facts_come_from_the_like, setup, teardown),
        cmocka_unit_test_setup_teardown(every_built_in_machine_resolves, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
