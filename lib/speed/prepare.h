/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file prepare.h
 * @brief Facts of devices, links and profiles, as the stages of a speed model need them.
 */
#ifndef LLMP_SPEED_PREPARE_H
#define LLMP_SPEED_PREPARE_H

#include <llmplan/speed.h>

/** Weight formats by width: a profile has one compute efficiency for each. */
typedef enum llmp__width {
    LLMP__WIDTH_16 = 0, /* 12 bits and more */
    LLMP__WIDTH_8 = 1,  /* 7 and more */
    LLMP__WIDTH_4 = 2
} llmp__width;

llmp__width llmp__format_width(const llmp_format *format);

/** 16, 8 or 4. */
uint32_t llmp__width_bits(llmp__width width);

/** What is being prepared, and what was found on the way. */
typedef struct llmp__preparation {
    const llmp_catalog *catalog;
    const llmp_memory_model *memory;
    const llmp_memory_result *plan;
    const llmp_arch_summary *summary;
    llmp_speed_model *out;
    llmp_error *error;
    unsigned reasons; /* how many widen the interval */
    bool class_only;  /* calibrated profiles are left aside */
} llmp__preparation;

/** One more reason why the interval is wider; each reason once. */
void llmp__widen(llmp__preparation *preparation, const char *why);

/**
 * A number of a device, or of the devices its `like` names in turn (the result is then derived).
 * @param offset  of a double member of llmp_device
 * @return false when none knows it
 */
bool llmp__device_fact(llmp__preparation *preparation, const llmp_device *device, size_t offset,
                       double *out);

/** Peak rate of a multiplication type, or of the type an engine uses where the device lacks it.
 * @return false when no rate of the device is known */
bool llmp__compute_rate(llmp__preparation *preparation, const llmp_device *device,
                        llmp_compute type, double *out);

/** Highest rate over the types that kernels of the format may multiply in. */
double llmp__ceiling_rate(llmp__preparation *preparation, const llmp_device *device,
                          const llmp_format *format);

/** Draw when idle; derived from the TDP when nobody measured it. */
double llmp__device_idle_w(const llmp_device *device, double tdp_w);

/** Resolves the profile and with it the efficiencies for the model's main format. */
llmp_status llmp__resolve_profile(llmp__preparation *preparation, const llmp_backend *backend,
                                  const llmp_device *device, llmp_profile *out,
                                  llmp_grade *out_grade, double *out_compute_ratio,
                                  double *out_dequant_weights_per_s);

/** Peak rates: of the type the main format multiplies in, of 16-bit and of quantised weights, and
 * of FP32, in which weights are unpacked. */
typedef struct llmp__peaks {
    double main_flop_per_s;
    double wide_flop_per_s;
    double quantized_flop_per_s;
    double fp32_flop_per_s;
} llmp__peaks;

/** What the parts of a model reach by their formats; zeros where the profile lists none. */
void llmp__derive_products(const llmp_speed_model *model, const llmp_profile *profile,
                           const llmp__peaks *peaks, llmp_speed_products out[LLMP_PART_COUNT]);

/** compute_ratio, dequant_weights_per_s and products of a stage, from its profile and its facts. */
void llmp__stage_derive(const llmp_speed_model *model, llmp_speed_stage *stage);

/** The type weights of a format are multiplied in: the profile's word on quantised ones, else the
 * format's. */
llmp_compute llmp__weight_compute(const llmp_profile *profile, const llmp_format *format);

/** The type quantised weights are multiplied in, whether or not the main format is quantised. */
llmp_compute llmp__quantized_compute(const llmp_profile *profile, const llmp_format *format);

/** Fills in the links between devices, and from the devices to the host. */
void llmp__prepare_links(llmp__preparation *preparation, uint32_t tensor_parallel);

/** Bandwidth, arithmetic and profile of the host; as a helper of devices or as a stage. */
llmp_status llmp__prepare_host(llmp__preparation *preparation, llmp_speed_stage *stage);

/** The processor of the host: named, brought by the device, or NULL. */
const llmp_device *llmp__host_device(const llmp_machine *machine);

/** Adds layers first .. first + count - 1 to a stage as groups. */
llmp_status llmp__prepare_groups(llmp__preparation *preparation, llmp_speed_stage *stage,
                                 uint32_t first, uint32_t count);

#endif
