/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory, the modules it is made of, and what limits leave of the machine. */
#include "base/names.h"
#include "base/number.h"
#include "calibrate/detect_private.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS_MAX = 64, LOCATOR_SIZE = 64 };

/* --- channels --------------------------------------------------------------------------------- */

static void lower(char *text)
{
    for (; *text != '\0'; text++) {
        *text = (char)tolower((unsigned char)*text);
    }
}

/* "P0 CHANNEL A", "Controller0-ChannelB-DIMM0", "P1_Node0_Channel3_Dimm0": up to the channel. */
static bool cut_after_channel(char *text)
{
    char *at = strstr(text, "channel");
    if (at == NULL) {
        return false;
    }
    at += strlen("channel");
    at += strspn(at, " _-");
    size_t length = isdigit((unsigned char)*at) ? strspn(at, "0123456789")
                                                : (size_t)(isalpha((unsigned char)*at) != 0);
    at[length] = '\0';
    return length > 0;
}

/* "DIMM_A1", "P1-DIMMA1", "A1", "CPU0_DIMM_B2": a letter is the channel, a digit the place. */
static bool cut_after_letter(char *text)
{
    size_t length = strlen(text);
    size_t digits = 0;
    while (digits < length && isdigit((unsigned char)text[length - 1 - digits])) {
        digits++;
    }
    if (digits != 1 || length < 2 || !isalpha((unsigned char)text[length - 2])) {
        return false;
    }
    bool alone = length == 2 || !isalpha((unsigned char)text[length - 3]) ||
                 (length >= 6 && strncmp(text + length - 6, "dimm", 4) == 0);
    text[length - 1] = '\0';
    return alone;
}

static bool channel_of(const char *line, char out[LOCATOR_SIZE])
{
    static const char *const keys[] = {"bank", "locator"};
    for (size_t i = 0; i < 2; i++) {
        if (llmp__fact_text(line, keys[i], out, LOCATOR_SIZE)) {
            lower(out);
            if (cut_after_channel(out)) {
                return true;
            }
        }
    }
    if (llmp__fact_text(line, "locator", out, LOCATOR_SIZE)) {
        lower(out);
        return cut_after_letter(out);
    }
    return false;
}

struct channels {
    char names[CHANNELS_MAX][LOCATOR_SIZE];
    size_t count;
    bool known;
};

static bool add_channel(struct channels *channels, const char *name)
{
    for (size_t i = 0; i < channels->count; i++) {
        if (strcmp(channels->names[i], name) == 0) {
            return false;
        }
    }
    if (channels->count == CHANNELS_MAX) {
        channels->known = false;
        return false;
    }
    llmp__copy_text(channels->names[channels->count++], LOCATOR_SIZE, name);
    return true;
}

static void read_modules(const char *smbios, llmp_detected_memory *memory)
{
    struct channels *channels = calloc(1, sizeof *channels);
    uint64_t bits = 0;
    bool speed_known = true;
    if (channels == NULL) {
        return; /* the modules stay unknown */
    }
    channels->known = true;
    for (const char *line = NULL; llmp__fact_next(smbios, "module", &line);) {
        char channel[LOCATOR_SIZE] = "";
        uint64_t bytes = 0;
        uint32_t width = llmp__fact_u32(line, "data_bits");
        uint32_t speed = llmp__fact_u32(line, "configured_mt_s");
        if (!llmp__fact_whole(line, "bytes", &bytes) || bytes > UINT64_C(1) << 50) {
            continue;
        }
        memory->modules++;
        memory->installed_bytes += bytes;
        (void)llmp__fact_text(line, "type", memory->type, sizeof memory->type);
        bool named = channel_of(line, channel);
        channels->known = channels->known && named && width > 0 && width <= 1024;
        if (named && add_channel(channels, channel)) {
            bits += width;
        }
        speed_known = speed_known && speed > 0;
        memory->mt_per_s =
            memory->mt_per_s == 0 || speed < memory->mt_per_s ? speed : memory->mt_per_s;
    }
    memory->mt_per_s = speed_known ? memory->mt_per_s : 0;
    if (channels->known && memory->modules > 0) {
        memory->channels = (uint32_t)channels->count;
        memory->bus_bits = (uint32_t)bits;
        memory->bandwidth_bytes_per_s = (double)bits / 8.0 * 1e6 * memory->mt_per_s;
    }
    free(channels);
}

void llmp__detect_memory(const llmp_capture *capture, llmp_detected *out)
{
    const char *smbios = llmp__capture_get(capture, "smbios");
    uint64_t value;
    if (llmp__colon_whole(llmp__capture_get(capture, "/proc/meminfo"), "MemTotal", &value) &&
        value < UINT64_C(1) << 50) {
        out->memory.total_bytes = value << 10; /* Linux writes kB and means KiB */
    } else if (llmp__colon_whole(llmp__capture_get(capture, "sysctl"), "hw.memsize", &value)) {
        out->memory.total_bytes = value;
    }
    if (smbios != NULL && !out->cpu.virtual_machine) { /* a hypervisor's modules are made up */
        read_modules(smbios, &out->memory);
    }
}

uint64_t llmp__usable_memory(const llmp_detected *detected)
{
    uint64_t total = detected->memory.total_bytes;
    uint64_t limit = detected->limits.memory_bytes;
    return limit > 0 && (limit < total || total == 0) ? limit : total;
}

/* --- limits ----------------------------------------------------------------------------------- */

/* Members of a list such as "0-3,8,10-11"; 0 when it is none. */
static uint32_t count_list(const char *text)
{
    uint64_t count = 0;
    for (;;) {
        uint64_t first;
        uint64_t last;
        size_t digits = strspn(text, "0123456789");
        if (!llmp__whole_parse(text, digits, &first)) {
            return 0;
        }
        last = first;
        text += digits;
        if (*text == '-') {
            digits = strspn(text + 1, "0123456789");
            if (!llmp__whole_parse(text + 1, digits, &last)) {
                return 0;
            }
            text += 1 + digits;
        }
        if (last < first || last - first > 65536 || count > 65536) {
            return 0;
        }
        count += last - first + 1;
        if (*text != ',') {
            return *text == '\0' ? (uint32_t)count : 0;
        }
        text++;
    }
}

static void offer_least(double *least, double value)
{
    if (value > 0 && (*least <= 0 || value < *least)) {
        *least = value;
    }
}

void llmp__detect_limits(const llmp_capture *capture, llmp_detected *out)
{
    llmp_detected_limits *limits = &out->limits;
    const char *cgroup = llmp__capture_get(capture, "cgroup");
    const char *topology = llmp__capture_get(capture, "topology");
    const char *line = NULL;
    char list[1024];
    uint64_t quota;
    uint64_t period;
    uint32_t allowed = 0;
    limits->container = llmp__capture_get(capture, "/.dockerenv") != NULL ||
                        llmp__capture_get(capture, "/run/.containerenv") != NULL;
    if (llmp__colon_value(llmp__capture_get(capture, "/proc/self/status"), "Cpus_allowed_list",
                          list, sizeof list)) {
        allowed = count_list(list);
    } else if (topology != NULL && llmp__fact_next(topology, "machine", &line)) {
        allowed = llmp__fact_u32(line, "allowed_threads");
    }
    if (allowed > 0 && allowed < out->cpu.threads) {
        limits->threads = allowed;
    }
    if (cgroup != NULL) {
        line = NULL;
        if (llmp__fact_next(cgroup, "cpu", &line) && llmp__fact_whole(line, "quota_us", &quota) &&
            llmp__fact_whole(line, "period_us", &period) && period > 0 && quota > 0) {
            double count = (double)quota / (double)period;
            bool binds = out->cpu.threads == 0 || count < out->cpu.threads;
            limits->cpu_quota_count = binds ? count : 0;
        }
        line = NULL;
        if (llmp__fact_next(cgroup, "memory", &line) &&
            llmp__fact_whole(line, "limit_bytes", &quota) &&
            (out->memory.total_bytes == 0 || quota < out->memory.total_bytes)) {
            limits->memory_bytes = quota;
        }
    }
    offer_least(&limits->usable_cpu_count, out->cpu.threads);
    offer_least(&limits->usable_cpu_count, limits->threads);
    offer_least(&limits->usable_cpu_count, limits->cpu_quota_count);
}

/* --- the computer ----------------------------------------------------------------------------- */

static bool is_filler(const char *text)
{
    static const char *const fillers[] = {
        "To Be Filled By O.E.M.", "System Product Name", "Default string",
        "Not Specified",          "System Name",         "O.E.M."};
    for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++) {
        if (llmp__name_equal(text, fillers[i])) {
            return true;
        }
    }
    return false;
}

void llmp__detect_product(const llmp_capture *capture, llmp_detected *out)
{
    const char *system = llmp__capture_get(capture, "system");
    const char *line = NULL;
    if (system != NULL && llmp__fact_next(system, "system", &line)) {
        (void)llmp__fact_text(line, "name", out->system, sizeof out->system);
    }
    if (out->system[0] == '\0') {
        bool mac = llmp__capture_get(capture, "sysctl") != NULL;
        llmp__copy_text(out->system, sizeof out->system, mac ? "Darwin" : "Linux");
    }
    if (!llmp__capture_line(capture, "/sys/firmware/devicetree/base", "model", out->product,
                            sizeof out->product) &&
        !llmp__colon_value(llmp__capture_get(capture, "sysctl"), "hw.model", out->product,
                           sizeof out->product)) {
        (void)llmp__capture_line(capture, "/sys/class/dmi/id", "product_name", out->product,
                                 sizeof out->product);
    }
    if (is_filler(out->product)) {
        out->product[0] = '\0';
    }
}
