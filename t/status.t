# The status against reality: after known traffic, while Redis stalls, after a
# restart, after a killed worker; in three formats.

use strict;
use warnings;

use JSON::PP ();
use Time::HiRes ();

use SocialCare::Callback;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $redis = SocialCare::Redis->start;
my $client = $redis->client;
my %config = (
    http   => 'socialcare_redis unix:%%redis%% %%patient%%;',
    server => <<'END',
        location = /hook {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare name=main;
        }
        location = /brand {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare name=main;
            socialcare_brand acme partitions=4;
            socialcare_sla 1h;
        }
        location = /status { socialcare_status; }
        location = /only   { socialcare_status prometheus; }
END
);
my $nginx = SocialCare::Nginx->new(vars => { redis => $redis->socket },
    %config)->start;
my $port = $nginx->port;

sub scrape { return get($port, '/status?format=prometheus')->{body} }

sub metric {
    my ($text, $name) = @_;

    return $text =~ /^\Q$name\E (\S+)$/m ? $1 : undef;
}


# Before anything came: zeros are counted, the rest is not known.
{
    my $platform = platform_status($nginx, 'facebook');

    is($platform->{last_callback_age_ms}, undef, 'no callback yet');
    is($platform->{last_handshake_age_ms}, undef, 'no handshake yet');
    is($platform->{requests}, 0, 'no request');
    is(queue_status($nginx, 'mentions')->{depth}, undef,
        'depth before a reading') if queue_status($nginx, 'mentions');
}

for my $round (1, 2) {
    my $begun = now_ms();
    my $before = platform_status($nginx, 'facebook');
    my $body = page(comment(fresh_id()), comment(fresh_id(), from => 8,
        post => "1_$round"));

    is(send_page($port, '/hook', $body)->{status}, 200, 'two mentions');
    is(send_page($port, '/hook', $body)->{status}, 200, 'again');
    is(post($port, '/hook', $body)->{status}, 401, 'unsigned');
    is(send_page($port, '/hook', "{$round")->{status}, 200, 'dead');

    my $after = platform_status($nginx, 'facebook');
    my %grew = map { $_ => $after->{$_} - $before->{$_} }
        qw(requests verified mentions duplicates body_bytes);

    is_deeply(\%grew, { requests => 4, verified => 3, mentions => 4,
        duplicates => 2, body_bytes => 3 * length($body) + 2 },
        'counters') or diag(explain(\%grew));
    is($after->{refused}{no_signature}, $round, 'refused by reason');
    is($after->{dead}{syntax}, $round, 'dead by reason');
    is($after->{results}{stored}, 2 * $round - 1, 'results: stored');
    is($after->{results}{duplicate}, $round, 'results: duplicate');
    is($after->{answer_latency}{count}, $after->{requests}, 'latencies');
    cmp_ok($after->{last_callback_age_ms}, '<=', now_ms() - $begun, 'when');

    my $due = time - 30;
    is(send_page($port, '/hook', page(comment(fresh_id(), from => "late$round",
        post => "9_$round", time => $due - 900)))->{status}, 200, 'a late one');

    # What only Redis knows.
    my $count = 3 * $round;
    ok(wait_for { (queue_status($nginx, 'mentions')->{depth} // -1) == $count
        && (queue_status($nginx, 'mentions')->{dead} // -1) == $round },
        "depth, round $round");
    my $queue = queue_status($nginx, 'mentions');
    is($queue->{lag}, $count, 'none read');
    is($queue->{pending}, 0, 'none in hand');
    is($queue->{breached}, $round, 'one beyond its time');
    is($queue->{open}, $client->call('HLEN', '{care:default/0}:open'), 'open');
    cmp_ok($queue->{oldest_age_ms}, '>=', 0, 'oldest');
    cmp_ok($queue->{reading_age_ms}, '<', 10_000, 'and how old that is');

    my $text = scrape();
    my $label = '{platform="facebook"}';
    is(metric($text, "socialcare_requests_total$label"), $after->{requests} + 1,
        'the same number in Prometheus\' text');
    is(metric($text, 'socialcare_queue_depth{brand="default",queue="mentions"}'),
        $count, 'depth, too');
    is(metric($text, 'socialcare_secret_hits_total{label="main"}'), 4 * $round,
        'hits of the secret');

    SKIP: {
        skip 'promtool is not installed', 1 if !has_program('promtool');
        my $file = write_file($nginx->dir . '/metrics', $text);
        my $said = `promtool check metrics < $file 2>&1`;
        is($?, 0, 'promtool accepts it') or diag($said);
    }
}


# Names of members, but not those of reasons and the like, which are values.
sub members {
    my ($value, $of) = @_;

    return map { members($_, $of) } @$value if ref $value eq 'ARRAY';
    return if ref $value ne 'HASH';
    return map { my $name = $_;
        (($of // '') =~ /^(?:results|refused|dead|errors|quarantined|closed)$/
            || $name !~ /^[a-z][a-z_0-9]*$/ ? () : $name),
        members($value->{$name}, $name) } keys %$value;
}

{
    my ($described) = read_file('README.md') =~ /^(## Status.*?)^## Alerts/ms;
    my $document;

    # One that has just begun reads all of it at once.
    my $fresh = SocialCare::Nginx->new(vars => { redis => $redis->socket },
        %config)->start;

    ok(wait_for { $document = status($fresh);
        (grep { @{ $_->{groups}{reach} } } @{ $document->{fairness} })
        && !grep { !defined } map { values %{ $_->{windows} } }
            @{ $document->{sla} } }, 'all of it is known');

    my %name = map { $_ => 1 } members($document);

    cmp_ok(scalar keys %name, '>', 150, 'it has many members');
    is_deeply([grep { $described !~ /\b$_\b/ } sort keys %name], [],
        'the README describes all of them');
    $fresh->stop;
}


# Formats.
for my $try (
    ['/status?format=json', 'text/html', qr{^application/json}],
    ['/status?format=prometheus', '', qr{^text/plain; version=0\.0\.4}],
    ['/status?format=html', '', qr{^text/html}],
    ['/status?format=xml', 'text/html', qr{^text/html}],
    ['/status', 'text/html,application/xhtml+xml,*/*;q=0.8', qr{^text/html}],
    ['/status', 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5',
        qr{^text/plain}],
    ['/status', 'text/html;q=0.2, application/json;q=0.9', qr{json}],
    ['/status', '*/*', qr{json}],
    ['/only?format=html', 'text/html', qr{^text/plain}],
) {
    my ($uri, $accept, $type) = @$try;
    my $answer = get($port, $uri, headers => [Accept => $accept]);

    is($answer->{status}, 200, "$uri $accept");
    like($answer->{header}{'content-type'}, $type, "$uri $accept: type");
    is($answer->{header}{'cache-control'}, 'no-store', 'not to be stored');
}

{
    my $page = get($port, '/status?format=html');

    like($page->{header}{'content-security-policy'},
        qr/default-src 'none'.*frame-ancestors 'none'/, 'a strict policy');

    # The name of a language, not an address: nobody asks for it.
    is($page->{body} =~ s{^const SVG = "http://www\.w3\.org/2000/svg";$}{}mg, 1,
        'the name of SVG, once');

    # Its own address with other arguments, asked for in one place.
    is($page->{body} =~ s{await fetch\(`\?format=json&}{}g, 1,
        'one request, to its own address');

    my $elsewhere = qr{//  (?# also https: and what takes its scheme from the page)
        | \b(?:src|srcset|href|action|formaction|poster|ping)\b ["']? \s* [=\]]
        | ["'](?:src|srcset|href|xlink:href|action|poster)["']
        | \b(?:wss?|ftp|data|blob|javascript|file): \S
        | \@import | \@font-face | url\((?!\#) | image-set | <(?:link|base|iframe|object|embed|img|image|use)\b
        | (?-i:\b(?:fetch|import|importScripts|XMLHttpRequest|WebSocket|EventSource|RTCPeerConnection
            |sendBeacon|SharedWorker|Worker|Image|Audio|serviceWorker|eval)\b)
        | \b(?:window\.open|location\s*[.=\[]|insertAdjacentHTML|innerHTML|outerHTML|document\.write)}xi;

    unlike($page->{body}, $elsewhere, 'nothing from elsewhere');
    like($_, $elsewhere, "which would be seen: $_") for 'x.src = y',
        '<img srcset=a>', '<a href = "x">', 'setAttribute("href", x)',
        '@import "x"', 'url(x)', 'url( "//h/x")', 'URL(http://h)', '//h/x',
        'HTTPS://h', 'fetch("/x")', 'import("./x")', 'new Image()', 'new WebSocket(x)',
        'navigator.sendBeacon(x)', '<link rel=x>', '<form action="/x">',
        'data:text/css,x', 'location.assign(x)', '<use xlink:href="x">';
    like($page->{body}, qr/<html lang="en">/, 'a page');
}


# After a restart what lies in Redis is seen, before any callback comes.
is(send_page($port, '/brand', page(map { comment(fresh_id(),
    post => "5_$_", from => "a$_") } 1 .. 20))->{status}, 200, 'a second brand');
ok($nginx->quit, 'quit');
$nginx->start;
ok(wait_for { (queue_status($nginx, 'mentions', 'acme') // {})->{depth} },
    'its depth is known after a restart');
is(queue_status($nginx, 'mentions', 'acme')->{depth}, 20, 'of all partitions');
ok(wait_for { (queue_status($nginx, 'mentions') // {})->{depth} },
    'that of the brand without a name, too');


# A killed worker is gone from the list.
{
    my ($old) = map { $_->{pid} } @{ status($nginx)->{redis}{workers} };

    $nginx->allow(qr/exited on signal 9/);
    $nginx->signal('KILL', $old);
    ok(wait_for { ($nginx->workers)[0] && ($nginx->workers)[0] != $old },
        'a new worker');
    ok(wait_for { eval { my @pids = map { $_->{pid} }
        @{ status($nginx)->{redis}{workers} };
        @pids == 1 && $pids[0] == ($nginx->workers)[0] } },
        'the list has the living one alone');
}


# While Redis stalls the status answers at once.
{
    my $fake = SocialCare::FakeRedis->new(unix => 1);

    # From the start: it never reads anything.
    $fake->rule(command => 'EVALSHA', stall => 1);

    my $stalled = SocialCare::Nginx->new(vars => { redis => $fake->socket },
        %config)->start;
    my $connection = SocialCare::Http->connect($stalled->port);
    my $body = page(comment(fresh_id()));

    $connection->write(join '', format_request('POST', '/hook', body => $body,
        headers => signed($body)));
    ok(wait_for { status($stalled)->{redis}{workers}[0]{waiting_requests} == 1 },
        'a callback waits');

    for my $format (qw(json prometheus html)) {
        my $took;

        # A busy machine may delay a response once, but not three times.
        for (1 .. 3) {
            my $start = Time::HiRes::time();

            is(get($stalled->port, "/status?format=$format")->{status}, 200,
                "$format while Redis stalls");
            $took = Time::HiRes::time() - $start;
            last if $took < 1;
        }
        cmp_ok($took, '<', 1, 'at once');
    }

    is(queue_status($stalled, 'mentions')->{depth}, undef,
        'and does not know the depth');
    is(status($stalled)->{redis}{reading_age_ms}, undef, 'nor claims to');
    $connection->close;
    $fake->clear->drop_now;
}

finish();
