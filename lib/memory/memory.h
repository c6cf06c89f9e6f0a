/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * @file memory.h
 * @brief Inside the memory stage: one load, one policy, one way to place it.
 *
 *   llmp_memory_model  --policy--> llmp__load --place--> shares --judge--> result
 *
 * The load holds everything that depends on context and parallel sequences; the policy (an engine's
 * way with memory) computes it; placing knows nothing of engines.
 */
#ifndef LLMP_MEMORY_INTERNAL_H
#define LLMP_MEMORY_INTERNAL_H

#include <llmplan/memory.h>

/** What a context and a number of sequences ask for. */
typedef struct llmp__load {
    bool any_will_do;        /* only whether it fits matters, not with how little on the host */
    uint64_t context_tokens; /* per sequence, as the engine rounds it */
    uint32_t parallel;
    uint64_t cells;        /* of a layer that keeps every position, all sequences together */
    uint64_t window_cells; /* of a sliding-window layer; 0 when there are none */
    uint64_t cache_bytes[LLMP_CACHE_KINDS_MAX]; /* KV and index of one layer */
    uint64_t state_bytes[LLMP_CACHE_KINDS_MAX]; /* recurrent state of one layer */
    uint64_t compute_bytes;                     /* on a device without the output head */
    uint64_t compute_head_bytes;                /* on the device with it */
    uint64_t compute_host_bytes;                /* on the host while devices compute */
    uint64_t compute_cpu_bytes;                 /* on the host when it computes everything */
    uint64_t compute_copies_bytes;              /* more per device when several work in turn */
    uint64_t compute_sharded_bytes;             /* per device under tensor parallelism */
} llmp__load;

/** An engine's way with memory. */
typedef struct llmp__policy {
    llmp_memory_policy id;
    const char *name;
    const char *kv_formula;
    const char *kv_source;
    const char *compute_formula;
    const char *compute_source;
    bool embedding_on_host; /* the embedding table is looked up by the CPU */
    bool maps_weights;      /* weights may stream from disk through a mapping */
    bool tensor_first;      /* AUTO tries tensor parallelism before the layer split */
    bool keeps_index;       /* caches the keys of a sparse-attention indexer */
    bool v_needs_flash;     /* a quantised V cache needs flash attention */
    uint32_t kv_block_max;  /* largest block of a cache format; 0: any */
    llmp_format_family kv_families[4];
    size_t kv_family_count;
    /** Rounds the context and counts cells. */
    void (*cells)(const llmp_memory_model *model, uint64_t context_tokens, uint32_t parallel,
                  llmp__load *out);
    /** Cells of a layer with that window, all sequences together; `out` has the full cells. */
    uint64_t (*window_cells)(const llmp_memory_model *model, uint32_t window_tokens,
                             const llmp__load *load);
    /** Fills the compute members; the caches are done. */
    void (*compute)(const llmp_memory_model *model, llmp__load *load);
} llmp__policy;

/** All policies, NULL-terminated, in the order of llmp_memory_policy. */
extern const llmp__policy *const llmp__policies[];
extern const llmp__policy llmp__policy_llama_cpp;
extern const llmp__policy llmp__policy_paged;
extern const llmp__policy llmp__policy_mlx;
extern const llmp__policy llmp__policy_static;

static inline const llmp__policy *llmp__policy_of(const llmp_memory_model *model)
{
    return llmp__policies[model->engine->policy];
}

static inline uint64_t llmp__pad(uint64_t value, uint64_t multiple)
{
    return multiple > 1 ? (value + multiple - 1) / multiple * multiple : value;
}

static inline uint64_t llmp__min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t llmp__max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/** Cells, caches, states and compute buffers. */
void llmp__load_compute(const llmp_memory_model *model, uint64_t context_tokens, uint32_t parallel,
                        llmp__load *out);

/** How the stage sees a model: the accessors of llmp_arch, or a test's own. */
typedef struct llmp__model_view {
    const llmp_arch_summary *summary;
    const llmp_layer_cost *(*layer)(const void *user, uint32_t i);
    const void *user;
    uint64_t max_context_tokens; /* 0: unknown */
} llmp__model_view;

/**
 * llmp_memory_prepare behind the accessors.
 * @param k_bytes, v_bytes  bytes per cached element of the formats in the options or the engine's
 */
llmp_status llmp__memory_prepare(const llmp__model_view *view, const llmp_machine *machine,
                                 const llmp_engine *engine, const llmp_backend *backend,
                                 const llmp_memory_options *options, const llmp_format *k_format,
                                 const llmp_format *v_format, double k_bytes, double v_bytes,
                                 llmp_memory_model *out, llmp_error *error);

/** Sets cpu_only and host_shared; everything below and the engine's checks ask them. */
void llmp__set_host_kind(llmp_memory_model *model);

/** Fills device_available, pools, margins and the host of @p model. @return LLMP_E_NO_DATA */
llmp_status llmp__availability(llmp_memory_model *model, llmp_error *error);

/** Refuses what the engine cannot run, and sets model->warning. */
llmp_status llmp__check_engine(const llmp__model_view *view, llmp_memory_model *model,
                               llmp_error *error);
/** Refuses options out of range and placements that cannot be. */
llmp_status llmp__check_options(const llmp_memory_options *options, llmp_error *error);
llmp_status llmp__check_placement(const llmp_memory_model *model, llmp_error *error);

/* --- placing: each returns the bytes missing, 0 when it fits -----------------------------------
 */

#define LLMP__NOT_POSSIBLE UINT64_MAX

/** Everything on the first device. */
uint64_t llmp__place_device(const llmp_memory_model *model, const llmp__load *load,
                            llmp_memory_result *out);
uint64_t llmp__place_layer_split(const llmp_memory_model *model, const llmp__load *load,
                                 llmp_memory_result *out);
uint64_t llmp__place_tensor(const llmp_memory_model *model, const llmp__load *load,
                            llmp_memory_result *out);
uint64_t llmp__place_experts(const llmp_memory_model *model, const llmp__load *load,
                             llmp_memory_result *out);
uint64_t llmp__place_layers(const llmp_memory_model *model, const llmp__load *load,
                            llmp_memory_result *out);
uint64_t llmp__place_cpu(const llmp_memory_model *model, const llmp__load *load,
                         llmp_memory_result *out);
uint64_t llmp__place_disk(const llmp_memory_model *model, const llmp__load *load,
                          llmp_memory_result *out);

/** Places by the options: the one asked for, or the first that fits. Sets every number of the
 * result but no text. */
void llmp__place(const llmp_memory_model *model, const llmp__load *load, llmp_memory_result *out);
/** Whether all memories together could hold it: necessary for llmp__fits, and far cheaper. */
bool llmp__may_fit(const llmp_memory_model *model, const llmp__load *load);
/** Whether placing would give a verdict no worse than @p worst. */
bool llmp__fits(const llmp_memory_model *model, const llmp__load *load, llmp_verdict worst);

/** What a split leaves on the host, and how it fills the devices. */
typedef struct llmp__cut {
    uint32_t cpu_layers;  /* layers below are on the host */
    uint32_t cpu_experts; /* experts of layers below are on the host */
    bool margin;          /* leave each device its margin */
} llmp__cut;

/* --- shares ------------------------------------------------------------------------------------
 */

/** Adds layers [first, end) to @p parts; experts of layers below @p cpu_experts are left out. */
void llmp__add_layers(const llmp_memory_model *model, const llmp__load *load, uint32_t first,
                      uint32_t end, uint32_t cpu_experts, llmp_memory_parts *parts);
/** Starts a share of device @p index (or the host) with its runtime; appended to the result. */
llmp_memory_share *llmp__share_open(const llmp_memory_model *model, llmp_memory_result *out,
                                    uint32_t index);
void llmp__share_close(llmp_memory_share *share);
/** Appends the host's share under a cut; NULL: everything is on devices, the host only looks up
 * embeddings and prepares inputs. */
void llmp__share_host(const llmp_memory_model *model, const llmp__load *load, const llmp__cut *cut,
                      llmp_memory_result *out);
/** What the first device holds of a plan; 0 when it was left out. */
uint64_t llmp__first_device_bytes(const llmp_memory_model *model, const llmp_memory_result *out);
/** Bytes by which shares exceed what is there, unified pools included. */
uint64_t llmp__missing(const llmp_memory_model *model, const llmp_memory_result *out);
/** Weights on the last device: head and MTP layers; on the first: vision, embeddings. */
void llmp__add_ends(const llmp_memory_model *model, bool first, bool last,
                    llmp_memory_parts *parts);

/**
 * Splits the cut's layers over the devices in order, each as full as it goes; the last takes the
 * rest. Of all splits in order this one fits whenever any does. Appends the shares of devices that
 * got something.
 */
void llmp__fill_devices(const llmp_memory_model *model, const llmp__load *load,
                        const llmp__cut *cut, llmp_memory_result *out);
/** The host's share under a cut, not appended. */
void llmp__fill_host(const llmp_memory_model *model, const llmp__load *load, const llmp__cut *cut,
                     llmp_memory_share *share);
/* --- shares ------------------------------------------------------------------------------------
 */

/** Adds layers [first, end) to @p parts; experts of layers below @p cpu_experts are left out. */
void llmp__add_layers(const llmp_memory_model *model, const llmp__load *load, uint32_t first,
                      uint32_t end, uint32_t cpu_experts, llmp_memory_parts *parts);
/** Starts a share of device @p index (or the host) with its runtime; appended to the result. */
llmp_memory_share *llmp__share_open(const llmp_memory_model *model, llmp_memory_result *out,
                                    uint32_t index);
void llmp__share_close(llmp_memory_share *share);
/** Appends the host's share under a cut; NULL: everything is on devices, the host only looks up
 * embeddings and prepares inputs. */
void llmp__share_host(const llmp_memory_model *model, const llmp__load *load, const llmp__cut *cut,
                      llmp_memory_result *out);
/** What the first device holds of a plan; 0 when it was left out. */
uint64_t llmp__first_device_bytes(const llmp_memory_model *model, const llmp_memory_result *out);
/** Bytes by which shares exceed what is there, unified pools included. */
uint64_t llmp__missing(const llmp_memory_model *model, const llmp_memory_result *out);
/** Weights on the last device: head and MTP layers; on the first: vision, embeddings. */
void llmp__add_ends(const llmp_memory_model *model, bool first, bool last,
                    llmp_memory_parts *parts);

/**
 * Splits the cut's layers over the devices in order, each as full as it goes; the last takes the
 * rest. Of all splits in order this one fits whenever any does. Appends the shares of devices that
 * got something.
 */
void llmp__fill_devices(const llmp_memory_model *model, const llmp__load *load,
                        const llmp__cut *cut, llmp_memory_result *out);
/** The host's share under a cut, not appended. */
void llmp__fill_host(const llmp_memory_model *model, const llmp__load *load, const llmp__cut *cut,
                     llmp_memory_share *share);
/** Emits the derivation of a finished plan. */
void llmp__explain_plan(const llmp_memory_model *model, const llmp__load *load,
                        const llmp_memory_result *result, const llmp_trace *trace);

#endif
