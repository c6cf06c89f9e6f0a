/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <string.h>

const command commands[] = {
    {"fit", CMD_FIT, cmd_fit, "does a model fit a machine, how fast; or what can it run"},
    {"speed", CMD_SPEED, cmd_speed, "speed over context and batch, as a table and a curve"},
    {"recommend", CMD_RECOMMEND, cmd_recommend, "which machine to buy, and why not the others"},
    {"compare", CMD_COMPARE, cmd_compare, "models and machines side by side, row by row"},
    {"cost", CMD_COST, cmd_cost, "what an API, a machine of your own, a rented one cost"},
    {"breakeven", CMD_BREAKEVEN, cmd_breakeven, "when does buying pay, and how sure is that"},
    {"audit", CMD_AUDIT, cmd_audit, "is a claimed speed, price or pay-back possible, and right"},
    {"sweep", CMD_SWEEP, cmd_sweep, "every combination of models, machines, contexts, ..."},
    {"list", CMD_LIST, cmd_list, "models, devices, quants and more that the catalog knows"},
    {"show", CMD_SHOW, cmd_show, "everything known of one of them, and from where"},
    {"import", CMD_IMPORT, cmd_import, "read a GGUF, safetensors or Hugging Face model"},
    {"check", CMD_CHECK, cmd_check, "check catalog files and cases of your own"},
    {"validate", CMD_VALIDATE, cmd_validate,
     "predicted speeds against measured ones, your own too"},
    {"calibrate", CMD_CALIBRATE, cmd_calibrate, "measurements of a machine to a profile of it"},
    {"bench", CMD_BENCH, cmd_bench, "measure what this machine really does"},
    {"detect", CMD_DETECT, cmd_detect, "what this machine is, and what of it is unknown"},
    {"help", CMD_HELP, cmd_help, "this page, or that of a command"},
};
const size_t command_count = sizeof commands / sizeof *commands;

static int unknown_command(const char *name)
{
    char suggestion[128];
    char hint[192];
    nearest near = {name, NULL, 0};
    for (size_t i = 0; i < command_count; i++) {
        nearest_offer(&near, commands[i].name);
    }
    const char *did = nearest_hint(&near, "", suggestion);
    (void)snprintf(hint, sizeof hint, "%s%sall commands: llmplan help", did,
                   *did == '\0' ? "" : " ");
    return usage_error(NULL, hint, "there is no command '%s'", name);
}

static int version(void)
{
    char text[96];
    int length = snprintf(text, sizeof text, "llmplan %s, data of %s\n", llmp_version(),
                          llmp_data_version());
    return write_file("-", text, (size_t)length);
}

int main(int argc, char **argv)
{
    arguments args = {.prompt_tokens = 2000,
                      .context_tokens = 0,
                      .parallel = 1,
                      .draft_tokens = 4,
                      .acceptance = 0.7,
                      .draws = 4096,
                      .seed = 1,
                      .limit = 15,
                      .months = 36};
    if (argc < 2) {
        (void)cmd_help(NULL);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        return version();
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        return cmd_help(&args);
    }
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i].name, name) == 0) {
            int code = options_read(&commands[i], argc - 2, argv + 2, &args);
            if (code != EXIT_DONE) {
                return code;
            }
            if (args.help) {
                args.names = (text_list){{commands[i].name}, 1};
                return cmd_help(&args);
            }
            return commands[i].run(&args);
        }
    }
    return unknown_command(name);
}
