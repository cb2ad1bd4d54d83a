# The local spool: while Redis is down, callbacks are answered with 200 from the
# disk; afterwards everything that was acknowledged is in the queue, once, in
# order, and the directory is empty.  Includes failing disks, dying workers,
# damaged files and records that Redis will never accept.

use strict;
use warnings;

use JSON::PP ();
use Time::HiRes ();

use SocialCare::Care;
use SocialCare::FakeRedis;
use SocialCare::Faults;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Spool qw(segment_file segment_header spool_item read_segment);
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $key = SocialCare::Care::QUEUE;


# As a number too: glob alone would go on where it was.
sub files     { my @files = glob $_[0]->dir . '/spool/' . ($_[1] // '*'); return @files }
sub segments  { return grep { !m{/quarantine-} } files($_[0], '*.seg') }
sub spool_of  { return care_status($_[0])->{spool} }
sub state_of  { my $spool = spool_of($_[0]); return "$spool->{state} ($spool->{trouble})" }
sub statuses  { my ($nginx, @ids) = @_; return join ' ', map { care_post($nginx, $_)->{status} } @ids }

sub is_empty {
    my ($nginx, $name) = @_;

    eventually("$name: the directory is empty", sub { !files($nginx) })
        or diag(join "\n", files($nginx));
    eventually("$name: UP", sub { spool_of($nginx)->{state} eq 'up' })
        or diag(explain(spool_of($nginx)));
    return;
}

# The ids in the order of the queue.
sub in_order {
    my ($client) = @_;

    return join ' ', map { $_->[1][1] =~ /"object":"2_([^"]*)"/ ? $1 : '?' }
        @{ $client->call('XRANGE', $key, '-', '+') };
}

sub arrived {
    my ($redis, $name, $want, $seconds) = @_;

    eventually("$name: everything in the queue, once, in order", sub {
        in_order($redis->client) eq $want
    }, $seconds) or diag(in_order($redis->client) . "\nwanted $want");
    return;
}


# Absent at start.

{
    my $dir = temporary_folder();
    my $nginx = spool_nginx(redis => "$dir/redis.sock", more => <<'END')->start;
        location = /metrics { socialcare_status prometheus; }
END
    my @ids = map { "absent$_" } 1 .. 20;

    is(statuses($nginx, @ids), join(' ', (200) x 20),
        'absent: answered from the spool');
    is((stat $nginx->dir . '/spool')[2] & 0777, 0700, 'absent: mode 0700');
    is((stat +(segments($nginx))[0])[2] & 0777, 0600, 'absent: files 0600');

    my $spool = spool_of($nginx);
    is($spool->{state}, 'spooling', 'absent: SPOOLING in the status');
    is($spool->{waiting_records}, 20, 'absent: 20 wait');
    is($spool->{appended}, 20, 'absent: 20 were appended');
    eventually('absent: gauges of the directory', sub {
        my $s = spool_of($nginx);
        ($s->{segments} // -1) == 1 && $s->{bytes} == 16 << 20
            && ($s->{oldest_age_ms} // -1) >= 0;
    });
    is(care_status($nginx)->{redis}{workers}[0]{spool_state}, 'spooling',
        'absent: and of the worker');
    is(care_lines($nginx, 'SPOOLING'), 1, 'absent: said once');
    like($nginx->log, qr/kept in the spool until it is back/,
        'absent: no word of 503');
    my ($header, @records) = eval {
        my $file = read_file((segments($nginx))[0]);
        $file =~ s/\0+\z//;
        $file .= "\0" x (-length($file) % 8);
        read_segment($file);
    };
    is(scalar @records, 20, 'absent: the format is the documented one')
        or diag($@);

    my $redis = SocialCare::Redis->start(dir => "$dir");
    arrived($redis, 'absent', "@ids");
    is_empty($nginx, 'absent');
    is(care_lines($nginx, 'DRAINING'), 1, 'absent: DRAINING, once');
    is(care_lines($nginx, 'DRAINING: .* again, the records of ".*" are being'
        . ' sent; [0-9]+ of this worker still wait$'), 1,
        'absent: and that the number is of those that are left');
    is(care_lines($nginx, 'socialcare: UP'), 1, 'absent: UP, once');
    is(spool_of($nginx)->{drained}, 20, 'absent: drained are counted');

    is(care_post($nginx, 'absent1')->{status}, 200, 'absent: a retry');
    is(care_post($nginx, 'live')->{status}, 200, 'absent: and a live one');
    arrived($redis, 'absent: then live', "@ids live");
    ok(!files($nginx), 'absent: nothing live is spooled');

    SKIP: {
        my $tool = has_program('promtool');
        skip('no promtool', 2) if !$tool;
        my $out = $nginx->dir . '/metrics';
        write_file($out, get($nginx->port, '/metrics')->{body});
        like(read_file($out), qr/^socialcare_spool_drained_total 20$/m,
            'absent: and so do the metrics');
        my $said = `$tool check metrics < $out 2>&1`;
        is($?, 0, 'absent: promtool has nothing to say') or diag($said);
    }
    $nginx->quit;
}


# Killed, frozen and restarted under load: nothing lost, nothing doubled.

{
    my $redis = SocialCare::Redis->start(
        config => ['appendonly yes', 'appendfsync always']);
    my $nginx = spool_nginx(redis => $redis->socket, workers => 2)->start;
    my $load = SocialCare::Care->load($nginx->port);

    ok($load->go_on(100), 'load: goes on');
    $redis->signal('STOP');
    ok($load->go_on(60), 'load: and while Redis is frozen');
    $redis->signal('CONT');
    ok($load->go_on(60), 'load: and after that');
    $redis->stop('KILL');
    ok($load->go_on(200), 'load: and while it is gone');
    $redis->run;
    ok($load->go_on(200), 'load: and when it is back');
    $redis->signal('STOP');
    Time::HiRes::sleep(1);
    $redis->stop('KILL');
    ok($load->go_on(100), 'load: gone once more');
    $redis->run;
    ok($load->go_on(100), 'load: and back');
    $load->stop;

    is_empty($nginx, 'load');
    $load->judge($redis->client, 'load');
    is($load->misses->{503} // 0, 0, 'load: no 503');
    $nginx->quit;
}


# Out of memory, read only: the connection stays, the server refuses.

{
    my $redis = SocialCare::Redis->start;
    my $nginx = spool_nginx(redis => $redis->socket, options => '%%patient%%')
        ->start;
    my $client = $redis->client;

    is(care_post($nginx, 'm0')->{status}, 200, 'oom: stored');
    $client->call('CONFIG', 'SET', 'maxmemory', '1');
    is(statuses($nginx, qw(m1 m2 m3)), '200 200 200', 'oom: spooled');
    eventually('oom: SPOOLING', sub { spool_of($nginx)->{state} eq 'spooling' });
    Time::HiRes::sleep(1.2);
    is(care_lines($nginx, 'SPOOLING'), 1, 'oom: said once');
    $client->call('CONFIG', 'SET', 'maxmemory', '0');
    arrived($redis, 'oom', 'm0 m1 m2 m3');
    is_empty($nginx, 'oom');

    $client->call('REPLICAOF', '127.0.0.1', '1');
    is(statuses($nginx, qw(r1 r2 r3)), '200 200 200', 'readonly: spooled');
    $client->call('REPLICAOF', 'NO', 'ONE');
    arrived($redis, 'readonly', 'm0 m1 m2 m3 r1 r2 r3', 15);
    is_empty($nginx, 'readonly');
    $nginx->quit;
}


# One platform that sends one after the other, while Redis comes and goes:
# the queue has its order, live ones never overtake spooled ones.

{
    my $redis = SocialCare::Redis->start(
        config => ['appendonly yes', 'appendfsync always']);
    my $nginx = spool_nginx(redis => $redis->socket)->start;
    my (@sent, @refused, $n);

    my $some = sub {
        my ($count) = @_;
        for (1 .. $count) {
            my $id = 'o' . ++$n;
            push @sent, $id;
            push @refused, $id if care_post($nginx, $id)->{status} != 200;
        }
    };

    for my $round (1 .. 3) {
        $some->(20);
        $redis->stop('KILL');
        $some->(60);
        $redis->run;
        # Back, drained, and live again while these are sent.
        my $end = Time::HiRes::time() + 15;
        do { $some->(5) } until !segments($nginx)
            || Time::HiRes::time() > $end;
    }

    is("@refused", '', 'order: all were answered 200');
    arrived($redis, 'order', "@sent", 15);
    is_empty($nginx, 'order');
    $nginx->quit;
}


# Records outlive a reload, a quit, a killed worker, and the machine's nginx.  The
# status says that they are there before anybody has counted them.

sub is_left {
    my ($nginx, $count, $name) = @_;
    my $shown = "-";

    eventually("$name: shows what was left", sub {
        my $s = spool_of($nginx);
        $shown = "$s->{state} " . ($s->{unread_segments} // "unknown");
        $shown eq "spooling $count";
    }) or diag($shown);
    return;
}

{
    my $dir = temporary_folder();
    my $redis;
    my $nginx = spool_nginx(redis => "$dir/redis.sock")->start;

    is(statuses($nginx, qw(l1 l2)), '200 200', 'adopt: spooled');
    my ($old) = $nginx->workers;
    ok($nginx->reload, 'adopt: reload');
    eventually('adopt: the old worker leaves, records or not',
        sub { !SocialCare::Nginx::alive($old) });
    is_left($nginx, 1, 'adopt: reloaded');
    is(spool_of($nginx)->{waiting_records}, 0, 'adopt: not counted yet');
    is(statuses($nginx, qw(l3)), '200', 'adopt: spooled by the new one');

    my ($worker) = $nginx->workers;
    kill 'KILL', $worker;
    $nginx->allow(qr/exited on signal 9/);
    eventually('adopt: a worker after the killed one', sub {
        my ($now) = $nginx->workers_ready;
        $now && $now != $worker;
    });
    is(statuses($nginx, qw(l4)), '200', 'adopt: spooled by a third one');
    is(scalar(segments($nginx)), 3, 'adopt: a segment of each');

    ok($nginx->quit, 'adopt: quit with records in the spool');
    is(scalar(segments($nginx)), 3, 'adopt: they stay');

    $nginx->start;
    is_left($nginx, 3, 'adopt: started again');
    is(statuses($nginx, qw(l5)), '200', 'adopt: started again');
    $redis = SocialCare::Redis->start(dir => "$dir");
    arrived($redis, 'adopt', 'l1 l2 l3 l4 l5');
    is_empty($nginx, 'adopt');
    eventually('adopt: nothing is left uncounted', sub {
        my $s = spool_of($nginx);
        ($s->{unread_segments} // -1) == 0 && $s->{state} eq 'up';
    });
    like($nginx->log, qr/adopting the segment/, 'adopt: says so');
    $nginx->quit;
}


# Files as a crash and a disk leave them.

sub item {
    my ($number, %o) = @_;

    return spool_item(tag => '{care:default/0}', arrival_ms => now_ms(), own_ms => now_ms() - 1000,
        event_ms => now_ms() - 1000, digest => $number,
        clock_key => "t$number",
        record => qq({"v":1,"object":"2_f$number"}), %o);
}

sub seg_name { return sprintf '%013d-%s-%06d.seg', now_ms() - 5000, @_ }

{
    my $redis = SocialCare::Redis->start;
    my $nginx = spool_nginx(redis => $redis->socket, spool => 'max_age=1d');
    my $folder = $nginx->dir . '/spool';
    mkdir $folder, 0700;

    my $torn = segment_file({ created_ms => now_ms() }, map { item($_) } 1 .. 3);
    write_file("$folder/" . seg_name('a', 1),
        substr($torn, 0, length($torn) - 40) . "\0" x 4096);

    my $damaged = segment_file({ created_ms => now_ms() },
        map { item($_) } 11 .. 14);
    substr($damaged, index($damaged, '2_f12'), 1) = '#';
    my $damaged_name = seg_name('b', 1);
    write_file("$folder/$damaged_name", $damaged);

    # Made and never written; made and cut before its header.
    write_file("$folder/" . seg_name('c', 1), "\0" x 8192);
    write_file("$folder/" . seg_name('c', 2), '');

    my $future = seg_name('d', 1);
    write_file("$folder/$future", segment_header(version => 9) . 'x' x 64);

    # Too old: by max_age, and by the record's own window.
    write_file("$folder/" . seg_name('e', 1),
        segment_file({ created_ms => now_ms() },
            item(21, arrival_ms => now_ms() - 2 * 86_400_000),
            item(22),
            item(23, arrival_ms => now_ms() - 7_200_000, window_s => 3600),
            { payload => item(24, arrival_ms => now_ms() - 3 * 86_400_000),
                flags => 1 },
            'not an item'));

    write_file("$folder/notes.txt", 'not ours');

    $nginx->start;
    arrived($redis, 'files', 'f1 f2 f11 f13 f14 f22 f24');
    eventually('files: done', sub { segments($nginx) == 1 })
        or diag(join "\n", files($nginx));

    is(join(' ', sort map { s{.*/}{}r } grep { !/quarantine/ } files($nginx)),
        join(' ', sort "$damaged_name.damaged", $future, 'notes.txt'),
        'files: the damaged, the foreign and the newer ones stay');
    like($nginx->log, qr/is damaged .* kept as \S+\.damaged/,
        'files: damage is said');
    like($nginx->log, qr/was cut off while it was written/,
        'files: and a torn tail');
    is(care_lines($nginx, 'of another version and is left alone'), 1,
        'files: and a newer version, once');

    my @quarantine = files($nginx, 'quarantine-*');
    is(scalar @quarantine, 1, 'files: one quarantine file');
    my (undef, @records) = read_segment(read_file($quarantine[0]));
    is(join(' ', map { "$_->{kind}:$_->{flags}" } @records), '3:3 3:3 3:4',
        'files: too old, too old, unreadable');
    like($records[0]{payload}, qr/2_f21/, 'files: with their payloads');

    eventually('files: counted', sub {
        my $s = spool_of($nginx);
        $s->{quarantined}{too_old} == 2 && $s->{quarantine_files} == 1
            && $s->{damaged_files} == 1 && $s->{damaged_bytes} > 0;
    }) or diag(explain(spool_of($nginx)));
    $nginx->quit;
}


# A file that somebody owns is nobody else's.

{
    my $redis = SocialCare::Redis->start;
    my $nginx = spool_nginx(redis => $redis->socket);
    my $folder = $nginx->dir . '/spool';
    mkdir $folder, 0700;
    my $path = write_file("$folder/" . seg_name('a', 1),
        segment_file({ created_ms => now_ms() }, item(1)));

    open my $held, '+<', $path or die;
    flock $held, 2 or die;
    $nginx->start;
    Time::HiRes::sleep(2);
    is(in_order($redis->client), '', 'lock: a locked file is left alone');
    close $held;
    arrived($redis, 'lock', 'f1');
    is_empty($nginx, 'lock');
    $nginx->quit;
}


# Poison: what Redis will never take goes to quarantine, the rest flows.

{
    my $redis = SocialCare::Redis->start;
    my $nginx = spool_nginx(redis => $redis->socket, options => '%%patient%%',
        more => <<'END')->start;
        location /other {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
            socialcare_queue other;
        }
END
    my $client = $redis->client;

    $client->call('SET', $key, 'in the way');
    is(statuses($nginx, qw(p1 p2)), '200 200', 'poison: answered 200');
    is(care_post($nginx, 'p3', uri => '/other')->{status}, 200,
        'poison: another queue');
    eventually('poison: quarantined', sub {
        spool_of($nginx)->{quarantined}{poison} == 2 && !segments($nginx)
    }) or diag(explain(spool_of($nginx)));
    ok(care_ids($client, '{care:default/0}:q:other')->{p3},
        'poison: the rest flows');
    like($nginx->log, qr/in quarantine \(poison\)/, 'poison: says so');

    $client->call('DEL', $key);
    is(care_post($nginx, 'p4')->{status}, 200, 'poison: mended');
    arrived($redis, 'poison', 'p4');
    $nginx->quit;
}


# A full queue: refused items wait on disk and go when workers catch up;
# other queues do not notice.

{
    my $redis = SocialCare::Redis->start;
    my $nginx = spool_nginx(redis => $redis->socket, options => '%%patient%%',
        hook => 'socialcare_queue mentions limit=2;', more => <<'END')->start;
        location /other {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
            socialcare_queue other;
        }
END
    my $client = $redis->client;

    is(statuses($nginx, qw(f1 f2 f3 f4)), '200 200 200 200',
        'full: answered 200');
    is(care_post($nginx, 'g1', uri => '/other')->{status}, 200,
        'full: another queue');
    ok(care_ids($client, '{care:default/0}:q:other')->{g1},
        'full: goes straight there');
    is(in_order($client), 'f1 f2', 'full: the limit holds');
    is(spool_of($nginx)->{waiting_records}, 2, 'full: two wait');

    $client->call('XTRIM', $key, 'MAXLEN', 0);
    arrived($redis, 'full', 'f3 f4', 15);
    is_empty($nginx, 'full');
    $nginx->quit;
}


# The answer comes after the sync, never before.

{
    my $dir = temporary_folder();
    my $nginx = faulty_nginx(redis => "$dir/redis.sock")->start;

    is(care_post($nginx, 's0')->{status}, 200, 'sync: spooled');
    faults($nginx, "fdatasync delay=2000 *.seg\n");

    my @syncs = syncs($nginx) =~ /^sync /mg;
    my $start = Time::HiRes::time();
    my $waiting = care_send($nginx, 's1');
    eventually('sync: the worker serves others meanwhile',
        sub { care_waiting($nginx) == 1 });
    is($waiting->read_response->{status}, 200, 'sync: then 200');
    cmp_ok(Time::HiRes::time() - $start, '>=', 1.9, 'sync: not before it');
    my @after = syncs($nginx) =~ /^sync /mg;
    is(scalar @after, @syncs + 1, 'sync: one more sync') ;
    like(syncs($nginx), qr/^dirsync 0 \S+spool$/m,
        'sync: the directory, too');

    # What comes during a sync shares the next one.
    faults($nginx, "fdatasync delay=1000 *.seg\n");
    my @many = map { care_send($nginx, "s2$_") } 1 .. 12;
    is(join(' ', map { $_->read_response->{status} } @many),
        join(' ', (200) x 12), 'sync: a group');
    my @group = syncs($nginx) =~ /^sync /mg;
    cmp_ok(@group - @after, '<=', 3, 'sync: shares its syncs');

    # A quit waits for those who wait.
    my $last = care_send($nginx, 's3');
    eventually('sync: waiting', sub { care_waiting($nginx) == 1 });
    $nginx->signal('QUIT');
    is($last->read_response->{status}, 200, 'sync: also while leaving');
    ok($nginx->quit, 'sync: and then it leaves');
}

# A fast shutdown answers nobody who is not synced, and leaves no descriptor.

{
    my $dir = temporary_folder();
    my $nginx = faulty_nginx(redis => "$dir/redis.sock")->start;

    is(care_post($nginx, 't1')->{status}, 200, 'stop: spooled');
    faults($nginx, "fdatasync delay=700 *.seg\n");

    # The master waits for little more than a second; a sync that was over
    # before it was told to stop is answered with 200, rightly.
    my $answer;

    for my $try (1 .. 5) {
        my $before = () = syncs($nginx) =~ /^sync /mg;
        my $waiting = care_send($nginx, "t2x$try");

        eventually('stop: waiting', sub { care_waiting($nginx) == 1 });
        ok($nginx->stop, 'stop: leaves');
        $answer = $waiting->read_response;
        last if !$answer || $answer->{status} != 200 || $try == 5;
        cmp_ok(scalar(() = syncs($nginx) =~ /^sync /mg), '>', $before,
            'stop: what was answered was synced');
        $nginx->start;
    }
    ok(!$answer || $answer->{status} == 503, 'stop: no 200');

    faults($nginx, '');
    my $redis = SocialCare::Redis->start(dir => "$dir");
    $nginx->start;
    eventually('stop: what was acknowledged arrives', sub {
        (care_ids($redis->client)->{t1} // 0) == 1
    });
    is_empty($nginx, 'stop');
    $nginx->quit;
}


# No thread is free for a look at the directory, and none until the worker
# leaves, which waits for what is being written.

{
    my $redis = SocialCare::Redis->start;
    my $nginx = faulty_nginx(redis => $redis->socket,
        hook => 'socialcare_queue mentions limit=1;');

    $nginx->{main} .= "thread_pool default threads=1 max_queue=0;\n";
    $nginx->start;
    taken($nginx, 'threads1', 'no thread, before');
    faults($nginx, "fdatasync delay=4000\n");

    # A write that comes while the thread looks at the directory is refused,
    # and one may be over before the next look: then once more.
    my ($waiting, $put_off);

    for my $try (2 .. 20) {
        my $before = care_lines($nginx, qr/queue overflow/);

        $waiting = care_send($nginx, "threads$try");
        $put_off = wait_for(sub {
            care_lines($nginx, qr/queue overflow/) > $before
        }, 3) && spool_of($nginx)->{waiting_records};
        last if $put_off;
        $waiting->read_response;
    }

    ok($put_off, 'no thread: a look at the directory is put off');
    $nginx->check;
    is(($waiting->read_response // {})->{status}, 200,
        'no thread: what was being written is taken');
}


# Disks.

{
    my $dir = temporary_folder();
    my $nginx = faulty_nginx(redis => "$dir/redis.sock")->start;

    is(care_post($nginx, 'd1')->{status}, 200, 'disk: good');
    is(state_of($nginx), 'spooling (ok)', 'disk: good, in the status');
    my ($first) = segments($nginx);

    faults($nginx, "fdatasync EIO $first\n");
    is(care_post($nginx, 'd2')->{status}, 200,
        'disk: a failed sync is made good in a new segment');
    is(state_of($nginx), 'spooling (ok)', 'disk: and is no trouble');
    is(scalar(segments($nginx)), 2, 'disk: the old one is not used again');
    is(spool_of($nginx)->{sync_errors}, 1, 'disk: counted');
    like($nginx->log, qr/fdatasync\(\) failed .* is closed/, 'disk: said');

    faults($nginx, "fdatasync EIO *\n");
    my $before = now_ms();
    refused_in_time($nginx, 'disk: no segment can be synced');
    is(state_of($nginx), 'refusing (failing)', 'disk: the status says so');
    cmp_ok(spool_of($nginx)->{state_age_ms}, '<=', now_ms() - $before,
        'disk: since then');
    is(scalar(segments($nginx)), 2, 'disk: nothing half done stays');
    like($nginx->log, qr/takes nothing more \(failing, fdatasync\(\)/,
        'disk: says what failed');

    faults($nginx, "posix_fallocate ENOSPC *\n");
    refused_in_time($nginx, 'disk: full');
    is(state_of($nginx), 'refusing (nospace)', 'disk: full, in the status');
    cmp_ok(spool_of($nginx)->{refused}{nospace}, '>=', 1, 'disk: counted');

    faults($nginx, "fsync EIO *\n");
    refused_in_time($nginx, 'disk: the directory cannot be synced');

    faults($nginx, "pwrite short *\n");
    is(statuses($nginx, qw(d3 d4)), '200 200', 'disk: short writes go on');
    is(state_of($nginx), 'spooling (ok)', 'disk: the status is well again');
    like($nginx->log, qr/stores again/, 'disk: says that it stores again');

    faults($nginx, "pwrite ENOSPC *\n");
    refused_in_time($nginx, 'disk: no write');

    faults($nginx, "unlinkat EIO *\n");
    my $redis = SocialCare::Redis->start(dir => "$dir");
    eventually('disk: all that was acknowledged is there, once', sub {
        my $ids = care_ids($redis->client);
        !grep { ($ids->{$_} // 0) != 1 } qw(d1 d2 d3 d4);
    }) or diag(in_order($redis->client));

    eventually('disk: what cannot be removed is said', sub {
        $nginx->log =~ /\[crit\].*socialcare: unlink\(\) failed in the spool/
    });
    isnt(scalar(files($nginx)), 0, 'disk: and stays');

    faults($nginx, '');
    eventually('disk: the directory is empty', sub { !files($nginx) }, 20);
    my $ids = care_ids($redis->client);
    ok(!(grep { $_ > 1 } values %$ids), 'disk: none is doubled');
    $nginx->quit;
}

{
    my $dir = temporary_folder();
    my $nginx = spool_nginx(redis => "$dir/redis.sock",
        spool => 'size=16m')->start;
    my (@acknowledged, $answer);
    my $text = 'x' x 60_000;

    for my $i (1 .. 400) {
        $answer = care_post($nginx, "c$i", text => $text);
        last if $answer->{status} != 200;
        push @acknowledged, "c$i";
    }

    is($answer->{status}, 503, 'cap: 503 at the cap');
    is($answer->{header}{'retry-after'}, 30, 'cap: with Retry-After');
    cmp_ok(scalar @acknowledged, '>', 100, 'cap: after ' . @acknowledged);
    like($nginx->log, qr/takes nothing more \(cap\): its size= is used up/,
        'cap: says what to do');
    cmp_ok(spool_of($nginx)->{refused}{cap}, '>=', 1, 'cap: counted');

    my $redis = SocialCare::Redis->start(dir => "$dir");
    arrived($redis, 'cap: nothing acknowledged is given up', "@acknowledged",
        20);
    is_empty($nginx, 'cap');
    $nginx->quit;
}

{
    my $dir = temporary_folder();
    my $nginx = spool_nginx(redis => "$dir/redis.sock",
        spool => 'reserve=99%')->start;

    is(state_of($nginx), 'up (ok)', 'reserve: nothing is known at first');
    refused_in_time($nginx, 'reserve');
    is(state_of($nginx), 'refusing (reserve)',
        'reserve: a spool that takes nothing is not up');

    my $lines = care_lines($nginx, 'socialcare:');
    refused_in_time($nginx, 'reserve, again') for 1 .. 5;
    is(care_lines($nginx, 'socialcare:'), $lines,
        'reserve: further callbacks are not worth a line');
    is(care_lines($nginx, 'UP: nothing waits'), 0,
        'reserve: nothing is up');

    # What depends on it now is nothing; what it said last stays known.
    my $redis = SocialCare::Redis->start(dir => "$dir");
    eventually('reserve: with Redis it is not needed',
        sub { state_of($nginx) eq 'up (reserve)' }, 20);
    like($nginx->log, qr/\(reserve\): the reserve= of the file system/,
        'reserve: says what to do');
    $nginx->quit;
}


# Files that somebody removes while they are written: what has no name is not
# stored.
{
    my $dir = temporary_folder();
    my $nginx = spool_nginx(redis => "$dir/redis.sock")->start;

    is(statuses($nginx, qw(g1 g2)), '200 200', 'removed: spooled');
    unlink files($nginx);
    is(statuses($nginx, qw(g3 g4)), '200 200', 'removed: spooled anew');
    is(scalar(segments($nginx)), 1, 'removed: in a new file');
    like($nginx->log, qr/fstat\(\) failed .* is closed/, 'removed: said');

    my ($worker) = $nginx->workers;
    kill 'KILL', $worker;
    $nginx->allow(qr/exited on signal 9/);
    my $redis = SocialCare::Redis->start(dir => "$dir");
    arrived($redis, 'removed: what was acknowledged afterwards is there',
        'g3 g4');
    is_empty($nginx, 'removed');
    $redis->stop('KILL');

    is(statuses($nginx, qw(g5)), '200', 'removed: once more');
    unlink files($nginx);
    rmdir $nginx->dir . '/spool' or die "the spool: $!\n";
    refused_in_time($nginx, 'removed: the directory too');
    is(state_of($nginx), 'refusing (failing)', 'removed: in the status');
    $nginx->quit;
}


# More than may wait for a connection: what waits already goes first, or a thread's
# next question would be queued before the one before it.

{
    my $fake = SocialCare::FakeRedis->new(unix => 1)->mute(1);
    my $nginx = spool_nginx(redis => $fake->url, zone => '8m',
        options => '%%patient%%',
        hook => 'socialcare_brand $socialcare_account;')->start;
    my $ask = sub {
        my %text = (object => 'page', entry => [map { {
            id => $_->[0], time => $^T, changes => [{ field => 'feed',
                value => { item => 'comment', verb => 'add', post_id => '1_2',
                    parent_id => '1_2', comment_id => "2_$_->[1]",
                    from => { id => '7', name => 'Ada' }, message => 'Hello',
                    created_time => $^T } }] } } @_]);
        my $body = JSON::PP->new->canonical->encode(\%text);
        my $connection = SocialCare::Http->connect($nginx->port);

        $connection->write(join '', format_request('POST', '/hook',
            body => $body, headers => [sign('facebook', body => $body)]));
        return $connection;
    };

    # Each brand has a batch of its own; one brand's last comment comes later.
    eventually('many: it connects',
        sub { care_status($nginx)->{redis}{state} eq 'handshake' });

    my @clients = $ask->([z => 'first']);

    eventually('many: one waits', sub { care_waiting($nginx) == 1 });
    push @clients, $ask->(map { ["b$_", "b$_"] } 1 .. 300);
    eventually('many: too many', sub { spool_of($nginx)->{appended} > 0 });
    push @clients, $ask->([z => 'second']);
    eventually('many: the last one, too', sub {
        read_file((segments($nginx))[0]) =~ /"object":"2_second"/ });
    $fake->drop_now;
    is(join(' ', map { $_->read_response->{status} } @clients), '200 200 200',
        'many: all are taken');

    my @order = join('', map { read_file($_) } segments($nginx))
        =~ /"object":"2_(first|second)"/g;

    is("@order", 'first second', 'many: in order of arrival');
    $fake->clear->drop_now;
    is_empty($nginx, 'many');
    ok($nginx->quit, 'many: the end') or diag($nginx->log);
}


# Mistakes of the configuration.

{
    my $dir = temporary_folder();
    write_file("$dir/file", '');

    for my $case (
        ["$dir/file", '', qr/is not a directory: name one/],
        ["$dir/none/below", '', qr/mkdir\(\).*none\/below/],
        ['%%dir%%/spool', 'max_age=9d', qr/below the dedupe window/],
        ['%%dir%%/spool', 'size=1m', qr/at least 16 MiB for each worker/],
        ['%%dir%%/spool', 'reserve=100%', qr/reserve must be below 100%/],
        ['%%dir%%/spool', 'reserve=x', qr/write a percentage or a size/],
        ['%%dir%%/spool', 'reserve=5', qr/write a percentage or a size/],
        ['%%dir%%/spool', 'size=1g size=2g',
            qr/both "size=1g" and "size=2g" are given: keep one/],
        ['%%dir%%/spool', 'max_age=x', qr/write a time, as 7d/],
        ['%%dir%%/spool', 'max_age=18446744073709552', # 384 ms in 64 bits
            qr/write a time, as 7d/],
        ['%%dir%%/spool', 'size=x', qr/write a size, as 8g/],
        ['%%dir%%/spool', 'sync=no', qr/unknown option "sync=no": known are/],
        ['off', 'size=1g', qr/takes no options with "off"/],
    ) {
        my ($path, $options, $sentence) = @$case;
        my $nginx = spool_nginx(redis => "$dir/redis.sock", path => $path,
            spool => $options)->allow(qr/\[emerg\]/);
        my ($good, $said) = $nginx->test_config;

        ok(!$good, "mistake: $path $options") or diag($said);
        like($said, $sentence, 'mistake: with a sentence');
    }

    my $nginx = spool_nginx(redis => "$dir/redis.sock", path => 'off')->start;
    refused_in_time($nginx, 'off');
    is_deeply(spool_of($nginx), { configured => JSON::PP::false() },
        'off: and the status says so');
    $nginx->quit;
}

finish();
