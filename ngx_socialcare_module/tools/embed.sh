#!/bin/sh
#
# embed.sh: turns files into a C header, for the core's library and for
# nginx's build alike.
#
#     embed.sh scripts OUT.h a.lua b.lua ...
#         SC_SCRIPT_A_SOURCE: the file without its comment lines, as a C
#                             string literal
#         SC_SCRIPT_A_SHA:    SHA-1 of that, 40 hex digits, as a literal
#
#     embed.sh pages OUT.h a.html b.html ...
#         static const unsigned char sc_embedded_a[]: the page, with the files
#                             that it refers to inlined.  A line that is only
#                                 <link rel="stylesheet" href="FILE">  or
#                                 <script src="FILE"></script>
#                             becomes <style> or <script>, the file from the
#                             page's folder, and the end tag.
#         SC_EMBEDDED_A_SIZE: how many bytes
#         SC_EMBEDDED_A_POLICY: the part of a Content-Security-Policy that
#                             allows its <script>s and <style>s, each by the
#                             SHA-256 of what is between the tags
#
# Needs only POSIX sh, awk, od, sed, tail and openssl or coreutils' sha1sum
# and sha256sum or shasum.
# OUT.h is replaced only when its content changes, so that nothing is rebuilt
# needlessly.

set -eu

LC_ALL=C
export LC_ALL

fail() {
    echo "embed.sh: $1" >&2
    exit 1
}

sha1_of() {
    if command -v sha1sum >/dev/null 2>&1; then
        sha1sum "$1" | cut -c 1-40
    elif command -v openssl >/dev/null 2>&1; then
        openssl dgst -sha1 -r "$1" | cut -c 1-40
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 1 "$1" | cut -c 1-40
    else
        fail "needs sha1sum, openssl or shasum"
    fi
}

sha256_of() {
    if command -v sha256sum >/dev/null 2>&1; then
        sha256sum "$1" | cut -c 1-64
    elif command -v openssl >/dev/null 2>&1; then
        openssl dgst -sha256 -r "$1" | cut -c 1-64
    elif command -v shasum >/dev/null 2>&1; then
        shasum -a 256 "$1" | cut -c 1-64
    else
        fail "needs sha256sum, openssl or shasum"
    fi
}

# 64 hex digits as base64, for which no tool is available everywhere.
base64_of_hex() {
    echo "$1" | awk '{
        digits = "0123456789abcdef"
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
                  "abcdefghijklmnopqrstuvwxyz0123456789+/"

        for (i = 1; i <= 66; i += 3) {
            n = 0

            for (j = i; j < i + 3; j++) {
                c = substr($0, j, 1)
                n = n * 16 + (c == "" ? 0 : index(digits, c) - 1)
            }

            printf "%s%s", substr(letters, int(n / 64) + 1, 1), \
                i == 64 ? "=" : substr(letters, n % 64 + 1, 1)
        }
    }'
}

# The page with its files inlined; one that refers to none stays as it is.
assemble() {
    if ! grep -q -a -x -e '<link rel="stylesheet" href=".*">' \
        -e '<script src=".*"></script>' "$1"
    then
        [ -s "$1" ] || fail "$1 is empty"
        cat "$1"
        return
    fi

    page_folder=$(dirname "$1")
    check_text "$1"

    while IFS= read -r line; do
        case $line in
        '<link rel="stylesheet" href="'*'">')
            tag=style
            part=${line#*href=\"}
            part=${part%%\"*}
            ;;
        '<script src="'*'"></script>')
            tag=script
            part=${line#*src=\"}
            part=${part%%\"*}
            ;;
        *)
            printf '%s\n' "$line"
            continue
            ;;
        esac

        [ -f "$page_folder/$part" ] || fail "$1: there is no $part"
        check_text "$page_folder/$part"
        ! grep -q -i "</$tag" "$page_folder/$part" \
            || fail "$part holds a </$tag"

        printf '<%s>\n' "$tag"
        cat "$page_folder/$part"
        printf '</%s>\n' "$tag"
    done < "$1"
}

# script-src or style-src; each tag must be alone on its line.
source_of() {
    count=$(grep -c -a "<$2[ >]" "$1" || true)

    if [ "$count" = 0 ]; then
        printf "%s-src 'none'" "$2"
        return
    fi

    [ "$count" = "$(grep -c -a -x -e "<$2>" "$1")" ] \
        && [ "$count" = "$(grep -c -a -x -e "</$2>" "$1")" ] \
        || fail "$3: a <$2> that is not alone in its line"

    printf "%s-src" "$2"
    at=1

    while [ "$at" -le "$count" ]; do
        { echo; awk -v from="<$2>" -v to="</$2>" -v at="$at" '
            $0 == to { inside = 0 }
            inside && n == at
            $0 == from { inside = 1; n++ }' "$1"; } > "$new.part"
        printf " 'sha256-%s'" "$(base64_of_hex "$(sha256_of "$new.part")")"
        at=$((at + 1))
    done
}

# The file's name without folder and extension, as part of a C identifier.
identifier_of() {
    basename "$1" | sed -e 's/\.[^.]*$//' -e 's/[^A-Za-z0-9_]/_/g'
}

upper() {
    echo "$1" | tr 'a-z' 'A-Z'
}

# A literal can hold neither a last line without a line break (the SHA-1 would
# differ from what is sent) nor a NUL.
check_text() {
    [ -s "$1" ] || fail "$1 is empty"
    [ "$(tail -c 1 "$1" | od -An -tu1 | tr -d ' ')" = 10 ] \
        || fail "$1 does not end with a line break"
    [ "$(tr -d '\000' < "$1" | wc -c)" = "$(wc -c < "$1")" ] \
        || fail "$1 holds a NUL"
}

# Drops lines that are only a comment: they would only make the command longer.
# Lua's --[[ ]] is not understood and therefore not allowed.
strip_comments() {
    ! grep -q -e '--\[=*\[' "$1" || fail "$1 holds a --[[ comment"
    sed '/^[[:space:]]*--/d' "$1"
}

# '?' is escaped for the sake of trigraphs, which -std=c11 turns on.
write_script() {
    name=$(upper "$(identifier_of "$1")")

    check_text "$1"
    strip_comments "$1" > "$new.script"
    sha=$(sha1_of "$new.script")
    [ "${#sha}" = 40 ] || fail "no SHA-1 of $1"

    printf '\n\n#define SC_SCRIPT_%s_SHA  "%s"\n' "$name" "$sha"
    printf '\n#define SC_SCRIPT_%s_SOURCE' "$name"
    awk '{
        printf " \\\n    \""

        for (i = 1; i <= length($0); i++) {
            c = substr($0, i, 1)

            if (c == "\t") {
                c = "\\t"
            } else if (c == "\r") {
                c = "\\r"
            } else if (c == "\\" || c == "\"" || c == "?") {
                c = "\\" c
            }

            printf "%s", c
        }

        printf "\\n\""
    }' "$new.script"
    printf '\n'
}

write_page() {
    name=$(identifier_of "$1")

    assemble "$1" > "$new.page"
    size=$(($(wc -c < "$new.page")))
    script=$(source_of "$new.page" script "$1")
    style=$(source_of "$new.page" style "$1")

    printf '\n\n#define SC_EMBEDDED_%s_SIZE  %d\n' "$(upper "$name")" "$size"
    printf '\n#define SC_EMBEDDED_%s_POLICY \\\n    "%s; " \\\n    "%s"\n' \
        "$(upper "$name")" "$script" "$style"
    printf '\nstatic const unsigned char sc_embedded_%s[%d] = {' \
        "$name" "$size"
    od -An -v -tu1 "$new.page" | awk '{
        for (i = 1; i <= NF; i++) {
            printf "%s%s", n % 16 == 0 ? "\n    " : " ", $i ","
            n++
        }
    }'
    printf '\n};\n'
}

[ $# -ge 2 ] || fail "usage: embed.sh scripts|pages OUT.h file ..."

kind=$1
out=$2
shift 2

case $kind in
scripts) write=write_script ;;
pages)   write=write_page ;;
*)       fail "kind is scripts or pages" ;;
esac

guard=$(upper "$(identifier_of "$out")")_H
new=$out.$$

trap 'rm -f "$new" "$new.script" "$new.part" "$new.page"' EXIT

{
    printf '/* Made by embed.sh; do not edit. */\n'
    printf '\n#ifndef %s\n#define %s\n' "$guard" "$guard"

    for file in "$@"; do
        $write "$file"
    done

    printf '\n\n#endif /* %s */\n' "$guard"
} > "$new"

if cmp -s "$new" "$out"; then
    exit 0
fi

mv "$new" "$out"
