#!/bin/sh
#
# A worker in shell, with redis-cli (the package redis-tools).
#
#     worker.sh '{care:default/0}:q:mentions'
#
# Handles one mention at a time, as a consumer in the group `workers`.
# Good for a first look and for small jobs; the other workers in this folder
# read many mentions at a time.
#
# REDIS_URL (redis://, rediss://, unix://) is the server.  With WORKER_ONCE=1
# the worker exits when the queue is empty.  WORKER_IDLE_MS is how long a dead
# worker's mention stays pending before it is claimed.

set -eu

[ $# = 1 ] || { echo "usage: worker.sh QUEUE-KEY" >&2; exit 1; }

queue=$1
name=$(uname -n)-$$
url=${REDIS_URL:-redis://127.0.0.1:6379}
idle=${WORKER_IDLE_MS:-60000}

# Yours to write.  $1 is the record, one line of JSON.  Failures are retried.
handle() {
    printf '%s\n' "$1"
}

redis() {
    case $url in
    unix://*) redis-cli -s "${url#unix://}" "$@" ;;
    *)        redis-cli -u "$url" "$@" ;;
    esac
}

# Prints the entry's id and its record, each on its own line: redis-cli writes
# each part of a reply on a line of its own, and a record has no line breaks.
entry_of() {
    sed -n '/^[0-9][0-9]*-[0-9][0-9]*$/{
        N
        N
        s/\nm\n/\n/p
        q
    }'
}

take_over() {
    redis XAUTOCLAIM "$queue" workers "$name" "$idle" 0-0 COUNT 1 \
        | sed 1d | entry_of
}

take_new() {
    if [ -n "${WORKER_ONCE:-}" ]; then
        set --
    else
        set -- BLOCK 5000
    fi
    redis XREADGROUP GROUP workers "$name" COUNT 1 "$@" STREAMS "$queue" '>' \
        | entry_of
}

while :; do
    entry=$(take_over)
    [ -n "$entry" ] || entry=$(take_new)

    if [ -z "$entry" ]; then
        [ -z "${WORKER_ONCE:-}" ] || exit 0
        continue
    fi

    id=$(printf '%s\n' "$entry" | sed -n 1p)
    record=$(printf '%s\n' "$entry" | sed -n 2p)

    if handle "$record"; then
        redis XACK "$queue" workers "$id" >/dev/null
        redis XDEL "$queue" "$id" >/dev/null
    else
        echo "$id: not handled" >&2
    fi
done
