package SocialCare::Clock;

# A wall clock that a test can move, for an nginx that runs with its environment
# (tests/faults/time_shim.c); timers are not affected.
#
#     my $clock = SocialCare::Clock->new;
#     SocialCare::Nginx->new(main => $clock->main,
#         environment => { $clock->environment }, ...);
#     $clock->set(86400);            # seconds ahead of the machine's

use strict;
use warnings;

use FindBin;

use SocialCare::Test;


sub new {
    my ($class, $seconds) = @_;
    my $shim = "$FindBin::Bin/../build/time_shim.so";

    -e $shim or die "$shim is missing: make spool-tools\n";

    my $self = bless { folder => temporary_folder(), shim => $shim }, $class;

    $self->{file} = "$self->{folder}/time";
    $self->set($seconds // 0);
    return $self;
}


# Written in place, because the file is mapped.

sub set {
    my ($self, $seconds) = @_;

    open my $file, (-e $self->{file} ? '+<' : '>'), $self->{file} or die;
    syswrite($file, pack 'q', $seconds) == 8 or die;
    close $file or die;
    $self->{offset} = $seconds;
    return;
}

sub advance { return $_[0]->set($_[0]{offset} + $_[1]) }

sub offset { return $_[0]{offset} }
sub now    { return time + $_[0]{offset} }

sub main { return "env SC_TIME_FILE;\n" }

sub environment {
    my ($self) = @_;

    return (LD_PRELOAD => $self->{shim}, SC_TIME_FILE => $self->{file});
}

1;
