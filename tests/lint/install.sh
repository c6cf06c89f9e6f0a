#!/bin/sh
# install.sh ROOT: what a packager does must work: install, pkg-config, and an example built against it.
set -eu
root=$1
cd "$root"
mkdir -p build
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
[ -f build/package/build.ninja ] ||
    meson setup build/package --buildtype=release --prefix="$stage/usr" --libdir=lib > build/package.log 2>&1 ||
    { cat build/package.log; exit 1; }
meson configure build/package --prefix="$stage/usr" -Dtests=false
meson install -C build/package --quiet
export PKG_CONFIG_PATH="$stage/usr/lib/pkgconfig" LD_LIBRARY_PATH="$stage/usr/lib"
for example in examples/*.c; do
    # shellcheck disable=SC2046
    cc -std=c11 -Wall -Wextra -Werror "$example" -o "$stage/example" $(pkg-config --cflags --libs llmplan)
    "$stage/example" > "$stage/said" || { echo "$example fails"; cat "$stage/said"; exit 1; }
done
# shellcheck disable=SC2046
sh tests/docs/programs.sh "$root/docs/embedding.md" cc $(pkg-config --cflags --libs llmplan)
"$stage/usr/bin/llmplan" --version
"$stage/usr/bin/llmplan" fit llama-3.1-8b --on rtx-4090 --json > "$stage/fit.json"
grep -q '"schema": *"llmplan.fit/1"' "$stage/fit.json"
[ -f "$stage/usr/share/man/man1/llmplan.1" ] || { echo "no man page"; exit 1; }
for file in bash-completion/completions/llmplan zsh/site-functions/_llmplan fish/vendor_completions.d/llmplan.fish; do
    [ -f "$stage/usr/share/$file" ] || { echo "no $file"; exit 1; }
done
