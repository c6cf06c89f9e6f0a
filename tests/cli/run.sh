#!/bin/sh
# run.sh FILE.test LLMPLAN JSON_KEYS [--refresh]: runs the commands of a golden file and compares.
#
# A test file is lines of
#   # comment
#   $ command           run by sh; `llmplan` is the program, `json_keys` prints keys and types
#   > line              what it printed
#   ! line              what it said on standard error
#   ? code              how it ended
# Refresh one after a wanted change: tests/cli/run.sh tests/cli/X.test build/cli/llmplan \
#   build/tests/cli/json_keys --refresh
test=$1
program=$2
keys=$3
case $test in /*) ;; *) test=$PWD/$test ;; esac
case $program in /*) ;; *) program=$PWD/$program ;; esac
case $keys in /*) ;; *) keys=$PWD/$keys ;; esac
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/here" "$folder/config"
cp "$(dirname "$test")"/fixtures/* "$(dirname "$test")"/../detect/*.capture "$folder/here/" || exit 99
cd "$folder/here" || exit 99
export LC_ALL=C.UTF-8 COLUMNS=80 NO_COLOR=1 XDG_CONFIG_HOME="$folder/config" TERM=dumb
llmplan() { "$program" "$@"; }
json_keys() { "$keys" "$@"; }

while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    '$ '*)
        printf '%s\n' "$line"
        (eval "${line#??}") > ../out 2> ../err < /dev/null
        code=$?
        sed 's/^/> /; s/ $//' ../out
        sed 's/^/! /; s/ $//' ../err
        printf '? %s\n' "$code"
        ;;
    '>'* | '!'* | '?'*) ;;
    *) printf '%s\n' "$line" ;;
    esac
done < "$test" > ../actual

if [ "$4" = --refresh ]; then
    cp ../actual "$test"
else
    diff -u "$test" ../actual
fi
