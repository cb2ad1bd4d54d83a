package Ledger::Run;

# One run of the ledger test: servers, platforms, a desk, a seeded schedule of
# faults, and the verdict.
#
#     my $run = Ledger::Run->new(seed => 1, seconds => 60);
#     $run->go;
#     $run->{judge}, $run->{faults}, $run->{complaints}, $run->table
#
# Options: seed, seconds, rate (events per second, 0: no limit), slots, kinds
# (names of faults; default: all), rounds (stop once every kind has occurred so
# often), spool (options of socialcare_spool; '': none), ack (of
# socialcare_redis; 'replicas=1', the default: Redis is a pair), desk (0: nobody
# reads the queues), failover (how: see Ledger::Faults), say (a sub that reports
# progress).  Planted: early (seconds, see Ledger::Wire), disk_lies (1: a power
# cut loses even what was synced).

use strict;
use warnings;

use POSIX ();
use Time::HiRes qw(time sleep);

use Ledger::Faults qw(%FAULTS @KINDS %BRIEF %SPOOL %PAIR);
use Ledger::Judge;
use Ledger::Servers;
use Ledger::Wire;
use SocialCare::Care qw(care_status);
use SocialCare::Redis;
use SocialCare::Test;

my $secret = 's3cr3t-socialcare';
my @fields = qw(event_id=/events/*/id conversation_id=/events/*/thread
    direction=/events/*/dir created=/events/*/at created_format=ms
    channel=/events/*/channel author_id=/events/*/author text=/events/*/text);


sub new {
    my ($class, %options) = @_;

    my $self = bless {
        seed => 1, seconds => 60, rate => 0, slots => 64, desk => 1,
        kinds => [@KINDS], say => sub { }, rounds => 0, spool => 'size=2g',
        ack => 'replicas=1', pair => undef,
        tools => $ENV{LEDGER_TOOLS} || 'build/ledger',
        folder => temporary_folder(), complaints => [], windows => [],
        lines => 0, %options,
    }, $class;

    $self->{kinds} = [grep { !$SPOOL{$_} } @{ $self->{kinds} }]
        if !$self->{spool};
    $self->{pair} //= $self->{ack} ne 'redis';
    $self->{kinds} = [grep { !$PAIR{$_} } @{ $self->{kinds} }]
        if !$self->{pair};
    $self->{ledger} = "$self->{folder}/ledger";
    return $self;
}


sub nginx { return $_[0]{nginx} }
sub redis { return $_[0]{redis} }
sub replica { return $_[0]{replica} }
sub wire  { return $_[0]{wire} }

sub complain {
    my ($self, $text) = @_;

    push @{ $self->{complaints} }, "$self->{kind}: $text";
    $self->{say}->("  $self->{kind}: $text");
    return;
}


# The servers.

sub start_redis {
    my ($self) = @_;
    my $start = sub {
        return Ledger::Redis->start(config => ['appendonly yes',
            'appendfsync always', 'auto-aof-rewrite-min-size 16mb',
            'repl-diskless-sync-delay 0'],
            $self->{pair} ? (port => free_port()) : ());
    };

    $self->{address} = "$self->{folder}/master.sock";
    $self->use_master($start->());
    return if !$self->{pair};

    $self->{replica} = $start->();
    $self->{replica}->demote($self->redis)
        or $self->complain('no replica');
    return;
}


# By one name, like that which a failover moves: new connections go there.

sub use_master {
    my ($self, $master, $replica) = @_;

    @$self{qw(redis replica)} = ($master, $replica);
    symlink $master->socket, "$self->{address}.new" or die "symlink: $!\n";
    rename "$self->{address}.new", $self->{address} or die "rename: $!\n";
    $self->wire->cut if $self->wire;
    return;
}


sub set_up {
    my ($self) = @_;

    $self->start_redis;
    $self->{wire} = Ledger::Wire->new(unix => 1, to => $self->{address});
    $self->wire->early($self->{early}) if $self->{early};

    my $hook = "socialcare_webhook generic platform=ledger"
        . " signature_from=header:X-Hub-Signature-256"
        . " signature_prefix=sha256= @fields;\n"
        . "socialcare_secret value:$secret;\n";

    $self->{nginx} = Ledger::Nginx->new(
        workers => 2,
        level => 'notice',
        log_format => 'log_format test "$msec $status $socialcare_store";',
        http => <<"END",
    socialcare_zone 4m;
    socialcare_redis unix:@{[$self->wire->socket]} ack=$self->{ack};
    @{[$self->{spool} ? "socialcare_spool %%dir%%/spool $self->{spool};" : '']}
    map \$socialcare_channel \$target { messaging 30d; default 1s; }
    socialcare_sla \$target;
    access_log off;
END
        server => <<"END",
        keepalive_requests 5000;
        location = /a {
            $hook
            socialcare_queue mentions limit=50m out=on;
        }
        location = /b {
            $hook
            socialcare_brand other partitions=2;
            socialcare_queue calls limit=50m;
        }
        location = /status { socialcare_status json; }
END
    );
    $self->nginx->use_shim;
    $self->nginx->{disk_lies} = $self->{disk_lies};
    $self->nginx->allow(qr/worker process \d+ exited on signal 9/);
    $self->nginx->start;
    return;
}


sub start_client {
    my ($self, $name, @command) = @_;
    my $pid = fork // die "fork: $!\n";

    if (!$pid) {
        open STDOUT, '>>', "$self->{folder}/$name.log";
        open STDERR, '>&', \*STDOUT;
        { no warnings; exec { $command[0] } @command; }
        POSIX::_exit(127);
    }

    $self->{pids}{$name} = $pid;
    at_abandon { kill 'KILL', $self->{pids}{$name} if $self->{pids}{$name} };
    return;
}


sub stop_client {
    my ($self, $name, $seconds) = @_;
    my $pid = $self->{pids}{$name} or return;

    kill 'TERM', $pid;

    my $left = wait_for { waitpid($pid, POSIX::WNOHANG()) == $pid } $seconds;
    my $status = $?;

    if (!$left) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }

    delete $self->{pids}{$name};
    $self->complain("the $name did not end well: "
        . ($left ? $status : 'time-out')) if !$left || $status;

    my $said = read_file("$self->{folder}/$name.log");

    $self->complain("the $name said: " . substr $said, 0, 400) if length $said;
    return;
}


sub start_clients {
    my ($self) = @_;

    $self->start_client('platform', "$self->{tools}/platform",
        '-p', $self->nginx->port, '-s', $secret, '-S', $self->{seed},
        '-o', $self->{ledger}, '-c', $self->{slots}, '-r', $self->{rate});
    $self->start_client('desk', "$self->{tools}/desk",
        $self->{pair} ? '-w' : (), $self->{address},
        "$self->{folder}/desk", @Ledger::Judge::STREAMS) if $self->{desk};
    return;
}


# How many events were acknowledged so far.

sub acknowledged {
    my ($self) = @_;

    if (!$self->{tail}) {
        open my $tail, '<:raw', $self->{ledger} or return 0;
        $self->{tail} = $tail;
    }

    while (sysread $self->{tail}, my $bytes, 1 << 20) {
        $self->{lines} += $bytes =~ tr/\n//;
    }

    return $self->{lines};
}


sub wait_acknowledged {
    my ($self, $more, $seconds) = @_;
    my $want = $self->acknowledged + $more;

    return wait_for { $self->acknowledged >= $want } $seconds;
}


# The schedule.

sub hold {
    my ($self, $seconds) = @_;
    my $second = delete $self->{second};

    sleep $seconds * ($second ? 0.5 : 1);
    return if !$second;
    $self->inject($second);
    sleep $seconds * 0.5;
    return;
}


sub inject {
    my ($self, $kind) = @_;
    my $outer = $self->{kind};
    my $window = { kind => $kind, from => time,
        disk => -s $self->nginx->disk_log || 0 };

    $self->{kind} = $kind;
    push @{ $self->{windows} }, $window;
    $self->{count}{$kind}++;
    eval { $FAULTS{$kind}->($self); 1 } or $self->complain("died: $@");
    $self->close_window($window);
    $self->{kind} = $outer if $outer;
    return $window;
}


sub close_window {
    my ($self, $window) = @_;

    $window->{to} = time;
    $window->{disk_to} = -s $self->nginx->disk_log || 0;
    return;
}


sub next_kind {
    my ($self) = @_;

    if (!@{ $self->{deck} // [] }) {
        return if $self->{rounds} && $self->{dealt}++ >= $self->{rounds};

        my @deck = @{ $self->{kinds} };

        for my $i (reverse 1 .. $#deck) {
            my $j = int rand($i + 1);
            @deck[$i, $j] = @deck[$j, $i];
        }

        $self->{deck} = \@deck;
    }

    return shift @{ $self->{deck} };
}


# More events than can have been in flight before: 64 slots of five each.
sub wait_fresh {
    my ($self) = @_;

    return $self->wait_acknowledged(5 * $self->{slots} + 50, 30)
        || $self->complain('nothing new was acknowledged for 30 s');
}


# A planted fault needs something to take: what is acknowledged from now on is
# kept on the wire until Redis has ended.
sub plant {
    my ($self, $kind) = @_;

    return if !$self->{early} || $kind ne 'redis_killed';
    $self->wire->early(600);
    $self->wait_fresh;
    return;
}


sub one_fault {
    my ($self, $kind) = @_;
    my @second = grep { $BRIEF{$_} && $_ ne $kind } @{ $self->{kinds} };

    $self->{second} = $second[rand @second]
        if @second && !$BRIEF{$kind} && rand() < 0.25;

    $self->plant($kind);

    my $window = $self->inject($kind);

    $self->wire->early($self->{early}) if $self->{early};
    delete $self->{second};
    $self->{kind} = $kind;
    $self->wait_acknowledged(20, 30)
        or $self->complain('nothing was acknowledged for 30 s afterwards');
    $self->close_window($window);
    $self->{say}->(sprintf '%6.1f s  %-16s %7d acknowledged',
        time - $self->{began}, $kind, $self->acknowledged);
    return;
}


sub go {
    my ($self) = @_;

    srand $self->{seed};
    $self->{kind} = 'start';
    $self->set_up;
    $self->start_clients;
    $self->{began} = time;
    $self->wait_acknowledged(200, 20) or $self->complain('no start');

    while (time - $self->{began} < $self->{seconds}) {
        my $kind = $self->next_kind // last;

        $self->one_fault($kind);
        sleep 0.1 + rand 0.5;
    }

    $self->wind_up;
    return $self;
}


sub wind_up {
    my ($self) = @_;

    $self->{kind} = 'end';
    $self->stop_client('platform', 70);
    $self->{ended} = time;
    $self->wait_drained if $self->{spool};
    # Breaches are booked as long as nginx runs.
    $self->nginx->quit(20) or $self->complain('nginx did not leave');
    $self->stop_client('desk', 60);
    $self->{judge} = $self->judge;
    push @{ $self->{complaints} }, $self->nginx->complaints;
    return;
}


# Whatever is in the spool goes to the queues; nothing of it is put aside.

sub wait_drained {
    my ($self) = @_;
    my $files = sub {
        my @files = glob $self->nginx->dir . '/spool/[0-9]*.seg';

        return @files;
    };
    my $state = sub {
        my $spool = eval { care_status($self->nginx)->{spool} } // {};

        return join ' ', $spool->{drained} // 0, $files->();
    };

    # As long as it takes, but not without progress.
    while ($files->()) {
        my $before = $state->();

        wait_for { !$files->() || $state->() ne $before } 30 or last;
        sleep 0.5;
    }

    $self->{drained} = time;
    $self->complain('left in the spool: ' . join ' ',
        map { s{.*/}{}r } $files->()) if $files->();

    my @quarantine = grep { m{/quarantine-} } $self->nginx->spool_files;

    $self->complain('in quarantine: ' . @quarantine) if @quarantine;
    $self->{damaged} = grep { /damaged/ } $self->nginx->spool_files;
    return;
}


sub judge {
    my ($self) = @_;

    my $judge = Ledger::Judge->new(ledger => $self->{ledger},
        redis => $self->redis->client, spool => $self->{spool},
        desk => $self->{desk} ? "$self->{folder}/desk" : undef);

    $self->attribute($judge);
    return $judge;
}


sub stop {
    my ($self) = @_;

    $self->stop_client($_, 1) for keys %{ $self->{pids} };
    $self->nginx->kill_all if $self->nginx;
    $self->wire->stop if $self->wire;
    $_->stop for grep { $_ } $self->redis, $self->replica;
    return;
}


# What happened in the windows of each kind.

sub attribute {
    my ($self, $judge) = @_;
    my @windows = sort { $a->{from} <=> $b->{from} } @{ $self->{windows} };
    my (%row, @acknowledged);

    for my $window (@windows) {
        @$window{qw(acknowledged gap last)} = (0, 0, $window->{from});
    }

    open my $file, '<', $self->{ledger} or die "$self->{ledger}: $!\n";

    my ($first, $last) = (0, $self->{began});
    $self->{gap} = 0;

    while (my $line = <$file>) {
        $line =~ /^A (\d+)/ or next;

        my $at = $1 / 1000;

        $self->{gap} = $at - $last if $at - $last > $self->{gap};
        $last = $at;
        $first++ while $first < @windows && $windows[$first]{to} < $at;

        for my $window (@windows[$first .. $#windows]) {
            last if $window->{from} > $at;
            next if $window->{to} < $at;
            $window->{acknowledged}++;
            $window->{gap} = $at - $window->{last}
                if $at - $window->{last} > $window->{gap};
            $window->{last} = $at;
        }
    }

    for my $window (@windows) {
        my $row = $row{ $window->{kind} } //= { count => 0, acknowledged => 0,
            gap => 0, lost => 0, duplicated => 0, spooled => 0 };

        $row->{count}++;
        $row->{acknowledged} += $window->{acknowledged};
        $row->{spooled} += $self->nginx->bytes_written(
            @$window{qw(disk disk_to)});
        $row->{gap} = $window->{gap} if $window->{gap} > $row->{gap};

        for my $what (qw(lost duplicated)) {
            $row->{$what} += grep { $_->[1] / 1000 >= $window->{from}
                && $_->[1] / 1000 <= $window->{to} } @{ $judge->{$what} };
        }
    }

    $self->{rows} = \%row;
    return;
}


sub table {
    my ($self) = @_;
    my $judge = $self->{judge};
    my @lines = ('| Fault | times | acknowledged meanwhile | lost | duplicated'
        . ' | longest gap | spooled |', '|---|---|---|---|---|---|---|');
    my $line = sub {
        my ($name, $row) = @_;
        push @lines, sprintf '| %s | %s | %d | %d | %d | %.1f s | %.1f MB |',
            $name, @$row{qw(count acknowledged lost duplicated gap)},
            $row->{spooled} / 1e6;
    };

    for my $kind (grep { $self->{rows}{$_} } @KINDS) {
        $line->($kind =~ tr/_/ /r, $self->{rows}{$kind});
    }

    my $total = $self->nginx->bytes_written(0, 1e12);

    $line->('**all**', {
        count => scalar @{ $self->{windows} },
        acknowledged => $judge->{events}, gap => $self->{gap},
        lost => scalar @{ $judge->{lost} },
        duplicated => scalar @{ $judge->{duplicated} }, spooled => $total,
    });
    return join '', map { "$_\n" } @lines;
}


# Sentences about the run, worst first.

sub findings {
    my ($self) = @_;
    my $judge = $self->{judge};
    my @found = @{ $self->{complaints} };

    for my $what (qw(lost duplicated strange)) {
        my @ids = map { $_->[0] } @{ $judge->{$what} } or next;

        push @found, "$what: " . @ids . ' (' . join(' ', splice @ids, 0, 8)
            . ')';
    }

    my @wrong = @{ $judge->{wrong} };

    push @found, splice(@wrong, 0, 20), @wrong ? '… and ' . @wrong : ();
    push @found, "$judge->{unfinished} events were never acknowledged"
        if $judge->{unfinished};
    push @found, "$judge->{client}{other} answers were neither 2xx nor 503"
        if $judge->{client}{other};
    return @found;
}

1;
