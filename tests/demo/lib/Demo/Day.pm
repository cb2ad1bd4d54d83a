package Demo::Day;

# The article's day, made up from a seed: what 17 channels of a carrier were
# asked and when each customer was answered, if at all; and what follows from
# that, counted here without the module's help.
#
#     my $day = Demo::Day->new(now => $ms, seed => 1, scale => 1);
#     $day->events($account, 'normal')   # a channel's, by time
#     $day->events($account, 'later')    # also those to come
#     $day->waits($from, $to)            # begun in that time
#
# A normal day, ended 24 h before this hour: 432 questions a channel, of which
# 336 get an answer within 20 h.  Then a spike: 15,000 questions in 24 h up to
# now, in five channels; the other twelve have their normal day again.  It goes
# on for two hours, so that a page that is looked at has something to show.
#
# scale: a part of these numbers, for a test in a hurry.

use strict;
use warnings;

use constant { HOUR => 3_600_000, MENTIONS => 432, REPLIES => 336,
    SPIKE => 15_000 };

# Name (and queue), platform, channel, median wait in s, in the spike, share of
# customers by audience: under 100, 1,000, 10,000, 100,000, more.
my @channels = (
    ['x-help',           'x',         'social',    540, 1],
    ['x-outages',        'x',         'social',    420, 1],
    ['facebook-page',    'facebook',  'social',    900, 1],
    ['facebook-shop',    'facebook',  'social',   1300, 0],
    ['instagram',        'instagram', 'social',    800, 0],
    ['threads',          'threads',   'social',   1500, 0],
    ['linkedin',         'linkedin',  'social',   2600, 0],
    ['youtube',          'youtube',   'social',   3400, 0],
    ['tiktok',           'tiktok',    'social',   1900, 0],
    ['messenger',        'messenger', 'messaging', 240, 1],
    ['whatsapp',         'whatsapp',  'messaging', 180, 1],
    ['instagram-direct', 'instagram', 'messaging', 420, 0],
    ['telegram',         'telegram',  'messaging', 300, 0],
    ['texts',            'twilio',    'sms',       360, 0],
    ['hotline',          'pbx',       'voice',      75, 0],
    ['mail',             'mail',      'email',    2900, 0],
    ['app-reviews',      'stores',    'review',   5200, 0],
);

my @audiences = ([0.46, 99], [0.80, 999], [0.94, 9_999], [0.99, 99_999],
    [1, 2_000_000]);

my @calm = ('Where is my invoice?', 'Does my contract end in May?',
    'How do I change my address?', 'My new phone has not come',
    'Roaming in Norway, what does it cost?', 'Thanks, and the discount?');
my @upset = ('No signal since noon', 'Still an outage here, when is it over?',
    'Network is down again', 'No signal, I cannot call anybody',
    'Outage in the whole town');


sub channels { return map { { name => $_->[0], platform => $_->[1],
    channel => $_->[2], spike => $_->[4] } } @channels }


sub new {
    my ($class, %o) = @_;
    my $self = bless { scale => 1, seed => 1, %o, waits => [] }, $class;
    my $hour = int($self->{now} / HOUR) * HOUR;
    my $count = sub { return int($_[0] * $self->{scale} + 0.5) };

    # The normal day ends before this hour of yesterday begins, so that no
    # window of 24 hours shows both.
    @$self{qw(normal_from normal_to)} = ($hour - 48 * HOUR, $hour - 24 * HOUR);
    @$self{qw(spike_from spike_to)} = ($self->{now} - 24 * HOUR, $self->{now});
    @$self{qw(mentions replies)} = map { $count->($_) } MENTIONS, REPLIES;

    my @spikes = grep { $_->[4] } @channels;

    $self->{spike} = @spikes * $count->(SPIKE / @spikes);
    srand $self->{seed};

    for my $channel (@channels) {
        $self->day($channel, $self->{normal_from});

        $channel->[4] ? $self->outage($channel, $self->{spike} / @spikes)
            : $self->day($channel, $self->{spike_from}, 1);
    }

    return $self;
}


# Random choices.

sub bell { return sqrt(-2 * log(1 - rand)) * cos(6.2831853 * rand) }

sub length_of {
    my ($median) = @_;
    my $ms = int(1000 * $median * exp(1.15 * bell()));

    return $ms < 2_000 ? 2_000 : $ms > 20 * HOUR ? 20 * HOUR : $ms;
}

sub followers {
    my $which = rand;
    my ($least, $most) = (0, 0);

    for my $audience (@audiences) {
        $most = $audience->[1];
        last if $which < $audience->[0];
        $least = $most + 1;
    }

    return int($least + ($most - $least) * rand() ** 2);
}

# Times by a weight for each moment, sorted.
sub starts {
    my ($count, $from, $length, $weight) = @_;
    my @times;

    while (@times < $count) {
        my $at = int(rand $length);

        push @times, $from + $at if rand() < $weight->($at / HOUR);
    }

    return sort { $a <=> $b } @times;
}

# More by day than by night; the hours are this machine's.
sub daily {
    my ($from) = @_;

    return sub {
        my $hour = (localtime(($from + $_[0] * HOUR) / 1000))[2];

        return $hour < 6 ? 0.2 : $hour < 9 ? 0.6 : $hour < 20 ? 1 : 0.55;
    };
}


# A day on which as many are answered as were in the article; `late`: what
# would be answered after now is still open.
sub day {
    my ($self, $channel, $from) = @_;
    my @times = starts($self->{mentions}, $from, 24 * HOUR, daily($from));
    my @answered = map { $_ < $self->{replies} } 0 .. $#times;

    for my $i (reverse 1 .. $#answered) {
        my $other = int rand($i + 1);
        @answered[$i, $other] = @answered[$other, $i];
    }

    return $self->threads($channel, \@times,
        [map { $_ ? length_of($channel->[3]) : undef } @answered], \@calm);
}

# Steep at first, then slowly less.  Those who come late wait less: the desk
# gets on top of it.
sub outage {
    my ($self, $channel, $count) = @_;
    my $weight = sub { return 0.12 + (1 - exp(-$_[0] / 0.7)) * exp(-$_[0] / 8) };
    my @times = starts($count, $self->{spike_from}, 24 * HOUR, $weight);

    push @times, starts(int($count / 24), $self->{now} + 1, 2 * HOUR,
        sub { return 0.5 });

    my @lengths = map {
        my $hours = ($_ - $self->{spike_from}) / HOUR;
        rand() < 0.72 ? length_of($channel->[3] * (1 + 5 * exp(-$hours / 7)))
            : undef;
    } @times;

    return $self->threads($channel, \@times, \@lengths, \@upset);
}


# Each question begins a conversation, or goes on with one that was answered.
sub threads {
    my ($self, $channel, $times, $lengths, $texts) = @_;
    my (@free, %at);

    for my $i (0 .. $#$times) {
        my ($start, $length) = ($times->[$i], $lengths->[$i]);
        my @ready = grep { $_->{until} < $start } @free;
        my $before = @ready && rand() < 0.15 ? $ready[rand @ready] : undef;
        my $wait = {
            account => $channel->[0], start => $start, length => $length,
            next => $before ? 1 : 0,
            thread => $before ? $before->{thread}
                : sprintf('%s-%d', $channel->[0], ++$self->{threads}),
            followers => $before ? $before->{followers} : followers(),
            text => $texts->[rand @$texts],
        };

        push @{ $self->{waits} }, $wait;
        @free = grep { !$before || $_ != $before } @free;
        push @free, { thread => $wait->{thread}, until => $start + $length,
            followers => $wait->{followers} } if defined $length;
        shift @free while @free > 50 || @free && $free[0]{until} + 20 * HOUR
            < $start;
    }

    return;
}


# What the platform and the desk send about the waits of the normal day or of
# those after it, by time.

sub events {
    my ($self, $account, $part) = @_;
    my @span = $part eq 'normal' ? (0, $self->{normal_to})
        : ($self->{normal_to}, 9e15);
    my ($number, @events) = (0);

    for my $wait ($self->waits(@span, $account)) {
        my $id = "$wait->{thread}-$part-" . ++$number;
        my $person = '"author":{"id":"%s","followers":%d}';

        push @events, [$wait->{start}, sprintf('{"id":"%s-q","direction":"in",'
            . '"kind":"%s","thread":"%s",' . $person . ',"text":"%s","at":%d}',
            $id, kind_of($account), $wait->{thread}, $wait->{thread},
            $wait->{followers}, $wait->{text}, $wait->{start})];
        push @events, [answered_at($wait), sprintf('{"id":"%s-a",'
            . '"direction":"out","kind":"reply","thread":"%s",' . $person
            . ',"text":"We are on it.","at":%d}', $id, $wait->{thread}, 'desk', 0,
            answered_at($wait))] if defined $wait->{length};
    }

    return sort { $a->[0] <=> $b->[0] } @events;
}

sub kind_of {
    my ($account) = @_;
    my ($channel) = map { $_->[2] } grep { $_->[0] eq $account } @channels;

    return $channel eq 'social' ? 'mention' : $channel eq 'review' ? 'review'
        : 'message';
}


# The truth.

sub answered_at { return $_[0]{start} + $_[0]{length} }

sub waits {
    my ($self, $from, $to, $account) = @_;

    return grep { $_->{start} >= $from && $_->{start} < $to
        && (!defined $account || $_->{account} eq $account) }
        @{ $self->{waits} };
}

# Answered within so many seconds, and before `until`.
sub replied {
    my ($seconds, $until, @waits) = @_;

    return grep { defined $_->{length} && $_->{length} <= 1000 * $seconds
        && answered_at($_) <= $until } @waits;
}

# Lengths, sorted, of the first (next: 1) responses given in that time.
sub lengths {
    my ($self, $from, $to, $account, $next) = @_;

    return sort { $a <=> $b } map { $_->{length} }
        grep { defined $_->{length} && $_->{account} eq $account
            && $_->{next} == $next && answered_at($_) >= $from
            && answered_at($_) < $to } @{ $self->{waits} };
}

1;
