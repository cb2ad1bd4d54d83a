# Reloads: the configuration's memory, keys and connections are given back;
# what was taken before is still known after.  Under the sanitizers this is
# where a leak of the master or of a leaving worker shows.

use strict;
use warnings;

use SocialCare::Fixtures;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $redis = SocialCare::Redis->start;
my $queue = '{care:default/0}:q:mentions';
my $nginx = SocialCare::Nginx->new(
    workers => 2,
    vars    => { redis => $redis->socket, secret => 's3cr3t-socialcare' },
    http    => 'socialcare_zone 1m; socialcare_redis unix:%%redis%%;',
    server  => <<'END',
        location = /hook {
            socialcare_webhook facebook;
            socialcare_secret  value:%%secret%%;
        }
        location = /status { socialcare_status json; }
END
);
my ($case) = cases(folder => 'facebook', name => 'feed-comment-add');

my $post = sub {
    return post($nginx->port, '/hook', $case->body,
        headers => [$case->headers])->{status};
};

$nginx->start;
is($post->(), 200, 'taken');
is($redis->client->ask('XLEN', $queue), 1, 'and stored');

for my $round (1 .. 3) {
    ok($nginx->reload, "reload $round");
    is($post->(), 200, 'the same again is taken');
    is($redis->client->ask('XLEN', $queue), 1, 'but not stored twice');
    is(get($nginx->port, '/status')->{status}, 200, 'the status answers');
}

my $connections = sub {
    return scalar grep { !/cmd=client/ }
        split /\n/, $redis->client->ask('CLIENT', 'LIST');
};

ok(wait_for { $nginx->workers == 2 }, 'old workers have left');
ok(wait_for { $connections->() <= 2 },
    'and closed their connections to Redis')
    or diag($redis->client->ask('CLIENT', 'LIST'));

ok($nginx->reload(vars => { redis => $redis->socket, secret => 'other' }),
    'reload with another secret');
ok(wait_for { $post->() == 401 }, 'the old one is refused');

# A mistake leaves what runs alone.
$nginx->allow(qr/\[emerg\].*socialcare_secret|\[emerg\].*unknown/);
$nginx->write_config(http => 'socialcare_no_such on;');
$nginx->signal('HUP');
ok($nginx->wait_log(qr/unknown directive "socialcare_no_such"/),
    'a mistake is named');
is($post->(), 401, 'and the old configuration serves on');

finish();
