/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/render.h"

#include "base/error.h"
#include "base/names.h"

#include <stdlib.h>
#include <string.h>

static const llmp_renderer *const renderers[] = {
    &llmp__render_text, &llmp__render_json, &llmp__render_csv, &llmp__render_md, NULL,
};

const llmp_renderer *llmp_renderer_at(size_t i)
{
    return i < sizeof renderers / sizeof *renderers ? renderers[i] : NULL;
}

const char *llmp_renderer_name(const llmp_renderer *renderer)
{
    return renderer == NULL ? "" : renderer->name;
}

llmp_status llmp_renderer_find(const char *name, const llmp_renderer **out, llmp_error *error)
{
    if (name == NULL || out == NULL) {
        return llmp__fail_argument(error, name == NULL ? "name" : "out", "is NULL");
    }
    llmp__text choices = {0};
    for (const llmp_renderer *const *r = renderers; *r != NULL; r++) {
        if (strcmp((*r)->name, name) == 0) {
            llmp__text_free(&choices);
            *out = *r;
            return LLMP_OK;
        }
        llmp__text_add_format(&choices, "%s%s", choices.length == 0 ? "" : ", ", (*r)->name);
    }
    llmp_status status = llmp__fail(error, LLMP_E_UNKNOWN, "there is no format '%s'", name);
    llmp__hint(error, "one of %s", llmp__text_get(&choices));
    llmp__text_free(&choices);
    return status;
}

bool llmp__shown(bool detail, const llmp_report_style *style)
{
    return style->verbose || !detail;
}

bool llmp__block_shown(const llmp__block *block, const llmp_report_style *style)
{
    bool titled = block->kind != LLMP__TABLE;
    for (size_t c = 0; c < block->column_count; c++) {
        titled = titled || block->columns[c].title != NULL;
    }
    return titled && !block->hidden && llmp__shown(block->detail, style);
}

llmp_status llmp_document_render(const llmp_document *document, const llmp_renderer *renderer,
                                 const llmp_report_style *style, char **out, llmp_error *error)
{
    static const llmp_report_style plain = LLMP_REPORT_STYLE_INIT;
    if (document == NULL || renderer == NULL || out == NULL) {
        return llmp__fail_argument(error, "document, renderer or out", "is NULL");
    }
    llmp_report_style used = style == NULL ? plain : *style;
    used.width = used.width < 40 ? 40 : used.width > 400 ? 400 : used.width;
    llmp__text text = {0};
    renderer->render(document, &used, &text);
    llmp__text_add(&text, "");
    if (text.failed || text.data == NULL) {
        llmp__text_free(&text);
        return llmp__fail_memory(error, "a rendered report");
    }
    *out = text.data;
    return LLMP_OK;
}
