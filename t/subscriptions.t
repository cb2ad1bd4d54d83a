# Whether the platforms still report to us: replies of the brand that never
# arrive, and subscriptions that expire.

use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP qw(decode_json);

use SocialCare::Callback;
use SocialCare::Clock;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

use constant HOUR => 3600;

my $topic = 'https://www.youtube.com/xml/feeds/videos.xml?channel_id=UC1';
my $other = 'https://example.org/feed?a="b"';
my $receiver = <<'END';
        location = /status { socialcare_status; }
        location = /metrics { socialcare_status prometheus; }
        location = /meta {
            socialcare_webhook meta;
            socialcare_secret  value:s3cr3t-socialcare;
            socialcare_brand   $care_brand;
        }
END
my $hub = <<"END";
        location = /hub {
            socialcare_webhook websub topic=$topic unsubscribe=$topic
                'topic=$other' unsubscribe=https://example.org/old;
            socialcare_secret  value:s3cr3t-socialcare;
        }
END

my $redis = SocialCare::Redis->start;
my $clock = SocialCare::Clock->new;
my $nginx = SocialCare::Nginx->new(
    workers     => 2,
    main        => $clock->main,
    environment => { $clock->environment },
    vars        => { redis => $redis->socket },
    http        => 'socialcare_redis unix:%%redis%% %%patient%%;'
        . 'map $socialcare_account $care_brand { 17 travel; default rail; }',
    server      => $receiver . $hub,
)->start;

my $number = 0;


# One element of `messaging`: of the customer, or an echo.

sub message {
    my ($object, $account, %more) = @_;
    my ($from, $to) = $more{is_echo} ? ($account, 'c1') : ('c1', $account);
    my $ms = $clock->now * 1000;
    my $echo = $more{is_echo} ? ',"is_echo":true' : '';
    my $event = $more{event}
        // '"message":{"mid":"m' . ++$number . qq(","text":"Hello"$echo});
    my $body = qq({"object":"$object","entry":[{"id":"$account","time":$ms,)
        . qq("messaging":[{"sender":{"id":"$from"},"recipient":{"id":"$to"},)
        . qq("timestamp":$ms,$event}]}]});

    my $status = post($nginx->port, '/meta', $body,
        headers => signed($body))->{status};

    $status == 200 or die "$status for $body\n";
    return;
}

sub row {
    my ($brand, $platform) = @_;
    my ($row) = grep { $_->{brand} eq $brand && $_->{platform} eq $platform }
        @{ status($nginx)->{own_replies} };

    return $row;
}

sub metrics { return get($nginx->port, '/metrics')->{body} }

sub missing {
    my ($row) = row('rail', 'messenger');
    my ($metric) = metrics() =~
        /^socialcare_own_replies_missing\{brand="rail",platform="messenger"\} ([01])$/m;

    is($metric, $row->{missing} ? 1 : 0, 'as metric, too');
    return $row->{missing} ? 1 : 0;
}

sub said {
    my ($pattern) = @_;

    return scalar(() = $nginx->log =~ /$pattern/g);
}

my $told = qr/customers of brand "rail" have been writing on "messenger" for 24 h .*subscribe the app to the field "message_echoes"/;

is_deeply(status($nginx)->{own_replies}, [], 'before the first message');

message('page', '10');
is(missing(), 0, 'a message: nothing is missing yet');
is(row('rail', 'messenger')->{last_reply_age_ms}, undef, 'no reply so far');

$clock->set(23 * HOUR);
message('page', '10');
is(missing(), 0, 'nor after 23 h');
is(said($told), 0, 'and nothing is said');

$clock->set(25 * HOUR);
is(missing(), 1, 'no echo for 24 h');
cmp_ok(row('rail', 'messenger')->{unseen_age_ms}, '>=', 25 * HOUR * 1000,
    'since the first message');
unlike(metrics(), qr/^socialcare_own_reply_timestamp_seconds\{/m,
    'a time that is not known is left out');

message('page', '10') for 1 .. 6;
is(said($told), 1, 'the log says once what to do');

message('page', '10', is_echo => 1);
is(missing(), 0, 'an echo: they come');
is(row('rail', 'messenger')->{unseen_age_ms}, undef, 'none is unseen');
like(metrics(), qr/^socialcare_own_reply_timestamp_seconds\{brand="rail",platform="messenger"\} \d/m,
    'when');

# A last "thank you" that nobody answers, and one more three days later.
message('page', '10');
$clock->set(97 * HOUR);
is(missing(), 0, 'replies came once: quiet days are no sign');
message('page', '10');
is(missing(), 1, 'messages on days without a reply are');
is(said($told), 2, 'said anew');
ok($nginx->reload, 'reload');
is(missing(), 1, 'a reload forgets nothing');

# An edit, a reaction and a brand's own edit are no replies.
message('page', '10', is_echo => 1, event => '"reaction":{"mid":"m1","action":"react","reaction":"love"}');
message('page', '10', is_echo => 1, event => '"message_edit":{"mid":"m1","text":"x","num_edit":1}');
is(missing(), 1, 'a reaction of the brand is no reply');

# Each brand and product by itself.
message('instagram', '17');
my $status = status($nginx);
is_deeply([sort map { "$_->{brand} $_->{platform} $_->{missing}" }
    @{ $status->{own_replies} }],
    ['rail messenger 1', 'travel instagram 0'], 'rows');
is_deeply([map { $_->{brand} } @{ decode_json(get($nginx->port,
    '/status?format=json&brand=travel')->{body})->{own_replies} }],
    ['travel'], '?brand=');

# What everybody sees needs no echo; a status of WhatsApp comes by itself.
send_page($nginx->port, '/meta', page(comment(fresh_id())));
is(scalar @{ status($nginx)->{own_replies} }, 2, 'comments make no row');


# Subscriptions

sub hub {
    my ($topic, %arguments) = @_;
    my $query = join '&', map { "hub.$_=" . escape($arguments{$_}) }
        sort keys %arguments;

    return get($nginx->port,
        '/hub?hub.topic=' . escape($topic) . "&$query")->{status};
}

sub escape { return $_[0] =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger }

sub lease {
    my ($name) = @_;
    my ($row) = grep { $_->{topic} eq ($name // $topic) }
        @{ status($nginx)->{subscriptions} };

    return $row;
}

my $metric = qr/^socialcare_subscription_lease_seconds\{platform="websub",topic="\Q$topic\E"\} (\d+)$/m;

is_deeply(lease(), { platform => 'websub', topic => $topic, ends_ms => undef,
    remaining_s => undef }, 'not confirmed since the start');
unlike(metrics(), $metric, 'and no metric');

is(hub($topic, mode => 'subscribe', challenge => 'c', lease_seconds => 432000),
    200, 'verification');
cmp_ok(abs(lease()->{remaining_s} - 432000), '<', 60, 'its lease');
cmp_ok(abs(lease()->{ends_ms} / 1000 - $clock->now - 432000), '<', 60,
    'its end');
cmp_ok(abs((metrics() =~ $metric)[0] - 432000), '<', 60, 'as metric');

is(hub('https://example.org/none', mode => 'subscribe', challenge => 'c',
    lease_seconds => 9), 404, 'a topic that nobody expects');
is(scalar @{ status($nginx)->{subscriptions} }, 2, 'makes no row');

for my $lease ('x', '-5', 0, 1e12) {
    is(hub($topic, mode => 'subscribe', challenge => 'c',
        lease_seconds => $lease), 200, "lease $lease");
    cmp_ok(abs(lease()->{remaining_s} - 432000), '<', 60, 'leaves the last');
}

$clock->advance(2 * 24 * HOUR);
cmp_ok(abs(lease()->{remaining_s} - 259200), '<', 60, 'two days later');
$clock->advance(4 * 24 * HOUR);
is(lease()->{remaining_s}, 0, 'it has ended');
is((metrics() =~ $metric)[0], 0, 'as metric');

is(hub($topic, mode => 'subscribe', challenge => 'c', lease_seconds => 86400),
    200, 'renewed');
ok($nginx->reload, 'reload');
cmp_ok(abs(lease()->{remaining_s} - 86400), '<', 60, 'a reload keeps it');

my $over = qr/the subscription to "\Q$topic\E" was refused, withdrawn or given up/;

is(said($over), 0, 'nothing was said so far');
is(hub($topic, mode => 'denied', reason => 'gone'), 200, 'denied');
is(lease()->{remaining_s}, 0, 'it is over');
is(said($over), 1, 'and said');
unlike($nginx->log, qr/gone/, 'without the words of who called');

is(hub($topic, mode => 'subscribe', challenge => 'c', lease_seconds => 60),
    200, 'again');
is(hub($topic, mode => 'unsubscribe', challenge => 'c'), 200, 'given up');
is(lease()->{remaining_s}, 0, 'over');
is(hub('https://example.org/old', mode => 'unsubscribe', challenge => 'c'),
    200, 'one that is only to be given up');
is(scalar @{ status($nginx)->{subscriptions} }, 2, 'has no row');

is(hub($other, mode => 'subscribe', challenge => 'c', lease_seconds => 60),
    200, 'a topic with quotes');
like(metrics(), qr/topic="https:\/\/example\.org\/feed\?a=\\"b\\""\} /,
    'is escaped in the label');

# One that nginx reads, but then refuses, is not in force.
{
    my $taken = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        LocalPort => free_port(), Listen => 1) or die $!;
    my $before = status($nginx);

    $nginx->allow(qr/\[emerg\].*bind\(\)/);
    $nginx->write_config(server => $receiver . 'listen 127.0.0.1:'
        . $taken->sockport . ';');
    $nginx->signal('HUP');
    ok($nginx->wait_log(qr/still could not bind/), 'a reload that fails');

    my $after = status($nginx);

    is($after->{$_}, $before->{$_}, "is not in the status: $_")
        for qw(loads configured_ms);
    is(scalar @{ $after->{subscriptions} }, 2, 'and no row goes');
}

ok($nginx->reload(server => $receiver), 'the receiver goes');
is_deeply(status($nginx)->{subscriptions}, [], 'and its rows');
ok($nginx->reload(server => $receiver . $hub), 'it comes back');
is(lease()->{remaining_s}, 0, 'as it was');

finish();
