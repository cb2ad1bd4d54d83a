#!/bin/sh
#
# run_unit.sh: runs cmocka test programs and shows their closing lines.
#
#     run_unit.sh build/core/unit/test_a build/core/unit/test_b ...
#
# A program passes when it exits with 0 and says how many tests passed: one
# that was not built, crashed, or ran nothing counts as failed.  The whole
# output of a failed one is shown.  The last line sums up.

set -u

export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"

programs=0
failed=
tests=0
skipped=0

for program in "$@"; do
    programs=$((programs + 1))
    log=$program.log
    name=$(basename "$program")

    if [ ! -x "$program" ]; then
        echo "$name: NOT BUILT"
        failed="$failed $name"
        continue
    fi

    "$program" > "$log" 2>&1
    code=$?

    passed=$(awk '/^\[  PASSED  \] [0-9]+ test/ { n += $4 } END { print n + 0 }' \
        "$log")
    skips=$(awk '/^\[  SKIPPED \] [0-9]+ test/ { n += $4 } END { print n + 0 }' \
        "$log")

    if [ $code -ne 0 ] || [ "$passed" -eq 0 ]; then
        cat "$log"
        echo "$name: FAILED (exit code $code)"
        failed="$failed $name"
        tests=$((tests + passed))
        continue
    fi

    # Lines that the test itself marks as worth seeing, then cmocka's.
    sed -n 's/^# /    /p' "$log"
    grep -E '^\[(==========|  PASSED  |  SKIPPED )\].* [0-9]+ test' "$log" \
        | grep -v Running | while read -r line; do
            echo "$name: $line"
        done

    tests=$((tests + passed))
    skipped=$((skipped + skips))
done

if [ $programs -eq 0 ]; then
    echo "unit: FAILED, no test program"
    exit 1
fi

if [ -n "$failed" ]; then
    echo "unit: FAILED:$failed ($tests tests passed in $programs programs)"
    exit 1
fi

echo "unit: ok, $tests tests passed in $programs programs, $skipped skipped"
