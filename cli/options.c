/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads words by the option table: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, --. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int usage_error(const char *where, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fprintf(stderr, "llmplan: %s%s", where == NULL ? "" : where, where == NULL ? "" : ": ");
    (void)vfprintf(stderr, format, args);
    (void)fprintf(stderr, "\n");
    va_end(args);
    if (hint != NULL && *hint != '\0') {
        (void)fprintf(stderr, "  %s\n", hint);
    }
    return EXIT_USAGE;
}

/* A bare number is taken for bytes; so few are a forgotten unit. */
#define BYTES_WORTH_SAYING 65536u

static const option_spec *find_long(unsigned bit, const char *name, size_t length)
{
    for (size_t i = 0; i < option_table_size; i++) {
        const option_spec *o = &option_table[i];
        if ((o->commands & bit) != 0 && strlen(o->name) == length &&
            strncmp(o->name, name, length) == 0) {
            return o;
        }
    }
    return NULL;
}

static const option_spec *find_short(unsigned bit, char letter)
{
    for (size_t i = 0; i < option_table_size; i++) {
        if ((option_table[i].commands & bit) != 0 && option_table[i].letter == letter) {
            return &option_table[i];
        }
    }
    return NULL;
}

static int unknown_option(const command *cmd, const char *word)
{
    char name[64];
    char hint[160];
    char suggestion[128];
    size_t length = strcspn(word, "=");
    (void)snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), word);
    nearest near = {name + strspn(name, "-"), NULL, 0};
    for (size_t i = 0; i < option_table_size; i++) {
        if ((option_table[i].commands & cmd->bit) != 0) {
            nearest_offer(&near, option_table[i].name);
        }
    }
    const char *did = nearest_hint(&near, "--", suggestion);
    (void)snprintf(hint, sizeof hint, "%s%sall options: llmplan %s --help", did,
                   *did == '\0' ? "" : " ", cmd->name);
    return usage_error(cmd->name, hint, "there is no option %s", name);
}

static bool choice_known(const char *choices, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = choices; *at != '\0';) {
        size_t one = strcspn(at, "|");
        if (one == length && strncmp(at, value, one) == 0) {
            return true;
        }
        at += one + (at[one] == '|' ? 1 : 0);
    }
    return false;
}

/* "70B", "500M", "7e9". */
static llmp_status parse_params(const char *text, uint64_t *out, llmp_error *error)
{
    static const struct {
        char suffix;
        double scale;
    } scales[] = {{'K', 1e3}, {'M', 1e6}, {'B', 1e9}, {'T', 1e12}};
    char digits[40];
    size_t length = strlen(text);
    double scale = 1.0;
    for (size_t i = 0; i < 4 && length > 1; i++) {
        if ((text[length - 1] & ~0x20) == scales[i].suffix) {
            scale = scales[i].scale;
            length--;
            break;
        }
    }
    (void)snprintf(digits, sizeof digits, "%.*s", (int)(length < 39 ? length : 39), text);
    double number;
    llmp_status status = llmp_number_parse(digits, &number, error);
    if (status == LLMP_OK && (number < 0.0 || number * scale > 1e15)) {
        *error = (llmp_error)LLMP_ERROR_INIT;
        (void)snprintf(error->message, sizeof error->message, "'%s' is no number of parameters",
                       text);
        return error->status = LLMP_E_RANGE;
    }
    *out = status == LLMP_OK ? (uint64_t)(number * scale + 0.5) : *out;
    return status;
}

static int out_of_range(const char *label, const option_spec *o, const char *value)
{
    char low[40];
    char high[40];
    if (o->type == OPTION_NUMBER) {
        (void)snprintf(low, sizeof low, "%g", o->min);
        (void)snprintf(high, sizeof high, "%g", o->max);
    } else {
        (void)llmp_count_format((uint64_t)o->min, low, sizeof low);
        (void)llmp_count_format((uint64_t)o->max, high, sizeof high);
    }
    return usage_error(label, NULL, "%s is outside %s to %s", value, low, high);
}

static int read_number(const char *label, const option_spec *o, const char *value, void *member)
{
    llmp_error error = LLMP_ERROR_INIT;
    uint64_t whole = 0;
    double number = 0.0;
    llmp_status status = LLMP_OK;
    if (o->type == OPTION_BYTES) {
        status = llmp_bytes_parse(value, &whole, &error);
        if (status == LLMP_OK && whole > 0 && whole < BYTES_WORTH_SAYING) {
            return usage_error(label, "say the unit, such as 2GiB", "%s is next to nothing", value);
        }
    } else if (o->type == OPTION_PARAMS) {
        status = parse_params(value, &whole, &error);
    } else if (o->type == OPTION_NUMBER) {
        status = llmp_number_parse(value, &number, &error);
    } else {
        status = llmp_tokens_parse(value, &whole, &error);
    }
    if (status != LLMP_OK && o->type == OPTION_COUNT) {
        return usage_error(label, NULL, "'%s' is not a whole number", value);
    }
    if (status != LLMP_OK) {
        return fail(label, &error);
    }
    double compared = o->type == OPTION_NUMBER ? number : (double)whole;
    if (compared < o->min || compared > o->max) {
        return out_of_range(label, o, value);
    }
    if (o->type == OPTION_NUMBER) {
        *(double *)member = number;
    } else {
        *(uint64_t *)member = whole;
    }
    return EXIT_DONE;
}

/* Where the words of a machine are put together; NULL for other options. */
static char *words_of(const option_spec *o, arguments *out)
{
    return o->type == OPTION_WORDS      ? (char *)out + o->offset
           : o->type == OPTION_MACHINES ? out->ons.items[out->ons.count - 1]
                                        : NULL;
}

static int begin_words(const char *label, const char *value, char *words)
{
    if (strlen(value) >= MACHINE_SIZE) {
        return usage_error(label, NULL, "is longer than %d bytes", MACHINE_SIZE - 1);
    }
    (void)snprintf(words, MACHINE_SIZE, "%s", value);
    return EXIT_DONE;
}

static int store(const option_spec *o, const char *value, bool again, arguments *out)
{
    char label[72];
    (void)snprintf(label, sizeof label, "--%s", o->name);
    void *member = (char *)out + o->offset;
    const bool repeats = o->type == OPTION_REPEAT || o->type == OPTION_MACHINES;
    if (again && !repeats && o->type != OPTION_FLAG) {
        return usage_error(label, NULL, "given twice");
    }
    if (o->given_offset != NO_OFFSET) {
        *(bool *)((char *)out + o->given_offset) = true;
    }
    text_list *list = member;
    switch (o->type) {
    case OPTION_FLAG:
        *(bool *)member = true;
        return EXIT_DONE;
    case OPTION_CHOICE:
        if (!choice_known(o->choices, value)) {
            return usage_error(label, NULL, "'%s' is none of %s", value, o->choices);
        }
        *(const char **)member = value;
        return EXIT_DONE;
    case OPTION_TEXT:
        *(const char **)member = value;
        return EXIT_DONE;
    case OPTION_MACHINES:
        if (out->ons.count == MACHINES_MAX) {
            return usage_error(label, NULL, "given more than %d times", MACHINES_MAX);
        }
        out->ons.count++;
        return begin_words(label, value, words_of(o, out));
    case OPTION_WORDS:
        return begin_words(label, value, words_of(o, out));
    case OPTION_REPEAT:
        if (list->count == LIST_MAX) {
            return usage_error(label, NULL, "given more than %d times", LIST_MAX);
        }
        list->items[list->count++] = value;
        return EXIT_DONE;
    case OPTION_BYTES:
    case OPTION_TOKENS:
    case OPTION_COUNT:
    case OPTION_PARAMS:
    case OPTION_NUMBER:
        return read_number(label, o, value, member);
    }
    return EXIT_INTERNAL;
}

typedef struct cursor {
    int count;
    char **words;
    int at;
} cursor;

/* A machine without quotes: "2x" wants a name, and "+" wants one on either side. */
static bool goes_on(const char *so_far, const char *next)
{
    const char *last = strrchr(so_far, ' ');
    last = last == NULL ? so_far : last + 1;
    size_t digits = strspn(last, "0123456789");
    bool count = digits > 0 && strcmp(last + digits, "x") == 0;
    bool joined = strcmp(last, "+") == 0 || strcmp(next, "+") == 0;
    return next[0] != '-' && (count || joined);
}

/* One word that begins with a dash. */
static int read_option(const command *cmd, cursor *c, bool *seen, arguments *out)
{
    const char *word = c->words[c->at++];
    bool is_long = word[1] == '-';
    const char *value = NULL;
    const option_spec *o;
    if (is_long) {
        size_t length = strcspn(word + 2, "=");
        o = find_long(cmd->bit, word + 2, length);
        value = word[2 + length] == '=' ? word + 3 + length : NULL;
    } else {
        o = find_short(cmd->bit, word[1]);
        value = word[2] != '\0' ? word + 2 + (word[2] == '=' ? 1 : 0) : NULL;
    }
    if (o == NULL) {
        return unknown_option(cmd, word);
    }
    char label[72];
    (void)snprintf(label, sizeof label, "--%s", o->name);
    if (o->type == OPTION_FLAG && value != NULL) {
        return usage_error(label, NULL, "takes no value");
    }
    if (o->type != OPTION_FLAG && value == NULL) {
        /* "-" is a file and "-1" a value that its own check refuses better; "--x" is an option */
        if (c->at == c->count || strncmp(c->words[c->at], "--", 2) == 0) {
            return usage_error(label, NULL, "needs a value: --%s %s", o->name, o->value);
        }
        value = c->words[c->at++];
    }
    if (value != NULL && *value == '\0') {
        return usage_error(label, NULL, "needs a value: --%s %s", o->name, o->value);
    }
    size_t index = (size_t)(o - option_table);
    bool again = seen[index];
    seen[index] = true;
    int code = store(o, value, again, out);
    char *machine = code == EXIT_DONE ? words_of(o, out) : NULL;
    while (machine != NULL && c->at < c->count && goes_on(machine, c->words[c->at])) {
        size_t used = strlen(machine);
        if (used + strlen(c->words[c->at]) + 2 > MACHINE_SIZE) {
            return usage_error(label, NULL, "is longer than %d bytes", MACHINE_SIZE - 1);
        }
        (void)snprintf(machine + used, MACHINE_SIZE - used, " %s", c->words[c->at++]);
    }
    return code;
}

int options_read(const command *cmd, int count, char **words, arguments *out)
{
    bool *seen = calloc(option_table_size, sizeof *seen);
    out->word_count = count;
    out->words = words;
    if (seen == NULL) {
        return EXIT_INTERNAL;
    }
    const llmp_renderer *renderer = NULL;
    cursor c = {count, words, 0};
    int code = EXIT_DONE;
    bool options = true;
    while (code == EXIT_DONE && c.at < c.count) {
        char *word = c.words[c.at];
        if (options && strcmp(word, "--") == 0) {
            options = false;
            c.at++;
        } else if (options && word[0] == '-' && word[1] != '\0') {
            code = read_option(cmd, &c, seen, out);
        } else if (out->names.count == LIST_MAX) {
            code = usage_error(cmd->name, NULL, "more than %d names", LIST_MAX);
        } else {
            out->names.items[out->names.count++] = word;
            c.at++;
        }
    }
    free(seen);
    if (code == EXIT_DONE && out->json && out->format != NULL && strcmp(out->format, "json") != 0 &&
        llmp_renderer_find(out->format, &renderer, NULL) == LLMP_OK) {
        return usage_error("--json", NULL, "contradicts --format %s", out->format);
    }
    return code;
}
