/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processor: its name, instruction sets, cores and caches. */
#include "base/number.h"
#include "calibrate/detect_private.h"

#include <stdio.h>
#include <string.h>

static const char *const isa_names[LLMP_ISA_COUNT] = {
    "AVX2",         "FMA",       "F16C",     "AVX-VNNI", "AVX-512", "AVX-512 VNNI", "AVX-512 BF16",
    "AVX-512 FP16", "AMX INT8",  "AMX BF16", "AMX FP16", "NEON",    "NEON FP16",    "NEON dotprod",
    "NEON i8mm",    "NEON BF16", "SVE",      "SVE2",     "SME"};

const char *llmp_isa_name(llmp_isa isa)
{
    return (unsigned)isa < LLMP_ISA_COUNT ? isa_names[isa] : NULL;
}

/* Words of Linux's flags (x86) and Features (Arm), and of sysctl on macOS. */
static const struct {
    llmp_isa isa;
    const char *x86;
    const char *arm;
    const char *sysctl_word; /* machdep.cpu.features, in capitals */
    const char *sysctl_key;  /* a number that is 1 */
} isa_words[] = {
    {LLMP_ISA_AVX2, "avx2", NULL, "AVX2", NULL},
    {LLMP_ISA_FMA, "fma", NULL, "FMA", NULL},
    {LLMP_ISA_F16C, "f16c", NULL, "F16C", NULL},
    {LLMP_ISA_AVX_VNNI, "avx_vnni", NULL, NULL, NULL},
    {LLMP_ISA_AVX512F, "avx512f", NULL, "AVX512F", NULL},
    {LLMP_ISA_AVX512_VNNI, "avx512_vnni", NULL, "AVX512VNNI", NULL},
    {LLMP_ISA_AVX512_BF16, "avx512_bf16", NULL, NULL, NULL},
    {LLMP_ISA_AVX512_FP16, "avx512_fp16", NULL, NULL, NULL},
    {LLMP_ISA_AMX_INT8, "amx_int8", NULL, NULL, NULL},
    {LLMP_ISA_AMX_BF16, "amx_bf16", NULL, NULL, NULL},
    {LLMP_ISA_AMX_FP16, "amx_fp16", NULL, NULL, NULL},
    {LLMP_ISA_NEON, NULL, "asimd", NULL, "hw.optional.arm64"},
    {LLMP_ISA_NEON_FP16, NULL, "asimdhp", NULL, "hw.optional.arm.FEAT_FP16"},
    {LLMP_ISA_NEON_DOTPROD, NULL, "asimddp", NULL, "hw.optional.arm.FEAT_DotProd"},
    {LLMP_ISA_NEON_I8MM, NULL, "i8mm", NULL, "hw.optional.arm.FEAT_I8MM"},
    {LLMP_ISA_NEON_BF16, NULL, "bf16", NULL, "hw.optional.arm.FEAT_BF16"},
    {LLMP_ISA_SVE, NULL, "sve", NULL, NULL},
    {LLMP_ISA_SVE2, NULL, "sve2", NULL, NULL},
    {LLMP_ISA_SME, NULL, "sme", NULL, "hw.optional.arm.FEAT_SME"},
};

/* --- "key : value" ---------------------------------------------------------------------------- */

void llmp__copy_text(char *out, size_t out_size, const char *text)
{
    (void)snprintf(out, out_size, "%s", text);
}

/* The value's place and length; NULL when there is none. */
static const char *value_of(const char *text, const char *key, size_t *out_length)
{
    size_t size = strlen(key);
    for (const char *line = text; line != NULL && *line != '\0';) {
        const char *after = line + size;
        if (strncmp(line, key, size) == 0) {
            after += strspn(after, " \t");
            if (*after == ':') {
                after += 1 + strspn(after + 1, " \t");
                *out_length = strcspn(after, "\n");
                return after;
            }
        }
        line = strchr(line, '\n');
        line = line == NULL ? NULL : line + 1;
    }
    return NULL;
}

bool llmp__colon_value(const char *text, const char *key, char *out, size_t out_size)
{
    size_t length;
    const char *value = text == NULL ? NULL : value_of(text, key, &length);
    if (value == NULL || length == 0 || length >= out_size) {
        return false;
    }
    memcpy(out, value, length);
    out[length] = '\0';
    return true;
}

bool llmp__colon_whole(const char *text, const char *key, uint64_t *out)
{
    char value[32];
    return llmp__colon_value(text, key, value, sizeof value) &&
           llmp__whole_parse(value, strcspn(value, " "), out);
}

/* A word among blanks in the value of a key. */
static bool has_word(const char *text, const char *key, const char *word)
{
    size_t length;
    size_t size = word == NULL ? 0 : strlen(word);
    const char *at = text == NULL || word == NULL ? NULL : value_of(text, key, &length);
    const char *end = at == NULL ? NULL : at + length;
    while (at != NULL && at < end) {
        size_t one = strcspn(at, " \n");
        if (one == size && strncmp(at, word, size) == 0) {
            return true;
        }
        at += one + 1;
    }
    return false;
}

/* --- parts ------------------------------------------------------------------------------------ */

static void read_isa(const char *cpuinfo, const char *sysctl, llmp_detected_cpu *cpu)
{
    size_t length;
    cpu->isa_known =
        sysctl != NULL || (cpuinfo != NULL && (value_of(cpuinfo, "flags", &length) ||
                                               value_of(cpuinfo, "Features", &length)));
    for (size_t i = 0; i < sizeof isa_words / sizeof *isa_words; i++) {
        uint64_t one = 0;
        const char *word = isa_words[i].sysctl_word;
        bool there = has_word(cpuinfo, "flags", isa_words[i].x86) ||
                     has_word(cpuinfo, "Features", isa_words[i].arm) ||
                     has_word(sysctl, "machdep.cpu.features", word) ||
                     has_word(sysctl, "machdep.cpu.leaf7_features", word) ||
                     (isa_words[i].sysctl_key != NULL &&
                      llmp__colon_whole(sysctl, isa_words[i].sysctl_key, &one) && one == 1);
        cpu->isa |= (uint32_t)there << isa_words[i].isa;
    }
}

/* Arm's kernel tells numbers, not names. */
static void read_identity(const char *cpuinfo, llmp_detected_cpu *cpu)
{
    char maker[16];
    char family[8];
    char model[8];
    if (llmp__colon_value(cpuinfo, "vendor_id", maker, sizeof maker) &&
        llmp__colon_value(cpuinfo, "cpu family", family, sizeof family) &&
        llmp__colon_value(cpuinfo, "model", model, sizeof model)) {
        (void)snprintf(cpu->identity, sizeof cpu->identity, "%s-%s-%s", maker, family, model);
    } else if (llmp__colon_value(cpuinfo, "CPU implementer", maker, sizeof maker) &&
               llmp__colon_value(cpuinfo, "CPU part", model, sizeof model)) {
        (void)snprintf(cpu->identity, sizeof cpu->identity, "arm-%s-%s", maker, model);
    }
}

static uint32_t count_lines(const char *text, const char *key)
{
    uint32_t count = 0;
    size_t length;
    for (const char *at = text; at != NULL && (at = value_of(at, key, &length)) != NULL;
         at += length) {
        count++;
    }
    return count;
}

static void read_topology(const char *topology, llmp_detected_cpu *cpu)
{
    const char *line = NULL;
    if (!llmp__fact_next(topology, "machine", &line)) {
        return;
    }
    cpu->packages = llmp__fact_u32(line, "packages");
    cpu->cores = llmp__fact_u32(line, "cores");
    cpu->threads = llmp__fact_u32(line, "threads");
    cpu->numa_nodes = llmp__fact_u32(line, "numa_nodes");
    for (line = NULL; llmp__fact_next(topology, "cache", &line);) {
        uint32_t level = llmp__fact_u32(line, "level");
        uint64_t bytes = 0;
        if (level >= 1 && level <= LLMP_DETECTED_CACHES_MAX &&
            llmp__fact_whole(line, "bytes", &bytes)) {
            cpu->caches[level - 1].bytes = bytes;
            cpu->caches[level - 1].count = llmp__fact_u32(line, "count");
        }
    }
}

static uint32_t as_u32(uint64_t value)
{
    return value > UINT32_MAX ? 0 : (uint32_t)value;
}

/* What hwloc would have told, where it could not be asked. */
static void count_by_files(const char *cpuinfo, llmp_detected_cpu *cpu)
{
    uint64_t cores = 0;
    uint64_t siblings = 0;
    cpu->threads = count_lines(cpuinfo, "processor");
    if (llmp__colon_whole(cpuinfo, "cpu cores", &cores) && cores > 0 &&
        llmp__colon_whole(cpuinfo, "siblings", &siblings) && siblings >= cores) {
        uint64_t packages = (cpu->threads + siblings - 1) / siblings;
        cpu->packages = as_u32(packages);
        cpu->cores = as_u32(cores * packages);
    } else if (strncmp(cpu->identity, "arm-", 4) == 0) {
        cpu->cores = cpu->threads;
    }
}

static void count_by_sysctl(const char *sysctl, llmp_detected_cpu *cpu)
{
    uint64_t value;
    if (cpu->cores == 0 && llmp__colon_whole(sysctl, "hw.physicalcpu", &value)) {
        cpu->cores = as_u32(value);
    }
    if (cpu->threads == 0 && llmp__colon_whole(sysctl, "hw.logicalcpu", &value)) {
        cpu->threads = as_u32(value);
    }
    if (cpu->packages == 0 && llmp__colon_whole(sysctl, "hw.packages", &value)) {
        cpu->packages = as_u32(value);
    }
}

/* Arm has no flag for it; firmware tells. */
static bool made_by_hypervisor(const llmp_capture *capture)
{
    static const char *const makers[] = {"QEMU", "VMware", "innotek", "Xen", "Parallels", "KVM"};
    char maker[64];
    if (!llmp__capture_line(capture, "/sys/class/dmi/id", "sys_vendor", maker, sizeof maker)) {
        return false;
    }
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        if (strncmp(maker, makers[i], strlen(makers[i])) == 0) {
            return true;
        }
    }
    return false;
}

void llmp__detect_cpu(const llmp_capture *capture, llmp_detected *out)
{
    llmp_detected_cpu *cpu = &out->cpu;
    const char *cpuinfo = llmp__capture_get(capture, "/proc/cpuinfo");
    const char *sysctl = llmp__capture_get(capture, "sysctl");
    const char *topology = llmp__capture_get(capture, "topology");
    uint64_t value = 0;
    if (!llmp__colon_value(cpuinfo, "model name", cpu->name, sizeof cpu->name)) {
        (void)llmp__colon_value(sysctl, "machdep.cpu.brand_string", cpu->name, sizeof cpu->name);
    }
    if (cpuinfo != NULL) {
        read_identity(cpuinfo, cpu);
    }
    read_isa(cpuinfo, sysctl, cpu);
    if (topology != NULL) {
        read_topology(topology, cpu);
    } else if (cpuinfo != NULL) {
        count_by_files(cpuinfo, cpu);
    }
    count_by_sysctl(sysctl, cpu);
    if (llmp__capture_whole(capture, "/sys/devices/system/cpu/cpu0/cpufreq", "cpuinfo_max_freq",
                            &value)) {
        cpu->max_mhz = as_u32(value / 1000);
    }
    cpu->virtual_machine = has_word(cpuinfo, "flags", "hypervisor") ||
                           made_by_hypervisor(capture) ||
                           (llmp__colon_whole(sysctl, "kern.hv_vmm_present", &value) && value == 1);
}
