/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file detect.h
 * @brief What this machine is: a capture of what the system says of itself, and what follows.
 *
 * Two steps, so that a machine can be looked at far from it. A capture is text: small files of the
 * system and what its libraries answered, with nothing that names a person, a host or a serial
 * number. llmp_detect reads a capture, whether taken here or in a bug report, and is a pure
 * function of it and the catalog.
 */
#ifndef LLMPLAN_DETECT_H
#define LLMPLAN_DETECT_H

#include <llmplan/catalog.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- captures ---------------------------------------------------------------------------------
 */

typedef struct llmp_capture llmp_capture;

/** Most bytes of a capture's text; beyond them LLMP_E_LIMIT. */
#define LLMP_CAPTURE_BYTES_MAX (4u << 20)

/**
 * Looks at the machine the caller runs on, or at a copied tree of one.
 * @param root  "/": this machine, with hwloc, and NVML and OpenCL when they are installed (loaded
 *              at run time; OpenCL only where a GPU is on the PCI bus), sysctl and IOKit on macOS.
 *              Any other folder: only the files below it that a Linux system would have below "/".
 *              What cannot be read is left out: nothing needs privileges.
 * @param out   free with llmp_capture_destroy
 * @return LLMP_E_ARGUMENT; LLMP_E_IO when @p root is no folder; LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_capture_system(const char *root, llmp_capture **out,
                                                        llmp_error *error);

/**
 * Reads the text of a capture: "llmplan capture 1", then sections "=== NAME" with their lines.
 * @param text   need not be NUL-terminated
 * @param where  file name for messages
 * @return LLMP_E_SYNTAX with the line, LLMP_E_UNSUPPORTED for a later version, LLMP_E_DUPLICATE,
 *         LLMP_E_LIMIT, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_capture_parse(const char *text, size_t text_bytes,
                                                       const char *where, llmp_capture **out,
                                                       llmp_error *error);

/**
 * The text that llmp_capture_parse reads back to the same capture.
 * @param out  allocated; free with llmp_text_free (import.h)
 * @return LLMP_E_ARGUMENT, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_capture_text(const llmp_capture *capture, char **out,
                                                      llmp_error *error);

/** Frees a capture; sets *capture to NULL; accepts NULL. */
LLMP_API void llmp_capture_destroy(llmp_capture **capture);

/* --- what a capture says ----------------------------------------------------------------------
 */

/** Instruction sets that engines have kernels for, as bits of llmp_detected_cpu.isa. */
typedef enum llmp_isa {
    LLMP_ISA_AVX2 = 0,
    LLMP_ISA_FMA = 1,
    LLMP_ISA_F16C = 2,
    LLMP_ISA_AVX_VNNI = 3,
    LLMP_ISA_AVX512F = 4,
    LLMP_ISA_AVX512_VNNI = 5,
    LLMP_ISA_AVX512_BF16 = 6,
    LLMP_ISA_AVX512_FP16 = 7,
    LLMP_ISA_AMX_INT8 = 8,
    LLMP_ISA_AMX_BF16 = 9,
    LLMP_ISA_AMX_FP16 = 10,
    LLMP_ISA_NEON = 11,
    LLMP_ISA_NEON_FP16 = 12,
    LLMP_ISA_NEON_DOTPROD = 13,
    LLMP_ISA_NEON_I8MM = 14,
    LLMP_ISA_NEON_BF16 = 15,
    LLMP_ISA_SVE = 16,
    LLMP_ISA_SVE2 = 17,
    LLMP_ISA_SME = 18,
    LLMP_ISA_COUNT = 19
} llmp_isa;

/** "AVX2", "AVX-512 VNNI", "NEON dotprod", ... NULL out of range. */
LLMP_API const char *llmp_isa_name(llmp_isa isa);

#define LLMP_DETECTED_GPUS_MAX 32
#define LLMP_DETECTED_NOTES_MAX 16
#define LLMP_DETECTED_CACHES_MAX 4

/** The processor. Counts of 0 and empty texts are unknown. */
typedef struct llmp_detected_cpu {
    char name[96];     /**< as the system calls it */
    char identity[48]; /**< maker, family and model: "AuthenticAMD-25-17", "arm-0x41-0xd0b" */
    bool virtual_machine;
    bool isa_known;
    uint32_t isa; /**< bit i: llmp_isa i */
    uint32_t packages;
    uint32_t cores;
    uint32_t threads;
    uint32_t numa_nodes;
    uint32_t max_mhz;
    struct {
        uint64_t bytes; /**< of one */
        uint32_t count;
    } caches[LLMP_DETECTED_CACHES_MAX]; /**< data or unified, level 1 first */
    const llmp_device *match; /**< this processor with these modules in the catalog, or NULL */
    const llmp_device *alike; /**< one with the same cores, whose rates per core hold; or NULL */
    bool alike_is_same;       /**< it has the name too, only the modules may differ */
} llmp_detected_cpu;

/** Where a memory bandwidth comes from. */
typedef enum llmp_bandwidth_basis {
    LLMP_BANDWIDTH_UNKNOWN = 0,
    LLMP_BANDWIDTH_MODULES = 1, /**< bus_bits / 8 x mt_per_s x 1e6 of the modules */
    LLMP_BANDWIDTH_CATALOG = 2  /**< the catalog's record of this very processor, all its cores
                                     there, not virtual, its modules unread: channels filled */
} llmp_bandwidth_basis;

/** Memory of the host. 0 is unknown. */
typedef struct llmp_detected_memory {
    uint64_t total_bytes;     /**< what the system has, less what firmware and GPU keep */
    uint64_t installed_bytes; /**< sum of the modules */
    uint32_t modules;
    uint32_t channels;            /**< that hold a module, as the firmware tables name them */
    uint32_t bus_bits;            /**< data width of one module in each channel, summed */
    uint32_t mt_per_s;            /**< configured; the slowest module's */
    char type[24];                /**< "DDR5" */
    double bandwidth_bytes_per_s; /**< theoretical; 0 unknown */
    llmp_bandwidth_basis bandwidth_basis;
} llmp_detected_memory;

/** What a container, a control group or an affinity mask leaves. 0: no such limit. */
typedef struct llmp_detected_limits {
    bool container;
    uint64_t memory_bytes;
    uint32_t threads;        /**< in the affinity mask or cpuset, when fewer than there are */
    double cpu_quota_count;  /**< processors' worth of time per period */
    double usable_cpu_count; /**< the least of threads, mask and quota; 0 unknown */
} llmp_detected_limits;

/** A GPU or accelerator. */
typedef struct llmp_detected_gpu {
    char slot[24];   /**< PCI address, or "" */
    char pci_id[16]; /**< "10de:2684", or "" */
    char revision[4];
    char name[96];   /**< as its driver calls it, or "" */
    char driver[32]; /**< of the kernel, or "" */
    llmp_vendor vendor;
    uint64_t memory_bytes; /**< of its own, as its driver reports; 0 unknown or shared */
    double power_limit_w;  /**< as set; 0 unknown */
    double power_default_w;
    double bandwidth_bytes_per_s; /**< theoretical, from what the driver says; 0 unknown */
    uint32_t pcie_generation;     /**< at most, with this board; 0 unknown */
    uint32_t pcie_lanes;
    bool shares_memory;       /**< integrated: the host's memory is its own */
    bool partitioned;         /**< MIG or a partition mode: its parts are not whole devices */
    bool visible;             /**< false: on the bus, but not given to this container */
    const llmp_device *match; /**< the same device in the catalog, or NULL */
    char why[160];            /**< when there is no match: what is missing */
} llmp_detected_gpu;

/** A question the capture leaves open, and what answers it. */
typedef struct llmp_detected_note {
    char what[160];
    char supply[200];
} llmp_detected_note;

/** A machine as detected. Transparent; borrows from the catalog, owns nothing. */
typedef struct llmp_detected {
    uint32_t struct_size;
    char product[96];     /**< of the computer, as its firmware calls it; "" unknown or virtual */
    char system[16];      /**< "Linux", "Darwin" */
    char device_id[64];   /**< stable id of the processor as a device: "this-amd-epyc-2c" */
    char device_name[96]; /**< its name */
    llmp_detected_cpu cpu;
    llmp_detected_memory memory;
    llmp_detected_limits limits;
    llmp_detected_gpu gpus[LLMP_DETECTED_GPUS_MAX];
    size_t gpu_count;
    const llmp_device *computer; /**< a chip or system of the catalog that this is as a whole */
    const llmp_device *chip;     /**< when not: one that it is but for the amount of memory */
    uint64_t chip_memory_bytes;  /**< memory that CPU and GPU of that chip share here */
    llmp_detected_note notes[LLMP_DETECTED_NOTES_MAX];
    size_t note_count;
} llmp_detected;

#define LLMP_DETECTED_INIT                   \
    {                                        \
        .struct_size = sizeof(llmp_detected) \
    }

/**
 * Reads a capture. A device matches a record of the catalog only by identity: one of its `pci_ids`
 * (with the revision when the record states one) and the memory size; `cpu_names` for processors,
 * with the modules where records differ in them (for a chip or computer the whole name);
 * `product_names` for computers. Of records that fit, one that names the product wins. Anything
 * less leaves `match` NULL and a note that says what to supply.
 * @param out  struct_size set; overwritten
 * @return LLMP_E_ARGUMENT; LLMP_E_NO_DATA when the capture names neither processor nor memory
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_detect(const llmp_catalog *catalog,
                                                const llmp_capture *capture, llmp_detected *out,
                                                llmp_error *error);

/**
 * The detected machine as catalog records in YAML: the rig "this" and, where the processor's memory
 * bandwidth is known, the processor as a device under `device_id`. A device the catalog has under
 * that id already (a calibration's) keeps every fact it states; only facts it lacks are filled in.
 *
 * The processor's bandwidth is, in this order: that of the catalog's record under `device_id`;
 * @p bandwidth_bytes_per_s; the detected one (graded derived from the modules, estimate from the
 * catalog). Its arithmetic rates are, per core, those of `cpu.alike` (graded estimate). A machine
 * that is a `chip` with other memory becomes a device `like` that chip.
 * @param bandwidth_bytes_per_s  stated by the user; 0: not stated
 * @param out  allocated; free with llmp_text_free (import.h)
 * @return LLMP_E_NO_DATA when no device can be planned on (the hint says what to supply);
 *         LLMP_E_ARGUMENT, LLMP_E_MEMORY
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_detected_records(const llmp_detected *detected,
                                                          double bandwidth_bytes_per_s,
                                                          const llmp_catalog *catalog, char **out,
                                                          llmp_error *error);

/**
 * Adds the records of llmp_detected_records to a catalog, so that the machine is called "this".
 * @return as llmp_detected_records; LLMP_E_ARGUMENT when the catalog is frozen or knows a rig
 *         "this" already; LLMP_E_VALUE when the capture has a number outside of what the schema
 * takes for a machine (192,374 cores): the message names it, the catalog stays as it was
 */
LLMP_API LLMP_NODISCARD llmp_status llmp_detected_install(const llmp_detected *detected,
                                                          double bandwidth_bytes_per_s,
                                                          llmp_catalog *catalog, llmp_error *error);

#ifdef __cplusplus
}
#endif
#endif
