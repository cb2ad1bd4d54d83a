# Breaches are booked when they happen, even if nobody looks at the status or
# sends anything, and two workers and two machines share one Redis.  The worker
# that sweeps may die.

use strict;
use warnings;

use Time::HiRes qw(time sleep);

use SocialCare::Care;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;

if (!SocialCare::Redis->available) {
    plan(skip_all => 'no redis-server');
}

my $tag = '{care:default/0}';
my $redis = SocialCare::Redis->start;
my $client = $redis->client;

sub machine {
    return care_nginx(redis => $redis->socket, workers => 2,
        hook => 'socialcare_sla 1s;')->start;
}


# The sum of one counter over all hours.

sub booked {
    my ($counter) = @_;
    my $sum = 0;

    for my $key (@{ $client->call('KEYS', "$tag:st:*") }) {
        my $fields = $client->hash('HGETALL', $key);

        $sum += $fields->{$_} for grep { substr($_, 1) eq $counter } keys %$fields;
    }
    return $sum;
}


# The brand's answer to a comment, as the platform echoes it.

sub answer {
    my ($nginx, $id) = @_;
    my $now = time;
    my $body = sprintf '{"object":"page","entry":[{"id":"104200990001234",'
        . '"time":%d,"changes":[{"field":"feed","value":{"item":"comment",'
        . '"verb":"add","post_id":"1_2","parent_id":"2_%s",'
        . '"comment_id":"2_a%s","from":{"id":"104200990001234",'
        . '"name":"Northwind"},"message":"On its way","created_time":%d}}]}]}',
        $now, $id, $id, $now;
    my %headers = sign('facebook', body => $body);

    return post($nginx->port, '/hook', $body, headers => [%headers])->{status};
}


# Booked within 2 s of the deadline, with a margin for a busy machine, and for as
# long as it stood still.  The status is not asked, nothing else is sent.

sub booked_in_time {
    my ($name, $expected, $since) = @_;
    my $factor = ($ENV{TEST_TIME_FACTOR} || 1) * (sanitized() ? 2 : 1);
    my ($looked, $stood) = (time, 0);
    my $done = wait_for(sub {
        my $now = time;

        $stood += $now - $looked - 0.1 if $now - $looked > 0.1;
        $looked = $now;
        return booked('miss') >= $expected;
    }, 8);
    my $took = time - $since;

    ok($done, "$name: booked");
    cmp_ok($took, '<', 1 + 2 + 1.5 * $factor + $stood,
        sprintf '%s: %.1f s after the question (target 1 s)', $name, $took);
    sleep 1.2;          # another sweep of everybody
    is(booked('miss'), $expected, "$name: once");
    return;
}


my $one = machine();
my $two = machine();
my $misses = 0;

for my $round (1, 2) {
    my $start = time;

    taken($_, "s${round}x" . $_->port, "round $round", time => int $start)
        for $one, $two;
    $misses += 2;
    booked_in_time("two machines, round $round", $misses, $start);
}

# Answered in time: no miss.  Answered too late: the miss stays one.
for my $round (1, 2) {
    my $start = time;

    taken($one, "soon$round", "answered in time, round $round",
        time => int $start);
    is(answer($two, "soon$round"), 200, "answered in time, round $round");
    taken($one, "late$round", "answered late, round $round",
        time => int $start);
    $misses++;
    booked_in_time("answered late, round $round", $misses, $start);
    is(answer($two, "late$round"), 200, "answered late, round $round");
    is(booked('miss'), $misses, "answered late, round $round: still one miss");
    is(booked('met'), $round, "answered in time, round $round: met");
}

$two->check;


# Who sweeps on this machine?  Two workers; the one that holds the lease sends
# commands while nobody calls.

sub sweeper {
    my %name_of;
    my @found;

    # CLIENT LIST: last command and how long ago; the socket has no pid, so
    # the status' numbers say it: a sweeper's round trip changes.
    wait_for(sub {
        my %before = map { $_->{pid} => $_->{round_trip_us} // -1 }
            @{ care_status($one)->{redis}{workers} };

        sleep 1.2;
        @found = map { $_->{pid} }
            grep { ($_->{round_trip_us} // -1) != ($before{ $_->{pid} } // -2) }
            @{ care_status($one)->{redis}{workers} };
        @found == 1;
    }, 10);

    return @found == 1 ? $found[0] : undef;
}

for my $round (1, 2) {
    my $holder = sweeper();

    ok($holder, "lease, round $round: one worker sweeps");
    $one->allow(qr/worker process \d+ exited on signal 9/);
    kill 'KILL', $holder if $holder;
    eventually("lease, round $round: a new worker",
        sub { $one->workers == 2 });

    my $start = time;

    taken($one, "killed$round", "lease, round $round", time => int $start);
    $misses++;
    booked_in_time("killed sweeper, round $round", $misses, $start);
}

# A reload: the old workers' lease must not hold up the new ones, also while
# an old one stays for a client that is slow.
for my $round (1, 2) {
    my ($body, @headers) = care_callback("slow$round");
    my ($head) = format_request('POST', '/hook', body => $body,
        headers => \@headers);
    my @slow = map { SocialCare::Http->connect($one->port) } 1 .. 6;

    $_->write($head) for @slow;
    sleep 0.2;
    ok($one->reload, "reload, round $round");

    my $start = time;

    taken($one, "reloaded$round", "reload, round $round", time => int $start);
    $misses++;
    booked_in_time("reload, round $round", $misses, $start);
    $_->close for @slow;
}

finish();
