package SocialCare::Script;

# The scripts as a test sends them: source without comment lines, and the
# arguments of enqueue.lua packed as its head describes them.  Independent of
# the C encoder, so that the two check each other.

use strict;
use warnings;

use Digest::SHA ();
use File::Basename qw(dirname);
use File::Spec ();


my $FOLDER = File::Spec->rel2abs(
    dirname(__FILE__) . '/../../../ngx_socialcare_module/queue/scripts');

my %CLOCK = (none => 0, question => 1, answer => 2, close => 3, auto => 4,
    withdrawal => 5);
my %PUSH = (none => 0, stream => 1, list => 2, dead => 3);


sub new {
    my ($class, $name) = @_;
    my $file = "$FOLDER/$name.lua";

    open(my $in, '<', $file) or die "$file: $!";
    my $source = join '', grep { !/^\s*--/ } <$in>;

    return bless { source => $source, sha => Digest::SHA::sha1_hex($source) },
        $class;
}


sub source { return $_[0]{source} }
sub sha    { return $_[0]{sha} }


# EVALSHA, then EVAL if the server does not know the script yet.
sub run {
    my ($self, $redis, $tag, @arguments) = @_;
    my $reply = $redis->ask('EVALSHA', $self->{sha}, 1, $tag, @arguments);

    if (ref $reply eq 'SocialCare::Redis::Error' && $reply =~ /^NOSCRIPT/) {
        $reply = $redis->ask('EVAL', $self->{source}, 1, $tag, @arguments);
    }

    return $reply;
}


# Options: now (ms), window (s), items => [ { ... } ].
# An item: push, clock, queue, booked, channel, limit, digest, own, event,
# due or reason, proof, reach, object (8 hex digits), thread, record.
sub enqueue_arguments {
    my (%call) = @_;
    my $head = pack('Vv', $call{now} & 0xffffffff, $call{now} >> 32)
        . pack('Vv', $call{window} // 691200, scalar @{ $call{items} })
        . pack('C/aC/aC/a', map { int } $call{now} / 3_600_000,
               $call{now} / 120_000, $call{now} / 120_000 - 1);
    my @records;
    my $before = '';

    for my $item (@{ $call{items} }) {
        my $push = $item->{push} // 'stream';
        my $queue = $push eq 'none' ? '' : $item->{queue} // 'mentions';
        my $clock = $item->{clock} // 'none';
        my $event = $item->{event} // 0;
        my $detail = $clock eq 'question' ? $item->{due}
            : $clock eq 'answer' ? $event
            : $clock eq 'close' ? $item->{reason}
            : $clock eq 'withdrawal' ? $item->{object} : '';
        my $limit = $item->{limit} // 0;
        my $own = $item->{own} // 0;
        my $booked = $item->{booked} // ($queue eq '' ? 'mentions' : $queue);
        my $channel = $item->{channel} // 'social';
        my $wait = $clock =~ /^(?:answer|none)$/ ? $item->{proof} // ''
            : $clock ne 'question' ? ''
            : join ' ', $event, $item->{due} // -1, 0,
                'F' . ($item->{reach} // 0) . 0, $event,
                $item->{object} // '+', $channel, $booked;
        my $route = pack('C/aC/aC/aVv', $queue, $booked, $channel,
            $limit & 0xffffffff, $limit >> 32);

        $head .= pack('CCCA', $CLOCK{$clock}, $PUSH{$push},
                      $route eq $before ? 0 : 1, $item->{reach} // 0)
            . pack('C/a', $item->{digest})
            . pack('Vv', $own & 0xffffffff, $own >> 32)
            . pack('C/a', int($own / 60_000))
            . pack('Vv', $event & 0xffffffff, $event >> 32)
            . pack('C/av/av/a', $detail // '', $wait, $item->{thread} // '');
        $head .= $route if $route ne $before;
        $before = $route;

        push @records, $item->{record} // '{"v":1}' if $push ne 'none';
    }

    return ($head, @records);
}


1;
