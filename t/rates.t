# Rates of queues: arrivals, what workers read, and how long it takes to drain;
# all of them are unknown once Redis is gone.

use strict;
use warnings;

use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $redis = SocialCare::Redis->start;
my $client = $redis->client;

if ((split /\./, $client->call('INFO', 'server') =~ /redis_version:(\S+)/
    ? $1 : '0')[0] < 7)
{
    $redis->stop;
    plan(skip_all => 'Redis before 7 does not count what a group has read');
}

# A backlog from before: it arrived at no rate that anybody saw.
my $stream = '{care:default/0}:q:mentions';

$client->call('SADD', '{care:default/0}:queues', 'mentions');
$client->call('XGROUP', 'CREATE', $stream, 'workers', '0', 'MKSTREAM');
$client->call('XADD', $stream, '*', 'm', "old $_") for 1 .. 400;

my $nginx = SocialCare::Nginx->new(vars => { redis => $redis->socket },
    http   => 'socialcare_redis unix:%%redis%% %%patient%%;',
    server => <<'END',
        location = /hook {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
        }
        location = /status { socialcare_status; }
END
)->start;
my $port = $nginx->port;

sub queue { return queue_status($nginx, 'mentions') // {} }

sub mentions {
    my ($n) = @_;

    return send_page($port, '/hook', page(map { comment(fresh_id(),
        post => "1_$_", from => "a$_") } 1 .. $n))->{status};
}

sub pop_some {
    my ($n) = @_;

    return $client->call('XREADGROUP', 'GROUP', 'workers', 'me', 'COUNT', $n,
        'STREAMS', $stream, '>');
}


# One reading tells no rate, and no drain time where something waits.
{
    ok(wait_for(sub { (queue()->{depth} // 0) == 400 }, 20), 'seen');
    my $queue = queue();

    ok(exists $queue->{arrival_per_s} && exists $queue->{pop_per_s},
        'members are there');
    cmp_ok($queue->{ready_lag_ms} // -1, '>=', 0, 'the first waits');
}

is(mentions(40), 200, 'forty come');
ok(wait_for(sub { (queue()->{arrival_per_s} // 0) > 0 }, 20),
    'something comes');
is(queue()->{pop_per_s}, 0, 'nobody reads: that is known');
is(queue()->{drain}, 'never', 'at that rate it never drains');
is(queue()->{drain_s}, undef, 'which is no number');

my $text = get($port, '/status?format=prometheus')->{body};
like($text, qr/^socialcare_queue_drain_seconds\{brand="default",queue="mentions"\} \+Inf$/m,
    'never is +Inf in Prometheus\' text');
like($text, qr/^socialcare_queue_arrivals_per_second\{brand="default",queue="mentions"\} [0-9.]+$/m,
    'the rate');


# Workers read more than comes, and something is left.
my $finite;

pop_some(200);
ok(wait_for(sub {
    my $queue = queue();

    $finite = $queue if $queue->{drain} eq 'finite';
    return $finite;
}, 20), 'the drain time is finite');
cmp_ok($finite->{drain_s}, '>', 0, 'and takes a while');
cmp_ok($finite->{pop_per_s}, '>', $finite->{arrival_per_s},
    'more goes than comes');

my $wanted = $finite->{lag} / ($finite->{pop_per_s} - $finite->{arrival_per_s});
cmp_ok(abs($finite->{drain_s} - $wanted), '<=', 1 + 0.01 * $wanted,
    'waiting over the difference');

pop_some(1000);
ok(wait_for(sub { (queue()->{lag} // 1) == 0 }, 20), 'all are read');
is(queue()->{drain}, 'now', 'nothing is left to drain');
is(queue()->{drain_s}, 0, 'in no time');
is(queue()->{ready_lag_ms}, 0, 'nothing waits unread');


# A new stream counts from the beginning: no rate falls below 0.
$client->call('DEL', $stream);
is(mentions(3), 200, 'the stream is made anew');
ok(wait_for(sub { (queue()->{lag} // 0) == 3 }, 20), 'and seen');
ok(wait_for(sub { defined queue()->{arrival_per_s} }, 20), 'a rate again');
cmp_ok(queue()->{arrival_per_s}, '>=', 0, 'that is not negative');


# Old rates say nothing: they are unknown while the numbers keep their age.
$nginx->allow(qr/redis/i);
$redis->stop;
ok(wait_for(sub { !defined queue()->{arrival_per_s} }, 40),
    'without Redis the rates are unknown');
is(queue()->{pop_per_s}, undef, 'both');
is(queue()->{drain}, 'unknown', 'and so is the drain time');
is(queue()->{drain_s}, undef, 'in numbers, too');
cmp_ok(queue()->{reading_age_ms}, '>=', 15_000, 'the reading says its age');
unlike(get($port, '/status?format=prometheus')->{body},
    qr/^socialcare_queue_(?:arrivals|pops)_per_second\{/m, 'none in Prometheus\' text');

finish();
