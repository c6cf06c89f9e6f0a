/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

enum { CONTEXTS_MAX = 256, BATCHES_MAX = 64 };

typedef struct axes {
    uint64_t whole[CONTEXTS_MAX];
    double contexts_tokens[CONTEXTS_MAX];
    uint32_t batches[BATCHES_MAX];
    size_t context_count;
    size_t batch_count;
} axes;

static int read_axes(const arguments *args, axes *out)
{
    int code = EXIT_DONE;
    out->batches[0] = 1;
    out->batch_count = 1;
    if (args->batches != NULL) {
        code =
            options_read_axis("--batch", args->batches, out->whole, BATCHES_MAX, &out->batch_count);
        for (size_t i = 0; i < out->batch_count; i++) {
            if (out->whole[i] < 1 || out->whole[i] > 65536) {
                return usage_error("--batch", NULL, "%llu is outside 1 to 65,536",
                                   (unsigned long long)out->whole[i]);
            }
            out->batches[i] = (uint32_t)out->whole[i];
        }
    }
    if (code == EXIT_DONE && args->contexts != NULL) {
        code = options_read_axis("--context", args->contexts, out->whole, CONTEXTS_MAX,
                                 &out->context_count);
        for (size_t i = 0; i < out->context_count; i++) {
            if (out->whole[i] > 4294967296U) {
                return usage_error("--context", NULL, "%llu is outside 0 to 4,294,967,296",
                                   (unsigned long long)out->whole[i]);
            }
            out->contexts_tokens[i] = (double)out->whole[i];
        }
    }
    return code;
}

/* Unless asked: doublings from 512 to what fits; one depth when batches are the question. */
static void default_contexts(const llmp_fit_answer *answer, axes *out)
{
    if (out->batch_count > 1) {
        out->contexts_tokens[out->context_count++] = answer->decode_context_tokens;
        return;
    }
    double most =
        answer->max_context_tokens > 131072 ? 131072.0 : (double)answer->max_context_tokens;
    for (double context = 512.0; context <= most; context *= 2.0) {
        out->contexts_tokens[out->context_count++] = context;
    }
    if (out->context_count == 0) {
        out->contexts_tokens[out->context_count++] = answer->decode_context_tokens;
    }
}

static int answer_speed(const arguments *args, question *q, axes *a)
{
    llmp_fit *fit = NULL;
    llmp_error error = LLMP_ERROR_INIT;
    llmp_document *document = NULL;
    llmp_report_style style = style_of(args);
    q->request.machine = &q->machines[0];
    llmp_status status = llmp_fit_create(q->catalog, &q->request, &fit, &error);
    if (status == LLMP_OK) {
        if (a->context_count == 0) {
            default_contexts(llmp_fit_answer_of(fit), a);
        }
        for (size_t i = 0; status == LLMP_OK && i < a->context_count; i++) {
            status = llmp_context_check(llmp_fit_answer_of(fit)->model,
                                        (uint64_t)a->contexts_tokens[i], &error);
        }
        llmp_speed_axes given = {sizeof given, a->contexts_tokens, a->context_count, a->batches,
                                 a->batch_count};
        status =
            status == LLMP_OK ? llmp_report_speed(fit, &given, &style, &document, &error) : status;
    }
    int code =
        status == LLMP_OK ? deliver(args, &style, &document, EXIT_DONE) : fail("speed", &error);
    llmp_fit_destroy(&fit);
    return code;
}

int cmd_speed(const arguments *args)
{
    question q;
    axes a = {.context_count = 0};
    if (args->names.count != 1) {
        return usage_error("speed", "such as llmplan speed llama-3.1-8b --on rtx-4090",
                           args->names.count == 0 ? "name a model" : "one model at a time");
    }
    int code = read_axes(args, &a);
    if (code == EXIT_DONE) {
        code = question_open(args, args->names.items[0], &q);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    code = q.machine_count > 1 ? usage_error("--on", "llmplan compare sets several side by side",
                                             "one machine at a time")
                               : answer_speed(args, &q, &a);
    question_close(&q);
    return code;
}
