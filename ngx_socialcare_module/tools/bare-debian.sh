#!/bin/sh
#
# bare-debian.sh [SUITE]: does the README hold true on a bare machine?
# Makes a minimal Debian in a folder, copies this tree into it and runs
# `make run` and `make test` there, as root, without a terminal.
#
#     SUITE           bookworm; any that the machine's apt sources offer
#     SC_BARE=DIR     where; the folder is made and removed again
#     SC_BARE_KEEP=1  keep it for inspection
#     SC_BARE_TESTS=  what to run after `make run`, "make test" if unset
#
# Needs root and debootstrap; packages come from where this machine's own apt
# is configured to take them.  Not part of the tests: it takes minutes.

set -eu

fail() {
    echo "bare-debian: $1" >&2
    exit 1
}

[ "$(id -u)" = 0 ] || fail "needs root for chroot"
command -v debootstrap >/dev/null 2>&1 || fail "needs the package debootstrap"

suite=${1:-bookworm}
top=$(cd "$(dirname "$0")/../.." && pwd)
root=${SC_BARE:-$(mktemp -d /tmp/bare-debian-XXXXXX)}
tests=${SC_BARE_TESTS-make test}

mkdir -p "$root"
root=$(cd "$root" && pwd)
[ "$root" != / ] || fail "not here"
chmod 755 "$root"

# Processes in the folder are those that have it as their root.
processes() {
    for process in /proc/[0-9]*; do
        if [ "$(readlink "$process/root" 2>/dev/null)" = "$root" ]; then
            echo "${process#/proc/}"
        fi
    done
}

end_processes() {
    for process in $(processes); do
        kill "$1" "$process" 2>/dev/null || :
    done
}

clean_up() {
    status=$?
    trap - EXIT HUP INT TERM
    end_processes -TERM
    sleep 1
    end_processes -KILL

    for folder in dev/pts dev/shm proc; do
        umount "$root/$folder" 2>/dev/null || :
    done

    if grep -q " $root/" /proc/mounts; then
        echo "bare-debian: something is still mounted below $root" >&2
        exit 1
    fi

    [ -n "${SC_BARE_KEEP:-}" ] || rm -rf --one-file-system "$root"
    exit "$status"
}

trap clean_up EXIT
trap 'exit 130' HUP INT TERM


# The first address that the machine's apt uses for Debian's main archive.

# shellcheck disable=SC2016 # apt-get's own variables
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' \
    "Identifier: Packages" 2>/dev/null \
    | awk -v suite="$suite" '$2 == suite && $3 == "main" { print $1; exit }')

[ -n "$mirror" ] || fail "the machine's apt has no source for $suite"

echo "== a minimal $suite"
debootstrap --variant=minbase --include=make "$suite" "$root" "$mirror" \
    > "$root.log" 2>&1 || { tail -n 20 "$root.log" >&2; fail "debootstrap"; }
rm -f "$root.log"

# apt as it is configured here, but without other vendors' archives.

rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d"
mkdir -p "$root/etc/apt/sources.list.d" "$root/etc/apt/apt.conf.d"

for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
    /etc/apt/sources.list.d/*.sources
do
    if [ -s "$file" ] && grep -qw "$suite" "$file"; then
        cp "$file" "$root/etc/apt/sources.list.d/"
    fi
done

for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
    if [ -s "$file" ] && grep -qi 'proxy' "$file"; then
        cp "$file" "$root/etc/apt/apt.conf.d/90$(basename "$file")"
    fi
done

[ -f "$root/etc/resolv.conf" ] || cp /etc/resolv.conf "$root/etc/" || :
grep -q localhost "$root/etc/hosts" 2>/dev/null \
    || echo '127.0.0.1 localhost' >> "$root/etc/hosts"

mount -t proc proc "$root/proc"
mkdir -p "$root/dev/pts" "$root/dev/shm"
mount -t devpts devpts "$root/dev/pts" || :
mount -t tmpfs tmpfs "$root/dev/shm"


# The tree, as a clone would have it: tracked files in their present state.

mkdir "$root/socialcare"

if [ -d "$top/.git" ] && command -v git >/dev/null 2>&1; then
    (cd "$top" && git ls-files -z \
        | tar -cf - --null --ignore-failed-read -T -) \
        | tar -xf - -C "$root/socialcare"
else
    (cd "$top" && tar -cf - --exclude=./build .) \
        | tar -xf - -C "$root/socialcare"
fi

inside() {
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LC_ALL=C SC_RUN_ONCE=1 \
        chroot "$root" /bin/sh -c "cd /socialcare && $1" < /dev/null
}

for missing in git gcc perl nginx redis-server curl; do
    if inside "command -v $missing" >/dev/null; then
        echo "bare-debian: note: $missing was there already"
    fi
done

echo "== make run"
inside "make run"

# No service of the packages may have started besides ours.
for process in $(processes); do
    tr '\0' ' ' < "/proc/$process/cmdline" >&2 || :
    fail "process $process is left: a service was started"
done

[ ! -e "$root/usr/sbin/policy-rc.d" ] || fail "policy-rc.d was left behind"

if [ -n "$tests" ]; then
    echo "== $tests"
    inside "$tests"
fi

echo "== the README holds on a bare $suite"
