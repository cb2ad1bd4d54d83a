#!/bin/sh
#
# run.sh (make run): installs what is missing, builds the module and runs it
# in a folder of its own with a Redis of its own; sends a few signed sample
# callbacks, shows what a worker would get, and stays until Ctrl-C.
#
# Nothing outside build/run is touched, no system service is used.
#
#     SC_RUN_ONCE=1  exit after the demonstration
#     SC_PORT=8080   first port that is tried

set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"

fail() {
    echo "run: $1" >&2
    exit 1
}

sh ngx_socialcare_module/tools/bootstrap.sh run
make --no-print-directory module


# The folder.  A unix socket's path is limited to 107 bytes.

mkdir -p build/run
folder=$(mktemp -d "$top/build/run/XXXXXX")
short=$folder

if [ ${#folder} -gt 80 ]; then
    short=$(mktemp -d /tmp/socialcare-XXXXXX)
fi

socket=$short/redis.sock
nginx_pid=
redis_pid=
helper=

# wait_until SECONDS COMMAND...
wait_until() {
    tries=$(($1 * 10))
    shift

    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

# Gone, or a zombie that waits to be reaped.
gone() {
    case $(ps -o stat= -p "$1" 2>/dev/null) in
    ''|Z*) return 0 ;;
    *)     return 1 ;;
    esac
}

# comes_up NAME PID COMMAND...: waits until the command succeeds while the
# process lives; otherwise shows what the servers said.
comes_up() {
    name=$1
    pid=$2
    tries=100
    shift 2

    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))

        if [ $tries = 0 ] || gone "$pid"; then
            cat "$folder"/logs/*.log >&2 || :
            fail "$name did not start"
        fi

        sleep 0.1
    done
}

# leave PID SIGNAL: ends a process of ours and waits for it.
leave() {
    [ -n "$1" ] || return 0
    kill -s "$2" "$1" 2>/dev/null || return 0

    if ! wait_until 10 gone "$1"; then
        echo "run: process $1 did not exit and is killed" >&2
        kill -s KILL "$1" 2>/dev/null || :
        return 1
    fi
}

# nginx first: it may still have something for Redis.
end() {
    status=$?
    trap - EXIT HUP INT TERM
    [ -z "$helper" ] || kill "$helper" 2>/dev/null || :
    leave "$nginx_pid" QUIT || status=1
    leave "$redis_pid" TERM || status=1
    [ "$short" = "$folder" ] || rm -rf "$short"

    if grep -E '\[(alert|emerg)\]' "$folder/logs/error.log" 2>/dev/null; then
        status=1
    fi

    if [ "$status" = 0 ]; then
        echo "run: nginx and Redis have ended; logs in $folder"
    else
        echo "run: ended with errors; see $folder/logs" >&2
    fi
    exit "$status"
}

# Ending on a signal that the user sent is a success.
trap end EXIT
trap 'exit 129' HUP
trap 'exit 0' INT TERM


free_port() {
    perl -MIO::Socket::INET -e '
        my $first = $ARGV[0] =~ /^0*([1-9]\d{0,4})$/ ? $1 : exit 1;
        for my $port (grep { $_ < 65536 } $first .. $first + 200) {
            IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1,
                LocalPort => $port, ReuseAddr => 1) or next;
            print $port;
            exit 0;
        }
        exit 1;' "$1"
}

random() {
    openssl rand -hex 16
}

first=${SC_PORT:-8080}
port=$(free_port "$first") \
    || fail "no free port from $first on; SC_PORT=NUMBER says where to look"


# Redis, in its own session: Ctrl-C reaches only this script, which stops both
# servers in order.

mkdir -p "$folder/logs" "$folder/modules" "$folder/conf/secrets" \
    "$folder/redis" "$folder/temp"

cat > "$folder/redis.conf" << END
port 0
unixsocket $socket
unixsocketperm 700
dir $folder/redis
logfile $folder/logs/redis.log
appendonly yes
save ""
daemonize no
END

setsid redis-server "$folder/redis.conf" \
    >> "$folder/logs/stderr.log" 2>&1 < /dev/null &
redis_pid=$!

redis() {
    redis-cli -s "$socket" "$@"
}

comes_up Redis "$redis_pid" redis ping


# nginx, with the sample configuration unchanged except for two addresses and
# the folders in which packaged nginx would put its temporary files.

ln -s "$top/build/ngx_socialcare_module.so" "$folder/modules/"

meta_secret=$(random)
verify_token=$(random)

(
    umask 077
    printf '%s' "$meta_secret" > "$folder/conf/secrets/meta"
    printf '%s' "$verify_token" > "$folder/conf/secrets/meta-verify-token"
)

sed -e "s|redis://127.0.0.1:6379|unix:$socket|" \
    -e "s|listen 127.0.0.1:8080|listen 127.0.0.1:$port|" \
    -e "s|^http {|&\n    client_body_temp_path temp/body;\
\n    proxy_temp_path temp/proxy;\n    fastcgi_temp_path temp/fastcgi;\
\n    uwsgi_temp_path temp/uwsgi;\n    scgi_temp_path temp/scgi;|" \
    conf/socialcare-minimal.conf > "$folder/conf/nginx.conf"

nginx=${NGINX:-/usr/sbin/nginx}
globals='daemon off;'

# Started by root, workers would run as www-data, who may not see this folder.
if [ "$(id -u)" = 0 ]; then
    globals="$globals user root;"
fi

setsid "$nginx" -p "$folder/" -c "$folder/conf/nginx.conf" \
    -e "$folder/logs/error.log" -g "$globals" \
    >> "$folder/logs/stderr.log" 2>&1 < /dev/null &
nginx_pid=$!

url=http://127.0.0.1:$port

# Another server that was quicker to take the port would answer as well; nginx
# writes its pid once it has the port.
nginx_answers() {
    [ -s "$folder/logs/nginx.pid" ] && curl -s -o /dev/null "$url/care"
}

comes_up nginx "$nginx_pid" nginx_answers


# Callbacks, signed as the platforms sign them.

hmac_sha256() {
    printf '%s' "$1" | openssl dgst -sha256 -hmac "$2" -r | cut -d ' ' -f 1
}

# send NAME PATH BODY HEADER...
send() {
    name=$1
    path=$2
    body=$3
    shift 3
    number=$#

    while [ "$number" -gt 0 ]; do
        set -- "$@" -H "$1"
        shift
        number=$((number - 1))
    done

    code=$(curl -s -o /dev/null -w '%{http_code}' -X POST \
        -H 'Content-Type: application/json' "$@" --data-binary "$body" \
        "$url$path") || code=none

    echo "  $name: $code"
    [ "$code" = "$expected" ] || fail "$name: expected $expected"
}

now=$(date +%s)

comment() {
    printf '{"object":"page","entry":[{"id":"104200990001234","time":%s,' "$now"
    printf '"changes":[{"field":"feed","value":{"item":"comment",'
    printf '"verb":"add","post_id":"104200990001234_588",'
    printf '"parent_id":"104200990001234_588","comment_id":"588_%s",' "$1"
    printf '"from":{"id":"7203%s","name":"%s"},"message":"%s",' "$1" "$2" "$3"
    printf '"created_time":%s}}]}]}' "$now"
}

whatsapp_message() {
    printf '{"object":"whatsapp_business_account","entry":[{"id":"102",'
    printf '"changes":[{"field":"messages","value":{'
    printf '"messaging_product":"whatsapp","metadata":{'
    printf '"display_phone_number":"4930555010001",'
    printf '"phone_number_id":"106000999888777"},"contacts":[{'
    printf '"profile":{"name":"Cem"},"wa_id":"4915550001"}],"messages":[{'
    printf '"from":"4915550001","id":"wamid.%s","timestamp":"%s",' "$now" "$now"
    printf '"type":"text","text":{"body":"%s"}}]}}]}]}' "$1"
}

echo
echo "Sending sample callbacks:"
expected=200

for person in '1 Ada My router is off since noon' '2 Bo Where is my invoice?'; do
    rest=${person#* }
    body=$(comment "${person%% *}" "${rest%% *}" "${rest#* }")
    send "Facebook comment of ${rest%% *}" /hooks/facebook "$body" \
        "X-Hub-Signature-256: sha256=$(hmac_sha256 "$body" "$meta_secret")"
done

send "the same again (counted once)" /hooks/facebook "$body" \
    "X-Hub-Signature-256: sha256=$(hmac_sha256 "$body" "$meta_secret")"

body=$(whatsapp_message 'Is the shop open on Sunday?')
send "WhatsApp message of Cem" /hooks/whatsapp "$body" \
    "X-Hub-Signature-256: sha256=$(hmac_sha256 "$body" "$meta_secret")"

expected=401
send "a forged comment (refused)" /hooks/facebook "$body" \
    "X-Hub-Signature-256: sha256=$(hmac_sha256 "$body" wrong)"


# What a worker does: read one mention from the group, acknowledge it.

queue='{care:default/0}:q:mentions'

echo
echo "In Redis (redis-cli -s $socket):"
echo "> XLEN $queue"
redis XLEN "$queue"
[ "$(redis XLEN "$queue")" = 3 ] || fail "expected 3 mentions"
echo "> XREADGROUP GROUP workers demo COUNT 1 STREAMS $queue >"
taken=$(redis XREADGROUP GROUP workers demo COUNT 1 STREAMS "$queue" '>')
echo "$taken"
id=$(echo "$taken" | sed -n 2p)
echo "> XACK $queue workers $id"
redis XACK "$queue" workers "$id"
redis XDEL "$queue" "$id" >/dev/null

curl -s -f -o "$folder/status.json" "$url/care?format=json" \
    || fail "the status endpoint does not answer"

cat << END

socialcare runs.

  Webhook, Facebook   $url/hooks/facebook
  Webhook, WhatsApp   $url/hooks/whatsapp
  Status page         $url/care?format=html
  Status, JSON        $url/care?format=json
  Status, Prometheus  $url/care?format=prometheus
  Secrets and logs    $folder

END

if [ -n "${SC_RUN_ONCE:-}" ]; then
    echo "run: SC_RUN_ONCE is set, leaving"
    exit 0
fi

echo "Ctrl-C ends it."

# A trap can interrupt `wait`; if either server ends, so does this script.
(
    while ! gone "$nginx_pid" && ! gone "$redis_pid"; do
        sleep 1
    done
) &
helper=$!
wait "$helper" || :
fail "a server exited unexpectedly"
