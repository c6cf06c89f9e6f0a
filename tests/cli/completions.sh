#!/bin/bash
# completions.sh LLMPLAN FOLDER: the completion files of FOLDER know every command and option, offer
# names of the catalog, and are read by their shells. Shells that are not there are left out.
program=$1
folder=$2
case $program in /*) ;; *) program=$PWD/$program ;; esac
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
export XDG_CONFIG_HOME=$scratch LC_ALL=C
llmplan() { "$program" "$@"; }
cd "$scratch" || exit 99
bad=0
bad() {
    echo "$*"
    bad=1
}
[ -n "$BASH_VERSION" ] || { echo "not bash"; exit 77; }

# shellcheck disable=SC1091
source "$folder/llmplan" || exit 1
complete -p llmplan > /dev/null || bad "bash: nothing is registered for llmplan"
offered() {
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _llmplan
    printf '%s\n' "${COMPREPLY[@]}"
}
has() {
    want=$1
    shift
    offered "$@" | grep -qxF -e "$want" || bad "bash: '$*' does not offer $want"
}
commands=$(llmplan help | awk '/^commands/ { on = 1; next } /^$/ { on = 0 } on { print $1 }')
[ "$(printf '%s\n' "$commands" | wc -l)" -gt 8 ] || bad "the commands cannot be read from help"
for command in $commands; do
    has "$command" llmplan "${command:0:2}"
    grep -q "'$command:" "$folder/_llmplan" || bad "zsh: no command $command"
    grep -q -e "-a $command " "$folder/llmplan.fish" || bad "fish: no command $command"
    for option in $(llmplan help "$command" | sed -n 's/^ \{2,6\}\(-[a-z], \)\{0,1\}--\([a-z-]*\).*/\2/p'); do
        has "--$option" llmplan "$command" --
        sed -n "/^    $command)/,/;;/p" "$folder/_llmplan" | grep -q -e "'\*--$option[=[]" ||
            bad "zsh: $command lacks --$option"
        grep -q -e "seen_subcommand_from $command' -l $option " "$folder/llmplan.fish" ||
            bad "fish: $command lacks --$option"
    done
done
has rtx-4090 llmplan fit llama-3.1-8b --on rtx
has dual-rtx-4090-workstation llmplan fit llama-3.1-8b --on dual
has llama-3.1-8b llmplan fit llama-3.1
has llama-3.1-8b llmplan cost --model llama-3.1
has Q4_K_M llmplan fit llama-3.1-8b --quant Q4
has Q4_K_M llmplan fit llama-3.1-8b -q Q4
has vllm llmplan speed llama-3.1-8b --engine v
has de-household llmplan cost --tariff de
has agentic-coding llmplan cost --preset ag
has devices llmplan list dev
has tensor llmplan fit llama-3.1-8b --split t
has csv llmplan fit llama-3.1-8b --format c
has ndjson llmplan sweep --format nd
touch model.gguf
has model.gguf llmplan import mod
has model.gguf llmplan fit llama-3.1-8b --output mod
[ -z "$(offered llmplan fit --on nothing-like-this)" ] || bad "bash: offers what is not there"

if command -v zsh > /dev/null; then
    zsh -n "$folder/_llmplan" || bad "zsh cannot read its file"
fi
if command -v fish > /dev/null; then
    fish -n "$folder/llmplan.fish" || bad "fish cannot read its file"
    fish -c "source $folder/llmplan.fish; complete -C 'llmplan bre'" | grep -q '^breakeven' ||
        bad "fish does not offer breakeven"
    fish -c "source $folder/llmplan.fish; complete -C 'llmplan sweep --res'" | grep -q '^--resume' ||
        bad "fish does not offer --resume"
    fish -c "function llmplan; $program \$argv; end; source $folder/llmplan.fish; complete -C 'llmplan fit --on rtx-409'" |
        grep -q '^rtx-4090' || bad "fish does not offer rtx-4090"
fi
exit $bad
