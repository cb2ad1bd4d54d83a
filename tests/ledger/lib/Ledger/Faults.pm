package Ledger::Faults;

# The faults, by name.  Each begins, lasts for a while (`hold` of the run),
# ends, and is repaired: afterwards everything is as it was.  A second fault may
# occur while it lasts.

use strict;
use warnings;

use Exporter 'import';
use Time::HiRes qw(sleep);

use SocialCare::Test;

our @EXPORT_OK = qw(%FAULTS @KINDS %BRIEF %SPOOL %PAIR);

our %FAULTS;
our @KINDS;

# Those that need the spool.
our %SPOOL = map { $_ => 1 } qw(spool_full sync_failed disk_slow power_cut
    spooling_worker_killed);

# Those that need a replica.
our %PAIR = map { $_ => 1 } qw(master_failover replica_stopped
    replica_killed);

# Those that are instantaneous: they may occur while another one lasts.
our %BRIEF = map { $_ => 1 } qw(worker_killed reload upgrade quit);

sub kind {
    my ($name, $code) = @_;

    push @KINDS, $name;
    $FAULTS{$name} = $code;
    return;
}

sub between { return $_[0] + rand($_[1] - $_[0]) }


# nginx.

kind worker_killed => sub {
    my ($run) = @_;
    my @workers = $run->nginx->workers;

    kill 'KILL', $workers[rand @workers] if @workers;
};

kind reload => sub {
    my ($run) = @_;

    $run->nginx->reload or $run->complain('the reload did not end');
};

kind upgrade => sub { $_[0]->nginx->upgrade };

kind quit => sub {
    my ($run) = @_;

    $run->nginx->quit(20) or $run->complain('nginx did not leave');
    $run->nginx->start;
};


# Redis.

kind redis_killed => sub {
    my ($run) = @_;

    $run->redis->stop('KILL');
    $run->hold(between(0.1, 1.5));
    $run->redis->run;
};

kind redis_restarted => sub {
    my ($run) = @_;

    $run->redis->stop;
    $run->hold(between(0, 0.5));
    $run->redis->run;
};

kind redis_stopped => sub {
    my ($run) = @_;

    $run->redis->signal('STOP');
    $run->hold(between(0.2, 2));
    $run->redis->signal('CONT');
};

kind out_of_memory => sub {
    my ($run) = @_;

    $run->redis->tell(qw(CONFIG SET maxmemory 1mb));
    $run->hold(between(0.2, 1.5));
    $run->redis->tell(qw(CONFIG SET maxmemory 0));
};

kind read_only => sub {
    my ($run) = @_;

    $run->redis->tell(qw(REPLICAOF 127.0.0.1 1));
    $run->hold(between(0.2, 1.5));
    $run->redis->tell(qw(REPLICAOF NO ONE));
};

# A snapshot that fails, with save points: MISCONF.
kind snapshot_failed => sub {
    my ($run) = @_;
    my $redis = $run->redis;
    my $saved = sub {
        my ($wanted) = @_;

        wait_for {
            return if $redis->info('rdb_bgsave_in_progress');
            return 1 if $redis->info('rdb_last_bgsave_status') eq $wanted;
            eval { $redis->tell('BGSAVE') };
            return;
        } 20 or $run->complain("no snapshot became $wanted");
    };

    $redis->spoil('sync EIO *.rdb');
    $redis->tell('CONFIG', 'SET', 'save', '3600 1000000000');
    $saved->('err');
    $run->hold(between(0.2, 1.5));
    $redis->spoil;
    $saved->('ok');
    $redis->tell('CONFIG', 'SET', 'save', '');
};

# With appendfsync always Redis ends rather than go on without its file.
kind aof_disk_full => sub {
    my ($run) = @_;
    my $redis = $run->redis;

    $redis->spoil('write ENOSPC *appendonly*');
    wait_for { $redis->ended } 10 or $run->complain('the full disk was missed');
    $run->hold(between(0, 0.5));
    $redis->stop('KILL');
    $redis->run;
};

# With everysec it refuses writes (MISCONF) until the disk has room again.
kind aof_misconf => sub {
    my ($run) = @_;
    my $redis = $run->redis;

    $redis->tell(qw(CONFIG SET appendfsync everysec));
    $redis->spoil('write ENOSPC *appendonly*');
    $run->hold(between(0.2, 1.5));
    $redis->spoil;
    wait_for { $redis->info('aof_last_write_status') eq 'ok' } 20
        or $run->complain('the AOF stayed broken');
    $redis->tell(qw(CONFIG SET appendfsync always));
};


# A master and its replica.

# The master dies with its data, or is cut off from its replica and dies, or
# lives on and is forgotten; the replica takes its place.  As an operator (or
# Sentinel) does, only a replica that follows is promoted.
kind master_failover => sub {
    my ($run) = @_;
    my ($old, $new) = ($run->redis, $run->replica);
    my $how = $run->{failover} // qw(killed partitioned switched)[rand 3];

    $new->wait_following or return $run->complain('the replica is behind');

    # What the master takes from now on, it has alone.
    if ($how eq 'partitioned') {
        $new->leave_master;
        $run->hold(between(0.2, 0.6));
        $run->wait_fresh if $run->{failover};
    }

    $old->stop('KILL') if $how ne 'switched';
    $run->hold(between(0, 0.4));
    $new->promote;
    $run->use_master($new, $old);
    $run->hold(between(0, 0.8));
    ($how eq 'switched' ? $old->demote($new) : $old->run_as_replica($new))
        or $run->complain('the new replica does not follow');
};

kind replica_stopped => sub {
    my ($run) = @_;

    $run->replica->signal('STOP');
    $run->hold(between(0.3, 2));
    $run->replica->signal('CONT');
    $run->replica->wait_following or $run->complain('it does not follow');
};

kind replica_killed => sub {
    my ($run) = @_;

    $run->replica->stop('KILL');
    $run->hold(between(0.1, 1));
    $run->replica->run;
    $run->replica->wait_following or $run->complain('it does not follow');
};


# The wire.

kind reply_cut => sub {
    my ($run) = @_;

    for (1 .. 3) {
        $run->wire->bite(1 + int rand 2);
        $run->hold(between(0.05, 0.3));
    }

    $run->wire->bite(0);
};

kind connection_cut => sub {
    my ($run) = @_;

    for (1 .. 3) {
        $run->wire->cut;
        $run->hold(between(0.05, 0.3));
    }
};

kind refused => sub {
    my ($run) = @_;

    $run->wire->refuse(1);
    $run->hold(between(0.2, 1.5));
    $run->wire->refuse(0);
};

kind stalled => sub {
    my ($run) = @_;
    my $switch = rand() < 0.5 ? 'stall' : 'stall_replies';

    $run->wire->$switch(1);
    $run->hold(between(0.2, 2));
    $run->wire->$switch(0);
};

# Sometimes slower than the module waits.
kind slow => sub {
    my ($run) = @_;

    $run->wire->slow(between(0.02, 0.7));
    $run->hold(between(0.5, 2));
    $run->wire->slow(0);
};

kind garbage => sub {
    my ($run) = @_;

    for (1 .. 3) {
        $run->wire->garble(1 + int rand 2);
        $run->hold(between(0.05, 0.3));
    }

    $run->wire->garble(0);
};


# The spool.  Redis is out of reach, or nothing would go there.

sub without_redis {
    my ($run, $code) = @_;

    $run->wire->refuse(1);
    sleep 0.1;
    $code->();
    $run->wire->refuse(0);
    return;
}

kind spool_full => sub {
    my ($run) = @_;

    without_redis($run, sub {
        $run->hold(between(0.1, 0.5));
        $run->nginx->spoil(rand() < 0.5 ? 'pwrite ENOSPC */spool/*'
            : 'pwrite short */spool/*', 'pwrite ENOSPC */spool/*',
            'posix_fallocate ENOSPC */spool/*');
        $run->hold(between(0.2, 1));
        $run->nginx->spoil;
        $run->hold(between(0.1, 0.5));
    });
};

# Some syncs fail, some do not; for a while all of them.
kind sync_failed => sub {
    my ($run) = @_;

    without_redis($run, sub {
        for (1 .. 4) {
            $run->nginx->spoil('sync EIO */spool*');
            $run->hold(between(0.02, 0.3));
            $run->nginx->spoil;
            $run->hold(between(0.02, 0.3));
        }
    });
};

kind disk_slow => sub {
    my ($run) = @_;

    without_redis($run, sub {
        $run->nginx->spoil('fdatasync delay=' . int(between(20, 400))
            . ' */spool/*');
        $run->hold(between(0.5, 1.5));
        $run->nginx->spoil;
    });
};

# While records are appended, or while they are on their way to Redis.
# A disk that lies, the planted fault, must have something to lose.
kind power_cut => sub {
    my ($run) = @_;
    my $draining = rand() < 0.5 && !$run->{disk_lies};

    $run->wire->refuse(1);
    sleep between(0.2, 1);
    $run->wait_fresh if $run->{disk_lies};
    $run->nginx->remember_files;
    $run->wire->refuse(0) if $draining;
    sleep between(0, 0.4);
    $run->nginx->power_cut;
    $run->wire->refuse(0) if rand() < 0.5;
    $run->nginx->start;
    $run->hold(between(0.1, 0.5));
    $run->wire->refuse(0);
};

# Each worker in turn, and what it left is taken over.
kind spooling_worker_killed => sub {
    my ($run) = @_;

    without_redis($run, sub {
        for (1 .. 3) {
            $run->hold(between(0.1, 0.4));
            $FAULTS{worker_killed}->($run);
        }
        $run->hold(between(0, 0.4));
    });

    sleep between(0, 0.3);
    $FAULTS{worker_killed}->($run);
};

1;
