/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "planner/fit.h"

#include <math.h>
#include <string.h>

/* The metric that most published tables share; figures in other metrics do not mix with it. */
static const char metric[] = "kl-divergence";

static const llmp_quality *published(const llmp_quant *quant)
{
    for (size_t i = 0; i < quant->quality_count; i++)
        if (strcmp(quant->qualities[i].metric, metric) == 0 && quant->qualities[i].value_ratio > 0)
            return &quant->qualities[i];
    return NULL;
}

/* Published figures fall roughly as 2^(-2 bits): 4 times less divergence per bit, as each bit
 * halves the rounding error and divergence goes with its square. Used beyond and without
 * neighbours. */
static double scaled(double loss, double bits_from, double bits_to)
{
    return loss * exp2(2.0 * (bits_from - bits_to));
}

/* The model ships in this family of formats (gpt-oss in MXFP4, DeepSeek in FP8). */
bool llmp__quant_is_native(const llmp_catalog *catalog, const llmp_quant *quant,
                           const llmp_model *model)
{
    const llmp_record *native =
        model->native_format ? llmp_catalog_get(catalog, LLMP_KIND_FORMAT, model->native_format)
                             : NULL;
    const llmp_format_family family = native ? LLMP_FORMAT(native)->family : LLMP_FAMILY_FLOAT;
    return quant->family == family &&
           (family != LLMP_FAMILY_FLOAT || quant->nominal_bits_per_weight >= 16);
}

double llmp__quant_loss(const llmp_catalog *catalog, const llmp_quant *quant,
                        const llmp_model *model, const char **out_source)
{
    *out_source = NULL;
    if (llmp__quant_is_native(catalog, quant, model)) {
        *out_source = "the format the model ships in";
        return 0;
    }
    const llmp_quality *own = published(quant);
    if (own) {
        *out_source = own->source;
        return own->value_ratio;
    }
    const double bits = quant->nominal_bits_per_weight;
    double below_bits = 0, below_loss = 0, above_bits = HUGE_VAL, above_loss = 0;
    for (size_t i = 0; i < llmp_catalog_count(catalog, LLMP_KIND_QUANT); i++) {
        const llmp_quant *other = LLMP_QUANT(llmp_catalog_at(catalog, LLMP_KIND_QUANT, i));
        const llmp_quality *figure = published(other);
        if (!figure)
            continue;
        const double other_bits = other->nominal_bits_per_weight;
        if (other_bits <= bits && other_bits > below_bits) {
            below_bits = other_bits;
            below_loss = figure->value_ratio;
        }
        if (other_bits >= bits && other_bits < above_bits) {
            above_bits = other_bits;
            above_loss = figure->value_ratio;
        }
    }
    const bool has_below = below_bits > 0, has_above = above_bits < HUGE_VAL;
    if (has_below && has_above && above_bits > below_bits) {
        double t = (bits - below_bits) / (above_bits - below_bits);
        return exp(log(below_loss) * (1 - t) + log(above_loss) * t);
    }
    if (has_below)
        return scaled(below_loss, below_bits, bits);
    if (has_above)
        return scaled(above_loss, above_bits, bits);
    return exp2(-2.0 * bits);
}
