# A worker may die at any moment: what it acknowledged is in the queue, once; no
# lock remains held; its successor serves and takes over its slot.

use strict;
use warnings;

use Time::HiRes qw(sleep);

use SocialCare::Care;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;

if (!SocialCare::Redis->available) {
    plan(skip_all => 'no redis-server');
}

my $seed = $ENV{TEST_SEED} // 20260115;

note("TEST_SEED=$seed");
srand $seed;

my $redis = SocialCare::Redis->start;

# Callbacks to /many have a queue of their own each, so that the zone's lock is
# taken: that is where a kill would hurt.
my $nginx = care_nginx(redis => $redis->socket, workers => 2,
    top => '    map $request_id $care_queue { "~^(?<n>.{8})" "q$n"; }',
    more => '    location /many {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
            socialcare_queue $care_queue;
        }');

$nginx->allow(qr/exited on signal 9/);
$nginx->start;

my $load = SocialCare::Care->load($nginx->port, senders => 4);

ok($load->go_on(30), 'callbacks are taken');

for my $kill (1 .. 20) {
    my @workers = $nginx->workers;
    my $victim = $workers[int rand @workers];

    # Names that take the lock, at the same time.
    my @many = map {
        my $id = "m${kill}x$_";
        eval { care_send($nginx, $id, uri => '/many') };
    } 1 .. 5;

    sleep rand 0.05;
    kill 'KILL', $victim;
    $_ && $_->close for @many;

    eventually("kill $kill: a new worker", sub {
        my @now = $nginx->workers;
        @now == 2 && !grep { $_ == $victim } @now;
    });
    ok($load->go_on(20), "kill $kill: callbacks are taken")
        or diag(care_tail($nginx));
}

# Both workers can still take the lock.
for my $i (1 .. 40) {
    my $answer = care_post($nginx, "after$i", uri => '/many');

    is($answer->{status}, 200, "lock: $i") if $answer->{status} != 200;
}

$load->stop;
$load->judge($redis->client, '20 kills');

my $status = care_status($nginx);
my %alive = map { $_ => 1 } $nginx->workers;

is(scalar @{ $status->{redis}{workers} }, 2, 'two slots are in use');
is(scalar(grep { !$alive{ $_->{pid} } } @{ $status->{redis}{workers} }), 0,
    'and they are those of living workers');

# A worker reads its queues now and then, so that commands may be in flight at
# any one moment; what the dead left would stay.
my $workers;

eventually('nothing of the dead is counted', sub {
    $workers = care_status($nginx)->{redis}{workers};
    !grep { $_->{waiting_requests} || $_->{in_flight}
        || $_->{in_flight_items} } @$workers;
}) or diag(explain($workers));
cmp_ok($status->{platforms}[0]{results}{stored}, '>=',
    @{ $load->acknowledged } - 20 * 8, 'counters survive');

finish();
