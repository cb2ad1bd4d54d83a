#!/bin/sh
#
# test_tools.sh: tests the scripts behind `make unit`, `make fuzz-replay` and
# the embedding of files, on programs that pass, fail, crash or do not exist.

set -u

work=$(mktemp -d "${TMPDIR:-/tmp}/socialcare-tools.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

cases=0
failed=0

# expect CODE WORDS WHAT: of the command that ran last ($code, $work/out).
expect() {
    cases=$((cases + 1))

    if { [ "$1" = 0 ] && [ $code -ne 0 ]; } \
        || { [ "$1" != 0 ] && [ $code -eq 0 ]; } \
        || { [ -n "$2" ] && ! grep -q -- "$2" "$work/out"; }
    then
        echo "tools: FAILED: $3 (exit code $code)"
        cat "$work/out"
        failed=$((failed + 1))
    fi
}

run() {
    "$@" > "$work/out" 2>&1
    code=$?
}

program() {                               # name; source on stdin
    { cat; } > "$work/$1.c"
    cc -o "$work/$1" "$work/$1.c" || exit 1
}


# run_unit.sh

program passes <<'SOURCE'
#include <stdio.h>
int main(void) { puts("# seen"); puts("[==========] 2 test(s) run.");
    puts("[  PASSED  ] 2 test(s)."); return 0; }
SOURCE
program fails <<'SOURCE'
#include <stdio.h>
int main(void) { puts("the reason"); puts("[  PASSED  ] 1 test(s).");
    puts("[  FAILED  ] 1 test(s), listed below:"); return 1; }
SOURCE
program crashes <<'SOURCE'
#include <stdio.h>
#include <stdlib.h>
int main(void) { puts("[  PASSED  ] 1 test(s)."); fflush(stdout); abort(); }
SOURCE
program silent <<'SOURCE'
int main(void) { return 0; }
SOURCE
program empty <<'SOURCE'
#include <stdio.h>
int main(void) { puts("[  PASSED  ] 0 test(s)."); return 0; }
SOURCE

run ngx_socialcare_module/tools/run_unit.sh "$work/passes"
expect 0 '^passes: \[  PASSED  \] 2 test(s)\.$' "cmocka's closing line shows"
expect 0 '^    seen$' "a line for people shows"
expect 0 '^unit: ok, 2 tests passed in 1 programs' "the last line sums up"

for bad in fails crashes silent empty missing; do
    run ngx_socialcare_module/tools/run_unit.sh "$work/passes" "$work/$bad"
    expect 1 "^unit: FAILED:.* $bad" "a test program that $bad"
done

run ngx_socialcare_module/tools/run_unit.sh "$work/fails"
expect 1 '^the reason$' "the output of a failed program shows"

run ngx_socialcare_module/tools/run_unit.sh
expect 1 'FAILED' "no test program at all"


# run_replay.sh with the driver

mkdir -p "$work/fuzz"

target() {                                # name; source on stdin
    cat > "$work/fuzz_$1.c"
    cc -o "$work/fuzz/fuzz_$1" "$work/fuzz_$1.c" tests/fuzz/replay.c || exit 1
}

target good <<'SOURCE'
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{ return n > 0 && d[0] == 'x' && n == 3; }
SOURCE
target bad <<'SOURCE'
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{ if (n > 0 && d[0] == '{') { abort(); } return 0; }
SOURCE

run ngx_socialcare_module/tools/run_replay.sh "$work" good
expect 0 '^fuzz-replay: good: [1-9][0-9]* inputs$' "a target and its inputs"

run ngx_socialcare_module/tools/run_replay.sh "$work" good bad
expect 1 '^fuzz-replay: FAILED: bad' "a target that crashes"
expect 1 '^.*/fuzz/seeds/' "the input that it crashed on shows"

run ngx_socialcare_module/tools/run_replay.sh "$work" nothing
expect 1 'FAILED' "a target that is not there"

mkdir "$work/empty.d"
run "$work/fuzz/fuzz_good" "$work/empty.d"
expect 1 'no input' "a corpus without inputs"


# run_fuzz.sh: every target has its turn, and one that fails is named

fuzzer() {                                # name, exit status
    printf '#!/bin/sh\necho "stat::number_of_executed_units: 7"\nexit %d\n' \
        "$2" > "$work/fuzz/fuzz_$1"
    chmod +x "$work/fuzz/fuzz_$1"
}

fuzzer one 0
fuzzer two 0
fuzzer three 0
fuzzer broken 1

run ngx_socialcare_module/tools/run_fuzz.sh "$work" 60 one two three
expect 0 '^fuzz: one: 7 runs' "the first target"
expect 0 '^fuzz: two: 7 runs' "the second target"
expect 0 '^fuzz: three: 7 runs' "the third target"
expect 0 '^fuzz: ok, 3 targets, 20 s each$' "what was done"

run ngx_socialcare_module/tools/run_fuzz.sh "$work" 60 one broken two
expect 1 '^fuzz: FAILED: broken (see ' "a target that fails"
expect 1 '^fuzz: two: 7 runs' "those after it run all the same"

run ngx_socialcare_module/tools/run_fuzz.sh "$work" 60
expect 1 'FAILED, no target' "no target to fuzz"


# embed.sh: what comes out of the compiler is the file, byte for byte, except
# for a script's comment lines

printf 'local a = "q" \\n ??= \t&\r\nreturn 1 -- b\n' > "$work/code.lua"
{ echo '-- gone'; cat "$work/code.lua"; echo '  -- gone'; } > "$work/a-b.lua"
printf 'x\000\377"\\\n' > "$work/page.html"

run ngx_socialcare_module/tools/embed.sh scripts "$work/sc_scripts.h" "$work/a-b.lua"
expect 0 '' "a script is embedded"
run ngx_socialcare_module/tools/embed.sh pages "$work/sc_pages.h" "$work/page.html"
expect 0 '' "a page is embedded"

cat > "$work/embedded.c" <<'SOURCE'
#include <stdio.h>
#include "sc_scripts.h"
#include "sc_pages.h"
int main(int argc, char **argv)
{
    (void) argv;
    switch (argc) {
    case 1: fwrite(SC_SCRIPT_A_B_SOURCE, 1,
                   sizeof(SC_SCRIPT_A_B_SOURCE) - 1, stdout); break;
    case 2: fwrite(sc_embedded_page, 1, SC_EMBEDDED_PAGE_SIZE, stdout); break;
    default: puts(SC_SCRIPT_A_B_SHA);
    }
    return 0;
}
SOURCE
run cc -std=c11 -Wall -Wextra -Werror -o "$work/embedded" "$work/embedded.c"
expect 0 '' "the headers compile without a warning"

"$work/embedded" > "$work/out.lua"
run cmp "$work/out.lua" "$work/code.lua"
expect 0 '' "the script comes out as it went in"

"$work/embedded" 1 > "$work/out.html"
run cmp "$work/out.html" "$work/page.html"
expect 0 '' "the page comes out as it went in"

run sh -c '"$1" 1 2 | grep -x "$(openssl dgst -sha1 -r "$2" | cut -c 1-40)"' \
    sh "$work/embedded" "$work/code.lua"
expect 0 '' "the SHA-1 is that of what is sent"

printf '<style>\na\n</style>\n<script>\nb\n</script>\n' > "$work/two.html"
run ngx_socialcare_module/tools/embed.sh pages "$work/two.h" "$work/two.html"
run sh -c 'for text in "\nb\n" "\na\n"; do
    digest=$(printf "$text" | openssl dgst -sha256 -binary | openssl base64)
    grep -F "src '"'"'sha256-$digest'"'"'" "$1" || exit 1; done' sh "$work/two.h"
expect 0 'style-src' "a policy lets a page's own script and style in"

printf '<script>\nb\n</script>\n<script>\nc\n</script>\n' > "$work/two.html"
run ngx_socialcare_module/tools/embed.sh pages "$work/two.h" "$work/two.html"
run sh -c 'for text in "\nb\n" "\nc\n"; do
    digest=$(printf "$text" | openssl dgst -sha256 -binary | openssl base64)
    grep -F " '"'"'sha256-$digest'"'"'" "$1" || exit 1; done' sh "$work/two.h"
expect 0 'script-src' "a policy lets both scripts of a page in"

printf '<script>b</script>\n' > "$work/two.html"
run ngx_socialcare_module/tools/embed.sh pages "$work/two.h" "$work/two.html"
expect 1 'not alone in its line' "a script that shares its line"

link='<link rel="stylesheet" href="a.css">'
printf 'a & \\ b\n' > "$work/a.css"
printf 'c\n' > "$work/c.js"
printf '%s\n<script src="c.js"></script>\n' "$link" > "$work/parts.html"
printf '<style>\na & \\ b\n</style>\n<script>\nc\n</script>\n' \
    > "$work/whole.html"
run ngx_socialcare_module/tools/embed.sh pages "$work/parts.h" "$work/parts.html"
expect 0 '' "a page in several files"
run ngx_socialcare_module/tools/embed.sh pages "$work/whole.h" "$work/whole.html"
run sh -c 'sed "s/whole/parts/g; s/WHOLE/PARTS/g" "$1" | cmp - "$2"' \
    sh "$work/whole.h" "$work/parts.h"
expect 0 '' "is the same as in one"

printf 'a</STYLE >\n' > "$work/a.css"
run ngx_socialcare_module/tools/embed.sh pages "$work/parts.h" "$work/parts.html"
expect 1 'a.css holds a </style' "a part that would end its tag"

rm "$work/a.css"
run ngx_socialcare_module/tools/embed.sh pages "$work/parts.h" "$work/parts.html"
expect 1 'there is no a.css' "a part that is not there"

printf '<p onclick="a">\n' > "$work/two.html"
run ngx_socialcare_module/tools/embed.sh pages "$work/two.h" "$work/two.html"
run grep "script-src 'none'; .*" "$work/two.h"
expect 0 "none" "a page without a script"

touch -d '2001-01-01' "$work/sc_pages.h"
run ngx_socialcare_module/tools/embed.sh pages "$work/sc_pages.h" "$work/page.html"
run sh -c 'find "$1" ! -newermt 2001-01-02 | grep .' sh "$work/sc_pages.h"
expect 0 'sc_pages' "an unchanged header is left alone"

printf 'return 1' > "$work/cut.lua"
run ngx_socialcare_module/tools/embed.sh scripts "$work/x.h" "$work/cut.lua"
expect 1 'does not end with a line break' "a script without last line break"

printf -- '--[[ a\n]]\n' > "$work/long.lua"
run ngx_socialcare_module/tools/embed.sh scripts "$work/x.h" "$work/long.lua"
expect 1 'holds a --' "a comment of several lines"

printf 'a\000\n' > "$work/nul.lua"
run ngx_socialcare_module/tools/embed.sh scripts "$work/x.h" "$work/nul.lua"
expect 1 'holds a NUL' "a script with a NUL"

: > "$work/none.html"
run ngx_socialcare_module/tools/embed.sh pages "$work/x.h" "$work/none.html"
expect 1 'is empty' "an empty page"

run ngx_socialcare_module/tools/embed.sh other "$work/x.h"
expect 1 'scripts or pages' "another kind"


if [ $failed -gt 0 ]; then
    echo "tools: FAILED, $failed of $cases cases"
    exit 1
fi

echo "tools: ok, $cases cases"
