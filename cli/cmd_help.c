/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include <string.h>

static const help_page *page(const char *name)
{
    for (size_t i = 0; i < help_page_count; i++) {
        if (strcmp(help_pages[i].name, name) == 0) {
            return &help_pages[i];
        }
    }
    return NULL;
}

static const char *const overview =
    "llmplan: will it fit, how fast will it be, and what should I run it on?\n"
    "\n"
    "  llmplan fit llama-3.1-70b --on \"2x rtx-4090\"\n"
    "  llmplan fit ./model-Q4_K_M.gguf --on 3090 --context 32k\n"
    "  llmplan fit --on m5-max                      what can I run here\n"
    "\n"
    "commands\n";

static void print_overview(FILE *to)
{
    (void)fputs(overview, to);
    for (size_t i = 0; i < command_count; i++) {
        (void)fprintf(to, "  %-9s  %s\n", commands[i].name, commands[i].summary);
    }
    (void)fputs("\nOptions and examples of one: llmplan help COMMAND\n", to);
}

/* @p args NULL: the program was called with nothing to do. */
int cmd_help(const arguments *args)
{
    if (args == NULL) {
        print_overview(stderr);
        return EXIT_USAGE;
    }
    if (args->names.count == 0) {
        print_overview(stdout);
        return write_file("-", "", 0);
    }
    const char *name = args->names.items[0];
    const help_page *found = page(name);
    if (found == NULL) {
        char suggestion[128];
        nearest near = {name, NULL, 0};
        for (size_t i = 0; i < command_count; i++) {
            nearest_offer(&near, commands[i].name);
        }
        return usage_error("help", nearest_hint(&near, "", suggestion), "there is no command '%s'",
                           name);
    }
    for (const char *const *line = found->lines; *line != NULL; line++) {
        (void)fputs(*line, stdout);
    }
    return write_file("-", "", 0);
}
