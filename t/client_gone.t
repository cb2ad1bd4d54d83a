# Clients that do not wait.  What they sent is stored once Redis answers, and
# the worker keeps neither their connections nor their memory.  Redirects that
# the configuration puts around a receiver do not break clients that wait.

use strict;
use warnings;

use Time::HiRes qw(time sleep);

use SocialCare::Care;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Proxy;
use SocialCare::Redis;
use SocialCare::Test;

if (!SocialCare::Redis->available) {
    plan(skip_all => 'no redis-server');
}

my $redis = SocialCare::Redis->start;
my $wire = SocialCare::Proxy->new(unix => 1, to => $redis->socket);
my $nginx = care_nginx(redis => $wire->url, options => '%%patient%%',
    top => '    server { listen 127.0.0.1:%%port_h2%% http2;
        location /hook {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
        }
    }');

$nginx->start;
taken($nginx, 'first', 'before');

my ($worker) = $nginx->workers;
my $files = care_files($worker);
my ($memory, @ids);


# HTTP/1.1: closed and reset, before and after the callback was read.

for my $round (1 .. 4) {
    my $aborted = care_status($nginx)->{platforms}[0]{results}{aborted};

    $wire->stall(1);

    my @clients;

    for my $i (1 .. 50) {
        my $id = "gone${round}x$i";

        push @ids, $id;
        push @clients, care_send($nginx, $id, keepalive => $i % 2);
    }

    eventually("round $round: all wait",
        sub { care_waiting($nginx) == 50 });

    for my $i (0 .. $#clients) {
        $i % 3 ? $clients[$i]->close : $clients[$i]->abort;
    }

    eventually("round $round: the connections are gone at once",
        sub { care_files($worker) <= $files + 1 })
        or diag(care_files($worker) . " against $files");
    is(care_waiting($nginx), 50, "round $round: their items are awaited");
    $wire->stall(0);
    eventually("round $round: all are stored all the same", sub {
        my $stored = care_ids($redis->client);
        50 == grep { /^gone${round}x/ } keys %$stored;
    });
    eventually("round $round: nobody waits",
        sub { care_waiting($nginx) == 0 });
    is(care_status($nginx)->{platforms}[0]{results}{aborted}, $aborted + 50,
        "round $round: counted as aborted");
    $memory //= care_kb($worker);
}

is(scalar(grep { $_ != 1 } values %{ care_ids($redis->client) }), 0,
    'each is stored once');


# HTTP/2: a client that goes away with a stream that waits.

SKIP: {
    my $program = has_program('nghttp')
        or skip 'nghttp is not installed', 4;

    for my $round (1, 2) {
        $wire->stall(1);

        my @pids;

        for my $i (1 .. 5) {
            my $id = "h2gone${round}x$i";
            my ($body, %headers) = care_callback($id);
            my $file = $nginx->dir . "/body$i";

            write_file($file, $body);
            push @ids, $id;

            my $pid = fork // die "fork: $!\n";

            if (!$pid) {
                open STDOUT, '>', '/dev/null';
                open STDERR, '>', '/dev/null';
                exec($program, '-d', $file,
                    (map { ('-H', lc($_) . ": $headers{$_}") } keys %headers),
                    'http://127.0.0.1:' . $nginx->port_of('port_h2') . '/hook')
                    or POSIX::_exit(1);
            }
            push @pids, $pid;
        }

        eventually("HTTP/2, round $round: all wait",
            sub { care_waiting($nginx) == 5 });
        kill 'KILL', @pids;
        waitpid $_, 0 for @pids;
        eventually("HTTP/2, round $round: the connections are gone",
            sub { care_files($worker) <= $files + 1 });
        $wire->stall(0);
        eventually("HTTP/2, round $round: stored all the same", sub {
            my $stored = care_ids($redis->client);
            5 == grep { /^h2gone${round}x/ } keys %$stored;
        });

        # Streams that end as they should.
        my ($body, @headers) = care_callback("h2stay$round");
        push @ids, "h2stay$round";
        is(http2_request($nginx->port_of('port_h2'), 'POST', '/hook',
            body => $body, headers => \@headers)->{status}, 200,
            "HTTP/2, round $round: and one that waits gets its answer");
    }
}


# A client that leaves while its callback is still being sent stores nothing.

for my $i (1 .. 20) {
    my ($body, @headers) = care_callback("half$i");
    my ($head) = format_request('POST', '/hook', body => $body,
        headers => \@headers);
    my $client = SocialCare::Http->connect($nginx->port);

    $client->write($head . substr $body, 0, 40);
    $i % 2 ? $client->close : $client->abort;
}

eventually('half a callback: connections are gone',
    sub { care_files($worker) <= $files + 1 });
is(scalar(grep { /^half/ } keys %{ care_ids($redis->client) }), 0,
    'half a callback: nothing is stored');

# The next one on a kept connection, sent while the first still waits.
for my $round (1, 2) {
    $wire->stall(1);

    my $client = care_send($nginx, "pipe${round}a", keepalive => 1);
    my ($body, @headers) = care_callback("pipe${round}b");

    eventually("pipelined, round $round: one waits",
        sub { care_waiting($nginx) == 1 });
    $client->write(join '', format_request('POST', '/hook', body => $body,
        headers => \@headers));
    sleep 0.1;
    $wire->stall(0);
    is(($client->read_response // {})->{status}, 200,
        "pipelined, round $round: first");
    is(($client->read_response // {})->{status}, 200,
        "pipelined, round $round: second");
    $client->close;
}

cmp_ok(care_kb($worker) - $memory, '<', sanitized() ? 100000 : 4000,
    'memory does not grow with those that leave');

my $stored = care_ids($redis->client);

is(scalar(grep { ($stored->{$_} // 0) != 1 } @ids), 0,
    'all of them are stored, and once');
is(join(' ', $nginx->workers), $worker, 'by the same worker');
$nginx->check;


# Redirects around a receiver.

my $fake = SocialCare::FakeRedis->new(unix => 1);
my $around = care_nginx(redis => $fake->url, options => 'timeout=1s',
    more => '
        error_page 401 503 = /x;
        error_page 405 413 500 /x;
        location = /x { return 403 x; }
        location = /by_error { error_page 404 = @named; return 404; }
        location @named {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
        }
        location = /by_rewrite { rewrite ^ /hook last; }
        location = /by_try { try_files /nothing @named; }
        location /kept {
            error_page 401 503 @late;
            recursive_error_pages on;
            proxy_intercept_errors on;
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
        }
        location @late { return 403 late; }
');

$around->start;
taken($around, 'r0', 'redirects');

for my $round (1, 2) {
    for my $uri (qw(/hook /kept /by_error /by_rewrite /by_try)) {
        my $id = "r$round$uri";

        taken($around, $id, "$uri, round $round: stored", uri => $uri);

        # One that waits, is answered 503, and one that leaves meanwhile.
        $fake->rule(script => 'enqueue', stall => 1);
        my $leaver = care_send($around, "$id-leaver", uri => $uri);
        my $waiter = care_send($around, "$id-waiter", uri => $uri);

        wait_for(sub { care_waiting($around) == 2 }, 0.5);
        $leaver->abort;

        my $answer = $waiter->read_response // { status => 0 };

        like($answer->{status}, qr/^(?:503|403)$/,
            "$uri, round $round: the other one is answered");
        unlike($answer->{status}, qr/^2/,
            "$uri, round $round: and never with a 2xx for nothing");
        $fake->clear;
        taken($around, "$id-again", "$uri, round $round: afterwards",
            uri => $uri);

        my ($body) = care_callback("$id-forged");
        my $forged = post($around->port, $uri, $body, headers => [
            'X-Hub-Signature-256' => 'sha256=' . '0' x 64]);

        is($forged->{status}, 401, "$uri, round $round: forged");
    }

    my ($body, @headers) = care_callback("r$round-big", text => 'y' x 300000);

    isnt(post($around->port, '/hook', $body, headers => \@headers)->{status},
        200, "round $round: too large is not taken");
}

eventually('redirects: nobody waits', sub { care_waiting($around) == 0 });

finish();
