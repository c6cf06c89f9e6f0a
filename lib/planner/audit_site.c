/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims of what a machine costs, draws, and costs in electricity. */
#include "planner/audit.h"
#include "planner/cost_private.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- price ------------------------------------------------------------------------------------ */

/* Prices of one day differ by shop and country by about so much: judgement. */
static const double price_spread = 0.15;
enum { MONTHS_NEAR = 12 };

typedef struct seen_price {
    bool any_day; /* none near the day: all that are known */
    double low_usd;
    double high_usd;
    uint32_t count;
} seen_price;

static int months(llmp_date date)
{
    return date / 10000 * 12 + date / 100 % 100;
}

static bool counts(const llmp_price *p, const llmp_claim *c, llmp_date day, bool strict)
{
    bool used = p->kind == LLMP_PRICE_USED;
    bool fresh = p->kind == LLMP_PRICE_STREET || p->kind == LLMP_PRICE_LIST;
    bool launch = p->kind == LLMP_PRICE_LAUNCH;
    bool near_day = day == 0 || (months(p->as_of) - months(day) <= MONTHS_NEAR &&
                                 months(day) - months(p->as_of) <= MONTHS_NEAR);
    return !llmp__same_source(p->source, c) && (c->used ? used : fresh || (launch && !strict)) &&
           (near_day || !strict);
}

static seen_price see(const llmp_price *prices, size_t count, const llmp__claim_scene *scene)
{
    seen_price seen = {false, HUGE_VAL, 0.0, 0};
    for (int strict = 1; strict >= 0 && seen.count == 0; strict--) {
        seen.any_day = strict == 0;
        for (size_t i = 0; i < count; i++) {
            if (counts(&prices[i], scene->claim, scene->as_of, strict == 1)) {
                seen.low_usd = fmin(seen.low_usd, prices[i].low_usd);
                seen.high_usd = fmax(seen.high_usd, prices[i].high_usd);
                seen.count++;
            }
        }
    }
    return seen;
}

llmp_status llmp__judge_price(const llmp__claim_scene *scene, llmp_claim_result *result,
                              llmp_error *error)
{
    const llmp_machine *m = scene->machine;
    (void)error;
    if (m == NULL) {
        return llmp__not_judged(result, "It does not say which machine.");
    }
    seen_price whole = m->rig == NULL ? (seen_price){false, 0.0, 0.0, 0}
                                      : see(m->rig->prices, m->rig->price_count, scene);
    seen_price parts = {false, 0.0, 0.0, 0};
    for (uint32_t i = 0; i < m->device_count && whole.count == 0; i++) {
        seen_price one = see(m->devices[i]->prices, m->devices[i]->price_count, scene);
        if (one.count == 0) {
            return llmp__not_judged(result, "The catalog has no other %sprice of %s.",
                                    scene->claim->used ? "second-hand " : "",
                                    m->devices[i]->head.name);
        }
        parts.low_usd += one.low_usd;
        parts.high_usd += one.high_usd;
        parts.count += one.count;
        parts.any_day = parts.any_day || one.any_day;
    }
    const seen_price *seen = whole.count > 0 ? &whole : &parts;
    bool complete = whole.count > 0 || m->rig == NULL;
    double high = complete ? seen->high_usd * (1.0 + price_spread) : HUGE_VAL;
    llmp__judge_computed(scene, seen->low_usd * (1.0 - price_spread), high, LLMP_CLAIM_IMPLAUSIBLE,
                         result);
    result->computed.low_value = seen->low_usd;
    result->computed.high_value = complete ? seen->high_usd : HUGE_VAL;
    result->readings_count = seen->count;
    char range[80];
    llmp__range_text(seen->low_usd, seen->high_usd, range, sizeof range);
    (void)snprintf(result->why, sizeof result->why, "%s %s USD in %u other observation%s%s.",
                   complete ? "Seen at" : "Its devices alone are seen at", range, seen->count,
                   seen->count == 1 ? "" : "s", complete ? "" : ", the rest of it is not known");
    (void)snprintf(result->assumed, sizeof result->assumed, "%s, %.0f %% either way",
                   scene->as_of == 0 ? "whatever their date"
                   : seen->any_day   ? "none within a year of the day, so whatever their date"
                                     : "prices within a year of the day",
                   100.0 * price_spread);
    return LLMP_OK;
}

/* --- power ------------------------------------------------------------------------------------ */

/* A computer around its cards: judgement. */
static const double host_w = 300.0;

/* Watts under load, from the cards alone to what the supply can give; NaN where a card's are not
 * known. */
static void draw(const llmp_machine *m, const llmp_claim *claim, double *low, double *high)
{
    double sum = 0.0;
    double wall_low = HUGE_VAL;
    double wall_high = 0.0;
    for (uint32_t i = 0; i < m->device_count; i++) {
        const llmp_device *d = m->devices[i];
        sum += LLMP_HAS_DEVICE(d, tdp_w) ? d->tdp_w : (double)NAN;
        for (size_t k = 0; k < d->power_count && m->device_count == 1; k++) {
            const llmp_power *p = &d->powers[k];
            if (p->state == LLMP_POWER_INFERENCE && p->scope == LLMP_POWER_WALL &&
                !llmp__same_source(p->source, claim)) {
                wall_low = fmin(wall_low, p->low_w);
                wall_high = fmax(wall_high, p->high_w);
            }
        }
    }
    bool card = m->devices[0]->kind == LLMP_DEVICE_GPU;
    double supply = m->rig != NULL && LLMP_HAS_RIG(m->rig, psu_w)
                        ? m->rig->psu_w * m->machines
                        : sum + (card ? host_w * m->machines : 0.0);
    *low = fmin(sum, wall_low);
    *high = fmax(fmax(supply, sum), wall_high);
    if (isnan(sum)) {
        *low = wall_high > 0.0 ? wall_low : sum;
        *high = wall_high > 0.0 ? wall_high : sum;
    }
}

llmp_status llmp__judge_power(const llmp__claim_scene *scene, llmp_claim_result *result,
                              llmp_error *error)
{
    double low;
    double high;
    (void)error;
    if (scene->machine == NULL) {
        return llmp__not_judged(result, "It does not say which machine.");
    }
    draw(scene->machine, scene->claim, &low, &high);
    if (!isfinite(low)) {
        return llmp__not_judged(result, "The catalog does not know the power of %s.",
                                scene->machine->title);
    }
    llmp__judge_computed(scene, low, high, LLMP_CLAIM_IMPLAUSIBLE, result);
    (void)snprintf(result->why, sizeof result->why,
                   "Under load %s W (%s) to %s W (what its supply or a host beside it allows).",
                   llmp__figure_text(low).text,
                   scene->machine->device_count > 1 ? "its devices" : "measured, or the device",
                   llmp__figure_text(high).text);
    return LLMP_OK;
}

/* --- electricity ------------------------------------------------------------------------------ */

typedef struct tariffs {
    double low_usd;
    double high_usd;
    const char *low;
    const char *high;
} tariffs;

static llmp_status add_tariff(const llmp__claim_scene *scene, const llmp_tariff *t, tariffs *out,
                              llmp_error *error)
{
    double rate;
    llmp_status status =
        llmp_currency_rate(scene->catalog, t->currency, scene->as_of, &rate, error);
    double usd = status == LLMP_OK ? t->currency_per_kwh * rate : 0.0;
    if (status == LLMP_OK && usd < out->low_usd) {
        out->low_usd = usd;
        out->low = t->head.id;
    }
    if (status == LLMP_OK && usd > out->high_usd) {
        out->high_usd = usd;
        out->high = t->head.id;
    }
    return status == LLMP_E_NO_DATA ? LLMP_OK : status;
}

/* What is stated, else every tariff of the catalog that such a machine may be on. */
static llmp_status kwh_prices(const llmp__claim_scene *scene, bool data_centre, tariffs *out,
                              llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    llmp_status status = LLMP_OK;
    *out = (tariffs){HUGE_VAL, 0.0, "", ""};
    if (c->usd_per_kwh > 0.0) {
        *out = (tariffs){c->usd_per_kwh, c->usd_per_kwh, "stated", "stated"};
        return LLMP_OK;
    }
    if (scene->tariff != NULL) {
        return add_tariff(scene, scene->tariff, out, error);
    }
    for (size_t i = 0;
         status == LLMP_OK && i < llmp_catalog_count(scene->catalog, LLMP_KIND_TARIFF); i++) {
        const llmp_tariff *t = LLMP_TARIFF(llmp_catalog_at(scene->catalog, LLMP_KIND_TARIFF, i));
        if (!data_centre || t->customer != LLMP_TARIFF_HOUSEHOLD) {
            status = add_tariff(scene, t, out, error);
        }
    }
    return status;
}

llmp_status llmp__claim_kwh_usd(const llmp__claim_scene *scene, double *out, llmp_error *error)
{
    tariffs t;
    llmp_status status = LLMP_OK;
    *out = scene->claim->usd_per_kwh;
    if (scene->tariff != NULL) {
        status = kwh_prices(scene, false, &t, error);
        *out = status == LLMP_OK ? t.low_usd : 0.0;
    }
    return status;
}

/* Power of a site, of that of its machines: the catalog's range for data centres. */
static double pue_most(const llmp__claim_scene *scene, bool data_centre)
{
    double most = 1.0;
    for (size_t i = 0; data_centre && i < llmp_catalog_count(scene->catalog, LLMP_KIND_ASSUMPTION);
         i++) {
        const llmp_assumption *a =
            LLMP_ASSUMPTION(llmp_catalog_at(scene->catalog, LLMP_KIND_ASSUMPTION, i));
        if (a->quantity == LLMP_QUANTITY_PUE_RATIO) {
            most = fmax(most, fmax(a->value,
                                   LLMP_HAS_ASSUMPTION(a, high_value) ? a->high_value : a->value));
        }
    }
    return most;
}

llmp_status llmp__judge_electricity(const llmp__claim_scene *scene, llmp_claim_result *result,
                                    llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    double low_w = c->power_w;
    double high_w = c->power_w;
    bool data_centre = scene->machine != NULL && llmp__cost_in_data_centre(scene->machine);
    tariffs t;
    if (!(low_w > 0.0)) {
        if (scene->machine == NULL) {
            return llmp__not_judged(result, "It does not say which machine, or how many watts.");
        }
        draw(scene->machine, c, &low_w, &high_w);
    }
    if (!isfinite(low_w)) {
        return llmp__not_judged(result, "The catalog does not know the power of %s.",
                                scene->machine->title);
    }
    llmp_status status = kwh_prices(scene, data_centre, &t, error);
    if (status != LLMP_OK || !(t.high_usd > 0.0)) {
        return status != LLMP_OK ? status : llmp__not_judged(result, "No tariff is known.");
    }
    double machines = c->machine_count > 0.0 ? c->machine_count : 1.0;
    double pue = c->pue_ratio > 0.0 ? c->pue_ratio : pue_most(scene, data_centre);
    double least_pue = c->pue_ratio > 0.0 ? c->pue_ratio : 1.0;
    double low = machines * low_w * LLMP_HOURS_PER_MONTH / 1000.0 * least_pue * t.low_usd;
    double high = machines * high_w * LLMP_HOURS_PER_MONTH / 1000.0 * pue * t.high_usd;
    llmp__judge_computed(scene, low, high, LLMP_CLAIM_WRONG, result);
    (void)snprintf(result->why, sizeof result->why,
                   "%s kW for 730 hours at %.3g USD/kWh (%.40s) are %s USD; %s kW, PUE %.3g, %.3g "
                   "USD/kWh (%.40s) are %s USD.",
                   llmp__figure_text(machines * low_w / 1000.0).text, t.low_usd, t.low,
                   llmp__figure_text(low).text, llmp__figure_text(machines * high_w / 1000.0).text,
                   pue, t.high_usd, t.high, llmp__figure_text(high).text);
    (void)snprintf(result->assumed, sizeof result->assumed, "under load day and night%s%s%s",
                   c->power_w > 0.0 ? "" : ", from the devices' power to the supply's",
                   t.low_usd < t.high_usd ? ", any tariff of the catalog for such a machine" : "",
                   c->pue_ratio > 0.0 || !data_centre ? "" : ", any PUE");
    llmp__claim_term(scene, "least_usd_per_month", "kW * 730 h * USD/kWh", result->why, low, "USD",
                     NULL);
    llmp__claim_term(scene, "most_usd_per_month", "kW * 730 h * PUE * USD/kWh", "", high, "USD",
                     NULL);
    return LLMP_OK;
}
