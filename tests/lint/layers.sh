#!/bin/sh
# Fails on an include that the layer table in lib/README.md does not allow.
root=$1
bad=0
allowed() {
    case $1 in
    base) echo "base" ;;
    doc) echo "base doc" ;;
    catalog) echo "base doc catalog" ;;
    arch) echo "base catalog arch" ;;
    import) echo "base doc catalog arch import" ;;
    memory) echo "base catalog arch memory" ;;
    speed) echo "base catalog arch memory speed" ;;
    calibrate) echo "base catalog arch memory speed bench calibrate" ;;
    cost) echo "base catalog cost" ;;
    bench) echo "base bench" ;;
    planner) echo "base doc catalog import arch memory speed calibrate cost planner" ;;
    report) echo "base doc report" ;;
    esac
}
# Public header -> the folder it belongs to. `report` may see every result struct.
owner() {
    case $1 in
    status | units | trace) echo base ;;
    catalog*) echo catalog ;;
    cost*) echo cost ;;
    detect) echo calibrate ;;
    import_prices) echo import ;;
    measured) echo import ;;
    validate | planner_* | sweep) echo planner ;;
    report*) echo report ;;
    *) echo "$1" ;;
    esac
}
for dir in "$root"/lib/*/; do
    layer=$(basename "$dir")
    may=" $(allowed "$layer") "
    for file in "$dir"*.[ch]; do
        [ -e "$file" ] || continue
        for target in $(sed -n 's/^ *# *include "\([a-z_0-9]*\)\/.*/\1/p' "$file"); do
            case $may in *" $target "*) ;; *) echo "$file: includes $target/"; bad=1 ;; esac
        done
        [ "$layer" = report ] && continue
        for header in $(sed -n 's/^ *# *include <llmplan\/\([a-z_0-9]*\)\.h>.*/\1/p' "$file"); do
            target=$(owner "$header")
            case $may in *" $target "*) ;; *) echo "$file: includes <llmplan/$header.h>"; bad=1 ;; esac
        done
        case $layer in doc) ;; *)
            grep -Hn '^ *# *include <\(yaml\|cjson/\)' "$file" && bad=1 ;;
        esac
    done
done
for file in "$root"/cli/*.[ch]; do
    [ -e "$file" ] || continue
    if grep -Hn '^ *# *include "[a-z]*/' "$file" | grep -v '"cli/'; then
        echo "$file: the CLI uses only <llmplan/*.h>"
        bad=1
    fi
done
exit $bad
