#!/bin/sh
#
# fuzz_seeds.sh FOLDER: collects every sample's body and headers in one flat
# folder, as libFuzzer wants its corpora, and the bodies of each platform in
# FOLDER-platform_<name>, named as in the registry.

set -eu

rm -rf "$1" "$1"-platform_*
mkdir -p "$1"

# A platform that has no folder of its own starts with two bytes.
sed -n 's/.*&sc_platform_\([a-z_]*\).*/\1/p' \
    ngx_socialcare_module/platforms/sc_registry.c |
while read -r name; do
    mkdir -p "$1-platform_$name"
    printf '{' > "$1-platform_$name/start"
    printf '{}' > "$1-platform_$name/empty"
done

for file in tests/fixtures/*/*; do
    case $file in
    *.case.json | *.pem | */HANDSHAKE.json | */OPTIONS.json)
        continue
        ;;
    esac

    folder=${file%/*}
    folder=${folder##*/}
    cp "$file" "$1/$folder-${file##*/}"

    case $file in
    *.headers | *.md | *.hex | *.txt | *.base64)
        continue
        ;;
    esac

    case $folder in
    meta-common)                     names=meta ;;
    facebook | messenger | instagram | whatsapp | threads)
                                     names="$folder meta" ;;
    generic-hmac | bridge)           names=generic ;;
    websub-youtube)                  names=websub ;;
    *)                               names=$folder ;;
    esac

    for name in $names; do
        name=$(printf %s "$name" | tr - _)

        if [ -d "$1-platform_$name" ]; then
            cp "$file" "$1-platform_$name/$folder-${file##*/}"
        fi
    done
done
