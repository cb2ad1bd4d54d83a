# A hundred brands with five queues each in the default zone: all of them are
# shown, nothing overflows, a scrape waits for nobody; what it costs is printed.

use strict;
use warnings;

use JSON::PP ();
use Time::HiRes ();

use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $redis = SocialCare::Redis->start;
my $client = $redis->client;
my $hour = int(time / 3600);
my @brands = map { "brand-$_" } 1 .. 100;
my @queues = map { "queue-$_" } 1 .. 5;
my @fields = map { my $slot = $_; map { ("$slot$_->[0]", $_->[1]) }
    ['in', 120], ['oF1', 60], ['oN3', 20], ['w1.170', 40], ['w1.200', 5],
    ['f.170', 40], ['fms', 34_000_000], ['n.120', 9], ['met', 35], ['miss', 12] }
    'a', 'f', 'l';

for my $brand (@brands) {
    my $tag = "{care:$brand/0}";

    $client->call('SADD', "$tag:queues", @queues);
    $client->call('SADD', "$tag:series", map { "social:$_" } @queues);

    for my $queue (@queues) {
        $client->call('HSET', "$tag:st:$queue:social:$_", @fields)
            for $hour - 30, $hour - 3 .. $hour;
    }
}

my $nginx = SocialCare::Nginx->new(vars => { redis => $redis->socket },
    http   => 'socialcare_redis unix:%%redis%% %%patient%%;',
    server => join('', map { <<"END" } @brands) . <<'END',
        location = /hook/$_ {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
            socialcare_brand $_;
        }
END
        location = /status { socialcare_status; }
END
)->start;
my $port = $nginx->port;

sub document {
    return JSON::PP::decode_json(get($port, '/status?format=json&'
        . ($_[0] // ''))->{body});
}

ok(wait_for(sub {
    my $sla = document('window=5m,24h')->{sla};

    return @$sla == 500 && !grep { !$_->{windows}{'5m'} || !$_->{windows}{'24h'} }
        @$sla;
}, 120), 'all windows of 500 series were read');

my $status = document('window=24h,7d');
is($status->{series_overflow}, 0, 'all have room in the default zone');
cmp_ok($status->{zone_free_bytes}, '>', 1024 * 1024, 'and more is left');
is(scalar @{ $status->{history} }, 100, 'courses of all brands');
is(scalar(grep { $_->{hours} && $_->{slots} } @{ $status->{history} }), 100,
    'which are known');
is(scalar @{ $status->{fairness} }, 100, 'groups of all brands');
is(scalar(grep { $_->{windows}{'7d'}{in} == 5 * 3 * 120 } @{ $status->{sla} }),
    500, 'a number of each series');
is(scalar @{ document('brand=brand-7')->{sla} }, 5, 'one brand alone');


# CPU of the worker; ticks are 10 ms, so over many scrapes.
sub ticks {
    my ($pid) = $nginx->workers;
    my @stat = split ' ', read_file("/proc/$pid/stat");

    return $stat[13] + $stat[14];
}

for my $arguments ('format=json', 'format=json&window=24h', 'format=prometheus',
    'format=json&brand=brand-3')
{
    my ($rounds, $good, $size) = (40, 0, 0);
    my $before = ticks();

    for (1 .. $rounds) {
        my $answer = get($port, "/status?$arguments");

        $size = length $answer->{body};
        $good += $answer->{status} == 200;
    }

    is($good, $rounds, "$arguments: answered each time");
    diag(sprintf '%-28s %7.1f KB  %.2f ms of CPU', $arguments, $size / 1024,
        (ticks() - $before) * 10 / $rounds);
}


# Redis stands still: the same document at once, and older.
$redis->signal('STOP');

for my $format (qw(json prometheus)) {
    my $took;

    # A busy machine may delay a response once, but not three times.
    for (1 .. 3) {
        my $begin = Time::HiRes::time();

        is(get($port, "/status?format=$format")->{status}, 200,
            "$format while Redis stands still");
        $took = Time::HiRes::time() - $begin;
        last if $took < 2;
    }
    cmp_ok($took, '<', 2, 'at once');
}

my $age = document('window=5m')->{sla}[0]{windows}{'5m'}{reading_age_ms};
ok(wait_for(sub {
    my $row = document('window=5m')->{sla}[0];

    return $row->{windows}{'5m'}{reading_age_ms} > $age + 500;
}, 10), 'its age grows');
is(document('window=24h')->{sla}[0]{windows}{'24h'}{in}, 4 * 3 * 120,
    'what was read stays');
$nginx->allow(qr/redis/i);
$redis->signal('CONT');

finish();
