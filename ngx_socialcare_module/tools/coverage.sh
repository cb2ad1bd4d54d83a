#!/bin/sh
#
# coverage.sh FOLDER: per-file line coverage of the core from the counters
# that an instrumented run of the unit tests left in FOLDER.

set -eu

out=$1
gcov=${GCOV:-gcov}

# gcov -n prints, per source, "File 'x'" and "Lines executed:97.00% of 33".
# A source that no test links has notes but no counters: 0 %.
for notes in "$out"/*/*.gcno; do
    folder=$(basename "$(dirname "$notes")")

    case $folder in
    unit | fuzz) continue ;;
    esac

    source=ngx_socialcare_module/$folder/$(basename "$notes" .gcno).c

    $gcov -n -o "${notes%.gcno}.o" "$source" 2>/dev/null \
        | awk -v source="$source" '
            /^File / { mine = ($0 == "File \047" source "\047") }
            mine && /^Lines executed:/ {
                split($2, part, ":")
                sub("%", "", part[2])
                printf "%s %s %s\n", part[2], $4, source
                mine = 0
            }'
done | sort -k 3 | tee "$out/coverage.txt" | awk '
    {
        printf "%7.2f %%  %5d lines  %s\n", $1, $2, $3
        lines += $2
        covered += $1 * $2 / 100
    }

    END {
        if (lines == 0) {
            print "coverage: FAILED, no data"
            exit 1
        }

        printf "%7.2f %%  %5d lines  in all\n", 100 * covered / lines, lines
    }'
