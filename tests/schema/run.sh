#!/bin/sh
# run.sh LLMPLAN JSON_SCHEMA GEN_GGUF ROOT: what commands print as JSON is as docs/schemas says, every schema
# is met by some command, and what a schema forbids is refused.
set -u
program=$1
validator=$2
generator=$3
root=$4
for one in program validator generator; do
    eval "path=\$$one"
    case $path in /*) ;; *) eval "$one=\$PWD/\$path" ;; esac
done
schemas=$root/docs/schemas
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/here" "$folder/seen"
cp "$root"/tests/cli/fixtures/* "$folder/here/" || exit 99
cd "$folder/here" || exit 99
export XDG_CONFIG_HOME="$folder/config" LC_ALL=C
bad=0
"$generator" llama-3.2-1b Q4_K_M model.gguf vocab=1000 > ../out || exit 99

while IFS= read -r line; do
    case $line in '#'* | '') continue ;; esac
    words=$(printf '%s' "$line" | sed "s|{configs}|$root/tests/truth/configs|; s|{examples}|$root/examples|; s|{captures}|$root/tests/detect|")
    lines=
    case $line in sweep*) lines=--lines ;; esac
    eval "\"\$program\" $words --json" > ../out 2> ../err < /dev/null
    code=$?
    why=$("$validator" "$schemas" $lines < ../out) || {
        echo "llmplan $line: exit $code: $why"
        head -3 ../err
        bad=1
    }
    sed -n '1,2s/.*"schema": *"llmplan\.\([a-z_]*\)\/1".*/\1/p' ../out | head -1 > ../name
    [ ! -s ../name ] || : > "../seen/$(cat ../name)"
done < "$root/tests/schema/commands.txt"

for schema in "$schemas"/*.json; do
    name=$(basename "$schema" .json)
    [ -e "../seen/$name" ] || { echo "no command shows what $name.json describes"; bad=1; }
done

# A schema that lets everything through would prove nothing.
"$program" fit llama-3.1-8b --on 4090 --json > ../out
refused() {
    what=$1
    sed "$2" ../out > ../changed
    if cmp -s ../out ../changed || "$validator" "$schemas" < ../changed > ../why; then
        echo "not refused: $what"
        bad=1
    fi
}
refused 'a key too many' 's/"parallel"/"new_key": 1, "parallel"/'
refused 'a key too few' '/"parallel"/d'
refused 'another type' 's/"parallel": 1/"parallel": "1"/'
refused 'a fraction' 's/"parallel": 1/"parallel": 1.5/'
refused 'a negative count' 's/"parallel": 1/"parallel": -1/'
refused 'another word' 's/"fits"/"fit"/'
refused 'null where something is always known' 's/"parallel": 1/"parallel": null/'
refused 'a version to come' 's|llmplan.fit/1|llmplan.fit/2|'
refused 'an estimate without its ceiling' 's/, "ceiling": [0-9.e+]*}/}/'
refused 'half a document' '$d'
exit $bad
