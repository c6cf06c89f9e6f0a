/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only reader of environment variables and of the terminal. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : NULL;
}

static uint32_t terminal_width(void)
{
    const char *columns = variable("COLUMNS");
    uint64_t width = 0;
    if (columns != NULL && llmp_tokens_parse(columns, &width, NULL) == LLMP_OK && width > 0) {
        return width > 400 ? 400 : (uint32_t)width;
    }
#ifdef TIOCGWINSZ
    struct winsize size = {0};
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col > 120 ? 120 : size.ws_col; /* longer lines are hard to read */
    }
#endif
    return 80;
}

static bool utf8_terminal(void)
{
    const char *locale = variable("LC_ALL");
    locale = locale == NULL ? variable("LC_CTYPE") : locale;
    locale = locale == NULL ? variable("LANG") : locale;
    return locale != NULL && (strstr(locale, "UTF-8") != NULL || strstr(locale, "utf8") != NULL ||
                              strstr(locale, "UTF8") != NULL || strstr(locale, "utf-8") != NULL);
}

llmp_report_style style_of(const arguments *args)
{
    llmp_report_style style = LLMP_REPORT_STYLE_INIT;
    const char *term = variable("TERM");
    bool terminal = isatty(STDOUT_FILENO) && args->output == NULL;
    bool dumb = term == NULL || strcmp(term, "dumb") == 0;
    style.width = terminal_width();
    style.colour = terminal && !dumb && variable("NO_COLOR") == NULL;
    style.ascii = args->ascii || (terminal && !utf8_terminal());
    style.verbose = args->verbose || args->explain;
    return style;
}

bool config_folder(char *out, size_t out_size)
{
    const char *config = variable("XDG_CONFIG_HOME");
    const char *home = variable("HOME");
    int length = config != NULL ? snprintf(out, out_size, "%s/llmplan", config)
                 : home != NULL ? snprintf(out, out_size, "%s/.config/llmplan", home)
                                : -1;
    return length > 0 && (size_t)length < out_size;
}
