# A brand with more queues and channels than the status has room for: a number
# that is shown is the whole one, the others are unknown, and that is counted.

use strict;
use warnings;

use SocialCare::Callback;
use SocialCare::Care;
use SocialCare::Redis;
use SocialCare::Script;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $QUEUES = 300;
my $SHIFT = 50;
my @CHANNELS = qw(social sms email);
my @TAGS = map { "{care:default/$_}" } 0, 1;
my $redis = SocialCare::Redis->start;
my $script = SocialCare::Script->new('enqueue');
my $now = int(time) * 1000;
my $digest = 1;

# Each queue of a partition has a waiting thread for each channel.
my %partitions;

for my $tag (@TAGS) {
    my $first = 1 + $SHIFT * (keys(%partitions) > 0);
    my @names = map { "q$_" } $first .. $first + $QUEUES - 1;

    $partitions{$_}++ for @names;

    for my $channel (@CHANNELS) {
        my @items = map { { clock => 'question', thread => "$channel $_",
            digest => $digest++, own => $now, event => $now,
            due => $now + 900_000, queue => $_, channel => $channel,
            record => '{}' } } @names;

        is($script->run($redis->client, $tag,
            SocialCare::Script::enqueue_arguments(now => $now,
                items => \@items)), '0' x $QUEUES, 'stored');
    }
}

my $nginx = care_nginx(redis => $redis->socket, options => '%%patient%%',
    zone => '8m', hook => 'socialcare_brand default partitions=2;')->start;

my $status;

ok(wait_for { $status = status($nginx); @{ $status->{queues} } > 200
    && $status->{series_overflow} }, 'Redis was read, and not all had room');

my %queue = map { $_->{queue} => $_ } grep { defined $_->{reading_age_ms} }
    @{ $status->{queues} };
my @open = grep { defined $_->{reading_age_ms} } @{ $status->{sla} };

cmp_ok(scalar keys %queue, '>', 200, 'queues are shown');
cmp_ok(scalar @open, '>', 400, 'and their channels');

for my $member ('depth', 'open') {
    is_deeply([grep { $queue{$_}{$member} != @CHANNELS * $partitions{$_} }
        sort keys %queue], [], "$member is that of all partitions and channels");
}

is_deeply([map { $_->{queue} } grep { $_->{open} != $partitions{ $_->{queue} } }
    @open], [], 'so are the waits of a channel');

$nginx->stop;
finish();
