/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Distinct experts under skewed routing. With popularity p_i = min(1, c i^-s), sum p_i = k, the
 * expected number is sum over i of 1 - (1 - p_i)^T. The most popular experts are summed one by one;
 * the tail is integrated over ln i, where the integrand is smooth, by four Gauss-Legendre nodes
 * (midpoint rule: the integral from i - 1/2 to E + 1/2 stands for the sum). c is solved on the same
 * nodes, so that one token touches exactly k.
 */
#include "speed/step.h"

#include <math.h>
#include <string.h>

enum { TAIL = LLMP__ROUTING_NODES - LLMP__ROUTING_EXACT };

static const double node[TAIL] = {-0.8611363115940526, -0.3399810435848563, 0.3399810435848563,
                                  0.8611363115940526};
static const double weight[TAIL] = {0.3478548451374538, 0.6521451548625461, 0.6521451548625461,
                                    0.3478548451374538};

/* Popularity before scaling; returns the number of nodes. */
static uint32_t spread(llmp__routing *routing, double popularity[LLMP__ROUTING_NODES])
{
    uint32_t n = 0;
    for (; n < LLMP__ROUTING_EXACT && n + 1 <= routing->experts; n++) {
        routing->weight[n] = 1;
        popularity[n] = n ? exp(-routing->skew * log(n + 1.0)) : 1;
    }
    if (routing->experts <= LLMP__ROUTING_EXACT)
        return n;
    double low = log(LLMP__ROUTING_EXACT + 0.5);
    double half = 0.5 * (log(routing->experts + 0.5) - low);
    double total = 0;
    for (uint32_t i = 0; i < TAIL; i++, n++) {
        double at = low + half * (1 + node[i]);
        routing->weight[n] = weight[i] * exp(at);
        popularity[n] = exp(-routing->skew * at);
        total += routing->weight[n];
    }
    double scale = (routing->experts - LLMP__ROUTING_EXACT) / total;
    for (uint32_t i = LLMP__ROUTING_EXACT; i < n; i++)
        routing->weight[i] *= scale;
    return n;
}

void llmp__routing_init(llmp__routing *routing, double experts, double per_token, double skew)
{
    routing->experts = experts;
    routing->per_token = per_token;
    routing->skew = skew;
    routing->certain = 0;
    routing->nodes = 0;
    if (per_token >= experts) {
        routing->certain = experts;
        return;
    }
    if (!(skew > 0)) {
        routing->nodes = 1;
        routing->weight[0] = experts;
        routing->log_miss[0] = log1p(-per_token / experts);
        return;
    }
    double popularity[LLMP__ROUTING_NODES];
    uint32_t n = spread(routing, popularity);
    double total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += routing->weight[i] * popularity[i];

    /* Nodes are in falling popularity: while the first one left would exceed certainty, it is
     * certain. */
    uint32_t first = 0;
    double scale = per_token / total;
    while (first + 1 < n && scale * popularity[first] >= 1 &&
           routing->certain + routing->weight[first] < per_token) {
        routing->certain += routing->weight[first];
        total -= routing->weight[first] * popularity[first];
        first++;
        scale = (per_token - routing->certain) / total;
    }
    for (uint32_t i = first; i < n; i++) {
        double p = scale * popularity[i];
        routing->weight[routing->nodes] = routing->weight[i];
        routing->log_miss[routing->nodes++] = p < 1 ? log1p(-p) : -HUGE_VAL;
    }
}

void llmp__routing_need(llmp__routing *routing, double experts, double per_token, double skew)
{
    const double wanted[] = {experts, per_token, skew};
    const double known[] = {routing->experts, routing->per_token, routing->skew};
    if (memcmp(wanted, known, sizeof wanted) != 0)
        llmp__routing_init(routing, experts, per_token, skew);
}

double llmp__routing_distinct(const llmp__routing *routing, double tokens)
{
    if (tokens <= 1)
        return routing->per_token < routing->experts ? routing->per_token : routing->experts;
    double distinct = routing->certain;
    for (uint32_t i = 0; i < routing->nodes; i++)
        distinct -= routing->weight[i] * expm1(tokens * routing->log_miss[i]);
    double most = tokens * routing->per_token;
    if (most > routing->experts)
        most = routing->experts;
    if (distinct > most)
        distinct = most;
    return distinct > routing->per_token ? distinct : routing->per_token;
}

double llmp_speed_distinct_experts(double experts, double experts_per_token, double tokens,
                                   double skew)
{
    if (!(experts > 0) || !(experts_per_token > 0))
        return 0;
    llmp__routing routing;
    llmp__routing_init(&routing, experts, experts_per_token, skew);
    return llmp__routing_distinct(&routing, tokens);
}
