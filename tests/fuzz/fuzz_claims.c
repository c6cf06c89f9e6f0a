/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes are claims with a verdict each, or an error that says where. */
#include <llmplan/planner_audit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool ended(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static void check(const llmp_claim_result *r)
{
    if (r->claim == NULL || r->verdict >= LLMP_CLAIM_VERDICT_COUNT ||
        !ended(r->why, sizeof r->why) || !ended(r->assumed, sizeof r->assumed) ||
        !ended(r->reading, sizeof r->reading) || (r->has_estimate && !(r->estimate.p50 > 0.0)) ||
        (r->has_computed && !(r->computed.low_value <= r->computed.high_value)) ||
        (r->verdict == LLMP_CLAIM_IMPOSSIBLE && !(r->factor_ratio > 0.0))) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static llmp_catalog
        *catalog; /* made once: reading it costs a thousand times what an input does */
    llmp_error error = LLMP_ERROR_INIT;
    llmp_audit *audit = NULL;
    if (catalog == NULL && llmp_catalog_create(&catalog, NULL) != LLMP_OK) {
        abort();
    }
    if (llmp_audit_file_create(catalog, (const char *)data, size, "fuzz", NULL, &audit, &error) !=
        LLMP_OK) {
        if (audit != NULL || error.message[0] == '\0' || error.status == LLMP_E_INTERNAL) {
            abort();
        }
        return 0;
    }
    for (size_t i = 0; i < llmp_audit_size(audit); i++) {
        check(llmp_audit_result(audit, i));
    }
    llmp_audit_destroy(&audit);
    return 0;
}
