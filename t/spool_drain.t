# How the spool is drained: whoever takes over a segment continues about where
# the previous worker was; the position in a segment never causes the loss of a
# record; and callbacks are answered during the drain.  Binary upgrade, too.

use strict;
use warnings;

use lib 'tests/ledger/lib';

use Time::HiRes qw(time sleep);

use Ledger::Servers;
use SocialCare::Care;
use SocialCare::FakeRedis;
use SocialCare::Faults;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Spool qw(segment_file read_segment left_item left_segment
    left_ids);
use SocialCare::Test;

my $spool = 'socialcare_spool %%dir%%/spool;';

sub spool_of { return care_status($_[0])->{spool} }
sub segments { my @files = glob $_[0]->dir . '/spool/[0-9]*.seg'; return @files }

# How many items came, and how many different ones.
sub came {
    my ($fake) = @_;
    my @ids = map { @$_ } left_ids($fake);
    my %different = map { $_ => 1 } @ids;

    return (scalar @ids, scalar keys %different);
}


# Begun first and looked at last: a minute must pass before a segment is full
# of time.  Empty space is given back, or little traffic fills the disk.

my $idle_dir = temporary_folder();
my $idle = care_nginx(redis => "$idle_dir/redis.sock", top => $spool)->start;
my $idle_since = time;

is(care_post($idle, 'idle1')->{status}, 200, 'space: a record is kept');
is(-s((segments($idle))[0]), 16 << 20, 'space: is allocated in advance');


# Begun here as well: a disk that takes longer than a minute for a sync.  A worker
# that is told to leave stays for as long as a callback waits for it.

my $slow_dir = temporary_folder();
my $slow = faulty_nginx(redis => "$slow_dir/redis.sock")->start;

is(care_post($slow, 'slow1')->{status}, 200, 'slow: a record is kept');
faults($slow, "fdatasync delay=62000 *.seg\n");

my $slow_callback = care_send($slow, 'slow2');
my ($slow_worker) = $slow->workers;

eventually('slow: waits for the disk', sub { care_waiting($slow) == 1 });
$slow->signal('QUIT');

my $slow_since = time;


# A worker leaves in the middle: reload, quit, and one that is killed.

for my $how ('reload', 'quit', 'kill') {
    my $count = 3000;
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $nginx = care_nginx(redis => $fake->url, top => $spool,
        options => '%%patient%%');

    # About 256 a third of a second.
    $fake->rule(script => 'enqueue', raw => care_stored(64), delay => 0.3,
        match => '\x40\x00');
    left_segment($nginx, 1, map { left_item($_) } 1 .. $count);
    $nginx->start;

    eventually("$how: half of it is sent",
        sub { spool_of($nginx)->{drained} >= $count / 2 }, 20);

    my ($worker) = $nginx->workers;

    cmp_ok(spool_of($nginx)->{drained}, '<', $count - 500,
        "$how: it is not at the end");

    if ($how eq 'reload') {
        ok($nginx->reload, "$how: done");
    } elsif ($how eq 'quit') {
        ok($nginx->quit, "$how: done");
        $nginx->start;
    } else {
        $nginx->allow(qr/exited on signal 9/);
        kill 'KILL', $worker;
    }

    eventually("$how: the segment is gone", sub { !segments($nginx) }, 20);

    my ($all, $different) = came($fake);

    is($different, $count, "$how: every record was sent");
    # A second of them and what was under way, or only what was.
    cmp_ok($all - $count, '<=', $how eq 'kill' ? 1400 : 256,
        "$how: few of them twice: " . ($all - $count));
    unlike($nginx->log, qr/damaged|cut off/, "$how: the file was in order");
    is(care_lines($nginx, 'SPOOLING'), 0, "$how: and Redis was never away");
    cmp_ok(care_lines($nginx, 'DRAINING'), '>', 1, "$how: as each worker says");
    ok($nginx->quit, "$how: it leaves") or diag($nginx->log);
}


# What others left, to a Redis that does not take it: that is said, once.
{
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $nginx = care_nginx(redis => $fake->url, top => $spool,
        options => '%%patient%%');

    $fake->rule(script => 'enqueue', times => 2,
        error => "OOM command not allowed when used memory > 'maxmemory'.");
    left_segment($nginx, 1, map { left_item($_) } 1 .. 100);
    $nginx->start;
    eventually('refused: then taken', sub { !segments($nginx) });
    is(join(' ', $nginx->log =~ /socialcare: ([A-Z]{2,})\b/g),
        'SPOOLING DRAINING UP', 'refused: all of it is said, once');
    ok($nginx->quit, 'refused: it leaves') or diag($nginx->log);
}


# What a segment says about its position: all forms of it, and no record lost.

{
    my $redis = SocialCare::Redis->available
        ? SocialCare::Redis->start : undef;

    SKIP: {
        skip 'no redis-server', 1 if !$redis;

        my $nginx = care_nginx(redis => $redis->socket, top => $spool);
        my $mark = sub {
            my ($position) = @_;
            return { kind => 4, event_ms => now_ms(),
                payload => pack 'Q<', $position };
        };
        my ($header) = read_segment(segment_file({ created_ms => now_ms() },
            left_item(1)));
        my $first = $header->{first};

        # Three are done, one mark is older, one is no number, one is beyond.
        left_segment($nginx, 1, (map { left_item($_) } 11 .. 16),
            $mark->($first + 1), $mark->($first + 3));
        left_segment($nginx, 2, (map { left_item($_) } 21 .. 23),
            { kind => 4, event_ms => now_ms(), payload => 'abc' });
        left_segment($nginx, 3, (map { left_item($_) } 31 .. 33),
            $mark->($first + 3));
        left_segment($nginx, 4, (map { left_item($_) } 41 .. 43), $mark->(0));

        # Cut off while it was written: it does not count.
        my $torn = left_segment($nginx, 5, (map { left_item($_) } 51 .. 53),
            $mark->($first + 2));
        truncate $torn, (-s $torn) - 8;
        $nginx->start;

        my $want = join ' ', sort map { "d$_" } 14 .. 16, 21 .. 23, 41 .. 43,
            51 .. 53;

        eventually('positions: what is not done is queued, the rest is not',
            sub { join(' ', sort keys %{ care_ids($redis->client) })
                eq $want }) or diag(join ' ', sort keys
                    %{ care_ids($redis->client) });
        eventually('positions: the segments are gone',
            sub { !segments($nginx) });
        is(join(' ', sort keys %{ care_ids($redis->client) }), $want,
            'positions: nothing more came');
        $nginx->quit;
    }
}


# Live callbacks while much is drained: none waits for the whole of it.

SKIP: {
    skip 'no redis-server', 1 if !SocialCare::Redis->available;

    my $redis = SocialCare::Redis->start;
    my $nginx = care_nginx(redis => $redis->socket, top => $spool,
        options => '%%patient%%', hook => 'socialcare_brand live;');
    my ($number, $drained, @slow, @refused) = (0, 0);

    for my $file (1 .. 3) {
        left_segment($nginx, $file, map { left_item(++$number,
            record => qq({"v":1,"object":"2_d$number","text":")
                . 'x' x 900 . '"}') } 1 .. 8000);
    }

    $nginx->start;
    eventually('pace: it begins', sub { spool_of($nginx)->{drained} > 0 });

    my $live = 0;

    while (($drained = spool_of($nginx)->{drained}) < $number && $live < 2000) {
        my $start = time;

        push @refused, $live if care_post($nginx, 'live' . ++$live)->{status}
            != 200;
        push @slow, time - $start if time - $start > 0.5;
    }

    cmp_ok($live, '>', 3, "pace: $live callbacks came meanwhile");
    is(scalar @refused, 0, 'pace: all were taken');
    cmp_ok(scalar @slow, '<=', $live / 10, "pace: and at once")
        or diag("@slow");
    eventually('pace: all of it is drained',
        sub { !segments($nginx) }, 30);
    is($redis->client->call('XLEN', SocialCare::Care::QUEUE), $number,
        'pace: and queued once');
    is($redis->client->call('XLEN', '{care:live/0}:q:mentions'), $live,
        'pace: like those that came meanwhile');
    $nginx->quit;
}


# Many in flight: the drain holds back until they are answered.

{
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $nginx = care_nginx(redis => $fake->url, top => $spool,
        options => '%%patient%%', hook => 'socialcare_brand $arg_b;');
    my $sent = sub { my ($all) = came($fake); return $all };

    left_segment($nginx, 1, map { left_item($_) } 1 .. 2000);
    # Answers of the live brand take their time, those of the spool some.
    $fake->rule(script => 'enqueue', match => 'care:b', raw => care_stored(1),
        delay => 1.5);
    $fake->rule(script => 'enqueue', raw => care_stored(64), delay => 0.05,
        match => '\x40\x00');
    $nginx->start;
    eventually('yield: it begins', sub { $sent->() > 0 });

    # A tag of its own for each: they do not fit into one command.
    my @live = map { care_send($nginx, "y$_", uri => "/hook?b=b$_") } 1 .. 40;

    eventually('yield: they are in flight', sub {
        care_status($nginx)->{redis}{workers}[0]{in_flight} > 32
    });
    sleep 0.2;

    my $before = $sent->();

    sleep 0.4;
    cmp_ok($sent->() - $before, '<=', 64, 'yield: the drain holds back');
    is((map { $_->read_response->{status} } $_)[0], 200, 'yield: live')
        for @live;
    eventually('yield: and goes on', sub { !segments($nginx) }, 20);
    $nginx->quit;
}


# A new binary takes over while records wait, and while they are sent.

SKIP: {
    skip 'no redis-server', 1 if !SocialCare::Redis->available;

    my $dir = temporary_folder();

    # The second binary gets only what is named; the sanitizers need theirs.
    my $nginx = care_nginx(redis => "$dir/redis.sock", top => $spool,
        workers => 2, main => sanitized() ? join '', map { "env $_;\n" }
            qw(LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS) : '');

    bless $nginx, 'Ledger::Nginx';
    $nginx->start;

    my @ids = map { "u$_" } 1 .. 60;

    is(care_post($nginx, $_)->{status}, 200, "upgrade: $_ is kept")
        for @ids[0 .. 29];
    ok($nginx->upgrade, 'upgrade: done');
    is(care_post($nginx, $_)->{status}, 200, "upgrade: $_ is kept")
        for @ids[30 .. 59];

    my $redis = SocialCare::Redis->start(dir => "$dir");

    ok($nginx->upgrade, 'upgrade: and once more while it is sent');
    eventually('upgrade: all of it is queued, once', sub {
        my $found = care_ids($redis->client);

        join(' ', map { "$_=" . ($found->{$_} // 0) } @ids)
            eq join ' ', map { "$_=1" } @ids;
    });
    eventually('upgrade: the directory is empty', sub { !segments($nginx) });
    ok($nginx->quit, 'upgrade: it leaves') or diag($nginx->log);
}


eventually('slow: a minute later', sub { time - $slow_since > 60.5 }, 70);
ok(SocialCare::Nginx::alive($slow_worker), 'slow: the worker waits');
is(($slow_callback->read_response // {})->{status}, 200,
    'slow: and answers, once the record is synced');
eventually('slow: then it leaves',
    sub { !SocialCare::Nginx::alive($slow_worker) });
ok($slow->quit, 'slow: the end') or diag($slow->log);


{
    my ($first) = segments($idle);

    eventually('space: a minute has passed', sub { time - $idle_since > 61 },
        70);
    is(care_post($idle, 'idle2')->{status}, 200, 'space: a later record');
    is(scalar(segments($idle)), 2, 'space: goes into another segment');
    cmp_ok(-s $first, '<', 4096, 'space: that of the first is given back');
    cmp_ok(-s $first, '>', 600, 'space: and its record is there');
    ok($idle->quit, 'space: nginx leaves');
    is(scalar(grep { -s > 4096 } segments($idle)), 0,
        'space: and gives back that of the second');
    $idle->start;
    is(care_post($idle, 'idle3')->{status}, 200, 'space: a third');

    if (SocialCare::Redis->available) {
        my $redis = SocialCare::Redis->start(dir => "$idle_dir");

        eventually('space: all are queued', sub {
            join(' ', sort keys %{ care_ids($redis->client) })
                eq 'idle1 idle2 idle3'
        });
        eventually('space: the directory is empty', sub { !segments($idle) });
        ok($idle->quit, 'space: the end');
    }
}

finish();
