#!/bin/sh
# The project speaks of itself alone, and nothing is left half-done.
root=$1
cd "$root" || exit 1
git rev-parse --git-dir >/dev/null 2>&1 || exit 77
bad=0
git grep -nIE '/t[m]p/|/w[o]rk/|/r[o]ot/|\bT[O]DO\b|\bF[I]XME\b|\bX{3}\b' -- . ':!LICENSE' && bad=1
exit $bad
