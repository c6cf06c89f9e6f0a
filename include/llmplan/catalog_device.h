/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file catalog_device.h
 * @brief Catalog records for hardware: devices, links between them, and rigs built from them.
 */
#ifndef LLMPLAN_CATALOG_DEVICE_H
#define LLMPLAN_CATALOG_DEVICE_H

#include <llmplan/catalog_record.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum llmp_vendor {
    LLMP_VENDOR_OTHER = 0,
    LLMP_VENDOR_NVIDIA = 1,
    LLMP_VENDOR_AMD = 2,
    LLMP_VENDOR_INTEL = 3,
    LLMP_VENDOR_APPLE = 4,
    LLMP_VENDOR_ARM = 5, /**< Ampere Computing, Raspberry Pi and other Arm CPUs */
    LLMP_VENDOR_GOOGLE = 6,
    LLMP_VENDOR_AWS = 7,
    LLMP_VENDOR_HUAWEI = 8,
    LLMP_VENDOR_COUNT = 9
} llmp_vendor;

typedef enum llmp_device_kind {
    LLMP_DEVICE_GPU = 0,
    LLMP_DEVICE_SOC = 1,         /**< CPU and GPU over one memory */
    LLMP_DEVICE_CPU = 2,         /**< memory capacity is the host's */
    LLMP_DEVICE_ACCELERATOR = 3, /**< TPU, Gaudi, Inferentia, ... */
    LLMP_DEVICE_SYSTEM = 4,      /**< a computer sold as one thing, with a memory configuration */
    LLMP_DEVICE_KIND_COUNT = 5
} llmp_device_kind;

typedef enum llmp_price_kind {
    LLMP_PRICE_LAUNCH = 0, /**< maker's price at launch */
    LLMP_PRICE_LIST = 1,   /**< maker's price later */
    LLMP_PRICE_STREET = 2, /**< observed, new */
    LLMP_PRICE_USED = 3,
    LLMP_PRICE_CLOUD_HOUR = 4, /**< USD per hour, on demand */
    LLMP_PRICE_SPOT_HOUR = 5,  /**< USD per hour, spot or community */
    LLMP_PRICE_KIND_COUNT = 6
} llmp_price_kind;

/** A dated price. One observation has usd_low == usd_high. Taxes excluded unless the note says. */
typedef struct llmp_price {
    llmp_price_kind kind;
    double low_usd;
    double high_usd;
    llmp_date as_of;
    const char *source;
    llmp_grade grade;
    const char *note;
    bool devices_only; /**< of a rig: its devices without the computer around them */
    uint64_t present[2];
} llmp_price;

typedef enum llmp_power_state {
    LLMP_POWER_IDLE = 0,
    LLMP_POWER_INFERENCE = 1,
    LLMP_POWER_STATE_COUNT = 2
} llmp_power_state;

typedef enum llmp_power_scope {
    LLMP_POWER_DEVICE = 0, /**< the device alone (nvidia-smi) */
    LLMP_POWER_WALL = 1,   /**< the whole machine at the wall */
    LLMP_POWER_SCOPE_COUNT = 2
} llmp_power_scope;

/** A measured power draw. */
typedef struct llmp_power {
    llmp_power_state state;
    llmp_power_scope scope;
    double low_w;
    double high_w;
    llmp_date as_of;
    const char *source;
    const char *note;
    uint64_t present[2];
} llmp_power;

/** How a card gets rid of its heat. */
typedef enum llmp_cooling {
    LLMP_COOLING_FANS = 0,    /**< into the case: neighbours need room */
    LLMP_COOLING_BLOWER = 1,  /**< out of the back: may stand side by side; loud */
    LLMP_COOLING_PASSIVE = 2, /**< by the fans of a server chassis, and only there */
    LLMP_COOLING_LIQUID = 3
} llmp_cooling;

/** How loud a machine is under load, as people sort them. */
typedef enum llmp_noise {
    LLMP_NOISE_QUIET = 0,      /**< may stand on the desk all day */
    LLMP_NOISE_AUDIBLE = 1,    /**< under the desk */
    LLMP_NOISE_LOUD = 2,       /**< in another room */
    LLMP_NOISE_SERVER_ROOM = 3 /**< nobody works beside it */
} llmp_noise;

/** "quiet", "audible", "loud", "server_room". Never NULL. */
LLMP_API const char *llmp_noise_name(llmp_noise noise);

/** A device: a card, a chip, a CPU or a whole small computer. Rates are dense (no sparsity). */
typedef struct llmp_device {
    llmp_record head;
    llmp_vendor vendor;
    llmp_device_kind kind;
    const char *architecture;   /**< "Ada AD102" */
    const char *const *classes; /**< from narrow to wide: ada-geforce, nvidia-gddr, nvidia, gpu */
    size_t class_count;
    const char *like; /**< id of the device whose missing facts stand in (graded derived) */
    llmp_date release;
    llmp_date discontinued;     /**< no longer sold new from this day on; 0: sold, or unknown */
    const char *form;           /**< "desktop card", "laptop", "SXM module", ... */
    const char *const *pci_ids; /**< "10de:2684"; with ":c8" only that revision */
    size_t pci_id_count;
    const char *const *cpu_names; /**< words of the processor's name as systems report it */
    size_t cpu_name_count;
    const char *const *cpu_ids; /**< processors with the same cores, "AuthenticAMD-25-17" */
    size_t cpu_id_count;
    const char *const *product_names; /**< words of the computer's name in its firmware */
    size_t product_name_count;

    uint64_t memory_bytes;          /**< as marketed, in exact bytes */
    uint64_t memory_reported_bytes; /**< what the driver reports, where observed */
    const char *memory_type;
    uint32_t bus_bits;
    double memory_bandwidth_bytes_per_s;          /**< theoretical peak */
    double memory_bandwidth_measured_bytes_per_s; /**< achieved, where somebody measured */
    bool unified_memory;                          /**< CPU and GPU share one pool */
    double usable_memory_ratio; /**< share of memory a model may take (Metal's working set, ...) */
    uint64_t usable_memory_bytes; /**< the same as an amount, where that is what is known */

    double fp32_flop_per_s; /**< shader or vector */
    double fp16_flop_per_s; /**< matrix, FP32 accumulate; vector where there is no matrix unit */
    double fp16_acc16_flop_per_s; /**< matrix, FP16 accumulate, where it differs (GeForce) */
    double bf16_flop_per_s;
    double fp8_flop_per_s;
    double fp4_flop_per_s;
    double int8_op_per_s;
    double int4_op_per_s;

    const char *gpu_cores; /**< "128 SM / 16384 shaders" */
    uint32_t boost_mhz;
    uint64_t l2_bytes;
    double tdp_w;
    bool tdp_is_wall;         /**< tdp_w is the maker's wall maximum (Mac systems) */
    double power_limit_min_w; /**< lowest limit its driver accepts */
    double power_limit_max_w; /**< highest one */
    uint32_t pcie_generation;
    uint32_t pcie_lanes;
    double slots_count; /**< width of a card, in expansion slots */
    double length_mm;
    uint32_t power_16pin_count; /**< 12VHPWR or 12V-2x6 connectors it needs */
    uint32_t power_8pin_count;  /**< PCI Express or EPS connectors with 8 pins (6 count as 8) */
    llmp_cooling cooling;
    llmp_noise noise;         /**< of a whole computer */
    const char *device_link;  /**< link id between two of these in one machine, absent: PCIe */
    const char *network_link; /**< link id between two machines of this kind (DGX Spark, Mac) */
    uint32_t max_linked;      /**< how many the device link or network link joins, as documented */

    uint32_t cpu_cores;
    const char *cpu_isa;
    uint32_t memory_channels;
    uint32_t memory_mt_per_s;
    uint32_t numa_nodes;

    const llmp_price *prices;
    size_t price_count;
    const llmp_power *powers;
    size_t power_count;
} llmp_device;

typedef enum llmp_link_kind {
    LLMP_LINK_PCIE = 0,
    LLMP_LINK_NVLINK = 1,
    LLMP_LINK_XGMI = 2,
    LLMP_LINK_ETHERNET = 3,
    LLMP_LINK_RDMA = 4, /**< InfiniBand or RoCE */
    LLMP_LINK_THUNDERBOLT = 5,
    LLMP_LINK_OTHER = 6,
    LLMP_LINK_KIND_COUNT = 7
} llmp_link_kind;

/** A link between devices or machines, per direction. Time of a message: latency + bytes/bandwidth.
 */
typedef struct llmp_link {
    llmp_record head;
    llmp_link_kind kind;
    double bandwidth_bytes_per_s;           /**< specification, per direction, per device */
    double achieved_bandwidth_bytes_per_s;  /**< point to point, as measured */
    double latency_s;                       /**< point to point, small message */
    double allreduce_latency_s;             /**< alpha of an all-reduce over `allreduce_devices` */
    double allreduce_bandwidth_bytes_per_s; /**< W in alpha + 2(n-1)/n * bytes/W */
    uint32_t allreduce_devices;
    bool between_machines;
} llmp_link;

/** `count` equal devices inside a rig. */
typedef struct llmp_rig_device {
    const char *device; /**< device id */
    uint32_t count;
    double power_limit_w; /**< absent: the device's own */
    uint64_t present[2];
} llmp_rig_device;

/** A complete machine, or several equal machines over a network link. */
typedef struct llmp_rig {
    llmp_record head;
    const llmp_rig_device *devices;
    size_t device_count;
    const char *device_link;  /**< link id between its devices; absent: the device's, else PCIe */
    uint32_t machines;        /**< default 1 */
    const char *machine_link; /**< link id between the machines; required when machines > 1 */
    const char *host;     /**< id of the host its cards sit in, where it is one of the catalog's */
    const char *host_cpu; /**< device id of the host CPU, absent when the device brings its own */
    uint64_t host_memory_bytes;
    double host_memory_bandwidth_bytes_per_s; /**< theoretical, for the DIMMs fitted */
    uint64_t disk_bytes;
    double disk_read_bytes_per_s;
    double psu_w;
    double host_idle_w; /**< the machine without its cards, idle */
    const llmp_price *prices;
    size_t price_count;
} llmp_rig;

#ifdef __cplusplus
}
#endif
#endif
