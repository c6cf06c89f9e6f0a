/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a claim says as an interval, and the rule that judges an interval by an estimate. */
#include "planner/audit.h"

#include "base/error.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- reading ---------------------------------------------------------------------------------- */

enum { SAYS_SIZE = 64 };

typedef enum opening_form { FORM_ABOUT, FORM_UP_TO, FORM_OVER, FORM_UNDER } opening_form;

static const struct {
    const char *words;
    opening_form form;
} openings[] = {
    {"about ", FORM_ABOUT},     {"~", FORM_ABOUT},        {"up to ", FORM_UP_TO},
    {"over ", FORM_OVER},       {">", FORM_OVER},         {"more than ", FORM_OVER},
    {"at least ", FORM_OVER},   {"under ", FORM_UNDER},   {"<", FORM_UNDER},
    {"less than ", FORM_UNDER}, {"at most ", FORM_UNDER},
};

static const char *opening(const char *text, opening_form *out)
{
    *out = FORM_ABOUT;
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        size_t length = strlen(openings[i].words);
        if (strncmp(text, openings[i].words, length) == 0) {
            *out = openings[i].form;
            text += length;
            break;
        }
    }
    return text + strspn(text, " ");
}

/* "30-50", "30 to 50", "30..50": where the second number begins, and how long the first is. */
static const char *second(const char *text, size_t *first_length)
{
    static const char *const between[] = {" to ", "..", "\xE2\x80\x93", "-"};
    for (size_t i = 0; i < sizeof between / sizeof *between; i++) {
        const char *at = strstr(text + (*text != '\0'), between[i]);
        while (at != NULL && *at == '-' && (at[-1] == 'e' || at[-1] == 'E')) {
            at = strchr(at + 1, '-'); /* that one belongs to an exponent */
        }
        if (at != NULL) {
            *first_length = (size_t)(at - text);
            return at + strlen(between[i]);
        }
    }
    *first_length = strlen(text);
    return NULL;
}

/* Digits with thousands separators, spaces around. */
static bool number(const char *text, size_t length, double *out)
{
    char digits[SAYS_SIZE];
    size_t n = 0;
    while (length > 0 && *text == ' ') {
        text++;
        length--;
    }
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        bool group = text[i] == ',' && i > 0 && i + 3 < length &&
                     strspn(text + i + 1, "0123456789") >= 3 &&
                     (i + 4 >= length || strspn(text + i + 1, "0123456789") == 3);
        if (!group) {
            digits[n++] = text[i];
        }
    }
    digits[n] = '\0';
    return n > 0 && llmp_number_parse(digits, out, NULL) == LLMP_OK;
}

llmp_status llmp_claim_says_parse(const char *text, llmp_claim_says *out, llmp_error *error)
{
    opening_form form;
    size_t length;
    double low = 0.0;
    double high = 0.0;
    if (text == NULL || out == NULL) {
        return llmp__fail_argument(error, "text or out", "is NULL");
    }
    const char *from = opening(text, &form);
    const char *to = strlen(from) < SAYS_SIZE ? second(from, &length) : NULL;
    bool good = strlen(from) < SAYS_SIZE && number(from, length, &low);
    if (good && to != NULL) {
        good = form == FORM_ABOUT && number(to, strlen(to), &high) && high >= low;
    }
    if (!good || low < 0.0 || fmax(low, high) > 1e18) {
        (void)llmp__fail(error, LLMP_E_RANGE, "'%.60s' is no value or range", text);
        llmp__hint(error, "write 38, 30-50, 'up to 70', 'over 9000' or 'under 0.05'");
        return LLMP_E_RANGE;
    }
    *out = (llmp_claim_says){low, to != NULL ? high : low, to != NULL, form == FORM_UP_TO};
    if (form == FORM_OVER) {
        out->high_value = HUGE_VAL;
    } else if (form == FORM_UNDER) {
        out->low_value = -HUGE_VAL;
    }
    return LLMP_OK;
}

/* --- judging ---------------------------------------------------------------------------------- */

/* t(0.99) / t(0.90) with four degrees of freedom: 3.7469 / 1.5332. */
static const double tail_ratio = 2.444;

void llmp_estimate_tails(const llmp_estimate *e, bool is_time, double *out_p1, double *out_p99)
{
    double p1 = e->p50 * pow(e->p10 / e->p50, tail_ratio);
    /* an upper end that the ceiling cut short says nothing of the spread: the lower one does */
    double up = fmax(e->p90 / e->p50, is_time ? 1.0 : e->p50 / e->p10);
    double p99 = e->p50 * pow(up, tail_ratio);
    *out_p1 = is_time ? fmax(e->p50 * pow(up, -tail_ratio), e->ceiling) : p1;
    *out_p99 = is_time ? p99 : fmin(p99, e->ceiling);
}

llmp_claim_verdict llmp_claim_judge(const llmp_claim_says *says, const llmp_estimate *estimate,
                                    bool is_time)
{
    double p1;
    double p99;
    double bound = estimate->ceiling;
    llmp_estimate_tails(estimate, is_time, &p1, &p99);
    if (is_time ? says->high_value < bound : says->low_value > bound) {
        return LLMP_CLAIM_IMPOSSIBLE;
    }
    if (says->is_range && (is_time ? says->low_value < bound : says->high_value > bound)) {
        return LLMP_CLAIM_PARTLY_IMPOSSIBLE;
    }
    if (says->high_value < p1 || says->low_value > p99) {
        return LLMP_CLAIM_IMPLAUSIBLE;
    }
    return LLMP_CLAIM_CONSISTENT;
}

/* The point of what is said that is nearest to a value. */
static double nearest(const llmp_claim_says *says, double value)
{
    return fmin(fmax(value, says->low_value), says->high_value);
}

double llmp_claim_chance(const llmp_claim_says *says, const llmp_estimate *e)
{
    static const double t90 = 1.5332; /* of four degrees of freedom */
    double point = nearest(says, e->p50);
    double spread = fmax(log(e->p90 / e->p50), log(e->p50 / e->p10)) / t90;
    if (!(point > 0.0)) {
        return 0.0;
    }
    double t = fabs(log(point / e->p50)) / spread;
    return spread > 0.0 ? gsl_cdf_tdist_Q(t, 4.0) : (t > 0.0 ? 0.0 : 0.5);
}

bool llmp__best_offer(llmp__best *best, const llmp_estimate *estimate)
{
    if (!isfinite(estimate->p50) || !(estimate->p50 > 0.0) || !(estimate->p10 > 0.0)) {
        return false;
    }
    llmp_claim_verdict verdict = llmp_claim_judge(best->says, estimate, best->is_time);
    double at = verdict <= LLMP_CLAIM_PARTLY_IMPOSSIBLE ? estimate->ceiling : estimate->p50;
    double distance = fabs(log(fmax(nearest(best->says, at), 1e-300) / at));
    if (best->any &&
        (verdict < best->verdict || (verdict == best->verdict && !(distance < best->distance)))) {
        return false;
    }
    best->any = true;
    best->verdict = verdict;
    best->distance = distance;
    best->estimate = *estimate;
    return true;
}

/* --- arithmetic ------------------------------------------------------------------------------- */

double llmp__rounding(double value)
{
    double size = fabs(value);
    if (!isfinite(value) || !(size > 0.0)) {
        return 0.0;
    }
    for (int place = 18; place >= -6; place--) {
        double unit = pow(10.0, place);
        double times = size / unit;
        if (times >= 1.0 && fabs(times - round(times)) < 1e-9 * times) {
            return fmin(0.5 * unit, 0.05 * size);
        }
    }
    return 0.0;
}

void llmp__judge_computed(const llmp__claim_scene *scene, double low, double high,
                          llmp_claim_verdict otherwise, llmp_claim_result *result)
{
    const llmp_claim_says *says = &scene->says;
    bool rounded = otherwise == LLMP_CLAIM_WRONG; /* what was seen has a spread of its own */
    double from = says->low_value - (rounded ? llmp__rounding(says->low_value) : 0.0);
    double to = says->high_value + (rounded ? llmp__rounding(says->high_value) : 0.0);
    bool above = from > high;
    bool below = to < low;
    result->has_computed = true;
    result->computed.low_value = low;
    result->computed.high_value = high;
    result->verdict = above || below ? otherwise : LLMP_CLAIM_CONSISTENT;
    if (above && high > 0.0) {
        result->factor_ratio = says->low_value / high;
    } else if (below && low > 0.0) {
        result->factor_ratio = says->high_value / low;
    }
}

/* --- words ------------------------------------------------------------------------------------ */

llmp__short llmp__figure_text(double value)
{
    llmp__short out;
    double size = fabs(value);
    if (size >= 1000.0 && size < 1e15) {
        double unit = size >= 1e5 ? pow(10.0, floor(log10(size)) - 3.0) : 1.0;
        char count[28];
        (void)llmp_count_format((uint64_t)llround(round(size / unit) * unit), count, sizeof count);
        (void)snprintf(out.text, sizeof out.text, "%s%s", value < 0.0 ? "-" : "", count);
    } else {
        (void)snprintf(out.text, sizeof out.text, size >= 100.0 && size < 1000.0 ? "%.0f" : "%.3g",
                       value);
    }
    return out;
}

void llmp__chance_text(const llmp_claim_result *result, char *out, size_t size)
{
    out[0] = '\0';
    if (result->verdict > LLMP_CLAIM_WRONG && result->chance_ratio < 0.3) {
        bool above = result->says.low_value > result->estimate.p50;
        (void)snprintf(out, size, "; so %s in %s of 100 cases", above ? "much" : "little",
                       result->chance_ratio < 0.01
                           ? "less than 1"
                           : llmp__figure_text(round(100.0 * result->chance_ratio)).text);
    }
}

void llmp__range_text(double low, double high, char *out, size_t size)
{
    if (high > low) {
        (void)snprintf(out, size, "%s to %s", llmp__figure_text(low).text,
                       llmp__figure_text(high).text);
    } else {
        (void)snprintf(out, size, "%s", llmp__figure_text(low).text);
    }
}
