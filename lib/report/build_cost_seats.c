/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flat seats beside the bill, with their limits in the vendor's words. */
#include "report/build_cost.h"

static const char *beyond_words(llmp_beyond beyond)
{
    switch (beyond) {
    case LLMP_BEYOND_STOPS:
        return "requests are refused until the limit resets";
    case LLMP_BEYOND_PER_TOKEN:
        return "billed by the token where that is allowed";
    case LLMP_BEYOND_CREDITS:
        return "from credits that are bought";
    case LLMP_BEYOND_SLOWER:
        return "served later or by a smaller model";
    }
    return "";
}

static void data(llmp_document *d, const llmp_cost_seats *seats)
{
    const llmp_subscription *s = seats->subscription;
    llmp__node *map = llmp__data_map(d, d->data, "seats");
    llmp__data_text(d, map, "subscription", s->head.id);
    llmp__data_whole(d, map, "seats", seats->seats_count);
    llmp__data_number(d, map, "usd_per_month", seats->usd_per_month);
    llmp__data_number(d, map, "of_api_bill_ratio", seats->bill_ratio);
    llmp__data_bool(d, map, "stands_in_for_api", seats->stands_in);
    llmp__data_text(d, map, "limits", s->limits);
    llmp__data_number(d, map, "asked_requests_per_window", seats->window_requests_count);
    if (seats->limit_known) {
        llmp__data_whole(d, map, "stated_requests_per_window", s->requests_per_window);
        llmp__data_number(d, map, "window_hours", s->window_hours_count);
        llmp__data_bool(d, map, "within_stated_limit", seats->within_limit);
    } else {
        llmp__data_text(d, map, "within_stated_limit", NULL);
    }
    llmp__data_text(d, map, "source", s->head.source);
}

static void asked(llmp_document *d, const llmp_cost_seats *seats)
{
    const llmp_subscription *s = seats->subscription;
    if (!seats->limit_known) {
        llmp__labelled(d, "Asked:", LLMP__COST_LABEL,
                       "no number of requests is stated: whether the seats hold this use is "
                       "UNKNOWN.");
        return;
    }
    llmp__labelled(
        d, "Asked:", LLMP__COST_LABEL,
        llmp__format(d,
                     "%s requests of a seat in %s hours, on average while in use; about %u are "
                     "stated: %s. A vendor's message may be several requests, or a long one count "
                     "more.",
                     llmp__figure(d, seats->window_requests_count),
                     llmp__figure(d, s->window_hours_count), s->requests_per_window,
                     seats->within_limit ? "within it, as far as stated"
                                         : "MORE THAN THE SEATS HOLD"));
}

void llmp__cost_seats_report(llmp_document *d, const llmp_cost_answer *a)
{
    const llmp_cost_seats *seats = &a->seats;
    if (!a->has_seats) {
        return;
    }
    const llmp_subscription *s = seats->subscription;
    char date[16];
    (void)llmp_date_format(s->head.as_of, date, sizeof date);
    data(d, seats);
    llmp__labelled(d, "Seats:", LLMP__COST_LABEL,
                   llmp__format(d, "%u of %s: %s a month, flat%s%s%s.", seats->seats_count,
                                s->head.name, llmp__usd(d, seats->usd_per_month),
                                a->study.has_api ? ", beside an API bill of " : "",
                                a->study.has_api ? llmp__usd(d, a->study.api.bill.total_usd) : "",
                                a->study.has_api && !seats->stands_in
                                    ? "; the catalog does not name that model among the plan's"
                                    : ""));
    llmp__labelled(d, "Limits:", LLMP__COST_LABEL,
                   llmp__format(d, "%s (%s). Beyond: %s.",
                                s->limits == NULL ? "not stated" : s->limits, date,
                                beyond_words(s->beyond)));
    asked(d, seats);
}
