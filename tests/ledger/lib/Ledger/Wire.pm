package Ledger::Wire;

# The connection between nginx and Redis, with what the ledger test needs in
# addition to SocialCare::Proxy's switches:
#
#     $wire->bite($n)      the next $n replies are truncated, and the
#                          connection is closed
#     $wire->garble($n)    the next $n replies are replaced by something that
#                          Redis never sends
#     $wire->early($s)     the planted fault: an enqueue is answered at once,
#                          and the command is delivered $s seconds later,
#                          unless that Redis has ended by then

use strict;
use warnings;

use parent -norequire, 'SocialCare::Proxy';

use IO::Socket::UNIX;
use Time::HiRes ();

use SocialCare::FakeRedis;
use SocialCare::Proxy;
use SocialCare::Redis;
use SocialCare::Script;

my @garbage = ("?\r\n", "\0\0\0\0", "HTTP/1.1 400 Bad Request\r\n\r\n",
    "\$-7\r\nabc", "\$99999999999999999999\r\n", ":1x\r\n",
    '*9' x 40 . "\r\n", "*1\r\n" x 40);


for my $order (qw(bite garble early)) {
    no strict 'refs';
    *$order = sub {
        my ($self, $value) = @_;
        return $self->ask({ order => 'plan', plan => $order,
            value => $value });
    };
}


sub on_order {
    my ($self, $order) = @_;

    $self->{plan}{ $order->{plan} } = $order->{value}
        if $order->{order} eq 'plan';
    return { %{ $self->SUPER::on_order($order) }, %{ $self->{plan} // {} } };
}


sub on_bytes {
    my ($self, $client, $bytes) = @_;
    my $plan = $self->{plan} // {};

    return $self->spoil($client, $bytes)
        if $client->{server} && $client->{peer}
            && ($plan->{bite} || $plan->{garble});
    return $self->answer_early($client, $bytes)
        if !$client->{server} && $plan->{early};
    return $self->SUPER::on_bytes($client, $bytes);
}


sub spoil {
    my ($self, $server, $bytes) = @_;
    my $plan = $self->{plan};
    my $what = $plan->{bite} ? 'bite' : 'garble';

    $plan->{$what}--;
    $self->send_client($server->{peer}, $what eq 'bite'
        ? substr($bytes, 0, int rand length $bytes)
        : $garbage[rand @garbage]);
    $self->drop($server);
    return;
}


# Redis itself echoes the good answer, in its place among the others.

sub answer_early {
    my ($self, $client, $bytes) = @_;

    $client->{commands} .= $bytes;

    while (my $command =
        SocialCare::FakeRedis::take_command(\$client->{commands}))
    {
        my @command = @$command;

        if (SocialCare::FakeRedis::script_of(@command) eq 'enqueue') {
            my $count = SocialCare::FakeRedis::items_of(@command);

            push @{ $self->{postponed} }, [
                Time::HiRes::time() + $self->{plan}{early},
                ['EVAL', SocialCare::Script->new('enqueue')->source,
                    @command[2 .. $#command]],
                $client,
            ];
            @command = ('ECHO', '0' x $count);
        }

        $client->{input} .= SocialCare::Redis::Client->encode(@command);
    }

    $self->pass($client);
    return;
}


# What was on its way to a Redis that has ended reaches no other, however
# late this process comes to see that.

sub on_close {
    my ($self, $client) = @_;

    $self->{postponed} = [grep { $_->[2] != $client->{peer} }
        @{ $self->{postponed} }] if $client->{server} && $client->{peer};
    return $self->SUPER::on_close($client);
}


sub on_tick {
    my ($self, $now) = @_;

    while (@{ $self->{postponed} // [] } && $self->{postponed}[0][0] <= $now) {
        my $command = (shift @{ $self->{postponed} })->[1];
        my $redis = IO::Socket::UNIX->new(Peer => $self->{to}) or next;

        syswrite $redis, SocialCare::Redis::Client->encode(@$command);
    }
    return;
}

1;
