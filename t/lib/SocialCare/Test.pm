package SocialCare::Test;

# What every integration test uses: Test::More, waiting with a deadline, free
# ports, a temporary folder, and finish().
#
# A test file ends with finish() instead of done_testing(): it stops every
# server that the file started and adds the checks that every test needs.  A
# file that forgets it fails.  This module itself starts nothing.

use strict;
use warnings;

use Exporter 'import';
use File::Temp ();
use IO::Socket::INET;
use Test::More;
use Time::HiRes ();

our @EXPORT = (
    @Test::More::EXPORT,
    qw(wait_for free_port temporary_folder read_file write_file now_ms
       signal_process
       has_program module_path binary_path sanitized finish at_finish
       at_abandon),
);

# A server that closes a connection is a case to test, not a reason to die.
$SIG{PIPE} = 'IGNORE';

my $finished = 0;
my $owner = $$;
my @at_finish;
my @at_abandon;


# Waits until the block returns a true value and returns that, or nothing after
# `seconds`.  A machine that has no time for as many looks as an idle one has
# none for what is waited for either: it gets up to five times as long.  For
# slow machines: TEST_TIME_FACTOR=4.

sub wait_for(&;$) {
    my ($block, $seconds) = @_;
    my $limit = ($seconds // 10) * ($ENV{TEST_TIME_FACTOR} || 1)
        * (sanitized() ? 2 : 1);
    my $begin = Time::HiRes::time();

    for (my $looks = 1; ; $looks++) {
        my $result = $block->();
        my $took = Time::HiRes::time() - $begin;

        return $result if $result;
        return if $took > $limit && $looks > 30 * $limit;
        return if $took > 5 * $limit;
        Time::HiRes::sleep(0.02);
    }
}


# A stopped process may run on for a moment: STOP returns once it no longer does.

sub signal_process {
    my ($name, $pid) = @_;

    kill($name, $pid) or return 0;

    return $name ne 'STOP'
        || wait_for { read_file("/proc/$pid/stat") =~ /^\d+ \(.*\) [TtZ] /s };
}


# Below the range of ephemeral ports, so that no connection of a test takes a
# port before the server binds it.  Nor does another test: until this one ends,
# it holds the UDP port of the same number, which nobody else wants.

my $next_port = 20000 + ($$ * 37) % 9000;
my @held_ports;

# With an offset, the port that many above is free, too, and not an ephemeral
# one.
sub free_port {
    my ($offset) = @_;

    for (1 .. 20_000) {
        $next_port = 20000 if ++$next_port > 29999;
        next if $offset && $next_port + $offset > 32_767;

        my @ports = ($next_port, $offset ? $next_port + $offset : ());
        my @held = map { IO::Socket::INET->new(
            LocalAddr => '127.0.0.1',
            LocalPort => $_,
            Proto     => 'udp',
        ) } @ports;
        my @sockets = map { IO::Socket::INET->new(
            LocalAddr => '127.0.0.1',
            LocalPort => $_,
            Proto     => 'tcp',
            Listen    => 1,
        ) } @ports;

        next if grep { !$_ } @held, @sockets;

        close $_ for @sockets;
        push @held_ports, @held;
        return $next_port;
    }

    die "no free port\n";
}


# Short, since the path of a unix socket is limited to 107 bytes.

sub temporary_folder {
    my $folder = File::Temp->newdir('socialcare-XXXXXXXX', DIR => '/tmp',
        CLEANUP => $ENV{TEST_KEEP} ? 0 : 1);

    diag("kept: $folder") if $ENV{TEST_KEEP};
    return $folder;
}


sub read_file {
    my ($path) = @_;

    open my $file, '<:raw', $path or return '';
    local $/;
    my $content = <$file>;
    return $content // '';
}


# Atomic: a server that rereads its configuration must not see a half-written
# file.

sub write_file {
    my ($path, $content, $mode) = @_;
    my $new = "$path.new";

    $mode //= (stat $path)[2] & 07777 if -f $path;

    open my $file, '>:raw', $new or die "$new: $!\n";
    print {$file} $content or die "$new: $!\n";
    close $file or die "$new: $!\n";
    chmod $mode, $new if defined $mode;
    rename $new, $path or die "$path: $!\n";
    return $path;
}


sub now_ms { return int(Time::HiRes::time() * 1000) }


sub has_program {
    my ($name) = @_;

    for my $folder (split(/:/, $ENV{PATH}), '/usr/sbin', '/sbin') {
        return "$folder/$name" if -x "$folder/$name" && !-d _;
    }
    return;
}


sub sanitized { return $ENV{TEST_NGINX_SANITIZE} ? 1 : 0 }

sub binary_path { return $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx' }


sub module_path {
    my $path = $ENV{TEST_NGINX_MODULE};

    if (!$path) {
        require Cwd;
        $path = Cwd::abs_path('build/ngx_socialcare_module.so');
    }

    die "no module: run make, or set TEST_NGINX_MODULE\n"
        if !$path || !-f $path;
    return $path;
}


# at_finish { ... } $rank: run by finish(), low ranks first; may use ok().
# nginx has rank 0: what it talks to must still be there while it drains.
# at_abandon { ... }: run if the file dies before that; must only clean up.

sub at_finish(&;$) {
    my ($block, $rank) = @_;

    @at_finish = sort { $a->[0] <=> $b->[0] } @at_finish, [$rank // 9, $block];
    return;
}

sub at_abandon(&) { unshift @at_abandon, $_[0]; return }


sub finish {
    $finished = 1;

    for my $entry (@at_finish) {
        $entry->[1]->();
    }

    done_testing();
    return;
}


END {
    if ($$ == $owner) {
        my $status = $?;

        for my $block (@at_abandon) {
            eval { $block->(); 1 } or warn $@;
        }

        $? = $status;

        if (!$finished && $status == 0 && Test::More->builder->current_test) {
            diag('the file did not end with finish()');
            $? = 1;
        }
    }
}

1;
