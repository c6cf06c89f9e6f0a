#!/bin/sh
# likwid.sh LLMPLAN [ROUNDS]: read bandwidth of ours against likwid-bench's load kernels, all cores,
# interleaved; the best of each, as STREAM reports. Aim: within 3 %.
program=$1
rounds=${2:-5}
command -v likwid-bench >/dev/null || { echo "likwid-bench is not installed"; exit 77; }
threads=$("$program" bench --kernel clock --quick --time 0.5 --json | sed -n 's/^    "threads": \([0-9]*\),$/\1/p')
ours() {
    "$program" bench --kernel stream_read --quick --time 2 --format csv |
        awk -F, -v t="$threads" 'NR > 1 && $6 == t && $7 > set { set = $7; best = $12 } END { print best / 1e9, set }'
}
theirs() { # KERNEL MEGABYTES
    likwid-bench -t "$1" -s 1 -w "N:${2}MB:$threads" 2>/dev/null | awk '/^MByte\/s/ { print $2 / 1e3 }'
}
kernels=$(likwid-bench -a 2>/dev/null | awk '$1 == "load_avx" || $1 == "load_avx512" || $1 == "load_neon" { print $1 }')
case $(grep -m1 -c avx512f /proc/cpuinfo) in 0) kernels=$(echo "$kernels" | grep -v 512) ;; esac
best_ours=0 best_theirs=0
for _ in $(seq "$rounds"); do
    set -- $(ours)
    megabytes=$(echo "$2" | awk '{ printf "%d", $1 / 1e6 }')
    best_ours=$(echo "$best_ours $1" | awk '{ best = $1; if ($2 > best) best = $2; print best }')
    for kernel in $kernels; do
        rate=$(theirs "$kernel" "$megabytes")
        echo "round: ours $1 GB/s, likwid $kernel ${rate:-failed} GB/s, $megabytes MB, $threads threads"
        best_theirs=$(echo "$best_theirs ${rate:-0}" | awk '{ best = $1; if ($2 > best) best = $2; print best }')
    done
done
echo "$best_ours $best_theirs $(cut -d' ' -f1 /proc/loadavg)" |
    awk '{ ratio = 0; if ($2 > 0) ratio = $1 / $2
        printf "best: ours %.1f GB/s, likwid %.1f GB/s, ratio %.3f, load %s\n", $1, $2, ratio, $3 }'
