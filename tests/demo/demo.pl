#!/usr/bin/perl

# demo.pl: the article's day in a minute.  17 channels with 432 questions and
# 336 answers each, then 15,000 questions in 24 hours, as signed callbacks
# through a real nginx into a Redis of its own, dated as they would have been;
# then it holds what the status says against what is known of that day
# (tests/demo/lib/Demo/Day.pm), and prints where the page is.  `make demo` runs
# it from the project's root.
#
#     DEMO_ONCE=1   ends after the comparison; else it stays, and the spike
#                   goes on in real time, until Ctrl-C
#     DEMO_SEED     of the day (1)
#     DEMO_SCALE    part of its numbers (1)
#     DEMO_LOSE=1   loses an answer on the way, which must be found out
#
# It ends with status 1 when a number is not what it must be.

use strict;
use warnings;

use lib 'tests/demo/lib', 't/lib';

use JSON::PP ();
use List::Util qw(max min);
use POSIX ();
use Time::HiRes ();

use Demo::Day;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;

use constant EVENTS => 800;            # of one callback, at most

die "no redis-server\n" if !SocialCare::Redis->available;

$| = 1;

my $json = JSON::PP->new->utf8;

# Windows are of whole hours: one that begins in mid-run would take an hour of
# the normal day away and put one of the spike in its place.
use constant { HOUR => 3_600_000, RUN => 90_000 };

if ((my $left = HOUR - now_ms() % HOUR) < RUN) {
    printf "in %d s a new hour begins; it is waited for\n", $left / 1000;
    Time::HiRes::sleep($left / 1000 + 0.1);
}

my $now = now_ms();
my $day = Demo::Day->new(now => $now, seed => $ENV{DEMO_SEED} || 1,
    scale => $ENV{DEMO_SCALE} || 1);
my @channels = Demo::Day->channels;
my ($stop, $wrong) = (0, 0);


# The servers.

my $locations = join '', map { <<"END" } @channels;
        location = /hooks/$_->{name} {
            socialcare_webhook generic platform=$_->{platform}
                channel==$_->{channel} account==$_->{name}
                signature_from=header:X-Hub-Signature-256
                signature_prefix=sha256= event_id=/*/id kind=/*/kind
                direction=/*/direction conversation_id=/*/thread
                author_id=/*/author/id author_followers=/*/author/followers
                text=/*/text created=/*/at created_format=ms;
            socialcare_queue $_->{name};
        }
END

my $redis = SocialCare::Redis->start(config => ['appendonly yes']);
my $nginx = SocialCare::Nginx->new(
    level => 'warn',
    vars => { redis => $redis->socket },
    http => 'socialcare_redis unix:%%redis%% timeout=5s;',
    server => <<"END")->start;
        socialcare_secret value:@{[SECRET]} name=demo;
        socialcare_brand  northwind;
        socialcare_limits body=1m;
        socialcare_sla    15m;
$locations
        location = /care { socialcare_status; }
END

$SIG{INT} = $SIG{TERM} = sub { $stop = 1 };


# What goes in.

my %queue = map { $_->{name} => [$day->events($_->{name}, 'later')] } @channels;
my ($callbacks, $events) = (0, 0);

sub deliver {
    my ($name, @bodies) = @_;
    my $body = '[' . join(',', @bodies) . ']';

    my $answer = post($nginx->port, "/hooks/$name", $body, timeout => 60,
        headers => ['Content-Type', 'application/json',
            sign('generic', body => $body)]);

    die "$name: $answer->{status}\n" . $nginx->log if $answer->{status} != 200;
    $callbacks++;
    $events += @bodies;
    return;
}

sub deliver_until {
    my ($until) = @_;

    for my $name (map { $_->{name} } @channels) {
        my $list = $queue{$name};

        while (@$list && $list->[0][0] <= $until) {
            my @some;

            push @some, (shift @$list)->[1]
                while @$list && $list->[0][0] <= $until && @some < EVENTS;
            deliver($name, @some);
        }
    }

    return;
}

# A desk's worker: takes so many of a queue and is done with them.
my $client = $redis->client;

sub work {
    my ($name, $count) = @_;
    my $key = "{care:northwind/0}:q:$name";

    return if $count < 1;

    my $taken = $client->call(qw(XREADGROUP GROUP workers desk COUNT), $count,
        'STREAMS', $key, '>') or return;
    my @ids = map { $_->[0] } @{ $taken->[0][1] };

    $client->call('XACK', $key, 'workers', @ids);
    $client->call('XDEL', $key, @ids);
    return;
}


# What comes out.

sub status { return $json->decode(get($nginx->port, '/care?format=json')->{body}) }

sub windows {
    my ($status, $name) = @_;

    return map { { queue => $_->{queue}, %{ $_->{windows}{$name} // {} } } }
        @{ $status->{sla} // die "the status has no member sla\n" };
}

sub sum { my $sum = 0; $sum += $_ // return for @_; return $sum }

sub compare {
    my ($what, $is, $expected, $same) = @_;

    $same //= defined $is && $is == $expected;
    $wrong++ if !$same;
    printf "  %-5s %-52s %s%s\n", $same ? 'ok' : 'WRONG', $what,
        $is // 'unknown', $same ? '' : ", not $expected";
    return;
}

sub percent { return sprintf '%.1f %%', 100 * $_[0] }

sub at { return POSIX::strftime('%d %b %H:%M', localtime($_[0] / 1000)) }


# Shares, over the waits that the status itself says it is about: those that
# reached the time in that span, or, for a rate, those that began in it.
sub compare_shares {
    my ($what, $member, $seconds, @windows) = @_;
    my @parts = map { $_->{$member}{$seconds} } @windows;
    my ($due, $replied) = map { my $name = $_; sum(map { $_->{$name} } @parts) }
        qw(due replied);
    my ($from, $to) = @{ $parts[0] }{qw(from_ms to_ms)};
    my $shift = $member eq 'within' ? 1000 * $seconds : 0;
    my @waits = map { $day->waits($from - $shift, $to - $shift, $_->{queue}) }
        @windows;

    compare("$what, " . at($from) . ' to ' . at($to) . ': asked', $due,
        scalar @waits);
    compare("$what: answered", $replied,
        scalar(Demo::Day::replied($seconds, $now, @waits)));
    return $due ? $replied / $due : 0;
}

# The median lies in a bucket whose middle is within 2 % of all that is in it.  A
# follow-up whose conversation was forgotten meanwhile (see below) counts as a
# first question; that moves the median's place by so many.
sub compare_medians {
    my ($what, @windows) = @_;
    my ($worst, $count, $answers, $name) = (0, 0, 0, '');

    for my $window (@windows) {
        $answers += $window->{first_response}{count}
            + $window->{next_response}{count};

        for my $next (0, 1) {
            my $is = $window->{ $next ? 'next_response' : 'first_response' };
            my @lengths = $day->lengths($window->{from_ms}, $now + 1,
                $window->{queue}, $next) or next;
            my $moved = abs($is->{count} - @lengths);
            my ($low, $high) = @lengths[max(0, $#lengths / 2 - $moved),
                min($#lengths, @lengths / 2 + $moved)];
            my $median = 1000 * ($is->{p50_s} // 0);
            my $error = $median < $low ? 1 - $median / $low
                : $median > $high ? $median / $high - 1 : 0;

            ($worst, $name) = ($error, $window->{queue}) if $error > $worst;
            $count++;
        }
    }

    compare("$what: answers", $answers, scalar map { my $window = $_; map {
        $day->lengths($window->{from_ms}, $now + 1, $window->{queue}, $_) } 0, 1 }
        @windows);
    compare("$what: $count medians, the worst is off by", percent($worst),
        "2 % ($name)", $worst <= 0.02 && $count > 0);
    return;
}

# Queues are read every few seconds, the counters of hours once a minute, and by
# a worker that begins at once: so when all that is late is booked, a reload.
sub settle {
    my $begun = $day->waits(0, $now + 1);
    my $open = grep { !defined $_->{length}
        || $_->{start} + $_->{length} > $now } $day->waits(0, $now - 900_000);

    wait_for { (sum(map { $_->{breached} } @{ status()->{queues} }) // 0)
        >= $open } 30 or die "what is late was not booked\n";
    $nginx->reload or die "nginx did not reload\n" . $nginx->log;

    wait_for {
        my $week = sum_of('7d', qw(opened_first opened_next missed amended));
        $week && $week->{opened_first} + $week->{opened_next} >= $begun
            && $week->{missed} - $week->{amended} >= missed($now);
    } 75 or warn "the counters were not all read\n";
    return status();
}

# Of what was delivered: not answered when the deadline passed.
sub missed {
    my ($until) = @_;

    return scalar grep { $_->{start} + 900_000 < $until
        && (!defined $_->{length} || $_->{length} > 900_000
            || $_->{start} + $_->{length} > $now) } $day->waits(0, $now + 1);
}

sub sum_of {
    my ($name, @members) = @_;
    my @windows = windows(status(), $name) or return;

    return if grep { !defined $_->{opened_first} } @windows;   # not read yet
    return { map { my $member = $_; $member => sum(map { $_->{$member} }
        @windows) } @members };
}


printf "page: http://%s/care?format=html\n\n", $nginx->address;

my $began = Time::HiRes::time();

# A day in one callback: conversations that ended a day ago are forgotten, and
# this one's follow-ups come as late as its questions.
for my $name (map { $_->{name} } @channels) {
    my @events = map { $_->[1] } $day->events($name, 'normal');

    if ($ENV{DEMO_LOSE} && $name eq 'linkedin') {
        splice @events, (grep { $events[$_] =~ /"direction":"out"/ }
            0 .. $#events)[-1], 1;
    }

    deliver($name, @events);
}

deliver_until($now);
printf "%d signed callbacks with %d events delivered in %.1f s\n", $callbacks,
    $events, Time::HiRes::time() - $began;
work($_->{name}, $_->{spike} ? 2500 : 400) for @channels;

my $status = settle();
my @week = windows($status, '7d');
my @day = windows($status, '24h');
my %spiky = map { $_->{name} => $_->{spike} } @channels;
my @spike = grep { $spiky{ $_->{queue} } } @day;
my $begun = sub { return sum(map { $_->{opened_first} + $_->{opened_next} } @_) };

printf "\nA normal day: %d channels, %d questions and %d answers each\n",
    scalar @channels, $day->{mentions}, $day->{replies};
compare('waits begun, all of them', $begun->(@week), scalar $day->waits(0,
    $now + 1));

my $rate = compare_shares('within 24 h', response_rate => 86400, @week);

compare('answered', percent($rate), percent($day->{replies} / $day->{mentions}),
    abs($rate - $day->{replies} / $day->{mentions}) < 0.0005);
compare('ignored', percent(1 - $rate), percent(1 - $day->{replies}
    / $day->{mentions}), abs($rate - $day->{replies} / $day->{mentions}) < 0.0005);
printf "  within 15 min: %s\n", percent(compare_shares('within 15 min',
    within => 900, @week));
compare_medians('seven days', @week);

printf "\nThe spike: %d questions in 24 h in %d channels\n", $day->{spike},
    scalar @spike;
compare('waits begun in the window', $begun->(@spike),
    scalar map { $day->waits($_->{from_ms}, $now + 1, $_->{queue}) } @spike);
compare('questions of the spike', scalar(map { $day->waits($day->{spike_from},
    $now + 1, $_->{queue}) } @spike), $day->{spike});
printf "  within 15 min: %s\n", percent(compare_shares('within 15 min',
    within => 900, @spike));
compare_medians('24 hours', @day);

# Deadlines go on passing while Redis is read: between these two moments.
my $late = sum(map { $_->{missed} - $_->{amended} } @week);
my ($least, $most) = map { missed($_) } $now, now_ms();

compare('deadlines missed', $late, "$least to $most",
    $late >= $least && $late <= $most);
printf "\n%s, after %.0f s\n", $wrong ? "$wrong numbers are WRONG"
    : 'all numbers are right', Time::HiRes::time() - $began;


# It goes on in real time, until somebody has seen enough.

if (!$ENV{DEMO_ONCE} && !$stop) {
    printf "\n  http://%s/care?format=html\n\nThe spike goes on; Ctrl-C ends it.\n",
        $nginx->address;

    for (my $second = 0; !$stop; $second++) {
        # Ctrl-C reaches the servers as well.
        eval {
            deliver_until(now_ms());
            work($_->{name}, int(1 + rand 3)) for grep { $second % 5 == 0 } @channels;
            1;
        } or $stop or die $@;
        Time::HiRes::sleep(1);
    }
}

my $left = $nginx->quit;
my @complaints = $nginx->complaints;

$redis->stop;
print "$_\n" for @complaints;
exit($wrong || !$left || @complaints ? 1 : 0);
