package SocialCare::Redis;

# A private redis-server on a unix socket in a temporary folder, and a small
# RESP2 client with pipelining.  Core modules only.
#
#   my $server = SocialCare::Redis->start(config => ['appendonly yes']);
#   my $redis = $server->client;
#   $redis->call('SET', 'a', 1);              # dies on an error reply
#   my $reply = $redis->ask('GET', 'a');      # an error is a RedisError object
#   my @replies = $redis->pipeline([PING], ['GET', 'a']);
#   $server->stop;                            # or when it goes out of scope
#
# Options of start: program (default $ENV{TEST_REDIS_SERVER} or redis-server),
# config (lines), port (TCP on 127.0.0.1 as well), dir (kept after the stop).

use strict;
use warnings;

use Errno qw(EINTR);
use File::Temp ();
use IO::Select ();
use IO::Socket::INET ();
use IO::Socket::UNIX ();
use POSIX ();
use Socket qw(SOCK_STREAM);
use Time::HiRes ();


# Is a redis-server installed?
sub available {
    my $program = program();

    return -x $program if $program =~ m{/};
    return scalar grep { -x "$_/$program" } split /:/, $ENV{PATH} // '';
}


sub program {
    return $ENV{TEST_REDIS_SERVER} || 'redis-server';
}


sub start {
    my ($class, %option) = @_;
    my $self = bless {
        program => $option{program} || program(),
        config  => $option{config} || [],
        port    => $option{port} || 0,
        owner   => $$,
    }, $class;

    # Not in the build folder: the path of a unix socket must be short.
    $self->{temp} = File::Temp->newdir('scredis-XXXXXX', TMPDIR => 1)
        unless $option{dir};
    $self->{dir} = $option{dir} || $self->{temp}->dirname;
    $self->{socket} = "$self->{dir}/redis.sock";

    $self->run;

    return $self;
}


sub run {
    my ($self) = @_;
    my $file = "$self->{dir}/redis.conf";

    open(my $out, '>', $file) or die "$file: $!";
    print $out map { "$_\n" }
        "port $self->{port}", 'bind 127.0.0.1', "unixsocket $self->{socket}",
        'unixsocketperm 700', "dir $self->{dir}", "logfile $self->{dir}/log",
        'save ""', 'daemonize no', 'databases 4', @{ $self->{config} };
    close($out) or die "$file: $!";

    my $pid = fork() // die "fork: $!";

    if ($pid == 0) {
        open(STDIN, '<', '/dev/null');
        open(STDOUT, '>>', "$self->{dir}/log");
        open(STDERR, '>&', \*STDOUT);
        exec { $self->{program} } $self->{program}, $file
            or POSIX::_exit(127);
    }

    $self->{pid} = $pid;
    $self->wait_ready;
}


sub wait_ready {
    my ($self) = @_;
    my $deadline = Time::HiRes::time() + 20;

    while (Time::HiRes::time() < $deadline) {
        my $reply = eval { $self->client->ask('PING') };

        return if defined $reply
            && (!ref $reply || $reply->{text} !~ /^(?:LOADING|MASTERDOWN)/);

        if (waitpid($self->{pid}, POSIX::WNOHANG()) == $self->{pid}) {
            delete $self->{pid};
            die "redis-server did not start:\n" . $self->log;
        }

        Time::HiRes::sleep(0.02);
    }

    die "redis-server does not answer:\n" . $self->log;
}


sub pid    { return $_[0]{pid} }
sub dir    { return $_[0]{dir} }
sub socket { return $_[0]{socket} }
sub port   { return $_[0]{port} }


sub log {
    my ($self) = @_;

    open(my $in, '<', "$self->{dir}/log") or return '';
    local $/;
    return scalar <$in> // '';
}


sub client {
    my ($self) = @_;

    return SocialCare::Redis::Client->connect(unix => $self->{socket});
}


sub signal {
    my ($self, $name) = @_;

    kill($name, $self->{pid}) if $self->{pid};
}


# Ends the server: TERM, then KILL if it has not exited within 10 s.
sub stop {
    my ($self, $name) = @_;
    my $pid = delete $self->{pid} or return;
    my $deadline = Time::HiRes::time() + 10;

    kill($name || 'TERM', $pid);
    kill('CONT', $pid);

    while (waitpid($pid, POSIX::WNOHANG()) == 0) {
        kill('KILL', $pid) if Time::HiRes::time() > $deadline;
        Time::HiRes::sleep(0.01);
    }
}


# Stops it and starts it again, with the same folder and socket.
sub restart {
    my ($self) = @_;

    $self->stop;
    $self->run;
}


sub DESTROY {
    my ($self) = @_;

    # A forked child must not end the server of its parent.
    return if $self->{owner} != $$;

    local ($?, $@, $!);
    $self->stop;
}


package SocialCare::Redis::Error;

use overload '""' => sub { $_[0]{text} }, fallback => 1;


package SocialCare::Redis::Client;

use strict;
use warnings;


sub connect {
    my ($class, %option) = @_;
    my $handle;

    if ($option{unix}) {
        $handle = IO::Socket::UNIX->new(Type => Socket::SOCK_STREAM(),
                                        Peer => $option{unix});
    } else {
        $handle = IO::Socket::INET->new(
            PeerAddr => $option{host} || '127.0.0.1',
            PeerPort => $option{port}, Proto => 'tcp', Timeout => 5);
    }

    die "no connection to Redis: $!" unless $handle;

    $handle->blocking(0);

    return bless {
        handle => $handle,
        in => '',
        out => '',
        timeout => $option{timeout} || 30,
    }, $class;
}


sub handle { return $_[0]{handle} }


sub encode {
    my (undef, @arguments) = @_;

    return join '', '*' . @arguments . "\r\n",
        map { '$' . length($_) . "\r\n$_\r\n" } @arguments;
}


# Sends raw bytes; fetch replies with `reply`.
sub send_raw {
    my ($self, $bytes) = @_;

    $self->{out} .= $bytes;
}


# One reply; an error is a SocialCare::Redis::Error (its text, when printed).
sub ask {
    my ($self, @arguments) = @_;

    $self->send_raw($self->encode(@arguments));

    return $self->reply;
}


# The same, but an error dies.
sub call {
    my ($self, @arguments) = @_;
    my $reply = $self->ask(@arguments);

    die "$arguments[0]: $reply\n" if ref $reply eq 'SocialCare::Redis::Error';

    return $reply;
}


# A reply that consists of pairs, as a hash.
sub hash {
    my ($self, @arguments) = @_;

    return { @{ $self->call(@arguments) } };
}


sub pipeline {
    my ($self, @commands) = @_;

    $self->send_raw($self->encode(@$_)) for @commands;

    return map { $self->reply } @commands;
}


# Moves bytes both ways until $enough bytes have been read.
sub transfer {
    my ($self, $enough) = @_;
    my $deadline = Time::HiRes::time() + $self->{timeout};
    my $select = IO::Select->new($self->{handle});

    while ($self->{out} ne '' || length($self->{in}) < $enough) {
        my ($readable, $writable) = IO::Select->select($select,
            $self->{out} ne '' ? $select : undef, undef, 0.2);

        die "Redis does not answer\n" if Time::HiRes::time() > $deadline;

        if ($writable && @$writable) {
            my $n = syswrite($self->{handle}, $self->{out}, 65536);
            substr($self->{out}, 0, $n, '') if $n;
        }

        if ($readable && @$readable) {
            my $n = sysread($self->{handle}, $self->{in}, 65536,
                            length $self->{in});

            next if !defined $n && ($!{EAGAIN} || $!{EINTR});
            die "Redis closed the connection\n" unless $n;
        }
    }
}


sub line {
    my ($self) = @_;
    my $at;

    $self->transfer(length($self->{in}) + 1)
        while ($at = index($self->{in}, "\r\n")) < 0;

    my $line = substr($self->{in}, 0, $at + 2, '');

    return substr($line, 0, -2);
}


sub reply {
    my ($self) = @_;

    $self->transfer(0);

    my $line = $self->line;
    my $type = substr($line, 0, 1, '');

    return $line if $type eq '+';
    return $line + 0 if $type eq ':';
    return bless { text => $line }, 'SocialCare::Redis::Error'
        if $type eq '-';

    if ($type eq '$') {
        return undef if $line < 0;
        $self->transfer($line + 2);
        return substr(substr($self->{in}, 0, $line + 2, ''), 0, $line);
    }

    if ($type eq '*') {
        return undef if $line < 0;
        return [ map { $self->reply } 1 .. $line ];
    }

    die "not RESP2: $type$line\n";
}


1;
