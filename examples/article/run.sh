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
today=$("$program" --version | sed 's/.*data of //')
ask audit claims.yaml --as-of "$today" --format md > "$scratch/now"

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

# A line of CSV into f[1..n], commas within quotes kept.
split_csv='function split_csv(line, out, n, at, quoted, c, i) {
    n = 1; out[1] = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        if (c == "\"") quoted = !quoted
        else if (c == "," && !quoted) out[++n] = ""
        else out[n] = out[n] c
    }
    return n
}
'

# --- the five configurations --------------------------------------------------------------------

rows_done=0
# use_row USE TASK MODEL QUANT CONTEXT: seconds of a task and speed on each configuration, from `compare`,
# which marks the best of a row and those that tie with it.
use_row() {
    ask compare "$3" --quant "$4" --task "$2" --context "$5" --on dual-rtx-4090-workstation \
        --on dgx-spark-pair --on 'rtx-5090-workstation + single-dgx-spark' \
        --on mac-studio-m5-ultra-256 --format csv 2> "$scratch/said" > "$scratch/cells"
    awk -v use="$1" -v task="$2" -v quant="$4" "$split_csv"'
        { n = split_csv($0, f) }
        NR == 1 { for (i = 1; i <= n; i++) column[f[i]] = i; next }
        f[column["metric"]] == "verdict" { verdict[++machines] = f[column["text"]] }
        f[column["metric"]] == "decode_tokens_per_s" && f[column["tokens"]] == 2000 {
            speed[++speeds] = f[column["text"]]
        }
        f[column["metric"]] == "task_s" && f[column["task"]] == task {
            seconds[++tasks] = f[column["text"]]
            best[tasks] = f[column["mark"]] != ""
            by[tasks] = f[column["by"]]
        }
        END {
            line = "| " use ", " quant " |"
            for (i = 1; i <= machines; i++) {
                text = speed[i] ~ /[0-9]/ ? seconds[i] ", " speed[i] " tokens/s" \
                    : verdict[i] == "runs slowly" ? "only from disk" : verdict[i]
                if (verdict[i] == "runs slowly" && speed[i] ~ /[0-9]/) text = text ", on the host in part"
                if (by[i] != "") text = text ", by the " by[i]
                line = line " " (best[i] ? "**" text "**" : text) " |"
            }
            print line
            for (i = 1; i <= machines; i++) if (best[i]) print i > won
        }' won="$scratch/won.$((rows_done += 1))" "$scratch/cells"
}

cat <<'END'

## Which configuration for which use

Seconds of a whole task and decode with 2,000 tokens of context, each with its 80 % interval, all with the same quantisation: `llmplan compare`. In bold the fastest and what ties with it. A chat turn is 1,160 tokens read and 211 written; an agent session 15 turns that grow to 47,000 tokens with their prefix cached; the document 30,000 tokens. The third column is two machines with a job each, never a sum of memories: 9,938 USD at the prices of the essay with the complete 5090 workstation, 8,088 with the card alone. The Mac came half a year after the essay, at 10,799 USD.

| use | 2 x RTX 4090, 8,760 USD | 2 x DGX Spark, 7,998 USD | RTX 5090 + DGX Spark | Mac Studio M5 Ultra 256 GB |
| --- | --- | --- | --- | --- |
END
use_row 'chat turn: Llama 3.1 8B' chat-turn llama-3.1-8b Q8_0 8192
use_row 'agent session: Qwen3-Coder 30B-A3B' agent-session qwen3-coder-30b-a3b Q4_K_M 49152
use_row 'agent session: Qwen3-Coder-Next' agent-session qwen3-coder-next Q4_K_M 49152
use_row 'document: gpt-oss-120b' document-30k gpt-oss-120b MXFP4 32768
use_row 'agent session: gpt-oss-120b' agent-session gpt-oss-120b MXFP4 49152
use_row 'chat turn, dense: Llama 3.1 70B' chat-turn llama-3.1-70b Q4_K_M 8192
use_row 'chat turn, large: Llama 4 Maverick' chat-turn llama-4-maverick Q3_K_M 8192
use_row 'chat turn, large and dense: Llama 3.1 405B' chat-turn llama-3.1-405b Q3_K_M 8192
use_row 'chat turn, largest: DeepSeek-V3.2' chat-turn deepseek-v3.2 IQ2_XXS 8192
won() { cat "$scratch"/won.* | grep -c "^$1$" || true; }
cat <<END

Fastest, or tied with the fastest, in so many of the $rows_done rows: two RTX 4090 $(won 1), two DGX Sparks $(won 2), RTX 5090 and DGX Spark $(won 3), Mac Studio M5 Ultra $(won 4).
END

# --- what to buy ------------------------------------------------------------------------------

# buy USE OPTIONS...: the best machine under 10,000 USD on both days, with no other wish than these.
buy() {
    use=$1
    shift
    line="| $use |"
    for date in $day "$today"; do
        ask recommend "$@" --budget 10000 --as-of "$date" --format csv > "$scratch/ranked" 2> "$scratch/said"
        line="$line $(awk "$split_csv"'
            { n = split_csv($0, f) }
            NR == 1 { for (i = 1; i <= n; i++) column[f[i]] = i; next }
            f[column["rank"]] == 1 && f[column["rejection"]] == "none" {
                usd = sprintf("%d", f[column["price_usd"]] + 0.5)
                printf "%s, %s USD, %.3g tokens/s, answer in %.3g s", f[column["machine"]], usd,
                    f[column["decode_p50_tokens_per_s"]], f[column["answer_p50_s"]]
                if (f[column["peak_w"]] > 0) printf ", up to %d W", f[column["peak_w"]]
                found = 1
            }
            END { if (!found) printf "nothing does it" }' "$scratch/ranked") |"
    done
    echo "$line"
}

cat <<END

## What 10,000 USD should buy

\`llmplan recommend\` over everything that was sold on the day, or can be built from parts within slots, supply and outlet, with the prices seen by then; it weighs speed against price, so it need not spend it all. An answer is 500 tokens after 2,000 unless said otherwise.

| use | on $day | on $today |
| --- | --- | --- |
END
buy 'chat: Llama 3.1 70B' llama-3.1-70b
buy 'coding agent: Qwen3-Coder-Next, 64k, prompt of 30,000' qwen3-coder-next --context 65536 --prompt 30000
buy 'reasoning: gpt-oss-120b, four users of 32k' gpt-oss-120b --context 32768 --users 4
buy 'two together: Qwen3-Coder 30B-A3B and gpt-oss-120b' qwen3-coder-30b-a3b gpt-oss-120b
buy 'largest: DeepSeek-V3.2' deepseek-v3.2
buy 'large and dense: Llama 3.1 405B, any speed' llama-3.1-405b --min-decode 0
cat <<END

By published scores, on $day:

END
ask recommend --budget 10000 --as-of $day --format md
cat <<END

And on $today:

END
ask recommend --budget 10000 --as-of "$today" --format md
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
