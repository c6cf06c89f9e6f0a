/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each option of each command is on its help page, and each page's option exists. */
#include "cli/cli.h"

#include <string.h>

static unsigned bit_of(const char *name)
{
    static const char *const names[] = {"fit",    "speed",    "list",     "show",      "import",
                                        "check",  "help",     "validate", "cost",      "breakeven",
                                        "audit",  "sweep",    "compare",  "calibrate", "bench",
                                        "detect", "recommend"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            return 1u << i;
        }
    }
    return 0;
}

static int complain(const char *page, const char *option, const char *what)
{
    printf("%s: --%s %s\n", page, option, what);
    return 1;
}

static int check_page(const help_page *page)
{
    int bad = 0;
    unsigned bit = bit_of(page->name);
    bad += bit == 0 ? complain(page->name, "", "is no command") : 0;
    for (size_t i = 0; i < option_table_size; i++) {
        const option_spec *o = &option_table[i];
        unsigned times = 0;
        for (const char *const *name = page->options; *name != NULL; name++) {
            times += strcmp(*name, o->name) == 0 ? 1 : 0;
        }
        if ((o->commands & bit) != 0 && times != 1) {
            bad += complain(page->name, o->name, times == 0 ? "has no help" : "has help twice");
        }
    }
    for (const char *const *name = page->options; *name != NULL; name++) {
        bool found = false;
        for (size_t i = 0; i < option_table_size; i++) {
            found = found || ((option_table[i].commands & bit) != 0 &&
                              strcmp(option_table[i].name, *name) == 0);
        }
        bad += found ? 0 : complain(page->name, *name, "has help but does not exist");
    }
    return bad;
}

int main(void)
{
    int bad = help_page_count == 0;
    for (size_t i = 0; i < help_page_count; i++) {
        bad += check_page(&help_pages[i]);
    }
    return bad == 0 ? 0 : 1;
}
