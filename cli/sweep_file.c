/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of a sweep: begun, or checked against what it should hold and continued. */
#include "cli/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 18, WHOLE_EVERY = 251 };

static int io_error(const char *path, const char *what)
{
    const char *name = strcmp(path, "-") == 0 ? "standard output" : path;
    (void)fprintf(stderr, "llmplan: %s: %s: %s\n", name, what, strerror(errno));
    return EXIT_IO;
}

/* --- what is there already -------------------------------------------------------------------- */

typedef struct check {
    const sweep_job *job;
    llmp_sweep_worker *worker;
    sweep_text expected;
    uint64_t row;        /* the next line's */
    uint64_t good_bytes; /* of whole lines */
    bool header;         /* is behind us */
} check;

static int other(const check *c, const char *why)
{
    (void)usage_error(c->job->path,
                      "continue with the options it was begun with, or write another file",
                      "line %llu %s",
                      (unsigned long long)(c->row - c->job->first +
                                           (c->job->format == LLMP_SWEEP_CSV && c->header ? 2 : 1)),
                      why);
    return EXIT_BAD_INPUT;
}

static bool expect_header(check *c)
{
    sweep_text *t = &c->expected;
    t->length = llmp_sweep_format_header(c->job->format, t->text, t->size);
    if (t->length > t->size) {
        char *grown = realloc(t->text, t->length);
        if (grown == NULL) {
            return false;
        }
        t->text = grown;
        t->size = t->length;
        (void)llmp_sweep_format_header(c->job->format, t->text, t->size);
    }
    return true;
}

/* Whole rows are computed for some lines; of the others, number and scenario are compared. */
static bool expect_row(check *c, bool whole)
{
    llmp_sweep_row row;
    llmp_status status = whole ? llmp_sweep_row_at(c->worker, c->row, &row, NULL)
                               : llmp_sweep_scenario_at(c->worker, c->row, &row, NULL);
    c->expected.length = 0;
    if (status != LLMP_OK || !sweep_text_row(&c->expected, c->job->format, &row)) {
        return false;
    }
    if (!whole) {
        c->expected.length =
            llmp_sweep_format_scenario(c->job->format, &row, c->expected.text, c->expected.size);
    }
    return true;
}

/* One line; @p whole_line without its end means that the file breaks off in it. */
static int check_line(check *c, const char *line, size_t length, bool ended)
{
    bool of_header = !c->header;
    if (!of_header && c->row == c->job->end) {
        return other(c, "is more than the axes have combinations");
    }
    bool whole = !ended || (c->row - c->job->first) % WHOLE_EVERY == 0;
    if (!(of_header ? expect_header(c) : expect_row(c, whole))) {
        return EXIT_INTERNAL;
    }
    const sweep_text *t = &c->expected;
    bool exact = of_header || (whole && ended);
    bool same = ended ? length >= t->length && (!exact || length == t->length) : length < t->length;
    size_t compared = length < t->length ? length : t->length;
    if (!same || memcmp(line, t->text, compared) != 0) {
        return other(c, of_header         ? "is not the header of these rows"
                        : exact || !ended ? "differs from its row: other axes, facts or options"
                                          : "is of another scenario: the axes are not the same");
    }
    if (ended) {
        c->good_bytes += length;
        c->row += of_header ? 0 : 1;
        c->header = true;
    }
    return EXIT_DONE;
}

/* The lines in a buffer; moves what is left to its front. */
static int check_lines(check *c, char *buffer, size_t *used)
{
    size_t at = 0;
    int code = EXIT_DONE;
    while (code == EXIT_DONE) {
        const char *end = memchr(buffer + at, '\n', *used - at);
        if (end == NULL) {
            break;
        }
        size_t length = (size_t)(end - buffer) + 1 - at;
        code = check_line(c, buffer + at, length, true);
        at += length;
    }
    memmove(buffer, buffer + at, *used - at);
    *used -= at;
    return code;
}

static int check_file(check *c, int fd)
{
    char *buffer = malloc(BLOCK);
    size_t used = 0;
    int code = buffer == NULL ? EXIT_INTERNAL : EXIT_DONE;
    while (code == EXIT_DONE) {
        ssize_t got = read(fd, buffer + used, BLOCK - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            code = io_error(c->job->path, "cannot read");
        }
        if (got <= 0) {
            break;
        }
        used += (size_t)got;
        code = check_lines(c, buffer, &used);
        if (code == EXIT_DONE && used == BLOCK) {
            code = other(c, "is too long for a row");
        }
    }
    if (code == EXIT_DONE && used > 0) {
        code = check_line(c, buffer, used, false);
    }
    free(buffer);
    return code;
}

static int resume(sweep_job *job)
{
    llmp_error error = LLMP_ERROR_INIT;
    check c = {.job = job, .row = job->first, .header = job->format != LLMP_SWEEP_CSV};
    if (llmp_sweep_worker_create(job->sweep, &c.worker, &error) != LLMP_OK) {
        return fail("sweep", &error);
    }
    int code = check_file(&c, job->fd);
    if (code == EXIT_DONE &&
        (ftruncate(job->fd, (off_t)c.good_bytes) != 0 || lseek(job->fd, 0, SEEK_END) < 0)) {
        code = io_error(job->path, "cannot continue");
    }
    if (code == EXIT_DONE && c.row > job->first) {
        (void)fprintf(stderr, "llmplan: %s: %llu of %llu rows are there\n", job->path,
                      (unsigned long long)(c.row - job->first),
                      (unsigned long long)(job->end - job->first));
    }
    bool begun = c.good_bytes > 0;
    free(c.expected.text);
    llmp_sweep_worker_destroy(&c.worker);
    job->first = c.row;
    return code != EXIT_DONE ? code : begun ? EXIT_DONE : -1;
}

/* --- opening ---------------------------------------------------------------------------------- */

static int write_header(const sweep_job *job)
{
    char text[2048];
    size_t length = llmp_sweep_format_header(job->format, text, sizeof text);
    return length <= sizeof text && sweep_write(job->fd, text, length)
               ? EXIT_DONE
               : io_error(job->path, "cannot write");
}

/* One writer at a time. */
static bool lock(int fd)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_SETLK, &all) == 0 || (errno != EACCES && errno != EAGAIN);
}

static int open_regular(sweep_job *job, bool continued)
{
    struct stat info;
    job->fd = open(job->path, O_RDWR | O_CREAT, 0666);
    if (job->fd < 0 && (errno == EACCES || errno == ENXIO)) {
        job->fd = open(job->path, O_WRONLY); /* a device or a pipe */
    }
    if (job->fd < 0 || fstat(job->fd, &info) != 0) {
        return io_error(job->path, "cannot open");
    }
    if (!S_ISREG(info.st_mode)) {
        return continued ? usage_error("--resume", NULL, "%s is no file that could be continued",
                                       job->path)
                         : -1;
    }
    if (!lock(job->fd)) {
        (void)usage_error(job->path, NULL, "another run is writing it");
        return EXIT_IO;
    }
    if (continued) {
        return resume(job);
    }
    return info.st_size == 0 ? -1
                             : usage_error(job->path, "add --resume, or name another file",
                                           "is there already: --resume continues it");
}

int sweep_file_open(sweep_job *job, bool continued)
{
    if (strcmp(job->path, "-") == 0) {
        job->fd = STDOUT_FILENO;
        return write_header(job);
    }
    int code = open_regular(job, continued);
    code = code == -1 ? write_header(job) : code;
    if (code != EXIT_DONE && job->fd >= 0) {
        (void)close(job->fd);
    }
    return code;
}
