package SocialCare::Nginx;

# A private nginx: its own folder, free ports, a configuration made from a
# template; started, reloaded and stopped by process id.
#
#     my $nginx = SocialCare::Nginx->new(
#         http   => 'socialcare_redis unix:%%redis%%;',
#         server => 'location /hook { ... }',
#         vars   => { redis => $redis->socket },
#     );
#     $nginx->start;
#     ... $nginx->port ...
#
# In a template %%name%% stands for vars->{name}; %%dir%% is the folder;
# %%port%% and %%port_NAME%% are free ports, chosen when first used; %%patient%%
# are options of socialcare_redis for tests that are not about time: a machine
# may stand still for longer than the default time-outs.
# `config` replaces the whole file; otherwise `main`, `events`, `http` and
# `server` go into the blocks of these names.
#
# finish() of SocialCare::Test quits every nginx that still runs and asserts
# that it exited in time, that no [alert] or [emerg] was logged, that no process
# crashed, and that no sanitizer reported anything.  A test that provokes such
# a line must declare it beforehand: $nginx->allow(qr/.../).

use strict;
use warnings;

use POSIX ();
use Time::HiRes ();

use SocialCare::Test;

my @instances;


sub new {
    my ($class, %options) = @_;

    my $self = bless {
        folder  => temporary_folder(),
        workers => 1,
        level   => 'info',
        modules => $options{modules} || [module_path()],
        vars    => {},
        ports   => {},
        allowed => [],
        quit_in => 10,
        environment => {},
        %options,
    }, $class;

    $self->{dir} = "$self->{folder}";

    # Workers run as the user that runs the tests; for root nginx would choose
    # www-data, which cannot read the folder.
    chmod 0755, $self->{dir};
    mkdir "$self->{dir}/temp";

    push @instances, $self;
    return $self;
}


sub dir      { return $_[0]{dir} }
sub pid      { return $_[0]{pid} }
sub port     { return $_[0]->port_of('port') }
sub address  { return '127.0.0.1:' . $_[0]->port }
sub conf     { return "$_[0]{dir}/nginx.conf" }


sub port_of {
    my ($self, $name) = @_;

    return $self->{ports}{$name} //= free_port();
}


# The error log, and what nginx printed before the log was open.

sub log {
    my ($self) = @_;

    return read_file("$self->{dir}/error.log")
        . read_file("$self->{dir}/stderr.log");
}

sub access_log { return read_file("$_[0]{dir}/access.log") }


sub wait_log {
    my ($self, $pattern, $seconds) = @_;

    return wait_for { $self->log =~ $pattern } $seconds;
}


sub allow {
    my ($self, @patterns) = @_;

    push @{ $self->{allowed} }, @patterns;
    return $self;
}


# Template -> file.

sub expand {
    my ($self, $text) = @_;

    $text =~ s{%%(\w+)%%}{ $self->value_of($1) }ge;
    return $text;
}


sub value_of {
    my ($self, $name) = @_;

    return $self->{dir} if $name eq 'dir';
    return 'timeout=20s connect_timeout=20s' if $name eq 'patient';
    return $self->{vars}{$name} if exists $self->{vars}{$name};
    return $self->port_of($name) if $name =~ /^port(?:_\w+)?$/;
    die "no value for %%$name%%\n";
}


sub template {
    my ($self) = @_;

    return $self->{config} if defined $self->{config};

    my %part = map { $_ => $self->{$_} // '' } qw(main events http server);
    my $log_format = $self->{log_format} // 'log_format test "$status $request";';
    my $server = $self->{server_block} // <<"END";
    server {
        listen 127.0.0.1:%%port%%;
        server_name localhost;
$part{server}
    }
END

    return <<"END";
$part{main}
worker_processes $self->{workers};
events {
    worker_connections 512;
$part{events}
}
http {
    $log_format
    access_log %%dir%%/access.log test;
    client_body_temp_path %%dir%%/temp/body;
    proxy_temp_path       %%dir%%/temp/proxy;
    fastcgi_temp_path     %%dir%%/temp/fastcgi;
    uwsgi_temp_path       %%dir%%/temp/uwsgi;
    scgi_temp_path        %%dir%%/temp/scgi;
$part{http}
$server
}
END
}


sub write_config {
    my ($self, %changes) = @_;

    @$self{ keys %changes } = values %changes;

    my $head = join '', map { "load_module $_;\n" } @{ $self->{modules} };

    $head .= "daemon off;\npid $self->{dir}/nginx.pid;\n";
    $head .= "error_log $self->{dir}/error.log $self->{level};\n";
    $head .= "user " . (getpwuid($>))[0] . ' '
        . (getgrgid((split ' ', $))[0]))[0] . ";\n" if $> == 0;

    write_file($self->conf, $head . $self->expand($self->template));
    return $self;
}


# The runtime of the sanitizers must be loaded first in a program that was not
# built with them.

sub child_environment {
    my ($self) = @_;
    my %environment = %{ $self->{environment} };

    if (sanitized()) {
        my $compiler = $ENV{CC} || 'cc';
        my @runtime;

        for my $name ('libasan.so', 'libubsan.so') {
            my $path = `$compiler -print-file-name=$name`;
            chomp $path;
            push @runtime, $path if $path =~ m{^/};
        }

        # Full stack traces even through nginx, which keeps no frame pointers:
        # a leak is ours if one of our frames is in it.  The report counts, not
        # the exit status: nginx -t "leaks", too.
        my $options = "log_path=$self->{dir}/sanitizer:abort_on_error=0"
            . ':detect_odr_violation=0:print_stacktrace=1'
            . ':fast_unwind_on_malloc=0:exitcode=0';

        # What a test preloads comes after it.
        $environment{LD_PRELOAD} = join ':', @runtime,
            $environment{LD_PRELOAD} // ();
        $environment{ASAN_OPTIONS} = "$options:detect_leaks="
            . ($self->{leaks} // 1 ? 1 : 0);
        $environment{UBSAN_OPTIONS} = $options;
    }

    return %environment;
}


sub command {
    my ($self) = @_;

    return (binary_path(), '-p', "$self->{dir}/", '-c', $self->conf,
        '-e', "$self->{dir}/stderr.log");
}


# nginx -t: (true if accepted, its output).

sub test_config {
    my ($self, %changes) = @_;

    $self->write_config(%changes);

    my $output = "$self->{dir}/test.log";
    unlink $output;
    my $pid = $self->spawn($output, binary_path(), '-t', '-p', "$self->{dir}/",
        '-c', $self->conf, '-e', 'stderr');

    waitpid $pid, 0;
    return ($? == 0, read_file($output));
}


sub spawn {
    my ($self, $output, @command) = @_;
    my %environment = $self->child_environment;

    my $pid = fork // die "fork: $!\n";

    if (!$pid) {
        $SIG{PIPE} = 'DEFAULT';
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $output;
        open STDERR, '>>', $output;
        @ENV{ keys %environment } = values %environment;
        { no warnings; exec { $command[0] } @command; }
        print STDERR "exec $command[0]: $!\n";
        POSIX::_exit(127);
    }

    return $pid;
}


sub launch {
    my ($self) = @_;

    $self->write_config;
    $self->{pid} = $self->spawn("$self->{dir}/stderr.log", $self->command);
    return $self;
}


# Started means: the pid file exists, every worker runs, and every port in the
# configuration accepts connections.

sub start {
    my ($self) = @_;

    $self->launch;

    my $up = wait_for { $self->exited || $self->ready } 15;

    if (!$up || $self->exited) {
        my $log = $self->log;
        $self->kill_all;
        die "nginx did not start:\n$log\n";
    }

    return $self;
}


sub ready {
    my ($self) = @_;

    return if read_file("$self->{dir}/nginx.pid") !~ /^\d+\s*$/;
    return if $self->workers < ($self->{workers} eq 'auto' ? 1
        : $self->{workers});

    my $conf = read_file($self->conf);

    for my $name (keys %{ $self->{ports} }) {
        my $port = $self->{ports}{$name};
        next if $conf !~ /listen\s+\S*\b$port\b/;

        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
            Timeout => 1) or return;
    }

    return 1;
}


# Processes, as listed by the kernel.

sub children_of {
    my ($parent) = @_;
    my @children;

    opendir my $folder, '/proc' or return;

    for my $pid (grep { /^\d+$/ } readdir $folder) {
        my $stat = read_file("/proc/$pid/stat");
        $stat =~ /^\d+ \(.*\) (\S) (\d+) /s or next;
        push @children, $pid if $2 == $parent && $1 ne 'Z';
    }

    return sort { $a <=> $b } @children;
}


sub workers {
    my ($self) = @_;

    return if !$self->{pid};

    # A new process has the master's title until it has set its own.
    return grep { read_file("/proc/$_/cmdline") =~ /^nginx: worker process/ }
        children_of($self->{pid});
}

sub workers_ready {
    my ($self) = @_;

    return grep { read_file("/proc/$_/cmdline") !~ /is shutting down/ }
        $self->workers;
}


sub alive {
    my ($pid) = @_;
    my $stat = read_file("/proc/$pid/stat");

    return $stat =~ /^\d+ \(.*\) (\S) /s && $1 ne 'Z';
}


sub exited {
    my ($self) = @_;

    return 1 if !$self->{pid} || defined $self->{status};

    if (waitpid($self->{pid}, POSIX::WNOHANG()) == $self->{pid}) {
        $self->{status} = $?;
        return 1;
    }
    return;
}


sub signal {
    my ($self, $signal, $pid) = @_;

    $pid //= $self->{pid};
    signal_process($signal, $pid) or die "kill $signal $pid: $!\n";
    return $self;
}


# Waits until the new workers serve; the old ones may still be draining.

sub reload {
    my ($self, %changes) = @_;
    my %old = map { $_ => 1 } $self->workers;

    $self->write_config(%changes);
    $self->signal('HUP');

    return wait_for {
        my @new = grep { !$old{$_} } $self->workers_ready;
        @new >= ($self->{workers} eq 'auto' ? 1 : $self->{workers});
    } 15;
}


# Graceful quit.  Returns true if master and workers exited in time.

sub quit {
    my ($self, $seconds) = @_;

    return 1 if $self->exited;

    my @pids = ($self->workers, $self->{pid});

    $self->signal('QUIT');

    my $left = wait_for {
        $self->exited && !grep { alive($_) } @pids;
    } $seconds // $self->{quit_in};

    $self->kill_all(@pids) if !$left;
    delete $self->{pid} if $left;
    $self->{status_last} = delete $self->{status};
    return $left;
}


# Fast shutdown: TERM.

sub stop {
    my ($self) = @_;

    return 1 if $self->exited;

    my @pids = ($self->workers, $self->{pid});

    $self->signal('TERM');

    my $left = wait_for { $self->exited && !grep { alive($_) } @pids } 10;

    $self->kill_all(@pids) if !$left;
    delete $self->{pid};
    delete $self->{status};
    return $left;
}


sub kill_all {
    my ($self, @pids) = @_;

    return if !$self->{pid};

    # A running master would replace a worker that is killed.
    kill 'STOP', $self->{pid};
    push @pids, children_of($self->{pid}), $self->{pid};
    kill 'KILL', grep { alive($_) } @pids;
    waitpid $self->{pid}, 0 if !defined $self->{status};
    delete $self->{pid};
    delete $self->{status};
    return;
}


# Lines that must not be in the logs.

sub complaints {
    my ($self) = @_;
    my @found;

    for my $line (split /\n/, $self->log) {
        next if $line !~ m{\[alert\]|\[emerg\]|Segmentation|exited\ on\ signal
            |ERROR:\ \w*Sanitizer|runtime\ error:|double\ free|corrupted}x;
        next if grep { $line =~ $_ } @{ $self->{allowed} };
        push @found, $line;
    }

    for my $report (glob "$self->{dir}/sanitizer*") {
        my $text = without_foreign_leaks(read_file($report));

        push @found, "$report:\n$text" if length $text;
    }

    return @found;
}


# An exiting worker of nginx does not free its connection tables: leaks without
# a frame of the module are not ours.

sub without_foreign_leaks {
    my ($text) = @_;

    return $text if $text !~ /ERROR: LeakSanitizer/
        || $text =~ /ERROR: (?!LeakSanitizer)|runtime error/;

    return join "\n\n", grep { /^(?:In)?[Dd]irect leak/ && /socialcare/ }
        split /\n\n/, $text;
}


# What finish() of a test file asserts about every instance.

sub check {
    my ($self) = @_;

    return if $self->{checked}++;

    if ($self->{pid}) {
        ok($self->quit, 'nginx and its workers left in time')
            or diag($self->log =~ /((?:.*\n){0,30})\z/ ? $1 : '');
    }

    my @complaints = $self->complaints;
    is(scalar @complaints, 0, 'no alert, crash or sanitizer report')
        or diag(join "\n", @complaints);
    return;
}


at_finish { $_->check for @instances } 0;
at_abandon { $_->kill_all for @instances };

1;
