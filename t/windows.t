# Windows, cohorts and courses in the status against a model: waits with known
# starts and ends are written into Redis as the scripts would count them, over
# two partitions, and every number of the JSON is recomputed from the waits
# themselves.

use strict;
use warnings;

use JSON::PP ();
use POSIX qw(ceil floor);
use Time::HiRes ();

use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

use constant { HOUR => 3_600_000, SLOT => 300_000, DAY => 86_400_000 };

my @segments = ([1, 300, 146], [300, 900, 29], [900, 1800, 18],
    [1800, 3600, 18], [3600, 14400, 36], [14400, 86400, 46],
    [86400, 259200, 29], [259200, 604800, 22]);

sub bucket {
    my ($ms) = @_;
    my ($s, $first) = ($ms / 1000, 1);

    return 0 if $s <= 1;

    for my $segment (@segments) {
        my ($low, $high, $n) = @$segment;

        if ($s <= $high) {
            my $i = ceil($n * log($s / $low) / log($high / $low));

            $i = 1 if $i < 1;
            $i = $n if $i > $n;
            return $first - 1 + $i;
        }
        $first += $n;
    }
    return 345;
}

# A number generator of our own: the same waits each time.
my $seed = 20260115;

sub random {
    my ($n) = @_;

    $seed = ($seed * 1103515245 + 12345) % 2147483648;
    return int($seed / 65536) % $n;
}


# Waits of three series, in two partitions.
my $redis = SocialCare::Redis->start;
my $client = $redis->client;
my $now = int(Time::HiRes::time() * 1000);
my @series = (['mentions', 'social'], ['mentions', 'sms'], ['outage', 'social']);
my (@waits, %fields);

sub book {
    my ($wait, $at, $name, $n) = @_;
    my $hour = floor($at / HOUR);
    my $letter = $hour < floor($now / HOUR) - 5 ? 'z'
        : chr(ord('a') + floor(($at % HOUR) / SLOT));

    $fields{"{care:default/$wait->{partition}}:st:$wait->{queue}:"
        . "$wait->{channel}:$hour"}{$letter . $name} += $n;
}

for my $i (1 .. 900) {
    my ($queue, $channel) = @{ $series[random(3)] };
    my $back = $i % 3 ? random(3 * 3600) * 1000 + random(1000)
        : random(8 * 86400) * 1000 + random(1000);
    my $wait = { queue => $queue, channel => $channel, start => $now - $back,
        partition => random(2), tier => random(7),
        first => random(4) > 0 ? 1 : 0 };
    my $length = (random(10) ? random(5400) : random(90_000)) * 1000
        + random(1000);

    if ($wait->{start} + $length <= $now) {
        my $how = random(10);
        $wait->{$how < 8 ? 'answered' : 'closed'} = $length if $how < 9;
    }
    push @waits, $wait;

    book($wait, $wait->{start}, ($wait->{first} ? 'oF' : 'oN') . $wait->{tier}, 1);
    book($wait, $wait->{start}, 'in', 1);

    if (defined $wait->{answered}) {
        my $end = $wait->{start} + $wait->{answered};
        my $kind = $wait->{first} ? 'f' : 'n';

        book($wait, $wait->{start}, "w$wait->{tier}." . bucket($wait->{answered}), 1);
        book($wait, $end, "$kind." . bucket($wait->{answered}), 1);
        book($wait, $end, $kind . 'ms', $wait->{answered});
        book($wait, $end, 'ov', 5000);
    }

    if (defined $wait->{closed}) {
        book($wait, $wait->{start}, "x$wait->{tier}." . bucket($wait->{closed}), 1);
        book($wait, $wait->{start} + $wait->{closed}, 'c:spam', 1);
    }

    # The target is 15 minutes; what is not due yet is in neither.
    my $due = $wait->{start} + 900_000;
    my $open = !defined $wait->{closed} || $wait->{closed} > 900_000;

    if ($open && defined $wait->{answered} && $wait->{answered} <= 900_000) {
        $wait->{met} = 1;
        book($wait, $due, 'met', 1);
    }
    elsif ($open && $due <= $now) {
        $wait->{missed} = 1;
        book($wait, $due, 'miss', 1);
    }
}

for my $p (0, 1) {
    $client->call('SADD', "{care:default/$p}:queues", 'mentions', 'outage');
    $client->call('SADD', "{care:default/$p}:series",
        map { "$_->[1]:$_->[0]" } @series);
}
$client->call('HSET', $_, %{ $fields{$_} }) for keys %fields;

# What nobody wrote by these rules must not disturb the rest.
$client->call('HSET', "{care:default/0}:st:mentions:social:"
    . floor($now / HOUR), 'a?', 1, 'qin', 5, 'aw9.1', 1, 'aw1.346', 1,
    'anew_counter', 3, '', 1, 'zin', 'many');

my $nginx = SocialCare::Nginx->new(vars => { redis => $redis->socket },
    http   => 'socialcare_redis unix:%%redis%% %%patient%%;',
    server => <<'END',
        location = /hook {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
            socialcare_brand default partitions=2;
        }
        location = /status { socialcare_status; }
END
)->start;
my $port = $nginx->port;


sub series_of {
    my ($status, $queue, $channel) = @_;

    return (grep { $_->{queue} eq $queue && $_->{channel} eq $channel }
        @{ $status->{sla} // [] })[0];
}

my $status;
ok(wait_for(sub {
    $status = status($nginx);
    return 3 == grep { $_->{windows}{'7d'} && $_->{windows}{'5m'} }
        @{ $status->{sla} // [] };
}, 40), 'all windows of all series were read') or BAIL_OUT('nothing read');

my %before = ('5m' => 1, '1h' => 12, '24h' => 24, '7d' => 168);

sub count_if(&@) {
    my ($code, @list) = @_;

    return scalar grep { $code->() } @list;
}

sub check_window {
    my ($row, $name) = @_;
    my $window = $row->{windows}{$name};
    my $read = $window->{to_ms};
    my $unit = $name =~ /^(?:5m|1h)$/ ? SLOT : HOUR;
    my $from = (floor($read / $unit) - $before{$name}) * $unit;
    my $end = (floor($read / $unit) + 1) * $unit;
    my $what = "$row->{queue} $row->{channel} $name";
    my @mine = grep { $_->{queue} eq $row->{queue}
        && $_->{channel} eq $row->{channel} } @waits;
    my $in = sub { $_[0] >= $from && $_[0] < $end };
    my @answered = grep { defined $_->{answered}
        && $in->($_->{start} + $_->{answered}) } @mine;
    my $met = count_if { $_->{met} && $in->($_->{start} + 900_000) } @mine;
    my $missed = count_if { $_->{missed} && $in->($_->{start} + 900_000) } @mine;

    is($window->{from_ms}, $from, "$what: begins");
    is($window->{targets_to_ms}, $end, "$what: ends");
    is($window->{in}, (count_if { $in->($_->{start}) } @mine), "$what: in");
    is($window->{opened_first}, (count_if { $_->{first} && $in->($_->{start}) }
        @mine), "$what: first waits");
    is($window->{opened_next}, (count_if { !$_->{first} && $in->($_->{start}) }
        @mine), "$what: later waits");
    is($window->{replied_first} + $window->{replied_next}, scalar @answered,
        "$what: answers");
    is($window->{replied_within_15min},
        (count_if { $_->{answered} <= 900_000 } @answered), "$what: in time");
    is($window->{closed}{spam} // 0, (count_if { defined $_->{closed}
        && $in->($_->{start} + $_->{closed}) } @mine), "$what: closed");
    is($window->{met}, $met, "$what: met");
    is($window->{missed}, $missed, "$what: missed");

    if ($met + $missed) {
        cmp_ok(abs($window->{attainment} - $met / ($met + $missed)), '<', 1e-5,
            "$what: attainment");
    }
    else {
        is($window->{attainment}, undef, "$what: no attainment");
    }

    my @first = sort { $a <=> $b } map { $_->{answered} }
        grep { $_->{first} } @answered;
    my $response = $window->{first_response};
    my $sum = 0;

    $sum += $_ for @first;
    is($response->{count}, scalar @first, "$what: first responses");
    cmp_ok(abs($response->{sum_s} - $sum / 1000), '<', 0.01, "$what: their sum");
    for my $t (300, 900, 1800, 3600, 14400, 86400) {
        my $n = grep { $_ <= 1000 * $t } @first;
        is($response->{le_s}{$t}, $n, "$what: first responses within $t s");
    }

    is($response->{le_s}{'+Inf'}, scalar @first, "$what: all of them");

    if (@first) {
        for my $q ([50, 'p50_s'], [95, 'p95_s']) {
            my $exact = $first[ceil($q->[0] / 100 * @first) - 1] / 1000;
            cmp_ok(abs($response->{ $q->[1] } - $exact), '<=',
                0.021 * $exact + 0.6, "$what: $q->[1]");
        }
    }
    else {
        is($response->{p50_s}, undef, "$what: no percentile");
    }

    check_cohorts($row, $name, $window, $what, \@mine);
}

sub check_cohorts {
    my ($row, $name, $window, $what, $mine) = @_;
    my $short = $name =~ /^(?:5m|1h)$/;

    for my $t (sort { $a <=> $b } keys %{ $window->{within} }) {
        my $cohort = $window->{within}{$t};
        my $slots = $short && $t <= 3600;
        my $unit = $slots ? SLOT : HOUR;
        my $read = $short && !$slots
            ? $row->{windows}{'24h'}{to_ms} : $window->{to_ms};
        my $n = $short && !$slots ? 1 : $before{$name};
        my $to = floor(($read - $t * 1000) / $unit) * $unit + $t * 1000;

        is($cohort->{to_ms}, $to, "$what within $t: ends");
        is($cohort->{from_ms}, $to - $n * $unit, "$what within $t: begins");
        check_cohort("$what within $t", $cohort, $t * 1000, grep {
            my $due = $_->{start} + $t * 1000;
            $due >= $cohort->{from_ms} && $due < $cohort->{to_ms} } @$mine);
    }

    for my $h (sort { $a <=> $b } keys %{ $window->{response_rate} }) {
        my $cohort = $window->{response_rate}{$h};
        my $last = floor(($window->{to_ms} - $h * 1000) / HOUR);
        my $first = floor($window->{to_ms} / HOUR) - $before{$name};

        if ($short || $last <= $first) {
            is($cohort, undef, "$what rate $h: nothing is that old");
            next;
        }

        is($cohort->{from_ms}, $first * HOUR, "$what rate $h: begins");
        is($cohort->{to_ms}, $last * HOUR, "$what rate $h: ends");
        check_cohort("$what rate $h", $cohort, $h * 1000, grep {
            $_->{start} >= $cohort->{from_ms}
            && $_->{start} < $cohort->{to_ms} } @$mine);

        cmp_ok(abs($cohort->{rate} + $cohort->{ignored_rate} - 1), '<', 1e-5,
            "$what rate $h: the rest is ignored") if $cohort->{due};
    }
}

sub check_cohort {
    my ($what, $cohort, $ms, @waits) = @_;
    my $withdrawn = count_if { defined $_->{closed} && $_->{closed} <= $ms } @waits;
    my $replied = count_if { defined $_->{answered} && $_->{answered} <= $ms } @waits;
    my $share = $cohort->{share} // $cohort->{rate};

    is_deeply([@{$cohort}{qw(due replied withdrawn)}],
        [@waits - $withdrawn, $replied, $withdrawn], "$what: counts");

    if (@waits - $withdrawn) {
        cmp_ok(abs($share - $replied / (@waits - $withdrawn)), '<', 1e-5,
            "$what: share");
    }
    else {
        is($share, undef, "$what: no share");
    }
}

for my $row (@{ $status->{sla} }) {
    check_window($row, $_) for qw(5m 1h 24h 7d);
}


# The last two days and two hours.
{
    my ($history) = grep { $_->{brand} eq 'default' } @{ $status->{history} };

    is(scalar @{ $history->{hours} }, 48, '48 hours');
    is(scalar @{ $history->{slots} }, 24, '24 times five minutes');

    for my $course ([hours => 'hour_ms', HOUR], [slots => 'slot_ms', SLOT]) {
        my ($list, $name, $unit) = @$course;
        my (@got, @wanted);

        for my $one (@{ $history->{$list} }) {
            my $from = $one->{$name};
            my $in = sub { $_[0] >= $from && $_[0] < $from + $unit };

            push @got, join ' ', @{$one}{qw(in opened replied closed met missed
                replied_within_15min)};
            push @wanted, join ' ',
                (count_if { $in->($_->{start}) } @waits),
                (count_if { $in->($_->{start}) } @waits),
                (count_if { defined $_->{answered}
                    && $in->($_->{start} + $_->{answered}) } @waits),
                (count_if { defined $_->{closed}
                    && $in->($_->{start} + $_->{closed}) } @waits),
                (count_if { $_->{met} && $in->($_->{start} + 900_000) } @waits),
                (count_if { $_->{missed} && $in->($_->{start} + 900_000) } @waits),
                (count_if { defined $_->{answered} && $_->{answered} <= 900_000
                    && $in->($_->{start} + $_->{answered}) } @waits);
        }
        is_deeply(\@got, \@wanted, "$list: the whole course")
            or diag(explain(\@got, \@wanted));
        is($history->{$list}[$_ + 1]{$name} - $history->{$list}[$_]{$name},
            $unit, "$list: in order") for (0, 22);
    }
}


# Groups.
{
    my ($fairness) = grep { $_->{brand} eq 'default' } @{ $status->{fairness} };
    my $from = $fairness->{from_ms};
    my %names = (reach => [qw(0-99 100-999 1k-9999 10k-99999 100k+ none unknown)]);
    my @recent = grep { $_->{start} >= $from } @waits;

    is($from, (floor($fairness->{to_ms} / HOUR) - 24) * HOUR, 'waits of 24 h');

    for my $group (@{ $fairness->{groups}{reach} }) {
        my ($tier) = grep { $names{reach}[$_] eq $group->{group} } 0 .. 6;
        my @mine = grep { $_->{tier} == $tier } @recent;
        my @open = grep { !defined $_->{answered} && !defined $_->{closed} } @mine;

        is($group->{spells}, scalar @mine, "$group->{group}: waits");
        is($group->{open}, scalar @open, "$group->{group}: open ones");
    }

    my %channels = map { $_->{group} => $_ } @{ $fairness->{groups}{channel} };
    is_deeply([sort keys %channels], ['sms', 'social'], 'channels with waits');
    is($channels{sms}{spells}, (count_if { $_->{channel} eq 'sms' } @recent),
        'of sms');
    cmp_ok($fairness->{overtake_depth_s}, '==', 5, 'overtake depth');
    cmp_ok($fairness->{jain}{channel}, '<=', 1, 'Jain\'s index');
    cmp_ok($fairness->{jain}{channel}, '>=', 0.5, 'of two channels');
}


# Filters, and the same in Prometheus' text.
{
    my $one = JSON::PP::decode_json(get($port, '/status?format=json&brand=nobody')->{body});

    is(scalar @{ $one->{sla} }, 0, 'no series of another brand');
    $one = JSON::PP::decode_json(get($port,
        '/status?format=json&brand=%64efault&window=24h,1h')->{body});
    is(scalar @{ $one->{sla} }, 3, 'of this one');
    is_deeply([sort keys %{ $one->{sla}[0]{windows} }], ['1h', '24h'],
        'windows that were asked for');

    # Both of the same hour.
    my $day_of = sub { series_of($status, 'mentions', 'social')
        ->{windows}{'24h'}{from_ms} };
    my ($text, $week, $from);

    do {
        $status = status($nginx);
        $from = $day_of->();
        $text = get($port, '/status?format=prometheus')->{body};
        $week = get($port, '/status?format=prometheus&window=7d')->{body};
        $status = status($nginx);
    } while ($day_of->() != $from);

    my $row = series_of($status, 'mentions', 'social');
    my $labels = 'brand="default",queue="mentions",channel="social"';

    like($text, qr/^socialcare_window_in\{$labels,window="24h"\} $row->{windows}{'24h'}{in}$/m,
        'in');
    unlike($text, qr/window="7d"/, 'two windows unless asked');
    $text = $week;
    my $day = $row->{windows}{'7d'}{response_rate}{86400};
    like($text, qr/^socialcare_response_due\{$labels,window="7d",horizon="86400"\} $day->{due}$/m,
        'cohorts');

    SKIP: {
        skip 'promtool is not installed', 1 if !has_program('promtool');
        my $file = write_file($nginx->dir . '/metrics', $text);
        my $said = `promtool check metrics < $file 2>&1`;
        is($?, 0, 'promtool accepts it') or diag($said);
    }
}

finish();
