/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs case files and prints TAP. */
#include <llmplan/llmplan.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct progress {
    size_t number;
} progress;

static void print(void *user, const llmp_case_result *result)
{
    progress *state = user;
    printf("%s %zu - %s: %s\n", result->passed ? "ok" : "not ok", ++state->number, result->id,
           result->question);
    if (result->answered)
        printf("# %.9g %s, %s %.9g .. %.9g (%s)\n", result->value, result->unit,
               result->differs ? "must lie outside" : "expected", result->low_value,
               result->high_value, result->source);
    else
        printf("# no answer: %s\n", result->message);
}

static char *read_file(const char *path, size_t *out_bytes)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    if (!file || fseek(file, 0, SEEK_END) != 0)
        goto out;
    long size = ftell(file);
    rewind(file);
    text = size >= 0 ? malloc((size_t)size + 1) : NULL;
    if (text)
        *out_bytes = fread(text, 1, (size_t)size, file);
out:
    if (file)
        fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    llmp_error error = LLMP_ERROR_INIT;
    llmp_catalog *catalog = NULL;
    progress state = {0};
    size_t failed_total = 0;
    llmp_status status = llmp_catalog_create(&catalog, &error);
    for (int i = 1; i < argc && status == LLMP_OK; i++) {
        size_t bytes = 0, passed = 0, failed = 0;
        char *text = read_file(argv[i], &bytes);
        if (!text) {
            perror(argv[i]);
            status = LLMP_E_IO;
            break;
        }
        status =
            llmp_cases_run(catalog, text, bytes, argv[i], print, &state, &passed, &failed, &error);
        failed_total += failed;
        free(text);
    }
    llmp_catalog_destroy(&catalog);
    printf("1..%zu\n", state.number);
    if (status != LLMP_OK)
        fprintf(stderr, "%s:%u: %s\n", error.where, error.line, error.message);
    return status != LLMP_OK || failed_total > 0;
}
