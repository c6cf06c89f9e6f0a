/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every option, once. Help, man page and completions are checked against this table. */
#include "cli/cli.h"

#include <stddef.h>

#define AT(member) offsetof(arguments, member)
#define FLAG(name, letter, member, commands)                                         \
    {                                                                                \
        name, letter, OPTION_FLAG, NULL, NULL, AT(member), NO_OFFSET, 0, 0, commands \
    }
#define TEXT(name, letter, value, member, commands)                                   \
    {                                                                                 \
        name, letter, OPTION_TEXT, value, NULL, AT(member), NO_OFFSET, 0, 0, commands \
    }
#define CHOICE(name, value, choices, member, commands)                                \
    {                                                                                 \
        name, 0, OPTION_CHOICE, value, choices, AT(member), NO_OFFSET, 0, 0, commands \
    }
#define REPEAT(name, value, member, commands)                                      \
    {                                                                              \
        name, 0, OPTION_REPEAT, value, NULL, AT(member), NO_OFFSET, 0, 0, commands \
    }
#define REPEATED(name, letter, value, member, commands)                                 \
    {                                                                                   \
        name, letter, OPTION_REPEAT, value, NULL, AT(member), NO_OFFSET, 0, 0, commands \
    }
#define NUMERICAL(name, letter, type, value, member, given, lo, hi, commands) \
    {                                                                         \
        name, letter, type, value, NULL, AT(member), given, lo, hi, commands  \
    }
#define NUMERIC(name, type, value, member, given, lo, hi, commands) \
    NUMERICAL(name, 0, type, value, member, given, lo, hi, commands)

enum {
    PLAN = CMD_FIT | CMD_SPEED,
    MONEY = CMD_COST | CMD_BREAKEVEN,
    RUN = PLAN | CMD_SWEEP,
};

const option_spec option_table[] = {
    NUMERIC("on", OPTION_WORDS, "MACHINE", on, NO_OFFSET, 0, 0, PLAN | MONEY | CMD_AUDIT),
    TEXT("quant", 'q', "QUANT", quant,
         PLAN | MONEY | CMD_VALIDATE | CMD_AUDIT | CMD_COMPARE | CMD_RECOMMEND),
    TEXT("engine", 'e', "ENGINE", engine, PLAN | MONEY | CMD_VALIDATE | CMD_AUDIT | CMD_COMPARE),
    TEXT("backend", 0, "BACKEND", backend, PLAN | MONEY | CMD_VALIDATE | CMD_AUDIT | CMD_COMPARE),
    NUMERICAL("context", 'c', OPTION_TOKENS, "TOKENS", context_tokens, NO_OFFSET, 1, 4294967296.0,
              CMD_FIT | MONEY | CMD_AUDIT | CMD_COMPARE | CMD_RECOMMEND),
    TEXT("context", 'c', "LIST", contexts, CMD_SPEED | CMD_SWEEP),
    NUMERIC("parallel", OPTION_COUNT, "N", parallel, AT(has_parallel), 1, 65536,
            CMD_FIT | MONEY | CMD_COMPARE),
    TEXT("batch", 'b', "LIST", batches, CMD_SPEED | CMD_SWEEP),
    NUMERIC("prompt", OPTION_TOKENS, "TOKENS", prompt_tokens, AT(has_prompt), 1, 4294967296.0,
            CMD_FIT | CMD_AUDIT | CMD_RECOMMEND),
    TEXT("kv-type", 0, "K[:V]", kv_type, PLAN | MONEY | CMD_COMPARE),
    CHOICE("flash-attn", "on|off", "on|off", flash_attention, RUN | CMD_COMPARE),
    NUMERIC("ubatch", OPTION_TOKENS, "TOKENS", ubatch_tokens, NO_OFFSET, 1, 1048576, PLAN),
    NUMERIC("batch", OPTION_TOKENS, "TOKENS", batch_tokens, NO_OFFSET, 1, 1048576, CMD_FIT),
    NUMERIC("batch", OPTION_COUNT, "N", batch_tokens, NO_OFFSET, 1, 65536, CMD_AUDIT),
    TEXT("decode", 0, "TOKENS/S", says_decode, CMD_AUDIT),
    TEXT("prefill", 0, "TOKENS/S", says_prefill, CMD_AUDIT),
    TEXT("ttft", 0, "SECONDS", says_ttft, CMD_AUDIT),
    TEXT("latency", 0, "SECONDS", says_latency, CMD_AUDIT),
    FLAG("fits", 0, says_fits, CMD_AUDIT),
    TEXT("memory", 0, "GB", says_memory, CMD_AUDIT),
    TEXT("price", 0, "USD", says_price, CMD_AUDIT),
    TEXT("power", 0, "WATTS", says_power, CMD_AUDIT),
    NUMERIC("bits", OPTION_NUMBER, "BITS", bits, NO_OFFSET, 1, 32, CMD_AUDIT),
    NUMERIC("depth", OPTION_TOKENS, "TOKENS", depth_tokens, NO_OFFSET, 0, 4294967296.0, CMD_AUDIT),
    NUMERIC("generate", OPTION_TOKENS, "TOKENS", generate_tokens, NO_OFFSET, 1, 4294967296.0,
            CMD_AUDIT),
    FLAG("no-offload", 0, devices_only, CMD_AUDIT),
    CHOICE("offload", "WHAT", "auto|none|layers|experts|cpu", offload, RUN | MONEY),
    NUMERIC("gpu-layers", OPTION_COUNT, "N", gpu_layers, AT(has_gpu_layers), 0, 1024, RUN),
    NUMERIC("cpu-moe", OPTION_COUNT, "N", cpu_moe, AT(has_cpu_moe), 0, 1024, RUN),
    CHOICE("split", "layer|tensor", "layer|tensor", split, RUN),
    NUMERIC("utilization", OPTION_NUMBER, "RATIO", utilization, NO_OFFSET, 0.05, 1, RUN),
    NUMERIC("reserve", OPTION_BYTES, "BYTES", reserve_bytes, NO_OFFSET, 0, 1e15, RUN | CMD_COMPARE),
    NUMERIC("host-reserve", OPTION_BYTES, "BYTES", host_reserve_bytes, NO_OFFSET, 0, 1e15,
            RUN | CMD_COMPARE),
    NUMERIC("host-memory", OPTION_BYTES, "BYTES", host_memory_bytes, NO_OFFSET, 1, 1e15,
            RUN | MONEY | CMD_COMPARE),
    NUMERIC("host-bandwidth", OPTION_NUMBER, "GB/S", host_bandwidth_gb_s, NO_OFFSET, 1, 1e5,
            RUN | MONEY | CMD_COMPARE | CMD_DETECT),
    FLAG("vision", 0, vision, RUN | CMD_COMPARE),
    NUMERIC("lora", OPTION_BYTES, "BYTES", lora_bytes, NO_OFFSET, 0, 1e15, RUN | CMD_COMPARE),
    FLAG("mtp", 0, mtp, RUN),
    FLAG("kv-split", 0, kv_split, RUN),
    FLAG("swa-full", 0, swa_full, RUN),
    FLAG("no-mmap", 0, no_mmap, RUN),
    TEXT("spec-draft", 0, "MODEL[:QUANT]|mtp", draft, CMD_FIT),
    NUMERIC("draft-tokens", OPTION_COUNT, "N", draft_tokens, NO_OFFSET, 1, 64, CMD_FIT),
    NUMERIC("acceptance", OPTION_NUMBER, "RATIO", acceptance, NO_OFFSET, 0, 0.999, CMD_FIT),
    TEXT("use", 0, "USE", use, CMD_FIT | CMD_RECOMMEND),
    TEXT("family", 0, "FAMILY", family, CMD_FIT | CMD_RECOMMEND),
    NUMERIC("min-params", OPTION_PARAMS, "PARAMS", min_params, NO_OFFSET, 0, 1e15, CMD_FIT),
    NUMERIC("max-params", OPTION_PARAMS, "PARAMS", max_params, NO_OFFSET, 1, 1e15, CMD_FIT),
    NUMERIC("limit", OPTION_COUNT, "N", limit, AT(has_limit), 0, 1e6, CMD_FIT | CMD_RECOMMEND),
    FLAG("explain", 0, explain, CMD_FIT | MONEY | CMD_AUDIT | CMD_COMPARE | CMD_RECOMMEND),
    TEXT("api", 'a', "PRICE", api, MONEY | CMD_COMPARE),
    TEXT("rent", 0, "OFFER|cheapest", rent, MONEY),
    TEXT("subscription", 0, "PLAN", subscription, CMD_COST),
    NUMERIC("seats", OPTION_COUNT, "N", seats, NO_OFFSET, 1, 1e6, CMD_COST),
    TEXT("preset", 'p', "WORKLOAD", preset, MONEY | CMD_COMPARE | CMD_RECOMMEND),
    TEXT("tokens", 't', "N[/month|/day]", tokens, MONEY | CMD_COMPARE | CMD_RECOMMEND),
    NUMERIC("requests", OPTION_NUMBER, "PER-DAY", requests, NO_OFFSET, 1e-6, 1e12,
            MONEY | CMD_COMPARE | CMD_RECOMMEND),
    TEXT("people", 0, "N[xHOURS]", people, MONEY | CMD_COMPARE | CMD_RECOMMEND),
    FLAG("hybrid", 0, hybrid, CMD_COST),
    REPEAT("task", "NAME=SHARE:OWN:API", tasks, CMD_COST),
    TEXT("tariff", 0, "TARIFF", tariff, MONEY | CMD_SWEEP | CMD_COMPARE | CMD_RECOMMEND),
    CHOICE("service", "CLASS", "standard|batch|flex|priority", service,
           MONEY | CMD_COMPARE | CMD_RECOMMEND),
    FLAG("regional", 0, regional, MONEY | CMD_COMPARE | CMD_RECOMMEND),
    REPEAT("assume", "KEY=VALUE", assume, MONEY | CMD_COMPARE | CMD_RECOMMEND),
    NUMERIC("draws", OPTION_COUNT, "N", draws, NO_OFFSET, 16, 65536, CMD_BREAKEVEN),
    NUMERIC("seed", OPTION_COUNT, "N", seed, NO_OFFSET, 0, 4294967296.0, CMD_BREAKEVEN),
    FLAG("indices", 0, indices, CMD_BREAKEVEN),
    TEXT("backend", 0, "BACKEND", backend, CMD_BENCH),
    FLAG("quick", 0, quick, CMD_BENCH),
    NUMERIC("time", OPTION_NUMBER, "SECONDS", time_s, NO_OFFSET, 0.5, 3600, CMD_BENCH),
    NUMERIC("memory", OPTION_BYTES, "BYTES", memory_bytes, NO_OFFSET, 16777216.0, 1e15, CMD_BENCH),
    REPEAT("kernel", "NAME[:TYPE]", kernels, CMD_BENCH),
    FLAG("list", 0, list, CMD_BENCH),
    FLAG("why", 0, why, CMD_SHOW),
    FLAG("schema", 0, schema, CMD_SHOW),
    TEXT("out", 0, "FILE", out, CMD_IMPORT | CMD_SWEEP | CMD_DETECT),
    REPEATED("model", 'm', "LIST", models, CMD_SWEEP),
    REPEATED("quant", 'q', "LIST", quants, CMD_SWEEP),
    REPEAT("on", "LIST", machines, CMD_SWEEP),
    REPEATED("engine", 'e', "LIST", engines, CMD_SWEEP),
    REPEAT("kv-type", "LIST", kv_types, CMD_SWEEP),
    TEXT("ubatch", 0, "LIST", ubatches, CMD_SWEEP),
    TEXT("prompt", 0, "LIST", prompts, CMD_SWEEP | CMD_COMPARE),
    NUMERIC("months", OPTION_COUNT, "N", months, NO_OFFSET, 1, 240, CMD_SWEEP),
    TEXT("shard", 0, "I/N", shard, CMD_SWEEP),
    NUMERIC("threads", OPTION_COUNT, "N", threads, NO_OFFSET, 1, 1024, CMD_SWEEP | CMD_BENCH),
    FLAG("resume", 0, resume, CMD_SWEEP),
    NUMERIC("on", OPTION_MACHINES, "MACHINE", ons, NO_OFFSET, 0, 0, CMD_COMPARE),
    TEXT("depth", 0, "LIST", depths, CMD_COMPARE),
    REPEAT("task", "TASK", timed, CMD_COMPARE),
    FLAG("together", 0, together, CMD_COMPARE),
    FLAG("stale", 0, stale, CMD_SHOW),
    NUMERIC("max-age", OPTION_COUNT, "DAYS", max_age_days, NO_OFFSET, 1, 100000, CMD_SHOW),
    REPEAT("model", "MODEL", models, CMD_RECOMMEND),
    NUMERIC("budget", OPTION_NUMBER, "USD", budget_usd, NO_OFFSET, 1, 1e9, CMD_RECOMMEND),
    CHOICE("objective", "WHAT", "answer|value|price|decode", objective, CMD_RECOMMEND),
    NUMERIC("min-decode", OPTION_NUMBER, "TOKENS/S", min_decode, AT(has_min_decode), 0, 1e6,
            CMD_RECOMMEND),
    NUMERIC("max-ttft", OPTION_NUMBER, "SECONDS", max_ttft, NO_OFFSET, 0.001, 1e6, CMD_RECOMMEND),
    NUMERIC("max-watts", OPTION_NUMBER, "W", max_watts, NO_OFFSET, 1, 1e6, CMD_RECOMMEND),
    CHOICE("max-noise", "CLASS", "quiet|audible|loud|server_room", max_noise, CMD_RECOMMEND),
    NUMERIC("users", OPTION_COUNT, "N", users, NO_OFFSET, 1, 65536, CMD_RECOMMEND),
    NUMERIC("answer", OPTION_TOKENS, "TOKENS", answer_tokens, NO_OFFSET, 1, 1048576, CMD_RECOMMEND),
    REPEAT("min-score", "BENCHMARK=SCORE", min_scores, CMD_RECOMMEND),
    TEXT("circuit", 0, "CIRCUIT", circuit, CMD_RECOMMEND),
    NUMERIC("owned", OPTION_WORDS, "MACHINE", owned, NO_OFFSET, 0, 0, CMD_RECOMMEND),
    FLAG("used", 0, used, MONEY | CMD_SWEEP | CMD_COMPARE | CMD_RECOMMEND),
    TEXT("api-alternative", 0, "PRICE", api, CMD_RECOMMEND),
    FLAG("on-premises", 0, on_premises, CMD_RECOMMEND),
    FLAG("offline", 0, offline, CMD_RECOMMEND),
    TEXT("as-of", 0, "DATE", as_of,
         CMD_SHOW | CMD_IMPORT | MONEY | CMD_AUDIT | CMD_SWEEP | CMD_COMPARE | CMD_RECOMMEND),
    CHOICE("from", "FORMAT", "csv|llama-bench|vllm|mlx", from, CMD_VALIDATE),
    TEXT("device", 'd', "DEVICE", device, CMD_VALIDATE),
    NUMERIC("device-count", OPTION_COUNT, "N", device_count, NO_OFFSET, 1, 64, CMD_VALIDATE),
    TEXT("model", 'm', "MODEL", model, CMD_VALIDATE | MONEY | CMD_AUDIT),
    TEXT("dump", 0, "FILE", dump, CMD_DETECT),
    TEXT("from", 0, "FILE|FOLDER", replay, CMD_DETECT),
    FLAG("rows", 0, rows, CMD_VALIDATE),
    REPEAT("set", "KEY=VALUE", sets,
           RUN | MONEY | CMD_LIST | CMD_SHOW | CMD_VALIDATE | CMD_AUDIT | CMD_COMPARE |
               CMD_RECOMMEND),
    NUMERIC("on", OPTION_WORDS, "MACHINE", on, NO_OFFSET, 0, 0, CMD_CALIBRATE),
    REPEAT("from", "FILE", from_files, CMD_CALIBRATE),
    FLAG("check", 0, check, CMD_CALIBRATE),
    TEXT("out", 0, "FILE", out, CMD_CALIBRATE),
    TEXT("model", 'm', "MODEL", model, CMD_CALIBRATE),
    TEXT("quant", 'q', "QUANT", quant, CMD_CALIBRATE),
    TEXT("engine", 'e', "ENGINE", engine, CMD_CALIBRATE),
    TEXT("backend", 0, "BACKEND", backend, CMD_CALIBRATE),
    TEXT("as-of", 0, "DATE", as_of, CMD_CALIBRATE),
    REPEAT("set", "KEY=VALUE", sets, CMD_CALIBRATE),
    REPEAT("catalog", "FILE", catalogs, CMD_ALL & ~(unsigned)(CMD_HELP | CMD_BENCH)),
    CHOICE("format", "FORMAT", "text|json|csv|md", format,
           CMD_ALL & ~(unsigned)(CMD_HELP | CMD_IMPORT | CMD_SWEEP)),
    CHOICE("format", "csv|ndjson", "csv|ndjson|json", format, CMD_SWEEP),
    CHOICE("format", "FORMAT",
           "text|json|csv|md|auto|litellm|models.dev|openrouter|genai-prices|llm-prices", format,
           CMD_IMPORT),
    FLAG("json", 0, json, CMD_ALL & ~(unsigned)CMD_HELP),
    TEXT("output", 'o', "FILE", output, CMD_ALL & ~(unsigned)CMD_HELP),
    FLAG("verbose", 'v', verbose, CMD_ALL & ~(unsigned)(CMD_HELP | CMD_SWEEP)),
    FLAG("ascii", 0, ascii, CMD_ALL & ~(unsigned)(CMD_HELP | CMD_SWEEP)),
    FLAG("help", 'h', help, CMD_ALL),
};
const size_t option_table_size = sizeof option_table / sizeof *option_table;
