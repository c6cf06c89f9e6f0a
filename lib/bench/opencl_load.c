/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding OpenCL at run time. */
#include "bench/opencl_api.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

bool llmp__opencl_load(llmp__opencl *out)
{
    static const char *const paths[] = {"libOpenCL.so.1", "libOpenCL.so",
                                        "/System/Library/Frameworks/OpenCL.framework/OpenCL"};
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < sizeof paths / sizeof *paths && out->library == NULL; i++) {
        out->library = dlopen(paths[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (out->library == NULL) {
        return false;
    }
    bool all = true;
    void *found;
    /* POSIX lets a data pointer hold a function's; C has no conversion for it */
#define FIND(type, name, parameters)              \
    found = dlsym(out->library, #name);           \
    memcpy(&out->name, &found, sizeof out->name); \
    all = all && found != NULL;
    LLMP__OPENCL_FUNCTIONS(FIND)
#undef FIND
    if (!all) {
        (void)dlclose(out->library);
        memset(out, 0, sizeof *out);
    }
    return all;
}
