/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `cost` and `breakeven` share. */
#ifndef LLMP_CLI_MONEY_H
#define LLMP_CLI_MONEY_H

#include "cli/cli.h"

#include <llmplan/report_cost.h>

/** A question about money, resolved from words or a study file. */
typedef struct money {
    arguments args; /* with the study's options beneath the command line's */
    bool has_question;
    question question;
    llmp_catalog *own_catalog; /* where no machine is asked about */
    const llmp_catalog *catalog;
    llmp_cost_request request;
    char **words; /* of the study */
    size_t word_count;
} money;

/** The terms alone (workload, API, tariff, volume, assumptions) over a catalog, for commands that
 * bring machines of their own. */
int money_terms(const arguments *args, const llmp_catalog *catalog, llmp_cost_request *out);

/** Always to be closed, also on failure. */
int money_open(const arguments *args, const command *cmd, money *m);
void money_close(money *m);

#endif
