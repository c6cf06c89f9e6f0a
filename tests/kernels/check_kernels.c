/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every variant that this processor runs against the reference. Arguments are variants that must
 * have run. */
#include "bench/isa.h"
#include "bench/kernels.h"

#include <stdio.h>
#include <string.h>

enum { SEEDS = 3 };

static double worst_error(const llmp__kernel *k)
{
    double worst = 0.0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        double error = llmp__kernel_check(k, seed * 5731);
        worst = error <= worst ? worst : error; /* also when it is NAN */
    }
    return worst;
}

static size_t ran(const char *variant, unsigned isa)
{
    size_t count = 0;
    const llmp__kernel *k;
    for (size_t i = 0; (k = llmp__kernel_at(i)) != NULL; i++) {
        count += (k->needs & ~isa) == 0 && strcmp(k->variant, variant) == 0 ? 1 : 0;
    }
    return count;
}

int main(int argc, char **argv)
{
    char features[128];
    unsigned isa = llmp__isa_detect();
    const llmp__kernel *k;
    int bad = 0;
    (void)llmp__isa_format(isa, features, sizeof features);
    printf("features: %s\nerror as a share of the tolerance\n", features);
    for (size_t i = 0; (k = llmp__kernel_at(i)) != NULL; i++) {
        if ((k->needs & ~isa) != 0) {
            continue;
        }
        double error = worst_error(k);
        bool good = error <= 1.0;
        printf("%-12s %-6s %-12s %.2g%s\n", llmp__kernel_names[k->id], k->dtype, k->variant, error,
               good ? "" : " WRONG");
        bad += good ? 0 : 1;
    }
    for (int i = 1; i < argc; i++) {
        if (ran(argv[i], isa) == 0) {
            printf("no kernel by %s ran\n", argv[i]);
            bad++;
        }
    }
    return bad == 0 ? 0 : 1;
}
