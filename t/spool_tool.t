#!/usr/bin/perl

# socialcare-spool: every command, every refusal, and no record lost, whatever
# fails on the way from quarantine back into the spool.

use strict;
use warnings;

use Fcntl qw(:flock);
use File::Temp qw(tempdir);
use JSON::PP qw(decode_json);
use POSIX ();

use FindBin;
use lib "$FindBin::Bin/lib";

use SocialCare::Spool qw(segment_header segment_record segment_file
                         spool_item read_segment);
use SocialCare::Test;

my $build = "$FindBin::Bin/../build";
my $sanitize = $ENV{TEST_NGINX_SANITIZE} // '';
my $tool = $sanitize ? "$build/asan/socialcare-spool"
                     : "$build/socialcare-spool";
my $shim = "$build/fault_shim.so";

-x $tool or die "$tool is missing: make spool-tools\n";
-e $shim or die "$shim is missing: make spool-tools\n";

my $top = tempdir(CLEANUP => 1);
my $control = "$top/faults";
my $log = "$top/syncs";
my $folders = 0;


sub folder {
    my $path = "$top/" . ++$folders;
    mkdir $path, 0700 or die "$path: $!";
    return $path;
}


sub put {
    my ($path, $data) = @_;
    open my $file, '>:raw', $path or die "$path: $!";
    print $file $data;
    close $file or die "$path: $!";
    return $path;
}


sub get {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!";
    local $/;
    return <$file> // '';
}


sub names {
    my ($path) = @_;
    opendir my $dir, $path or die "$path: $!";
    return sort grep { !/^\.\.?$/ } readdir $dir;
}


# Exit code, standard output, standard error.
sub run {
    my (@arguments) = @_;

    my $pid = fork // die "fork: $!";

    if ($pid == 0) {
        open STDOUT, '>', "$top/out" or die;
        open STDERR, '>', "$top/err" or die;
        exec $tool, @arguments or POSIX::_exit(99);
    }

    waitpid $pid, 0;
    return ($? == -1 || $? & 127 ? "signal $?" : $? >> 8, get("$top/out"),
            get("$top/err"));
}


# The same with faults: lines of the shim's control file.
sub run_with {
    my ($faults, @arguments) = @_;

    put($control, $faults);
    local $ENV{LD_PRELOAD} = $shim;
    local $ENV{SC_FAULT_CONTROL} = $control;
    local $ENV{SC_FAULT_LOG} = $log;
    local $ENV{ASAN_OPTIONS} = join ':', 'verify_asan_link_order=0',
        $ENV{ASAN_OPTIONS} // ();
    unlink $log;

    return run(@arguments);
}


sub says {
    my ($got, $want, $name) = @_;
    ok(index($got, $want) >= 0, $name) or diag "$got\nhas not: $want";
    return;
}


sub exit_is {
    my ($code, $want, $name) = @_;
    is($code, $want, $name) or diag get("$top/out"), get("$top/err");
    return;
}


my $secret = 'my invoice 4711 is wrong';
my $record = qq({"v":1,"text":"$secret"});
my $item = spool_item(record => $record, clock_key => 'customer-99');
my $reply = spool_item(record => '{"v":1}', clock => 2, queue => '',
                       format => 1, due_ms => 5);

my $normal = '1789999951000-4711-000001.seg';
my $quarantine = 'quarantine-1789999952000-4711-000002.seg';


# Usage.

for my $case ([[], qr/no command/], [['frob'], qr/unknown command: frob/],
              [['list'], qr/missing/], [['verify'], qr/missing/],
              [['list', 'a', 'b'], qr/unexpected argument: b/],
              [['list', '--json', 'a'], qr/unexpected argument: --json/],
              [['print', 'a', '--to', 'b'], qr/unexpected argument: --to/],
              [['print', 'a', '--salvage'], qr/unexpected argument/],
              [['verify', 'a', '--records'], qr/unexpected argument/],
              [['reinject', 'a'], qr/--to DIR is missing/],
              [['reinject', 'a', '--to'], qr/unexpected argument: --to/])
{
    my ($arguments, $want) = @$case;
    my ($code, $out, $err) = run(@$arguments);
    exit_is($code, 2, "usage: @$arguments");
    like($err, $want, "usage: @$arguments says why");
    like($err, qr/^usage: /m, "usage: @$arguments shows how");
    is($out, '', "usage: @$arguments prints nothing");
}

{
    my ($code, $out) = run('--help');
    exit_is($code, 0, '--help');
    like($out, qr/^usage: /, '--help prints usage');
}


# list, verify, print of a healthy spool.

{
    my $dir = folder();
    put("$dir/$normal", segment_file({}, $item,
        { payload => $reply, kind => 2, flags => 1, event_ms => 1000 })
        . "\0" x 4096);
    put("$dir/$quarantine", segment_file({ first => 5 },
        { payload => $item, kind => 3, flags => 1 }));
    put("$dir/1789999953000-4711-000003.seg", '');
    put("$dir/1789999954000-4711-000004.seg", "\0" x 65536);
    put("$dir/notes.txt", 'not ours');

    my ($code, $out, $err) = run('list', $dir);
    exit_is($code, 0, 'list');
    is($err, '', 'list has no complaint');
    like($out, qr/^\Q$normal\E +waiting +\d+ +2 +1970-01-01T00:00:01Z *$/m,
         'list: a segment, oldest event');
    like($out, qr/^\Q$quarantine\E +quarantine +\d+ +1 +2026-09-21T/m,
         'list: quarantine');
    like($out, qr/^1789999953000-4711-000003.seg +waiting +0 +0 +- *$/m,
         'list: empty file');
    like($out, qr/^4 spool files, 1 others$/m, 'list: the sum');
    ok($out =~ /000001\.seg.*000003\.seg.*000004\.seg.*quarantine-/s,
       'list: oldest first, quarantine last');

    ($code, $out, $err) = run('verify', $dir);
    exit_is($code, 0, 'verify directory');
    is(() = $out =~ /: ok, \d+ records$/mg, 4, 'verify: all four well');
    like($out, qr/^\Q$dir\/$normal\E: ok, 2 records$/m, 'verify counts');

    ($code, $out, $err) = run('verify', "$dir/$normal");
    exit_is($code, 0, 'verify file');

    ($code, $out, $err) = run('print', "$dir/$normal");
    exit_is($code, 0, 'print');
    says($out, '1000 mention 2026-09-21T14:12:30Z tag={care:acme/0}'
         . ' queue=mentions channel=messaging format=stream clock=question'
         . ' digest=-77 bytes=' . length($record) . "\n", 'print: a mention');
    like($out, qr/^1001 reply 1970-\S+ reinjected tag=\S+ queue= /m,
         'print: a reply that was reinjected');
    unlike($out, qr/invoice|customer-99/, 'print hides text and customer');

    ($code, $out) = run('print', "$dir/$normal", '--records');
    exit_is($code, 0, 'print --records');
    like($out, qr/thread=customer-99\n    \Q$record\E$/m,
         'print --records shows them');

    ($code, $out) = run('print', '--json', "$dir/$normal");
    exit_is($code, 0, 'print --json');
    my @lines = map { decode_json($_) } split /\n/, $out;
    is(@lines, 2, 'one line each');
    is_deeply($lines[0], {
        sequence => '1000', kind => 'mention', event_ms => 1_789_999_950_000,
        reinjected => JSON::PP::false, tag => '{care:acme/0}',
        queue => 'mentions', channel => 'messaging', sla_queue => 'mentions',
        format => 'stream', clock => 'question', reason => '', reach => 'unknown',
        dead => JSON::PP::false, limit => '1000000', digest => '-77',
        arrival_ms => 1_789_999_951_000, own_ms => 1_789_999_949_000,
        window_s => 691_200,
        bytes => length $record }, 'all of a mention but the customer');
    is($lines[1]{due_ms}, 5, 'deadline');
    is($lines[1]{format}, 'list', 'format');
    unlike($out, qr/invoice|customer-99/, 'JSON hides text and customer');

    ($code, $out) = run('print', '--json', '--records', "$dir/$normal");
    @lines = map { decode_json($_) } split /\n/, $out;
    is($lines[0]{record}{text}, $secret, 'the record as JSON');
    is($lines[0]{thread}, 'customer-99', 'the thread');

    ($code, $out) = run('print', "$dir/$quarantine");
    like($out, qr/^5 quarantine \S+ reason=poison tag=/m, 'print: the reason');
    ($code, $out) = run('print', '--json', "$dir/$quarantine");
    is(decode_json($out)->{quarantined}, 'poison', 'JSON: the reason');

    # A lock says that somebody writes: an unfinished end is no damage then.
    my $torn = put("$dir/1789999955000-1-000001.seg",
                   substr(segment_file({}, $item, $item), 0, -20));
    open my $lock, '<', $torn or die;
    flock $lock, LOCK_EX or die;
    ($code, $out) = run('verify', $torn);
    exit_is($code, 0, 'verify: unfinished end of a file in use');
    like($out, qr/: ok, 1 records, in use$/m, 'verify: in use');
    ($code, $out) = run('list', $dir);
    like($out, qr/^1789999955000-1-000001.seg +in use /m, 'list: in use');
    close $lock;
    ($code, $out) = run('verify', $torn);
    exit_is($code, 1, 'verify: torn end of a file that nobody writes');
    like($out, qr/\d+ bytes at the end are no record.*1 records are intact/,
         'verify: says so');
    like($out, qr/^  end: offset \d+, \d+ bytes: cut short$/m,
         'verify: and where');
    unlink $torn;
}


# Text that wants to drive the terminal; records that are not JSON.

{
    my $dir = folder();
    my $evil = "a\e[2Jb\x7f\xc2\x9bc\xc3\xa4\n\xff";
    my $file = put("$dir/$normal", segment_file({},
        spool_item(record => $evil, clock_key => "k\e", clock => 3,
                   reason => 'spam', dead => 1),
        { payload => $item, kind => 77 }));

    my ($code, $out) = run('print', '--records', $file);
    exit_is($code, 0, 'print: odd text');
    like($out, qr/a\\x1b\[2Jb\\x7f\\xc2\\x9bc\xc3\xa4\\x0a\xff$/m,
         'controls are shown, not sent');
    like($out, qr/clock=close dead digest/, 'a dead letter');
    like($out, qr/^1001 unknown /m, 'unknown kind');

    ($code, $out) = run('print', '--records', '--json', $file);
    is(decode_json((split /\n/, $out)[0])->{record},
       'a\x1b[2Jb\x7f\xc2\x9bc\xc3\xa4\x0a\xff', 'JSON: bytes as text');
    is(decode_json((split /\n/, $out)[0])->{reason}, 'spam', 'JSON: reason');

    put($file, segment_file({}, spool_item(record => '', clock => 0,
                                           digest => 77)));
    ($code, $out) = run('print', '--records', '--json', $file);
    is(decode_json($out)->{record}, '', 'JSON: empty record');
    is(decode_json($out)->{digest}, '77', 'JSON: positive digest');
}


# Damage: named, located, and the rest still read.

{
    my $dir = folder();
    my $file = "$dir/$normal";
    my $good = segment_file({}, $item, $item, $item, 'no item');
    my $size = length segment_record(sequence => 1, payload => $item);

    my $bad = $good;
    substr($bad, 64 + $size + 40, 1) ^= "\1";
    put($file, $bad);

    my ($code, $out, $err) = run('verify', $dir);
    exit_is($code, 1, 'verify: damage');
    says($out, "$size bytes damaged in 1 places, 1 records missing,"
         . ' 1 records are no item of this version; 3 records are intact'
         . "\n", 'verify: what is wrong');
    says($out, "\n  damage: offset " . (64 + $size) . ", $size bytes:"
         . " wrong checksum\n", 'verify: where');

    ($code, $out) = run('list', $dir);
    exit_is($code, 0, 'list: damage');
    like($out, qr/^\Q$normal\E .* 3 .*damaged in 1 places/m, 'list: notes');

    ($code, $out, $err) = run('print', $file);
    exit_is($code, 1, 'print: damage');
    like($out, qr/^1000 .*\n  damage: .*\n1002 .*\n1003 .* bytes=7$/m,
         'print: in place');
    like($err, qr/1 records missing/, 'print: complains');

    ($code, $out) = run('print', '--json', $file);
    exit_is($code, 1, 'print --json: damage');
    my @lines = map { decode_json($_) } split /\n/, $out;
    is($lines[1]{damage}, 'wrong checksum', 'JSON: damage');
    is($lines[1]{bytes}, $size, 'JSON: its size');
    is($lines[3]{unreadable_bytes}, 7, 'JSON: no item');

    for my $case (['damaged header', "\0" x 64 . substr($good, 64),
                   qr/header never written.*4 records are intact/],
                  ['wrong magic', 'X' . substr($good, 1),
                   qr/not a spool file.*4 records/],
                  ['flipped header', substr($good, 0, 20) . 'x'
                   . substr($good, 21), qr/header damaged.*4 records/],
                  ['short', 'SCSPOOL1', qr/header cut short.*0 records/],
                  ['new version', segment_header(version => 2)
                   . substr($good, 64), qr/unknown version.*0 records/],
                  ['rubbish', 'x' x 1000, qr/not a spool file.*0 records/])
    {
        my ($name, $data, $want) = @$case;
        put($file, $data);
        ($code, $out) = run('verify', $file);
        exit_is($code, 1, "verify: $name");
        like($out, $want, "verify: $name is named");
    }
}


# What cannot be read.

{
    my $dir = folder();

    for my $case (['list', "$dir/none"], ['verify', "$dir/none"],
                  ['print', "$dir/none"], ['print', $dir],
                  ['reinject', "$dir/$quarantine", '--to', $dir])
    {
        my ($code, $out, $err) = run(@$case);
        exit_is($code, 3, "$case->[0]: nothing there");
        like($err, qr/cannot open|not a regular file/, "$case->[0]: says so");
    }

    put("$dir/target", segment_file({}, $item));
    symlink 'target', "$dir/$normal" or die;
    my ($code, $out, $err) = run('verify', $dir);
    exit_is($code, 3, 'a symbolic link is not followed');
    ($code) = run('list', $dir);
    exit_is($code, 3, 'not in a list either');
    unlink "$dir/$normal";

    POSIX::mkfifo("$dir/$normal", 0600) or die;
    ($code, $out, $err) = run('verify', $dir);
    exit_is($code, 3, 'a pipe is not waited for');
    like($err, qr/not a regular file/, 'and named');
    unlink "$dir/$normal";

    open my $big, '>', "$dir/$normal" or die;
    truncate $big, 64 * 1024 * 1024 + 1 or die;
    close $big;
    ($code, $out, $err) = run('verify', $dir);
    exit_is($code, 3, 'no segment is that large');
    unlink "$dir/$normal";

    put("$dir/$normal", segment_file({}, $item));
    ($code, $out, $err) = run_with("read EIO *.seg\n", 'verify', $dir);
    exit_is($code, 3, 'read error');
    like($err, qr/cannot read: Input\/output error/, 'read error is named');
    ($code) = run_with("read EIO *.seg\n", 'list', $dir);
    exit_is($code, 3, 'list: read error');
    ($code) = run_with("read EIO *.seg\n", 'print', "$dir/$normal");
    exit_is($code, 3, 'print: read error');
    ($code, $out) = run_with("read short *.seg\n", 'verify', $dir);
    exit_is($code, 0, 'short reads are continued');

    my $rc = system "'$tool' list '$dir' > /dev/full 2> '$top/err'";
    is($rc >> 8, 3, 'output that cannot be written is an error');
}


# reinject.

sub quarantined {
    my (%header) = @_;
    return segment_file({ first => 50, node => 'origin', %header },
        { payload => $item, kind => 3, flags => 1 },
        { payload => $reply, kind => 3, flags => 3, event_ms => 7 });
}


sub one_segment {
    my ($dir) = @_;
    my @found = grep { !/^quarantine/ && /\.seg$/ } names($dir);
    is(@found, 1, 'one new segment') or return;
    return "$dir/$found[0]";
}


{
    my ($from, $to) = (folder(), folder());
    put("$from/$quarantine", quarantined());
    put("$from/$normal", segment_file({}, $item));
    put("$from/quarantine-1789999952000-4711-000003.seg",
        segment_file({}, { payload => $item, kind => 3 }));

    my ($code, $out, $err) = run_with('', 'reinject', $from, '--to', $to);
    exit_is($code, 0, 'reinject a directory');
    like($out, qr/^\Q$from\/$quarantine\E: 2 records reinjected$/m, 'says so');
    is_deeply([ names($from) ], [ $normal ], 'quarantine is gone, rest stays');

    my @new = names($to);
    is(@new, 2, 'two segments, and nothing else');
    ok(!(grep { !/^\d{13}-t\d+-\d{6}\.seg$/ } @new), 'by their names');

    my ($header, @records) = read_segment(get("$to/$new[0]"));
    is($header->{node}, "origin\0\0\0\0\0\0\0\0\0\0", 'node is kept');
    is(@records, 2, 'both records');
    is_deeply([ map { $_->{kind} } @records ], [ 1, 2 ],
              'kinds as before quarantine');
    is_deeply([ map { $_->{flags} } @records ], [ 1, 1 ], 'marked');
    is_deeply([ map { $_->{payload} } @records ], [ $item, $reply ],
              'payloads unchanged');
    is($records[1]{event_ms}, 7, 'event time unchanged');
    isnt($header->{first}, 50, 'a sequence of its own');
    isnt($header->{first}, (read_segment(get("$to/$new[1]")))[0]{first},
         'and not the same twice');
    is((stat "$to/$new[0]")[2] & 07777, 0600, 'for its owner only');

    # Each file: synced, its directory synced, then the old one's directory.
    like(get($log), qr/^sync \d+ \S+\.reinject-\d+\.tmp
dirsync 0 \Q$to\E
dirsync 0 \Q$from\E
sync /, 'synced, in order');

    ($code, $out) = run('verify', $to);
    exit_is($code, 0, 'what was written is well');

    # A segment of another machine by its name; not one that is at home.
    ($code, $out) = run('reinject', "$from/$normal", '--to', $to);
    exit_is($code, 0, 'reinject a normal segment elsewhere');
    is_deeply([ names($from) ], [], 'moved');

    ($code, $out, $err) = run('reinject', "$to/$new[0]", '--to', $to);
    exit_is($code, 1, 'a segment is not moved to where it is');
    like($err, qr/of that directory already/, 'says so');

    ($code, $out) = run('reinject', $from, '--to', $to);
    exit_is($code, 0, 'nothing in quarantine is fine');
}

# In the directory itself, also without a path.
{
    my $dir = folder();
    put("$dir/$quarantine", quarantined());
    my $rc = system "cd '$dir' && '$tool' reinject $quarantine --to . "
                    . "> '$top/out' 2> '$top/err'";
    is($rc, 0, 'reinject in place') or diag get("$top/err");
    read_segment(get(one_segment($dir)));
    is_deeply([ grep { /^quarantine/ } names($dir) ], [], 'old one is gone');
}

{
    my ($from, $to) = (folder(), folder());
    my $file = put("$from/$quarantine", quarantined());

    my ($code, $out, $err) = run('reinject', $from, '--to', "$to/none");
    exit_is($code, 3, 'target must be there');
    like($err, qr/not a directory/, 'says so');

    put("$from/other.seg", 'x');
    ($code, $out, $err) = run('reinject', "$from/other.seg", '--to', $to);
    exit_is($code, 3, 'a foreign name');
    like($err, qr/not the name of a spool file/, 'says so');

    open my $lock, '<', $file or die;
    flock $lock, LOCK_SH or die;
    ($code, $out, $err) = run('reinject', $from, '--to', $to);
    exit_is($code, 1, 'a lock is respected');
    like($err, qr/in use by another process, left alone/, 'says so');
    is_deeply([ names($to) ], [], 'nothing written');
    ok(-e $file, 'nothing removed');
    close $lock;

    # Removed between opening and locking: the delay leaves time for it.
    put($control, "flock delay=3000\n");
    my $pid = fork // die;

    if ($pid == 0) {
        local $ENV{LD_PRELOAD} = $shim;
        local $ENV{SC_FAULT_CONTROL} = $control;
        local $ENV{ASAN_OPTIONS} = join ':', 'verify_asan_link_order=0',
            $ENV{ASAN_OPTIONS} // ();
        open STDOUT, '>', "$top/out" or die;
        open STDERR, '>', "$top/err" or die;
        exec $tool, 'reinject', $from, '--to', $to or POSIX::_exit(99);
    }

    my $deadline = time + 20;
    my $open = 0;

    until ($open || time > $deadline) {
        $open = grep { (readlink // '') eq $file } glob "/proc/$pid/fd/*";
        select undef, undef, undef, 0.005 if !$open;
    }

    ok($open, 'the file is open');
    rename $file, "$top/kept" or die;
    my $kept = get("$top/kept");
    unlink "$top/kept";
    waitpid $pid, 0;
    is($? >> 8, 1, 'somebody was faster');
    like(get("$top/err"), qr/removed in the meantime/, 'says so');
    is_deeply([ names($to) ], [], 'nothing written twice');
    put($file, $kept);
}

# Whatever fails: the old file stays, complete, and no half segment appears.
{
    my ($from, $to) = (folder(), folder());
    my $file = "$from/$quarantine";

    for my $case (
        ['write', "pwrite ENOSPC\n", qr/cannot write: No space left/],
        ['sync', "fsync EIO *.tmp\n", qr/cannot sync: Input/],
        ['name', "link EDQUOT\n", qr/cannot name the new segment: Disk quota/],
        ['all names taken', "link EEXIST\n", qr/cannot name.*File exists/],
        ['read', "read EIO *quarantine*\n", qr/cannot read: Input/])
    {
        my ($name, $faults, $want) = @$case;
        put($file, quarantined());
        my ($code, $out, $err) = run_with($faults, 'reinject', $from, '--to',
                                          $to);
        exit_is($code, 3, "$name fails");
        like($err, $want, "$name: says so");
        is_deeply([ names($to) ], [], "$name: nothing left behind");
        is(get($file), quarantined(), "$name: the original is untouched");
    }

    # The new file is there, but perhaps not for long: both are kept.
    my ($code, $out, $err) = run_with("fsync EIO $to\n", 'reinject', $from,
                                      '--to', $to);
    exit_is($code, 3, 'directory sync fails');
    like($err, qr/cannot sync directory/, 'says so');
    is(get($file), quarantined(), 'the original is kept');
    read_segment(get(one_segment($to)));
    unlink glob "$to/*";

    ($code, $out, $err) = run_with("unlink EACCES *quarantine*\n", 'reinject',
                                   $from, '--to', $to);
    exit_is($code, 3, 'the original cannot be removed');
    like($err, qr/remove it by hand: Permission denied/, 'says so');
    read_segment(get(one_segment($to)));
    unlink glob "$to/*";

    ($code, $out, $err) = run_with("fsync EIO $from\n", 'reinject', $from,
                                   '--to', $to);
    exit_is($code, 3, 'sync of the old directory fails');
    read_segment(get(one_segment($to)));
    unlink glob "$to/*";

    put($file, quarantined());
    ($code, $out) = run_with("pwrite short\n", 'reinject', $from, '--to', $to);
    exit_is($code, 0, 'short writes are continued');
    read_segment(get(one_segment($to)));
    unlink glob "$to/*";

    put($file, quarantined());
    chmod 0500, $to or die;

    SKIP: {
        skip 'root writes anywhere', 3 if $> == 0;
        ($code, $out, $err) = run('reinject', $from, '--to', $to);
        exit_is($code, 3, 'target not writable');
        like($err, qr/cannot create/, 'says so');
        ok(-e $file, 'the original is kept');
    }

    chmod 0700, $to or die;
}

# A name that is taken is passed over.
{
    my ($from, $to) = (folder(), folder());
    put("$from/$quarantine", quarantined());
    my ($code) = run_with("link EEXIST *-000000.seg\n", 'reinject', $from,
                          '--to', $to);
    exit_is($code, 0, 'first name is taken');
    like(one_segment($to), qr/-000001\.seg$/, 'the next is used');
}

# root reinjects into the directory of the worker's user.
SKIP: {
    skip 'only root can give files away', 6 if $> != 0;

    my ($from, $to) = (folder(), folder());
    chown 65534, 65534, $to or die;
    put("$from/$quarantine", quarantined());

    my ($code, $out, $err) = run_with("fchown EPERM\n", 'reinject', $from,
                                      '--to', $to);
    exit_is($code, 3, 'cannot give the file away');
    like($err, qr/cannot give to the directory's owner/, 'says so');
    is_deeply([ names($to) ], [], 'nothing left behind');

    ($code) = run('reinject', $from, '--to', $to);
    exit_is($code, 0, 'reinject as root');
    is((stat one_segment($to))[4], 65534, 'belongs to the directory\'s owner');
}

# Damaged: left alone, or salvaged and kept.
{
    my ($from, $to) = (folder(), folder());
    my $file = "$from/$quarantine";
    my $bad = quarantined();
    substr($bad, 64 + 40, 1) ^= "\1";
    put($file, $bad);

    my ($code, $out, $err) = run('reinject', $from, '--to', $to);
    exit_is($code, 1, 'damaged file');
    says($err, 'damaged in 1 places, 1 records missing; left alone'
         . ' (--salvage moves the 1 intact records)', 'says so');
    is(get($file), $bad, 'left alone');
    is_deeply([ names($to) ], [], 'nothing written');

    ($code, $out, $err) = run_with("rename EIO\n", 'reinject', '--salvage',
                                   $from, '--to', $to);
    exit_is($code, 3, 'cannot set the damaged file aside');
    unlink glob "$to/*";

    ($code, $out) = run('reinject', $from, '--to', $to, '--salvage');
    exit_is($code, 0, 'salvage');
    like($out, qr/1 records reinjected; kept as \.damaged: /, 'says so');
    is_deeply([ names($from) ], [ "$quarantine.damaged" ], 'set aside');
    my ($header, @records) = read_segment(get(one_segment($to)));
    is($records[0]{payload}, $reply, 'the intact one');
    unlink glob "$from/*";
    unlink glob "$to/*";

    # No item: stays in quarantine, however whole its frame.
    put($file, segment_file({}, { payload => 'what?', kind => 3 }));
    ($code, $out, $err) = run('reinject', $from, '--to', $to);
    exit_is($code, 1, 'no item');
    like($err, qr/1 records are no item of this version; left alone/, 'says');
    ($code, $out) = run('reinject', $from, '--to', $to, '--salvage');
    exit_is($code, 1, 'nothing to salvage');
    like($out, qr/no records to move, left alone/, 'says so');
    ok(-e $file, 'still there');

    put($file, segment_header());
    ($code, $out) = run('reinject', $from, '--to', $to);
    exit_is($code, 0, 'a file without records');
    ok(-e $file, 'is left alone');

    # The header is lost: records are moved, the node is not known.
    put($file, 'X' . substr quarantined(), 1);
    ($code, $out) = run('reinject', $from, '--to', $to, '--salvage');
    exit_is($code, 0, 'salvage without header');
    ($header, @records) = read_segment(get(one_segment($to)));
    is($header->{node}, "\0" x 16, 'no node');
    is(@records, 2, 'all records');
}

# Killed at any point: every record is in at least one file that is well.
{
    my ($from, $to) = (folder(), folder());
    my $file = "$from/$quarantine";

    for my $faults ("pwrite delay=60000\n", "fsync delay=60000 *.tmp\n",
                    "link delay=60000\n", "fsync delay=60000 $to\n",
                    "unlink delay=60000 *quarantine*\n")
    {
        my ($what) = $faults =~ /^(\w+)/;
        put($file, quarantined());
        put($control, $faults);
        my $pid = fork // die;

        if ($pid == 0) {
            local $ENV{LD_PRELOAD} = $shim;
            local $ENV{SC_FAULT_CONTROL} = $control;
            local $ENV{ASAN_OPTIONS} = join ':', 'verify_asan_link_order=0',
                $ENV{ASAN_OPTIONS} // ();
            open STDOUT, '>', "$top/out" or die;
            open STDERR, '>', "$top/err" or die;
            exec $tool, 'reinject', $from, '--to', $to or POSIX::_exit(99);
        }

        # Asleep in clock_nanosleep: where the shim holds it.
        my $deadline = time + 20;
        my $held = 0;

        until ($held || time > $deadline) {
            my $call = eval { get("/proc/$pid/syscall") } // '';
            $held = $call =~ /^(?:230|35|115|101) /;
            select undef, undef, undef, 0.005 if !$held;
        }

        ok($held, "$what: held");
        kill 'KILL', $pid;
        waitpid $pid, 0;

        my @well = grep { 3 == (() = eval { read_segment(get($_)) }) }
            glob("$to/*.seg"), glob("$from/*.seg");
        ok(@well >= 1, "$what: killed, nothing lost");

        my ($code) = run('verify', $to);
        exit_is($code, 0, "$what: nothing half done under a segment's name");
        unlink glob("$to/*"), glob("$to/.reinject*"), $file;
    }
}

finish();
