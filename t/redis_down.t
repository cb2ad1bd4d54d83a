# Redis down: absent at startup, stopped, killed, frozen.  Callbacks get an
# honest 503 in time, handshakes work, nothing is lost or doubled once it is
# back, and the log says it once.

use strict;
use warnings;

use Time::HiRes qw(time sleep);

use SocialCare::Care;
use SocialCare::Clock;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;

if (!SocialCare::Redis->available) {
    plan(skip_all => 'no redis-server');
}

my $number = 0;


# Absent at the start.  The clock is moved on wherever the log is to say again
# what it said before: within ten seconds it does not.

my $clock = SocialCare::Clock->new;
my $redis = SocialCare::Redis->start;

$redis->stop;

my $nginx = care_nginx(redis => $redis->socket, main => $clock->main,
    environment => { $clock->environment });

$nginx->start;

my $refused = 0;

$refused += refused_in_time($nginx, "absent $_") for 1, 2;

my $handshake = get($nginx->port, '/hook?hub.mode=subscribe&hub.challenge=4711'
    . '&hub.verify_token=token');

is($handshake->{status}, 200, 'a handshake needs no Redis');
is($handshake->{body}, '4711', 'and is answered as asked');

my $status = care_status($nginx);

is($status->{redis}{workers}[0]{in_flight}, 0, 'status: nothing in flight');
isnt($status->{redis}{state}, 'ready', 'status does not say ready');
is($status->{redis}{durability}, 'unknown', 'what was not read is unknown');
is($status->{redis}{evicts}, undef, 'nor whether it evicts');
is($status->{platforms}[0]{results}{unavailable}, $refused,
    'all 503 are counted');

# Many callbacks and tries later it is still one line.
for (1 .. 40) { care_post($nginx, 'no' . ++$number); sleep 0.02 }
is(care_lines($nginx, qr/is away/), 1, 'said once, not with each callback')
    or diag($nginx->log);
is(care_lines($nginx, qr/connect\(\)/), 1, 'and the cause once');


# There, stopped, there, killed, there: twice.

for my $round (1, 2) {
    $clock->advance(10);
    $redis->run;
    taken($nginx, "up$round", "round $round: Redis appears");

    my $lines = care_lines($nginx, qr/is away/);

    $redis->stop;
    refused_in_time($nginx, "round $round: stopped");
    refused_in_time($nginx, "round $round: stopped, again");
    is(care_lines($nginx, qr/is away/), $lines + 1,
        "round $round: a line for the stop") or diag($nginx->log);

    $clock->advance(10);
    $redis->run;
    taken($nginx, "back$round", "round $round: started again");
    eventually("round $round: ready in the status", sub {
        care_status($nginx)->{redis}{state} eq 'ready'
    });
    $redis->stop('KILL');
    refused_in_time($nginx, "round $round: killed");
    is(care_lines($nginx, qr/is away/), $lines + 2,
        "round $round: a line for the kill") or diag($nginx->log);
}

$clock->advance(10);
$redis->run;
taken($nginx, 'last', 'after all that');
is_deeply(care_ids($redis->client), { last => 1 }, 'and stored once');
is(care_lines($nginx, qr/is ready/), 5, 'each return is said once')
    or diag($nginx->log);


# Frozen, with clients that wait and clients that leave.

for my $round (1, 2) {
    my ($worker) = $nginx->workers;

    taken($nginx, "warm$round", "frozen $round: before");
    my $files = care_files($worker);
    my $limit = 1 * ($ENV{TEST_TIME_FACTOR} || 1) * (sanitized() ? 3 : 1);
    my $took;

    # A busy machine may delay a response once, but not three times.
    for my $try (1 .. 3) {
        $redis->signal('STOP');

        my $start = time;
        my @stay = map { care_send($nginx, "stay${round}x$_") } 1 .. 10;
        my @leave = map { care_send($nginx, "leave${round}x$_") } 1 .. 10;

        $_->abort for @leave[0 .. 4];
        $_->close for @leave[5 .. 9];

        my @status = map { ($_->read_response // {})->{status} // 0 } @stay;

        $took = time - $start;
        is("@status", join(' ', (503) x 10), "frozen $round: all get 503");
        $_->close for @stay;
        last if $took < $limit || $try == 3;
        $redis->signal('CONT');
        taken($nginx, "again${round}x$try", "frozen $round: once more");
    }

    cmp_ok($took, '<', $limit, "frozen $round: within a second");

    refused_in_time($nginx, "frozen $round: while connecting");
    eventually("frozen $round: nobody waits any more",
        sub { care_waiting($nginx) == 0 });

    $redis->signal('CONT');
    taken($nginx, "thawed$round", "frozen $round: resumed");

    # What was sent before the freeze was noticed may have been stored; the
    # platform's retry must not double it.
    taken($nginx, "stay${round}x$_", "frozen $round: retry $_")
        for 1 .. 10;

    my $ids = care_ids($redis->client);
    my @wrong = grep { ($ids->{"stay${round}x$_"} // 0) != 1 } 1 .. 10;

    is("@wrong", '', "frozen $round: each retried one is there once");
    is(scalar(grep { $_ > 1 } values %$ids), 0, "frozen $round: none twice");
    eventually("frozen $round: no descriptor is left open",
        sub { care_files($worker) <= $files })
        or diag(care_files($worker) . " against $files");
}


# How often it knocks while nobody opens: first soon, then every other second.

my $fake = SocialCare::FakeRedis->new;
my $knocks = care_nginx(redis => $fake->url);

$fake->rule(command => 'PING', close => 1);
$knocks->start;
eventually('back-off: it knocks', sub { $fake->accepted >= 3 });

my $begin = time;
my $before = $fake->accepted;

while (time - $begin < 4) {
    care_post($knocks, 'k' . ++$number);
    sleep 0.01;
}

my $tries = $fake->accepted - $before;

cmp_ok($tries, '<=', 25, "back-off: $tries tries in 4 s of callbacks");
cmp_ok(care_lines($knocks, qr/is away/), '<=', 1, 'back-off: said once');
$fake->clear;
taken($knocks, 'in', 'back-off');
ok(care_status($knocks)->{redis}{connect_failures} >= 3,
    'failed tries are counted');

finish();
