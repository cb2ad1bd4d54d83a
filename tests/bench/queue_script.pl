#!/usr/bin/perl

# What a mention costs the server: CPU time (user and system) of a private
# redis-server for plain XADD and for batches of enqueue.lua, the minimum of
# several interleaved rounds.  Run it from the project's root:
#
#     perl tests/bench/queue_script.pl [rounds [mentions]]
#
# BENCH_CONFIG='appendonly yes' adds a line to the server's configuration,
# TEST_REDIS_SERVER selects another server program.

use strict;
use warnings;

use lib 't/lib';
use SocialCare::Redis;
use SocialCare::Script;

my ($rounds, $mentions) = (shift || 6, shift || 5000);

my $server = SocialCare::Redis->start(
    config => [$ENV{BENCH_CONFIG} || (), 'maxmemory 2gb']);
my $redis = $server->client;
my $script = SocialCare::Script->new('enqueue');
my $record = '{"v":1,"id":"x:1:2","text":"' . ('a' x 990) . '"}';
my ($now, $n) = (1_790_000_000_000, 0);
my (%best, @order);


sub server_us {
    my $info = $redis->call('INFO', 'cpu');
    my ($system) = $info =~ /used_cpu_sys:([\d.]+)/;
    my ($user) = $info =~ /used_cpu_user:([\d.]+)/;

    return ($system + $user) * 1e6;
}


# Eight commands in flight.
sub measure {
    my ($name, @commands) = @_;
    my @encoded = map { $redis->encode(@$_) } @commands;
    my $before = server_us();

    while (my @some = splice(@encoded, 0, 8)) {
        $redis->send_raw(join '', @some);

        for (@some) {
            my $reply = $redis->reply;
            die "$name: $reply\n" if ref $reply;
        }
    }

    my $cost = (server_us() - $before) / $mentions;

    push @order, $name if !exists $best{$name};
    $best{$name} = $cost if !defined $best{$name} || $cost < $best{$name};
}


sub mention {
    $n++;
    return { digest => sprintf('%d', 5e18 + $n * 7919), own => $now,
             event => $now, record => $record, limit => 1_000_000, @_ };
}


sub question {
    return mention(clock => 'question', due => $now + 900_000,
                   thread => "x:acct:user$n");
}


# As an outage leaves them behind: of any time of the last hour.
sub question_of_an_hour {
    my $time = $now - $n * 7919 % 3_600_000;

    return mention(clock => 'question', due => $now + 900_000, own => $time,
                   event => $time, thread => "x:acct:user$n");
}


# Of the question before.
sub answer {
    return mention(clock => 'answer', push => 'none', booked => 'mentions',
                   thread => 'x:acct:user' . ($n - 1));
}


sub batches {
    my ($size, @makers) = @_;
    my @calls;

    for (1 .. $mentions / $size) {
        $now += 5 * $size;

        my @items = map { $makers[$n % @makers]->() } 1 .. $size;
        push @calls, ['EVALSHA', $script->sha, 1, '{care:acme/0}',
            SocialCare::Script::enqueue_arguments(now => $now,
                                                  items => \@items)];
    }

    return @calls;
}


$redis->call('SCRIPT', 'LOAD', $script->source);

for (1 .. $rounds) {
    $redis->call('FLUSHALL');
    measure('plain XADD', map { ['XADD', '{care:a/0}:q', '*', 'm', $record] }
        1 .. $mentions);

    for my $size (1, 10, 50) {
        $redis->call('FLUSHALL');
        measure("no clock, N=$size", batches($size, \&mention));
        $redis->call('FLUSHALL');
        measure("questions, N=$size", batches($size, \&question));
        $redis->call('FLUSHALL');
        measure("questions of an hour, N=$size",
                batches($size, \&question_of_an_hour));
        $redis->call('FLUSHALL');
        measure("half answers, N=$size", batches($size, \&question, \&answer));
    }

    my @again = batches(1, \&question);
    measure('(their first time)', @again);
    measure('duplicates, N=1', @again);
}

for my $name (grep { !/^\(/ } @order) {
    printf "%-28s %6.2f us  %4.1f times plain XADD\n", $name, $best{$name},
        $best{$name} / $best{'plain XADD'};
}
