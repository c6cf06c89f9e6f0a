/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does a model fit a machine, and how fast is it? The smallest whole program against the library.
 */
#include <llmplan/llmplan.h>
#include <stdio.h>

static int fail(const llmp_error *error)
{
    char text[1024];
    llmp_error_format(error, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    return 1;
}

int main(int argc, char **argv)
{
    const char *model_name = argc > 1 ? argv[1] : "llama-3.1-8b";
    const char *machine_name = argc > 2 ? argv[2] : "rtx-4090";
    llmp_error error = LLMP_ERROR_INIT;
    llmp_catalog *catalog = NULL;
    if (llmp_catalog_create(&catalog, &error) != LLMP_OK)
        return fail(&error);

    const llmp_record *model = NULL;
    llmp_machine machines[LLMP_MACHINES_MAX];
    size_t machine_count = 0;
    llmp_fit_request request = LLMP_FIT_REQUEST_INIT;
    llmp_fit *fit = NULL;
    int status = 1;
    if (llmp_catalog_find(catalog, LLMP_KIND_MODEL, model_name, &model, NULL, &error) == LLMP_OK &&
        llmp_machine_parse(catalog, machine_name, machines, &machine_count, NULL, &error) ==
            LLMP_OK) {
        request.model = LLMP_MODEL(model);
        request.machine = &machines[0];
        if (llmp_fit_create(catalog, &request, &fit, &error) == LLMP_OK) {
            const llmp_fit_answer *answer = llmp_fit_answer_of(fit);
            char total[32];
            llmp_bytes_format(answer->memory.total.total_bytes, total, sizeof total);
            printf("%s as %s on %s: %s, %s", answer->model->head.name, answer->quant_title,
                   machines[0].title, llmp_verdict_name(answer->verdict), total);
            if (answer->has_speed)
                printf(", %.1f tokens/s (%.1f-%.1f)", answer->decode.tokens_per_s.p50,
                       answer->decode.tokens_per_s.p10, answer->decode.tokens_per_s.p90);
            printf("\n");
            status = 0;
        }
    }
    if (status)
        fail(&error);
    llmp_fit_destroy(&fit);
    llmp_catalog_destroy(&catalog);
    return status;
}
