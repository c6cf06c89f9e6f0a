/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captures of machines: tests/detect/README.md says where each figure comes from. */
#include "t.h"

#include "calibrate/capture.h"

#include <llmplan/detect.h>
#include <llmplan/import.h>
#include <math.h>
#include <string.h>

static llmp_catalog *catalog;
static llmp_detected machine;
static llmp_error error;

static int setup(void **state)
{
    (void)state;
    return llmp_catalog_create(&catalog, NULL) == LLMP_OK ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    llmp_catalog_destroy(&catalog);
    return 0;
}

static void detect_text(const char *text)
{
    llmp_capture *capture = NULL;
    assert_int_equal(llmp_capture_parse(text, strlen(text), "test", &capture, &error), LLMP_OK);
    machine = (llmp_detected)LLMP_DETECTED_INIT;
    assert_int_equal(llmp_detect(catalog, capture, &machine, &error), LLMP_OK);
    llmp_capture_destroy(&capture);
}

static void detect_file(const char *name)
{
    char path[512];
    static char text[65536];
    (void)snprintf(path, sizeof path, "%s/detect/%s.capture", TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    detect_text(text);
}

static const char *id(const llmp_device *device)
{
    return device == NULL ? "" : device->head.id;
}

/* --- machines --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *computer;
    const char *chip;
    size_t gpus;
    const char *first; /* of the matched GPUs */
    size_t matched;
    uint32_t cores;
    double bandwidth_gb_s; /* 0: unknown */
} machines[] = {
    /* 8 channels x 8 B x 4800 MT/s = 307.2 GB/s */
    {"threadripper-2x-rtx-4090", "", "", 2, "rtx-4090", 2, 32, 307.2},
    /* 2 x 8 B x 6400 MT/s = 102.4 */
    {"laptop-rtx-5090", "", "", 2, "rtx-5090-laptop", 1, 24, 102.4},
    /* 8 x 4 B x 8000 MT/s = 256 */
    {"strix-halo-evo-x2", "gmktec-evo-x2-128", "", 1, "gmktec-evo-x2-128", 1, 16, 256},
    {"strix-halo-96-gib-aside", "strix-halo-395-128", "", 1, "strix-halo-395-128", 1, 16, 256},
    {"dgx-spark", "dgx-spark-gb10", "", 1, "dgx-spark-gb10", 1, 20, 0},
    {"dgx-h100", "", "", 8, "h100-sxm", 8, 112, 0},
    {"dgx-h100-container", "", "", 8, "h100-sxm", 2, 112, 0},
    {"8x-mi300x", "", "", 8, "mi300x", 8, 192, 0},
    {"mac-studio-m3-ultra", "mac-studio-m3ultra-512", "", 0, "", 0, 32, 0},
    /* 4 B x 4267 MT/s = 17.07 */
    {"raspberry-pi-5", "", "", 0, "", 0, 4, 17.1},
    {"vm-hidden-cpu", "", "", 0, "", 0, 4, 0},
    /* modules unread: two channels at the official 5200 MT/s = 83.2 */
    {"desktop-rx-7900-xtx", "", "", 2, "rx-7900-xtx", 1, 16, 83.2},
    {"desktop-rx-7900-xtx-root", "", "", 2, "rx-7900-xtx", 1, 16, 96},
    {"desktop-arc-b580", "", "", 1, "arc-b580", 1, 24, 89.6},
    {"jetson-agx-orin", "jetson-agx-orin-64", "", 0, "", 0, 12, 0},
    {"desktop-rtx-5060-ti-no-driver", "", "", 1, "", 0, 16, 89.6},
};

static void test_machines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++) {
        const char *first = "";
        size_t matched = 0;
        print_message("# %s\n", machines[i].name);
        detect_file(machines[i].name);
        for (size_t j = 0; j < machine.gpu_count; j++) {
            const llmp_detected_gpu *gpu = &machine.gpus[j];
            if (gpu->match != NULL && gpu->visible) {
                first = matched++ == 0 ? id(gpu->match) : first;
            }
        }
        assert_string_equal(id(machine.computer), machines[i].computer);
        assert_string_equal(id(machine.chip), machines[i].chip);
        assert_int_equal(machine.gpu_count, machines[i].gpus);
        assert_string_equal(first, machines[i].first);
        assert_int_equal(matched, machines[i].matched);
        assert_int_equal(machine.cpu.cores, machines[i].cores);
        assert_true(fabs(machine.memory.bandwidth_bytes_per_s / 1e9 - machines[i].bandwidth_gb_s) <
                    0.01);
    }
}

static void test_details(void **state)
{
    (void)state;
    detect_file("threadripper-2x-rtx-4090");
    assert_string_equal(machine.device_id, "this-amd-ryzen-threadripper-pro-7975wx-32c");
    assert_string_equal(id(machine.cpu.alike), "tr-pro-7995wx"); /* family 25, model 24 */
    assert_false(machine.cpu.alike_is_same);
    assert_int_equal(machine.memory.channels, 8);
    assert_int_equal(machine.cpu.caches[2].bytes, 32 << 20);
    assert_int_equal(machine.cpu.caches[2].count, 4);
    /* 2 x 10501 MHz x 384 bit / 8 = 1008.096 GB/s, as the card's data sheet has it */
    assert_true(fabs(machine.gpus[0].bandwidth_bytes_per_s - 1008.096e9) < 1e6);
    detect_file("dgx-h100");
    /* 2 x 2619 MHz x 5120 bit / 8 = 3352.3 GB/s */
    assert_true(fabs(machine.gpus[0].bandwidth_bytes_per_s - 3352.32e9) < 1e6);
    assert_true(machine.cpu.isa >> LLMP_ISA_AMX_INT8 & 1);
    assert_int_equal(machine.cpu.packages, 2);
    detect_file("raspberry-pi-5");
    assert_true(machine.cpu.isa >> LLMP_ISA_NEON_DOTPROD & 1);
    assert_false(machine.cpu.isa >> LLMP_ISA_NEON_I8MM & 1);
    assert_string_equal(machine.device_id, "this-raspberry-pi-5-4c");
    assert_int_equal(machine.note_count, 0);
    detect_file("dgx-spark");
    assert_true(machine.cpu.isa >> LLMP_ISA_SVE2 & 1);
    detect_file("vm-hidden-cpu");
    assert_true(machine.cpu.virtual_machine);
    assert_int_equal(machine.cpu.isa, 0);
    assert_true(machine.cpu.isa_known);
    assert_int_equal(machine.note_count, 2);
}

static void test_limits(void **state)
{
    (void)state;
    detect_file("dgx-h100-container");
    assert_true(machine.limits.container);
    assert_int_equal(machine.limits.memory_bytes, UINT64_C(128) << 30);
    assert_int_equal(machine.limits.threads, 112); /* 0-55,112-167 */
    assert_true(fabs(machine.limits.usable_cpu_count - 6) < 1e-9);
    assert_string_equal(machine.device_id, "this-intel-xeon-platinum-8480c-6-of-112c");
}

/* --- matching --------------------------------------------------------------------------------- */

#define CPU "=== /proc/cpuinfo\nprocessor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: "

static void test_names(void **state)
{
    (void)state;
    /* a longer name is another processor */
    detect_text("llmplan capture 1\n" CPU "AMD Ryzen 9 9950X3D 16-Core Processor\n");
    assert_null(machine.cpu.alike);
    detect_text("llmplan capture 1\n" CPU "AMD Ryzen 9 9950X 16-Core Processor\n");
    assert_string_equal(id(machine.cpu.alike), "ryzen-9950x-ddr5-5600");
    assert_null(machine.cpu.match);
    assert_string_equal(machine.device_id, "this-amd-ryzen-9-9950x-1c");
    /* Apple M4 Max is not Apple M4 */
    detect_text("llmplan capture 1\n=== ioreg\ngpu cores=40\n=== sysctl\nhw.model: Mac16,5\n"
                "machdep.cpu.brand_string: Apple M4 Max\nhw.memsize: 51539607552\n"
                "hw.physicalcpu: 16\nhw.logicalcpu: 16\n");
    assert_null(machine.computer);
    assert_string_equal(id(machine.chip), "apple-m4-max-40");
    assert_int_equal(machine.chip_memory_bytes, UINT64_C(48) << 30);
    assert_string_equal(machine.device_id, "this-apple-m4-max-16c");
}

static void gpu_text(char *out, size_t size, const char *pci_id, const char *revision,
                     const char *memory_mib)
{
    (void)snprintf(out, size,
                   "llmplan capture 1\n=== /proc/meminfo\nMemTotal: 66000000 kB\n"
                   "=== /sys/bus/pci/devices/0000:03:00.0/class\n0x030000\n"
                   "=== /sys/bus/pci/devices/0000:03:00.0/device\n0x%s\n"
                   "=== /sys/bus/pci/devices/0000:03:00.0/mem_info_vram_total\n%s\n"
                   "=== /sys/bus/pci/devices/0000:03:00.0/revision\n0x%s\n"
                   "=== /sys/bus/pci/devices/0000:03:00.0/vendor\n0x1002\n",
                   pci_id, memory_mib, revision);
}

static void test_gpu_identity(void **state)
{
    char text[1024];
    (void)state;
    /* Navi 31: the revision tells XTX (c8) from XT (cc), the memory must agree */
    gpu_text(text, sizeof text, "744c", "c8", "25753026560"); /* 24560 MiB */
    detect_text(text);
    assert_string_equal(id(machine.gpus[0].match), "rx-7900-xtx");
    gpu_text(text, sizeof text, "744c", "cc", "21458059264"); /* 20464 MiB */
    detect_text(text);
    assert_string_equal(id(machine.gpus[0].match), "rx-7900-xt");
    gpu_text(text, sizeof text, "744c", "cc", "25753026560");
    detect_text(text);
    assert_null(machine.gpus[0].match);
    assert_non_null(strstr(machine.gpus[0].why, "rx-7900-xt"));
    /* RX 9070 (c3) has the id and memory of the XT (c0) and is another card */
    gpu_text(text, sizeof text, "7550", "c3", "17095983104");
    detect_text(text);
    assert_null(machine.gpus[0].match);
    assert_non_null(strstr(machine.gpus[0].why, "1002:7550, revision c3"));
    gpu_text(text, sizeof text, "7550", "c0", "17095983104");
    detect_text(text);
    assert_string_equal(id(machine.gpus[0].match), "rx-9070-xt");
}

/* --- records ---------------------------------------------------------------------------------- */

static void test_install(void **state)
{
    (void)state;
    llmp_machine machines_out[LLMP_MACHINES_MAX];
    size_t count = 0;
    detect_file("threadripper-2x-rtx-4090-300w");
    assert_int_equal(llmp_detected_install(&machine, 0, catalog, &error), LLMP_OK);
    assert_int_equal(llmp_machine_parse(catalog, "this", machines_out, &count, NULL, &error),
                     LLMP_OK);
    const llmp_machine *m = &machines_out[0];
    assert_int_equal(m->device_count, 2);
    assert_string_equal(m->devices[1]->head.id, "rtx-4090");
    assert_int_equal(m->host_memory_bytes, UINT64_C(527917436) << 10);
    assert_true(fabs(m->host_bandwidth_bytes_per_s - 307.2e9) < 1e3);
    assert_true(fabs(m->rig->devices[0].power_limit_w - 300) < 1e-9);
    /* 7.68 TFLOP/s of 96 cores: 32 have a third */
    assert_true(fabs(m->host_cpu->fp32_flop_per_s - 2.56e12) < 1e6);
    assert_int_equal(llmp_detected_install(&machine, 0, catalog, &error), LLMP_E_ARGUMENT);
}

static void test_bandwidth_order(void **state)
{
    (void)state;
    char *text = NULL;
    detect_file("vm-hidden-cpu");
    assert_int_equal(llmp_detected_records(&machine, 0, catalog, &text, &error), LLMP_E_NO_DATA);
    assert_null(text);
    assert_string_equal(error.field, "memory_bandwidth_gb_s");
    assert_int_equal(llmp_detected_records(&machine, 31.5e9, catalog, &text, &error), LLMP_OK);
    assert_non_null(strstr(text, "memory_bandwidth_gb_s: 31.5\n"));
    llmp_text_free(text);
    /* what a calibration states under the id of the processor is kept */
    static const char calibrated[] =
        "devices:\n  - {id: this-qemu-virtual-version-2-5-4c, name: measured, vendor: other, kind: "
        "cpu, classes: [cpu], memory_bandwidth_gb_s: 27.25, as_of: 2026-02, source: test, grade: "
        "measured}\n";
    assert_int_equal(llmp_catalog_overlay(catalog, calibrated, sizeof calibrated - 1, "t", &error),
                     LLMP_OK);
    assert_int_equal(llmp_detected_install(&machine, 31.5e9, catalog, &error), LLMP_OK);
    const llmp_device *cpu =
        LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, machine.device_id));
    assert_true(fabs(cpu->memory_bandwidth_bytes_per_s - 27.25e9) < 1);
    assert_string_equal(cpu->head.name, "measured");
    assert_int_equal(cpu->cpu_cores, 4);
}

/* A chip with less memory than the record's: its own device, like the chip. */
static void test_chip(void **state)
{
    (void)state;
    detect_text("llmplan capture 1\n=== ioreg\ngpu cores=10\n=== sysctl\nhw.model: Mac16,1\n"
                "machdep.cpu.brand_string: Apple M4\nhw.memsize: 25769803776\n"
                "hw.physicalcpu: 10\nhw.logicalcpu: 10\n");
    assert_int_equal(llmp_detected_install(&machine, 0, catalog, &error), LLMP_OK);
    const llmp_device *d =
        LLMP_DEVICE(llmp_catalog_get(catalog, LLMP_KIND_DEVICE, "this-apple-m4-10c"));
    assert_non_null(d);
    assert_string_equal(d->like, "apple-m4");
    assert_int_equal(d->memory_bytes, UINT64_C(24) << 30);
    /* Metal's working set is two thirds of memory below 36 GB */
    assert_true(fabs(d->usable_memory_ratio - 0.667) < 1e-9);
}

/* --- text ------------------------------------------------------------------------------------- */

static void test_round_trip(void **state)
{
    (void)state;
    static const char text[] = "llmplan capture 1\n=== a/b\none\n=== c\ntwo\nthree\n";
    llmp_capture *capture = NULL;
    char *again = NULL;
    assert_int_equal(llmp_capture_parse(text, sizeof text - 1, NULL, &capture, &error), LLMP_OK);
    assert_int_equal(llmp_capture_text(capture, &again, &error), LLMP_OK);
    assert_string_equal(again, text);
    llmp_text_free(again);
    llmp_capture_destroy(&capture);
    assert_null(capture);
}

static void refuse(const char *text, llmp_status status, uint32_t line)
{
    llmp_capture *capture = NULL;
    assert_int_equal(llmp_capture_parse(text, strlen(text), "f", &capture, &error), status);
    assert_null(capture);
    assert_int_equal(error.line, line);
    assert_string_equal(error.where, "f");
}

static void test_refused(void **state)
{
    (void)state;
    refuse("", LLMP_E_SYNTAX, 1);
    refuse("MemTotal: 1 kB\n", LLMP_E_SYNTAX, 1);
    refuse("llmplan capture 2\n", LLMP_E_UNSUPPORTED, 1);
    refuse("llmplan capture 1\nloose\n", LLMP_E_SYNTAX, 2);
    refuse("llmplan capture 1\n=== a\nx\n=== ../b\n", LLMP_E_SYNTAX, 4);
    refuse("llmplan capture 1\n=== a\nx\n=== a\n", LLMP_E_DUPLICATE, 0);
    llmp_capture *capture = NULL;
    static const char nothing[] = "llmplan capture 1\n=== /proc/uptime\n1\n";
    assert_int_equal(llmp_capture_parse(nothing, sizeof nothing - 1, "f", &capture, &error),
                     LLMP_OK);
    machine = (llmp_detected)LLMP_DETECTED_INIT;
    assert_int_equal(llmp_detect(catalog, capture, &machine, &error), LLMP_E_NO_DATA);
    llmp_capture_destroy(&capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_machines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_details, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gpu_identity, setup, teardown),
        cmocka_unit_test_setup_teardown(test_install, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bandwidth_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
