/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flat seats beside the bill. Limits are stated in messages and change often: they are told next to
 * what is asked, and never turned into free tokens. */
#include "planner/cost_private.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

static bool stands_in(const llmp_subscription *s, const llmp_api_price *api)
{
    for (size_t i = 0; api != NULL && i < s->model_count; i++) {
        if (strcmp(s->models[i], api->head.id) == 0) {
            return true;
        }
    }
    return false;
}

/* Windows of less than a day are filled in hours of use; longer ones span the nights as well. */
static double asked_in(const llmp_demand *demand, double window_hours)
{
    double hours = window_hours < 24.0 ? demand->hours_count : LLMP_HOURS_PER_MONTH;
    return hours > 0.0 ? demand->requests_count * window_hours / hours : 0.0;
}

llmp_status llmp__cost_seats(llmp_cost *cost, const llmp_cost_request *request, llmp_error *error)
{
    const llmp_subscription *s = request->subscription;
    llmp_cost_answer *a = &cost->answer;
    uint32_t least = s->seats_min > 1 ? s->seats_min : 1;
    if (request->seats_count != 0 && request->seats_count < least) {
        return llmp__fail(error, LLMP_E_RANGE, "%s is sold from %u seats on, not %u", s->head.name,
                          least, request->seats_count);
    }
    llmp_cost_seats *out = &a->seats;
    out->subscription = s;
    out->seats_count = request->seats_count == 0 ? least : request->seats_count;
    out->usd_per_month = s->usd_per_seat_month * (double)out->seats_count;
    out->stands_in = stands_in(s, request->api);
    out->window_requests_count =
        asked_in(&a->study.demand, s->window_hours_count) / (double)out->seats_count;
    out->limit_known = s->requests_per_window > 0 && s->window_hours_count > 0.0;
    out->within_limit =
        out->limit_known && out->window_requests_count <= (double)s->requests_per_window;
    out->bill_ratio = a->study.has_api && a->study.api.bill.total_usd > 0.0
                          ? out->usd_per_month / a->study.api.bill.total_usd
                          : (double)NAN;
    a->has_seats = true;
    return LLMP_OK;
}
