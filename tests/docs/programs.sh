#!/bin/sh
# programs.sh PAGE.md COMPILER WORDS...: builds each ```c block of a page that has a main() with those
# words, all warnings as errors, and runs it.
page=$1
shift
compiler= # the words before the flags; the source goes between, as some linkers read left to right
while [ $# -gt 0 ]; do
    case $1 in -*) break ;; esac
    compiler="$compiler $1"
    shift
done
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
awk -v folder="$folder" '
    /^```c$/ { inside = 1; n++; next }
    /^```$/ { inside = 0; next }
    inside { print > (folder "/" n ".c") }' "$page" || exit 99
count=0
bad=0
for program in "$folder"/*.c; do
    grep -q '^int main' "$program" || continue
    count=$((count + 1))
    # shellcheck disable=SC2086
    $compiler -std=c11 -Wall -Wextra -Wconversion -Wshadow -Werror "$program" -o "$folder/program" "$@" ||
        { echo "block $count does not build"; bad=1; continue; }
    "$folder/program" > "$folder/out" 2>&1 || { echo "block $count fails:"; bad=1; cat "$folder/out"; }
    [ -s "$folder/out" ] || { echo "block $count prints nothing"; bad=1; }
done
[ $count -gt 0 ] || { echo "$page: no program in it"; bad=1; }
exit $bad
