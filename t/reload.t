# Reload, quit, stop and binary upgrade, idle and under load, with Redis
# healthy, stalled or unreachable: nothing acknowledged is lost or doubled, old
# workers exit, nothing crashes.

use strict;
use warnings;

use IO::Socket::INET;
use Time::HiRes qw(time sleep);

use SocialCare::Care;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;

if (!SocialCare::Redis->available) {
    plan(skip_all => 'no redis-server');
}


sub gone {
    my ($name, $seconds, @pids) = @_;

    eventually("$name: old processes are gone",
        sub { !grep { SocialCare::Nginx::alive($_) } @pids }, $seconds)
        or diag("alive: @{[grep { SocialCare::Nginx::alive($_) } @pids]}");
    return;
}

sub received {
    my ($nginx) = @_;
    return care_status($nginx)->{platforms}[0]{results}{stored};
}


# Five reloads under load, two workers, and the counters go on.

{
    my $redis = SocialCare::Redis->start;
    my $nginx = care_nginx(redis => $redis->socket, workers => 2,
        options => '%%patient%%');

    $nginx->start;

    # Idle: kept by clients, they must not hold the old workers.
    my @idle = map { SocialCare::Http->connect($nginx->port) } 1 .. 4;

    for my $client (@idle) {
        $client->write(join '', format_request('GET', '/status',
            keepalive => 1));
        $client->read_response;
    }

    my $load = SocialCare::Care->load($nginx->port);
    my $before = 0;

    $load->go_on(30);

    for my $round (1 .. 5) {
        my @old = $nginx->workers;

        $before = received($nginx);
        ok($nginx->reload, "reload $round");
        ok($load->go_on(40), "reload $round: callbacks are taken");
        gone("reload $round", 10, @old);
        cmp_ok(received($nginx), '>', $before,
            "reload $round: the counters went on");
    }

    # A mistake in the configuration keeps what runs.
    my @workers = sort $nginx->workers;
    my $config = read_file($nginx->conf);

    $nginx->allow(qr/\[emerg\].*unknown directive "socialcare_nonsense"/);
    write_file($nginx->conf, $config =~ s/socialcare_zone/socialcare_nonsense/r);
    $nginx->signal('HUP');
    ok($nginx->wait_log(qr/socialcare_nonsense/), 'a mistake is reported');
    ok($load->go_on(30), 'and callbacks are taken as before');
    is(join(' ', sort $nginx->workers), "@workers", 'by the same workers');

    # Two reloads at once.
    my @old = $nginx->workers;

    write_file($nginx->conf, $config);
    $nginx->signal('HUP');
    $nginx->reload;
    ok($load->go_on(30), 'two reloads in a row');
    gone('two reloads in a row', 10, @old);

    # Another size of the zone: counters begin anew, callbacks do not notice.
    @old = $nginx->workers;
    ok($nginx->reload(http => $nginx->{http} =~ s/zone 1m/zone 2m/r),
        'another zone size');
    ok($load->go_on(40), 'another zone size: callbacks are taken');
    gone('another zone size', 10, @old);
    is(care_status($nginx)->{zone_bytes}, 2 * 1024 * 1024,
        'another zone size: it is');

    $load->stop;
    $load->judge($redis->client, 'reloads');
    is_deeply($load->misses->{503} // 0, 0, 'reloads: no 503 at all');
    is(scalar @{ care_status($nginx)->{redis}{workers} }, 2,
        'slots of those that left are free');
    $nginx->check;
}


# Binary upgrade: USR2, WINCH, QUIT.  nginx takes them only as a daemon.

{
    my $redis = SocialCare::Redis->start;

    # The second binary gets only what is named; the sanitizers need theirs.
    my $nginx = care_nginx(redis => $redis->socket, workers => 2,
        options => '%%patient%%', main => sanitized() ? join '', map { "env $_;\n" }
            qw(LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS) : '');
    my $master = sub {
        return read_file($nginx->dir . '/nginx.pid') =~ /^(\d+)$/ ? $1 : 0;
    };
    my $working = sub {
        return grep { read_file("/proc/$_/cmdline") =~ /worker process/ }
            SocialCare::Nginx::children_of($_[0]);
    };

    $nginx->write_config;

    write_file($nginx->conf,
        read_file($nginx->conf) =~ s/daemon off/daemon on/r);

    my $starter = $nginx->spawn($nginx->dir . '/stderr.log', $nginx->command);

    waitpid $starter, 0;
    eventually('upgrade: nginx runs', sub { $working->($master->()) == 2 });

    my $first = $master->();
    my @old = $working->($first);
    my $load = SocialCare::Care->load($nginx->port);

    $load->go_on(30);
    kill 'USR2', $first;

    my $second;

    eventually('upgrade: a second master', sub {
        $second = $master->();
        $second && $second != $first && $working->($second) == 2;
    });

    ok($load->go_on(40), 'upgrade: both serve');
    kill 'WINCH', $first;
    gone('upgrade', 10, @old);
    ok($load->go_on(40), 'upgrade: the new one serves alone');
    kill 'QUIT', $first;
    gone('upgrade, first master', 10, $first);
    ok($load->go_on(40), 'upgrade: and still');
    $load->stop;
    $load->judge($redis->client, 'upgrade');
    is($load->misses->{503} // 0, 0, 'upgrade: no 503 at all');

    my @rest = ($second, $working->($second));

    kill 'QUIT', $second;
    gone('upgrade, at the end', 10, @rest);
    kill 'KILL', grep { SocialCare::Nginx::alive($_) } @rest;
    $nginx->check;
}


# Leaving with callbacks that wait for a Redis that is stalled.

for my $round (1, 2) {
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $stalled = sub {
        my ($options, %more) = @_;
        my $nginx = care_nginx(redis => $fake->url, options => $options, %more);

        $fake->clear;
        $nginx->start;
        taken($nginx, 'before', "stalled, round $round");
        $fake->rule(script => 'enqueue', hold => 1);

        my @clients = map { care_send($nginx, "wait$_") } 1 .. 5;

        eventually("stalled, round $round: five wait",
            sub { care_waiting($nginx) == 5 });
        return ($nginx, @clients);
    };
    my $answers = sub {
        my @status = map { ($_->read_response // {})->{status} // 0 } @_;

        # nginx lingers for a client that does not close.
        $_->close for @_;
        return "@status";
    };

    # QUIT waits for the answer, and no longer.
    my ($nginx, @clients) = $stalled->('timeout=5s');
    my @pids = ($nginx->workers, $nginx->pid);

    $nginx->signal('QUIT');
    eventually("quit, round $round: new ones are not taken", sub {
        !IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $nginx->port, Timeout => 1)
    });
    ok(SocialCare::Nginx::alive($pids[0]), "quit, round $round: it waits");
    $fake->clear->release;
    is($answers->(@clients), '200 200 200 200 200',
        "quit, round $round: all get their answer");
    eventually("quit, round $round: and it leaves", sub { $nginx->exited }, 4);
    $nginx->check;

    # QUIT, and the answer never comes: 503 when the time is over.
    ($nginx, @clients) = $stalled->('timeout=1s');
    $nginx->signal('QUIT');
    is($answers->(@clients), '503 503 503 503 503',
        "quit without answer, round $round: 503");
    eventually("quit without answer, round $round: it leaves",
        sub { $nginx->exited }, 4);
    $nginx->check;

    # The same with a reload; the new workers are not held up.
    ($nginx, @clients) = $stalled->('timeout=3s');
    @pids = $nginx->workers;
    ok($nginx->reload, "reload of a stalled one, round $round");
    $fake->clear->release;
    is($answers->(@clients), '200 200 200 200 200',
        "reload of a stalled one, round $round: the old one answers");
    taken($nginx, 'new', "reload of a stalled one, round $round");
    gone("reload of a stalled one, round $round", 5, @pids);
    $nginx->check;

    # TERM: at once, and nobody hears a 2xx.
    ($nginx, @clients) = $stalled->('timeout=20s');

    my $start = time;

    ok($nginx->stop, "stop, round $round");
    cmp_ok(time - $start, '<', 5, "stop, round $round: at once");
    unlike($answers->(@clients), qr/2\d\d/, "stop, round $round: no 2xx");
    $nginx->check;

    # worker_shutdown_timeout ends the wait.
    ($nginx, @clients) = $stalled->('timeout=20s',
        main => 'worker_shutdown_timeout 500ms;');
    $start = time;
    $nginx->signal('QUIT');
    eventually("shutdown timeout, round $round: it leaves",
        sub { $nginx->exited }, 6);
    unlike($answers->(@clients), qr/2\d\d/,
        "shutdown timeout, round $round: no 2xx");
    $nginx->check;
}


# worker_shutdown_timeout, QUIT and TERM while it is connecting.

for my $case (['QUIT', ''], ['QUIT', 'worker_shutdown_timeout 200ms;'],
    ['TERM', ''])
{
    my ($signal, $main) = @$case;
    my $name = "$signal while connecting" . ($main ? ', with a timeout' : '');
    my $port = free_port();
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        LocalPort => $port, Listen => 1, ReuseAddr => 1) or die $!;
    my @full = map {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
            Blocking => 0)
    } 1 .. 8;
    my $nginx = care_nginx(redis => "redis://127.0.0.1:$port",
        options => 'connect_timeout=2s', main => $main);

    $nginx->start;
    eventually("$name: it connects", sub {
        care_status($nginx)->{redis}{state} eq 'connecting'
    });

    my @clients = map { care_send($nginx, "c$_") } 1 .. 3;

    eventually("$name: three wait", sub { care_waiting($nginx) == 3 }, 1.5);
    $nginx->signal($signal);

    my @status = map { ($_->read_response // {})->{status} // 0 } @clients;

    $_->close for @clients;
    eventually("$name: it leaves", sub { $nginx->exited }, 5);

    is(scalar(grep { !/^(?:503|0)$/ } @status), 0, "$name: no 2xx");
    $nginx->check;
}

finish();
