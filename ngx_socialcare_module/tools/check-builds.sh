#!/bin/sh
#
# check-builds.sh DIR (make check-builds): checks that the module builds the way
# nginx's users build modules, by ./configure alone, and that `config` stops
# with a clear message if something is missing.
#
#     dynamic  against the packaged headers, loaded by the packaged nginx
#     static   linked into an nginx built from Debian's source package
#
# The static build uses -O3; a dynamic module for that same nginx is compiled by
# clang: warnings are errors, and each build has its own warnings.
#
# DIR is emptied of earlier builds; the sources are kept.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:?usage: check-builds.sh DIR}
headers=${NGINX_DEV:-/usr/share/nginx/src}
nginx=${NGINX:-/usr/sbin/nginx}
compiler=${CC:-cc}
clang=${CLANG:-clang}
passed=0
failed=0

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

check() {
    what=$1
    shift

    if "$@"; then
        passed=$((passed + 1))
        echo "ok - $what"
    else
        failed=$((failed + 1))
        echo "not ok - $what"
    fi
}

logged() {
    "$@" > "$folder/log" 2>&1 || { tail -n 15 "$folder/log"; return 1; }
}

# A configuration that needs the module; $1 is put in front of it.
write_conf() {
    rm -rf "$folder/prefix"
    mkdir -p "$folder/prefix/logs"
    cat > "$folder/prefix/nginx.conf" << END
$1
error_log stderr notice;
pid nginx.pid;
events { }
http {
    access_log off;
    client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp;
    uwsgi_temp_path temp; scgi_temp_path temp;
    socialcare_zone 1m;
    socialcare_redis unix:$folder/prefix/redis.sock;
    server {
        listen unix:$folder/prefix/socket;
        location /status { socialcare_status; }
    }
}
END
}

loads() {
    logged "$1" -t -p "$folder/prefix/" -c "$folder/prefix/nginx.conf"
}

exports_three() {
    [ -f "$1" ] || return 1
    found=$(nm -D --defined-only "$1" | awk '{ print $3 }' | sort | xargs)
    [ "$found" = "ngx_module_names ngx_module_order ngx_modules" ] \
        || { echo "exported: $found"; return 1; }
}

needs_none_of() {
    [ -f "$1" ] && ! readelf -d "$1" | grep NEEDED | grep -E 'jansson|hiredis|expat'
}


# Dynamic, with only what nginx's documentation says.

fresh() {
    rm -rf "$folder/src"
    cp -R "$headers" "$folder/src" && cd "$folder/src" || return 1
}

configure_dynamic() {
    fresh && ./configure --with-cc="$compiler" --with-compat --with-threads \
        --add-dynamic-module="$top"
}

make_modules() {
    cd "$folder/src" && make -j2 -f objs/Makefile modules
}

module=$folder/src/objs/ngx_socialcare_module.so

check "dynamic: ./configure" logged configure_dynamic
check "dynamic: make modules" logged make_modules
check "dynamic: exports nginx's three symbols only" exports_three "$module"
check "dynamic: carries its libraries" needs_none_of "$module"
write_conf "load_module $module;"
check "dynamic: the packaged nginx loads it" loads "$nginx"

# An edited header is noticed: without depfiles, every object depends on it.
rebuilds() {
    cd "$folder/src" && [ -f objs/addon/core/sc_str.o ] || return 1
    touch -d '2000-01-01' objs/addon/core/sc_str.o
    make -n -f objs/Makefile modules | grep -q 'core/sc_str\.o'
}

check "dynamic: an old object is compiled again" rebuilds


# If a library is missing, ./configure stops and names its package.

cat > "$folder/cc" << END
#!/bin/sh
# A compiler on a machine that lacks \$SC_MISSING.
for argument in "\$@"; do
    case \$argument in
    *autotest.c) grep -q "\$SC_MISSING" "\$argument" && exit 1 ;;
    esac
done
exec $compiler "\$@"
END
chmod +x "$folder/cc"

stops_with() {
    SC_MISSING=$1
    export SC_MISSING
    fresh || return 1

    if ./configure --with-cc="$folder/cc" --with-compat --with-threads \
        --add-dynamic-module="$top" > "$folder/log" 2>&1
    then
        echo "./configure went on"
        return 1
    fi

    grep "install the package $2" "$folder/log" \
        || { tail -n 5 "$folder/log"; return 1; }
}

check "no jansson: a sentence" stops_with jansson.h libjansson-dev
check "no hiredis: a sentence" stops_with hiredis/hiredis.h libhiredis-dev
check "no expat: a sentence" stops_with expat.h libexpat1-dev
check "old OpenSSL: a sentence" stops_with OPENSSL_VERSION_NUMBER libssl-dev

without_threads() {
    fresh || return 1
    ! ./configure --with-cc="$compiler" --with-compat \
        --add-dynamic-module="$top" > "$folder/log" 2>&1 \
        && grep -e '--with-threads' "$folder/log"
}

check "no thread pools: a sentence" without_threads

# An archive that was not compiled for shared objects: the .so is used.

cat > "$folder/cc" << END
#!/bin/sh
case "\$*" in
*-print-file-name=libjansson.a*) echo libjansson.a; exit 0 ;;
esac
exec $compiler "\$@"
END

falls_back() {
    fresh && ./configure --with-cc="$folder/cc" --with-compat --with-threads \
        --add-dynamic-module="$top" > "$folder/log" 2>&1 || return 1
    grep 'jansson, shared \.\.\. found' "$folder/log"
}

check "no static jansson: the shared one is taken" falls_back


# Static: nginx with the module linked in.

if source=$(sh "$top/ngx_socialcare_module/tools/nginx-source.sh" "$folder/source"); then
    build_static() {
        cd "$source" && rm -rf objs && ./configure --with-cc="$compiler" \
            --with-cc-opt=-O3 \
            --with-threads --with-http_ssl_module --add-module="$top" \
            && make -j2 -f objs/Makefile binary
    }

    check "static: ./configure and make, -O3" logged build_static
    write_conf ""
    check "static: knows the directives" loads "$source/objs/nginx"

    command -v "$clang" > /dev/null || { echo "no clang: $compiler instead"
        clang=$compiler; }

    build_both() {
        cd "$source" && rm -rf objs && ./configure --with-cc="$clang" \
            --with-compat --with-threads --with-http_ssl_module \
            --add-dynamic-module="$top" \
            && make -j2 -f objs/Makefile binary modules
    }

    check "own nginx: ./configure and make, $clang" logged build_both
    write_conf "load_module $source/objs/ngx_socialcare_module.so;"
    check "own nginx: loads its module" loads "$source/objs/nginx"
else
    echo "skipped: static (no sources of nginx)"
fi

rm -f "$folder/cc"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
