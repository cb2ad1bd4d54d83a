#!/usr/bin/perl

# The fault shim itself: a detector that does not detect is worse than none.

use strict;
use warnings;

use File::Temp qw(tempdir);
use Test::More;
use Time::HiRes qw(time);

use FindBin;

my $shim = "$FindBin::Bin/../build/fault_shim.so";
-e $shim or die "$shim is missing: make spool-tools\n";

my $top = tempdir(CLEANUP => 1);
my $cc = $ENV{CC} || 'cc';

# What nginx's threads do with a spool file, step by step, with the answers.
my $source = <<'C';
#define _FILE_OFFSET_BITS 64
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SAY(name, call)                                                       \
    do {                                                                      \
        long r_;                                                              \
        errno = 0;                                                            \
        r_ = (long) (call);                                                   \
        printf("%s=%ld:%s\n", name, r_, errno ? strerrorname_np(errno) : "-");\
    } while (0)

int
main(int argc, char **argv)
{
    int  fd, dir;
    char text[16];

    DIR           *list;
    struct stat    st;
    struct statvfs fs;

    (void) argc;
    fd = open(argv[1], O_CREAT | O_RDWR, 0600);
    dir = open(argv[2], O_RDONLY | O_DIRECTORY);

    SAY("fallocate", posix_fallocate(fd, 0, 8));
    SAY("pwrite", pwrite(fd, "0123456789", 10, 0));
    SAY("fdatasync", fdatasync(fd));
    SAY("write", write(fd, "abcdefghijkl", 12));
    SAY("fsync", fsync(fd));
    SAY("dirsync", fsync(dir));
    SAY("seek", lseek(fd, 0, SEEK_END) > 0);
    SAY("read", read(fd, text, 4));
    SAY("pread", pread(fd, text, 4, 2));
    SAY("ftruncate", ftruncate(fd, 16));
    SAY("fstatvfs", fstatvfs(fd, &fs));
    SAY("fstat", fstat(fd, &st));
    SAY("mmap", mmap(NULL, 4, PROT_READ, MAP_PRIVATE, fd, 0) != MAP_FAILED);
    list = fdopendir(dup(dir));
    SAY("readdir", readdir(list) != NULL);
    SAY("open", open(argv[5], O_CREAT | O_RDWR, 0600) > 0);
    SAY("flock", flock(fd, LOCK_EX));
    SAY("fchown", fchown(fd, geteuid(), getegid()));
    SAY("link", link(argv[1], argv[3]));
    SAY("rename", rename(argv[3], argv[4]));
    SAY("unlink", unlink(argv[4]));
    SAY("openat", openat(dir, "file4", O_CREAT | O_RDWR, 0600) > 0);
    SAY("renameat", renameat(dir, "file4", dir, "file5"));
    SAY("unlinkat", unlinkat(dir, "file5", 0));

    return 0;
}
C

open my $c, '>', "$top/steps.c" or die;
print $c $source;
close $c;
system($cc, '-o', "$top/steps", "$top/steps.c") == 0 or die "no compiler";


# Answers by step, with these rules; a second result is the log.
sub steps {
    my ($rules) = @_;

    unlink glob "$top/file*";
    unlink "$top/log";
    open my $control, '>', "$top/control" or die;
    print $control $rules;
    close $control;

    local $ENV{LD_PRELOAD} = $shim;
    local $ENV{SC_FAULT_CONTROL} = "$top/control";
    local $ENV{SC_FAULT_LOG} = "$top/log";

    open my $out, '-|', "$top/steps", map { "$top/$_" } 'file', '', 'file2',
        'file3', 'file6' or die;
    my %answers = map { chomp; split /=/ } <$out>;
    close $out or die "steps died";

    open my $log, '<', "$top/log" or return \%answers, '';
    local $/;
    return \%answers, <$log>;
}


# The shim is not in the way; and what it notes is the size at the sync.
my %normal = (
    fallocate => '0:-', pwrite => '10:-', fdatasync => '0:-',
    write => '12:-', fsync => '0:-', dirsync => '0:-', seek => '1:-',
    read => '0:-', pread => '4:-', ftruncate => '0:-', fstatvfs => '0:-',
    fstat => '0:-', mmap => '1:-', readdir => '1:-',
    open => '1:-', flock => '0:-', fchown => '0:-', link => '0:-', rename => '0:-',
    unlink => '0:-', openat => '1:-', renameat => '0:-', unlinkat => '0:-',
);

my ($answers, $log) = steps('');
is_deeply($answers, \%normal, 'without rules nothing is spoiled');
is($log, "sync 10 $top/file\nsync 12 $top/file\ndirsync 0 $top\n",
   'each sync is noted');

# Each function, one at a time, and no other.
my %says = (
    posix_fallocate => 'fallocate', map { $_ => $_ } qw(pwrite fdatasync write
    fsync read pread ftruncate fstatvfs fstat mmap readdir open openat flock fchown link rename
    unlink renameat unlinkat),
);

for my $function (sort keys %says) {
    my $name = $says{$function};
    my $pattern = $function eq 'fsync' ? '*/file'
        : $function eq 'open' ? '*/file6' : '*';

    ($answers) = steps("$function ENOSPC $pattern\n");

    # posix_fallocate returns its error; without write the file is shorter,
    # without link there is nothing to rename.
    my $want = $name eq 'fallocate' ? '28:-'
        : $name =~ /^(?:open|mmap|readdir)/ ? '0:ENOSPC' : '-1:ENOSPC';
    is($answers->{$name}, $want, "$function fails");

    my @same = grep { $_ ne $name && !($name eq 'link' && /^(?:rename|unlink)$/)
                      && !($name eq 'rename' && /^unlink$/)
                      && !($name eq 'renameat' && /unlinkat/)
                      && !($name eq 'openat' && /^(?:renameat|unlinkat)$/)
                      } keys %normal;
    is_deeply({ map { $_ => $answers->{$_} } @same },
              { map { $_ => $normal{$_} } @same },
              "$function: nothing else does");
}

# By name of the error, by path, the first of several.
for my $error (qw(EACCES EAGAIN EBADF EDQUOT EEXIST EFBIG EINTR EINVAL EIO
                  ENOMEM ENOSPC EOPNOTSUPP EPERM EROFS))
{
    ($answers) = steps("fdatasync $error\n");
    is($answers->{fdatasync}, "-1:$error", $error);
}

($answers, $log) = steps("sync EIO\n");
is($answers->{fdatasync}, '-1:EIO', 'sync: fdatasync');
is($answers->{fsync}, '-1:EIO', 'sync: fsync');
is($answers->{dirsync}, '-1:EIO', 'sync: of a directory');
is($log, '', 'a sync that failed is not noted');

($answers) = steps("sync EIO *.seg\nsync EDQUOT */file\nsync EROFS\n");
is($answers->{fdatasync}, '-1:EDQUOT', 'the first rule that fits');
is($answers->{dirsync}, '-1:EROFS', 'by path');

($answers) = steps("pwrite short\nwrite short\n");
is($answers->{pwrite}, '5:-', 'half of a pwrite');
is($answers->{write}, '6:-', 'half of a write');

($answers) = steps("pread short\n");
is($answers->{pread}, '2:-', 'half of a pread');
($answers) = steps("pread eof\nread eof\n");
is($answers->{pread}, '0:-', 'a pread that finds nothing');
is($answers->{read}, '0:-', 'a read that finds nothing');
($answers) = steps("flock gone */file\n");
is($answers->{flock}, '0:-', 'a file that is gone is locked');
is($answers->{link}, '-1:ENOENT', 'but it is gone');

# What was written where, before which sync.
{
    local $ENV{SC_FAULT_WRITES} = 1;

    (undef, $log) = steps('');
    is($log, "write 10 $top/file\nsync 10 $top/file\nsync 12 $top/file\n"
        . "dirsync 0 $top\n", 'each pwrite is noted');
    (undef, $log) = steps("pwrite short\n");
    like($log, qr/^write 5 /, 'the end of half a pwrite');
    (undef, $log) = steps("pwrite EIO\n");
    unlike($log, qr/write/, 'a pwrite that failed is not noted');
}

# Rules that say nothing do nothing.
($answers) = steps("\n \nfdatasync\nfdatasync ENOSUCH\nxyz EIO\nfsync EIO x");
is_deeply($answers, \%normal, 'unreadable rules');

# Delays add up with errors, on each sync.
my $start = time;
($answers) = steps("fdatasync EIO\nsync delay=150\n");
my $took = time - $start;
is($answers->{fdatasync}, '-1:EIO', 'late, and failed');
is($answers->{fsync}, '0:-', 'late');
cmp_ok($took, '>=', 0.44, 'three delays');

# Not asked for: no log, no rules.
{
    unlink "$top/log", glob "$top/file*";
    local $ENV{LD_PRELOAD} = $shim;
    delete local @ENV{qw(SC_FAULT_CONTROL SC_FAULT_LOG)};
    my $out = `'$top/steps' '$top/file' '$top' '$top/file2' '$top/file3'`;
    like($out, qr/^fdatasync=0:-$/m, 'without variables it is not there');
    ok(!-e "$top/log", 'and notes nothing');
}

done_testing();
