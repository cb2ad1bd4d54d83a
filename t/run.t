# `make run`, used as a newcomer would: it shows queued mentions, keeps running,
# and on Ctrl-C or TERM stops both servers.

use strict;
use warnings;

use POSIX ();

use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;
plan(skip_all => 'runs the plain build') if sanitized();

my $missing = `sh ngx_socialcare_module/tools/bootstrap.sh -n run`;
plan(skip_all => "not installed: $missing") if $missing =~ /\S/;


my @started;

# In a process group of its own, as a terminal would have it.
sub start {
    my (%environment) = @_;
    my $log = temporary_folder();
    my $port = free_port();
    my $pid = fork // die "fork: $!\n";

    if (!$pid) {
        POSIX::setpgid(0, 0);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$log/out";
        open STDERR, '>&', \*STDOUT;
        $ENV{SC_PORT} = $port;
        delete $ENV{SC_RUN_ONCE};
        @ENV{keys %environment} = values %environment;
        # Ignored where the test itself runs in a shell's background; and what
        # was ignored when it began no shell can trap.
        $SIG{$_} = 'DEFAULT' for qw(PIPE INT);
        exec("sh", "ngx_socialcare_module/tools/run.sh") or POSIX::_exit(127);
    }

    my $run = { pid => $pid, log => $log };
    push @started, $run;
    return $run;
}

sub output { return read_file("$_[0]{log}/out") }

sub ended {
    my ($run) = @_;

    if (!defined $run->{status}
        && waitpid($run->{pid}, POSIX::WNOHANG()) == $run->{pid})
    {
        $run->{status} = $?;
    }
    return defined $run->{status};
}

sub is_up {
    my ($run) = @_;

    return wait_for { ended($run) || output($run) =~ /Ctrl-C ends it/ } 60;
}

sub has_left {
    my ($run) = @_;

    return wait_for { ended($run) } 20;
}

at_abandon { kill 'TERM', map { $_->{pid} } grep { !ended($_) } @started };


for my $signal (qw(INT TERM)) {
    my $run = start();

    ok(is_up($run), 'it comes up') or diag(output($run));
    ok(!ended($run), 'and stays') or diag(output($run));

    like(output($run), qr/"kind":"comment".*router is off/,
        'shows a queued mention');
    like(output($run), qr/forged.*: 401/, 'and a refused forgery');

    my ($port) = output($run) =~ m{http://127\.0\.0\.1:(\d+)/care};
    is(get($port, '/care?format=json')->{status}, 200, 'the status answers');

    my ($folder) = output($run) =~ m{Secrets and logs\s+(\S+)};
    unlike(read_file("$folder/logs/error.log"), qr/\[(?:error|crit)\]/,
        'nothing in the log to wonder about');

    my $nginx = read_file("$folder/logs/nginx.pid") + 0;
    my ($redis) = read_file("$folder/logs/redis.log") =~ /pid=(\d+)/;

    ok(SocialCare::Nginx::alive($nginx), 'nginx runs');
    ok(SocialCare::Nginx::alive($redis), 'Redis runs');

    kill $signal, -$run->{pid};
    ok(has_left($run), "$signal ends it") or diag(output($run));
    is($run->{status}, 0, 'with success') or diag(output($run));
    ok(!SocialCare::Nginx::alive($nginx), 'nginx has left');
    ok(!SocialCare::Nginx::alive($redis), 'Redis has left');
    is((stat "$folder/conf/secrets/meta")[2] & 0777, 0600,
        'secrets are for the owner alone');
}


# A server that dies ends the whole, and says so.
{
    my $run = start();

    ok(is_up($run), 'once more') or diag(output($run));

    my ($folder) = output($run) =~ m{Secrets and logs\s+(\S+)};
    my ($redis) = read_file("$folder/logs/redis.log") =~ /pid=(\d+)/;

    kill 'KILL', $redis;
    ok(has_left($run), 'a dead Redis ends it');
    isnt($run->{status}, 0, 'with failure');
    like(output($run), qr/a server exited unexpectedly/, 'and a sentence');
}


# A folder for PATH with one program in it: what is said when it does not work.
sub program {
    my ($name, $text) = @_;
    my $folder = temporary_folder();

    write_file("$folder/$name", "#!/bin/sh\n$text\n");
    chmod 0755, "$folder/$name";
    return $folder;
}

# Where it can be told at once, nobody waits for a deadline of ten seconds.
sub refused {
    my ($what, $pattern, %environment) = @_;
    my $run = start(%environment);

    ok(has_left($run), "$what: it ends") or diag(output($run));
    isnt($run->{status}, 0, "$what: with failure");
    like(output($run), $pattern, "$what: and says why");
    unlike(output($run), qr/socialcare runs/, "$what: and promises nothing");
}

my $path = program('redis-server', 'echo "no room for a server" >&2; exit 1');

refused('no Redis', qr/no room for a server\n.*^run: Redis did not start$/ms,
    PATH => "$path:$ENV{PATH}");

$path = program('nginx', 'echo "no library for it" >&2; exit 1');
refused('no nginx', qr/no library for it\n.*^run: nginx did not start$/ms,
    NGINX => "$path/nginx");

for my $port ('http', '0', '65536', '99999999999999999999', '-1') {
    refused("SC_PORT=$port", qr/^run: no free port from \Q$port\E on; SC_PORT/m,
        SC_PORT => $port);
}


# Somebody else takes the port that was free a moment ago (perl looks for it),
# and answers there: he is not taken for ours.
{
    my $other = SocialCare::Nginx->new(
        server => 'location / { return 200; }');

    $other->start;
    $path = program('perl', 'printf ' . $other->port);

    refused('a port that is taken', qr/Address already in use.*nginx did not/s,
        PATH => "$path:$ENV{PATH}");
}


# A port that is taken: the next one.  Two at a time do not meet.
{
    my $port = free_port(1);
    my @runs = start(SC_PORT => $port);

    ok(is_up($runs[0]), 'the first of two') or diag(output($runs[0]));
    push @runs, start(SC_PORT => $port);
    ok(is_up($runs[1]), 'the second of two') or diag(output($runs[1]));

    my @ports = map { output($_) =~ m{http://127\.0\.0\.1:(\d+)/care} } @runs;

    is($ports[0], $port, 'has the port that was asked for');
    cmp_ok($ports[1], '>', $port, 'has a later one');
    is(get($_, '/care?format=json')->{status}, 200, 'the status answers')
        for @ports;

    for my $run (@runs) {
        kill 'INT', -$run->{pid};
        ok(has_left($run), 'it ends') or diag(output($run));
        is($run->{status}, 0, 'with success') or diag(output($run));
    }
}


# Interrupted while it waits for a Redis that does not come up.
{
    my $pids = temporary_folder();

    $path = program('redis-server', "echo \$\$ > $pids/pid; exec sleep 600");

    my $run = start(PATH => "$path:$ENV{PATH}");

    ok(wait_for { read_file("$pids/pid") =~ /\d\n/ }, 'Redis hangs');
    kill 'INT', -$run->{pid};
    ok(has_left($run), 'INT ends it') or diag(output($run));
    is($run->{status}, 0, 'as it was asked to') or diag(output($run));
    ok(!SocialCare::Nginx::alive(read_file("$pids/pid") + 0),
        'and nothing stays behind');
}

finish();
