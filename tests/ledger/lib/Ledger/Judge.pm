package Ledger::Judge;

# Compares what the platforms recorded with what is in the queues and what the
# scripts counted.  The model is the rules of queue/scripts/enqueue.lua, for
# conversations whose outcome does not depend on the order of arrival (see
# platform.c):
#
#   exact    each event is in its queue once, and nothing else is; open
#            threads with start, target, channel and queue, the idle ones, and
#            the indexes due, late and idle; the counters in, out, more, oF, w,
#            f, fms, met, miss, summed over the hours; remembered ids; nothing
#            is counted as stale, amend, closed, expired or dead
#   bounded  dup, by the attempts beyond the first, but not with a spool, which
#            retries on its own; early, by f; whether the breach of an open
#            thread is booked yet, which moves it from due to late and counts
#            it in miss: that these two agree is checked
#   not      ov, which depends on who else waits when an answer arrives
#
# Events that were sent but never acknowledged may be there or not; they, and
# the threads and counters that they touch, are only bounded.  A run that ends
# well has none.
#
#     my $judge = Ledger::Judge->new(ledger => $file, desk => $file,
#         redis => $client);
#     $judge->{lost}, {duplicated}, {strange}, {wrong}: lists; {events}: count

use strict;
use warnings;

use POSIX ();

use constant T => {
    '/a' => ['{care:default/0}'],
    '/b' => ['{care:other/0}', '{care:other/1}'],
};
use constant QUEUE => { '/a' => 'mentions', '/b' => 'calls' };
use constant TARGET => { messaging => 30 * 86_400_000, social => 1000 };

our @STREAMS = ('{care:default/0}:q:mentions',
    '{care:default/0}:q:mentions:out', '{care:other/0}:q:calls',
    '{care:other/1}:q:calls');

# The tier of reach: all are messages, which have none.
use constant REACH => 5;

# Lengths of waits: the end of each segment, s, and its number of buckets.
my @segments = ([300, 146], [900, 29], [1800, 18], [3600, 18], [14400, 36],
    [86400, 46], [259200, 29], [604800, 22]);


sub new {
    my ($class, %options) = @_;
    my $self = bless {
        %options, lost => [], duplicated => [], strange => [], wrong => [],
        unfinished => 0, events => 0, attempts => 0,
    }, $class;

    $self->read_ledger;
    $self->read_queues;
    $self->compare_queues;
    $self->compare_counters;
    $self->compare_open;
    return $self;
}


sub is_clean {
    my ($self) = @_;

    return !grep { @{ $self->{$_} } } qw(lost duplicated strange wrong);
}


sub wrong {
    my ($self, $text) = @_;

    push @{ $self->{wrong} }, $text;
    return;
}


# $self->{id}{<id>} = "<stream, or - for none> <time of acknowledgement, 0>".

sub read_ledger {
    my ($self) = @_;

    open my $file, '<', $self->{ledger} or die "$self->{ledger}: $!\n";

    while (my $line = <$file>) {
        my ($how, $ms, $id, $thread, $uri, $channel, $type, $created,
            $attempts) = split ' ', $line;

        if ($how eq 'Z') {
            $self->{client} = { map { split /=/ } split ' ', substr $line, 2 };
            next;
        }

        $self->wrong("$id is in the ledger twice") if $self->{id}{$id};
        $self->{id}{$id} = ($type eq 'q' ? QUEUE->{$uri}
            : $uri eq '/a' ? 'mentions:out' : '-')
            . ($how eq 'A' ? " $ms" : ' 0');
        $self->{attempts} += $attempts - 1;

        if ($how eq 'U') {
            $self->{unfinished}++;
            $self->{doubt}{$thread} = 1;
        } else {
            $self->{events}++;
        }

        $self->add_to_thread("$uri $channel", $thread, $type, $created);
    }
    return;
}


# thread -> "series asked questions replied", series a number.

sub add_to_thread {
    my ($self, $series, $thread, $type, $created) = @_;
    my $talk = $self->{thread}{$thread} //= "$series 0 0 0";
    my ($uri, $channel, $asked, $questions, $replied) = split ' ', $talk;

    if ($type eq 'q') {
        $asked = $created;
        $questions++;
    } else {
        $replied = $created;
    }

    $self->{thread}{$thread} = "$uri $channel $asked $questions $replied";
    return;
}


# What the desk took, and what is still there.

sub read_queues {
    my ($self) = @_;
    my %entry;
    my $found = sub {
        my ($stream, $entry, $id, $good) = @_;

        return if $entry{"$stream $entry"}++;
        $self->wrong("the record of $id is not what was sent")
            if $good ne 'ok';

        my $place = $STREAMS[$stream] =~ s/.*:q://r;

        $self->{found}{$id} .= "$place ";
    };

    if ($self->{desk} && open my $file, '<', $self->{desk}) {
        while (my $line = <$file>) {
            $found->(split ' ', $line);
        }
    }

    for my $stream (0 .. $#STREAMS) {
        for my $entry (@{ $self->{redis}->call('XRANGE', $STREAMS[$stream],
            '-', '+') })
        {
            my ($id) = $entry->[1][1] =~ /"id":"(?:[^"]*:)?([^":]*)"/;

            $found->($stream, $entry->[0], $id // '?', 'ok');
        }
    }
    return;
}


sub compare_queues {
    my ($self) = @_;
    my $found = $self->{found} // {};

    for my $id (keys %{ $self->{id} }) {
        my ($place, $ms) = split ' ', $self->{id}{$id};
        my @places = split ' ', delete $found->{$id} // '';

        next if $place eq '-' && !@places;

        if (!@places) {
            push @{ $self->{lost} }, [$id, $ms] if $ms;
            next;
        }

        push @{ $self->{duplicated} }, [$id, $ms] if @places > 1;
        $self->wrong("$id is in $places[0], not in $place")
            if $places[0] ne $place;
    }

    push @{ $self->{strange} }, map { [$_, 0] } keys %$found;
    return;
}


sub bucket_of {
    my ($wait) = @_;
    my ($low, $bucket) = (1, 0);

    return 0 if $wait <= 1000;

    for my $segment (@segments) {
        my ($high, $n) = @$segment;

        return $bucket + POSIX::ceil($n * log($wait / 1000 / $low)
                                     / log($high / $low) - 1e-9)
            if $wait <= $high * 1000;
        $bucket += $n;
        $low = $high;
    }
    return 345;
}


# The counters that the ledger implies: "<queue> <channel>" -> { name }.

sub model_counters {
    my ($self) = @_;
    my %count;

    for my $talk (values %{ $self->{thread} }) {
        my ($uri, $channel, $asked, $questions, $replied) = split ' ', $talk;
        my $of = $count{ QUEUE->{$uri} . ":$channel" } //= {};

        $of->{in} += $questions;
        $of->{ "oF" . REACH }++;
        $of->{more} += $questions - 1;
        next if !$replied;

        my $wait = $replied - $asked;
        my $bucket = bucket_of($wait);

        $of->{out}++;
        $of->{fms} += $wait;
        $of->{"f.$bucket"}++;
        $of->{ "w" . REACH . ".$bucket" }++;
        $of->{ $wait <= TARGET->{$channel} ? 'met' : 'miss' }++;
    }

    return \%count;
}


sub read_counters {
    my ($self) = @_;
    my $redis = $self->{redis};
    my %count;

    for my $tag (map { @$_ } values %{ +T }) {
        for my $key (@{ $redis->call('KEYS', "$tag:st:*") }) {
            my ($series) = $key =~ /^\Q$tag\E:st:(.*):\d+$/;
            my $fields = $redis->hash('HGETALL', $key);

            $count{$series}{ substr $_, 1 } += $fields->{$_} for keys %$fields;
        }
    }

    return \%count;
}


# A value of open: what a wait is, or nothing where nobody waits.
sub wait_of {
    my ($value) = @_;
    my %wait;

    @wait{qw(start due late kind last questions channel queue)}
        = split ' ', $value, 8;

    return $wait{start} eq '-' ? undef : \%wait;
}


sub compare_counters {
    my ($self) = @_;
    my ($expected, $found) = ($self->model_counters, $self->read_counters);
    my %series = (%$expected, %$found);

    # A breach of a thread that is still open.
    for my $tag (map { @$_ } values %{ +T }) {
        my $open = $self->{redis}->hash('HGETALL', "$tag:open");

        for my $thread (keys %$open) {
            my $wait = wait_of($open->{$thread}) or next;

            $expected->{"$wait->{queue}:$wait->{channel}"}{miss}++
                if $wait->{late};
        }
    }

    my $dup = 0;

    for my $series (sort keys %series) {
        my $want = $expected->{$series} // {};
        my $have = $found->{$series} // {};
        my %names = (%$want, %$have);

        $dup += $have->{dup} // 0;

        my $replied = 0;

        $replied += $have->{$_} for grep { /^f\./ } keys %$have;
        $self->wrong("$series: early is more than f")
            if ($have->{early} // 0) > $replied;

        for my $name (sort keys %names) {
            my ($w, $h) = ($want->{$name} // 0, $have->{$name} // 0);

            next if $name =~ /^(?:dup|early|ov)$/ || $w == $h;
            next if $self->{unfinished} && $name ne 'stale'
                && $name ne 'dead' && $h <= $w;
            $self->wrong("$series: $name is $h, not $w");
        }
    }

    $self->{dup} = $dup;
    $self->wrong("dup is $dup, of $self->{attempts} repetitions")
        if $dup > $self->{attempts} && !$self->{spool};
    return;
}


sub compare_open {
    my ($self) = @_;
    my $redis = $self->{redis};
    my (%open, %idle, %index);

    for my $tag (map { @$_ } values %{ +T }) {
        my $found = $redis->hash('HGETALL', "$tag:open");
        my $remembered = 0;

        for my $thread (keys %$found) {
            my $wait = wait_of($found->{$thread});

            if (!$wait) {
                $idle{$thread} = substr $found->{$thread}, 2;
                $index{"$tag:idle"}{$thread} = $idle{$thread} + 86_400_000;
                next;
            }

            $open{$thread} = join ' ', @$wait{qw(start due channel queue)};
            $self->wrong("$thread is late before its time")
                if $wait->{late} && $wait->{channel} eq 'messaging';
            $index{"$tag:" . ($wait->{late} ? 'late' : 'due')
                . ":$wait->{queue}:$wait->{channel}"}{$thread} = $wait->{due};
        }

        $self->compare_index($tag, \%index);
        $remembered += $redis->call('SCARD', $_)
            for @{ $redis->call('KEYS', "$tag:seen:*") };
        $self->{remembered} += $remembered;
    }

    # Conversations are forgotten an hour after their end.
    my $kept = (time - 25 * 3600) * 1000;

    for my $thread (keys %{ $self->{thread} }) {
        my ($uri, $channel, $asked, undef, $replied) =
            split ' ', $self->{thread}{$thread};
        my $found = delete $open{$thread};
        my $last = delete $idle{$thread};
        my $expected = join ' ', $asked, $asked + TARGET->{$channel}, $channel,
            QUEUE->{$uri};

        next if $self->{doubt}{$thread};

        if ($replied) {
            $self->wrong("$thread is open, though it was answered") if $found;
            $self->wrong("$thread was answered last at " . ($last // 'no time')
                . ", not $replied")
                if defined $last ? $last != $replied : $replied > $kept;
        } elsif (!defined $found) {
            $self->wrong("$thread is not open");
        } elsif ($found ne $expected) {
            $self->wrong("$thread is open as $found, not $expected");
        }
    }

    $self->wrong("$_ is open, and was never sent") for keys %open;
    $self->wrong("$_ is idle, and was never sent") for keys %idle;

    my ($low, $high) = ($self->{events},
        $self->{events} + $self->{unfinished});

    $self->wrong("$self->{remembered} ids are remembered, of $low sent")
        if $self->{remembered} < $low || $self->{remembered} > $high;
    return;
}


sub compare_index {
    my ($self, $tag, $expected) = @_;

    for my $kind ('due:*', 'late:*', 'idle') {
        for my $key (@{ $self->{redis}->call('KEYS', "$tag:$kind") }) {
            my $found = $self->{redis}->hash('ZRANGE', $key, 0, -1,
                'WITHSCORES');
            my $want = delete $expected->{$key} // {};

            for my $thread (keys %{ { %$found, %$want } }) {
                $self->wrong("$thread in $key: " . ($found->{$thread} // 'no')
                    . ', not ' . ($want->{$thread} // 'there'))
                    if ($found->{$thread} // -1) != ($want->{$thread} // -1);
            }
        }
    }

    $self->wrong("$_ is missing") for grep { /^\Q$tag\E/ } keys %$expected;
    return;
}

1;
