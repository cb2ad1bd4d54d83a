# The spool's disk fails, one call after another: what was acknowledged stays and
# arrives once, what could not be stored was not acknowledged, and the log says
# which call it was.

use strict;
use warnings;

use SocialCare::Care;
use SocialCare::FakeRedis;
use SocialCare::Faults;
use SocialCare::Redis;
use SocialCare::Spool qw(segment_file left_item);
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

sub files     { my @files = glob $_[0]->dir . '/spool/' . ($_[1] // '*'); return @files }
sub segments  { return grep { !m{/quarantine-} } files($_[0], '*.seg') }
sub spool_of  { return care_status($_[0])->{spool} }

sub says {
    my ($nginx, $name, $pattern) = @_;

    eventually($name, sub { $nginx->log =~ $pattern })
        or diag(care_lines($nginx, 'socialcare') . ' lines, none like '
            . $pattern);
    return;
}


# A segment appears as a whole: a worker may look at any time.

my $left = 0;

sub leave {
    my ($nginx, $content) = @_;
    my $folder = $nginx->dir . '/spool';
    my $name = sprintf '%013d-a-%06d.seg', now_ms() - 5000, ++$left;

    mkdir $folder, 0700;
    write_file("$folder/new", $content);
    rename "$folder/new", "$folder/$name" or die;
    return $name;
}

sub segment { return segment_file({ created_ms => now_ms() }, @_) }


# A new file, which each of these calls can prevent.

{
    my $dir = temporary_folder();
    my $nginx = faulty_nginx(redis => "$dir/redis.sock")->start;
    my @taken;

    for my $case (
        ['openat EACCES *.seg', 'failing', 'open()', 13],
        ['openat ENOSPC *.seg', 'nospace', 'open()', 28],
        # Names that are all in use; an adopter that removes what is not locked.
        ['openat EEXIST *.seg', 'failing', 'open()', 17],
        ['flock gone *.seg', 'failing', 'open()', 2],
        ['fstat EIO *.seg', 'failing', 'open()', 2],
        ['flock EIO *.seg', 'failing', 'flock()', 5],
        ['fstatvfs EIO', 'failing', 'statvfs()', 5],
        ['openat EACCES .', 'failing', 'statvfs()', 13],
        ['readdir EIO */spool', 'failing', 'statvfs()', 5],
        ['open EACCES */spool', 'failing', 'open() of the directory', 13],
        ['flock EIO */spool', 'failing', 'flock() of the directory', 5],
    ) {
        my ($rule, $reason, $what, $number) = @$case;
        my $id = 'n' . @taken;
        my $before = care_lines($nginx, 'stores again');

        is(care_post($nginx, $id)->{status}, 200, "$rule: before");
        push @taken, $id;
        is(care_lines($nginx, 'stores again'), $before + (@taken > 1),
            "$rule: stores again");

        # The open segment breaks, so that another one is needed.
        my @files = segments($nginx);

        faults($nginx, "fdatasync EIO $files[-1]\n$rule\n");
        refused_in_time($nginx, $rule);
        like($nginx->log, qr/takes\ nothing\ more\ \($reason,\ \Q$what\E\)
            .*\($number:/x, "$rule: says so");
        is(scalar(segments($nginx)), scalar @files, "$rule: leaves no file");
        faults($nginx, '');
    }

    my $redis = SocialCare::Redis->start(dir => "$dir");

    eventually('new file: all that was acknowledged is there, once', sub {
        my $ids = care_ids($redis->client);

        !grep { ($ids->{$_} // 0) != 1 } @taken;
    });
    eventually('new file: the directory is empty', sub { !files($nginx) });
    ok($nginx->quit, 'new file: the end') or diag($nginx->log);
}


# No thread takes the write.

{
    my $dir = temporary_folder();
    my $nginx = faulty_nginx(redis => "$dir/redis.sock",
        options => '%%patient%%');

    $nginx->{main} .= "thread_pool default threads=1 max_queue=0;\n";
    $nginx->start;
    taken($nginx, 'p0', 'no thread: before');

    # The thread hangs in a look at the directory.
    faults($nginx, "open delay=2000 */spool\n");
    eventually('no thread: refused',
        sub { care_post($nginx, 'p1')->{status} == 503 }, 20);
    like($nginx->log, qr/takes nothing more \(failing, the thread pool\)/,
        'no thread: says so');
    faults($nginx, '');
    taken($nginx, 'p1', 'no thread: afterwards');

    my $redis = SocialCare::Redis->start(dir => "$dir");

    eventually('no thread: both are there, once', sub {
        join(' ', %{ care_ids($redis->client) }) =~ /^(?:p0 1 p1 1|p1 1 p0 1)$/
    }) or diag(explain(care_ids($redis->client)), $nginx->log);

    # What was refused is no gap between them.
    eventually('no thread: the directory is empty', sub { !files($nginx) });
    unlike($nginx->log, qr/is damaged/, 'no thread: nothing is missing');
    ok($nginx->quit, 'no thread: the end') or diag($nginx->log);
}


# A segment that cannot be read stays, and is sent when it can.

my $redis = SocialCare::Redis->start;
my $client = $redis->client;
my $nginx = faulty_nginx(redis => $redis->socket)->start;
my $n = 0;

sub there {
    my ($name, @ids) = @_;

    eventually("$name: all is there, once", sub {
        my $ids = care_ids($client);

        !grep { ($ids->{$_} // 0) != 1 } @ids;
    }) or diag(explain(care_ids($client)));
    eventually("$name: the segment is gone", sub { !segments($nginx) });
    return;
}

for my $case (
    ['pread EIO *.seg', qr/pread\(\) failed for the segment/],
    ['pread eof *.seg', qr/pread\(\) failed for the segment/],
    ['mmap ENOMEM', qr/mmap\(\) failed for the segment/],
) {
    my ($rule, $pattern) = @$case;
    my $errors = spool_of($nginx)->{sync_errors};

    faults($nginx, "$rule\n");
    my $name = leave($nginx, segment(map { left_item(++$n) } 1 .. 3));

    says($nginx, "$rule: says so", qr/$pattern \Q$name\E/);
    eventually("$rule: counted",
        sub { spool_of($nginx)->{sync_errors} == $errors + 1 });
    is(join(' ', map { s{.*/}{}r } segments($nginx)), $name, "$rule: it stays");
    is(care_post($nginx, "live$n")->{status}, 200, "$rule: others are taken");
    faults($nginx, '');
    ok($nginx->reload, "$rule: another worker");
    there($rule, "live$n", map { "d$_" } $n - 2 .. $n);
}

for my $rule ('pread EINTR *.seg', 'pread short *.seg',
    'openat EACCES *.seg', 'open EACCES */spool', 'readdir EIO */spool')
{
    my $said = $rule =~ /^pread/ ? qr/adopting the segment/
        : $rule =~ /^openat/
        ? qr/open\(\) of a segment failed in the spool .* mode 0700/
        : $rule =~ /^readdir/
        ? qr/reading of the directory failed in the spool .* mode 0700/
        : qr/open\(\) of the directory failed in the spool .* mode 0700/;

    faults($nginx, "$rule\n");
    my $name = leave($nginx, segment(left_item(++$n)));

    ok($nginx->reload, "$rule: a worker looks at once");
    says($nginx, "$rule: comes to it",
        $rule =~ /^pread/ ? qr/$said \Q$name\E/ : $said);
    faults($nginx, '') if $rule !~ /short/;
    there($rule, "d$n");
}

# Half of a directory: nobody says that the other half is empty, and the oldest
# segment is not the oldest that was seen.
{
    my $own = temporary_folder();
    my $other = faulty_nginx(redis => "$own/redis.sock");

    leave($other, segment(left_item(++$n)));
    $other->start;
    eventually('directory: seen', sub {
        (spool_of($other)->{unread_segments} // -1) == 1 });
    faults($other, "readdir EIO */spool\n");
    my $later = SocialCare::Redis->start(dir => "$own");
    says($other, 'directory: says so', qr/reading of the directory failed/);
    eventually('directory: Redis is back', sub {
        care_status($other)->{redis}{state} eq 'ready' });
    is(care_post($other, 'meanwhile')->{status}, 200, 'directory: taken');
    is(spool_of($other)->{unread_segments}, 1, 'directory: still to be read');
    is(spool_of($other)->{segments}, 1, 'directory: still there');
    faults($other, '');
    eventually('directory: it is read', sub {
        (care_ids($later->client)->{"d$n"} // 0) == 1 });
    ok($other->quit, 'directory: the end') or diag($other->log);
}

# One of ours that keeps its empty space, or whose size nobody knows.
for my $call (qw(ftruncate fstat)) {
    my $own = temporary_folder();
    my $other = faulty_nginx(redis => "$own/redis.sock")->start;

    is(care_post($other, 'own')->{status}, 200, "$call: spooled");
    faults($other, "$call EIO *.seg\n");
    my $later = SocialCare::Redis->start(dir => "$own");
    says($other, "$call: says so", qr/$call\(\) failed for the segment/);
    ok($other->quit, "$call: quit");
    faults($other, '');
    $other->start;
    eventually("$call: it is there", sub {
        (care_ids($later->client)->{own} // 0) == 1 });
    eventually("$call: the directory is empty", sub { !files($other) });
    ok($other->quit, "$call: the end") or diag($other->log);
}

# One that is not ours.
{
    my $large = $nginx->dir . '/spool/' . leave($nginx, '') =~ s/a-/b-/r;

    write_file("$large.new", '');
    truncate "$large.new", 65 << 20 or die;
    rename "$large.new", $large or die;
    ok($nginx->reload, 'too large: a worker looks at once');
    says($nginx, 'too large: says so',
        qr/reading failed for the segment \S+-b-\d+\.seg .*File too large/);
    leave($nginx, segment(left_item(++$n)));
    eventually('too large: one behind it is there',
        sub { care_ids($client)->{"d$n"} });
    ok(-e $large, 'too large: it stays');
    unlink $large or die;
}

# More of them than fit at once into what a look at the directory begins with.
{
    my @ids = map { 'd' . ++$n } 1 .. 40;

    leave($nginx, segment(left_item(s/d//r))) for @ids;
    there('many', @ids);
}

ok($nginx->quit, 'reading: the end') or diag($nginx->log);


# How far a segment is drained cannot be noted in it: what is sent again is a
# duplicate, and the segment goes when it is done.
{
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $other = faulty_nginx(redis => $fake->url, options => 'timeout=3s');

    $fake->rule(script => 'enqueue', delay => 0.4);
    $other->start;

    for my $case (['', 1], ["pwrite EIO *.seg\n", 0]) {
        my ($rule, $grows) = @$case;
        my $what = $rule ? 'mark: none' : 'mark';
        my $sent = @{ $fake->commands('EVALSHA') };
        my $drained = spool_of($other)->{drained};

        faults($other, $rule);

        # Windows of their own: each item needs a call.
        my $content = segment(map { left_item(++$n, window_s => 691_200 + $_) }
            1 .. 10);
        my $path = $other->dir . '/spool/' . leave($other, $content);
        my $largest = 0;

        eventually("$what: drained", sub {
            my $size = -s $path;

            $largest = $size if ($size // 0) > $largest;
            return !-e $path;
        }, 20);
        is($largest > length $content, $grows > 0,
            "$what: the segment " . ($grows ? 'grows' : 'stays as it was'));
        eventually("$what: each is counted", sub {
            spool_of($other)->{drained} == $drained + 10 });
    }
    ok($other->quit, 'mark: the end') or diag($other->log);
}


# Without random numbers there is no spool, and the log says so.  For the module
# only: nginx itself needs some, for QUIC.
{
    my $other = faulty_nginx(redis => $redis->socket);

    faults($other, "RAND_bytes EIO */ngx_socialcare_module.so\n");
    $other->allow(qr/\[emerg\].*no random numbers, which the spool needs/,
        qr/\[alert\].*exited with fatal code 2 and cannot be respawned/);
    $other->launch;
    says($other, 'random: says so',
        qr/\[emerg\].*no random numbers, which the spool needs: see to/);
    says($other, 'random: and about trends',
        qr/\[warn\].*trends are off, OpenSSL has no random numbers: see to/);
    eventually('random: nobody serves', sub {
        !grep { SocialCare::Nginx::alive($_) } $other->workers });
    faults($other, '');
    ok($other->reload, 'random: there are some again');
    is(care_post($other, 'random')->{status}, 200, 'random: and it serves');
    ok(care_status($other)->{trend_detector}{on}, 'random: with trends');
    ok($other->quit, 'random: the end') or diag($other->log);
}


# A segment that is done, but cannot be put away.

$nginx = faulty_nginx(redis => $redis->socket)->start;

for my $case (
    ['openat EACCES quarantine-*', qr/open\(\) of a quarantine file failed/],
    ['flock EIO *quarantine-*', qr/flock\(\) failed in the spool/],
    ['pwrite ENOSPC *quarantine-*', qr/pwrite\(\) failed in the spool/],
    ['fdatasync EIO *quarantine-*', qr/fdatasync\(\) failed in the spool/],
    ['fsync EIO */spool', qr/fsync\(\) of the directory failed in the spool/],
) {
    my ($rule, $pattern) = @$case;
    my $before = () = files($nginx, 'quarantine-*');

    faults($nginx, "$rule\n");
    leave($nginx, segment(left_item(++$n), 'not an item'));
    ok($nginx->reload, "$rule: a worker looks at once");
    says($nginx, "$rule: says so", $pattern);
    is(scalar(segments($nginx)), 1, "$rule: the segment stays");

    # Both the old worker and the new one may try.
    eventually("$rule: and leaves nothing half done",
        sub { files($nginx, 'quarantine-*') == $before });
    faults($nginx, '');
    ok($nginx->reload, "$rule: so does another one");
    there($rule, "d$n");
    is(scalar(files($nginx, 'quarantine-*')), $before + 1,
        "$rule: then it is in quarantine");
    eventually("$rule: and counted", sub {
        spool_of($nginx)->{quarantined}{unreadable} >= $before + 1 });
    is(spool_of($nginx)->{quarantined}{unreadable}, $before + 1,
        "$rule: once");
}

# Damaged in its magic, and it cannot be set aside at first.
{
    my $content = segment(left_item(++$n));

    substr $content, 0, 1, 'X';
    faults($nginx, "renameat EIO *.damaged\n");

    # One worker alone sees it, and says it once.
    my @old = $nginx->workers;

    ok($nginx->reload, 'damaged: a worker that looks at once');
    eventually('damaged: alone',
        sub { !grep { SocialCare::Nginx::alive($_) } @old });
    my $name = leave($nginx, $content);

    says($nginx, 'damaged: says so', qr/\Q$name\E is damaged/);
    says($nginx, 'damaged: cannot be renamed', qr/rename\(\) failed/);
    is(scalar(files($nginx, '*.damaged')), 0, 'damaged: it stays');
    faults($nginx, '');
    there('damaged', "d$n");
    ok(-e $nginx->dir . "/spool/$name.damaged", 'damaged: then it is aside');
    is(care_lines($nginx, "$name is damaged"), 1, 'damaged: said once');
}

# The folder cannot be opened when the segment is done.
{
    faults($nginx, "pread delay=2000 *.seg\n");
    my $name = leave($nginx, segment(left_item(++$n)));

    says($nginx, 'folder: adopted', qr/adopting the segment \Q$name\E/);
    faults($nginx, "open EACCES */spool\n");
    says($nginx, 'folder: says so', qr/open\(\)\ of\ the\ directory\ failed\ in
        .*the\ segment\ \Q$name\E\ stays/x);
    faults($nginx, '');
    there('folder', "d$n");
}

# The disk answers otherwise than before: a record that could not be read can
# be.  It is not taken for the one that was in its place.
{
    my @items = map { left_item($n + $_, queue => 'odd', limit => 1) } 1 .. 4;
    my $content = segment(@items);
    my $at = index $content, '2_d' . ($n + 1);
    my $damaged = $content;
    my $odd = '{care:default/0}:q:odd';
    my %seen;

    substr $damaged, $at, 1, '#';

    my $path = $nginx->dir . '/spool/' . leave($nginx, $damaged);

    eventually('otherwise: one is stored, two do not fit', sub {
        my $spool = spool_of($nginx);

        $spool->{state} eq 'spooling' && $spool->{waiting_records} == 2;
    });
    open my $file, '+<', $path or die;
    sysseek $file, $at, 0 or die;
    syswrite($file, '2') == 1 or die;
    close $file or die;
    eventually('otherwise: all four come', sub {
        for my $entry (@{ $client->call('XRANGE', $odd, '-', '+') }) {
            $seen{$1}++ if $entry->[1][1] =~ /"object":"2_d(\d+)"/;
            $client->call('XDEL', $odd, $entry->[0]);
        }
        return join(' ', sort { $a <=> $b } keys %seen)
            eq join ' ', $n + 1 .. $n + 4;
    }, 20) or diag(join ' ', keys %seen);
    $n += 4;
    there('otherwise');
}

ok($nginx->quit, 'done: the end') or diag($nginx->log);

finish();
