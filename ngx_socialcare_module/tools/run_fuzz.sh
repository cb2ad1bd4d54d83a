#!/bin/sh
#
# run_fuzz.sh: live fuzzing, one target after the other on each processor.
#
#     run_fuzz.sh build/fuzz SECONDS json verify ...
#
# SECONDS are of processor time, shared equally.  New inputs go to build/fuzz/live/<name>, what
# crashes or hangs to build/fuzz/findings/<name>-*.  Minimise a finding, put it
# into tests/fuzz/corpus/<name>/, then fix it.

set -u

out=$1
seconds=$2
shift 2

if [ $# -eq 0 ]; then
    echo "fuzz: FAILED, no target"
    exit 1
fi

share=$((seconds / $#))
[ "$share" -gt 0 ] || share=1

ngx_socialcare_module/tools/fuzz_seeds.sh "$out/seeds" || exit 1
mkdir -p "$out/findings"

passed=$out/passed
: > "$passed"

fuzz() {
    name=$1
    corpus=tests/fuzz/corpus/$name
    dictionary=tests/fuzz/$name.dict
    log=$out/fuzz_$name.log

    [ -d "$corpus" ] || corpus=
    seeds=$out/seeds
    [ -d "$seeds-$name" ] && seeds=$seeds-$name
    mkdir -p "$out/live/$name"

    if ! "$out/fuzz/fuzz_$name" -max_total_time="$share" -timeout=5 \
        -rss_limit_mb=1024 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$out/findings/$name-" \
        $([ -f "$dictionary" ] && echo "-dict=$dictionary") \
        "$out/live/$name" $corpus "$seeds" > "$log" 2>&1
    then
        tail -n 60 "$log"
        return
    fi

    echo "$name" >> "$passed"
    echo "fuzz: $name: $(awk '/number_of_executed_units/ { print $2 }' "$log")" \
        "runs in $share s," \
        "$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -c 6-) edges"
}

# Of all targets those whose turn it is on processor $1.
lane() {
    turn=$1
    shift

    for target in "$@"; do
        [ "$turn" -ne 0 ] || fuzz "$target"
        turn=$(((turn + 1) % lanes))
    done
}

lanes=$(nproc)

for processor in $(seq 0 $((lanes - 1))); do
    lane "$processor" "$@" &
done

wait

failed=

for target in "$@"; do
    grep -qxF "$target" "$passed" || failed="$failed $target"
done

if [ -n "$failed" ]; then
    echo "fuzz: FAILED:$failed (see $out/findings)"
    exit 1
fi

echo "fuzz: ok, $# targets, $share s each"
