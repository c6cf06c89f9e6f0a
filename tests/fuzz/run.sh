#!/bin/sh
# run.sh BUILD SECONDS: fuzzes every target of a libFuzzer build, two at a time, SECONDS in all.
build=$1
seconds=$2
here=$(dirname "$0")
targets=$(find "$build/tests/fuzz" -maxdepth 1 -type f -name 'fuzz_*' -perm -u+x | LC_ALL=C sort)
count=$(echo "$targets" | grep -c .)
[ "$count" -gt 0 ] || { echo "no fuzz targets in $build"; exit 1; }
each=$((seconds * 2 / count))
[ "$each" -ge 1 ] || each=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fuzz_one() {
    target=$1
    name=$(basename "$target")
    mkdir -p "$scratch/$name"
    if "$target" -max_total_time="$each" -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$scratch/$name-" "$scratch/$name" "$here/corpus/${name#fuzz_}" \
        > "$scratch/$name.log" 2>&1; then
        echo "ok   $name: $(grep -c . "$scratch/$name.log") lines, $(tail -1 "$scratch/$name.log")"
    else
        echo "FAIL $name"
        tail -40 "$scratch/$name.log"
        : > "$scratch/failed"
    fi
}

running=0
for target in $targets; do
    fuzz_one "$target" &
    running=$((running + 1))
    if [ "$running" -ge 2 ]; then
        wait
        running=0
    fi
done
wait
[ ! -e "$scratch/failed" ]
