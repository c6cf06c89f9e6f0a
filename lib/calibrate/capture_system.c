/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A capture of a machine: of this one with its libraries, of a copied tree by its files. */
#include "base/error.h"
#include "calibrate/capture.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

static void capture_kind(llmp_capture *capture)
{
    struct utsname name;
    llmp__text facts = {0};
    if (uname(&name) == 0) {
        llmp__text_add(&facts, "system"); /* and not the host's name, which is there too */
        llmp__fact_add(&facts, "name", name.sysname);
        llmp__fact_add(&facts, "machine", name.machine);
        llmp__text_add_char(&facts, '\n');
        llmp__capture_add(capture, "system", llmp__text_get(&facts), facts.length);
    }
    llmp__text_free(&facts);
}

llmp_status llmp_capture_system(const char *root, llmp_capture **out, llmp_error *error)
{
    struct stat info;
    if (root == NULL || *root == '\0' || out == NULL) {
        return llmp__fail_argument(error, "root or output", "is NULL or empty");
    }
    if (stat(root, &info) != 0 || !S_ISDIR(info.st_mode)) {
        (void)llmp__fail(error, LLMP_E_IO, "there is no folder '%.200s'", root);
        llmp__set_where(error, root);
        return LLMP_E_IO;
    }
    llmp_capture *capture = llmp__capture_new();
    if (capture == NULL) {
        return llmp__fail_memory(error, "the capture");
    }
    bool here = strcmp(root, "/") == 0;
    llmp__capture_files(capture, root);
    llmp__capture_cgroup(capture, root);
    bool gpu = llmp__capture_pci(capture, root);
    if (here) {
        capture_kind(capture);
        llmp__capture_topology(capture, NULL);
        llmp__capture_darwin(capture);
        llmp__capture_nvml(capture); /* Jetson's GPU is on no bus */
        if (gpu) {
            llmp__capture_opencl(capture);
        }
    }
    llmp_status status = llmp__capture_seal(capture, error);
    if (status != LLMP_OK) {
        llmp_capture_destroy(&capture);
        return status;
    }
    *out = capture;
    return LLMP_OK;
}
