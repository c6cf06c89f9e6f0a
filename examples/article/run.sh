#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [LLMPLAN]: the article's figures and questions, answered as Markdown on standard output.
# Checked in as report.md; ./dev article writes it again, the test suite compares.
set -eu
here=$(dirname "$0")
program=${1:-llmplan}
case $program in */*) program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program") ;; esac
cd "$here"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export LC_ALL=C XDG_CONFIG_HOME="$scratch"
day=2026-02-17

# A verdict of "no" ends with 1, which is an answer.
ask() { "$program" "$@" || [ $? -eq 1 ]; }

# Rows of a Markdown table whose first cell is one of some words; with its head.
rows() {
    sed -n '/^| verdict/p; /^| ---/p' "$1" | head -2
    grep -E "^\| ($2) " "$1" || true
}

ask audit claims.yaml --as-of $day --format md > "$scratch/then"
ask audit claims.yaml --as-of "$("$program" --version | sed 's/.*data of //')" --format md > "$scratch/now"

cat <<'END'
# The article, answered

An essay of 17 February 2026 compares local models with frontier models. This is what llmplan says to its figures and questions. `examples/article/run.sh` writes it from `claims.yaml` and `studies/`; what a verdict means is in `docs/audit.md`.

END
sed -n '1s/\*\*//gp' "$scratch/then"
cat <<'END'

## What cannot be, is wrong, or is implausible

A claim is judged by the reading that suits it best: what it leaves open, such as the quantisation, is tried in every way that makes sense. Rows called "beside the essay" are not its own: they put its figure to another question.

END
rows "$scratch/then" 'impossible|partly impossible|wrong|implausible'
cat <<'END'

## What holds

"Computed" is the 1st to the 99th percentile of a speed, or the recomputed value. "Chance" tells how often so much, or so little, is to be expected, where that is less than 30 of 100.

END
rows "$scratch/then" consistent | cut -d'|' -f1-7 | sed 's/$/|/'
cat <<'END'

## What nothing here can judge

END
rows "$scratch/then" 'cannot be judged' | awk -F'|' '{print "|" $3 "|" $4 "|" $8 "|"}'
cat <<'END'

## What has changed since

Claims whose verdict or recomputed value is another at the prices of today.

END
diff "$scratch/then" "$scratch/now" | sed -n 's/^> |/|/p' > "$scratch/changed"
if [ -s "$scratch/changed" ]; then
    sed -n '/^| verdict/p; /^| ---/p' "$scratch/then" | head -2
    cat "$scratch/changed"
else
    echo "None."
fi

# --- the five configurations --------------------------------------------------------------------

# fit_row USE MODEL QUANT CONTEXT PROMPT: what each configuration does, the best marked; those whose
# 80 % intervals meet the best one's are as good.
fit_row() {
    : > "$scratch/fits"
    for machine in dual-rtx-4090-workstation dgx-spark-pair rtx-5090-workstation single-dgx-spark \
        mac-studio-m5-ultra-256; do
        ask fit "$2" --on "$machine" --quant "$3" --context "$4" --prompt "$5" --format csv \
            2>> "$scratch/said" >> "$scratch/fits"
    done
    awk -F, -v use="$1" -v quant="$3" '
        NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
        NR % 2 == 0 {
            i = NR / 2
            verdict[i] = $column["verdict"]
            low[i] = $column["decode_p10_tokens_per_s"]
            mid[i] = $column["decode_p50_tokens_per_s"]
            high[i] = $column["decode_p90_tokens_per_s"]
            first[i] = $column["ttft_p50_s"]
        }
        function cell(i, where) {
            if (verdict[i] == "cannot_run") return "does not run"
            if (mid[i] == "") return "only from disk"
            text = sprintf("%.3g tokens/s (%.3g to %.3g), %.3g s%s%s", mid[i], low[i], high[i],
                first[i], verdict[i] == "runs_slowly" ? ", on the host in part" : "", where)
            return high[i] >= low[best] ? "**" text "**" : text
        }
        END {
            both = mid[3] + 0 >= mid[4] + 0 ? 3 : 4 # two machines: the better one does this job
            best = 1
            for (i = 2; i <= 5; i++) if (mid[i] + 0 > mid[best] + 0) best = i
            print "| " use ", " quant " | " cell(1, "") " | " cell(2, "") " | " \
                cell(both, both == 3 ? ", the 5090" : ", the Spark") " | " cell(5, "") " |"
        }' "$scratch/fits"
}

cat <<'END'

## Which configuration for which use

Decode of one user at the prompt's length with its 80 % interval, and the time to the first token, all with the same quantisation. In bold the fastest and those whose intervals meet its own. The third column is two machines with a job each, never a sum of memories; with the complete 5090 workstation it costs 9,938 USD, the card alone and the Spark 8,088. The Mac came half a year after the essay, at 10,799 USD.

| use | 2 x RTX 4090, 8,760 USD | 2 x DGX Spark, 7,998 USD | RTX 5090 + DGX Spark | Mac Studio M5 Ultra 256 GB |
| --- | --- | --- | --- | --- |
END
fit_row 'chat: Llama 3.1 8B, 8k' llama-3.1-8b Q8_0 8192 2000
fit_row 'coding: Qwen3-Coder 30B-A3B, 64k, prompt of 32k' qwen3-coder-30b-a3b Q4_K_M 65536 32000
fit_row 'coding: Qwen3-Coder-Next, 64k, prompt of 32k' qwen3-coder-next Q4_K_M 65536 32000
fit_row 'reasoning: gpt-oss-120b, 32k, prompt of 8k' gpt-oss-120b MXFP4 32768 8000
fit_row 'dense: Llama 3.1 70B, 8k' llama-3.1-70b Q4_K_M 8192 2000
fit_row 'large: Llama 4 Maverick, 8k' llama-4-maverick Q3_K_M 8192 2000
fit_row 'large and dense: Llama 3.1 405B, 8k' llama-3.1-405b Q3_K_M 8192 2000
fit_row 'largest: DeepSeek-V3.2, 8k' deepseek-v3.2 IQ2_XXS 8192 2000

# --- money --------------------------------------------------------------------------------------

# A study's answer without its heading lines of basis.
study() { ask "$@" --format md | grep -v '^\*\*Basis' | cat -s; }

cat <<'END'

## Ten million interactions a day

END
study cost studies/ecommerce.yaml
cat <<'END'

## A workstation for 500 million tokens a month

Against the frontier model it may or may not replace:

END
study breakeven studies/workstation.yaml
cat <<'END'

Against the same open model, hosted:

END
study breakeven studies/hosted.yaml
cat <<'END'

## Tiered, routed, refined

END
study cost studies/patterns.yaml
