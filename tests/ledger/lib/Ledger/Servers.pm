package Ledger::Nginx;

# An nginx that may be replaced by a binary upgrade, which it takes only as a
# daemon: its master is no child of ours.

use strict;
use warnings;

use parent -norequire, 'SocialCare::Nginx';

use SocialCare::Nginx;
use SocialCare::Test;


sub write_config {
    my ($self, @changes) = @_;

    $self->SUPER::write_config(@changes);
    write_file($self->conf, read_file($self->conf) =~ s/^daemon off/daemon on/mr);
    return $self;
}


sub launch {
    my ($self) = @_;

    $self->write_config;

    my $starter = $self->spawn($self->dir . '/stderr.log', $self->command);

    waitpid $starter, 0;
    delete $self->{status};
    $self->{pid} = $self->master if $? == 0;
    return $self;
}


sub master {
    my ($self) = @_;

    wait_for { read_file($self->dir . '/nginx.pid') =~ /^\d+$/ } 5;
    return read_file($self->dir . '/nginx.pid') =~ /^(\d+)$/ ? $1 : undef;
}


sub exited { return !$_[0]{pid} || !SocialCare::Nginx::alive($_[0]{pid}) }


sub upgrade {
    my ($self) = @_;
    my $first = $self->pid;
    my $second;

    $self->signal('USR2');
    wait_for {
        ($second) = read_file($self->dir . '/nginx.pid') =~ /^(\d+)$/;
        $second && $second != $first && grep {
            read_file("/proc/$_/cmdline") =~ /worker process/
        } SocialCare::Nginx::children_of($second);
    } 15 or die "no second master\n";

    $self->signal('WINCH');
    wait_for { !$self->workers } 15 or die "old workers stay\n";
    $self->signal('QUIT');
    wait_for { $self->exited } 15 or die "the old master stays\n";

    $self->{pid} = $second;
    return $self;
}


# Everything at once, as when the power fails.

sub die_at_once {
    my ($self) = @_;
    my @pids = ($self->{pid}, SocialCare::Nginx::children_of($self->{pid}));

    kill 'STOP', @pids;
    kill 'KILL', @pids;
    wait_for { $self->exited && !grep { SocialCare::Nginx::alive($_) } @pids }
        15 or die "it does not die\n";
    unlink $self->dir . '/nginx.pid';
    delete @$self{qw(pid status)};
    return;
}


package Ledger::Redis;

# A Redis whose disk can be spoiled: spoil('write ENOSPC *appendonly*').

use strict;
use warnings;

use parent -norequire, 'SocialCare::Redis';

use POSIX ();

use SocialCare::Redis;
use SocialCare::Test;


sub run {
    my ($self) = @_;

    local $ENV{LD_PRELOAD} = $self->{shim} // fault_shim();
    local $ENV{SC_FAULT_CONTROL} = "$self->{dir}/faults";
    unlink "$self->{dir}/faults";
    return $self->SUPER::run;
}


sub fault_shim { require Cwd; return Cwd::abs_path('build/fault_shim.so') }

sub spoil {
    my ($self, $rule) = @_;
    my $file = "$self->{dir}/faults";

    return unlink $file if !defined $rule;
    write_file("$file.new", "$rule\n");
    rename "$file.new", $file;
    return;
}


# It ended by itself.

sub ended {
    my ($self) = @_;

    return 1 if !$self->{pid};
    return if waitpid($self->{pid}, POSIX::WNOHANG()) != $self->{pid};
    delete $self->{pid};
    return 1;
}


# One command on a connection of its own.

sub tell {
    my ($self, @command) = @_;

    return $self->client->call(@command);
}

sub info {
    my ($self, $name) = @_;

    return $self->tell('INFO', 'everything') =~ /^\Q$name\E:(.*?)\r?$/m
        ? $1 : '';
}

1;
