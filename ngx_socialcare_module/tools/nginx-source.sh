#!/bin/sh
#
# nginx-source.sh DIR [VERSION]: puts nginx's complete sources into DIR, from
# Debian's source package; VERSION defaults to the packaged nginx's.
#
# The package nginx-dev has headers only, so a build with the module linked in
# needs this.  The lists of source packages are kept in DIR; the system's own
# lists are not changed.  Fails with a message if the sources cannot be had,
# for example without a network.

set -eu

fail() {
    echo "nginx-source: $1" >&2
    exit 1
}

[ $# -ge 1 ] || fail "usage: nginx-source.sh DIR [VERSION]"

mkdir -p "$1"
folder=$(cd "$1" && pwd)
nginx=${NGINX:-/usr/sbin/nginx}
version=${2:-$("$nginx" -v 2>&1 | sed -n 's|.*nginx/\([0-9.]*\).*|\1|p')}

[ -n "$version" ] || fail "which version?"

if [ -x "$folder/nginx-$version/configure" ]; then
    echo "$folder/nginx-$version"
    exit 0
fi

command -v apt-get >/dev/null 2>&1 || fail "needs Debian's apt-get"


# The machine's own apt sources, turned into deb-src.

rm -rf "$folder/apt"
mkdir -p "$folder/apt/parts" "$folder/apt/lists/partial" \
    "$folder/apt/cache/archives/partial"

for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -s "$file" ] || continue
    sed -n 's/^deb \(.*\)/deb-src \1/p' "$file" \
        > "$folder/apt/parts/$(basename "$file" .list).list"
done

for file in /etc/apt/sources.list.d/*.sources; do
    [ -s "$file" ] || continue
    sed 's/^Types:.*/Types: deb-src/' "$file" \
        > "$folder/apt/parts/$(basename "$file")"
done

apt() {
    apt-get -q -o Dir::Etc::SourceList=/dev/null \
        -o Dir::Etc::SourceParts="$folder/apt/parts" \
        -o Dir::State::Lists="$folder/apt/lists" \
        -o Dir::Cache="$folder/apt/cache" \
        -o APT::Sandbox::User=root "$@" >> "$folder/apt/log" 2>&1
}

apt update || fail "the lists of source packages cannot be had"

# Only the upstream archive is needed; it does not matter if a mirror lacks one
# of the package's other files.

archive=$folder/apt/nginx_$version.orig.tar.gz

(cd "$folder/apt" && apt source --download-only nginx) || :
[ -s "$archive" ] || fail "no sources of nginx $version"

tar -xzf "$archive" -C "$folder" || fail "$archive cannot be unpacked"
[ -x "$folder/nginx-$version/configure" ] || fail "no configure in $archive"

rm -rf "$folder/apt"
echo "$folder/nginx-$version"
