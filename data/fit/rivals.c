/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What simpler published formulas predict for decode; ln of the rate. */
#include "fit.h"

#include <math.h>
#include <string.h>

/* Bytes of weights that one token of one sequence reads. */
static double bytes_read(const fit_row *row)
{
    llmp_decode_result result;
    if (llmp_speed_decode(&row->scenario->speed, 0, 1, NULL, &result, NULL) != LLMP_OK)
        return (double)NAN;
    return result.weights_read_bytes;
}

double rival_roofline(const fit_row *row)
{
    return log(row->device->memory_bandwidth_bytes_per_s / bytes_read(row));
}

double rival_share(const fit_row *row)
{
    return log(0.55) + rival_roofline(row);
}

/* github.com/Andyyyy64/whichllm: efficiency by bits, a factor by vendor, and for mixtures a share
 * of the weights that grows with the bandwidth. */
double rival_table(const fit_row *row)
{
    const llmp_arch_summary *summary = llmp_arch_summary_of(row->scenario->arch);
    double bits = summary->main_format->bits_per_weight;
    double efficiency = bits > 12  ? 0.40
                        : bits > 7 ? 0.45
                        : bits > 6 ? 0.50
                        : bits > 5 ? 0.52
                        : bits > 4 ? 0.55
                        : bits > 3 ? 0.50
                                   : 0.45;
    double vendor = 0.65;
    if (row->device->vendor == LLMP_VENDOR_NVIDIA)
        vendor = 1;
    else if (row->device->vendor == LLMP_VENDOR_AMD)
        vendor = 0.78;
    else if (row->device->vendor == LLMP_VENDOR_APPLE)
        vendor = 0.82;
    double bandwidth = row->device->memory_bandwidth_bytes_per_s;
    double weights = (double)summary->weight_bytes, active = bytes_read(row) / weights;
    double share = active < 0.7 ? fmax(active, fmin(0.25, 0.05 * bandwidth / 256e9)) : 1;
    return log(bandwidth / (weights * share) * efficiency * vendor);
}
