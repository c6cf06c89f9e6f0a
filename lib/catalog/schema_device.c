/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "catalog/schema.h"

#define REQ LLMP_FIELD_REQUIRED
#define D llmp_device

const char *const llmp__vendor_names[] = {"other", "nvidia", "amd", "intel",  "apple",
                                          "arm",   "google", "aws", "huawei", NULL};
const char *const llmp__device_kind_names[] = {"gpu", "soc", "cpu", "accelerator", "system", NULL};
static const char *const price_kind_names[] = {"launch",     "list",      "street", "used",
                                               "cloud_hour", "spot_hour", NULL};
static const char *const power_state_names[] = {"idle", "inference", NULL};
static const char *const power_scope_names[] = {"device", "wall", NULL};
static const char *const cooling_names[] = {"fans", "blower", "passive", "liquid", NULL};
const char *const llmp__noise_names[] = {"quiet", "audible", "loud", "server_room", NULL};
static const char *const link_kind_names[] = {"pcie", "nvlink",      "xgmi",  "ethernet",
                                              "rdma", "thunderbolt", "other", NULL};

static const llmp_field price_fields[] = {
    F_ENUM(llmp_price, "kind", kind, price_kind_names, REQ, "what sort of price"),
    F_F64(llmp_price, "low_usd", low_usd, 1, 0.001, 1e8, "USD", REQ, "lowest observed"),
    F_F64(llmp_price, "high_usd", high_usd, 1, 0.001, 1e8, "USD", REQ, "highest observed"),
    F_DATE(llmp_price, "as_of", as_of, REQ, "when observed"),
    F_STR(llmp_price, "source", source, REQ, "where observed"),
    F_ENUM(llmp_price, "grade", grade, llmp__grade_names, 0, "how well known"),
    F_STR(llmp_price, "note", note, 0, "conditions"),
    F_BOOL(llmp_price, "devices_only", devices_only,
           "of a rig: its devices without the computer around them"),
};
const llmp_schema llmp__schema_price =
    LLMP__SCHEMA(llmp_price, "price", NULL, present, price_fields);

static const llmp_field power_fields[] = {
    F_ENUM(llmp_power, "state", state, power_state_names, REQ, "what it was doing"),
    F_ENUM(llmp_power, "scope", scope, power_scope_names, REQ, "what the meter saw"),
    F_F64(llmp_power, "low_w", low_w, 1, 0.1, 1e6, "W", REQ, "lowest observed"),
    F_F64(llmp_power, "high_w", high_w, 1, 0.1, 1e6, "W", REQ, "highest observed"),
    F_DATE(llmp_power, "as_of", as_of, 0, "when observed"),
    F_STR(llmp_power, "source", source, REQ, "where observed"),
    F_STR(llmp_power, "note", note, 0, "conditions"),
};
const llmp_schema llmp__schema_power =
    LLMP__SCHEMA(llmp_power, "power", NULL, present, power_fields);

static const llmp_field device_fields[] = {
    LLMP__HEAD_FIELDS(D),
    F_ENUM(D, "vendor", vendor, llmp__vendor_names, REQ, "maker"),
    F_ENUM(D, "kind", kind, llmp__device_kind_names, REQ, "what it is"),
    F_STR(D, "architecture", architecture, 0, "chip family and die"),
    F_STRS(D, "classes", classes, class_count, REQ, "from narrow to wide; profiles hang on these"),
    F_REF(D, "like", like, LLMP_KIND_DEVICE, 0, "device whose facts stand in for missing ones"),
    F_DATE(D, "release", release, LLMP_FIELD_FUTURE, "on sale since"),
    F_DATE(D, "discontinued", discontinued, LLMP_FIELD_FUTURE, "no longer sold new from here on"),
    F_STR(D, "form", form, 0, "card, module, laptop, ..."),
    F_STRS(D, "pci_ids", pci_ids, pci_id_count, 0,
           "vendor:device[:revision] in hexadecimal: one of these is it"),
    F_STRS(D, "cpu_names", cpu_names, cpu_name_count, 0,
           "words of the processor's name as systems report it"),
    F_STRS(D, "cpu_ids", cpu_ids, cpu_id_count, 0,
           "processors with the same cores: AuthenticAMD-25-17 (maker, family, model), "
           "arm-0x41-0xd0b (implementer, part)"),
    F_STRS(D, "product_names", product_names, product_name_count, 0,
           "words of the computer's name as its firmware reports it"),
    F_U64(D, "memory_gib", memory_bytes, 1073741824.0, 0.1, 65536, "GiB", 0,
          "capacity as marketed; absent for a CPU, whose memory is the host's"),
    F_U64(D, "memory_reported_mib", memory_reported_bytes, 1048576.0, 64, 67108864, "MiB", 0,
          "total the driver reports"),
    F_STR(D, "memory_type", memory_type, 0, "GDDR7, HBM3e, LPDDR5X, ..."),
    F_U32(D, "bus_bits", bus_bits, 8, 65536, "bit", 0, "memory bus width"),
    F_F64(D, "memory_bandwidth_gb_s", memory_bandwidth_bytes_per_s, 1e9, 1, 1e5, "GB/s", REQ,
          "theoretical peak, decimal"),
    F_F64(D, "memory_bandwidth_measured_gb_s", memory_bandwidth_measured_bytes_per_s, 1e9, 0.5, 1e5,
          "GB/s", 0, "achieved in a read benchmark"),
    F_BOOL(D, "unified_memory", unified_memory, "CPU and GPU share one pool"),
    F_F64(D, "usable_memory_ratio", usable_memory_ratio, 1, 0.05, 1, "", 0,
          "share of memory a model may take by default"),
    F_U64(D, "usable_memory_gib", usable_memory_bytes, 1073741824.0, 0.1, 65536, "GiB", 0,
          "memory a model may take by default, where stated as an amount"),
    F_F64(D, "fp32_tflops", fp32_flop_per_s, 1e12, 0.001, 1e6, "TFLOP/s", 0, "vector FP32"),
    F_F64(D, "fp16_tflops", fp16_flop_per_s, 1e12, 0.001, 1e6, "TFLOP/s", 0,
          "matrix FP16, FP32 accumulate, dense; vector where there is no matrix unit"),
    F_F64(D, "fp16_acc16_tflops", fp16_acc16_flop_per_s, 1e12, 0.001, 1e6, "TFLOP/s", 0,
          "matrix FP16, FP16 accumulate, dense, where it differs"),
    F_F64(D, "bf16_tflops", bf16_flop_per_s, 1e12, 0.001, 1e6, "TFLOP/s", 0, "matrix BF16, dense"),
    F_F64(D, "fp8_tflops", fp8_flop_per_s, 1e12, 0.001, 1e6, "TFLOP/s", 0, "matrix FP8, dense"),
    F_F64(D, "fp4_tflops", fp4_flop_per_s, 1e12, 0.001, 1e6, "TFLOP/s", 0, "matrix FP4, dense"),
    F_F64(D, "int8_tops", int8_op_per_s, 1e12, 0.001, 1e6, "TOP/s", 0, "matrix INT8, dense"),
    F_F64(D, "int4_tops", int4_op_per_s, 1e12, 0.001, 1e6, "TOP/s", 0, "matrix INT4, dense"),
    F_STR(D, "gpu_cores", gpu_cores, 0, "multiprocessors, compute units or cores, as counted"),
    F_U32(D, "boost_mhz", boost_mhz, 100, 10000, "MHz", 0, "boost clock"),
    F_U64(D, "l2_mb", l2_bytes, 1e6, 0.01, 10000, "MB", 0, "last-level cache on the chip"),
    F_F64(D, "tdp_w", tdp_w, 1, 1, 20000, "W", 0, "board or module power limit"),
    F_BOOL(D, "tdp_is_wall", tdp_is_wall, "tdp_w is the whole machine's maximum at the wall"),
    F_F64(D, "power_limit_min_w", power_limit_min_w, 1, 1, 20000, "W", 0,
          "lowest power limit the driver accepts"),
    F_F64(D, "power_limit_max_w", power_limit_max_w, 1, 1, 20000, "W", 0, "highest one"),
    F_U32(D, "pcie_generation", pcie_generation, 1, 8, "", 0, "PCI Express generation"),
    F_U32(D, "pcie_lanes", pcie_lanes, 1, 32, "", 0, "PCI Express lanes"),
    F_F64(D, "slots", slots_count, 1, 0.5, 10, "", 0, "width in expansion slots"),
    F_F64(D, "length_mm", length_mm, 1, 50, 1000, "mm", 0, "length of the card"),
    F_U32(D, "power_16pin_connectors", power_16pin_count, 0, 8, "", 0, "12VHPWR or 12V-2x6"),
    F_U32(D, "power_8pin_connectors", power_8pin_count, 0, 8, "", 0,
          "PCI Express or EPS with 8 pins; 6 count as 8"),
    F_ENUM(D, "cooling", cooling, cooling_names, 0, "of a card"),
    F_ENUM(D, "noise", noise, llmp__noise_names, 0, "of a whole computer under load"),
    F_REF(D, "device_link", device_link, LLMP_KIND_LINK, 0, "between two in one machine"),
    F_REF(D, "network_link", network_link, LLMP_KIND_LINK, 0, "between two machines of this kind"),
    F_U32(D, "max_linked", max_linked, 1, 1024, "", 0, "how many the link joins, as documented"),
    F_U32(D, "cpu_cores", cpu_cores, 1, 4096, "", 0, "CPU cores"),
    F_STR(D, "cpu_isa", cpu_isa, 0, "vector extensions"),
    F_U32(D, "memory_channels", memory_channels, 1, 64, "", 0, "memory channels"),
    F_U32(D, "memory_mt_s", memory_mt_per_s, 100, 100000, "MT/s", 0, "memory transfer rate"),
    F_U32(D, "numa_nodes", numa_nodes, 1, 64, "", 0, "NUMA nodes; more than one costs"),
    F_RECS(D, "prices", prices, price_count, &llmp__schema_price, 0, "dated prices"),
    F_RECS(D, "powers", powers, power_count, &llmp__schema_power, 0, "measured power draws"),
};
const llmp_schema llmp__schema_device =
    LLMP__SCHEMA(llmp_device, "device", "devices", head.present, device_fields);

#define K llmp_link
static const llmp_field link_fields[] = {
    LLMP__HEAD_FIELDS(K),
    F_ENUM(K, "kind", kind, link_kind_names, REQ, "technology"),
    F_F64(K, "bandwidth_gb_s", bandwidth_bytes_per_s, 1e9, 0.01, 1e5, "GB/s", REQ,
          "specification, per direction and device"),
    F_F64(K, "achieved_bandwidth_gb_s", achieved_bandwidth_bytes_per_s, 1e9, 0.01, 1e5, "GB/s", 0,
          "point to point, as measured"),
    F_F64(K, "latency_us", latency_s, 1e-6, 0.01, 1e6, "us", REQ, "small message, point to point"),
    F_F64(K, "allreduce_latency_us", allreduce_latency_s, 1e-6, 0.01, 1e6, "us", 0,
          "alpha of alpha + 2(n-1)/n * bytes/W"),
    F_F64(K, "allreduce_bandwidth_gb_s", allreduce_bandwidth_bytes_per_s, 1e9, 0.01, 1e5, "GB/s", 0,
          "W of the same"),
    F_U32(K, "allreduce_devices", allreduce_devices, 2, 1024, "", 0,
          "number of devices that alpha and W were measured on"),
    F_BOOL(K, "between_machines", between_machines, "joins machines, not devices in one"),
};
const llmp_schema llmp__schema_link =
    LLMP__SCHEMA(llmp_link, "link", "links", head.present, link_fields);

static const llmp_field rig_device_fields[] = {
    F_REF(llmp_rig_device, "device", device, LLMP_KIND_DEVICE, REQ, "which"),
    F_U32(llmp_rig_device, "count", count, 1, 64, "", REQ, "how many"),
    F_F64(llmp_rig_device, "power_limit_w", power_limit_w, 1, 1, 20000, "W", 0, "if set below TDP"),
};
static const llmp_schema rig_device_schema =
    LLMP__SCHEMA(llmp_rig_device, "rig device", NULL, present, rig_device_fields);

#define R llmp_rig
static const llmp_field rig_fields[] = {
    LLMP__HEAD_FIELDS(R),
    F_RECS(R, "devices", devices, device_count, &rig_device_schema, 0,
           "devices per machine; absent only for the assumed host"),
    F_REF(R, "device_link", device_link, LLMP_KIND_LINK, 0, "between its devices"),
    F_U32(R, "machines", machines, 1, 64, "", 0, "equal machines joined by machine_link"),
    F_REF(R, "machine_link", machine_link, LLMP_KIND_LINK, 0, "between the machines"),
    F_REF(R, "host", host, LLMP_KIND_HOST, 0, "the computer around its cards, of this catalog"),
    F_REF(R, "host_cpu", host_cpu, LLMP_KIND_DEVICE, 0, "processor of the host"),
    F_U64(R, "host_memory_gib", host_memory_bytes, 1073741824.0, 0.5, 65536, "GiB", 0,
          "host memory fitted, per machine"),
    F_F64(R, "host_memory_bandwidth_gb_s", host_memory_bandwidth_bytes_per_s, 1e9, 1, 1e5, "GB/s",
          0, "theoretical, for the memory fitted"),
    F_U64(R, "disk_gb", disk_bytes, 1e9, 1, 1e7, "GB", 0, "disk fitted"),
    F_F64(R, "disk_read_gb_s", disk_read_bytes_per_s, 1e9, 0.05, 1000, "GB/s", 0,
          "sequential read"),
    F_F64(R, "psu_w", psu_w, 1, 10, 1e6, "W", 0, "power supply"),
    F_F64(R, "host_idle_w", host_idle_w, 1, 0.5, 1e5, "W", 0,
          "idle without the cards, at the wall"),
    F_RECS(R, "prices", prices, price_count, &llmp__schema_price, 0, "dated prices, complete"),
};
const llmp_schema llmp__schema_rig =
    LLMP__SCHEMA(llmp_rig, "rig", "rigs", head.present, rig_fields);
