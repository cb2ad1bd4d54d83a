#!/bin/sh
#
# lint.sh: the gates that every commit passes.
#
#     lint.sh                    all gates over the sources
#     lint.sh GATE ...           only these (names below)
#     lint.sh --objects LIB.a    gates over the compiled core
#     lint.sh --self-test        shows that each gate can fail
#
# Gates over sources:
#     layers     the core knows neither nginx nor hiredis, and a folder
#                includes only from those below it
#     calls      the core calls nothing that allocates, waits, logs, aborts or
#                asks for time, randomness or the environment
#     banned     unbounded and process-wide functions, anywhere
#     form       tabs, trailing blanks, 80 columns, line ends, // comments,
#                opening comment, length of core files, top-level layout
#     spacing    blanks between tokens, by clang-format
#     cppcheck, tidy   on the core, where installed
#
# Gates over objects:
#     symbols    what the core's objects need from outside
#     globals    writable data in the core
#
# clang-format 14 cannot express nginx's style: parameter lists that continue
# with four blanks in definitions but align in calls, `if` conditions whose
# brace moves to its own line, tables in columns, two blanks behind a macro's
# name.  So its output is not compared as it is: spacing.awk compares
# where blanks stand between tokens, and `form` checks the rest by itself.

set -u

LC_ALL=C
export LC_ALL

top=$(cd "$(dirname "$0")/../.." && pwd)
root=${LINT_ROOT:-$top}
tools=$(cd "$(dirname "$0")" && pwd)
source_gates="layers calls banned form spacing cppcheck tidy"
core_folders="core verify platforms mention insight queue spool status"
problems=0

work=$(mktemp -d "${TMPDIR:-/tmp}/socialcare-lint.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

cd "$root" || exit 1


report() {
    echo "lint: $1: $2"
    problems=$((problems + 1))
}

# Reports each line that a search printed.
report_lines() {
    while IFS= read -r line; do
        report "$1" "$line"
    done
}

core_files() {
    for folder in $core_folders; do
        find "ngx_socialcare_module/$folder" -name '*.[ch]' 2>/dev/null
    done | sort
}

all_files() {
    find ngx_socialcare_module tests -name '*.[ch]' 2>/dev/null | sort
}

# search GATE PATTERN WHY FILE: in the code, not in comments or strings.
search() {
    awk -f "$tools/strip_c.awk" "$4" | grep -nE "$2" > "$work/found"

    sed "s|^\([0-9]*\):.*|$4:\1: $3|" "$work/found" > "$work/lines"
    report_lines "$1" < "$work/lines"
}


# What a folder may include: itself, and the folders below it.
allowed_folders() {
    case $1 in
    core)      echo "core" ;;
    mention)   echo "mention core" ;;
    verify)    echo "verify core" ;;
    platforms) echo "platforms verify mention core" ;;
    insight)   echo "insight core" ;;
    queue)     echo "queue mention core" ;;
    spool)     echo "spool queue mention core" ;;
    status)    echo "status insight core" ;;
    esac
}

# Libraries by folder.  jansson is for what lies off the callback's way.
allowed_libraries() {
    case $1 in
    core)      echo "zlib\.h" ;;
    verify)    echo "openssl/.* jansson\.h expat\.h" ;;
    platforms) echo "jansson\.h expat\.h" ;;
    status)    echo "jansson\.h" ;;
    esac
}

# Made by embed.sh: these folders alone use them.
allowed_generated() {
    case $1 in
    queue)  echo "sc_scripts.h" ;;
    status) echo "sc_pages.h" ;;
    esac
}

folder_of_header() {
    for folder in $core_folders; do
        if [ -f "ngx_socialcare_module/$folder/$1" ]; then
            echo "$folder"
            return
        fi
    done
}

check_include() {                         # file folder header
    owner=$(folder_of_header "$3")

    case " $(allowed_generated "$2") " in
    *" $3 "*) return ;;
    esac

    case $3 in
    */*) owner= ;;
    esac

    if [ -z "$owner" ]; then
        report layers "$1: \"$3\" is no header of the core"
        return
    fi

    case " $(allowed_folders "$2") " in
    *" $owner "*) ;;
    *) report layers "$1: $2/ must not include $owner/ ($3)" ;;
    esac
}

gate_layers() {
    std='assert|ctype|errno|float|inttypes|limits|math|stdalign|stdarg'
    std="$std|stdbool|stddef|stdint|string|stdlib"
    simd='sys/auxv|immintrin|emmintrin|nmmintrin|smmintrin|tmmintrin|arm_neon|arm_acle'

    for file in $(core_files); do
        folder=${file#ngx_socialcare_module/}
        folder=${folder%%/*}

        search layers '(^|[^A-Za-z0-9_])(ngx_|NGX_|redis[A-Z])' \
            "the core knows neither nginx nor hiredis" "$file"

        awk -f "$tools/strip_c.awk" "$file" > "$work/code"

        sed -n 's/^ *# *include *"\([^"]*\)".*/\1/p' "$work/code" \
            > "$work/own"
        while read -r header; do
            check_include "$file" "$folder" "$header"
        done < "$work/own"

        sed -n 's/^ *# *include *<\([^>]*\)>.*/\1/p' "$work/code" \
            > "$work/foreign"
        while read -r header; do
            echo "$header" | grep -qxE "($std|$simd)\.h" && continue

            for library in $(allowed_libraries "$folder"); do
                echo "$header" | grep -qx "$library" && continue 2
            done

            report layers "$file: $folder/ must not include <$header>"
        done < "$work/foreign"
    done

    # hiredis is met in two files of the glue at most.
    users=$(grep -lE '^ *# *include.*hiredis' \
        $(find ngx_socialcare_module -name '*.[ch]') /dev/null 2>/dev/null)
    if [ "$(echo "$users" | grep -c .)" -gt 2 ]; then
        report layers "hiredis is included by more than two files:" $users
    fi
}


# Secrets own memory of their own (sc_secret.h), made at configuration time.
may_allocate() {
    case $1 in
    ngx_socialcare_module/verify/sc_secret*.c) return 0 ;;
    *) return 1 ;;
    esac
}

called='(^|[^A-Za-z0-9_>.])'

gate_calls() {
    time="time|clock|clock_gettime|gettimeofday|localtime|gmtime|mktime"
    time="$time|nanosleep|usleep|sleep|rand|random|arc4random|RAND_bytes"
    io="[fsvd]*n?printf|puts|fputs|perror|fopen|open|read|write|close|socket"
    io="$io|connect|send|recv|poll|select|getenv|secure_getenv|syslog"
    end="assert|abort|exit|_exit|signal|raise|longjmp|setjmp"
    memory="malloc|calloc|realloc|free|strdup|strndup|alloca"
    memory="$memory|OPENSSL_malloc|OPENSSL_zalloc|OPENSSL_free"

    for file in $(core_files); do
        search calls "$called($time) *\\(" \
            "time and randomness are arguments" "$file"
        search calls "$called($io) *\\(" "the core does no I/O" "$file"
        search calls "$called($end) *\\(" "the core never ends" "$file"

        may_allocate "$file" || search calls "$called($memory) *\\(" \
            "memory comes from an arena or the caller" "$file"
    done
}


gate_banned() {
    unbounded="sprintf|vsprintf|strcpy|stpcpy|strcat|gets|strtok|alloca"
    unbounded="$unbounded|ngx_sprintf|atoi|atol|atoll|sscanf|tmpnam|mktemp"
    global="setlocale|umask|srand|json_set_alloc_funcs|json_object_seed"
    global="$global|hiredisSetAllocators|putenv|setenv|unsetenv"

    for file in $(all_files); do
        search banned "$called($unbounded) *\\(" \
            "unbounded, or cannot tell an error" "$file"
        search banned "$called($global) *\\(" \
            "changes the whole process" "$file"
    done
}


core_max_lines=600

# What a line or a file can show; 80 columns count characters, not bytes.
gate_form() {
    for file in $(all_files); do
        awk -v file="$file" '
            function say(what) { printf "%s:%d: %s\n", file, NR, what }

            /\t/        { say("a tab") }
            /[ \r]$/    { say("a blank or CR at the end") }
            $0 != "" && !opened {
                opened = 1
                if ($0 !~ /^\/\*/) {
                    say("does not open with a comment")
                }
            }

            {
                width = $0
                gsub(/[\200-\277]/, "", width)
                if (length(width) > 80) {
                    say("more than 80 columns")
                }
            }

            $0 == "" { empty++; next }

            empty > 2 { say("more than two empty lines") }

            last == "}" && !/^#/ && empty != 2 {
                say("two empty lines stand behind a function")
            }

            /^ +\} else/ && empty == 0 && last !~ /^#/ {
                say("an empty line stands before } else")
            }

            /^[a-z].*\) *\{$/ && !/=/ {
                say("the brace of a function stands on its own line")
            }

            # head is the last line at column 0 that opens a parameter list.
            /^\{$/ && head ~ /^[a-z_0-9]+[ *].*\(/ {
                say("the return type of a definition stands on its own line")
            }

            /^[a-z_].*\(/ { head = $0 }
            /^[^ {]/ && !/\(/ { head = "" }

            {
                empty = 0
                last = $0
            }
        ' "$file" > "$work/lines"
        report_lines form < "$work/lines"

        search form '//' "comments are /* */" "$file"

        if [ -s "$file" ] && [ "$(tail -c 1 "$file" | od -An -tu1)" -ne 10 ]
        then
            report form "$file: no line break at the end"
        fi
    done

    for file in $(core_files); do
        lines=$(($(wc -l < "$file")))
        if [ "$lines" -gt $core_max_lines ]; then
            report form "$file: $lines lines, more than $core_max_lines"
        fi
    done
}


gate_spacing() {
    if ! command -v clang-format >/dev/null 2>&1; then
        echo "lint: spacing: clang-format is not installed, not checked"
        return
    fi

    for file in $(all_files); do
        clang-format --style="file:$top/.clang-format" "$file" \
            > "$work/formatted" || report spacing "$file: clang-format failed"
        awk -f "$tools/spacing.awk" "$file" "$work/formatted" > "$work/lines"
        report_lines spacing < "$work/lines"
    done
}


include_flags() {
    for folder in $core_folders; do
        printf '%s ' "-Ingx_socialcare_module/$folder"
    done
    printf '%s ' "-I${SC_GENERATED:-build/generated}"
}

gate_cppcheck() {
    if ! command -v cppcheck >/dev/null 2>&1; then
        echo "lint: cppcheck: not installed, not checked"
        return
    fi

    # Unused functions: the core is a library.  normalCheckLevel and system
    # headers: notes about cppcheck, not about the code.
    cppcheck --quiet --std=c11 --enable=warning,performance,portability \
        --inline-suppr --suppress=missingIncludeSystem \
        --suppress=normalCheckLevelMaxBranches --error-exitcode=0 \
        --template='{file}:{line}: {id}: {message}' $(include_flags) \
        $(core_files | grep '\.c$') > "$work/lines" 2>&1
    report_lines cppcheck < "$work/lines"
}

tidy_checks="-*,bugprone-*,clang-analyzer-*,cert-*"
# Adjacent parameters of one type, short names, and reserved identifiers say
# nothing in C; memcpy_s does not exist here; assignments in conditions are
# found by -Wall; casts of what is known to fit are this code's way.
tidy_checks="$tidy_checks,-bugprone-easily-swappable-parameters"
tidy_checks="$tidy_checks,-bugprone-reserved-identifier,-cert-dcl37-c"
tidy_checks="$tidy_checks,-cert-dcl51-cpp,-bugprone-branch-clone"
tidy_checks="$tidy_checks,-clang-analyzer-security.insecureAPI"
tidy_checks="$tidy_checks.DeprecatedOrUnsafeBufferHandling"
# Strings are counted, so nothing is terminated; products of constants fit.
tidy_checks="$tidy_checks,-bugprone-not-null-terminated-result"
tidy_checks="$tidy_checks,-bugprone-implicit-widening-of-multiplication-result"

gate_tidy() {
    if ! command -v clang-tidy >/dev/null 2>&1; then
        echo "lint: tidy: clang-tidy is not installed, not checked"
        return
    fi

    core_files | grep '\.c$' \
        | xargs -P 2 -n 8 sh -c 'flags=$1; checks=$2; shift 2
            for file; do
                clang-tidy --quiet --checks="$checks" "$file" -- $flags \
                    2>/dev/null
            done' sh "-std=c11 $(include_flags)" "$tidy_checks" \
        | grep -E '(warning|error):' | sed "s|^$root/||" | sort -u \
        > "$work/lines"
    report_lines tidy < "$work/lines"
}


# The linker's view: no macro and no header can hide a call from it.
gate_symbols() {                          # archive
    never='malloc|calloc|realloc|free|strdup|strndup|abort|exit|_exit'
    never="$never|__assert_fail|time|clock|clock_gettime|gettimeofday"
    never="$never|localtime.*|gmtime.*|rand|random|srand|getenv"
    never="$never|secure_getenv|.*printf(_chk)?|puts|putchar|fopen|open"
    never="$never|read|write|close|socket|connect|send|recv|poll|select"
    never="$never|str(n)?(cpy|cat)|__str(n)?(cpy|cat)_chk|ngx_.*|redis.*"
    never="$never|CRYPTO_(malloc|zalloc|free).*|RAND_.*"

    nm -A -u "$1" | awk '{ print $1, $NF }' | while read -r where symbol; do
        object=$(echo "$where" | cut -d: -f2)

        case $object:$symbol in
        sc_secret*:malloc | sc_secret*:calloc | sc_secret*:free) continue ;;
        sc_secret*:realloc | sc_secret*:CRYPTO_*) continue ;;
        esac

        if echo "$symbol" | grep -qxE "$never"; then
            echo "$object needs $symbol"
        fi
    done > "$work/lines"
    report_lines symbols < "$work/lines"

    nm -A -g --defined-only "$1" | awk '$NF !~ /^sc_/ {
        print $1, "exports", $NF }' > "$work/lines"
    report_lines symbols < "$work/lines"
}

gate_globals() {                          # archive
    objdump -t "$1" | awk '
        /file format/ { object = $1; sub(/:$/, "", object) }

        # Constant tables of pointers lie in .data.rel.ro; sections and
        # what the sanitizers or coverage add are not ours.
        / (\.data|\.bss|\.tbss|\.tdata|\*COM\*)(\.[^r][^ ]*)?\t/ \
            && $NF !~ /^\./ && $NF !~ /^_/ {
            print object, "keeps", $NF
        }' > "$work/lines"
    report_lines globals < "$work/lines"
}


# Self-test: a small clean tree, then one violation at a time.

# Counts in files: planting happens in subshells.
judge() {                                 # gate what exit-code
    echo "$1: $2" >> "$work/planted.log"

    if [ "$3" -eq 0 ]; then
        echo "lint: self-test: $1 did not see: $2"
        echo "$1: $2" >> "$work/unseen.log"

    elif ! grep -q "^lint: $1: " "$work/said"; then
        echo "lint: self-test: $1 failed for another reason at: $2"
        cat "$work/said"
        echo "$1: $2" >> "$work/unseen.log"
    fi
}

plant() {                                 # gate what file; source on stdin
    rm -rf "$work/tree"
    cp -r "$work/clean" "$work/tree"
    cat > "$work/tree/$3"

    LINT_ROOT="$work/tree" "$0" "$1" > "$work/said" 2>&1
    judge "$1" "$2" $?
}

# plant_code GATE WHAT FILE: a clean file with the given lines in a function.
plant_code() {
    {
        clean_source
        printf '\n\nint\nsc_planted(int a)\n{\n'
        cat
        printf '\n    return a;\n}\n'
    } > "$work/planted"
    plant "$1" "$2" "$3" < "$work/planted"
}

plant_top() {
    {
        clean_source
        printf '\n\n'
        cat
    } > "$work/planted"
    plant "$1" "$2" "$3" < "$work/planted"
}

clean_source() {
    cat <<'SOURCE'
/*
 * Clean: ngx_str_t, malloc() and sprintf() in a comment are no violation.
 */

#include <stddef.h>


static const char *const sc_clean_names[] = { "strcpy(a, b)", "// no" };


const char *sc_clean(size_t at);


const char *
sc_clean(size_t at)
{
    return at < 2 ? sc_clean_names[at] : "ngx_";
}
SOURCE
}

clean_tree() {
    for folder in $core_folders nginx; do
        mkdir -p "$work/clean/ngx_socialcare_module/$folder"
        clean_source > "$work/clean/ngx_socialcare_module/$folder/sc_$folder.c"
        printf '/* A header. */\n\nint sc_%s_value(void);\n' "$folder" \
            > "$work/clean/ngx_socialcare_module/$folder/sc_$folder.h"
    done

    mkdir -p "$work/clean/tests/unit"
    clean_source > "$work/clean/tests/unit/test_clean.c"
}

plant_object() {                          # gate what; source on stdin
    cat > "$work/object.c"
    cc -O0 -c -o "$work/sc_object.o" "$work/object.c" || exit 1
    rm -f "$work/object.a"
    ar rcs "$work/object.a" "$work/sc_object.o"

    "$0" --objects "$work/object.a" > "$work/said" 2>&1
    judge "$1" "$2" $?
}

plant_sources() {
    m=ngx_socialcare_module

    echo '    ngx_time();' | plant_code layers "a call of nginx" $m/core/sc_a.c
    echo '    redisConnect();' \
        | plant_code layers "a call of hiredis" $m/queue/sc_a.c

    while read -r folder header; do
        echo "#include \"$header\"" \
            | plant_top layers "$folder includes $header" $m/"$folder"/sc_a.c
    done <<'PAIRS'
core sc_mention.h
mention sc_verify.h
verify sc_platforms.h
platforms sc_queue.h
insight sc_mention.h
queue sc_spool.h
spool sc_verify.h
status sc_queue.h
core sc_nginx.h
core ../verify/sc_verify.h
core sc_scripts.h
PAIRS

    while read -r folder header; do
        echo "#include <$header>" \
            | plant_top layers "$folder includes $header" $m/"$folder"/sc_a.c
    done <<'PAIRS'
core stdio.h
core time.h
core sys/socket.h
core jansson.h
mention openssl/evp.h
queue hiredis/hiredis.h
insight expat.h
PAIRS

    for file in a b c; do
        echo '#include <hiredis/hiredis.h>' \
            > "$work/clean/$m/nginx/ngx_$file.h"
    done
    echo '#include <hiredis/hiredis.h>' \
        | plant_top layers "hiredis in a third file" $m/nginx/ngx_d.c
    rm -f "$work/clean/$m/nginx/"ngx_*.h

    for call in 'time(NULL)' 'clock_gettime(0, 0)' 'rand()' 'printf("")' \
        'snprintf(0, 0, "")' 'fopen("", "")' 'getenv("A")' 'abort()' \
        'assert(a)' 'malloc(1)' 'free(0)' 'OPENSSL_malloc(1)'
    do
        echo "    $call;" | plant_code calls "$call" $m/spool/sc_a.c
    done

    for call in 'sprintf(0, "")' 'strcpy(0, 0)' 'strcat(0, 0)' 'atoi("")' \
        'ngx_sprintf(0, "")' 'setlocale(0, "")' 'umask(0)' 'srand(1)'
    do
        echo "    $call;" | plant_code banned "$call" $m/nginx/ngx_a.c
        echo "    $call;" | plant_code banned "$call" tests/unit/a.c
    done

    printf '\ta = 1;\n' | plant_code form "a tab" $m/core/sc_a.c
    printf '    a = 1; \n' | plant_code form "a trailing blank" $m/core/sc_a.c
    printf '    a = 1;\r\n' | plant_code form "a CR" $m/nginx/ngx_a.c
    printf '    a = 1;  // why\n' | plant_code form "//" $m/core/sc_a.c
    printf '    a = %077d;\n' 1 | plant_code form "84 columns" $m/core/sc_a.c
    printf '    a = 1;\n\n\n\n' | plant_code form "three empty lines" \
        $m/core/sc_a.c
    printf 'int a;\n' | plant form "no opening comment" $m/core/sc_a.c
    printf '/* a */\nint a;' | plant form "no last line break" $m/core/sc_a.c
    printf '    if (a) {\n        a = 1;\n    } else {\n    }\n' \
        | plant_code form "no empty line before } else" $m/core/sc_a.c
    printf 'int\nsc_b(void)\n{\n}\n\nint sc_c;\n' \
        | plant_top form "one empty line behind a function" $m/core/sc_a.c
    printf 'int sc_b(void)\n{\n    return 1;\n}\n' \
        | plant_top form "return type on the name's line" $m/core/sc_a.c
    printf 'int\nsc_b(void) {\n    return 1;\n}\n' \
        | plant_top form "brace on the name's line" $m/core/sc_a.c
    awk 'BEGIN { for (i = 0; i < 600; i++) print "int sc_a" i ";" }' \
        | plant_top form "a long core file" $m/core/sc_a.c

    if command -v clang-format >/dev/null 2>&1; then
        for line in 'if(a) {}' 'a=1;' 'a = (int)1;' 'a = sc_b (1);' \
            'a = b ;' 'int* p;' 'a = b[ 1 ];' 'a = f(1,2);'
        do
            echo "    $line" | plant_code spacing "$line" $m/core/sc_a.c
        done
    fi

    if command -v cppcheck >/dev/null 2>&1; then
        printf '    int b[2];\n    b[2] = a;\n    a = b[1];\n' \
            | plant_code cppcheck "an index out of bounds" $m/core/sc_a.c
    fi

    if command -v clang-tidy >/dev/null 2>&1; then
        printf '    int *b = NULL;\n    if (a > 0) {\n        *b = a;\n    }\n' \
            | plant_code tidy "a null pointer" $m/core/sc_a.c
    fi
}

plant_objects() {
    echo 'void *malloc(unsigned long); void *sc_a(void) { return malloc(1); }' \
        | plant_object symbols "malloc"
    echo 'int printf(const char *, ...); int sc_a(void) { return printf("%d", 1); }' \
        | plant_object symbols "printf"
    echo 'void ngx_a(void); void sc_a(void) { ngx_a(); }' \
        | plant_object symbols "ngx_"
    echo 'void other(void) { }' | plant_object symbols "a foreign name"
    echo 'int sc_a = 1;' | plant_object globals "a variable"
    echo 'int sc_b(void) { static int a; return ++a; } ' \
        | plant_object globals "a static variable in a function"
    echo '_Thread_local int sc_a;' | plant_object globals "a thread variable"
}

self_test() {
    : > "$work/planted.log"
    : > "$work/unseen.log"
    clean_tree

    if ! LINT_ROOT="$work/clean" "$0" > "$work/said" 2>&1; then
        echo "lint: self-test: the clean tree is refused"
        cat "$work/said"
        exit 1
    fi

    plant_sources
    plant_objects

    planted=$(($(wc -l < "$work/planted.log")))
    unseen=$(($(wc -l < "$work/unseen.log")))

    # Every gate has been tried.
    for gate in $source_gates symbols globals; do
        case $gate in
        spacing) tool=clang-format ;;
        cppcheck) tool=cppcheck ;;
        tidy) tool=clang-tidy ;;
        *) tool=sh ;;
        esac

        if command -v $tool >/dev/null 2>&1 \
            && ! grep -q "^$gate: " "$work/planted.log"
        then
            echo "lint: self-test: nothing was planted for $gate"
            unseen=$((unseen + 1))
        fi
    done

    if [ $unseen -gt 0 ]; then
        echo "lint: self-test: FAILED, $unseen of $planted not seen"
        exit 1
    fi

    echo "lint: self-test: ok, $planted violations planted and seen"
    exit 0
}


case ${1-} in
--self-test)
    self_test
    ;;

--objects)
    gates="symbols globals"
    gate_symbols "$2"
    gate_globals "$2"
    ;;

*)
    gates=${*:-$source_gates}
    for gate in $gates; do
        case $gate in
        layers | calls | banned | form | spacing | cppcheck | tidy)
            gate_$gate
            ;;
        *)
            report usage "there is no gate $gate"
            ;;
        esac
    done
    ;;
esac

if [ $problems -gt 0 ]; then
    echo "lint: FAILED, $problems problems ($gates)"
    exit 1
fi

echo "lint: ok ($gates)"
