/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From effects to a profile, and from a profile to a predicted rate. */
#include "fit.h"

#include "speed/prepare.h"

#include <math.h>
#include <string.h>

#define P(member) offsetof(llmp_profile, member)

const param_info params[PARAM_COUNT] = {
    [PARAM_BANDWIDTH] = {"weight_bandwidth_ratio", P(weight_bandwidth_ratio), 1, SCALE_LOGIT,
                         FAMILY_BANDWIDTH, 0.5, 0.3},
    [PARAM_KV] = {"kv_bandwidth_ratio", P(kv_bandwidth_ratio), 1, SCALE_LOGIT, FAMILY_BANDWIDTH,
                  0.5, 0.3},
    [PARAM_STATE] = {"state_bandwidth_ratio", P(state_bandwidth_ratio), 1, SCALE_LOGIT,
                     FAMILY_BANDWIDTH, 0.5, 0},
    [PARAM_SCAN_STATE] = {"scan_bandwidth_ratio", P(scan_bandwidth_ratio), 1, SCALE_LOGIT,
                          FAMILY_BANDWIDTH, 0.5, 0},
    [PARAM_LAYER] = {"layer_us", P(layer_s), 1e-6, SCALE_LOG, FAMILY_TIME, 0.4, 0.2},
    [PARAM_MOE_LAYER] = {"moe_layer_us", P(moe_layer_s), 1e-6, SCALE_LOG, FAMILY_TIME, 0.4, 0},
    [PARAM_LINEAR_LAYER] = {"linear_layer_us", P(linear_layer_s), 1e-6, SCALE_LOG, FAMILY_TIME, 0.4,
                            0},
    [PARAM_MLA_LAYER] = {"mla_layer_us", P(mla_layer_s), 1e-6, SCALE_LOG, FAMILY_TIME, 0.4, 0},
    [PARAM_BATCH_LAYER] = {"batch_layer_us", P(batch_layer_s), 1e-6, SCALE_LOG, FAMILY_TIME, 0.4,
                           0},
    [PARAM_SEQUENCE] = {"sequence_us", P(sequence_s), 1e-6, SCALE_LOG, FAMILY_TIME, 0.5, 0},
    [PARAM_HOST] = {"host_us", P(host_s), 1e-6, SCALE_LOG, FAMILY_TIME, 0, 0},
    [PARAM_UNPACK] = {"unpack_flop_per_weight", P(unpack_flop_per_weight), 1, SCALE_LOG,
                      FAMILY_COMPUTE, 0.3, 0},
    [PARAM_UNPACK_K] = {"unpack_k_flop_per_weight", P(unpack_k_flop_per_weight), 1, SCALE_LOG,
                        FAMILY_COMPUTE, 0.3, 0},
    [PARAM_COMPUTE] = {NULL, 0, 1, SCALE_LINEAR, FAMILY_COMPUTE, 0.6, 0.3},
    [PARAM_COMPUTE_16] = {"compute_16bit_ratio", P(compute_16bit_ratio), 1, SCALE_LOGIT,
                          FAMILY_COMPUTE, 0.3, 0},
    [PARAM_COMPUTE_8] = {"compute_8bit_ratio", P(compute_8bit_ratio), 1, SCALE_LOGIT,
                         FAMILY_COMPUTE, 0.3, 0},
    [PARAM_COMPUTE_4] = {"compute_4bit_ratio", P(compute_4bit_ratio), 1, SCALE_LOGIT,
                         FAMILY_COMPUTE, 0.3, 0},
    [PARAM_ATTENTION] = {"attention_compute_ratio", P(attention_compute_ratio), 1, SCALE_LOGIT,
                         FAMILY_COMPUTE, 0.3, 0},
    [PARAM_ATTENTION_DECODE] = {"attention_decode_ratio", P(attention_decode_ratio), 1, SCALE_LOGIT,
                                FAMILY_COMPUTE, 0.2, 0.8},
    [PARAM_ATTENTION_PAIR] = {"attention_pair_flop", P(attention_pair_flop), 1, SCALE_LOG,
                              FAMILY_COMPUTE, 0, 0},
    [PARAM_ATTENTION_UNFUSED] = {"attention_unfused_factor", P(attention_unfused_factor), 1,
                                 SCALE_LOG, FAMILY_COMPUTE, 0, 0},
    [PARAM_MOE_COMPUTE] = {"moe_compute_ratio", P(moe_compute_ratio), 1, SCALE_LOGIT,
                           FAMILY_COMPUTE, 0.4, 0},
    [PARAM_MOE_HALF] = {"moe_half_tokens", P(moe_half_tokens), 1, SCALE_LOG, FAMILY_COMPUTE, 0, 0},
    [PARAM_BATCH_COMPUTE] = {"batch_compute_ratio", P(batch_compute_ratio), 1, SCALE_LOG,
                             FAMILY_COMPUTE, 0.4, 0},
    [PARAM_TILE] = {"tile_tokens", P(tile_tokens), 1, SCALE_LOG, FAMILY_COMPUTE, 0.3, 0},
    [PARAM_VECTOR_TOKENS] = {"vector_tokens", P(vector_tokens), 1, SCALE_LINEAR, FAMILY_COMPUTE, 0,
                             0},
    [PARAM_EXPERT_VECTOR_TOKENS] = {"expert_vector_tokens", P(expert_vector_tokens), 1,
                                    SCALE_LINEAR, FAMILY_COMPUTE, 0, 0},
    [PARAM_PASS] = {"pass_bandwidth_ratio", P(pass_bandwidth_ratio), 1, SCALE_LOG, FAMILY_BANDWIDTH,
                    0.4, 0},
    [PARAM_SCAN] = {"scan_compute_ratio", P(scan_compute_ratio), 1, SCALE_LOG, FAMILY_COMPUTE, 0.4,
                    0},
    [PARAM_SKEW] = {"routing_skew", P(routing_skew), 1, SCALE_LOG, FAMILY_COMPUTE, 0, 0},
    [PARAM_PREFILL_HOST] = {"prefill_host_us", P(prefill_host_s), 1e-6, SCALE_LOG, FAMILY_TIME, 0.4,
                            0},
    [PARAM_BANDWIDTH_PER_YEAR] = {"bandwidth_per_year", P(bandwidth_per_year), 1, SCALE_LINEAR,
                                  FAMILY_BANDWIDTH, 0, 0},
    [PARAM_KV_PER_YEAR] = {"kv_per_year", P(kv_per_year), 1, SCALE_LINEAR, FAMILY_BANDWIDTH, 0, 0},
    [PARAM_LAYER_PER_YEAR] = {"layer_per_year", P(layer_per_year), 1, SCALE_LINEAR, FAMILY_TIME, 0,
                              0},
    [PARAM_COMPUTE_PER_YEAR] = {"compute_per_year", P(compute_per_year), 1, SCALE_LINEAR,
                                FAMILY_COMPUTE, 0, 0},
    [PARAM_MOE_PER_YEAR] = {"moe_per_year", P(moe_per_year), 1, SCALE_LINEAR, FAMILY_COMPUTE, 0, 0},
    [PARAM_ATTENTION_PER_YEAR] = {"attention_per_year", P(attention_per_year), 1, SCALE_LINEAR,
                                  FAMILY_COMPUTE, 0, 0},
    [PARAM_POWER_COMPUTE] = {"power_compute_exponent", P(power_compute_exponent), 1, SCALE_LOG,
                             FAMILY_COMPUTE, 0, 0},
    [PARAM_POWER_BANDWIDTH] = {"power_bandwidth_exponent", P(power_bandwidth_exponent), 1,
                               SCALE_LOG, FAMILY_BANDWIDTH, 0, 0},
    [PARAM_ALLREDUCE] = {"allreduce_factor", P(allreduce_factor), 1, SCALE_LOG, FAMILY_TIME, 0, 0},
    [PARAM_ALLREDUCE_BANDWIDTH] = {"allreduce_bandwidth_factor", P(allreduce_bandwidth_factor), 1,
                                   SCALE_LOG, FAMILY_BANDWIDTH, 0.4, 0},
};

double to_value(scale s, double x)
{
    switch (s) {
    case SCALE_LOG:
        return exp(x);
    case SCALE_LOGIT:
        return 1 / (1 + exp(-x));
    case SCALE_LINEAR:
        break;
    }
    return x;
}

double to_scale(scale s, double value)
{
    switch (s) {
    case SCALE_LOG:
        return log(value);
    case SCALE_LOGIT:
        return log(value / (1 - value));
    case SCALE_LINEAR:
        break;
    }
    return value;
}

static bool shares_compute(int p)
{
    return p == PARAM_COMPUTE_16 || p == PARAM_COMPUTE_8 || p == PARAM_COMPUTE_4 ||
           p == PARAM_ATTENTION;
}

static void chain_values(const fit_system *system, const int *chain, int count,
                         const double *effects, double *out)
{
    for (int p = 0; p < PARAM_COUNT; p++) {
        out[p] = system->prior[p];
        for (int i = 0; i < count; i++) {
            int at = system->effect[p][chain[i]];
            if (at >= 0)
                out[p] += effects[at];
        }
    }
    for (int p = 0; p < PARAM_COUNT; p++)
        if (shares_compute(p))
            out[p] += out[PARAM_COMPUTE];
}

void node_values(const fit_system *system, int node, double *out)
{
    int chain[CHAIN_MAX], count = 0;
    for (int at = node; at >= 0; at = system->nodes[at].parent)
        chain[count++] = at;
    chain_values(system, chain, count, system->value, out);
}

static void set_profile(const fit_system *system, const double *values, llmp_profile *out)
{
    for (int p = 0; p < PARAM_COUNT; p++) {
        if (!params[p].key || isnan(values[p]))
            continue;
        double value = to_value(params[p].scale, values[p]) * params[p].unit;
        memcpy((char *)out + params[p].offset, &value, sizeof value);
    }
    out->build_year = system->base.build_year;
    out->norm_p = system->base.norm_p;
    out->kv_free_row_bytes = system->base.kv_free_row_bytes;
    out->cache_split_s = system->base.cache_split_s;
    out->cache_split_tokens = system->base.cache_split_tokens;
}

static const double least_share = 0.01;

/* Some of the matrices are so wide, and of blocks so large or small. */
static bool has_width(const fit_row *row, uint32_t bits, bool large, bool small)
{
    const llmp_format_mix *mixes = row->scenario->speed.mixes;
    for (int part = 0; part < LLMP_PART_COUNT; part++)
        for (uint32_t i = 0; i < mixes[part].count; i++) {
            const llmp_format *format = mixes[part].formats[i];
            uint32_t width = llmp__width_bits(llmp__format_width(format));
            bool is_large = format->block_weights >= 256;
            if ((bits ? width == bits : width < 16) && (is_large ? large : small))
                return true;
        }
    return false;
}

static bool has_work(const fit_row *row, uint32_t work)
{
    const llmp_speed_model *model = &row->scenario->speed;
    for (uint32_t i = 0; i < model->group_count; i++)
        if (model->groups[i].work & work)
            return true;
    return false;
}

bool feels(const fit_row *row, param p)
{
    const llmp_speed_stage *stage = &row->scenario->speed.stages[0];
    bool decode = row->scenario->phase == LLMP_PHASE_DECODE;
    switch (p) {
    case PARAM_MOE_LAYER:
    case PARAM_MOE_COMPUTE:
    case PARAM_MOE_HALF:
    case PARAM_SKEW:
        return has_work(row, LLMP_WORK_MOE);
    case PARAM_MOE_PER_YEAR:
        return row->conditions.build_year > 0 && has_work(row, LLMP_WORK_MOE);
    case PARAM_STATE:
        return decode && has_work(row, LLMP_WORK_RECURRENT);
    case PARAM_SCAN_STATE:
        return decode && has_work(row, LLMP_WORK_STATE_SPACE);
    case PARAM_MLA_LAYER:
        return has_work(row, LLMP_WORK_MLA);
    case PARAM_VECTOR_TOKENS:
    case PARAM_EXPERT_VECTOR_TOKENS:
        return false;
    case PARAM_PASS:
        return !decode;
    case PARAM_SCAN:
        return !decode && has_work(row, LLMP_WORK_RECURRENT);
    case PARAM_BATCH_LAYER:
    case PARAM_TILE:
        return decode && row->scenario->batch > 1;
    case PARAM_LINEAR_LAYER:
        return has_work(row, LLMP_WORK_RECURRENT);
    case PARAM_UNPACK:
        return has_width(row, 0, false, true);
    case PARAM_UNPACK_K:
        return has_width(row, 0, true, false);
    case PARAM_COMPUTE_16:
        return has_width(row, 16, true, true);
    case PARAM_COMPUTE_8:
        return has_width(row, 8, true, true);
    case PARAM_COMPUTE_4:
        return has_width(row, 4, true, true);
    case PARAM_ATTENTION_UNFUSED:
        return decode && row->scenario->speed.unfused_attention;
    case PARAM_ATTENTION_DECODE:
    case PARAM_ATTENTION_PAIR:
    case PARAM_HOST:
    case PARAM_BATCH_COMPUTE:
    case PARAM_KV:
        return decode;
    case PARAM_KV_PER_YEAR:
        return decode && row->conditions.build_year > 0;
    case PARAM_PREFILL_HOST:
        return !decode;
    case PARAM_BANDWIDTH_PER_YEAR:
    case PARAM_LAYER_PER_YEAR:
    case PARAM_COMPUTE_PER_YEAR:
    case PARAM_ATTENTION_PER_YEAR:
        return row->conditions.build_year > 0;
    case PARAM_POWER_COMPUTE:
    case PARAM_POWER_BANDWIDTH:
        return stage->power_ratio < 1;
    case PARAM_ALLREDUCE:
    case PARAM_ALLREDUCE_BANDWIDTH:
        return stage->devices > 1;
    case PARAM_BANDWIDTH:
    case PARAM_LAYER:
    case PARAM_SEQUENCE:
    case PARAM_COMPUTE:
    case PARAM_ATTENTION:
    case PARAM_COUNT:
        break;
    }
    return true;
}

bool has_format(const fit_row *row, const llmp_format *format)
{
    const llmp_format_mix *mixes = row->scenario->speed.mixes;
    double all = 0, of = 0;
    for (int part = 0; part < LLMP_PART_COUNT; part++)
        for (uint32_t i = 0; i < mixes[part].count; i++) {
            all += mixes[part].weights[i];
            if (mixes[part].formats[i] == format)
                of += mixes[part].weights[i];
        }
    return of > least_share * all;
}

double predict(const fit_system *system, const fit_row *row, const double *effects)
{
    llmp_speed_model *model = &row->scenario->speed;
    double values[PARAM_COUNT];
    chain_values(system, row->chain, row->chain_count, effects, values);
    llmp_profile_driver driver = {.id = ""};
    if (row->driver >= 0) {
        const int *of = system->driver_effect[row->driver];
        driver.bandwidth_factor = exp(effects[of[FACTOR_BANDWIDTH]]);
        driver.kv_factor = exp(effects[of[FACTOR_KV]]);
        driver.layer_factor = exp(effects[of[FACTOR_LAYER]]);
        driver.compute_factor = exp(effects[of[FACTOR_COMPUTE]]);
        driver.moe_compute_factor = exp(effects[of[FACTOR_MOE]]);
        driver.id = system->drivers[row->driver];
    }
    llmp_profile_format formats[FORMATS_MAX];
    for (int k = 0; k < system->format_count; k++)
        formats[k] =
            (llmp_profile_format){.format = system->formats[k]->head.id,
                                  .compute_factor = exp(effects[system->format_effect[k]])};
    bool cpu = strcmp(system->backend, "cpu") == 0;
    for (uint32_t i = 0; i < model->stage_count; i++) {
        llmp_profile *profile = &model->stages[i].profile;
        if (model->stages[i].is_host != cpu)
            continue;
        set_profile(system, values, profile);
        profile->drivers = &driver;
        profile->driver_count = row->driver >= 0;
        profile->formats = formats;
        profile->format_count = (size_t)system->format_count;
    }
    llmp_estimate rate;
    if (llmp_speed_adjust(model, &row->conditions, NULL) != LLMP_OK ||
        llmp__measured_predict(row->scenario, &rate, NULL) != LLMP_OK)
        return (double)NAN;
    return log(rate.p50);
}
