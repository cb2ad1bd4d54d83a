package SocialCare::Server;

# A forked server on one socket, controlled by the test through a pipe: what
# FakeRedis and Proxy have in common.  A subclass implements
#
#     sub on_connect { my ($self, $client) = @_; }
#     sub on_bytes   { my ($self, $client, $bytes) = @_; }
#     sub on_order   { my ($self, $order) = @_; return \%answer; }
#     sub on_tick    { my ($self, $now) = @_; }
#
# in the child; the test calls ask(\%order), which waits for the answer.
# Orders are Perl data; both sides are the same program, so Storable suffices.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(AF_UNIX SOCK_STREAM PF_UNSPEC SOMAXCONN);
use Storable ();
use Time::HiRes ();

use SocialCare::Test;

my @instances;


# path => unix socket; default: a port on the loopback.

sub new {
    my ($class, %options) = @_;

    my $self = bless { folder => temporary_folder(), %options }, $class;

    if ($self->{unix} && !$self->{path}) {
        $self->{path} = "$self->{folder}/socket";
    }

    $self->{port} //= free_port() if !$self->{path};

    push @instances, $self;
    $self->start if !$self->{later};
    return $self;
}


sub port   { return $_[0]{port} }
sub socket { return $_[0]{path} }

sub url {
    my ($self) = @_;

    return $self->{path} ? "unix:$self->{path}"
        : "redis://127.0.0.1:$self->{port}";
}


sub start {
    my ($self) = @_;

    return $self if $self->{pid};

    unlink $self->{path} if $self->{path};

    my $listener = $self->{path}
        ? IO::Socket::UNIX->new(Local => $self->{path}, Listen => SOMAXCONN)
        : IO::Socket::INET->new(LocalAddr => '127.0.0.1',
            LocalPort => $self->{port}, Listen => SOMAXCONN, ReuseAddr => 1,
            Proto => 'tcp');

    die "listen: $!\n" if !$listener;

    socketpair my $here, my $there, AF_UNIX, SOCK_STREAM, PF_UNSPEC
        or die "socketpair: $!\n";

    my $pid = fork // die "fork: $!\n";

    if (!$pid) {
        close $here;
        $self->{control} = $there;
        $self->{listener} = $listener;
        $SIG{PIPE} = 'IGNORE';
        $SIG{$_} = 'DEFAULT' for qw(INT TERM);
        eval { $self->serve; 1 } or print STDERR ref($self), ": $@";
        POSIX::_exit(0);
    }

    close $there;
    close $listener;
    $self->{control} = $here;
    $self->{pid} = $pid;
    return $self;
}


# Ends all connections at once; another start() serves the same address.

sub stop {
    my ($self) = @_;

    return $self if !$self->{pid};

    kill 'KILL', $self->{pid};
    waitpid $self->{pid}, 0;
    close $self->{control};
    delete @$self{qw(pid control)};
    return $self;
}


sub send_data {
    my ($handle, $data) = @_;
    my $bytes = Storable::freeze($data);

    $bytes = pack('N', length $bytes) . $bytes;

    while (length $bytes) {
        my $count = syswrite $handle, $bytes;
        return if !defined $count && !$!{EINTR};
        substr $bytes, 0, $count // 0, '';
    }

    return 1;
}


sub receive_data {
    my ($handle) = @_;
    my $take = sub {
        my ($want) = @_;
        my $bytes = '';

        while (length $bytes < $want) {
            my $count = sysread $handle, $bytes, $want - length $bytes,
                length $bytes;
            return if !defined $count ? !$!{EINTR} : !$count;
        }
        return $bytes;
    };

    my $size = $take->(4) // return;
    my $bytes = $take->(unpack 'N', $size) // return;

    return Storable::thaw($bytes);
}


sub ask {
    my ($self, $order) = @_;

    die ref($self) . " is not running\n" if !$self->{pid};
    send_data($self->{control}, $order) or die "order: $!\n";
    return receive_data($self->{control}) // die ref($self) . " died\n";
}


# The child's loop.  Output is kept per client and may be delayed, cut or
# withheld; `after` in a piece of output says when it may be sent.

sub serve {
    my ($self) = @_;

    $self->{clients} = {};
    $self->{accepting} = 1;

    while (1) {
        my $read = IO::Select->new($self->{control});
        my $write = IO::Select->new;
        my $now = Time::HiRes::time();
        my $wait = 0.25;

        $read->add($self->{listener}) if $self->{accepting};

        for my $client (values %{ $self->{clients} }) {
            $read->add($client->{socket}) if !$client->{deaf};
            next if !@{ $client->{output} };

            my $due = $client->{output}[0]{after} - $now;

            if ($due <= 0) { $write->add($client->{socket}) }
            elsif ($due < $wait) { $wait = $due }
        }

        my ($readable, $writable) =
            IO::Select->select($read, $write, undef, $wait);

        for my $handle (@{ $writable // [] }) {
            my $client = $self->{clients}{ fileno $handle } or next;
            $self->flush($client);
        }

        for my $handle (@{ $readable // [] }) {
            if ($handle == $self->{control}) {
                my $order = receive_data($handle) // return;
                send_data($handle, $self->on_order($order) // {});
            }
            elsif ($handle == $self->{listener}) {
                $self->accept_client;
            }
            elsif (my $client = $self->{clients}{ fileno($handle) // -1 }) {
                $self->read_client($client);
            }
        }

        $self->on_tick(Time::HiRes::time());
    }
}


sub on_connect { return }
sub on_close   { return }
sub on_tick    { return }


sub add_client {
    my ($self, $socket, %fields) = @_;

    $socket->blocking(0);

    my $client = {
        socket => $socket, id => ++$self->{next_id}, output => [],
        input => '', sent => 0, %fields,
    };

    $self->{clients}{ fileno $socket } = $client;
    return $client;
}


sub accept_client {
    my ($self) = @_;
    my $socket = $self->{listener}->accept or return;

    $self->on_connect($self->add_client($socket));
    return;
}


sub read_client {
    my ($self, $client) = @_;
    my $count = sysread $client->{socket}, my $bytes, 65536;

    if ($count) {
        $self->on_bytes($client, $bytes);
        return;
    }

    return if !defined $count && ($!{EAGAIN} || $!{EINTR});
    $self->drop($client);
    return;
}


sub send_client {
    my ($self, $client, $bytes, $delay) = @_;

    push @{ $client->{output} }, {
        bytes => $bytes, after => Time::HiRes::time() + ($delay // 0),
    } if length $bytes;
    return;
}


# limit: the connection is closed after so many bytes in total.

sub flush {
    my ($self, $client) = @_;
    my $piece = $client->{output}[0];
    my $bytes = $piece->{bytes};

    if (defined $client->{limit}) {
        my $room = $client->{limit} - $client->{sent};
        $bytes = substr $bytes, 0, $room < 0 ? 0 : $room;
    }

    my $count = length $bytes ? syswrite $client->{socket}, $bytes : 0;

    if (!defined $count) {
        $self->drop($client) if !$!{EAGAIN} && !$!{EINTR};
        return;
    }

    $client->{sent} += $count;
    substr $piece->{bytes}, 0, $count, '';
    shift @{ $client->{output} } if !length $piece->{bytes};

    $self->drop($client)
        if defined $client->{limit} && $client->{sent} >= $client->{limit};
    $self->drop($client)
        if $client->{close_when_sent} && !@{ $client->{output} };
    return;
}


sub drop {
    my ($self, $client) = @_;
    my $socket = delete $client->{socket} or return;

    delete $self->{clients}{ fileno $socket };
    close $socket;
    $self->on_close($client);
    return;
}


sub drop_all {
    my ($self) = @_;

    my @clients = values %{ $self->{clients} };

    $self->drop($_) for @clients;
    return;
}


at_finish { $_->stop for @instances };
at_abandon { $_->stop for @instances };

1;
