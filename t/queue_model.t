# 2,000 random items against a model: the rules of scripts/enqueue.lua and
# scripts/sweep.lua written down a second time, plainly, over Perl's hashes.
# The seed is printed; TEST_SEED repeats a run, TEST_ITEMS makes it longer.

use strict;
use warnings;

use SocialCare::Redis;
use SocialCare::Script;
use SocialCare::Test;


if (!SocialCare::Redis->available) {
    plan(skip_all => 'no redis-server');
}

my $seed = $ENV{TEST_SEED} || time() ^ ($$ << 8);
my $wanted = $ENV{TEST_ITEMS} || 2000;
my $T = '{care:model/3}';
my $now = 1_790_000_000_000;

my $server = SocialCare::Redis->start;
my $redis = $server->client;
my $enqueue = SocialCare::Script->new('enqueue');
my $sweep = SocialCare::Script->new('sweep');

at_finish { $server->stop } 9;
srand($seed);
diag("seed $seed");

my @bounds = (10, 20, 30, 60, 90, 120, 180, 300, 450, 600, 900, 1200, 1800,
    2700, 3600, 5400, 7200, 10800, 14400, 21600, 28800, 43200, 64800, 86400,
    129600, 172800, 259200, 604800);

# The model.
my (%seen, %waits, %held, %count, %queue);


sub book {
    my ($queue, $channel, $time, $name, $n) = @_;

    $count{"$queue:$channel:" . int($time / 3_600_000)}{$name} += $n // 1;
}


sub book_reply {
    my ($wait, $answered) = @_;
    my $took = $answered > $wait->{start} ? $answered - $wait->{start} : 0;
    my $bucket = 1;

    $bucket++ while $bucket <= @bounds && $took > $bounds[$bucket - 1] * 1000;
    book(@$wait{qw(queue channel)}, $now, $_->[0], $_->[1])
        for ['rep', 1], ['rtms', $took], ["h$bucket", 1];
}


sub book_end {
    my ($wait, $time) = @_;

    return if !defined $wait->{due};
    return book(@$wait{qw(queue channel)}, $now, 'met') if $time <= $wait->{due};
    book(@$wait{qw(queue channel)}, $wait->{due}, 'miss');
}


sub model_question {
    my ($item) = @_;
    my @series = ($item->{booked}, $item->{channel});
    my $answer = $held{ $item->{thread} };
    my $wait = { start => $item->{event}, due => $item->{due},
                 queue => $series[0], channel => $series[1] };

    if ($answer && $now - $answer->{arrival} <= 120_000) {
        if ($answer->{used} && $item->{event} <= $answer->{time}) {
            return book(@series, $now, 'more');
        }

        if (!$answer->{used} && $item->{event} - $answer->{time} < 1000) {
            book(@series, $now, $_) for qw(open early);
            book_reply($wait, $answer->{time});
            book_end($wait, $answer->{time});
            $answer->{used} = 1;
            return;
        }
    }

    return book(@series, $now, 'more') if $waits{ $item->{thread} };

    $waits{ $item->{thread} } = $wait;
    book(@series, $now, 'open');
}


sub model_answer {
    my ($item) = @_;
    my $wait = $waits{ $item->{thread} };
    my $used = 0;

    if ($wait && $wait->{start} - $item->{event} >= 1000) {
        book(@$wait{qw(queue channel)}, $now, 'stale');

    } elsif ($wait) {
        $used = 1;
        delete $waits{ $item->{thread} };
        book_reply($wait, $item->{event});

        if (!$wait->{breached}) {
            book_end($wait, $item->{event});
        } elsif ($item->{event} <= $wait->{due}) {
            book(@$wait{qw(queue channel)}, $now, 'amend');
        }
    }

    $held{ $item->{thread} } = { time => $item->{event}, arrival => $now,
                                 used => $used };
}


sub model_close {
    my ($item) = @_;
    my $wait = delete $waits{ $item->{thread} } or return;

    book(@$wait{qw(queue channel)}, $now, $_) for 'closed', "x:$item->{reason}";
    book_end($wait, $item->{event}) if !$wait->{breached}
        && defined $wait->{due} && $item->{event} > $wait->{due};
}


sub model_item {
    my ($item) = @_;
    my @series = ($item->{booked}, $item->{channel});
    my $key = { stream => 'q:', list => 'q:', dead => 'dead:', none => '' }
        ->{ $item->{push} };

    if ($seen{ $item->{digest} }) {
        book(@series, $now, 'dup');
        return 1;
    }

    if ($key) {
        return 3 if $item->{queue} eq 'taken';

        my $content = $queue{ $key . $item->{queue} } ||= [];
        return 2 if $item->{limit} && @$content >= $item->{limit};
        push @$content, $item->{record};
    }

    $seen{ $item->{digest} } = 1;

    if ($item->{push} eq 'dead') {
        book(@series, $now, 'dead');
    } elsif ($item->{clock} eq 'answer' || $item->{clock} eq 'none'
             && (!$key || $item->{queue} eq "$item->{booked}:out")) {
        book(@series, $now, 'out');
    } elsif ($item->{clock} ne 'close') {
        book(@series, $now, 'in');
    }

    return 0 if $item->{thread} eq '';

    model_question($item) if $item->{clock} eq 'question';
    model_answer($item) if $item->{clock} eq 'answer';
    model_close($item) if $item->{clock} eq 'close';
    return 0;
}


sub model_sweep {
    my ($max_age) = @_;

    for my $thread (keys %waits) {
        my $wait = $waits{$thread};

        if (defined $wait->{due} && !$wait->{breached} && $wait->{due} <= $now) {
            $wait->{breached} = 1;
            book(@$wait{qw(queue channel)}, $wait->{due}, 'miss');
        }

        if (($wait->{breached} || !defined $wait->{due})
            && $now - $wait->{start} > $max_age) {
            delete $waits{$thread};
            book(@$wait{qw(queue channel)}, $now, 'expired');
        }
    }
}


# Random input.

sub any { return $_[int(rand(@_))] }

my $digest = 1;
my @sent;

sub random_item {
    if (@sent && rand() < 0.15) {
        return any(@sent);
    }

    my $clock = any(qw(none question question question answer answer close));
    my $event = $now - any(0, 1, 500, 999, 1000, 1500, 20_000,
        int(rand(400_000))) + any(0, 0, 0, 700);
    my $booked = any(qw(mentions vip), 'two words');
    my $push = $clock eq 'close' ? 'none'
        : any(qw(stream stream stream list dead none));
    my %queue_of = (stream => $booked, list => "$booked list", dead => $booked,
                    none => '');
    my $queue = $queue_of{$push};

    $queue = "$booked:out" if $push eq 'stream' && $clock =~ /none|answer/
        && rand() < 0.3;
    $queue = 'taken' if $push eq 'stream' && rand() < 0.03;

    my $item = {
        digest => sprintf('%d', ($digest++ * 4_611_686_018_427_387) - 2**62),
        push => $push, clock => $clock, queue => $queue, booked => $booked,
        channel => any(qw(social sms)), event => $event,
        limit => any(0, 12, 1000),
        own => any($event, $event, $event, 0, $event - 86_400_000 * any(1 .. 6)),
        thread => rand() < 0.03 ? '' : 'thread ' . any(1 .. 25),
        due => $clock eq 'question' && rand() < 0.9
            ? $event + any(1000, 60_000, 300_000, 900_000) : undef,
        reason => any(qw(spam not_actionable)),
        record => qq({"n":$digest}),
    };

    push @sent, $item;
    return $item;
}


sub consume {
    for my $name (keys %queue) {
        my $n = int(rand(6));
        my $content = $queue{$name};
        my $key = "$T:$name";

        if ($name =~ / list$/) {
            for (1 .. $n) {
                my $got = $redis->call('RPOP', $key);
                my $expected = shift @$content;
                return fail("$name: wrong order")
                    if ($got // '') ne ($expected // '');
            }
        } elsif ($name =~ /^q:/) {
            my $got = $redis->call('XREADGROUP', 'GROUP', 'workers', 'me',
                'COUNT', $n || 1, 'STREAMS', $key, '>') or next;

            for my $entry (@{ $got->[0][1] }) {
                return fail("$name: wrong order")
                    if $entry->[1][1] ne shift @$content;
                $redis->call('XACK', $key, 'workers', $entry->[0]);
                $redis->call('XDEL', $key, $entry->[0]);
            }
        }
    }
}


$redis->call('SET', "$T:q:taken", 'in the way');

my ($items, $calls, $wrong, %codes) = (0, 0, 0);

while ($items < $wanted) {
    my @batch = map { random_item() } 1 .. any(1, 1, 2, 10, 64);
    my $got = $enqueue->run($redis, $T, SocialCare::Script::enqueue_arguments(
        now => $now, items => \@batch));
    my $expected = join '', map { model_item($_) } @batch;

    $items += @batch;
    $calls++;
    $codes{$_}++ for split //, $expected;

    if ($got ne $expected) {
        $wrong++;
        diag("call $calls: got $got, expected $expected");
        last if $wrong > 3;
    }

    if (rand() < 0.3) {
        $redis->call('DEL', "$T:lease:sweep");
        my $reply = $sweep->run($redis, $T, $now, 600_000, 500, 1000);
        die $reply if ref $reply;
        model_sweep(600_000);
    }

    consume() if rand() < 0.3;
    $now += int(rand(40_000));
}

is($wrong, 0, "$items items in $calls calls: every code as the model says");
is(scalar(keys %codes), 4, 'all codes came up: '
    . join(', ', map { "$codes{$_} of $_" } sort keys %codes));


# What is there now.

my %open = map {
    my $wait = $waits{$_};
    ($_ => join ' ', $wait->{start}, $wait->{due} // -1,
        $wait->{breached} || 0, $wait->{channel}, $wait->{queue});
} keys %waits;
is_deeply($redis->hash('HGETALL', "$T:open"), \%open,
    keys(%open) . ' open waits');

my (%due, %late);
for my $thread (keys %waits) {
    my $wait = $waits{$thread};
    my $series = "$wait->{queue}:$wait->{channel}";

    if ($wait->{breached}) {
        $late{$series}{$thread} = $wait->{start};
    } else {
        $due{$series}{$thread} = $wait->{due} // $wait->{start} + 1e14;
    }
}

my $scores = sub {
    my ($kind) = @_;
    my %found;

    for my $key (@{ $redis->call('KEYS', "$T:$kind:*") }) {
        my $hash = $redis->hash('ZRANGE', $key, 0, -1, 'WITHSCORES');
        $found{ $key =~ s/^\Q$T\E:$kind://r }
            = { map { ($_ => $hash->{$_} + 0) } keys %$hash };
    }
    return \%found;
};
is_deeply($scores->('due'), \%due, 'their deadlines');
is_deeply($scores->('late'), \%late, 'the breached ones');

my %found = map {
    ($_ =~ s/^\Q$T\E:st://r => $redis->hash('HGETALL', $_));
} @{ $redis->call('KEYS', "$T:st:*") };
my %total;
for my $fields (values %count) {
    $total{$_} += $fields->{$_} for keys %$fields;
}
is_deeply(\%found, \%count, 'counters: '
    . join(', ', map { "$_ $total{$_}" } grep { !/^h\d|rtms/ } sort keys %total));

for my $name (sort keys %queue) {
    my $content = $name =~ / list$/
        ? [ reverse @{ $redis->call('LRANGE', "$T:$name", 0, -1) } ]
        : [ map { $_->[1][1] } @{ $redis->call('XRANGE', "$T:$name", '-', '+') } ];
    is_deeply($content, $queue{$name}, "$name: " . @$content . ' records');
}

my %names = map { (s/^(?:q|dead)://r => 1) } keys %queue;
is_deeply([sort @{ $redis->call('SMEMBERS', "$T:queues") }], [sort keys %names],
    'all queues are registered');

finish();
