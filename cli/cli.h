/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file cli.h
 * @brief The command-line tool. It knows the library by its public headers alone; environment,
 * terminal and exit codes live here and nowhere else.
 */
#ifndef LLMP_CLI_CLI_H
#define LLMP_CLI_CLI_H

#include <llmplan/report.h>
#include <stdio.h>

/** How the program ends. A question answered "no" is not a failure of the program. */
enum {
    EXIT_DONE = 0,
    EXIT_ANSWER_NO = 1,
    EXIT_USAGE = 2,
    EXIT_BAD_INPUT = 3,
    EXIT_NO_DATA = 4,
    EXIT_IO = 5,
    EXIT_INTERNAL = 70
};

/* --- options ---------------------------------------------------------------------------------- */

enum { LIST_MAX = 64 };

/** Values of an option that may be repeated, or of a comma-separated one. */
typedef struct text_list {
    const char *items[LIST_MAX];
    size_t count;
} text_list;

enum { MACHINES_MAX = 12, MACHINE_SIZE = 256 };

/** Machines of a repeated --on, each maybe of several words. */
typedef struct machine_list {
    char items[MACHINES_MAX][MACHINE_SIZE];
    size_t count;
} machine_list;

/** Every option of every command; what is not given keeps its default. */
typedef struct arguments {
    text_list names; /* what is not an option */
    bool help;
    bool version;
    bool verbose;
    bool ascii;
    bool json;
    const char *format;
    const char *output;
    text_list catalogs;
    text_list sets;

    const char *quant;
    char on[MACHINE_SIZE]; /* "" when not given */
    const char *engine;
    const char *backend;
    const char *kv_type;
    const char *flash_attention;
    const char *offload;
    const char *split;
    const char *draft;
    uint64_t context_tokens;
    uint64_t prompt_tokens;
    uint64_t parallel;
    uint64_t ubatch_tokens;
    uint64_t batch_tokens;
    uint64_t gpu_layers;
    uint64_t cpu_moe;
    bool has_gpu_layers;
    bool has_cpu_moe;
    uint64_t reserve_bytes;
    uint64_t host_reserve_bytes;
    uint64_t host_memory_bytes;
    double host_bandwidth_gb_s;
    uint64_t lora_bytes;
    uint64_t draft_tokens;
    double acceptance;
    double utilization;
    bool vision;
    bool mtp;
    bool kv_split;
    bool swa_full;
    bool no_mmap;
    bool explain;

    const char *use;
    const char *family;
    uint64_t min_params;
    uint64_t max_params;
    uint64_t limit;
    bool has_limit;

    const char *contexts; /* speed, sweep: a list or a range */
    const char *batches;

    const char *from; /* validate: whose output the file is */
    const char *device;
    const char *model;
    uint64_t device_count;
    bool rows;
    text_list from_files; /* calibrate */
    bool check;

    const char *api; /* cost, breakeven */
    const char *rent;
    const char *subscription; /* cost */
    uint64_t seats;
    const char *preset;
    const char *tariff;
    const char *tokens;
    const char *service;
    text_list assume;
    text_list tasks; /* cost */
    const char *people;
    bool hybrid;
    double requests;
    bool regional;
    bool indices;
    bool has_parallel;
    bool has_prompt;
    uint64_t draws;
    uint64_t seed;

    machine_list ons; /* compare */
    const char *depths;
    text_list timed; /* tasks */
    bool together;

    const char *dump; /* detect: where the capture goes */
    const char *replay;

    int word_count; /* what was read, to be read again over a study file */
    char **words;

    const char *says_decode; /* audit: what is claimed */
    const char *says_prefill;
    const char *says_ttft;
    const char *says_latency;
    const char *says_memory;
    const char *says_price;
    const char *says_power;
    bool says_fits;
    bool devices_only;
    double bits;
    uint64_t depth_tokens;
    uint64_t generate_tokens;

    text_list models; /* sweep: values of each axis, in lists */
    text_list quants;
    text_list machines;
    text_list engines;
    text_list kv_types;
    const char *ubatches;
    const char *prompts;
    const char *shard;
    uint64_t months;
    uint64_t threads; /* sweep, bench; 0: one a processor or core */
    bool resume;

    double budget_usd; /* recommend */
    double min_decode;
    bool has_min_decode;
    double max_ttft;
    double max_watts;
    uint64_t users;
    uint64_t answer_tokens;
    const char *max_noise;
    const char *circuit;
    const char *objective;
    char owned[256]; /* "" when not given */
    text_list min_scores;
    bool used;
    bool on_premises;
    bool offline;

    bool why;
    bool schema;
    const char *out; /* import: where the record goes; sweep: the same as output */
    bool stale;
    const char *as_of;
    uint64_t max_age_days;

    bool quick; /* bench */
    bool list;
    double time_s;
    uint64_t memory_bytes;
    text_list kernels;
} arguments;

typedef enum option_type {
    OPTION_FLAG,     /* bool */
    OPTION_TEXT,     /* const char * */
    OPTION_CHOICE,   /* const char *, one of `choices` */
    OPTION_REPEAT,   /* text_list */
    OPTION_WORDS,    /* char[256]: "2x rtx-4090" and "a + b" need no quotes */
    OPTION_MACHINES, /* machine_list: the same, repeated */
    OPTION_BYTES,    /* uint64_t */
    OPTION_TOKENS,   /* uint64_t */
    OPTION_COUNT,    /* uint64_t */
    OPTION_PARAMS,   /* uint64_t, "70B" */
    OPTION_NUMBER    /* double */
} option_type;

/** Commands as bits. */
enum {
    CMD_FIT = 1u << 0,
    CMD_SPEED = 1u << 1,
    CMD_LIST = 1u << 2,
    CMD_SHOW = 1u << 3,
    CMD_IMPORT = 1u << 4,
    CMD_CHECK = 1u << 5,
    CMD_HELP = 1u << 6,
    CMD_VALIDATE = 1u << 7,
    CMD_COST = 1u << 8,
    CMD_BREAKEVEN = 1u << 9,
    CMD_AUDIT = 1u << 10,
    CMD_SWEEP = 1u << 11,
    CMD_COMPARE = 1u << 12,
    CMD_CALIBRATE = 1u << 13,
    CMD_BENCH = 1u << 14,
    CMD_DETECT = 1u << 15,
    CMD_RECOMMEND = 1u << 16,
    CMD_ALL = (1u << 17) - 1
};

enum { NO_OFFSET = 0xFFFF };

/** One option. The table of these is the only place that knows it. */
typedef struct option_spec {
    const char *name; /* without the dashes */
    char letter;      /* short form, or 0 */
    option_type type;
    const char *value;   /* name of its value in help; NULL for flags */
    const char *choices; /* "on|off" */
    size_t offset;       /* in arguments */
    size_t given_offset; /* of a bool set when it is given, or NO_OFFSET */
    double min;
    double max;
    unsigned commands;
} option_spec;

extern const option_spec option_table[];
extern const size_t option_table_size;

/** One command. */
typedef struct command {
    const char *name;
    unsigned bit;
    int (*run)(const arguments *args);
    const char *summary;
} command;

extern const command commands[];
extern const size_t command_count;

/**
 * Reads the words after the command. On failure says why on standard error.
 * @return EXIT_DONE or EXIT_USAGE
 */
int options_read(const command *cmd, int count, char **words, arguments *out);

/** Reads "512" or "1k..64k*2" or "0..32k+4k" or "1,2,4"; at most @p room values. */
int options_read_axis(const char *option, const char *text, uint64_t *out, size_t room,
                      size_t *out_count);

/** Prints "llmplan: WHERE: message" and a hint line; returns EXIT_USAGE. */
int usage_error(const char *where, const char *hint, const char *format, ...) LLMP_PRINTF(3, 4);

/** The nearest of some names: offer them all, then format "did you mean ...?". */
typedef struct nearest {
    const char *query;
    const char *best;
    unsigned distance;
} nearest;
void nearest_offer(nearest *n, const char *name);
/** Writes "did you mean 'x'?" with @p prefix before the name, or "". */
const char *nearest_hint(const nearest *n, const char *prefix, char out[128]);

/* --- the world outside ------------------------------------------------------------------------ */

/** The exit code of a library status. */
int exit_of(llmp_status status);
/** Prints an error of the library; @p where names the option at fault unless the error knows. */
int fail(const char *where, const llmp_error *error);

/** Reads the environment: terminal width, colours, character set. */
llmp_report_style style_of(const arguments *args);
/** "$XDG_CONFIG_HOME/llmplan" or "$HOME/.config/llmplan"; false when neither is set. */
bool config_folder(char *out, size_t out_size);

/** Renders and writes to standard output or --output; destroys the document. */
int deliver(const arguments *args, const llmp_report_style *style, llmp_document **document,
            int exit_code);
/** Writes a file whole or not at all; "-" is standard output. */
int write_file(const char *path, const char *text, size_t length);
/** Reads a file, or standard input for "-", of at most @p cap_bytes. @p out is malloc'ed. */
int read_file(const char *path, size_t cap_bytes, char **out, size_t *out_size);

/* --- what commands share ---------------------------------------------------------------------- */

/** The catalog with overlays in their order; --set comes later. */
int catalog_open(const arguments *args, llmp_catalog **out);
/** Adds one overlay; "-" is standard input. */
int catalog_add(llmp_catalog *catalog, const char *path, const char *option);
/** Applies --set; @p ids tells the record that a short form means, by kind. */
int catalog_apply_sets(llmp_catalog *catalog, const arguments *args,
                       const char *const ids[LLMP_KIND_COUNT]);

/** Adds the machine the program runs on as the rig "this", where --on names it and the catalog does
 * not know it already; notes which GPUs that leaves out. */
int catalog_add_this(llmp_catalog *catalog, const arguments *args);

/** A question about a model on machines, resolved from names. */
typedef struct question {
    llmp_catalog *catalog;
    llmp_import *import;
    llmp_fit_request request; /* without the machine */
    llmp_machine *machines;
    size_t machine_count;
    bool again;  /* resolved before */
    bool beside; /* the catalog is another's */
} question;

/** @p model may be NULL (what can run here). On failure nothing needs freeing. */
int question_open(const arguments *args, const char *model, question *out);
/** As question_open, over the catalog of another question, which must be closed last: of one more
 * model (without machines), or of more machines (model NULL). --set is not read again. */
int question_beside(const question *first, const arguments *args, const char *model, question *out);
void question_close(question *q);
/** What options say of memory, but for what axes may say: context, parallel, ubatch, cache types.
 */
void options_memory(const arguments *args, llmp_memory_options *out);
/** Where options place the model; out_devices_only is set when nothing may lie on the host. */
int options_placement(const arguments *args, llmp_memory_options *out, bool *out_devices_only);
/** A file that exists is meant; else a name the catalog knows; else what looks like a path. A bare
 * folder name counts only if the catalog does not know it. */
bool means_file(const llmp_catalog *catalog, const char *name);
/** Memory and bandwidth of the host, where options state them. */
void machine_state_host(const arguments *args, llmp_machine *machine);

int cmd_fit(const arguments *args);
int cmd_speed(const arguments *args);
int cmd_list(const arguments *args);
int cmd_show(const arguments *args);
int cmd_import(const arguments *args);
int cmd_check(const arguments *args);
int cmd_validate(const arguments *args);
int cmd_calibrate(const arguments *args);
int cmd_compare(const arguments *args);
int cmd_recommend(const arguments *args);
int cmd_cost(const arguments *args);
int cmd_breakeven(const arguments *args);
int cmd_audit(const arguments *args);
int cmd_sweep(const arguments *args);
int cmd_bench(const arguments *args);
int cmd_detect(const arguments *args);
int cmd_help(const arguments *args);

/** Reads "models", "device", ...; prints the choices when it is none. */
int kind_of(const char *where, const char *name, llmp_kind *out);

/* --- generated from help/<command>.md ----------------------------------------------------------
 */

typedef struct help_page {
    const char *name;
    const char *const *lines;   /* NULL-terminated */
    const char *const *options; /* names without dashes, NULL-terminated */
} help_page;

extern const help_page help_pages[];
extern const size_t help_page_count;

#endif
