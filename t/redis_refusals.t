# Whatever Redis refuses is kept in the spool, its callback is answered with
# 200, and it is stored once the trouble is over: one class of refusals after
# another.  t/redis_replies.t tests what the connection does about each.

use strict;
use warnings;

use Time::HiRes qw(time);

use SocialCare::Care;
use SocialCare::Clock;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;

my $number = 0;

sub next_id { return 'f' . ++$number }
sub spool_of { return care_status($_[0])->{spool} }

sub answered {
    my ($fake) = @_;
    my %last;

    for my $command (@{ $fake->commands }) {
        next if SocialCare::FakeRedis::script_of(@$command) ne 'enqueue';
        $last{$_}++ for join(' ', @$command) =~ /"object":"2_(f\d+)"/g;
    }

    return \%last;
}

my $clock = SocialCare::Clock->new;
my $fake = SocialCare::FakeRedis->new(unix => 1);
my $nginx = care_nginx(redis => $fake->url, options => '%%patient%%',
    main => $clock->main, environment => { $clock->environment },
    top => 'socialcare_spool %%dir%%/spool;')->start;

taken($nginx, next_id(), 'fake Redis');

for my $case (
    [loading => 'LOADING Redis is loading the dataset in memory'],
    [loading => 'MASTERDOWN Link with MASTER is down and'
        . " replica-serve-stale-data is set to 'no'."],
    [readonly => "READONLY You can't write against a read only replica."],
    [misconf => 'MISCONF Errors writing to the AOF file: No space left on'
        . ' device'],
    [noreplicas => 'NOREPLICAS Not enough good replicas to write.'],
    [busy => 'BUSY Redis is busy running a script. You can only call SCRIPT'
        . ' KILL or SHUTDOWN NOSAVE.'],
    [clusterdown => 'CLUSTERDOWN The cluster is down'],
    [tryagain => 'TRYAGAIN Multiple keys request during rehashing of slot'],
    [moved => 'MOVED 505 127.0.0.1:7001'],
    [ask => 'ASK 505 127.0.0.1:7001'],
    [auth => 'NOAUTH Authentication required.'],
    [auth => "ERR The user executing the script can't run this command or"
        . ' subcommand script: 0123, on @user_script:9.'],
) {
    my ($class, $text) = @$case;
    my $name = (split ' ', $text)[0] eq 'ERR' ? 'denied'
        : (split ' ', $text)[0];
    my $drained = spool_of($nginx)->{drained};
    my $errors = care_error($nginx, $class);
    my @ids = map { next_id() } 1 .. 3;

    $fake->clear->forget;
    $fake->rule(script => $_, error => $text) for qw(enqueue sweep);
    is(care_post($nginx, $_)->{status}, 200, "$name: $_ is kept") for @ids;
    cmp_ok(care_error($nginx, $class), '>', $errors, "$name: counted");
    is(spool_of($nginx)->{waiting_records}, 3, "$name: 3 wait");

    $fake->forget->clear;
    eventually("$name: all are stored when it is over", sub {
        my $spool = spool_of($nginx);

        $spool->{state} eq 'up' && $spool->{drained} == $drained + 3;
    }) or diag(explain(spool_of($nginx)));

    my $sent = answered($fake);

    is_deeply([grep { !$sent->{$_} } @ids], [], "$name: and were sent");
    is(care_post($nginx, next_id())->{status}, 200, "$name: live again");
}

# To and fro with each callback: the log says so, but not each time, and in the
# end how it is.
{
    my @lines = map { qr/socialcare: $_: / } qw(DRAINING UP);
    my $count = sub { map { care_lines($nginx, $_) } @lines };
    my $text = "NOPERM this user has no permissions to run the 'zadd' command";

    for my $round (1, 2) {
        $clock->advance(10);
        $fake->clear->forget;

        my $start = time;
        my @before = $count->();

        for (1 .. 5) {
            my $drained = spool_of($nginx)->{drained};

            $fake->rule(script => 'enqueue', times => 1, error => $text);
            is(care_post($nginx, next_id())->{status}, 200, "to and fro: kept");
            eventually('to and fro: drained', sub {
                my $spool = spool_of($nginx);

                $spool->{drained} > $drained && $spool->{state} eq 'up';
            });
        }

        my @after = $count->();
        my $late = (time - $start) / 10;

        for my $i (0 .. $#lines) {
            cmp_ok($after[$i], '>', $before[$i], "to and fro: $lines[$i]");
            cmp_ok($after[$i], '<=', $before[$i] + 1 + $late,
                "to and fro: $lines[$i], once") or diag($nginx->log);
        }
    }

    $clock->advance(10);
    eventually('to and fro: up, in the end', sub {
        $nginx->log =~ /.*$lines[1]/s && $' !~ /$lines[0]/
    });
}

# What waited behind a callback that was tried again in vain follows it into the
# spool: they are stored in their order.
{
    my ($first, $second) = map { next_id() } 1, 2;
    my $drained = spool_of($nginx)->{drained};
    my $tryagain = 'TRYAGAIN Multiple keys request during rehashing of slot';

    $fake->clear->forget;
    $fake->rule(script => 'enqueue', match => qq{"2_$first"}, times => 4,
        error => $tryagain);
    $fake->rule(script => 'enqueue', match => qq{"2_$second"}, times => 2,
        error => $tryagain);

    my @waiting = care_send($nginx, $first);

    wait_for { answered($fake)->{$first} } 2;
    push @waiting, care_send($nginx, $second);
    is(join(' ', map { ($_->read_response // {})->{status} // 0 } @waiting),
        '200 200', 'one behind the other: both are taken');
    eventually('one behind the other: stored when it is over', sub {
        my $spool = spool_of($nginx);

        $spool->{state} eq 'up' && $spool->{drained} >= $drained + 1;
    });

    my $sent = join ' ', map { join ' ', @$_ }
        grep { SocialCare::FakeRedis::script_of(@$_) eq 'enqueue' }
        @{ $fake->commands };

    cmp_ok(rindex($sent, qq{"2_$first"}), '<', rindex($sent, qq{"2_$second"}),
        'one behind the other: in their order');
    $fake->clear;
}

# No room for our connection, said unasked.
{
    my $before = care_error($nginx, 'maxclients');

    $fake->rule(command => 'CLIENT', close => 1,
        raw => "-ERR max number of clients reached\r\n");
    $fake->drop_now;
    eventually('no room: counted',
        sub { care_error($nginx, 'maxclients') > $before });
    is(care_post($nginx, next_id())->{status}, 200, 'no room: kept');
    $fake->clear;
    eventually('no room: stored when there is some',
        sub { spool_of($nginx)->{state} eq 'up' });
}

is(spool_of($nginx)->{refused}{$_}, 0, "no 503: $_")
    for sort keys %{ spool_of($nginx)->{refused} };
is_deeply([glob $nginx->dir . '/spool/*'], [], 'and nothing is left over');

# A cache refuses nothing when it is full: it forgets what it acknowledged.
SKIP: {
    skip 'no redis-server', 15 if !SocialCare::Redis->available;

    my $line = qr/\[warn\] .*throws away what it acknowledged .*noeviction/;

    for my $case (
        ['no limit', [], 0],
        ['no limit, a policy', ['maxmemory-policy allkeys-lru'], 0],
        ['a limit', ['maxmemory 100mb'], 0],
        ['a cache', ['maxmemory 100mb', 'maxmemory-policy allkeys-lru'], 1],
        ['a half', ['maxmemory 100mb', 'maxmemory-policy volatile-ttl'], 1],
    ) {
        my ($name, $config, $said) = @$case;
        my $redis = SocialCare::Redis->start(config => $config);
        my $nginx = care_nginx(redis => 'unix:' . $redis->socket)->start;

        # The line about the append-only file comes from the same reading.
        ok($nginx->wait_log(qr/keeps no append-only file/), "$name: read");
        is($nginx->log =~ $line ? 1 : 0, $said, "$name: told of or not");

        my $evicts = care_status($nginx)->{redis}{evicts};
        is(defined $evicts ? $evicts + 0 : -1, $said, "$name: shown or not");
    }
}

finish();
