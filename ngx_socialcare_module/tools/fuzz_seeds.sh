#!/bin/sh
#
# fuzz_seeds.sh FOLDER: collects every sample's body and headers in one flat
# folder, as libFuzzer wants its corpora.

set -eu

rm -rf "$1"
mkdir -p "$1"

for file in tests/fixtures/*/*; do
    case $file in
    *.case.json | *.pem | */HANDSHAKE.json | */OPTIONS.json)
        continue
        ;;
    esac

    folder=${file%/*}
    cp "$file" "$1/${folder##*/}-${file##*/}"
done
