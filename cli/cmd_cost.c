/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/money.h"

typedef llmp_status report(const llmp_cost *cost, bool with_trace, const llmp_report_style *style,
                           llmp_document **out, llmp_error *error);

static int run(const arguments *args, unsigned bit, report *build)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_cost *cost = NULL;
    money m;
    const command *cmd = commands;
    while (cmd->bit != bit) {
        cmd++;
    }
    int code = money_open(args, cmd, &m);
    if (code == EXIT_DONE) {
        llmp_report_style style = style_of(&m.args);
        llmp_status status = llmp_cost_create(m.catalog, &m.request, &cost, &error);
        if (status == LLMP_OK) {
            status = build(cost, m.args.explain, &style, &document, &error);
        }
        const llmp_cost_answer *a = llmp_cost_answer_of(cost);
        bool no = status == LLMP_OK &&
                  (a->cannot_run ||
                   (bit == CMD_BREAKEVEN && !a->comparison[LLMP_OPTION_OWN].breaks_even));
        code = status == LLMP_OK
                   ? deliver(&m.args, &style, &document, no ? EXIT_ANSWER_NO : EXIT_DONE)
                   : fail(cmd->name, &error);
    }
    llmp_cost_destroy(&cost);
    money_close(&m);
    return code;
}

int cmd_cost(const arguments *args)
{
    return run(args, CMD_COST, llmp_report_cost);
}

int cmd_breakeven(const arguments *args)
{
    return run(args, CMD_BREAKEVEN, llmp_report_breakeven);
}
