#!/usr/bin/perl

# spool.pl: what an outage of Redis costs: how many callbacks the spool takes,
# how long their answers take while Redis hangs, and the worker's memory before,
# during and after.  `make bench BENCH=spool`; it prints Markdown.
#
#     BENCH_SECONDS  of load per measurement (2)
#     BENCH_ROUNDS   of which the medians are shown (3)

use strict;
use warnings;

use POSIX ();
use Time::HiRes ();

use SocialCare::Care qw(care_status);
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;

my $seconds = $ENV{BENCH_SECONDS} || 2;
my $rounds = $ENV{BENCH_ROUNDS} || 3;
my $tools = $ENV{BENCH_TOOLS} || 'build/bench';
my $secret = 's3cr3t-socialcare';
my $folder = temporary_folder();
my $first = 1;

$| = 1;


sub template {
    my $body = read_file('tests/bench/templates/x.json');
    my %value = (now => time,
        date => POSIX::strftime('%a %b %d %H:%M:%S +0000 %Y', gmtime));

    $body =~ s/%%(\w+)%%/$value{$1}/g;
    return write_file("$folder/x", "POST /x HTTP/1.1\r\n"
        . "Host: hooks.example.com\r\nContent-Type: application/json\r\n"
        . "Content-Length: {{length}}\r\n"
        . "x-twitter-webhooks-signature: sha256={{base64}}\r\n\r\n$body");
}


# One worker; its disk may be made slower.

sub start_nginx {
    my ($redis) = @_;
    my $nginx = SocialCare::Nginx->new(level => 'error',
        main => "env SC_FAULT_CONTROL;\n",
        environment => {
            LD_PRELOAD       => POSIX::getcwd() . '/build/fault_shim.so',
            SC_FAULT_CONTROL => "$folder/faults",
        },
        http => <<"END", server => <<"END");
    client_body_buffer_size 256k;
    keepalive_requests 100000000;
    socialcare_redis unix:$redis;
    socialcare_spool %%dir%%/spool size=4g;
END
    location = /x {
        socialcare_webhook x;
        socialcare_secret value:$secret;
    }
    location = /status { socialcare_status json; }
END

    $nginx->{config} = $nginx->template;
    $nginx->{config} =~ s/access_log %%dir%%.*\n/access_log off;\n/;
    $nginx->{checked} = 1;
    $nginx->start;
    ($nginx->{worker}) = $nginx->workers;
    return $nginx;
}

sub disk {
    my ($rule) = @_;

    return unlink "$folder/faults" if !$rule;
    write_file("$folder/faults.new", "$rule\n");
    rename "$folder/faults.new", "$folder/faults" or die;
    return;
}

sub load {
    my ($nginx, $requests, @options) = @_;
    my $command = join ' ', "$tools/load", '-p', $nginx->port, '-s', $secret,
        '-n', $requests, '-f', $first, @options, "$folder/x";

    $first += $requests;

    my $line = `$command`;
    my %result = $line =~ /(\w+)=([\d.]+)/g;

    die "$command\n", $nginx->log if $? != 0 || !%result;
    return \%result;
}

sub resident_mb {
    my ($pid) = @_;

    return (read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m)[0] / 1024;
}

sub median {
    my @sorted = sort { $a <=> $b } @_;
    return $sorted[@sorted / 2];
}

sub row { print '| ', join(' | ', @_), " |\n" }

sub head {
    my (@names) = @_;
    row(@names);
    print '|---', map({ '|---:' } @names[1 .. $#names]), "|\n";
}


# How much a spool takes.  Each answer waits for a sync of the disk.

sub section_rate {
    my $nginx = start_nginx("$folder/nobody.sock");

    print "\n### Redis away: the spool takes X mentions of 2.5 KB\n\n";
    head('in flight', 'callbacks/s', 'p50 ms', 'p99 ms', '+2 ms a sync: /s',
        'p50 ms', 'p99 ms');

    for my $count (1, 32, 128) {
        my @cells;

        for my $rule (undef, 'fdatasync delay=2 */spool/*') {
            my (@rate, @p50, @p99);

            disk($rule);

            my $probe = load($nginx, 200, '-c', $count);
            my $requests = int(200 / $probe->{seconds} * $seconds);

            $requests = 200 if $requests < 200;
            $requests = 40_000 if $requests > 40_000;

            for (1 .. $rounds) {
                my $r = load($nginx, $requests, '-c', $count);

                die "$r->{bad} callbacks were not taken\n" if $r->{bad} > 0;
                push @rate, $requests / $r->{seconds};
                push @p50, $r->{p50} / 1000;
                push @p99, $r->{p99} / 1000;
            }

            push @cells, sprintf('%.0f', median(@rate)),
                map { sprintf '%.1f', median(@$_) } \@p50, \@p99;
        }

        row($count, @cells);
    }

    disk();
    $nginx->stop;
    return;
}


# Redis hangs: those that are under way wait for its time-out, no other does.

sub section_frozen {
    my $redis = SocialCare::Redis->start;
    my $nginx = start_nginx($redis->socket);
    my (@p50, @p99, @longest);
    my $rate = 1000;

    load($nginx, 500, '-c', 16);

    for (1 .. $rounds) {
        wait_for { care_status($nginx)->{spool}{state} eq 'up' } 60;

        my $freezer = fork // die "fork: $!\n";

        if (!$freezer) {
            Time::HiRes::sleep(0.5);
            $redis->signal('STOP');
            POSIX::_exit(0);
        }

        my $r = load($nginx, $rate * (0.5 + 2 * $seconds), '-c', 128, '-r',
            $rate);

        waitpid $freezer, 0;
        $redis->signal('CONT');
        die "$r->{bad} callbacks were not taken\n" if $r->{bad} > 0;
        push @p50, $r->{p50} / 1000;
        push @p99, $r->{p99} / 1000;
        push @longest, $r->{max} / 1000;
    }

    print "\n### Redis freezes under $rate callbacks/s, open loop\n\n";
    head('', 'p50 ms', 'p99 ms', 'longest ms');
    row('answers', map { sprintf '%.1f', median(@$_) } \@p50, \@p99,
        \@longest);

    $nginx->stop;
    $redis->stop;
    return;
}


sub section_memory {
    my $redis = SocialCare::Redis->start;
    my $nginx = start_nginx($redis->socket);
    my $requests = 30_000;
    my @mb = resident_mb($nginx->{worker});

    load($nginx, 2000, '-c', 128);
    push @mb, resident_mb($nginx->{worker});

    $redis->stop;
    load($nginx, $requests, '-c', 128);
    push @mb, resident_mb($nginx->{worker});

    my $waiting = care_status($nginx)->{spool}{waiting_records};

    $redis->run;

    my $peak = 0;
    my $start = Time::HiRes::time();

    wait_for {
        my $mb = resident_mb($nginx->{worker});

        $peak = $mb if $mb > $peak;
        care_status($nginx)->{spool}{state} eq 'up'
            && care_status($nginx)->{spool}{drained} >= $waiting;
    } 120 or die "it is not drained\n";

    my $took = Time::HiRes::time() - $start;

    push @mb, $peak, resident_mb($nginx->{worker});

    print "\n### The worker's memory, 128 connections\n\n";
    head('', 'at rest', 'Redis there', "away, $waiting records", 'draining',
        'afterwards');
    row('resident MB', map { sprintf '%.1f', $_ } @mb);
    printf "\n%d records went to Redis in %.1f s (%.0f/s).\n", $waiting,
        $took, $waiting / $took;

    $nginx->stop;
    $redis->stop;
    return;
}

template();
section_rate();
section_frozen();
section_memory();
