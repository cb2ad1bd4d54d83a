package SocialCare::Spool;

# Writes and reads spool files: a second implementation of the format, which
# shares no code with the module's.  So what both understand is what
# spool/sc_segment.h and spool/sc_spool_item.h document.

use strict;
use warnings;

use Exporter qw(import);

use SocialCare::FakeRedis;
use SocialCare::Test ();

our @EXPORT_OK = qw(crc32c segment_header segment_record segment_file
                    spool_item read_segment left_item left_segment
                    left_ids);

my @table = map {
    my $c = $_;
    $c = $c & 1 ? $c >> 1 ^ 0x82f63b78 : $c >> 1 for 1 .. 8;
    $c;
} 0 .. 255;


sub crc32c {
    my ($data) = @_;

    my $crc = 0xffffffff;
    $crc = $table[($crc ^ $_) & 0xff] ^ $crc >> 8 for unpack 'C*', $data;

    return $crc ^ 0xffffffff;
}


# number, created_ms, node, first; version, flags, length: for unusual ones.
sub segment_header {
    my (%h) = @_;

    my $header = 'SCSPOOL1' . pack 'vvVQ<Q<a16Q<V', $h{version} // 1,
        $h{flags} // 0, $h{length} // 64, $h{number} // 1,
        $h{created_ms} // 1_789_999_951_000, $h{node} // 'node',
        $h{first} // 1000, 0;

    return $header . pack 'V', crc32c($header);
}


# kind, flags, sequence, event_ms, payload.
sub segment_record {
    my (%r) = @_;

    my @head = ('SCR1', length $r{payload});
    my @tail = ($r{kind} // 1, $r{flags} // 0, $r{sequence},
                $r{event_ms} // 1_789_999_950_000);

    my $crc = crc32c(pack('a4VVvvQ<Q<', @head, 0, @tail) . $r{payload});
    my $record = pack('a4VVvvQ<Q<', @head, $crc, @tail) . $r{payload};

    return $record . "\0" x (-length($record) % 8);
}


# A header and one record for each item or hash of record fields.
sub segment_file {
    my ($header, @records) = @_;

    my $sequence = $header->{first} // 1000;
    my $file = segment_header(%$header);

    for my $record (@records) {
        $record = { payload => $record } if !ref $record;
        $file .= segment_record(sequence => $sequence++, %$record);
    }

    return $file;
}


sub spool_item {
    my (%i) = @_;

    my @texts = map { $_ // '' } $i{tag} // '{care:acme/0}',
        $i{queue} // 'mentions', $i{channel} // 'messaging',
        $i{sla_queue} // 'mentions', $i{clock_key} // 'thread-1',
        $i{reason}, $i{record} // '{"v":1}';

    return pack('vCCvCCq<q<Q<q<q<q<q<', $i{version} // 1, $i{format} // 0,
                $i{clock} // 1, $i{dead} // 0, $i{reach} // 6, 0,
                $i{arrival_ms} // 1_789_999_951_000, $i{window_s} // 691_200,
                $i{limit} // 1_000_000, $i{digest} // -77,
                $i{event_ms} // 1_789_999_950_000, $i{due_ms} // -1,
                $i{own_ms} // 1_789_999_949_000)
        . pack('V7V', (map { length } @texts), $i{object} // 0) . join '', @texts;
}


# What a worker left behind: an item whose record names the object 2_d<id>.
sub left_item {
    my ($id, %o) = @_;
    my $now = SocialCare::Test::now_ms();

    return spool_item(tag => '{care:default/0}', arrival_ms => $now,
        own_ms => $now - 1000, event_ms => $now - 1000, digest => 1000 + $id,
        clock_key => "t$id", record => qq({"v":1,"object":"2_d$id"}), %o);
}


# A segment that nobody owns, in the folder "spool" before nginx starts.
sub left_segment {
    my ($nginx, $number, @items) = @_;
    my $folder = $nginx->dir . '/spool';
    my $now = SocialCare::Test::now_ms();
    my $path = sprintf "%s/%013d-a-%06d.seg", $folder, $now - 5000, $number;

    mkdir $folder, 0700;
    SocialCare::Test::write_file($path,
        segment_file({ created_ms => $now }, @items));
    return $path;
}


# The ids of such items that a fake Redis was sent: a list for each command.
sub left_ids {
    my ($fake) = @_;

    return map { [join(' ', @$_) =~ /"object":"2_d(\d+)"/g] }
        grep { SocialCare::FakeRedis::script_of(@$_) eq 'enqueue' }
        @{ $fake->commands };
}


# The header's fields and the records of an undamaged file; dies otherwise.
sub read_segment {
    my ($file) = @_;

    die "no header\n" if length $file < 64 || substr($file, 0, 8) ne 'SCSPOOL1';
    die "header's sum\n"
        if unpack('V', substr $file, 60, 4) != crc32c(substr $file, 0, 60);

    my %header;
    @header{qw(version flags length number created_ms node first)}
        = unpack 'x8vvVQ<Q<a16Q<', $file;

    my ($at, $sequence, @records) = (64, $header{first});

    while ($at < length $file) {
        my %r;
        (my $magic, my $length, my $crc, @r{qw(kind flags sequence event_ms)})
            = unpack 'a4VVvvQ<Q<', substr $file, $at, 32;

        die "no record at $at\n" if $magic ne 'SCR1';

        my $record = substr $file, $at, 32 + $length;
        $r{payload} = substr $record, 32;
        substr $record, 8, 4, "\0" x 4;

        die "sum at $at\n" if crc32c($record) != $crc;
        die "sequence at $at\n" if $r{sequence} != $sequence++;

        push @records, \%r;
        $at += 32 + $length;
        $at += -$at % 8;
    }

    return (\%header, @records);
}


1;
