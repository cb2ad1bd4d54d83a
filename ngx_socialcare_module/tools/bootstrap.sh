#!/bin/sh
#
# bootstrap.sh: installs what is missing on a Debian machine, and only that.
#
#     bootstrap.sh run          to build and run the module
#     bootstrap.sh run test     and to test it
#     bootstrap.sh run bench    and to measure it
#     bootstrap.sh run conformance  and to compare it with libraries
#     bootstrap.sh browser      the status page's tests; a big package
#     bootstrap.sh -n run test  only says what is missing
#
# It starts no service and enables none beyond what the packages do: while they
# are unpacked a policy-rc.d keeps them from starting; it is then removed.
# Needs nothing but sh, dpkg and apt-get.

set -eu

run_packages='
    gcc libc6-dev make bash
    nginx nginx-dev libssl-dev libjansson-dev libhiredis-dev libexpat1-dev
    redis-server redis-tools
    openssl curl perl procps tzdata
'

test_packages='
    libcmocka-dev clang libclang-rt-dev llvm
    clang-format clang-tidy cppcheck
    libnginx-mod-nchan prometheus nghttp2-client
    python3 python3-redis ruby ruby-redis nodejs node-redis
'

conformance_packages='
    nodejs npm
'

bench_packages='
    wrk libnginx-mod-http-lua libnginx-mod-http-ndk lua-nginx-redis lua-cjson
'
browser_packages='
    chromium
'


fail() {
    echo "bootstrap: $1" >&2
    exit 1
}


only_say=no
wanted=

for argument in "$@"; do
    case $argument in
    -n)   only_say=yes ;;
    run)  wanted="$wanted $run_packages" ;;
    test) wanted="$wanted $test_packages" ;;
    bench) wanted="$wanted $bench_packages" ;;
    conformance) wanted="$wanted $conformance_packages" ;;
    browser) wanted="$wanted $browser_packages" ;;
    *)    fail "usage: bootstrap.sh [-n] run|test|bench|browser|conformance ..." ;;
    esac
done

# Other distributions work, too, but by hand: these are Debian's names.

if ! command -v dpkg-query >/dev/null 2>&1 \
    || ! command -v apt-get >/dev/null 2>&1
then
    echo "bootstrap: not a Debian system; nothing was checked.  On Debian" \
        "these packages would be wanted: $wanted" >&2
    exit 0
fi


installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# A program installed another way (a newer node, say) is just as good.
provided() {
    case $1 in
    nodejs) command -v node >/dev/null 2>&1 ;;
    npm)    command -v npm >/dev/null 2>&1 ;;
    *)      return 1 ;;
    esac
}


missing=

for package in $wanted; do
    if ! installed "$package" && ! provided "$package"; then
        missing="$missing $package"
    fi
done

missing=${missing# }

if [ -z "$missing" ]; then
    exit 0
fi

if [ $only_say = yes ]; then
    echo "$missing"
    exit 0
fi

echo "bootstrap: missing packages: $missing"

if [ "$(id -u)" != 0 ]; then
    fail "not root; install them first:
    sudo apt-get install --no-install-recommends $missing"
fi


# Keep services from starting.  A policy set by the administrator is kept.

policy=/usr/sbin/policy-rc.d

if [ ! -e $policy ] && [ ! -L $policy ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
fi

DEBIAN_FRONTEND=noninteractive
RUNLEVEL=1
export DEBIAN_FRONTEND RUNLEVEL

install_packages() {
    # shellcheck disable=SC2086 # a list of names
    apt-get -q -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold \
        install --no-install-recommends $missing < /dev/null
}

known() {
    for package in $missing; do
        apt-cache show --no-all-versions "$package" >/dev/null 2>&1 || return 1
    done
}

if known && install_packages; then
    :
else
    echo "bootstrap: bringing the package lists up to date"
    apt-get -q update < /dev/null || fail "apt-get update failed"
    install_packages || fail "could not install: $missing"
fi

for package in $missing; do
    installed "$package" || fail "$package is still missing"
done
