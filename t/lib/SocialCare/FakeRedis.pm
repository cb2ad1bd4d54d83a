package SocialCare::FakeRedis;

# A Redis that misbehaves on demand.  It reads commands, records them for the
# test, and replies by rules; the first rule that matches a command applies.
#
#     my $redis = SocialCare::FakeRedis->new(unix => 1);
#     $redis->rule(command => 'EVALSHA', reply => [0, 0], times => 1);
#     $redis->rule(command => 'EVALSHA', error => 'LOADING busy');
#     $redis->rule(command => 'EVALSHA', stall => 1);
#     $redis->commands            # [ [ 'EVALSHA', ... ], ... ]
#
# A rule:  command  name, any case (default: every command)
#          match    regular expression (text) over the joined arguments
#          reply    undef = nil, number, text, { status => }, [ ... ]
#          error    text of an error reply, without '-'
#          raw      bytes sent as they are: garbage, half a reply
#          delay    seconds before the reply is sent
#          stall    no reply to this and all following commands; the connection
#                   stays open; with `raw`, after sending that
#          hold     replies on this connection wait for release()
#          close    the connection is closed; with `raw`, after sending that
#          bytes    the reply is truncated after so many bytes, then closed
#          slow     seconds between single bytes of the reply
#          times    how often it applies; default: always
#          skip     how many matching commands it ignores first
#
#          script   enqueue, sweep or read: EVAL and EVALSHA of that script
#
# Without a rule: PING, AUTH, SELECT, CLIENT, HELLO, INFO and the like get an
# ordinary reply; enqueue.lua stores every item, sweep.lua finds nothing to
# do, read.lua nothing to report.  Any other script gets an array of zeros.
#
# Switches: refuse(1) stops listening, mute(1) accepts but never replies,
# cut_at(n) closes every new connection after n bytes of replies, drop()
# closes all connections now.

use strict;
use warnings;

use parent 'SocialCare::Server';

use SocialCare::Script;
use SocialCare::Test;


# The test's side.

sub rule {
    my ($self, %rule) = @_;

    $self->ask({ order => 'rule', rule => \%rule });
    return $self;
}

sub clear    { $_[0]->ask({ order => 'clear' }); return $_[0] }
sub refuse   { $_[0]->ask({ order => 'refuse', on => $_[1] }); return $_[0] }
sub mute     { $_[0]->ask({ order => 'mute', on => $_[1] }); return $_[0] }
sub cut_at   { $_[0]->ask({ order => 'cut', bytes => $_[1] }); return $_[0] }
sub drop_now { $_[0]->ask({ order => 'drop' }); return $_[0] }
sub say_raw  { $_[0]->ask({ order => 'say', bytes => $_[1] }); return $_[0] }
sub release  { $_[0]->ask({ order => 'release' }); return $_[0] }
sub forget   { $_[0]->ask({ order => 'forget' }); return $_[0] }


sub commands {
    my ($self, $name) = @_;

    return $self->ask({ order => 'report', name => $name })->{commands};
}

sub connections { return $_[0]->ask({ order => 'count' })->{connections} }
sub accepted    { return $_[0]->ask({ order => 'count' })->{accepted} }


# Waits for $count commands of that name; true if they have arrived in time.

sub wait_commands {
    my ($self, $name, $count, $seconds) = @_;

    return wait_for { @{ $self->commands($name) } >= $count } $seconds;
}


# The server's side.

sub on_order {
    my ($self, $order) = @_;
    my $what = $order->{order};

    if ($what eq 'rule')   { push @{ $self->{rules} }, $order->{rule} }
    if ($what eq 'clear')  { $self->{rules} = []; delete @$self{qw(muted cut)} }
    if ($what eq 'forget') { $self->{seen} = [] }
    if ($what eq 'drop')   { $self->drop_all }
    if ($what eq 'release') { $self->release_held }
    if ($what eq 'mute')   { $self->{muted} = $order->{on} }
    if ($what eq 'cut')    { $self->{cut} = $order->{bytes} }
    if ($what eq 'refuse') { $self->listen_again(!$order->{on}) }

    if ($what eq 'say') {
        $self->send_client($_, $order->{bytes}) for values %{ $self->{clients} };
    }

    # Only what is asked for: scripts are long, and tests poll.
    my $name = $order->{name};
    my @seen = grep { !defined $name || uc $_->[0] eq uc $name }
        $what eq 'report' ? @{ $self->{seen} // [] } : ();

    return {
        commands    => \@seen,
        connections => scalar keys %{ $self->{clients} },
        accepted    => $self->{accepted} // 0,
    };
}


# Close the listener to refuse: a full backlog would only delay clients.

sub listen_again {
    my ($self, $on) = @_;

    return if !$on == !$self->{listener};

    if (!$on) {
        close delete $self->{listener};
        unlink $self->{path} if $self->{path};
        $self->{accepting} = 0;
        $self->drop_all;
        return;
    }

    $self->{listener} = $self->{path}
        ? IO::Socket::UNIX->new(Local => $self->{path}, Listen => 128)
        : IO::Socket::INET->new(LocalAddr => '127.0.0.1',
            LocalPort => $self->{port}, Listen => 128, ReuseAddr => 1);
    $self->{accepting} = $self->{listener} ? 1 : 0;
    return;
}


sub on_connect {
    my ($self, $client) = @_;

    $self->{accepted}++;
    $client->{limit} = $self->{cut} if defined $self->{cut};
    return;
}


sub on_bytes {
    my ($self, $client, $bytes) = @_;

    $client->{input} .= $bytes;

    while (my $command = take_command(\$client->{input})) {
        push @{ $self->{seen} }, $command;
        $self->answer($client, $command);
        return if !$client->{socket};
    }
    return;
}


# One complete command from the buffer, as an array of its arguments.

sub take_command {
    my ($buffer) = @_;

    $$buffer =~ /\A\*(\d+)\r\n/g or return inline_command($buffer);

    my $count = $1;
    my $offset = pos $$buffer;
    my @arguments;

    for (1 .. $count) {
        pos($$buffer) = $offset;
        $$buffer =~ /\G\$(\d+)\r\n/g or return;
        $offset = pos $$buffer;
        return if length $$buffer < $offset + $1 + 2;
        push @arguments, substr $$buffer, $offset, $1;
        $offset += $1 + 2;
    }

    substr $$buffer, 0, $offset, '';
    return \@arguments;
}

sub inline_command {
    my ($buffer) = @_;

    $$buffer =~ s/\A([^*\r\n][^\r\n]*)\r?\n// or return;
    return [split ' ', $1];
}


sub encode {
    my ($value) = @_;

    return "\$-1\r\n" if !defined $value;
    return "+$value->{status}\r\n" if ref $value eq 'HASH';
    return '*' . @$value . "\r\n" . join '', map { encode($_) } @$value
        if ref $value;
    return ":$value\r\n" if $value =~ /\A-?\d+\z/;
    return '$' . length($value) . "\r\n$value\r\n";
}


sub find_rule {
    my ($self, $command) = @_;

    for my $rule (@{ $self->{rules} // [] }) {
        next if defined $rule->{command}
            && uc $rule->{command} ne uc $command->[0];
        next if defined $rule->{script}
            && $rule->{script} ne script_of(@$command);
        next if defined $rule->{match}
            && join(' ', @$command) !~ /$rule->{match}/s;
        next if defined $rule->{times} && $rule->{times} <= 0;

        if ($rule->{skip}) {
            $rule->{skip}--;
            next;
        }

        $rule->{times}-- if defined $rule->{times};
        return $rule;
    }

    return;
}


sub answer {
    my ($self, $client, $command) = @_;

    return if $self->{muted} || $client->{stalled};

    my $rule = $client->{held} ? {} : $self->find_rule($command) // {};

    if ($rule->{hold} || $client->{held}) {
        push @{ $client->{held} }, $command;
        return;
    }

    if ($rule->{stall}) {
        $client->{stalled} = 1;
        return if !defined $rule->{raw};
    }

    my $bytes = defined $rule->{raw} ? $rule->{raw}
        : defined $rule->{error} ? "-$rule->{error}\r\n"
        : $rule->{close} ? ''
        : exists $rule->{reply} ? encode($rule->{reply})
        : $self->usual_answer(@$command);

    if (defined $rule->{bytes}) {
        $bytes = substr $bytes, 0, $rule->{bytes};
        $rule = { %$rule, close => 1 };
    }

    if ($rule->{close}) {
        $client->{close_when_sent} = 1;
        $self->drop($client) if !length $bytes && !@{ $client->{output} };
        return if !$client->{socket};
    }

    if ($rule->{slow}) {
        my $at = 0;
        $self->send_client($client, $_, $at += $rule->{slow})
            for split //, $bytes;
        return;
    }

    $self->send_client($client, $bytes, $rule->{delay});
    return;
}


# Which of our scripts a command runs, and with how many items.

my %script_by;

sub script_of {
    my ($name, $what) = @_;

    return '' if uc $name !~ /^EVAL/ || !defined $what;

    if (!%script_by) {
        for my $script (qw(enqueue sweep read)) {
            my $file = SocialCare::Script->new($script);
            $script_by{$_} = $script for $file->sha, $file->source;
        }
    }

    return $script_by{$what} // '';
}

sub items_of {
    my (undef, undef, undef, undef, $head) = @_;

    return unpack 'x10 v', $head;
}


# Sends the held replies in order and in one piece, like ordinary ones.

sub release_held {
    my ($self) = @_;

    for my $client (values %{ $self->{clients} }) {
        my $held = delete $client->{held} or next;

        $self->send_client($client,
            join '', map { $self->usual_answer(@$_) } @$held);
    }
    return;
}


my %usual = (
    PING    => { status => 'PONG' },
    AUTH    => { status => 'OK' },
    SELECT  => { status => 'OK' },
    CLIENT  => { status => 'OK' },
    WAIT    => 1,
    ECHO    => 'echo',
    ROLE    => ['master', 0, []],
    INFO    => "# Server\r\nredis_version:7.0.15\r\n"
        . "# Persistence\r\nloading:0\r\naof_enabled:1\r\n"
        . "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n",
    CONFIG  => [],
    XGROUP  => { status => 'OK' },
    XLEN    => 0,
    LLEN    => 0,
    SADD    => 1,
    SMEMBERS => [],
    SCRIPT  => ('0' x 40),
    QUIT    => { status => 'OK' },
);

sub usual_answer {
    my ($self, @command) = @_;
    my $name = uc $command[0];

    if ($name =~ /^EVAL/) {
        my $script = script_of(@command);
        my $text = $script eq 'enqueue' ? '0' x items_of(@command)
            : $script eq 'sweep' ? '1 0 0 0 -1'
            : $script eq 'read' ? '1' : return encode([0]);

        return '$' . length($text) . "\r\n$text\r\n";
    }

    return encode($usual{$name}) if exists $usual{$name};
    return "-ERR unknown command '$command[0]'\r\n";
}

1;
