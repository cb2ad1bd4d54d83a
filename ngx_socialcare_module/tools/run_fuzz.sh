#!/bin/sh
#
# run_fuzz.sh: live fuzzing, one target after the other.
#
#     run_fuzz.sh build/fuzz SECONDS json verify ...
#
# SECONDS is shared equally.  New inputs go to build/fuzz/live/<name>, what
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

failed=

for name in "$@"; do
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
        failed="$failed $name"
        continue
    fi

    echo "fuzz: $name: $(awk '/number_of_executed_units/ { print $2 }' "$log")" \
        "runs in $share s," \
        "$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -c 6-) edges"
done

if [ -n "$failed" ]; then
    echo "fuzz: FAILED:$failed (see $out/findings)"
    exit 1
fi

echo "fuzz: ok, $# targets, $share s each"
