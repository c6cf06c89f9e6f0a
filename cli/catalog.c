/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The catalog of a run: built-in, system's, user's, --catalog, this machine, --set. */
#include "cli/cli.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 256, STDIN_CAP = 64 << 20, PATH_SIZE = 4096 };

int catalog_add(llmp_catalog *catalog, const char *path, const char *option)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_status status;
    if (strcmp(path, "-") == 0) {
        char *text;
        size_t size;
        int code = read_file("-", STDIN_CAP, &text, &size);
        if (code != EXIT_DONE) {
            return code;
        }
        status = llmp_catalog_overlay(catalog, text, size, "standard input", &error);
        free(text);
    } else {
        status = llmp_catalog_overlay_file(catalog, path, &error);
    }
    return status == LLMP_OK ? EXIT_DONE : fail(option, &error);
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    return strcmp(*x, *y);
}

static bool is_yaml(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

/* Every *.yaml of a folder, by name; a folder that is not there holds none. */
static int add_folder(llmp_catalog *catalog, const char *folder)
{
    DIR *dir = opendir(folder);
    char *names[FILES_MAX];
    size_t count = 0;
    int code = EXIT_DONE;
    if (dir == NULL) {
        return EXIT_DONE;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL && count < FILES_MAX;
         entry = readdir(dir)) {
        size_t size = strlen(folder) + strlen(entry->d_name) + 2;
        char *path = is_yaml(entry->d_name) ? malloc(size) : NULL;
        if (path != NULL) {
            (void)snprintf(path, size, "%s/%s", folder, entry->d_name);
            names[count++] = path;
        }
    }
    (void)closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        code = code == EXIT_DONE ? catalog_add(catalog, names[i], NULL) : code;
        free(names[i]);
    }
    return code;
}

int catalog_open(const arguments *args, llmp_catalog **out)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_catalog *catalog = NULL;
    char folder[PATH_SIZE];
    if (llmp_catalog_create(&catalog, &error) != LLMP_OK) {
        return fail(NULL, &error);
    }
    int code = add_folder(catalog, LLMPLAN_SYSTEM_FOLDER);
    if (code == EXIT_DONE && config_folder(folder, sizeof folder)) {
        code = add_folder(catalog, folder);
    }
    for (size_t i = 0; code == EXIT_DONE && i < args->catalogs.count; i++) {
        code = catalog_add(catalog, args->catalogs.items[i], "--catalog");
    }
    code = code == EXIT_DONE ? catalog_add_this(catalog, args) : code;
    if (code != EXIT_DONE) {
        llmp_catalog_destroy(&catalog);
        return code;
    }
    *out = catalog;
    return EXIT_DONE;
}

int catalog_apply_sets(llmp_catalog *catalog, const arguments *args,
                       const char *const ids[LLMP_KIND_COUNT])
{
    llmp_error error = LLMP_ERROR_INIT;
    for (size_t i = 0; i < args->sets.count; i++) {
        if (llmp_catalog_set(catalog, args->sets.items[i], ids, &error) != LLMP_OK) {
            int code = fail("--set", &error);
            /* What would be a bad file elsewhere was typed here. */
            return code == EXIT_BAD_INPUT ? EXIT_USAGE : code;
        }
    }
    return EXIT_DONE;
}

int kind_of(const char *where, const char *name, llmp_kind *out)
{
    char choices[320] = "one of";
    char suggestion[128];
    nearest near = {name, NULL, 0};
    for (llmp_kind kind = LLMP_KIND_MODEL; kind < LLMP_KIND_COUNT; kind++) {
        const char *one = llmp_kind_name(kind);
        size_t length = strlen(one);
        if (strncmp(name, one, length) == 0 &&
            (name[length] == '\0' || strcmp(name + length, "s") == 0)) {
            *out = kind;
            return EXIT_DONE;
        }
        nearest_offer(&near, one);
        size_t used = strlen(choices);
        (void)snprintf(choices + used, sizeof choices - used, "%s %ss",
                       kind == LLMP_KIND_MODEL ? "" : ",", one);
    }
    (void)nearest_hint(&near, "", suggestion);
    bool told = suggestion[0] != '\0' && near.distance <= 2;
    return usage_error(where, told ? suggestion : choices, "there is no kind of record '%s'", name);
}
