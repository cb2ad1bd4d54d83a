package Ledger::Nginx;

# An nginx that can undergo a binary upgrade, which requires a daemon: its
# master is not our child.

use strict;
use warnings;

use parent -norequire, 'SocialCare::Nginx';

use SocialCare::Nginx;
use SocialCare::Test;


sub write_config {
    my ($self, @changes) = @_;

    $self->SUPER::write_config(@changes);
    write_file($self->conf,
        read_file($self->conf) =~ s/^daemon off/daemon on/mr);
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


# The disk of the spool: faults on order, and what became durable.

sub use_shim {
    my ($self) = @_;

    $self->{environment} = {
        LD_PRELOAD       => Ledger::Redis::fault_shim(),
        SC_FAULT_CONTROL => $self->dir . '/faults',
        SC_FAULT_LOG     => $self->dir . '/disk.log',
        SC_FAULT_WRITES  => 1,
    };

    # A second binary gets only what is named; the sanitizers need theirs.
    $self->{main} .= join '', map { "env $_;\n" }
        sort(keys %{ $self->{environment} }),
        sanitized() ? qw(ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS) : ();
    return $self;
}


sub spoil {
    my ($self, @rules) = @_;
    my $file = $self->dir . '/faults';

    return unlink $file if !@rules;
    write_file("$file.new", join '', map { "$_\n" } @rules);
    rename "$file.new", $file;
    return;
}


sub spool_files { return glob $_[0]->dir . '/spool/*' }
sub disk_log    { return $_[0]->dir . '/disk.log' }


# What the processes wrote to the spool since the log was $from bytes long.

sub bytes_written {
    my ($self, $from, $to) = @_;
    my ($sum, %end) = (0);

    open my $file, '<:raw', $self->disk_log or return 0;
    seek $file, $from, 0;

    while (my $line = <$file>) {
        last if tell $file > $to;

        my ($what, $size, $path) = split ' ', $line, 3;

        next if $what ne 'write';
        # A file that was open before is counted from its first write on.
        $sum += $size - $end{$path} if exists $end{$path}
            && $size > $end{$path};
        $end{$path} = $size if $size > ($end{$path} // 0);
    }

    return $sum;
}


# Path => [ end of what was synced, is its name durable ].  A disk that lies,
# the planted fault, has synced nothing of what it said.

sub durable {
    my ($self) = @_;
    my (%written, %synced, %named);

    open my $file, '<:raw', $self->disk_log or return {};

    while (my $line = <$file>) {
        chomp $line;

        my ($what, $size, $path) = split ' ', $line, 3;

        if ($what eq 'write') {
            $written{$path} = $size if $size > ($written{$path} // 0);
        } elsif ($what eq 'sync' && !$self->{disk_lies}) {
            $synced{$path} = $written{$path} // 0;
        } elsif ($what eq 'dirsync') {
            $named{$_} = 1 for grep { index($_, "$path/") == 0 } keys %written;
        }
    }

    return { map { ($_ => [$synced{$_} // 0, $named{$_}]) } keys %written };
}


# Called before the power fails: what is deleted from now on may come back.

sub remember_files {
    my ($self) = @_;
    my $folder = $self->dir . '/shadow';

    mkdir $folder;
    unlink glob "$folder/*";
    link $_, "$folder/" . s{.*/}{}r for $self->spool_files;
    return;
}


# Everything ends, and the disk has what was synced; of the rest it has some.

sub power_cut {
    my ($self) = @_;

    $self->die_at_once;

    my $durable = $self->durable;

    for my $file ($self->spool_files) {
        my ($end, $named) = @{ $durable->{$file} // [0, 0] };

        if (!$named && rand() < 0.7) {
            unlink $file;
            next;
        }

        my $size = -s $file;

        next if $size <= $end;

        # A deletion leaves the shadow's bytes alone only in another file.
        open my $out, '+<:raw', $file or die "$file: $!\n";
        my $kept = $end + (rand() < 0.5 ? 0 : int rand 2000);
        my $rest = $size - $kept;

        next if $rest <= 0;
        seek $out, $kept, 0;
        print {$out} rand() < 0.3 && $rest > 64
            ? join('', map { chr int rand 256 } 1 .. 64) . "\0" x ($rest - 64)
            : "\0" x $rest;
        close $out or die "$file: $!\n";
    }

    for my $file (glob $self->dir . '/shadow/*') {
        my $name = $file =~ s{.*/}{}r;

        rename $file, $self->dir . "/spool/$name"
            if !-e $self->dir . "/spool/$name" && rand() < 0.5;
        unlink $file;
    }
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
    local $self->{config} = [@{ $self->{config} }, $self->{master}
        ? 'replicaof 127.0.0.1 ' . $self->{master}->port : ()];
    unlink "$self->{dir}/faults";
    return $self->SUPER::run;
}


# Of a pair: what it has of its own is forgotten, and it follows the other.

sub run_as_replica {
    my ($self, $master) = @_;

    $self->{master} = $master;
    unlink glob "$self->{dir}/appendonlydir/*";
    $self->run;
    return $self->wait_following;
}

sub wait_following {
    my ($self) = @_;

    return wait_for {
        eval { $self->info('master_link_status') eq 'up' }
    } 30;
}

# Cut off from its master, with what it has.
sub leave_master { return $_[0]->tell(qw(REPLICAOF 127.0.0.1 1)) }

sub promote {
    my ($self) = @_;

    delete $self->{master};
    return $self->tell(qw(REPLICAOF NO ONE));
}

sub demote {
    my ($self, $master) = @_;

    $self->{master} = $master;
    $self->tell('REPLICAOF', '127.0.0.1', $master->port);
    $self->tell(qw(CLIENT KILL TYPE normal));
    return $self->wait_following;
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
