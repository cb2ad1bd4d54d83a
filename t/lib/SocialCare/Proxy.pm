package SocialCare::Proxy;

# A proxy between nginx and a real Redis that can cut, stall and delay.
#
#     my $wire = SocialCare::Proxy->new(unix => 1, to => $redis->socket);
#     $wire->cut            all connections end now; new ones still pass
#     $wire->refuse(1)      the same, and new ones are closed at once
#     $wire->stall(1)       everything is accepted, nothing passes
#     $wire->stall_replies(1)   commands arrive, answers do not
#     $wire->slow(0.05)     each piece of an answer is delayed by so much
#     $wire->cut_replies_at($n) after n bytes of answers a connection ends
#     $wire->counts         { accepted, open, up, down } in bytes
#
# It does not look at the bytes that pass.

use strict;
use warnings;

use parent 'SocialCare::Server';

use IO::Socket::INET;
use IO::Socket::UNIX;


sub cut    { $_[0]->ask({ order => 'cut' }); return $_[0] }
sub counts { return $_[0]->ask({ order => 'counts' }) }

for my $switch (qw(refuse stall stall_replies slow cut_replies_at)) {
    no strict 'refs';
    *$switch = sub {
        my ($self, $value) = @_;
        $self->ask({ order => 'set', switch => $switch, value => $value });
        return $self;
    };
}


sub on_order {
    my ($self, $order) = @_;

    if ($order->{order} eq 'cut') {
        $self->drop_all;
    }
    elsif ($order->{order} eq 'set') {
        $self->{on}{ $order->{switch} } = $order->{value};
        $self->drop_all if $order->{switch} eq 'refuse' && $order->{value};
        $self->release;
    }

    return {
        accepted => $self->{accepted} // 0,
        open     => scalar keys(%{ $self->{clients} }) / 2,
        up       => $self->{up} // 0,
        down     => $self->{down} // 0,
    };
}


sub on_connect {
    my ($self, $client) = @_;

    $self->{accepted}++;

    if ($self->{on}{refuse}) {
        $self->drop($client);
        return;
    }

    my $socket = $self->{to} =~ m{^/}
        ? IO::Socket::UNIX->new(Peer => $self->{to})
        : IO::Socket::INET->new(PeerAddr => '127.0.0.1',
            PeerPort => $self->{to}, Timeout => 2);

    if (!$socket) {
        $self->drop($client);
        return;
    }

    my $server = $self->add_client($socket, server => 1);

    $client->{peer} = $server;
    $server->{peer} = $client;
    $client->{limit} = $self->{on}{cut_replies_at};
    return;
}


sub on_close {
    my ($self, $client) = @_;
    my $peer = delete $client->{peer} or return;

    delete $peer->{peer};

    # What is in flight still arrives.
    if (@{ $peer->{output} }) { $peer->{close_when_sent} = 1 }
    else { $self->drop($peer) }
    return;
}


# Stalled bytes wait in `input` of the side that sent them.

sub on_bytes {
    my ($self, $client, $bytes) = @_;

    $client->{input} .= $bytes;
    $self->pass($client);
    return;
}


sub pass {
    my ($self, $client) = @_;
    my $peer = $client->{peer} or return;

    return if $self->{on}{stall};
    return if $client->{server} && $self->{on}{stall_replies};
    return if !length $client->{input};

    $self->{ $client->{server} ? 'down' : 'up' } += length $client->{input};
    $self->send_client($peer, $client->{input},
        $client->{server} ? $self->{on}{slow} : 0);
    $client->{input} = '';
    return;
}


sub release {
    my ($self) = @_;

    my @clients = values %{ $self->{clients} };

    $self->pass($_) for @clients;
    return;
}

1;
