/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gen_help MODE OUT VERSION COMMON PAGE...: turns help/<command>.md into what the build needs.
 * MODE: c (the table behind --help), man, bash, zsh, fish. Pages are "# name: summary", then
 * blocks:
 * "## heading", "- `--option VALUE`: text", indented examples, paragraphs, "%include common".
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 2048, LINES_MAX = 400, WIDTH = 80, HANG = 28, PAGES_MAX = 32 };

typedef struct page {
    char name[32];
    char summary[128];
    char *lines[LINES_MAX];
    size_t count;
} page;

static page pages[PAGES_MAX];
static size_t page_count;

static void die(const char *path, const char *why)
{
    (void)fprintf(stderr, "gen_help: %s: %s\n", path, why);
    exit(1);
}

static void read_lines(page *p, const char *path, const char *common)
{
    char line[LINE_SIZE];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        die(path, "cannot open");
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "%include common") == 0) {
            read_lines(p, common, common);
            continue;
        }
        if (p->count == LINES_MAX) {
            die(path, "too many lines");
        }
        size_t size = strlen(line) + 1;
        char *copy = malloc(size);
        if (copy == NULL) {
            die(path, "out of memory");
        }
        memcpy(copy, line, size);
        p->lines[p->count++] = copy;
    }
    (void)fclose(file);
}

static void read_page(const char *path, const char *common)
{
    if (page_count == PAGES_MAX) {
        die(path, "too many pages");
    }
    page *p = &pages[page_count++];
    read_lines(p, path, common);
    const char *title = p->count > 0 ? p->lines[0] : "";
    const char *colon = strstr(title, ": ");
    if (strncmp(title, "# ", 2) != 0 || colon == NULL || colon - title - 2 > 31) {
        die(path, "the first line must be '# name: summary'");
    }
    (void)snprintf(p->name, sizeof p->name, "%.*s", (int)(colon - title - 2), title + 2);
    (void)snprintf(p->summary, sizeof p->summary, "%s", colon + 2);
}

/* "- `SPEC`: text" to its halves; false for other lines. */
static bool option_line(const char *line, char spec[128], const char **text)
{
    if (strncmp(line, "- `-", 4) != 0) {
        return false;
    }
    const char *end = strstr(line, "`: ");
    if (end == NULL || end - line - 3 > 127) {
        die(line, "an option needs '`: '");
    }
    (void)snprintf(spec, 128, "%.*s", (int)(end - line - 3), line + 3);
    *text = end + 3;
    return true;
}

/* "-q, --quant QUANT" to "quant". */
static void long_name(const char *spec, char out[64], const char **value)
{
    const char *dashes = strstr(spec, "--");
    if (dashes == NULL) {
        die(spec, "an option needs a long name");
    }
    size_t length = strcspn(dashes + 2, " ");
    (void)snprintf(out, 64, "%.*s", (int)(length < 63 ? length : 63), dashes + 2);
    *value = dashes[2 + length] == ' ' ? dashes + 3 + length : "";
}

/* --- C ---------------------------------------------------------------------------------------- */

static void c_char(FILE *out, char c)
{
    if (c == '"' || c == '\\') {
        (void)fputc('\\', out);
    }
    (void)fputc(c, out);
}

static void c_text(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text != '`') {
            c_char(out, *text);
        }
    }
}

static void c_newline(FILE *out)
{
    (void)fputs("\\n\",\n    \"", out);
}

/* Text wrapped to the width, lines after the first indented by `hang`. */
static void c_wrapped(FILE *out, const char *text, size_t used, size_t hang)
{
    size_t column = used;
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (column > hang && column + 1 + word > WIDTH) {
            c_newline(out);
            (void)fprintf(out, "%*s", (int)hang, "");
            column = hang;
        } else if (column > hang) {
            (void)fputc(' ', out);
            column++;
        }
        for (size_t i = 0; i < word; i++) {
            if (text[i] != '`') {
                c_char(out, text[i]);
                column++;
            }
        }
        text += word;
        text += strspn(text, " ");
    }
    c_newline(out);
}

static void c_option(FILE *out, const char *spec, const char *text)
{
    char label[160];
    bool has_short = spec[1] != '-';
    int length = snprintf(label, sizeof label, "  %s%s", has_short ? "" : "    ", spec);
    c_text(out, label);
    if (length > HANG - 2) {
        c_newline(out);
        length = 0;
    }
    (void)fprintf(out, "%*s", HANG - length, "");
    c_wrapped(out, text, HANG, HANG);
}

static void c_page(FILE *out, const page *p)
{
    char spec[128];
    const char *text;
    (void)fprintf(out, "static const char *const lines_of_%s[] = {\n    \"", p->name);
    for (size_t i = 0; i < p->count; i++) {
        const char *line = p->lines[i];
        if (i == 0) {
            (void)fprintf(out, "llmplan %s", p->name);
            c_text(out, ": ");
            c_text(out, p->summary);
            c_newline(out);
        } else if (strncmp(line, "## ", 3) == 0) {
            c_text(out, line + 3);
            c_newline(out);
            /* the heading's own blank line adds nothing on a terminal */
            i += i + 1 < p->count && p->lines[i + 1][0] == '\0' ? 1 : 0;
        } else if (option_line(line, spec, &text)) {
            c_option(out, spec, text);
        } else if (line[0] == ' ') {
            c_text(out, line + 2);
            c_newline(out);
        } else {
            c_wrapped(out, line, 0, 0);
        }
    }
    (void)fprintf(out, "\", NULL};\nstatic const char *const options_of_%s[] = {\n", p->name);
    for (size_t i = 0; i < p->count; i++) {
        char name[64];
        const char *value;
        if (option_line(p->lines[i], spec, &text)) {
            long_name(spec, name, &value);
            (void)fprintf(out, "    \"%s\",\n", name);
        }
    }
    (void)fputs("    NULL};\n", out);
}

static void write_c(FILE *out)
{
    (void)fputs("/* generated from help/ */\n#include \"cli/cli.h\"\n", out);
    for (size_t i = 0; i < page_count; i++) {
        c_page(out, &pages[i]);
    }
    (void)fputs("const help_page help_pages[] = {\n", out);
    for (size_t i = 0; i < page_count; i++) {
        (void)fprintf(out, "    {\"%s\", lines_of_%s, options_of_%s},\n", pages[i].name,
                      pages[i].name, pages[i].name);
    }
    (void)fprintf(out, "};\nconst size_t help_page_count = %zu;\n", page_count);
}

/* --- man -------------------------------------------------------------------------------------- */

static void man_text(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'') {
        (void)fputs("\\&", out);
    }
    for (; *text != '\0'; text++) {
        if (*text == '\\') {
            (void)fputs("\\e", out);
        } else if (*text == '-') {
            (void)fputs("\\-", out);
        } else if (*text != '`') {
            (void)fputc(*text, out);
        }
    }
    (void)fputc('\n', out);
}

static void man_page(FILE *out, const page *p)
{
    char spec[128];
    const char *text;
    (void)fprintf(out, ".SH LLMPLAN %s\n", p->name);
    man_text(out, p->summary);
    for (size_t i = 1; i < p->count; i++) {
        const char *line = p->lines[i];
        if (strncmp(line, "## ", 3) == 0) {
            (void)fputs(".SS ", out);
            man_text(out, line + 3);
        } else if (option_line(line, spec, &text)) {
            (void)fputs(".TP\n.B ", out);
            man_text(out, spec);
            man_text(out, text);
        } else if (line[0] == ' ') {
            bool first = p->lines[i - 1][0] != ' ';
            bool last = i + 1 == p->count || p->lines[i + 1][0] != ' ';
            bool headed = i >= 2 && strncmp(p->lines[i - 2], "## ", 3) == 0;
            (void)fputs(!first ? "" : headed ? ".nf\n.RS\n" : ".PP\n.nf\n.RS\n", out);
            man_text(out, line + 4);
            (void)fputs(last ? ".RE\n.fi\n" : "", out);
        } else if (line[0] != '\0') {
            bool headed = i >= 2 && strncmp(p->lines[i - 2], "## ", 3) == 0;
            (void)fputs(headed ? "" : ".PP\n", out);
            man_text(out, line);
        }
    }
}

static void write_man(FILE *out, const char *version)
{
    (void)fprintf(out, ".TH LLMPLAN 1 \"\" \"llmplan %s\" \"User Commands\"\n", version);
    (void)fputs(".SH NAME\nllmplan \\- plan inference of large language models\n.SH SYNOPSIS\n"
                ".B llmplan\n.I command\n.RI [ options ]\n.SH DESCRIPTION\n"
                "Says whether a model fits a machine, how fast it will be, and what to run.\n",
                out);
    for (size_t i = 0; i < page_count; i++) {
        (void)fprintf(out, ".TP\n.B %s\n", pages[i].name);
        man_text(out, pages[i].summary);
    }
    for (size_t i = 0; i < page_count; i++) {
        man_page(out, &pages[i]);
    }
    (void)fputs(".SH EXIT STATUS\n.TP\n.B 0\ndone, also when the answer is \"slowly\"\n.TP\n.B 1\n"
                "the answer is no\n.TP\n.B 2\nusage, unknown names, impossible combinations\n.TP\n"
                ".B 3\nbad input data\n.TP\n.B 4\nnot enough data to answer\n.TP\n.B 5\n"
                "input or output failed\n.TP\n.B 70\na bug in llmplan\n",
                out);
}

/* --- completions ------------------------------------------------------------------------------ */

typedef void (*option_writer)(FILE *out, const page *p, const char *spec, const char *name,
                              const char *value, const char *text);

static void each_option(FILE *out, const page *p, option_writer write_option)
{
    char spec[128];
    char name[64];
    const char *text;
    const char *value;
    for (size_t i = 0; i < p->count; i++) {
        if (option_line(p->lines[i], spec, &text)) {
            long_name(spec, name, &value);
            write_option(out, p, spec, name, value, text);
        }
    }
}

/* Options whose value is a name of the catalog, and the kinds of record that have it. */
static const char *kinds_of(const char *option)
{
    static const struct {
        const char *option;
        const char *kinds;
    } named[] = {
        {"on", "devices rigs"}, {"model", "models"},     {"spec-draft", "models"},
        {"quant", "quants"},    {"engine", "engines"},   {"kv-type", "formats"},
        {"api", "prices"},      {"preset", "workloads"}, {"subscription", "subscriptions"},
        {"tariff", "tariffs"},  {"device", "devices"},
    };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        if (strcmp(named[i].option, option) == 0) {
            return named[i].kinds;
        }
    }
    return NULL;
}

/* "layer|tensor" as "layer tensor"; false when the value is no such choice. */
static bool choices_of(const char *value, char *out, size_t size)
{
    if (strchr(value, '|') == NULL ||
        strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789.-|") != strlen(value)) {
        return false;
    }
    (void)snprintf(out, size, "%s", value);
    for (char *at = strchr(out, '|'); at != NULL; at = strchr(at, '|')) {
        *at = ' ';
    }
    return true;
}

static void bash_option(FILE *out, const page *p, const char *spec, const char *name,
                        const char *value, const char *text)
{
    (void)p;
    (void)spec;
    (void)value;
    (void)text;
    (void)fprintf(out, " --%s", name);
}

/* A line of the case over "COMMAND --OPTION". */
static void bash_value(FILE *out, const page *p, const char *spec, const char *name,
                       const char *value, const char *text)
{
    char choices[128];
    const char *kinds = kinds_of(name);
    (void)text;
    if (kinds == NULL && !choices_of(value, choices, sizeof choices)) {
        return;
    }
    (void)fprintf(out, "    '%s --%s'", p->name, name);
    if (spec[1] != '-') {
        (void)fprintf(out, " | '%s -%c'", p->name, spec[1]);
    }
    if (kinds != NULL) {
        (void)fprintf(out, ") words=$(_llmplan_names %s) ;;\n", kinds);
    } else {
        (void)fprintf(out, ") words='%s' ;;\n", choices);
    }
}

static void write_bash(FILE *out)
{
    (void)fputs("# bash completion for llmplan\n_llmplan_names() {\n    local kind\n"
                "    for kind; do\n        llmplan list \"$kind\" --format csv 2>/dev/null | "
                "tail -n +2 | cut -d, -f1\n    done\n}\n_llmplan() {\n"
                "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words\n"
                "    case \"${COMP_WORDS[1]} $prev\" in\n",
                out);
    for (size_t i = 0; i < page_count; i++) {
        each_option(out, &pages[i], bash_value);
    }
    (void)fputs(
        "    *' --catalog' | *' --output' | *' -o' | *' --out')\n"
        "        COMPREPLY=($(compgen -f -- \"$cur\"))\n        return ;;\n"
        "    'fit fit' | 'speed speed' | 'compare compare' | 'show show')\n"
        "        [[ $cur != -* ]] && words=$(_llmplan_names models) ;;\n"
        "    'list list') words='models devices rigs links formats quants engines profiles prices "
        "subscriptions rentals tariffs assumptions workloads benchmarks scores tasks' ;;\n"
        "    esac\n"
        "    if [[ -n $words && $cur != -* ]]; then\n"
        "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\") $(compgen -f -- \"$cur\"))\n"
        "        return\n    fi\n"
        "    if [[ $COMP_CWORD -eq 1 ]]; then\n        words='",
        out);
    for (size_t i = 0; i < page_count; i++) {
        (void)fprintf(out, "%s ", pages[i].name);
    }
    (void)fputs("--version --help'\n    else\n        case ${COMP_WORDS[1]} in\n", out);
    for (size_t i = 0; i < page_count; i++) {
        (void)fprintf(out, "        %s) words='", pages[i].name);
        each_option(out, &pages[i], bash_option);
        (void)fputs("' ;;\n", out);
    }
    (void)fputs("        esac\n    fi\n"
                "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                "    [[ ${#COMPREPLY[@]} -eq 0 ]] && COMPREPLY=($(compgen -f -- \"$cur\"))\n}\n"
                "complete -F _llmplan llmplan\n",
                out);
}

/* Inside single quotes, and without what zsh's _arguments reads as structure. */
static void quoted(FILE *out, const char *text, const char *escaped)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            (void)fputs("'\\''", out);
        } else if (*text != '`') {
            if (strchr(escaped, *text) != NULL) {
                (void)fputc('\\', out);
            }
            (void)fputc(*text, out);
        }
    }
}

static void zsh_option(FILE *out, const page *p, const char *spec, const char *name,
                       const char *value, const char *text)
{
    char choices[128];
    (void)p;
    (void)spec;
    (void)fprintf(out, "            '*--%s%s[", name, *value == '\0' ? "" : "=");
    quoted(out, text, "[]:\\");
    (void)fputc(']', out);
    if (*value != '\0') {
        (void)fputc(':', out);
        quoted(out, value, "[]:\\");
        if (kinds_of(name) != NULL) {
            (void)fprintf(out, ":{_llmplan_names %s}", kinds_of(name));
        } else if (choices_of(value, choices, sizeof choices)) {
            (void)fprintf(out, ":(%s)", choices);
        } else {
            (void)fputs(strstr(value, "FILE") != NULL ? ":_files" : ": ", out);
        }
    }
    (void)fputs("' \\\n", out);
}

static void write_zsh(FILE *out)
{
    (void)fputs("#compdef llmplan\n_llmplan_names() {\n    local -a names\n    local kind\n"
                "    for kind; do\n"
                "        names+=(${(f)\"$(llmplan list $kind --format csv 2>/dev/null | "
                "tail -n +2 | cut -d, -f1)\"})\n    done\n    compadd -a names\n}\n"
                "_llmplan() {\n    local -a commands\n    commands=(\n",
                out);
    for (size_t i = 0; i < page_count; i++) {
        (void)fprintf(out, "        '%s:", pages[i].name);
        quoted(out, pages[i].summary, ":\\");
        (void)fputs("'\n", out);
    }
    (void)fputs("    )\n    if (( CURRENT == 2 )); then\n"
                "        _describe command commands\n        return\n    fi\n"
                "    case $words[2] in\n",
                out);
    for (size_t i = 0; i < page_count; i++) {
        (void)fprintf(out, "    %s)\n        _arguments \\\n", pages[i].name);
        each_option(out, &pages[i], zsh_option);
        (void)fputs("            '*:name:_files' ;;\n", out);
    }
    (void)fputs("    esac\n}\n_llmplan \"$@\"\n", out);
}

static void fish_option(FILE *out, const page *p, const char *spec, const char *name,
                        const char *value, const char *text)
{
    char choices[128];
    (void)fprintf(out, "complete -c llmplan -n '__fish_seen_subcommand_from %s' -l %s", p->name,
                  name);
    if (spec[1] != '-') {
        (void)fprintf(out, " -s %c", spec[1]);
    }
    if (kinds_of(name) != NULL) {
        (void)fprintf(out, " -x -a '(__llmplan_names %s)'", kinds_of(name));
    } else if (choices_of(value, choices, sizeof choices)) {
        (void)fprintf(out, " -x -a '%s'", choices);
    }
    (void)fputs(*value == '\0' ? " -d '" : " -r -d '", out);
    quoted(out, text, "\\");
    (void)fputs("'\n", out);
}

static void write_fish(FILE *out)
{
    (void)fputs("function __llmplan_names\n    for kind in $argv\n"
                "        llmplan list $kind --format csv 2>/dev/null | tail -n +2 | cut -d, -f1\n"
                "    end\nend\n",
                out);
    for (size_t i = 0; i < page_count; i++) {
        (void)fprintf(out, "complete -c llmplan -n __fish_use_subcommand -a %s -d '",
                      pages[i].name);
        quoted(out, pages[i].summary, "\\");
        (void)fputs("'\n", out);
    }
    for (size_t i = 0; i < page_count; i++) {
        each_option(out, &pages[i], fish_option);
    }
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        die("usage", "gen_help MODE OUT VERSION COMMON PAGE...");
    }
    for (int i = 5; i < argc; i++) {
        read_page(argv[i], argv[4]);
    }
    FILE *out = fopen(argv[2], "w");
    if (out == NULL) {
        die(argv[2], "cannot create");
    }
    const char *mode = argv[1];
    if (strcmp(mode, "c") == 0) {
        write_c(out);
    } else if (strcmp(mode, "man") == 0) {
        write_man(out, argv[3]);
    } else if (strcmp(mode, "bash") == 0) {
        write_bash(out);
    } else if (strcmp(mode, "zsh") == 0) {
        write_zsh(out);
    } else if (strcmp(mode, "fish") == 0) {
        write_fish(out);
    } else {
        die(mode, "no such mode");
    }
    if (fclose(out) != 0) {
        die(argv[2], "cannot write");
    }
    return 0;
}
