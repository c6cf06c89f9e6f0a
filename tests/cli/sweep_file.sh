#!/bin/sh
# sweep_file.sh LLMPLAN: a sweep in parts, interrupted anywhere and continued, is the whole file.
set -eu
program=$1
case $program in /*) ;; *) program=$PWD/$program ;; esac
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export XDG_CONFIG_HOME="$folder/config" LC_ALL=C
sweep() {
    "$program" sweep --model llama-3.1-8b,qwen3-30b-a3b --quant Q4_K_M,FP8 --on "rtx-4090,2x rtx-3090" \
        --context 5731,200000 --prompt 731,4097 --batch "${batches:-1,7}" --threads "${threads:-2}" "$@"
}
bad() { echo "$*"; exit 1; }

for format in csv ndjson; do
    sweep --format $format > whole
    [ "$(grep -c . whole)" = "$([ $format = csv ] && echo 65 || echo 64)" ] || bad "$format: rows"

    # threads do not change it
    (threads=1; sweep --format $format) | cmp - whole || bad "$format: one thread"
    (threads=7; sweep --format $format -o seven 2> seven.err)
    cmp seven whole || bad "$format: seven threads"
    [ ! -s seven.err ] || bad "$format: words on standard error"

    # shards one after the other
    for n in 3 17; do
        : > joined
        i=1
        while [ $i -le $n ]; do
            sweep --format $format --shard $i/$n > part
            if [ $format = csv ] && [ $i -gt 1 ]; then sed 1d part >> joined; else cat part >> joined; fi
            i=$((i + 1))
        done
        cmp joined whole || bad "$format: $n shards"
    done

    # broken off at any byte
    size=$(wc -c < whole)
    cut=0
    while [ $cut -le "$size" ]; do
        head -c $cut whole > resumed
        sweep --format $format --out resumed --resume 2> /dev/null || bad "$format: resume at $cut"
        cmp resumed whole || bad "$format: resumed at byte $cut"
        cut=$((cut + size / 23))
    done
    # at the ends of lines and beside them
    for line in 1 33; do
        at=$(head -$line whole | wc -c)
        for cut in $((at - 1)) $at $((at + 1)); do
            head -c $cut whole > resumed
            sweep --format $format --out resumed --resume 2> /dev/null || bad "$format: resume at $cut"
            cmp resumed whole || bad "$format: resumed at byte $cut"
        done
    done
    rm -f resumed
    sweep --format $format --out resumed --resume 2> /dev/null
    cmp resumed whole || bad "$format: resumed without a file"
    sweep --format $format --shard 2/3 > part
    head -c 9000 part > resumed
    sweep --format $format --shard 2/3 --out resumed --resume 2> /dev/null
    cmp resumed part || bad "$format: resumed a shard"
    rm -f seven
done

# what is not this sweep stays as it is, with exit code 3
refused() {
    what=$1
    shift
    cp resumed before
    set +e
    "$@" > out 2> err
    code=$?
    set -e
    [ $code = 3 ] || { cat err; bad "$what: exit code $code"; }
    cmp -s resumed before || bad "$what: the file was changed"
    grep -q 'resumed: line' err || { cat err; bad "$what: no line named"; }
}
sweep > whole
head -c 9000 whole > resumed
batches=1,8
refused "another batch" sweep --out resumed --resume
batches=1,7
refused "another tariff" sweep --out resumed --resume --tariff de-household
refused "another fact" sweep --out resumed --resume --set device.rtx-4090.memory_bandwidth_gb_s=900
refused "another format" sweep --out resumed --resume --json
refused "another shard" sweep --out resumed --resume --shard 2/3
cp whole resumed
refused "fewer rows" sweep --out resumed --resume --shard 1/3
printf 'my notes, without an end' > resumed
refused "notes" sweep --out resumed --resume
printf 'my notes\n' > resumed
refused "a line of notes" sweep --out resumed --resume
sed '41s/,7,/,9,/' whole > resumed
refused "a row changed by hand" sweep --out resumed --resume

# an interrupted run leaves whole lines, dies of the signal, and says what to do
long() {
    # in the foreground, else the whole group is sent it a second time, which ends us at once
    timeout --foreground -s "$1" 0.5 "$program" sweep --model all --quant common --on rtx-4090,rtx-3090 \
        --context 1k..64k+1k --batch 1..64+1 -o long 2> long.err
}
if timeout --foreground 1 true 2> /dev/null; then
    for signal in INT TERM; do
        # what was ignored when we were started stays so
        sh -c "kill -s $signal \$\$; exit 7" && code=0 || code=$?
        [ $code != 7 ] || continue
        rm -f long
        code=0
        long $signal || code=$?
        # 124: killed by the signal that timeout sent
        [ $code = 124 ] || bad "SIG$signal: exit code $code"
        [ -s long ] || bad "SIG$signal: nothing written"
        [ -z "$(tail -c 1 long)" ] || bad "SIG$signal: half a line"
        [ "$(tail -n 1 long | cut -d, -f1)" = $(($(wc -l < long) - 1)) ] || bad "SIG$signal: rows"
        grep -q 'interrupted; --resume continues' long.err || bad "SIG$signal: not said"
    done
fi

# a reader that has seen enough is no trouble
[ "$(sweep | head -2 | wc -l)" = 2 ] || bad "head"
