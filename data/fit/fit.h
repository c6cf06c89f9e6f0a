/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file fit.h
 * @brief Engine profiles fitted to measurements, with partial pooling over classes of devices.
 *
 * Every parameter of a row's profile is a sum, on a log or logit scale, of one effect for the
 * engine and backend and one for each class the device is in, down to the device. Effects are drawn
 * towards 0, the narrower the class the more, so that a device moves away from its class as far as
 * its measurements warrant, and one without any is its class.
 */
#ifndef LLMP_FIT_H
#define LLMP_FIT_H

#include "base/arena.h"
#include "doc/csv.h"
#include "planner/measured.h"

#include <stdio.h>

/** Parameters; each is a member of llmp_profile, but for PARAM_COMPUTE and those of drivers. */
typedef enum param {
    PARAM_BANDWIDTH,
    PARAM_KV,
    PARAM_STATE,
    PARAM_SCAN_STATE,
    PARAM_LAYER,
    PARAM_MOE_LAYER,
    PARAM_LINEAR_LAYER,
    PARAM_MLA_LAYER,
    PARAM_BATCH_LAYER,
    PARAM_SEQUENCE,
    PARAM_HOST,
    PARAM_UNPACK,
    PARAM_UNPACK_K,
    PARAM_COMPUTE, /* an effect common to the three widths and attention */
    PARAM_COMPUTE_16,
    PARAM_COMPUTE_8,
    PARAM_COMPUTE_4,
    PARAM_ATTENTION,
    PARAM_ATTENTION_DECODE,
    PARAM_ATTENTION_PAIR,
    PARAM_ATTENTION_UNFUSED,
    PARAM_MOE_COMPUTE,
    PARAM_MOE_HALF,
    PARAM_BATCH_COMPUTE,
    PARAM_TILE,
    PARAM_VECTOR_TOKENS,
    PARAM_EXPERT_VECTOR_TOKENS,
    PARAM_PASS,
    PARAM_SCAN,
    PARAM_SKEW,
    PARAM_PREFILL_HOST,
    PARAM_BANDWIDTH_PER_YEAR,
    PARAM_KV_PER_YEAR,
    PARAM_LAYER_PER_YEAR,
    PARAM_COMPUTE_PER_YEAR,
    PARAM_MOE_PER_YEAR,
    PARAM_ATTENTION_PER_YEAR,
    PARAM_POWER_COMPUTE,
    PARAM_POWER_BANDWIDTH,
    PARAM_ALLREDUCE,
    PARAM_ALLREDUCE_BANDWIDTH,
    PARAM_COUNT
} param;

typedef enum scale { SCALE_LOG, SCALE_LOGIT, SCALE_LINEAR } scale;
typedef enum family { FAMILY_BANDWIDTH, FAMILY_TIME, FAMILY_COMPUTE, FAMILY_COUNT } family;

typedef struct param_info {
    const char *key; /* in YAML; NULL: not written itself */
    size_t offset;
    double unit;
    scale scale;
    family family;
    double class_width;  /* spread of a class about its parent, 0: the same everywhere */
    double device_width; /* of a device about its class */
} param_info;

extern const param_info params[PARAM_COUNT];

enum { FACTOR_BANDWIDTH, FACTOR_KV, FACTOR_LAYER, FACTOR_COMPUTE, FACTOR_MOE, FACTOR_COUNT };
enum { CHAIN_MAX = 12, NODES_MAX = 96, DRIVERS_MAX = 8, FORMATS_MAX = 32, EFFECTS_MAX = 1200 };

/** One measurement, ready to be predicted. */
typedef struct fit_row {
    llmp__measured_scenario *scenario;
    const llmp_measured_row *row;
    const llmp_device *device;
    llmp_speed_conditions conditions;
    double log_measured;
    double weight;        /* 1/sqrt of the rows that repeat its device, model, quant and phase */
    const char *excluded; /* reason, or NULL */
    int system;           /* index, -1: no profile of it is fitted */
    int chain[CHAIN_MAX]; /* nodes of the system, root first */
    int chain_count;
    int driver;        /* of the system, -1: none */
    double log_fit;    /* ln of the predictions: by all rows, */
    double log_device; /* without the device, */
    double log_model;  /* and without the model */
    double log_before; /* by the profiles compiled in */
    double log_ceiling;
    double attention_ratio; /* of the predicted step, decode */
    double sigma; /* of the row's class and phase; of what nobody fits, and of hosts at work: */
    double sigma_stated; /* what the prediction says */
} fit_row;

typedef struct fit_node {
    const char *name; /* class or device id */
    bool is_device;
    int parent; /* node, -1: root */
    int rows, decode_rows;
    const char *first; /* some device in it */
} fit_node;

/** An engine on a backend. */
typedef struct fit_system {
    const char *engine, *backend, *root;
    double prior[PARAM_COUNT];  /* on its scale */
    double spread[PARAM_COUNT]; /* 0: fixed */
    llmp_profile base;          /* what is not fitted */
    fit_node nodes[NODES_MAX];
    int node_count;
    char drivers[DRIVERS_MAX][24];
    int driver_count;
    const llmp_format *formats[FORMATS_MAX]; /* where formats have effects */
    int format_count;
    double format_spread; /* 0: no effects */
    /* effects: index of (param, node), or -1 */
    int effect[PARAM_COUNT][NODES_MAX];
    int driver_effect[DRIVERS_MAX][FACTOR_COUNT];
    int format_effect[FORMATS_MAX];
    int effect_count;
    double width[EFFECTS_MAX];
    double value[EFFECTS_MAX];
} fit_system;

/** What cross-validation chose. */
typedef struct fit_widths {
    double of_class[FAMILY_COUNT];
    double of_device[FAMILY_COUNT];
} fit_widths;

enum { SYSTEMS_MAX = 16 };

enum {
    SITUATION_BATCH,
    SITUATION_DEEP,
    SITUATION_ATTENTION, /* of processors: written to their profiles alone */
    SITUATION_MIXED,
    SITUATION_HYBRID,
    SITUATION_SPLIT,
    SITUATION_PREFILL_SPLIT,
    SITUATIONS
};

typedef struct fit_data {
    llmp_catalog *catalog;
    llmp__arena arena;
    fit_row *rows;
    size_t row_count;
    size_t refused;
    fit_system systems[SYSTEMS_MAX];
    int system_count;
    fit_widths widths;
    double situation_factor[SITUATIONS]; /* on the spread */
    llmp_error error;
} fit_data;

void die(const char *format, ...) LLMP_PRINTF(1, 2);

/* rows.c */
void read_rows(fit_data *data, const char *path);
void read_exclusions(fit_data *data, const char *path);
/* system.c */
void read_priors(fit_data *data, const char *path, llmp__csv *csv);
void build_systems(fit_data *data);
void set_widths(fit_data *data, fit_system *system);
/* predict.c */
double to_value(scale s, double x);
double to_scale(scale s, double value);
/** ln of the predicted rate with a system's effects. */
double predict(const fit_system *system, const fit_row *row, const double *effects);
/** A format holds more than a trifle of the matrices. */
bool has_format(const fit_row *row, const llmp_format *format);
/** False for parameters that a row's prediction cannot depend on. */
bool feels(const fit_row *row, param p);
/** Parameters of a node on their scales: the effects on the way down to it. */
void node_values(const fit_system *system, int node, double *out);
/* solve.c */
/** Fits a system to its rows for which @p left_out is false; value[] is the start and the result.
 */
void solve(fit_data *data, int system, const bool *left_out, double *value);
/* validate.c */
void fit_all(fit_data *data);
void cross_validate(fit_data *data, bool models);
double cv_score(const fit_data *data);
/** Tries wider and narrower effects; sets data->widths to the best by cross-validation. */
void search_widths(fit_data *data);
void read_widths(fit_data *data, const char *path);
void write_widths(const fit_data *data, const char *path);
/* write.c */
void write_profiles(fit_data *data, const llmp__csv *priors, const char *directory);
/* sigma.c */
bool on_processor(const fit_system *system);
/** Spreads of all rows, and what situations add to them. */
void set_sigmas(fit_data *data);
double node_sigma(const fit_data *data, int system, int node, llmp_phase phase);
/* cells.c */
typedef bool row_filter(const fit_row *row, const void *argument);
typedef struct cell_info {
    const char *name;
    bool (*in)(const fit_row *row);
    double median, p90; /* targets; 0: none */
} cell_info;
extern const cell_info cells[];
/** Experts or layers on the host of a device. */
bool offloaded(const fit_row *row);
typedef struct cell_errors {
    size_t rows, devices;
    double median, p90; /* of |predicted/measured - 1| */
    double balanced;    /* median of the devices' medians */
    double coverage;    /* of p10-p90 */
    double bias;        /* mean of ln(predicted/measured) */
} cell_errors;
/** ln of one of a row's predictions, by the offset of a log_ member. */
double prediction(const fit_row *row, size_t offset);
void measure(const fit_data *data, row_filter *in, const void *argument, size_t offset,
             cell_errors *out);

/* rivals.c */
/** ln of what simpler formulas predict: bytes over bandwidth, 0.55 of that, and a table. */
double rival_roofline(const fit_row *row);
double rival_share(const fit_row *row);
double rival_table(const fit_row *row);

/* svg.c */
typedef struct error_series {
    const char *name;
    double *errors;
    size_t count;
} error_series;
void plot_scatter(const fit_data *data, const char *path);
void plot_errors(const error_series *series, size_t count, const char *path);

/* support.c */
/** Per missed target, the rows that it rests on. */
void write_support(FILE *file, const fit_data *data);
/* report.c */
/** Writes docs/accuracy.md and its plots; @p inputs are the files it depends on. */
void write_report(const fit_data *data, const char *folder, const char *const *inputs,
                  size_t input_count);
/* baseline.c */
/** Errors of the compiled-in profiles, which later ones may not exceed. */
void write_baseline(const llmp_catalog *catalog, const char *rows, const char *path);
uint64_t file_sum(const char *path);

double median_of(double *values, size_t count);
double quantile_of(double *values, size_t count, double q);

#endif
