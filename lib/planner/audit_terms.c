/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims that are sums, products, or fields of the catalog. */
#include "planner/audit.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Sum or product of what is stated, from its least to its most within rounding. */
llmp_status llmp__judge_terms(const llmp__claim_scene *scene, llmp_claim_result *result,
                              llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    bool sum = c->kind == LLMP_CLAIM_SUM;
    double exact = sum ? 0.0 : 1.0;
    double low = exact;
    double high = exact;
    char text[240] = "";
    size_t used = 0;
    for (size_t i = 0; i < c->term_count; i++) {
        llmp_claim_says term;
        llmp_status status = llmp_claim_says_parse(c->terms[i], &term, error);
        if (status == LLMP_OK && !(term.high_value <= term.low_value)) {
            status = llmp__fail(error, LLMP_E_RANGE, "term '%.60s' is not one number", c->terms[i]);
        }
        if (status != LLMP_OK) {
            if (error != NULL) {
                (void)snprintf(error->field, sizeof error->field, "terms");
            }
            return status;
        }
        /* a product's factors are taken as exact: rounding them would excuse anything */
        double slack = sum ? llmp__rounding(term.low_value) : 0.0;
        exact = sum ? exact + term.low_value : exact * term.low_value;
        low = sum ? low + term.low_value - slack : exact;
        high = sum ? high + term.low_value + slack : exact;
        int n = snprintf(text + used, sizeof text - used, "%s%s",
                         i == 0 ? ""
                         : sum  ? " + "
                                : " x ",
                         llmp__figure_text(term.low_value).text);
        used += n > 0 && (size_t)n < sizeof text - used ? (size_t)n : 0;
    }
    llmp__judge_computed(scene, low, high, LLMP_CLAIM_WRONG, result);
    result->computed.low_value = result->computed.high_value = exact;
    if (result->verdict == LLMP_CLAIM_WRONG && exact > 0.0) {
        result->factor_ratio =
            (scene->says.low_value > exact ? scene->says.low_value : scene->says.high_value) /
            exact;
    }
    char value[32];
    (void)snprintf(value, sizeof value, "%s",
                   fabs(exact) >= 1e5 && exact < 1e9 ? "" : llmp__figure_text(exact).text);
    if (*value == '\0') {
        (void)llmp_count_format((uint64_t)llround(exact), value, sizeof value);
    }
    (void)snprintf(result->why, sizeof result->why, "%s = %s.", text, value);
    llmp__claim_term(scene, sum ? "sum" : "product", sum ? "sum of the terms" : "their product",
                     text, exact, "", NULL);
    return LLMP_OK;
}

/* Whether a text has the number in it: "170 SM / 21760 shaders". */
static bool mentions(const char *text, double number)
{
    static const char digits[] = "0123456789.";
    for (const char *at = text + strcspn(text, digits); *at != '\0'; at += strcspn(at, digits)) {
        char word[40];
        double value;
        size_t length = strspn(at, digits);
        (void)snprintf(word, sizeof word, "%.*s", (int)(length < 39 ? length : 39), at);
        if (llmp_number_parse(word, &value, NULL) == LLMP_OK && fabs(value - number) < 0.5) {
            return true;
        }
        at += length;
    }
    return false;
}

static void provenance(const llmp__claim_scene *scene, llmp_field_source *out)
{
    const llmp_claim *c = scene->claim;
    size_t length = strcspn(c->record, ".");
    for (int k = 0; k < LLMP_KIND_COUNT; k++) {
        const char *kind = llmp_kind_name((llmp_kind)k);
        if (strlen(kind) == length && strncmp(kind, c->record, length) == 0) {
            llmp_catalog_provenance((llmp_kind)k, scene->record, c->key, out);
        }
    }
}

llmp_status llmp__judge_fact(const llmp__claim_scene *scene, llmp_claim_result *result,
                             llmp_error *error)
{
    const llmp_claim *c = scene->claim;
    llmp_field_info info;
    llmp_field_source from = {.source = ""};
    llmp_value value;
    char date[16] = "";
    (void)error;
    llmp_schema_get(scene->record_schema, scene->record, scene->key, &value);
    (void)llmp_schema_field(scene->record_schema, scene->key, &info);
    provenance(scene, &from);
    if (value.type != LLMP_VALUE_ABSENT && llmp__same_source(from.source, c)) {
        return llmp__not_judged(result, "The catalog has %s of %s from the same source.", c->key,
                                scene->record->name);
    }
    if (value.type == LLMP_VALUE_TEXT && mentions(value.text, scene->says.low_value)) {
        result->verdict = LLMP_CLAIM_CONSISTENT;
        (void)snprintf(result->why, sizeof result->why, "%s of %s: %.120s.", c->key,
                       scene->record->name, value.text);
        return LLMP_OK;
    }
    bool count = value.type == LLMP_VALUE_COUNT;
    if (!count && value.type != LLMP_VALUE_NUMBER) {
        return llmp__not_judged(result,
                                value.type == LLMP_VALUE_ABSENT
                                    ? "The catalog does not know %s of %s."
                                    : "%s of %s does not say so.",
                                c->key, scene->record->name);
    }
    double number = count ? (double)value.count : value.number;
    llmp__judge_computed(scene, number, number, LLMP_CLAIM_WRONG, result);
    (void)llmp_date_format(from.as_of, date, sizeof date);
    (void)snprintf(result->why, sizeof result->why, "%s of %s is %s %s (%s, %s: %.200s).", c->key,
                   scene->record->name, llmp__figure_text(number).text, info.unit,
                   llmp_grade_name(from.grade), date, from.source);
    llmp__claim_term(scene, c->key, "as the catalog has it", c->record, number, info.unit,
                     from.source);
    return LLMP_OK;
}
