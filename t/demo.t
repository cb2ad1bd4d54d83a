# The program of `make demo`: the article's day is shown as it was sent, a lost
# answer is detected, and it stays until it is told to stop.

use strict;
use warnings;

use POSIX ();

use SocialCare::Http;
use SocialCare::Redis;
use SocialCare::Test;

plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;


my @started;

sub start {
    my (%environment) = @_;
    my $folder = temporary_folder();
    my $pid = fork // die "fork: $!\n";

    if (!$pid) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$folder/out";
        open STDERR, '>&', \*STDOUT;
        delete @ENV{grep { /^DEMO_/ } keys %ENV};
        @ENV{keys %environment} = values %environment;
        $SIG{PIPE} = 'DEFAULT';
        exec $^X, 'tests/demo/demo.pl' or POSIX::_exit(127);
    }

    push @started, { pid => $pid, folder => $folder };
    return $started[-1];
}

sub output { return read_file("$_[0]{folder}/out") }

sub ended {
    my ($run) = @_;

    $run->{status} = $? if !defined $run->{status}
        && waitpid($run->{pid}, POSIX::WNOHANG()) == $run->{pid};
    return defined $run->{status};
}

sub has_ended {
    my ($run, $seconds) = @_;

    return wait_for { ended($run) } $seconds;
}

at_abandon { kill 'TERM', map { $_->{pid} } grep { !ended($_) } @started };


# All of it.
{
    my $run = start(DEMO_ONCE => 1);

    ok(has_ended($run, 240), 'it ends') or diag(output($run));
    is($run->{status}, 0, 'with success') or diag(output($run));
    like(output($run), qr/^ {2}ok +answered +77\.8 %$/m, '77.8 % are answered');
    like(output($run), qr/^ {2}ok +ignored +22\.2 %$/m, '22.2 % are ignored');
    like(output($run), qr/^ {2}ok +questions of the spike +15000$/m,
        '15,000 in the spike');
    like(output($run), qr/^all numbers are right/m, 'all is as it must be');
    unlike(output($run), qr/WRONG/, 'and nothing is not');
}


# One answer less.
{
    my $run = start(DEMO_ONCE => 1, DEMO_LOSE => 1, DEMO_SCALE => 0.05);

    ok(has_ended($run, 240), 'it ends') or diag(output($run));
    isnt($run->{status}, 0, 'an answer that is lost') or diag(output($run));
    like(output($run), qr/^ {2}WRONG within 24 h: answered/m, 'is missed');
}


# It stays, and leaves when it is told to.
{
    my $run = start(DEMO_SCALE => 0.02, DEMO_SEED => 7);

    wait_for { ended($run) || output($run) =~ /Ctrl-C ends it/ } 240;
    ok(!ended($run), 'and stays') or diag(output($run));

    my ($port, $path) = output($run) =~ m{http://127\.0\.0\.1:(\d+)(/\S+)};

    like(get($port, $path)->{body}, qr/<title>socialcare/, 'with a page');
    kill 'TERM', $run->{pid};
    ok(has_ended($run, 20), 'it leaves');
    is($run->{status}, 0, 'with success') or diag(output($run));
}

finish();
