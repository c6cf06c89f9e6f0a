#!/bin/sh
# Every double in a public struct names its unit. Estimates' own members and neutral values excepted,
# and measured.h, whose members are the columns of a file.
root=$1
awk '
/^typedef struct|^struct/ { depth = 1 }
/^}/ { depth = 0 }
FILENAME ~ /measured\.h$/ { next }
depth && /^ +(const )?double [a-z0-9_, ]+;/ {
    line = $0
    sub(/^ +(const )?double /, "", line)
    sub(/;.*/, "", line)
    n = split(line, names, /, */)
    for (i = 1; i <= n; i++)
        if (names[i] !~ /(^|_)(bytes|bytes_per_s|bytes_per_element|bytes_per_position|bytes_per_batch_token|bytes_per_iteration|op_per_iteration|hz|flop|flop_per_s|op_per_s|flop_per_token|flop_per_pair|s|w|j|j_per_token|tokens|tokens_per_s|weights|weights_per_s|usd|usd_per_[a-z_]+|per_kwh|per_day|per_week|ratio|factor|exponent|per_year|year|per_weight|log|skew|bits_per_weight|count|wh|kw|kg|months|mm|v|a)$/ &&
            names[i] !~ /^(p10|p50|p90|ceiling|(low_|high_)?value|number|experts|experts_per_token|min|max|bits_per_weight|nominal_bits_per_weight|norm_p|sigma_[a-z]+|routing_skew)$/) {
            print FILENAME ":" FNR ": " names[i] " does not end in a unit"
            bad = 1
        }
}
END { exit bad }' "$root"/include/llmplan/*.h
