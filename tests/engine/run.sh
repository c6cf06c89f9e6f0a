#!/bin/sh
# run.sh BUILD FOLDER [prepare|dev|proof|report] [ROUNDS]: predicts llama.cpp on this machine and measures it.
#
# prepare  fetches npm's prebuilt llama.cpp, makes random-weight models and their caches (minutes,
#          once; nothing of it is measured)
# dev      measures the shapes that lib/calibrate/kernels.c was looked at with: FOLDER/dev.csv
# proof    ROUNDS (default 5) rounds of bench, samples of two small models, and models that no
#          constant and no sample saw, interleaved: the Markdown report on standard output. Of the
#          results of bench the one in the middle by its bandwidth counts
# report   the report again, from what the last proof measured
# FOLDER takes about 20 GB. ENGINE_SHAPES and ENGINE_QUANTS name fewer models.
set -eu
build=$1 folder=$2 what=${3:-proof} rounds=${4:-5}
package=@node-llama-cpp/linux-x64@3.22.1
shapes=${ENGINE_SHAPES:-llama-0.4b llama-1.1b llama-2b qwen3-0.6b qwen3moe-s dsv2-s gemma3-1b}
quants=${ENGINE_QUANTS:-Q4_0 Q4_K_M Q8_0}
dev_shapes="dev-dense-s dev-dense-m dev-mha dev-128 dev-qwen dev-moe dev-mla dev-window"
samples="cal-small.Q8_0 cal-large.Q4_0"
device=engine-suite-cpu
threads=$(getconf _NPROCESSORS_ONLN)
llmplan=$build/cli/llmplan tools=$build/tests/engine
libraries=$folder/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64
models=$folder/models

say() { printf '%s\n' "engine: $*" >&2; }
[ "$(uname -sm)" = "Linux x86_64" ] || { say "needs Linux on x86-64: the package is prebuilt for it"; exit 1; }

make_model() { # SHAPE QUANT
    [ -f "$models/$1.$2.gguf" ] && return
    say "making $1 $2"
    "$tools/gen_random" "$1" "$2" "$models/$1.$2.gguf.part"
    mv "$models/$1.$2.gguf.part" "$models/$1.$2.gguf"
}

make_cache() { # SHAPE QUANT
    [ -f "$models/$1.depth2048" ] && return
    say "filling the cache of $1"
    "$tools/llama_run" "$libraries" "$models/$1.$2.gguf" "$threads" prepare > "$folder/last.log"
}

visit() { # SHAPE QUANT: one visit, as lines of a CSV
    "$tools/llama_run" "$libraries" "$models/$1.$2.gguf" "$threads" speed |
        sed -n "/^[dp]/s/^/$1,$2,/p"
}

prepare() {
    mkdir -p "$models"
    [ -f "$libraries/libllama.v0.5.0.so" ] || {
        command -v npm > /dev/null || { say "npm is missing: install Node.js"; exit 1; }
        say "npm install $package"
        (cd "$folder" && npm install --silent --no-save --no-audit --no-fund --ignore-scripts \
            --prefix "$folder" "$package" >&2)
    }
    for shape in $shapes; do
        for quant in $quants; do make_model "$shape" "$quant"; done
        make_cache "$shape" "${quants%% *}"
    done
    for sample in $samples; do
        make_model "${sample%%.*}" "${sample#*.}"
        make_cache "${sample%%.*}" "${sample#*.}"
    done
}

prepare_dev() {
    for shape in $dev_shapes; do
        for quant in Q4_0 Q4_K_M Q8_0 F16; do make_model "$shape" "$quant"; done
        make_cache "$shape" Q4_0
    done
}

# A CSV of `validate` from visits; models are known by what `import` wrote of them.
as_rows() { # VISITS.csv
    echo "device,device_count,model,quant,engine,backend,phase,prompt_tokens,gen_tokens,context_depth,batch,tensor_parallel,tokens_per_s"
    awk -F, -v device=$device '{
        prefill = $3 == "prefill"
        printf "%s,1,%s,%s,llama.cpp,cpu,%s,%s,%s,%s,%s,1,%.6g\n", device, $1, $2, $3,
            prefill ? $6 : "", prefill ? "" : 13, $4, $5, $6 / $7 }' "$1"
}

# Medians over visits, without steps of which other programs had more than 5 %.
medians() { # VISITS.csv
    awk -F, -v threads="$threads" '$8 >= 0.95 * threads * $7' "$1" |
        sort -t, -k1,1 -k2,2 -k3,3 -k4,4n -k5,5n -k7,7g | awk -F, '
        function flush() { if (n) { m = n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
            printf "%s,%s,%s,%s,%s,%s,%.9f\n", k1, k2, k3, k4, k5, k6, m } n = 0 }
        { key = $1 FS $2 FS $3 FS $4 FS $5
          if (key != last) flush()
          last = key; k1 = $1; k2 = $2; k3 = $3; k4 = $4; k5 = $5; k6 = $6; v[++n] = $7 }
        END { flush() }'
}

read_rate() { # BENCH.json
    grep -o '"read_bytes_per_s": *[0-9.e+]*' "$1" | head -1 | awk -F: '{print $2 / 1e9}'
}

# A shared machine's bandwidth changes while it is measured: the middle one, as of speeds.
choose_bench() {
    for result in "$folder"/bench-*.json; do echo "$(read_rate "$result") $result"; done |
        sort -n > "$folder/reads"
    cp "$(awk '{f[NR] = $2} END {print f[int((NR + 1) / 2)]}' "$folder/reads")" "$folder/bench.json"
}

describe_device() {
    cat <<END
devices:
  - id: $device
    name: this machine
    as_of: $(date -u +%Y-%m-%d)
    source: the engine suite
    grade: measured
    vendor: other
    kind: cpu
    classes: [cpu]
    memory_bandwidth_gb_s: $(read_rate "$folder/bench.json")
END
}

calibrate() { # writes device.yaml, models.yaml, bench.yaml, both.yaml
    describe_device > "$folder/device.yaml"
    : > "$folder/none.yaml"
    set -- --on $device --catalog "$folder/device.yaml"
    for sample in $samples; do
        "$llmplan" import "$models/$sample.gguf" --out "$folder/${sample%%.*}.yaml" > "$folder/last.log"
        set -- "$@" --catalog "$folder/${sample%%.*}.yaml"
    done
    "$llmplan" calibrate "$@" --from "$folder/bench.json" --out "$folder/bench.yaml" >&2
    medians "$folder/samples.csv" > "$folder/medians.csv"
    as_rows "$folder/medians.csv" > "$folder/rows.csv"
    "$llmplan" calibrate "$@" --from "$folder/bench.json" --from "$folder/rows.csv" \
        --out "$folder/both.yaml" >&2
    # the class alone knows the device's peaks, and nothing that was measured of the engine
    sed '/^profiles:/,$d' "$folder/bench.yaml" > "$folder/class.yaml"
}

# From what was measured: calibrates, predicts, compares.
write_report() {
    calibrate
    cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
    cat <<END
# llmplan against llama.cpp on one machine

Written by \`./dev engine\` on $(date -u +%Y-%m-%d); not an estimate of how it does elsewhere. Machine: $cpu, $threads cores, memory read at $(awk '/memory_bandwidth/ {print $2}' "$folder/device.yaml") GB/s by \`llmplan bench\`, in the rounds at $(awk '{printf "%s%.0f", (NR > 1 ? ", " : ""), $1}' "$folder/reads"); load before the run $(cat "$folder/load"). Engine: llama.cpp release v0.5.0 as npm's \`$package\` ships it, called through its shared libraries, $threads threads, flash attention by its own choice, cache F16. Models: random weights in shapes that neither the constants of \`lib/calibrate/kernels.c\` nor the samples saw.

- class: the profile of the class of CPUs, with the peaks that \`bench\` measured
- bench: the same after \`llmplan calibrate\` from \`bench\` alone
- bench + samples: and from llama.cpp's own speeds on $(echo $samples | sed 's/ / and /'), two other shapes

Every round runs bench and visits every model once (prefill of 512 tokens, then decode at depths 0, 512 and 2,048 for 1 and 4 sequences, 12 steps each, their median); figures are medians over rounds.
END
    "$tools/engine_report" "$folder/visits.csv" "$folder/memory.csv" "$models" $device "$threads" \
        "class=$folder/device.yaml,$folder/class.yaml" \
        "bench=$folder/device.yaml,$folder/bench.yaml" \
        "bench + samples=$folder/device.yaml,$folder/both.yaml"
}

case $what in
prepare)
    prepare
    prepare_dev
    ;;
dev)
    prepare_dev
    "$llmplan" bench --json > "$folder/dev-bench.json"
    : > "$folder/dev.csv"
    for round in $(seq "$rounds"); do
        say "round $round of $rounds"
        for shape in $dev_shapes; do
            for quant in Q4_0 Q4_K_M Q8_0 F16; do visit "$shape" "$quant" >> "$folder/dev.csv"; done
        done
    done
    ;;
proof)
    prepare
    cut -d' ' -f1-3 /proc/loadavg > "$folder/load"
    rm -f "$folder"/bench-*.json
    : > "$folder/visits.csv"; : > "$folder/samples.csv"; : > "$folder/memory.csv"
    for round in $(seq "$rounds"); do
        say "round $round of $rounds"
        "$llmplan" bench --json > "$folder/bench-$round.json"
        for sample in $samples; do visit "${sample%%.*}" "${sample#*.}" >> "$folder/samples.csv"; done
        for quant in $quants; do
            for shape in $shapes; do visit "$shape" "$quant" >> "$folder/visits.csv"; done
        done
    done
    choose_bench
    say "memory"
    for shape in $shapes; do
        for quant in $quants; do
            "$tools/llama_run" "$libraries" "$models/$shape.$quant.gguf" "$threads" memory |
                sed "s/^/$shape,$quant,/" >> "$folder/memory.csv"
        done
    done
    write_report
    ;;
report)
    write_report
    ;;
*)
    say "what is '$what'?"
    exit 2
    ;;
esac
