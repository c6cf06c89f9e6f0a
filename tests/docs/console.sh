#!/bin/sh
# console.sh PAGE.md LLMPLAN [--refresh]: runs the commands of a page's ```console blocks and compares
# what they print with what the page shows. Figures may differ, words may not: numbers are compared as
# numbers only, so that a page does not age with each measurement. A line `...` stands for any lines.
# A block ```yaml NAME is that file. `# exit N` ends a command that does not end in 0. The files of a page are the fixtures of tests/cli.
# Refresh one after a wanted change:
#   tests/docs/console.sh docs/tour.md build/cli/llmplan --refresh
page=$1
program=$2
case $page in /*) ;; *) page=$PWD/$page ;; esac
case $program in /*) ;; *) program=$PWD/$program ;; esac
tests=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/here"
cp "$tests"/cli/fixtures/* "$tests/truth/configs/gemma-4-31b.json" "$folder/here/" || exit 99
cd "$folder/here" || exit 99
export LC_ALL=C.UTF-8 COLUMNS=80 NO_COLOR=1 XDG_CONFIG_HOME="$folder/config" TERM=dumb
llmplan() { "$program" "$@"; }

# A number with its separators is N; bars drawn of numbers and blanks that align them are one.
words() {
    sed -E 's/[0-9]+([.,][0-9]+)*/N/g; s/N–N/N/g; s/(█|▉|▊|▋|▌|▍|▎|▏|░|▒|▓)+/=/g; s/N (µs|ms|s|min|h)/N time/g; s/ +/ /g; s/ $//' "$1"
}

# Files: raw output, its words, raw page, its words. Prints what the page should show.
compare() {
    awk -v refresh="$1" '
        FILENAME == ARGV[1] { raw[++n] = $0; next }
        FILENAME == ARGV[2] { got[++g] = $0; next }
        FILENAME == ARGV[3] { page[++p] = $0; next }
        { want[++m] = $0 }
        function fail(text) { print text > "/dev/stderr"; failed = 1; exit 1 }
        END {
            if (failed) exit 1
            i = 1
            for (j = 1; j <= m; j++) {
                if (want[j] == "...") { gap = 1; wild = 1; lines[++k] = "..."; continue }
                while (gap && i <= g && got[i] != want[j]) i++
                if (got[i] != want[j] || i > g) { why = "shown: " page[j] "\nprinted: " raw[i]; break }
                gap = 0
                lines[++k] = raw[i++]
            }
            if (why == "" && !gap && i <= g) why = "printed too: " raw[i]
            if (refresh && (why == "" || !wild)) {
                if (why != "") { k = n; for (i = 1; i <= n; i++) lines[i] = raw[i] }
                for (i = 1; i <= k; i++) print lines[i]
                exit 0
            }
            for (j = 1; j <= p; j++) print page[j]
            if (why != "") fail(why)
        }' "$2" "$3" "$4" "$5"
}

bad=0
count=0
inside=0
command=
: > ../page
finish() {
    [ -n "$command" ] || return 0
    expected=0
    case $command in *'# exit '*) expected=${command##*# exit } ;; esac
    (eval "$command") > ../raw 2>&1 < /dev/null
    code=$?
    count=$((count + 1))
    [ $code = "$expected" ] || { echo "exit code $code, not $expected: $command"; bad=1; }
    sed -i.bak 's/ *$//' ../raw
    words ../raw > ../got
    words ../shown > ../want
    compare "$refresh" ../raw ../got ../shown ../want >> ../page || { echo "in: $command"; bad=1; }
    command=
}
refresh=
[ "${3:-}" = --refresh ] && refresh=1
while IFS= read -r line || [ -n "$line" ]; do
    case $inside$line in
    '0```console') inside=1 ;;
    '0```yaml '*) inside=2; file=${line#????????}; : > "$file" ;;
    '2```') inside=0 ;;
    2*) printf '%s\n' "$line" >> "$file" ;;
    '1```') finish; inside=0 ;;
    '1$ '*) finish; command=${line#??}; : > ../shown ;;
    1*) printf '%s\n' "$line" >> ../shown; continue ;;
    esac
    printf '%s\n' "$line" >> ../page
done < "$page"
[ $count -gt 0 ] || { echo "$page: no command in it"; exit 1; }
[ -z "$refresh" ] || cp ../page "$page"
exit $bad
