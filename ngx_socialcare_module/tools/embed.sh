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
#         static const unsigned char sc_embedded_a[]: the file's bytes
#         SC_EMBEDDED_A_SIZE: how many
#         SC_EMBEDDED_A_POLICY: the part of a Content-Security-Policy that
#                             lets its one <script> and its one <style> in,
#                             each by the SHA-256 of what is between the tags
#
# Nothing but POSIX sh, awk, od, sed, tail and openssl or coreutils' sha1sum
# and sha256sum or shasum.
# OUT.h is replaced only when its content changes, so that nothing is rebuilt
# without need.

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

# 64 hex digits as base64, for lack of a tool that is everywhere.
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

# script-src or style-src: the tags stand alone in their lines.
source_of() {
    count=$(grep -c -a "<$2[ >]" "$1" || true)

    if [ "$count" = 0 ]; then
        printf "%s-src 'none'" "$2"
        return
    fi

    [ "$count" = 1 ] && [ "$(grep -c -a -x -e "<$2>" -e "</$2>" "$1")" = 2 ] \
        || fail "$1: not one <$2>, alone in its line"

    { echo; sed -n "/^<$2>\$/,/^<\/$2>\$/p" "$1" | sed '1d;$d'; } > "$new.part"
    printf "%s-src 'sha256-%s'" "$2" \
        "$(base64_of_hex "$(sha256_of "$new.part")")"
}

# The file's name without folder and extension, as part of a C identifier.
identifier_of() {
    basename "$1" | sed -e 's/\.[^.]*$//' -e 's/[^A-Za-z0-9_]/_/g'
}

upper() {
    echo "$1" | tr 'a-z' 'A-Z'
}

# A literal can carry neither a last line without its line break (the SHA-1
# would differ from what is sent) nor a NUL.
check_text() {
    [ -s "$1" ] || fail "$1 is empty"
    [ "$(tail -c 1 "$1" | od -An -tu1 | tr -d ' ')" = 10 ] \
        || fail "$1 does not end with a line break"
    [ "$(tr -d '\000' < "$1" | wc -c)" = "$(wc -c < "$1")" ] \
        || fail "$1 holds a NUL"
}

# Lines that are a comment and nothing else stay here: they would only make
# the command longer.  Lua's --[[ ]] is not understood and so not allowed.
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
    size=$(($(wc -c < "$1")))

    [ "$size" -gt 0 ] || fail "$1 is empty"

    script=$(source_of "$1" script)
    style=$(source_of "$1" style)

    printf '\n\n#define SC_EMBEDDED_%s_SIZE  %d\n' "$(upper "$name")" "$size"
    printf '\n#define SC_EMBEDDED_%s_POLICY \\\n    "%s; " \\\n    "%s"\n' \
        "$(upper "$name")" "$script" "$style"
    printf '\nstatic const unsigned char sc_embedded_%s[%d] = {' \
        "$name" "$size"
    od -An -v -tu1 "$1" | awk '{
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

trap 'rm -f "$new" "$new.script" "$new.part"' EXIT

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
