# Brands that no configuration names: chosen by a map, renamed, taken out, or
# with fewer partitions than before.  After a restart, and in a new zone, their
# waits are still swept, shown and closed: Redis has the list of brands.

use strict;
use warnings;

use Time::HiRes qw(sleep);

use SocialCare::Care;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;

if (!SocialCare::Redis->available) {
    plan(skip_all => 'no redis-server');
}

my $list = '{care:known}';
my $map = 'map $socialcare_account $brand { default north/wind; }';

sub brands {
    my ($nginx) = @_;

    return join ' ', sort map { $_->{brand} }
        @{ care_status($nginx)->{history} };
}

sub queue_of {
    my ($nginx, $brand) = @_;
    my ($queue) = grep { $_->{brand} eq $brand }
        @{ care_status($nginx)->{queues} };

    return $queue // {};
}

# Booked misses, over all partitions.

sub booked {
    my ($client, $brand) = @_;
    my $sum = 0;

    for my $key (@{ $client->call('KEYS', "{care:$brand/*}:st:*") }) {
        my $hash = $client->hash('HGETALL', $key);

        $sum += $hash->{$_} for grep { /^.miss$/ } keys %$hash;
    }

    return $sum;
}

sub closed {
    my ($nginx, $wait, $brand) = @_;
    my $body = qq({"wait":"$wait","brand":"$brand","reason":"spam"});
    my $answer = post($nginx->port, '/close', $body,
        headers => ['Content-Type' => 'application/json']);

    return "$answer->{status} $answer->{body}" =~ s/\s+\z//r;
}


# A restart, and a zone of another size.

for my $how ('restart', 'zone') {
    my $redis = SocialCare::Redis->start;
    my $client = $redis->client;
    my $nginx = care_nginx(redis => $redis->socket, workers => 2, top => $map,
        options => '%%patient%%',
        hook => 'socialcare_brand $brand partitions=2; socialcare_sla 1h;',
        more => 'location = /close { socialcare_close; }')->start;
    my $begun = int time;

    is(care_post($nginx, "$how$_", time => $begun)->{status}, 200,
        "$how: $_ is taken") for 1 .. 6;
    eventually("$how: the brand is entered in the list",
        sub { $client->call('SISMEMBER', $list, 'north/wind/2') });
    is(join(' ', sort @{ $client->call('SMEMBERS', $list) }),
        'default/2 north/wind/2', "$how: nothing else is");

    # Was shared memory lost?
    if ($how eq 'restart') {
        ok($nginx->quit, "$how: nginx leaves");
        $nginx->start;
    } else {
        my @old = $nginx->workers;

        ok($nginx->reload(http => $nginx->{http} =~ s/zone 1m/zone 2m/r),
            "$how: another size");
        eventually("$how: the old workers leave",
            sub { !grep { SocialCare::Nginx::alive($_) } @old });
    }

    eventually("$how: all that wait are shown, of both partitions", sub {
        (queue_of($nginx, 'north/wind')->{open} // 0) == 6
    });
    is(queue_of($nginx, 'north/wind')->{depth}, 6, "$how: and the queue");
    is(brands($nginx), 'default north/wind', "$how: the brand is there");

    is(closed($nginx, "facebook:104200990001234:2_$how$_", 'north/wind'),
        '200 {"accepted":1,"duplicates":0}', "$how: $_ can be closed")
        for 1 .. 6;
    eventually("$how: all are closed",
        sub { queue_of($nginx, 'north/wind')->{open} == 0 });
    like(closed($nginx, 'facebook:1:2', 'nobody'), qr/^400 .*unknown/,
        "$how: a brand that never was is still unknown");
}


# Deadlines that pass while no mention comes; a brand that was renamed.
{
    my $redis = SocialCare::Redis->start;
    my $client = $redis->client;
    my $nginx = care_nginx(redis => $redis->socket, top => $map,
        options => '%%patient%%',
        hook => 'socialcare_brand $brand; socialcare_sla 4s;')->start;

    is(care_post($nginx, "late$_", time => int time)->{status}, 200,
        "deadline: $_ is taken") for 1, 2;
    eventually('deadline: the brand is entered in the list',
        sub { $client->call('SISMEMBER', $list, 'north/wind/1') });
    ok($nginx->quit, 'deadline: nginx leaves');
    $nginx->{http} =~ s{north/wind}{southwind};
    $nginx->start;
    eventually('deadline: both are booked as missed',
        sub { booked($client, 'north/wind') == 2 }, 15);
    is(care_post($nginx, 'other', time => int time)->{status}, 200,
        'deadline: a mention of the new name');
    eventually('deadline: both names are shown', sub {
        brands($nginx) eq 'default north/wind southwind'
    });

    # What is known only from the list is not entered again.
    $client->call('SREM', $list, 'north/wind/1');
    ok($nginx->reload, 'gone for good: a reload');
    eventually('gone for good: the list is written anew',
        sub { $client->call('DEL', $list); sleep 0.2;
            ok($nginx->reload, 'gone for good: again');
            wait_for { $client->call('EXISTS', $list) } 5 }, 20);
    eventually('gone for good: the others are in it', sub {
        join(' ', sort @{ $client->call('SMEMBERS', $list) })
            eq 'default/1 southwind/1'
    });
}


# Another number of partitions does not find what the first has stored.
{
    my $redis = SocialCare::Redis->start;
    my $nginx = care_nginx(redis => $redis->socket, hook =>
        'socialcare_brand acme;')->start;
    my $line = qr/\[warn\] .*"acme" has partitions=4 here, and 1 on another /;

    eventually('partitions: listed',
        sub { $redis->client->call('SISMEMBER', $list, 'acme/1') });
    ok($nginx->reload, 'partitions: a reload with the same');
    ok($nginx->reload(server => $nginx->{server} =~ s/acme/$& partitions=4/r),
        'partitions: another number');
    ok($nginx->wait_log($line), 'partitions: said')
        or diag($nginx->log);
    like($nginx->log, qr/"SREM \{care:known\} acme\/1"/,
        'partitions: and what to do');
    ok($nginx->reload, 'partitions: a reload with that number');
    ok($nginx->quit, 'partitions: the end');
    is(care_lines($nginx, $line), 1, 'partitions: said once');
    is(care_lines($nginx, qr/has partitions=/), 1, 'partitions: nothing else');

    $redis->client->call('SREM', $list, 'acme/1');
    $nginx->start;
    eventually('partitions: listed again', sub {
        care_status($nginx)->{redis}{durability} ne 'unknown' });
    ok($nginx->quit, 'partitions: and ended again');
    is(care_lines($nginx, $line), 1, 'partitions: as it should be');
}


# Entries that are not ours.
{
    my $redis = SocialCare::Redis->start;

    $redis->client->call('SADD', $list, 'good/3', 'no-partitions', '/1', 'b/',
        'c/0', 'd/1025', 'e/x', 'a b/1', 'x' x 65 . '/1', '', '/', "\0/1");

    my $nginx = care_nginx(redis => $redis->socket)->start;

    eventually('odd entries: the good one is found',
        sub { brands($nginx) =~ /good/ });
    is(brands($nginx), 'default good', 'odd entries: the others are not');
    is(care_status($nginx)->{names_overflow}, 0, 'odd entries: and no harm');
}


# A list that cannot be kept: said once, and nothing else suffers.

for my $case (
    ['another type', qr/\(poison\)/, { error => 'WRONGTYPE Operation against'
        . ' a key holding the wrong kind of value' }],
    ['denied', qr/\(auth\)/, { error => 'NOPERM this user has no permissions'
        . ' to access one of the keys used as arguments' }],
    ['odd', qr/\(unexpected\)/, { reply => 'what?' }],
) {
    my ($name, $class, $rule) = @$case;

    for my $command ('SADD', 'SMEMBERS') {
        my $fake = SocialCare::FakeRedis->new(unix => 1);
        my $line = qr/\[error\] .*does not keep the list of brands .*$class/;

        $fake->rule(command => $command, %$rule);

        my $nginx = care_nginx(redis => $fake->url)->start;

        ok($nginx->wait_log($line), "$name, $command: said");
        taken($nginx, 'one', "$name, $command");
        eventually("$name, $command: the sweeps go on", sub {
            3 <= grep { SocialCare::FakeRedis::script_of(@$_) eq 'sweep' }
                @{ $fake->commands }
        });
        is(care_status($nginx)->{redis}{state}, 'ready',
            "$name, $command: all is well");
        is(care_lines($nginx, $line), 1, "$name, $command: said once");
    }
}

# A connection that breaks at either is no obstacle; nor is a replica.
for my $command ('SADD', 'SMEMBERS') {
    my $fake = SocialCare::FakeRedis->new(unix => 1);

    $fake->rule(command => $command, close => 1, times => 1);
    $fake->rule(command => $command, times => 1,
        error => "READONLY You can't write against a read only replica.");

    my $nginx = care_nginx(redis => $fake->url)->start;

    eventually("broken, $command: it is tried again", sub {
        2 <= grep { $_->[0] eq $command } @{ $fake->commands }
    }, 20);
    eventually("broken, $command: the sweeps go on", sub {
        grep { SocialCare::FakeRedis::script_of(@$_) eq 'sweep' }
            @{ $fake->commands }
    });
    taken($nginx, 'one', "broken, $command");
}

finish();
