#!/usr/bin/perl

# ledger.pl: is every acknowledged event in the queue, exactly once, whatever
# breaks?  `make ledger` runs it from the project's root.  It prints a table and
# exits with status 1 if anything was lost, doubled or miscounted.
#
#     LEDGER_SECONDS  how long faults are injected (60)
#     LEDGER_SEED     of conversations and schedule (1)
#     LEDGER_RATE     maximum of events per second; 0: no limit (4000)
#     LEDGER_KINDS    names of faults, comma-separated; "none"; default: all
#     LEDGER_ROUNDS   end once every kind has occurred so often
#     LEDGER_SPOOL    0: without the local spool
#     LEDGER_ACK      redis: one Redis; default replicas=1: a master and a
#                     replica that may take its place
#
# Planted faults, which must be detected:
#
#     LEDGER_EARLY    seconds: replies are given so long before Redis stores
#     LEDGER_LIES     1: a power cut loses even what was synced

use strict;
use warnings;

use lib 'tests/ledger/lib', 't/lib';

use Ledger::Run;
use SocialCare::Redis;

die "no redis-server\n" if !SocialCare::Redis->available;

$| = 1;

my %options = (
    seconds => $ENV{LEDGER_SECONDS} || 60,
    seed    => $ENV{LEDGER_SEED} || 1,
    rate    => $ENV{LEDGER_RATE} // 4000,
    rounds  => $ENV{LEDGER_ROUNDS} || 0,
    early   => $ENV{LEDGER_EARLY} || 0,
    disk_lies => $ENV{LEDGER_LIES} || 0,
    say     => sub { print "$_[0]\n" },
);

$options{kinds} = [grep { $_ ne 'none' } split /,/, $ENV{LEDGER_KINDS}]
    if $ENV{LEDGER_KINDS};

$options{ack} = $ENV{LEDGER_ACK} if $ENV{LEDGER_ACK};
$options{spool} = '' if ($ENV{LEDGER_SPOOL} // '') eq '0';

my $run = Ledger::Run->new(%options);

$run->go;

my $judge = $run->{judge};
my $client = $judge->{client};
my $seconds = $run->{ended} - $run->{began};

print "\nseed $options{seed}, $options{seconds} s\n\n", $run->table, "\n";
printf "%d events in %d callbacks acknowledged in %.0f s (%.0f events/s); %s\n",
    $judge->{events}, $client->{acknowledged}, $seconds,
    $judge->{events} / $seconds, join ', ',
    map { "$client->{$_} $_" } qw(unavailable broken late refused left);
printf "the spool was empty %.1f s after the last one\n",
    $run->{drained} - $run->{ended} if $run->{drained};
print "$run->{damaged} spool files were put aside as damaged\n"
    if $run->{damaged};
printf "repetitions counted as dup: %d; upper bound of the loss at 95 %%:"
    . " %.1f per million\n", $judge->{dup}, 3e6 / ($judge->{events} || 1)
    if !@{ $judge->{lost} };

my @findings = $run->findings;

print "\n", @findings ? map({ "$_\n" } @findings) : "nothing is wrong\n";
$run->stop;
exit(@findings ? 1 : 0);
