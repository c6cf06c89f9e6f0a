#!/bin/sh
# header.sh HEADER COMPILER...: a file that includes one public header and nothing else must compile.
header=$1
shift
printf '#include <llmplan/%s>\n' "$header" |
    "$@" -Wall -Wextra -Wconversion -Wshadow -Werror -fsyntax-only -
