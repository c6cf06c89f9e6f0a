#!/bin/sh
# run.sh CATGEN SCRATCH: the compiler of the catalog reports every problem with its place, writes
# nothing then, and writes the same tables twice for good data.
catgen=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
scratch=$2
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$scratch" && cd "$here" || exit 1
rm -f "$scratch"/*.c
if "$catgen" "$scratch/bad.c" ../../../data/VERSION bad.yaml 2>"$scratch/bad.err"; then
    echo "bad data was compiled"
    exit 1
fi
[ ! -e "$scratch/bad.c" ] || { echo "bad data left a file"; exit 1; }
LC_ALL=C sort "$scratch/bad.err" >"$scratch/bad.sorted"
LC_ALL=C sort bad.expected | diff -u - "$scratch/bad.sorted" || exit 1
for run in 1 2; do
    "$catgen" "$scratch/good$run.c" ../../../data/VERSION ../../../data/links/*.yaml || exit 1
done
cmp "$scratch/good1.c" "$scratch/good2.c"
