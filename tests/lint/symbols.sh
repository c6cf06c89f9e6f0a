#!/bin/sh
# The exported symbols are those of symbols.txt: an addition is a decision. Refresh with
#   nm -D --defined-only build/lib/libllmplan.so | awk '$2 != "A" {print $3}' | sed 's/@.*//' | LC_ALL=C sort > tests/lint/symbols.txt
root=$1
build=$2
so=$(ls "$build"/lib/libllmplan.so.?.?.? 2>/dev/null | head -1)
[ -n "$so" ] || { echo "no shared library on this platform"; exit 77; }
nm -D --defined-only "$so" | awk '$2 != "A" {print $3}' | sed 's/@.*//' | LC_ALL=C sort |
    diff -u "$root/tests/lint/symbols.txt" -
