# Every mistake in the configuration makes `nginx -t` fail with a sentence that
# says what to do, with file and line; and inherited settings take effect.

use strict;
use warnings;

use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


my $nginx = SocialCare::Nginx->new(environment => {
    CARE_SECRET => SECRET, CARE_EMPTY => '' });
my $dir = $nginx->dir;

$nginx->{checked} = 1;      # never started: nothing to quit

write_file("$dir/empty", '');
write_file("$dir/newline", "\n");
write_file("$dir/crlf", "\r\n");
write_file("$dir/good", SECRET . "\n");
write_file("$dir/large", 'x' x 300_000);
write_file("$dir/pem", "-----BEGIN PUBLIC KEY-----\nMCow\n"
    . "-----END PUBLIC KEY-----\n");
mkdir "$dir/folder";

# A word of three letters for each number.
sub words { return map { my $n = $_; join '', map { chr 97 + int($n / $_) % 26 }
    456_976, 17_576, 676, 26, 1 } @_ }

write_file("$dir/topics.full", join "\r\n", map { "t = $_" } words(0 .. 16383));
write_file("$dir/topics.many", join "\n", map { "t = $_" } words(0 .. 16384));
system('openssl', 'genpkey', '-quiet', '-algorithm', 'ed25519', '-out',
    "$dir/ed.pem") == 0 && system("openssl pkey -in $dir/ed.pem -pubout"
    . " -out $dir/ed.pub 2>/dev/null");


# A location with a receiver, complete but for the mistake.
sub hook {
    my ($lines, $webhook) = @_;

    $webhook //= 'socialcare_webhook facebook;';
    return (server => "location /h {\n$webhook\n$lines\n}");
}

sub secret { return hook("socialcare_secret $_[0];") }
sub good   { return hook("socialcare_secret value:abc;\n$_[0]") }
sub option { return hook('socialcare_secret value:abc;',
    "socialcare_webhook $_[0];") }

# name, where, what it must say
my @mistakes = (
    # Secrets.
    [secret("file:$dir/nowhere"), qr/cannot open .*must exist and be readable/],
    [secret("file:$dir/empty"), qr/is empty.*put the bare secret into it/],
    [secret("file:$dir/newline"), qr/the secret is empty/],
    [secret("file:$dir/crlf"), qr/the secret is empty/],
    [secret("file:$dir/folder"), qr/no plain file: put/],
    [secret("file:$dir/large"), qr/too large.*put the bare secret/],
    [secret('file:'), qr/file:path|no plain file|cannot open/],
    [secret("file:$dir/pem"), qr/cannot be used: \w+/],
    [secret('env:CARE_NOT_SET'), qr/CARE_NOT_SET.*not set where nginx is star/],
    [secret('env:CARE_EMPTY'), qr/CARE_EMPTY" is empty or not set/],
    [secret('value:'), qr/secret is empty: an empty secret would accept/],
    [secret('s3cr3t'), qr/must be given as file:path, env:NAME or value:text/],
    [secret('value:abc color=red'), qr/unknown option "color=red": known are/],
    [secret('value:abc name='), qr/invalid "name=": use 1 to 48 letters/],
    [secret('value:abc name=' . 'x' x 49), qr/use 1 to 48 letters/],
    [secret('"value:abc" "name=a b"'), qr/use 1 to 48 letters/],
    [secret('value:abc until=tomorrow'), qr/write until=2026-12-31 or/],
    [secret('value:abc until=2026-02-30'), qr/write until=2026-12-31 or/],
    [secret('value:abc until='), qr/write until=2026-12-31 or/],
    [secret('value:abc name=a until=2030-01-01 x=y'),
        qr/invalid number of arguments/],
    [secret('hex:'), qr/must be given as file:path/],
    [secret('value:abc name=a name=b'), qr/both "name=a" and "name=b" are given/],
    [hook(''), qr/no "socialcare_secret" for "socialcare_webhook" in .*add for/],

    # The wrong kind of key.
    [secret("file:$dir/ed.pub"), qr/does not fit "socialcare_webhook" in .*:\d+: \w/],
    [hook('socialcare_secret value:abc;', 'socialcare_webhook generic '
        . 'mode=ed25519 signature_from=header:X event_id=/id;'),
        qr/does not fit "socialcare_webhook" in .*:\d+: \w/],
    [hook('socialcare_secret value:abc;',
        'socialcare_webhook standard-webhooks;'),
        qr/does not fit "socialcare_webhook" in .*whsec_/],

    # The receiver.
    [option('myspace'), qr/unknown platform "myspace".*"generic" takes any/],
    [option('Facebook'), qr/known are x, facebook, .*, google-business; "gen/],
    [option(''), qr/invalid number of arguments/],
    [option("x;\nsocialcare_webhook x"), qr/"socialcare_webhook" directive is d/],
    [option('x color=red'), qr/invalid option "color=red": \w/],
    [option('x crc'), qr/invalid option "crc": an option is written name=value/],
    [option('x signed_crc=maybe'), qr/invalid option "signed_crc=maybe": \w/],
    [option('line a=b'), qr/invalid option "a=b": this platform has no options/],
    [option('x rule=abc'), qr/invalid option "rule=abc": \w/],
    [option('facebook color=red'), qr/invalid option "color=red": \w/],
    [option('facebook sha1=on sha1=off'), qr/both "sha1=on" and "sha1=off" are/],
    [option('facebook sha1=maybe'), qr/invalid option "sha1=maybe": \w/],
    [option('meta answer=maybe'), qr/invalid option "answer=maybe": \w/],
    [option('meta signed_request=all'), qr/invalid option "signed_req.*": \w/],
    [option('meta data_deletion_url=ftp://a'), qr/invalid option .*: \w/],
    [option('generic color=red'), qr/invalid option "color=red": \w/],
    [option('generic algorithm=md4'), qr/invalid option "algorithm=md4": \w/],
    [option('generic'), qr/options of "generic" do not fit: \w/],
    [option('generic signature_from=header:X event_id=/i channel=pigeon'),
        qr/options of "generic" do not fit: \w/],
    [option('generic signature_from=header:X "template={colour}"'), qr/invalid option .*: \w/],
    [good('socialcare_status;'), qr/conflicts with another handler/],
    [hook("proxy_pass http://127.0.0.1;\nsocialcare_webhook facebook;",
        'socialcare_secret value:abc;'), qr/conflicts with another handler/],
    # Which of two handlers stands first makes no difference.
    map({ [{ server => "location /h {\n$_\nproxy_pass http://127.0.0.1;\n}" },
            qr/:\d+ has another handler, too \("proxy_pass".*of its own/] }
        'socialcare_webhook facebook; socialcare_secret value:abc;',
        'socialcare_close;', 'socialcare_status;'),
    [{ server => "location /s { stub_status;\nsocialcare_status; }" },
        qr/conflicts with another handler of this location: give each a loc/],
    [{ server => 'location /s { socialcare_close; socialcare_status; }' },
        qr/conflicts with another handler/],
    [{ server => 'location /s { socialcare_close; socialcare_close; }' },
        qr/is duplicate/],
    [{ server => 'location /s { socialcare_close on; }' },
        qr/invalid number of arguments/],
    [{ server => 'socialcare_close;' }, qr/is not allowed here/],
    [{ http => 'socialcare_webhook x;' }, qr/is not allowed here/],
    [good("limit_except POST {\nsocialcare_webhook x;\n}"), qr/is not allowed h/],
    [good("if (\$arg_x) {\nsocialcare_webhook x;\n}"), qr/is not allowed here/],
    [{ server => 'socialcare_status;' }, qr/is not allowed here/],

    # Status.
    [{ server => 'location /s { socialcare_status xml; }' },
        qr/unknown format "xml": known are json, prometheus and html/],
    [{ server => 'location /s { socialcare_status; socialcare_status; }' },
        qr/is duplicate/],

    # Names.
    [good('socialcare_brand "a b";'), qr/invalid name "a b": use 1 to 64/],
    [good('socialcare_brand "";'), qr/invalid name "": use 1 to 64/],
    [good('socialcare_brand {x};'), qr/./],
    [good('socialcare_brand ' . 'x' x 65 . ';'), qr/use 1 to 64 letters/],
    [good('socialcare_brand a partitions=0;'), qr/number from 1 to 1024/],
    [good('socialcare_brand a partitions=1025;'), qr/number from 1 to 1024/],
    [{ server => "socialcare_secret value:abc;\n"
        . "location /1 { socialcare_webhook facebook; socialcare_brand a; }\n"
        . "location /2 { socialcare_webhook x; socialcare_brand a partitions=2; }" },
        qr/brand "a" has partitions=1 .*conf:\d+ and partitions=2 .*conf:\d+: write/],
    [good('socialcare_brand a parts=2;'), qr/write partitions= and a number/],
    [good('socialcare_brand a; socialcare_brand b;'), qr/is duplicate/],
    [good('socialcare_queue "a b";'), qr/invalid name "a b": use 1 to 64/],
    [good('socialcare_queue a format=tape;'), qr/known are format=stream/],
    [good('socialcare_queue a limit=0;'), qr/limit=NUMBER/],
    [good('socialcare_queue a limit=many;'), qr/limit=NUMBER/],
    [good('socialcare_queue a out=maybe;'), qr/out=on\|off/],
    [good('socialcare_queue a; socialcare_queue b;'), qr/is duplicate/],
    [good('socialcare_queue a limit=1 limit=2;'),
        qr/both "limit=1" and "limit=2" are given: keep one/],
    [good('socialcare_queue a out=on format=list out=off;'),
        qr/both "out=on" and "out=off" are given: keep one/],
    [good('socialcare_account "";'), qr/account id is empty: write the brand/],

    # Times.
    [good('socialcare_sla soon;'), qr/invalid time "soon": write for example/],
    [good('socialcare_sla 0;'), qr/invalid time "0": write for example/],
    [good('socialcare_sla 3654d;'), qr/invalid time "3654d": .*3653d at most/],
    [good('socialcare_sla 1m; socialcare_sla 2m;'), qr/is duplicate/],
    [good('socialcare_tolerance soon;'), qr/invalid value/],
    [good('socialcare_tolerance 1m; socialcare_tolerance 1m;'),
        qr/is duplicate/],
    [good('socialcare_dedupe soon;'), qr/invalid value|invalid time/],
    [good('socialcare_dedupe 0;'), qr/invalid .*write for example 8d/],
    [good('socialcare_dedupe 4294967296;'), qr/invalid .*write for example 8d/],
    [good('socialcare_dedupe 1d; socialcare_dedupe 1d;'), qr/is duplicate/],
    [good('socialcare_raw yes;'), qr/must be "on" or "off"/],
    [good('socialcare_raw on; socialcare_raw on;'), qr/is duplicate/],

    # Limits.
    map({ [good("socialcare_limits $_;"), qr/known are body=1k\.\.16m/] }
        qw(body=1023 body=17m events=0 events=10001 depth=3 depth=257
           tokens=63 tokens=2m body= size=1m body)),
    [good('socialcare_limits body=1m; socialcare_limits body=2m;'),
        qr/is duplicate/],
    [good('socialcare_limits body=1m body=2m;'),
        qr/both "body=1m" and "body=2m" are given: keep one/],

    # Addresses.
    map({ [good("socialcare_public_url $_;"), qr/scheme and host .*for example/] }
        qw(care.example.com ftp://care.example.com https:// https:///
           https://care.example.com/path https://a?b https://a@b
           https://$host), '"https://a#b"', '"https://a b"'),
    [good('socialcare_public_url https://a; socialcare_public_url https://b;'),
        qr/is duplicate/],

    # Tokens.
    [good('socialcare_verify_token abc;'), qr/file:path, env:NAME or value:/],
    [good('socialcare_verify_token value:;'), qr/is empty/],
    [good("socialcare_verify_token file:$dir/empty;"), qr/is empty/],

    # The http block's.
    map({ [{ http => "socialcare_redis $_->[0];" }, $_->[1]] }
        ['localhost', qr/write redis:\/\/host:port or unix:\/path/],
        ['http://localhost', qr/write redis:\/\/host:port/],
        ['unix:', qr/write redis:\/\/host:port or unix:\/path/],
        ['unix:redis.sock', qr/write redis:\/\/host:port or unix:\/path/],
        ["redis://care:${\ SECRET}\@localhost", qr/write user= and passwo/],
        ['redis://localhost/1', qr/"redis:\/\/localhost\/1": write the data/],
        ['redis://127.0.0.1 timeout=1s timeout=2s',
            qr/both "timeout=1s" and "timeout=2s" are given: keep one/],
        ['redis://', qr/in Redis address "redis:\/\/"/],
        ['redis://a:99999', qr/invalid port in Redis address/],
        ['redis://no.such.host.invalid', qr/host not found in Redis address/],
        ['rediss://localhost', qr/TLS to Redis is not available yet; use/],
        ['redis://127.0.0.1 color=red', qr/unknown option "color=red": known/],
        ['redis://127.0.0.1 db=one', qr/invalid "db=one": write a number/],
        ['redis://127.0.0.1 timeout=0', qr/write a time from 1ms to 60s/],
        ['redis://127.0.0.1 timeout=61s', qr/write a time from 1ms to 60s/],
        ['redis://127.0.0.1 connect_timeout=x', qr/write a time from 1ms/],
        ['redis://127.0.0.1 "prefix=a b"', qr/invalid "prefix=a b": use/],
        ['redis://127.0.0.1 prefix=', qr/invalid "prefix=": use letters/],
        ['redis://127.0.0.1 user=care', qr/"user=" without "password_file="/],
        map({ ["redis://127.0.0.1 ack=$_",
            qr/invalid "ack=\Q$_\E": write ack=redis, or ack=replicas=N/] }
            '', 'both', 'replicas', 'replicas=', 'replicas=0', 'replicas=-1',
            'replicas=65', 'replicas=one', 'redis=1'),
        ["redis://127.0.0.1 password_file=$dir/empty", qr/is empty/],
        ["redis://127.0.0.1 password_file=$dir/nowhere", qr/cannot open/],
        ['redis://127.0.0.1; socialcare_redis redis://127.0.0.1',
            qr/is duplicate/]),
    map({ [{ http => "socialcare_zone $_->[0];" }, $_->[1]] }
        ['large', qr/invalid zone size "large": write for example 8m/],
        ['0', qr/too small: it needs at least \d+k/],
        ['100k', qr/too small: it needs at least \d+k/],
        ['8m; socialcare_zone 8m', qr/is duplicate/]),
    [{ server => 'socialcare_zone 8m;' }, qr/is not allowed here/],
    [{ http => "socialcare_trends on dictionary=$dir/topics.many;" },
        qr/topics\.many:16385: .*16384 words/],
    map({ [{ http => "socialcare_spool $_->[0];" }, $_->[1]] }
        ['off; socialcare_spool off', qr/is duplicate/],
        ["$dir/spool; socialcare_spool $dir/spool", qr/is duplicate/],
        ["$dir/spool reserve=101%", qr/write a percentage from 0% to 99%/],
        ["$dir/spool reserve=-1%", qr/write a percentage from 0% to 99%/],
        ["$dir/spool reserve=%", qr/write a percentage or a size/],
        ["$dir/spool reserve=100", qr/write a percentage or a size/]),
);

for my $round (1, 2) {
    for my $mistake (@mistakes) {
        my @mistake = @$mistake;
        my %parts = ref $mistake[0] ? %{ shift @mistake }
            : (shift @mistake, shift @mistake);
        my ($expected) = @mistake;
        my ($name) = join(' ', values %parts) =~ s/\s+/ /gr;

        my ($good, $said) = $nginx->test_config(http => '', server => '',
            %parts);

        ok(!$good, "refused: $name");
        like($said, $expected, 'with a sentence') or diag($name);
        like($said, qr{\Q$dir\E/nginx\.conf:\d+}, 'with file and line');
        unlike($said, qr/\Q@{[SECRET]}\E/, 'without the secret');
    }
}

# A folder for the spool that others may look into is told of.
{
    my @hook = hook('socialcare_secret value:abc;');

    mkdir "$dir/open" or die;
    chmod 0750, "$dir/open" or die;

    my ($good, $said) = $nginx->test_config(@hook,
        http => "socialcare_spool $dir/open;");

    ok($good, 'a folder that others can look into is accepted');
    like($said, qr{\[warn\] .*socialcare: others than .* "\Q$dir\E/open": chmod it to 0700},
        'with a word about it');
}

# A secret whose time is over is told of; nginx starts, for others may be good.
{
    my ($good, $said) = $nginx->test_config(http => '', secret('value:'
        . 'x' x 32 . ' name=old until=2020-01-01'));

    ok($good, 'a secret past its until= is accepted');
    like($said, qr/\[warn\] .*socialcare: .*"old" is past its until=.*nginx\.conf:\d+/,
        'with a word about it');
    ($good, $said) = $nginx->test_config(http => '', secret('value:'
        . 'x' x 32 . ' name=old until=2100-01-01'));
    unlike($said, qr/\[warn\]/, 'not while it is good');
}

# The smallest zone that is accepted is one that works.
{
    my ($good, $said) = $nginx->test_config(server => '',
        http => 'socialcare_zone 1k;');
    my ($least) = $said =~ /at least (\d+k)/;

    ($good, $said) = $nginx->test_config(http => "socialcare_zone $least;",
        server => 'location /s { socialcare_status; }');
    ok($good, "a zone of $least") or diag($said);
}

# What is right is accepted.
for my $lines (
    "socialcare_secret file:$dir/good;", 'socialcare_secret env:CARE_SECRET;',
    'socialcare_secret value:a name=new until=2030-12-31;',
    'socialcare_secret value:a until=2030-12-31T12:00:00Z;',
    'socialcare_secret value:a; socialcare_secret value:b;',
    "socialcare_secret value:a;\nsocialcare_public_url https://a.example/;",
    "socialcare_secret value:a;\nsocialcare_brand a.b-c_d:e\@f/g;",
    "socialcare_secret value:a;\nsocialcare_tolerance 0;",
    "socialcare_secret value:a;\nsocialcare_queue a limit=5k format=list;",
    "socialcare_secret value:a;\nsocialcare_queue a out=off format=stream;",
    "socialcare_secret value:a;\nsocialcare_account 1 2 3;",
    "socialcare_secret value:a;\nsocialcare_public_url https://[::1]:8443;",
) {
    my ($good, $said) = $nginx->test_config(http => '', hook($lines));

    ok($good, $lines) or diag($said);
}

for my $line (
    'redis redis://127.0.0.1/', 'redis redis://127.0.0.1 prefix=desk-1',
    "trends on dictionary=$dir/topics.full",
    "spool $dir/spool/ reserve=2g", "spool $dir/spool reserve=0",
    "spool $dir/spool reserve=101", "spool $dir/spool reserve=0%",
) {
    my ($good, $said) = $nginx->test_config(http => "socialcare_$line;",
        hook('socialcare_secret value:a;'));

    ok($good, $line) or diag($said);
    unlike($said, qr/\[(?:warn|error|emerg)\]/, "$line: without a word");
}


# Inheritance, by its effect.

SKIP: {
    skip 'no redis-server', 1 if !SocialCare::Redis->available;

    my $redis = SocialCare::Redis->start;
    my $server = SocialCare::Nginx->new(
        vars   => { redis => $redis->socket },
        http   => <<'END',
            socialcare_redis unix:%%redis%%;
            socialcare_secret value:s3cr3t-socialcare name=outer;
            socialcare_verify_token value:outer;
            socialcare_brand outer;
            socialcare_queue outer format=list;
            socialcare_sla 1m;
            socialcare_raw on;
            socialcare_limits events=2;
END
        server => <<'END',
            socialcare_brand middle partitions=2;
            location = /inherits { socialcare_webhook facebook; }
            location = /overrides {
                socialcare_webhook facebook;
                socialcare_secret value:other name=inner;
                socialcare_verify_token value:inner;
                socialcare_brand inner;
                socialcare_queue inner;
                socialcare_sla 2m;
                socialcare_raw off;
                socialcare_limits events=1;
            }
            location /nested/ {
                socialcare_sla 3m;
                location = /nested/hook { socialcare_webhook facebook; }
            }
            location = /conditional {
                socialcare_webhook facebook;
                if ($arg_x) { set $y 1; }
                limit_except POST { allow all; }
            }
            location = /status {
                socialcare_status json;
                if ($arg_x) { set $y 1; }
                limit_except GET { allow all; }
            }
END
    )->start;
    my $client = $redis->client;
    my $json = JSON::PP->new->utf8;

    for my $round (1, 2) {
        my $send = sub {
            my ($uri, $secret, @comments) = @_;
            my $body = page(@comments ? @comments : comment(fresh_id()));

            return post($server->port, $uri, $body, headers => [
                sign('facebook', body => $body, secret => $secret)])->{status};
        };
        # The newest element of the list, wherever its partition is.
        my $last = sub {
            my ($queue) = @_;
            my ($text) = grep { defined } map { $client->call('LPOP',
                "{care:middle/$_}:q:$queue") } 0, 1;
            return $json->decode($text // '{}');
        };

        is($send->('/inherits', SECRET), 200, 'secret of the http block');
        is($send->('/inherits', 'other'), 401, 'and no other');

        my $record = $last->('outer');
        is($record->{brand}, 'middle', 'brand of the server block');
        is($record->{queue}, 'outer', 'queue and format of the http block');
        like($record->{raw}, qr/"comment_id"/, 'raw of the http block');
        is($record->{due_ms} - $record->{created_ms}, 60_000, 'target, too');
        is($send->('/inherits', SECRET, map { comment(fresh_id()) } 1 .. 3),
            413, 'limits of the http block');

        is($send->('/overrides', 'other'), 200, 'own secret');
        is($send->('/overrides', SECRET), 401, 'instead of the outer one');
        is($send->('/overrides', 'other', map { comment(fresh_id()) } 1, 2),
            413, 'own limits');

        my @records = records($redis, 'inner', 'inner/0');
        is(scalar @records, $round, 'own brand and queue, format not inherited');
        is($records[-1]{raw}, undef, 'own raw');
        is($records[-1]{due_ms} - $records[-1]{created_ms}, 120_000,
            'own target');

        is($send->('/nested/hook', SECRET), 200, 'a location in another');
        $record = $last->('outer');
        is($record->{due_ms} - $record->{created_ms}, 180_000,
            'inherits from it');

        is($send->('/conditional?x=1', SECRET), 200, 'an if keeps the receiver');
        $last->('outer');
        is(get($server->port, '/conditional')->{status}, 403,
            'also limit_except (the handshake is refused, not the method)');
        like(get($server->port, '/status?x=1',
            headers => [Accept => 'text/html'])->{header}{'content-type'},
            qr/json/, 'and the status keeps its format');
        is(request($server->port, 'DELETE', '/status')->{status}, 405,
            'and its methods');

        my $query = '?hub.mode=subscribe&hub.challenge=1&hub.verify_token=';
        is(get($server->port, "/inherits${query}outer")->{status}, 200,
            'token of the http block');
        is(get($server->port, "/overrides${query}outer")->{status}, 403,
            'replaced');
        is(get($server->port, "/overrides${query}inner")->{status}, 200,
            'by the own one');
    }
}

finish();
