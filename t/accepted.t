# Every good sample of every platform through nginx, at the URL that its
# signature may cover: it is verified, understood and answered with a 2xx, and
# its content is in Redis.

use strict;
use warnings;

use SocialCare::Nginx;
use SocialCare::Receivers;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my @receivers = receivers();
my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    vars => { redis => $redis->socket },
    http => "socialcare_redis unix:%%redis%% %%patient%%;\nsocialcare_zone 16m;\n"
        . receivers_config(@receivers),
)->start;

# Probes that must not succeed.
my %refused = ('cloudevents/options_not_allowed' => 405,
    'wechat/handshake-bad' => 403);
my %seen;

for my $receiver (@receivers) {
    my $case = $receiver->{case};
    my $answer = deliver($nginx, $receiver);

    my $status = $refused{ $case->title } // '20[024]';

    like($answer->{status}, qr/^$status$/, $case->title);
    $seen{ $receiver->{platform} }++;

    # A case that does not say what comes out is about the signature.
    next if !defined $case->events;

    my $wanted = grep { ($_->{direction} // '') =~ /^(?:in|unknown)$/
        && ($_->{kind} // '') ne 'notice' } @{ $case->events };
    my $brand = "{care:$receiver->{brand}/0}";

    is(scalar @{ $redis->client->call('KEYS', "$brand:*dead*") }, 0,
        $case->title . ': nothing is dead');
    is($redis->client->ask('XLEN', "$brand:q:mentions"), $wanted,
        $case->title . ': queued');
}

# No receiver without a sample.
my %registered = SocialCare::Receivers::registered();
is_deeply([grep { !$seen{$_} } sort keys %registered], [],
    'every receiver took a sample');
cmp_ok(scalar @receivers, '>=', 170, scalar(@receivers) . ' samples');
finish();
