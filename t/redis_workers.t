# What Redis says to one worker of several: the status tells of the server,
# whichever worker is asked and whichever was refused; and what a server that
# refuses does to a connection fills no log.

use strict;
use warnings;

use SocialCare::Care;
use SocialCare::Clock;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;

my $number = 0;

sub next_id { return 'w' . ++$number }
sub redis_of { return care_status($_[0])->{redis} }

sub trouble_of {
    my ($nginx, $pid) = @_;
    my ($worker) = grep { $_->{pid} == $pid } @{ redis_of($nginx)->{workers} };

    return $worker->{trouble};
}

# Posts a callback that only this worker can take; returns the status code.
sub post_to {
    my ($nginx, $worker) = @_;
    my @others = grep { $_ != $worker } $nginx->workers;

    $nginx->signal('STOP', $_) for @others;
    my $status = care_post($nginx, next_id())->{status};
    $nginx->signal('CONT', $_) for @others;
    return $status;
}

SKIP: {
    skip 'no redis-server', 1 if !SocialCare::Redis->available;

    # A stopped worker must not find its replies overdue.
    my $redis = SocialCare::Redis->start;
    my $nginx = care_nginx(redis => $redis->socket, workers => 3,
        options => '%%patient%%')->start;
    my $client = $redis->client;
    my @workers = map { $_->{pid} } @{ redis_of($nginx)->{workers} };

    is(scalar @workers, 3, 'three workers');
    eventually('all are connected', sub {
        3 == grep { $_->{state} eq 'ready' } @{ redis_of($nginx)->{workers} }
    });
    is(post_to($nginx, $_), 200, 'each has stored') for @workers;

    for my $place (0 .. 2) {
        my $refused = $workers[$place];
        my $other = $workers[ ($place + 1) % 3 ];
        my $name = "worker $place of 0 to 2 is refused";
        my $before = now_ms();

        $client->call('CONFIG', 'SET', 'maxmemory', '1mb');
        is(post_to($nginx, $refused), 503, $name);
        is(trouble_of($nginx, $refused), 'oom', "$name: its trouble is shown");

        my $state = redis_of($nginx);

        is($state->{state}, 'refusing', "$name: so is the server's");
        cmp_ok($state->{state_age_ms}, '<=', now_ms() - $before,
            "$name: since then");

        # Another worker stores, the one that was refused has nothing to send.
        $client->call('CONFIG', 'SET', 'maxmemory', '0');
        is(post_to($nginx, $other), 200, "$name: another stores later");
        is(redis_of($nginx)->{state}, 'ready', "$name: the trouble is over");
        is(trouble_of($nginx, $refused), 'ok', "$name: for all");
    }

    # A replica: each attempt to store costs the connection.
    my $lines = care_lines($nginx, qr/is ready/);
    my $connects = redis_of($nginx)->{connects};

    $client->call('REPLICAOF', '127.0.0.1', '1');
    is(post_to($nginx, $workers[0]), 503, 'a replica: refused');

    my @wrong;
    my $turn = 0;

    eventually('a replica: connected to again and again', sub {
        my $state = redis_of($nginx);

        push @wrong, $state->{state} if $state->{state} eq 'ready';
        return 1 if $state->{connects} >= $connects + 3;
        post_to($nginx, $workers[$turn++ % 3])
            if 3 == grep { $_->{state} eq 'ready' } @{ $state->{workers} };
        return 0;
    }, 20);
    is_deeply(\@wrong, [], 'a replica: the status never says ready');
    is(care_lines($nginx, qr/is ready/), $lines,
        'a replica: nor does the log, at each connection');
    $client->call('REPLICAOF', 'NO', 'ONE');
    eventually('a replica: over', sub {
        redis_of($nginx)->{state} eq 'ready'
            && care_post($nginx, next_id())->{status} == 200
    });
}

# Nor is a server away that closes or refuses each connection: what tells an
# operator which of the two it is must not change from second to second.
for my $case (
    ['a replica', sub { $_[0]->rule(script => $_, error =>
        "READONLY You can't write against a read only replica.")
        for qw(enqueue sweep) }, 'readonly'],
    ['a wrong password', sub { $_[0]->rule(command => 'AUTH',
        error => 'WRONGPASS invalid username-password pair'); $_[0]->drop_now },
        'auth'],
) {
    my ($name, $begin, $class) = @$case;
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $nginx = care_nginx(redis => $fake->url,
        options => 'password_file=%%dir%%/password %%patient%%',
        more => 'location = /metrics { socialcare_status prometheus; }');

    write_file($nginx->dir . '/password', 'secret');
    $nginx->start;
    taken($nginx, next_id(), "$name: at first");
    $begin->($fake);
    eventually("$name: noticed", sub {
        care_post($nginx, next_id())->{status} == 503
            && redis_of($nginx)->{state} eq 'refusing'
    });

    my ($accepted, @wrong) = ($fake->accepted);

    eventually("$name: tried three times more", sub {
        my $metrics = get($nginx->port, '/metrics')->{body};
        my ($worker) = @{ redis_of($nginx)->{workers} };

        push @wrong, redis_of($nginx)->{state}, $worker
            if redis_of($nginx)->{state} ne 'refusing'
                || $worker->{trouble} ne $class
                || $metrics !~ /^socialcare_redis_up 0\n/m
                || $metrics !~ /^socialcare_redis_ready_workers 1\n/m;
        care_post($nginx, next_id());
        return $fake->accepted >= $accepted + 3;
    }, 20);
    is_deeply(\@wrong, [], "$name: it refuses, all the time");

    $fake->clear;
    taken($nginx, next_id(), "$name: over");
    is(redis_of($nginx)->{state}, 'ready', "$name: ready again");
    $fake->stop;
    eventually("$name: then it is away", sub {
        redis_of($nginx)->{state} eq 'down'
            && get($nginx->port, '/metrics')->{body}
                =~ /^socialcare_redis_ready_workers 0\n/m
    });
}


# A server that breaks each connection again, or whose round gets what nobody
# can read, fills no log either; nor does the second refuse to store.
for my $case (
    ['each connection breaks', { close => 1 }],
    ['an odd answer to the round', { reply => 'odd' }],
) {
    my ($name, $rule) = @$case;
    my $clock = SocialCare::Clock->new;
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $nginx = care_nginx(redis => $fake->url, options => '%%patient%%',
        main => $clock->main, environment => { $clock->environment })->start;
    my $said = qr/socialcare: redis .*(?:is ready|is away|refuses|cannot be read)/;

    taken($nginx, next_id(), "$name: at first");

    my ($lines, $accepted) = (care_lines($nginx, $said), $fake->accepted);
    my ($begun, %states) = (now_ms());

    $fake->rule(script => 'sweep', %$rule);
    eventually("$name: tried four times more", sub {
        $states{ redis_of($nginx)->{state} } = 1;
        return $fake->accepted >= $accepted + 4;
    }, 40);

    my $tens = 1 + int((now_ms() - $begun) / 10_000);

    cmp_ok(care_lines($nginx, $said) - $lines, '<=', 2 * $tens + 1,
        "$name: no more than two lines in ten seconds") or diag($nginx->log);
    ok(!$states{refusing}, "$name: the server does not refuse")
        or diag(join ' ', %states);

    $fake->clear;
    $clock->advance(10);
    taken($nginx, next_id(), "$name: over");
    $lines = care_lines($nginx, qr/is away/);
    $fake->stop;
    eventually("$name: the next time that it is away is said", sub {
        care_lines($nginx, qr/is away/) == $lines + 1
    });
}


# Reading is denied, storing is not.
{
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $nginx = care_nginx(redis => $fake->url,
        options => '%%patient%%')->start;
    my $said = qr/\[error\] .*cannot be read for the status, .*\(auth\): .*ACL/;

    taken($nginx, next_id(), 'fake Redis');

    for my $round (1, 2) {
        my $before = care_error($nginx, 'auth');

        $fake->rule(script => 'read', error => 'ERR The user executing the'
            . " script can't run this command or subcommand script: 0123, on"
            . ' @user_script:9.');
        eventually("reading is denied, $round", sub {
            care_error($nginx, 'auth') >= $before + 2
        }, 20);
        is(care_lines($nginx, $said), $round,
            "reading is denied, $round: said once");
        is(redis_of($nginx)->{state}, 'ready',
            "reading is denied, $round: mentions are stored");
        is(redis_of($nginx)->{workers}[0]{trouble}, 'ok',
            "reading is denied, $round: no trouble of storing");
        taken($nginx, next_id(), "reading is denied, $round");

        $fake->clear;
        eventually("reading is denied, $round: read again", sub {
            my $age = redis_of($nginx)->{reading_age_ms};

            defined $age && $age < 1000;
        }, 20);
    }

    # Two parts of one round, which fail differently in each.
    my $other = qr/\[error\] .*cannot be read for the status, .*\(poison\)/;
    my ($auth, $poison) = map { care_error($nginx, $_) } qw(auth poison);

    $fake->rule(script => 'read', error => 'NOPERM no');
    $fake->rule(script => 'sweep', error => 'WRONGTYPE no');
    eventually('two troubles: several times', sub {
        care_error($nginx, 'auth') >= $auth + 3
            && care_error($nginx, 'poison') >= $poison + 3
    }, 40);
    is(care_lines($nginx, $said), 3, 'two troubles: one is said once');
    is(care_lines($nginx, $other), 1, 'two troubles: the other is, too');

    unlike($nginx->log, qr/refuses to store|stores again/,
        'nobody says that storing is refused');
}

# A slow server makes a round over all partitions longer than a lease.  Another
# worker does not begin a round of its own meanwhile: the server would be read
# by more and more of them, and two would write what the status shows.
{
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $nginx = care_nginx(redis => $fake->url, workers => 2,
        options => '%%patient%%',
        hook => 'socialcare_brand slow partitions=12;');
    my @partitions;

    $fake->rule(script => 'sweep', delay => 0.4, reply => '1 0 0 0 -1');
    $fake->rule(script => 'read', delay => 0.4, raw => "\$1\r\n1\r\n");
    $nginx->start;
    eventually('a slow server: a whole round', sub {
        @partitions = map { $_->[3] =~ m{^\{care:slow/(\d+)\}} ? $1 : () }
            grep { $_->[0] =~ /^EVAL/ } @{ $fake->commands };
        return grep { $_ == 11 } @partitions;
    }, 60);
    is_deeply(\@partitions, [sort { $a <=> $b } @partitions],
        'a slow server: by one worker') or diag("@partitions");

    # One that leaves does not finish its round first.
    my $rounds = sub {
        my $seen = join ' ',
            map { $_->[3] =~ m{^\{care:slow/(\d+)\}} ? $1 : () }
            grep { $_->[0] =~ /^EVAL/ } @{ $fake->commands };

        # Without the end of the round before.
        return $seen =~ s/^(?:11 )+//r;
    };

    $fake->forget;
    eventually('a slow server: another round',
        sub { $rounds->() =~ /\b0 .*\b2\b/ }, 60);
    ok($nginx->reload, 'a slow server: a reload in between');
    eventually('a slow server: the next round',
        sub { $rounds->() =~ /\b2 .*\b11\b/ }, 60);
    like($rounds->() =~ s/\b11\b.*//r, qr/\b0 .*\b2 .*\b0 /,
        'a slow server: by a new worker') or diag($rounds->());
}

finish();
