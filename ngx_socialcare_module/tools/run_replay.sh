#!/bin/sh
#
# run_replay.sh: feeds every fuzz target its corpus and all sample bodies.
#
#     run_replay.sh build/asan json verify ...
#
# A target that was fed nothing counts as failed.

set -u

out=$1
shift

ngx_socialcare_module/tools/fuzz_seeds.sh "$out/fuzz/seeds" || exit 1

export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"

targets=0
failed=

for name in "$@"; do
    targets=$((targets + 1))
    corpus=tests/fuzz/corpus/$name

    [ -d "$corpus" ] || corpus=
    seeds=$out/fuzz/seeds
    [ -d "$seeds-$name" ] && seeds=$seeds-$name

    if ! "$out/fuzz/fuzz_$name" $corpus "$seeds" \
        > "$out/fuzz/fuzz_$name.log" 2>&1
    then
        cat "$out/fuzz/fuzz_$name.log"
        failed="$failed $name"
        continue
    fi

    echo "fuzz-replay: $name: $(tail -n 1 "$out/fuzz/fuzz_$name.log")"
done

if [ -n "$failed" ]; then
    echo "fuzz-replay: FAILED:$failed"
    exit 1
fi

echo "fuzz-replay: ok, $targets targets"
