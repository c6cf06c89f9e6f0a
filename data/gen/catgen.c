/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * catgen OUTPUT.c VERSION FILE.yaml...
 *
 * Compiles the catalog: reads every file with the loader that reads overlays, checks every record,
 * and writes const tables. Prints each problem as FILE:LINE:COLUMN and fails when there is any.
 */
#include "gen.h"

#include "base/error.h"
#include "base/file.h"
#include "catalog/check.h"
#include "catalog/document.h"
#include "catalog/finish.h"
#include "catalog/load.h"
#include "doc/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_problem(void *context, const llmp_error *problem)
{
    char text[1200];
    (void)context;
    (void)llmp_error_format(problem, text, sizeof text);
    (void)fprintf(stderr, "%s\n", text);
}

/* Loads the records of one document; returns how many problems it found. */
static size_t load_document(const llmp__node *root, const char *where, llmp__arena *arena,
                            llmp__tables *tables)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp__loader loader = {where, arena, LLMP_E_VALUE, &error};
    llmp__document document = {.root = root, .where = where};
    size_t problems = 0;
    for (;;) {
        if (llmp__document_next(&document, &error) != LLMP_OK) {
            print_problem(NULL, &error);
            problems++;
            if (root->kind != LLMP__NODE_MAP) {
                return problems;
            }
            continue;
        }
        if (document.item == NULL) {
            return problems;
        }
        void *record = llmp__arena_alloc(arena, 1, llmp__schemas[document.kind]->size_bytes);
        if (record == NULL) {
            (void)fprintf(stderr, "catgen: out of memory\n");
            exit(EXIT_FAILURE);
        }
        if (llmp__load_record(&loader, document.kind, document.item, NULL, document.path, record) !=
            LLMP_OK) {
            print_problem(NULL, &error);
            problems++;
        } else if (!llmp__table_add(&tables->kinds[document.kind], arena, record)) {
            (void)fprintf(stderr, "catgen: out of memory\n");
            exit(EXIT_FAILURE);
        }
    }
}

static size_t load_file(const char *path, llmp__arena *arena, llmp__tables *tables)
{
    llmp_error error = LLMP_ERROR_INIT;
    char *text = NULL;
    size_t size = 0;
    llmp__node *root = NULL;
    if (llmp__file_read(path, LLMP__DOC_BYTES_MAX, &text, &size, &error) != LLMP_OK ||
        llmp__yaml_parse(text, size, path, arena, &root, &error) != LLMP_OK) {
        print_problem(NULL, &error);
        free(text);
        return 1;
    }
    free(text);
    return load_document(root, path, arena, tables);
}

static size_t check_all(llmp__tables *tables, llmp_date today)
{
    llmp__checker checker = {
        .tables = tables, .today = today, .report = print_problem, .problems_max = SIZE_MAX};
    for (int kind = 0; kind < (int)LLMP_KIND_COUNT; kind++) {
        const llmp__table *table = &tables->kinds[kind];
        llmp__check_names(&checker, (llmp_kind)kind);
        for (size_t i = 0; i < table->count; i++) {
            llmp__check_record(&checker, (llmp_kind)kind, table->rows[i]);
        }
    }
    return checker.problems;
}

/* The first line of the file; false when it is no full date. */
static bool read_version(const char *path, char version[16], llmp_date *out)
{
    llmp_error error = LLMP_ERROR_INIT;
    char *text = NULL;
    size_t size = 0;
    if (llmp__file_read(path, 4096, &text, &size, &error) != LLMP_OK) {
        print_problem(NULL, &error);
        return false;
    }
    size_t length = strcspn(text, "\r\n");
    length = length < 15 ? length : 15;
    memcpy(version, text, length);
    version[length] = '\0';
    free(text);
    if (llmp_date_parse(version, out, &error) != LLMP_OK || *out % 100 == 0) {
        (void)fprintf(stderr, "%s:1: '%s' is not a date such as 2026-02-23\n", path, version);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    llmp__arena arena = {NULL};
    llmp__tables tables;
    char version[16];
    llmp_date today = 0;
    memset(&tables, 0, sizeof tables);
    if (argc < 3) {
        (void)fprintf(stderr, "usage: catgen OUTPUT.c VERSION FILE.yaml...\n");
        return 2;
    }
    if (!read_version(argv[2], version, &today)) {
        return EXIT_FAILURE;
    }
    size_t problems = 0;
    for (int i = 3; i < argc; i++) {
        problems += load_file(argv[i], &arena, &tables);
    }
    for (int kind = 0; kind < (int)LLMP_KIND_COUNT; kind++) {
        llmp__table_sort(&tables.kinds[kind]);
    }
    const llmp__table *models = &tables.kinds[LLMP_KIND_MODEL];
    for (size_t i = 0; i < models->count; i++) {
        llmp__finish_shape(models, llmp__gen_mutable(models->rows[i]));
    }
    problems += check_all(&tables, today);
    bool done = problems == 0 && llmp__gen_write(argv[1], version, &tables);
    if (problems > 0) {
        (void)fprintf(stderr, "catgen: %zu problem%s in the catalog\n", problems,
                      problems == 1 ? "" : "s");
    }
    llmp__arena_free(&arena);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
