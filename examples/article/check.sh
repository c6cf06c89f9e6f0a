#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# check.sh LLMPLAN: is report.md what run.sh says today? Words and verdicts must agree, figures within
# a tenth, so that a small change of a profile does not make it stale.
here=$(dirname "$0")
new=$(mktemp)
trap 'rm -f "$new"' EXIT
"$here/run.sh" "$1" > "$new" || exit 1
LC_ALL=C awk '
    function clean(line) {
        gsub(/\342\200\223/, " to ", line)
        gsub(/[*(),;:|]/, " ", line)
        gsub(/[0-9],[0-9][0-9][0-9]/, "&", line)
        return line
    }
    function number(word) { return word ~ /^[-+]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?$/ }
    function near(a, b, d, size) {
        d = a - b; if (d < 0) d = -d
        size = a < 0 ? -a : a; if ((b < 0 ? -b : b) > size) size = b < 0 ? -b : b
        return d <= 0.1 * size + 0.011
    }
    # thousands separators go first: 1,723 is one number
    function joined(line) { while (match(line, /[0-9],[0-9][0-9][0-9]/))
        line = substr(line, 1, RSTART) substr(line, RSTART + 2); return line }
    FILENAME == ARGV[1] { old[++lines] = $0; next }
    {
        n = split(clean(joined(old[FNR])), a, " ")
        m = split(clean(joined($0)), b, " ")
        same = n == m
        for (i = 1; same && i <= n; i++) {
            sub(/\.$/, "", a[i]); sub(/\.$/, "", b[i])
            same = a[i] == b[i] || (number(a[i]) && number(b[i]) && near(a[i] + 0, b[i] + 0))
        }
        if (!same && ++bad <= 5) print "line " FNR ":\n- " old[FNR] "\n+ " $0
        seen = FNR
    }
    END {
        if (seen != lines && ++bad) print "report.md has " lines " lines, run.sh writes " seen
        if (bad) { print "report.md is stale: run ./dev article"; exit 1 }
    }' "$here/report.md" "$new"
