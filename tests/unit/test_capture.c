/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a capture takes from a system: a tree of files, SMBIOS tables, a topology of hwloc. */
#define _XOPEN_SOURCE 700 /* mkdtemp, nftw */
#include "t.h"

#include "calibrate/capture.h"

#include <errno.h>
#include <ftw.h>
#include <llmplan/detect.h>
#include <llmplan/import.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];
static llmp_error error;

static int setup(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof root, "capture-test-XXXXXX");
    return mkdtemp(root) == NULL;
}

static int drop(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    return nftw(root, drop, 16, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *path, const char *text)
{
    char full[512];
    (void)snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        assert_true(mkdir(full, 0700) == 0 || errno == EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(full, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static char *captured(void)
{
    llmp_capture *capture = NULL;
    char *text = NULL;
    assert_ok(llmp_capture_system(root, &capture, &error));
    assert_ok(llmp_capture_text(capture, &text, &error));
    llmp_capture_destroy(&capture);
    return text;
}

static const char *section(const char *name, llmp_capture **out)
{
    assert_ok(llmp_capture_system(root, out, &error));
    const char *text = llmp__capture_get(*out, name);
    return text == NULL ? "" : text;
}

/* --- control groups --------------------------------------------------------------------------- */

static void test_cgroup_v2(void **state)
{
    (void)state;
    llmp_capture *capture = NULL;
    /* the tightest on the way up: 1.5 of 2.5 processors, 4 GiB under 8 GiB */
    put("/proc/self/cgroup", "0::/user.slice/user-1000.slice/job.scope\n");
    put("/sys/fs/cgroup/user.slice/cpu.max", "150000 100000\n");
    put("/sys/fs/cgroup/user.slice/memory.max", "max\n");
    put("/sys/fs/cgroup/user.slice/user-1000.slice/memory.max", "4294967296\n");
    put("/sys/fs/cgroup/user.slice/user-1000.slice/job.scope/memory.max", "8589934592\n");
    put("/sys/fs/cgroup/user.slice/user-1000.slice/job.scope/cpu.max", "250000 100000\n");
    assert_string_equal(section("cgroup", &capture), "cpu quota_us=150000 period_us=100000\n"
                                                     "memory limit_bytes=4294967296\n");
    llmp_capture_destroy(&capture);
    char *text = captured();
    assert_null(strstr(text, "user-1000")); /* whose it is stays out */
    llmp_text_free(text);
}

static void test_cgroup_v1(void **state)
{
    (void)state;
    llmp_capture *capture = NULL;
    /* a container of version 1: the path is the host's, the mount the container's own group */
    put("/proc/self/cgroup", "11:memory:/docker/5f2a\n4:cpu,cpuacct:/docker/5f2a\n0::/\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "17179869184\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "600000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    assert_string_equal(section("cgroup", &capture), "cpu quota_us=600000 period_us=100000\n"
                                                     "memory limit_bytes=17179869184\n");
    llmp_capture_destroy(&capture);
}

static void test_cgroup_no_limit(void **state)
{
    (void)state;
    llmp_capture *capture = NULL;
    put("/proc/self/cgroup", "11:memory:/\n4:cpu:/\n0::/\n");
    put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/cpu.max", "max 100000\n");
    assert_string_equal(section("cgroup", &capture), "");
    llmp_capture_destroy(&capture);
}

/* --- files ------------------------------------------------------------------------------------ */

static void test_privacy(void **state)
{
    (void)state;
    put("/proc/cpuinfo", "processor\t: 0\nCPU part\t: 0xd0b\n\nSerial\t\t: 48343bbbe3ae743b\n"
                         "Model\t\t: Raspberry Pi 5 Model B Rev 1.0\n");
    put("/proc/sys/kernel/hostname", "secret-host\n");
    put("/sys/class/dmi/id/product_serial", "secret-serial\n");
    put("/sys/class/dmi/id/product_uuid", "secret-uuid\n");
    put("/sys/class/dmi/id/board_asset_tag", "secret-tag\n");
    put("/sys/class/dmi/id/product_name", "NucBox_EVO-X2\n");
    put("/sys/bus/pci/devices/0000:03:00.0/class", "0x030000\n");
    put("/sys/bus/pci/devices/0000:03:00.0/vendor", "0x1002\n");
    put("/sys/bus/pci/devices/0000:03:00.0/device", "0x744c\n");
    put("/sys/bus/pci/devices/0000:03:00.0/unique_id", "secret-gpu\n");
    put("/sys/bus/pci/devices/0000:03:00.0/serial_number", "secret-gpu\n");
    put("/sys/bus/pci/devices/0000:03:00.0/hwmon/hwmon7/power1_cap", "339000000\n");
    put("/sys/bus/pci/devices/0000:04:00.0/class", "0x020000\n");
    put("/sys/bus/pci/devices/0000:04:00.0/vendor", "0x8086\n");
    put("/sys/class/kfd/kfd/topology/nodes/1/properties",
        "simd_count 384\nvendor_id 4098\nunique_id 1234567\nlocation_id 768\n");
    char *text = captured();
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "48343bbbe3ae743b"));
    assert_null(strstr(text, "1234567"));
    assert_null(strstr(text, "0000:04:00.0")); /* a network card is none of ours */
    assert_contains(text, "=== /sys/bus/pci/devices/0000:03:00.0/power1_cap\n339000000\n");
    assert_contains(text, "Model\t\t: Raspberry Pi 5 Model B Rev 1.0\n");
    assert_contains(text, "simd_count 384\nvendor_id 4098\nlocation_id 768\n");
    llmp_text_free(text);
}

/* Blocks alike are told once, of two kinds each where it begins. */
static void test_cpuinfo(void **state)
{
    (void)state;
    llmp_capture *capture = NULL;
    put("/proc/cpuinfo", "processor\t: 0\nBogoMIPS\t: 2000.00\nCPU part\t: 0xd87\n\n"
                         "processor\t: 1\nBogoMIPS\t: 2000.00\nCPU part\t: 0xd87\n\n"
                         "processor\t: 2\nBogoMIPS\t: 2000.00\nCPU part\t: 0xd85\n\n");
    assert_string_equal(section("/proc/cpuinfo", &capture),
                        "processor\t: 0\nCPU part\t: 0xd87\n\nprocessor\t: 1\n\n"
                        "processor\t: 2\nCPU part\t: 0xd85\n\n");
    llmp_capture_destroy(&capture);
}

static void test_no_folder(void **state)
{
    (void)state;
    llmp_capture *capture = NULL;
    assert_int_equal(llmp_capture_system("no-such-folder", &capture, &error), LLMP_E_IO);
    assert_null(capture);
    assert_string_equal(error.where, "no-such-folder");
}

/* --- SMBIOS ----------------------------------------------------------------------------------- */

/* DSP0134 7.18: a module of 96 GiB (extended size), DDR5, 6400 MT/s rated and 5600 configured, and
 * an empty socket. 96 GiB = 98304 MiB = 0x00018000. The third text is a serial number. */
static const unsigned char modules[] = {
    17,   0x54, 1,    0,   0,    0,    0xFE, 0xFF, 72,  0,   64,  0,   0xFF, 0x7F, 9,    0,
    1,    2,    0x22, 0,   0,    0x00, 0x19, 0,    3,   0,   0,   0,   0x00, 0x80, 0x01, 0x00,
    0xE0, 0x15, 0,    0,   0,    0,    0,    0,    0,   0,   0,   0,   0,    0,    0,    0,
    0,    0,    0,    0,   0,    0,    0,    0,    0,   0,   0,   0,   0,    0,    0,    0,
    0,    0,    0,    0,   0,    0,    0,    0,    0,   0,   0,   0,   0,    0,    0,    0,
    0,    0,    0,    0,   'D',  'I',  'M',  'M',  ' ', '1', 0,   'P', '0',  ' ',  'C',  'H',
    'A',  'N',  'N',  'E', 'L',  ' ',  'A',  0,    'S', 'N', '4', '2', 0,    0,    17,   0x28,
    2,    0,    0,    0,   0xFE, 0xFF, 0,    0,    0,   0,   0,   0,   2,    0,    1,    0,
    2,    0,    0,    0,   0,    0,    0,    0,    0,   0,   0,   0,   0,    0,    0,    0,
    0,    0,    0,    0,   0,    0,    'B',  '2',  0,   0,   127, 4,   3,    0,    0,    0};

static void test_smbios(void **state)
{
    (void)state;
    llmp_capture *capture = llmp__capture_new();
    llmp__capture_smbios(capture, modules, sizeof modules);
    assert_ok(llmp__capture_seal(capture, &error));
    assert_string_equal(llmp__capture_get(capture, "smbios"),
                        "module bytes=103079215104 data_bits=64 type=DDR5 rated_mt_s=6400 "
                        "configured_mt_s=5600 locator=\"DIMM 1\" bank=\"P0 CHANNEL A\"\n");
    llmp_capture_destroy(&capture);
    for (size_t size = 0; size < sizeof modules; size++) { /* cut anywhere: no overrun */
        capture = llmp__capture_new();
        unsigned char *copy = malloc(size == 0 ? 1 : size);
        assert_non_null(copy);
        memcpy(copy, modules, size);
        llmp__capture_smbios(capture, copy, size);
        free(copy);
        llmp_capture_destroy(&capture);
    }
}

/* Modules to channels, as boards name them: bandwidth = width / 8 x MT/s over distinct channels. */
static void test_channels(void **state)
{
    static const struct {
        const char *modules;
        uint32_t channels; /* 0: cannot be told */
        uint32_t bus_bits;
    } cases[] = {
        {"module bytes=17179869184 data_bits=64 configured_mt_s=5600 locator=\"DIMM 0\" "
         "bank=\"P0 CHANNEL A\"\n"
         "module bytes=17179869184 data_bits=64 configured_mt_s=5600 locator=\"DIMM 1\" "
         "bank=\"P0 CHANNEL A\"\n"
         "module bytes=17179869184 data_bits=64 configured_mt_s=5600 locator=\"DIMM 0\" "
         "bank=\"P0 CHANNEL B\"\n",
         2, 128},
        {"module bytes=1073741824 data_bits=16 configured_mt_s=7500 "
         "locator=Controller0-ChannelA-DIMM0 bank=\"BANK 0\"\n"
         "module bytes=1073741824 data_bits=16 configured_mt_s=7500 "
         "locator=Controller1-ChannelA-DIMM0 bank=\"BANK 1\"\n",
         2, 32},
        {"module bytes=1073741824 data_bits=64 configured_mt_s=3200 locator=P1-DIMMA1 "
         "bank=P0_Node0_Channel0_Dimm0\n"
         "module bytes=1073741824 data_bits=64 configured_mt_s=3200 locator=P2-DIMMA1 "
         "bank=P1_Node0_Channel0_Dimm0\n",
         2, 128},
        {"module bytes=1073741824 data_bits=64 configured_mt_s=3200 locator=DIMM_A1 bank=x\n"
         "module bytes=1073741824 data_bits=64 configured_mt_s=3200 locator=DIMM_A2 bank=x\n"
         "module bytes=1073741824 data_bits=64 configured_mt_s=3200 locator=DIMM_B1 bank=x\n",
         2, 128},
        {"module bytes=1073741824 data_bits=64 configured_mt_s=3200 locator=\"Slot one\" bank=x\n",
         0, 0},
        {"module bytes=1073741824 data_bits=0 configured_mt_s=3200 locator=DIMM_A1 bank=x\n", 0, 0},
    };
    (void)state;
    llmp_catalog *catalog = NULL;
    assert_ok(llmp_catalog_create(&catalog, &error));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        llmp_capture *capture = NULL;
        llmp_detected machine = LLMP_DETECTED_INIT;
        (void)snprintf(text, sizeof text,
                       "llmplan capture 1\n=== /proc/meminfo\nMemTotal: 1 kB\n=== smbios\n%s",
                       cases[i].modules);
        assert_ok(llmp_capture_parse(text, strlen(text), "t", &capture, &error));
        assert_ok(llmp_detect(catalog, capture, &machine, &error));
        assert_int_equal(machine.memory.channels, cases[i].channels);
        assert_int_equal(machine.memory.bus_bits, cases[i].bus_bits);
        assert_close(machine.memory.bandwidth_bytes_per_s,
                     cases[i].bus_bits / 8.0 * machine.memory.mt_per_s * 1e6, 1e-12);
        llmp_capture_destroy(&capture);
    }
    llmp_catalog_destroy(&catalog);
}

/* --- hwloc ------------------------------------------------------------------------------------ */

/* Two packages of two level-3 caches of four cores with two threads, by lstopo. */
static void test_topology(void **state)
{
    (void)state;
    llmp_capture *capture = llmp__capture_new();
    llmp__capture_topology(capture, TEST_DATA "/detect/synthetic-2-packages.xml");
    assert_ok(llmp__capture_seal(capture, &error));
    const char *text = llmp__capture_get(capture, "topology");
    assert_non_null(text);
    assert_contains(text, "machine packages=2 cores=16 threads=32 numa_nodes=1 "
                          "allowed_threads=32\n");
    assert_contains(text, "cache level=3 bytes=16777216 count=4\n");
    llmp_capture_destroy(&capture);
}

/* This machine, whichever it is, can be looked at, and its text reads back. */
static void test_here(void **state)
{
    (void)state;
    llmp_capture *capture = NULL;
    llmp_capture *again = NULL;
    llmp_catalog *catalog = NULL;
    char *text = NULL;
    llmp_detected machine = LLMP_DETECTED_INIT;
    assert_ok(llmp_catalog_create(&catalog, &error));
    assert_ok(llmp_capture_system("/", &capture, &error));
    assert_ok(llmp_capture_text(capture, &text, &error));
    assert_ok(llmp_capture_parse(text, strlen(text), "here", &again, &error));
    assert_ok(llmp_detect(catalog, again, &machine, &error));
    assert_true(machine.cpu.threads > 0 && machine.memory.total_bytes > 0);
    llmp_text_free(text);
    llmp_capture_destroy(&capture);
    llmp_capture_destroy(&again);
    llmp_catalog_destroy(&catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cgroup_v2, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_v1, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cgroup_no_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_privacy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cpuinfo, setup, teardown),
        cmocka_unit_test(test_no_folder),
        cmocka_unit_test(test_smbios),
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_topology),
        cmocka_unit_test(test_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
