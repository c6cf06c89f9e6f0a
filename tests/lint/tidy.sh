#!/bin/sh
# Tabs, trailing blanks, missing final newline, lines over 100 columns, files over 600 lines, banned
# functions; formatting when the pinned clang-format is there.
root=$1
cd "$root" || exit 1
git rev-parse --git-dir >/dev/null 2>&1 || exit 77
bad=0
sources=$(git ls-files '*.c' '*.h')
for file in $sources; do
    awk -v f="$file" '
        /\t/ { print f ":" NR ": tab"; bad = 1 }
        / $/ { print f ":" NR ": trailing blank"; bad = 1 }
        length($0) > 100 { print f ":" NR ": over 100 columns"; bad = 1 }
        /[^a-z_](sprintf|strcpy|strcat|strtok|atoi|atof|gets|localtime|alloca|setlocale)\(/ { print f ":" NR ": banned function"; bad = 1 }
        END { if (NR > 600) { print f ": " NR " lines"; bad = 1 } exit bad }' "$file" || bad=1
    head -1 "$file" | grep -q SPDX || { echo "$file: no SPDX line"; bad=1; }
    [ -z "$(tail -c 1 "$file")" ] || { echo "$file: no final newline"; bad=1; }
done
if command -v clang-format-14 >/dev/null && [ -n "$sources" ]; then
    clang-format-14 --dry-run -Werror $sources 2>&1 | head -20 | grep . && bad=1
fi
exit $bad
