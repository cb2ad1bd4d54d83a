# A short run of the ledger test (tests/ledger): every kind of fault under
# load, nothing lost, nothing doubled, nothing miscounted.  And the ledger can
# fail: it detects a connection that answers before Redis stores, a disk that
# lies about its syncs, a failover without ack=replicas=, and queues that were
# tampered with.
#
# LEDGER_SEED repeats a run.

use strict;
use warnings;

use lib 'tests/ledger/lib';

use Ledger::Run;
use SocialCare::Redis;
use SocialCare::Test;

plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;
plan(skip_all => 'no tools: make ledger-tools')
    if grep { !-x "build/ledger/$_" } qw(platform desk);

my $seed = $ENV{LEDGER_SEED} || 1;


sub run_of {
    my (%options) = @_;
    my $run = Ledger::Run->new(seed => $seed, %options);

    diag("seed $seed");
    eval { $run->go; 1 } or die $@ . ($run->nginx ? $run->nginx->log : '');
    return $run;
}

sub say_findings { return join "\n", $_[0]->findings, $_[0]->table }


# All kinds with the spool and a replica; with neither some.

for my $spool ('size=1g', '') {
    my $name = $spool ? 'spool' : 'no spool';
    my $run = run_of(seconds => 90, rounds => 1, spool => $spool,
        rate => 2000, $spool ? () : (ack => 'redis', kinds => [qw(redis_killed redis_stopped
            read_only reply_cut garbage worker_killed reload)]));
    my $judge = $run->{judge};
    my $kinds = @{ $run->{kinds} };

    cmp_ok($judge->{events}, '>', 1000,
        "$name: $judge->{events} events were acknowledged");
    is(scalar(keys %{ $run->{rows} }), $kinds, "$name: $kinds kinds of faults");
    is(scalar @{ $judge->{$_} }, 0, "$name: none $_")
        for qw(lost duplicated strange);
    is(scalar @{ $judge->{wrong} }, 0, "$name: all as the model says");
    is($judge->{unfinished}, 0, "$name: all were acknowledged in the end");
    is_deeply([$run->findings], [], "$name: nothing is wrong")
        or diag(say_findings($run));
    $run->stop;
}


# Redis' answers come before it stores, and Redis is killed.

{
    my $run = run_of(seconds => 20, rounds => 3, early => 0.3, spool => '',
        ack => 'redis',
        kinds => ['redis_killed'], rate => 2000);

    cmp_ok(scalar @{ $run->{judge}{lost} }, '>', 0,
        'answers before storing are caught: '
        . @{ $run->{judge}{lost} } . ' lost') or diag(say_findings($run));
    is(scalar @{ $run->{judge}{strange} }, 0, 'and nothing else is claimed');
    $run->stop;
}


# A disk that has not synced what it said, and a power cut.

{
    my $run = run_of(seconds => 20, rounds => 2, disk_lies => 1,
        ack => 'redis', kinds => ['power_cut'], rate => 2000);

    cmp_ok(scalar @{ $run->{judge}{lost} }, '>', 0,
        'a spool that is not synced is caught: '
        . @{ $run->{judge}{lost} } . ' lost') or diag(say_findings($run));
    $run->stop;
}


# The same failover with and without an eye on the replica.

for my $ack ('redis', 'replicas=1') {
    my $run = run_of(seconds => 20, rounds => 3, ack => $ack, pair => 1,
        failover => 'partitioned', kinds => ['master_failover'], rate => 1000);
    my $lost = @{ $run->{judge}{lost} };

    if ($ack eq 'redis') {
        cmp_ok($lost, '>', 0, "a master that took its data along: $lost lost");
    } else {
        is_deeply([$run->findings], [], 'and none with ack=replicas=1')
            or diag(say_findings($run));
    }

    $run->stop;
}


# Whatever is changed afterwards is seen.

{
    my $run = run_of(seconds => 2, kinds => [], desk => 0, rate => 500,
        ack => 'redis');
    my $redis = $run->redis->client;
    my $T = '{care:default/0}';

    is_deeply([$run->findings], [], 'untouched: nothing is wrong')
        or diag(say_findings($run));

    my ($entry) = @{ $redis->call('XRANGE', "$T:q:mentions", '-', '+', 'COUNT',
        1) };
    my ($id) = $entry->[1][1] =~ /"id":"[^"]*:([^":]*)"/;
    my ($hour) = map { /:(\d+)$/ } @{ $redis->call('KEYS',
        "$T:st:mentions:social:*") };
    my $threads = $redis->hash('HGETALL', "$T:open");
    my ($thread) = grep { $threads->{$_} =~ /^\d/ } keys %$threads;
    my ($idle) = grep { $threads->{$_} =~ /^-/ } keys %$threads;
    my $open = $threads->{$thread};
    my ($channel) = $open =~ /^(?:\S+ ){6}(\S+)/;

    my $changed = sub {
        my ($name, $what, $pattern, $do, $undo) = @_;

        $redis->call(@$_) for @$do;

        my @found = map { ref $_ ? $_->[0] : $_ } @{ $run->judge->{$what} };

        ok(scalar(grep { /$pattern/ } @found), "$name is seen")
            or diag(join "\n", @found);
        $redis->call(@$_) for @$undo;
    };

    $changed->('an entry that is there twice', 'duplicated', qr/^$id$/,
        [['XADD', "$T:q:mentions", '99999999999999-1', 'm', $entry->[1][1]]],
        [['XDEL', "$T:q:mentions", '99999999999999-1']]);
    $changed->('an entry that nobody sent', 'strange', qr/^nobody$/,
        [['XADD', "$T:q:mentions", '99999999999999-2', 'm',
            '{"id":"ledger::nobody"}']],
        [['XDEL', "$T:q:mentions", '99999999999999-2']]);
    $changed->('a counter that is one more', 'wrong', qr/social: $_ is/,
        [['HINCRBY', "$T:st:mentions:social:$hour", "z$_", 1]],
        [['HINCRBY', "$T:st:mentions:social:$hour", "z$_", -1]])
        for qw(in out oF5 oN5 more fms f.5 w6.345 met stale amend c:spam dead);
    $changed->('a thread that was answered at another time', 'wrong',
        qr/^$idle was answered last at/,
        [['HSET', "$T:open", $idle, '- 5']],
        [['HSET', "$T:open", $idle, $threads->{$idle}]]);
    $changed->('a thread that is not open', 'wrong', qr/^$thread is not open/,
        [['HDEL', "$T:open", $thread]],
        [['HSET', "$T:open", $thread, $open]]);
    $changed->('a thread that is open', 'wrong', qr/^nothread is open/,
        [['HSET', "$T:open", 'nothread', $open]],
        [['HDEL', "$T:open", 'nothread']]);
    $changed->('a deadline', 'wrong', qr/^$thread in /,
        [['ZINCRBY', "$T:" . ($open =~ /^\S+ \S+ 1/ ? 'late' : 'due')
            . ":mentions:$channel", 1000, $thread]],
        [['ZINCRBY', "$T:" . ($open =~ /^\S+ \S+ 1/ ? 'late' : 'due')
            . ":mentions:$channel", -1000, $thread]]);
    $changed->('an id that is forgotten', 'wrong', qr/ids are remembered/,
        [['DEL', $redis->call('KEYS', "$T:seen:*")->[0]]], []);
    $changed->('an entry that is gone', 'lost', qr/^$id$/,
        [['XDEL', "$T:q:mentions", $entry->[0]]], []);
    $run->stop;
}

finish();
