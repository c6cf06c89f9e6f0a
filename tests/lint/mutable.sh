#!/bin/sh
# No mutable objects of file or static scope in the library.
build=$2
command -v objdump >/dev/null || { echo "objdump not found"; exit 77; }
found=0
for archive in "$build"/lib/libllmplan_*.a; do
    [ -e "$archive" ] || continue
    found=1
    objdump -t "$archive" 2>/dev/null |
        awk '/ O / && ($4 == ".data" || $4 == ".bss" || $3 == ".data" || $3 == ".bss") && $NF !~ /^__(asan|odr|sanitizer|ubsan)|^\.L|\.(lsan|asan)/ {print $NF; bad = 1} END {exit bad}' ||
        { echo "mutable objects in $archive"; exit 1; }
done
[ $found = 1 ] || { echo "no libraries in $build/lib"; exit 1; }
