# Each mention of a callback gets its own brand, queue and target, and none of
# its values is left over for the next one, or for a log.

use strict;
use warnings;

use JSON::PP ();

use SocialCare::Callback;
use SocialCare::Fixtures;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $redis = SocialCare::Redis->start;
my $client = $redis->client;
my $json = JSON::PP->new->utf8->canonical;
my @names = qw(platform channel kind direction account lang text reach public
    author_followers trend brand);
my $seen = join '|', map { "\$socialcare_$_" } @names;

my $nginx = SocialCare::Nginx->new(
    vars => { redis => $redis->socket },
    log_format => 'log_format test "$status $socialcare_result'
        . ' m=$socialcare_mentions d=$socialcare_duplicates'
        . ' s=$socialcare_store t=$socialcare_store_time '
        . "seen=$seen q=\$by_text\";",
    http => <<'END',
        socialcare_redis unix:%%redis%% %%patient%%;
        socialcare_secret value:s3cr3t-socialcare;

        map $socialcare_text $by_text {
            "~*outage|no signal"  outage;
            "~bad name"           "a b";
            "~no name"            "";
            "~(?<word>routed-\w+)" $word;
            default               mentions;
        }
        map $socialcare_text $sla_by_text {
            "~*outage"  1m;
            "~bad name" soon;
            "~no name"  0;
            "~for ever" 99999999d;
            default     10m;
        }
        map $socialcare_account $by_account {
            104200990005678 second;
            666             "no { brand }";
            default         first;
        }
END
    server => <<'END' . join('', map { <<"END" } @names),
        location = /hook {
            socialcare_webhook facebook;
            socialcare_brand $by_account;
            socialcare_queue $by_text;
            socialcare_sla   $sla_by_text;
        }
        location = /nested {
            socialcare_webhook facebook;
            socialcare_brand $by_account;
            socialcare_queue $socialcare_brand/$by_text;
        }
        location = /out  { socialcare_webhook meta; socialcare_brand out;
                           socialcare_queue q out=on; }
        location = /mute { socialcare_webhook meta; socialcare_brand mute;
                           socialcare_queue q; }
        location = /list { socialcare_webhook facebook; socialcare_brand list;
                           socialcare_queue q format=list; }
        location = /full { socialcare_webhook facebook; socialcare_brand full;
                           socialcare_queue q limit=2; }
        location = /wide { socialcare_webhook meta;
                           socialcare_brand wide partitions=4; }
        location = /raw  { socialcare_webhook facebook; socialcare_brand raw;
                           socialcare_raw on; }
        location = /status { socialcare_status json; }
END
        location = /by_$_ {
            socialcare_webhook meta;
            socialcare_brand by_$_;
            socialcare_queue x-\$socialcare_$_;
        }
        location = /x_by_$_ {
            socialcare_webhook x;
            socialcare_account 1500000000000000001 northwindrail;
            socialcare_brand x_by_$_;
            socialcare_queue x-\$socialcare_$_;
        }
END
)->start;

my $port = $nginx->port;

sub queues { return { map { $_ => 1 } @{ $client->call('SMEMBERS',
    "{care:$_[0]/0}:queues") } } }

sub post_case {
    my ($uri, $folder, $name) = @_;
    my ($case) = cases(folder => $folder, name => $name);

    return post($port, $uri, $case->body, headers => [$case->headers])
        ->{status};
}


for my $round (1, 2) {
    $client->call('FLUSHALL');

    # One batch, five texts, two pages.
    my @ids = map { fresh_id() } 1 .. 9;
    my $before = status($nginx)->{names_refused};
    my $body = page(
        comment($ids[0], message => 'No SIGNAL here'),
        comment($ids[1], message => 'Good morning'),
        comment($ids[2], message => 'routed-billing please'),
        comment($ids[3], message => 'Outage!', entry => '104200990005678'),
        comment($ids[4], message => 'a bad name'),
        comment($ids[5], message => 'no name'),
        comment($ids[6], message => 'hello', entry => '666'),
        comment($ids[7], message => 'routed-other'),
        comment($ids[8], message => 'for ever'),
    );

    is(send_page($port, '/hook', $body)->{status}, 200, 'a mixed batch');

    my %went;
    for my $brand (qw(first second default)) {
        for my $queue (qw(outage mentions billing routed-billing
            routed-other)) {
            $went{ $_->{object} } = "$_->{brand} $_->{queue} "
                . (($_->{due_ms} - $_->{created_ms}) / 1000)
                for records($redis, $queue, "$brand/0");
        }
    }

    is_deeply(\%went, {
        $ids[0] => 'first outage 600', $ids[1] => 'first mentions 600',
        $ids[2] => 'first routed-billing 600', $ids[3] => 'second outage 60',
        $ids[4] => 'first mentions 900', $ids[5] => 'first mentions 900',
        $ids[6] => 'default mentions 600', $ids[7] => 'first routed-other 600',
        $ids[8] => 'first mentions 900',
    }, "each its own way, round $round") or diag(explain(\%went));

    # Bad and empty queues; bad, zero and endless targets; one bad brand.
    is(status($nginx)->{names_refused} - $before, 6,
        'what could not be used is counted');

    # A sample of three mentions of two pages.
    is(post_case('/hook', 'facebook', 'batch-two-entries'), 200, 'a sample');
    is_deeply([map { $_->{account} } records($redis, 'mentions', 'second/0')],
        ['104200990005678'], 'the second page is the second brand');

    # The queue's name may hold the brand's.
    is(send_page($port, '/nested', page(
        comment(fresh_id(), entry => '104200990005678'),
        comment(fresh_id())))->{status}, 200, 'brand in the queue');
    ok(queues('second')->{'second/mentions'}
        && queues('first')->{'first/mentions'}, 'is each mention\'s own');

    # Each variable by itself.
    my %expected = (
        platform => 'x-facebook', channel => 'x-social', kind => 'x-comment',
        direction => 'x-in', account => 'x-104200990001234', lang => 'x-',
        reach => 'x-unknown', public => 'x-1', author_followers => 'x-',
        trend => 'x-', brand => 'x-by_brand',
    );
    for my $name (sort keys %expected) {
        is(post_case("/by_$name", 'facebook', 'feed-comment-add'), 200, $name);
        is_deeply([keys %{ queues("by_$name") }], [$expected{$name}],
            "\$socialcare_$name");
    }

    my ($case) = cases(folder => 'x', name => 'aaa-mention');
    my $followers = $case->events->[0]{author}{followers};
    %expected = (platform => 'x-x', kind => 'x-' . $case->events->[0]{kind},
        author_followers => "x-$followers",
        lang => 'x-' . $case->events->[0]{lang});
    for my $name (sort keys %expected) {
        is(post_case("/x_by_$name", 'x', 'aaa-mention'), 200, "x: $name");
        is_deeply([keys %{ queues("x_by_$name") }], [$expected{$name}],
            "x: \$socialcare_$name");
    }

    # The brand's own items; notices.
    is(post_case('/out', 'facebook', 'feed-comment-reply-by-page'), 200, 'own');
    is(post_case('/mute', 'facebook', 'feed-comment-reply-by-page'), 200,
        'own, unasked');
    is(scalar(records($redis, 'q:out', 'out/0')), 1, 'queued where asked for');
    is((records($redis, 'q:out', 'out/0'))[0]{queue}, 'q:out',
        'the record names its queue');
    is($client->call('EXISTS', '{care:mute/0}:q:q', '{care:mute/0}:q:q:out'),
        0, 'else only the clock sees it');

    # A list.
    is(send_page($port, '/list', page(map { comment($_) } 'l_1', 'l_2'))
        ->{status}, 200, 'a list');
    is_deeply([map { $json->decode($_)->{object} } map {
        $client->call('RPOP', '{care:list/0}:q:q') } 1, 2], ['l_1', 'l_2'],
        'in order for BRPOP');

    # The limit.
    is(send_page($port, '/full', page(map { comment(fresh_id()) } 1, 2))
        ->{status}, 200, 'up to the limit');
    my $answer = send_page($port, '/full', page(comment(fresh_id())));
    is($answer->{status}, 503, 'beyond it');
    is($answer->{header}{'retry-after'}, 30, 'come again');
    is($answer->{body}, '', 'no body');
    is($client->call('XLEN', '{care:full/0}:q:q'), 2, 'nothing more stored');
    is(queue_status($nginx, 'q', 'full')->{full}, $round, 'and counted');

    # Partitions: threads spread, and a question meets its answer.
    my $wa = sub {
        my (%value) = @_;
        my $text = $json->encode({ object => 'whatsapp_business_account',
            entry => [{ id => '9', changes => [{ field => $value{field}
            // 'messages', value => { messaging_product => 'whatsapp',
            metadata => { display_phone_number => '4930555010001',
            phone_number_id => '106000999888777' }, %{ $value{value} } } }] }]
        });
        return post($port, '/wide', $text, headers =>
            [sign('whatsapp', body => $text)])->{status};
    };
    my $now = time;
    for my $person (1 .. 16) {
        is($wa->(value => { messages => [{ from => "49170$person", id =>
            "wamid.$round.$person", timestamp => "$now", type => 'text',
            text => { body => 'Hello' } }] }), 200, "customer $person");
    }
    # Of an answered thread nothing but its last time is kept.
    my $open = sub { scalar grep { /^\d/ } map { values %{ $client->hash(
        'HGETALL', "{care:wide/$_}:open") } } 0 .. 3 };
    my @spread = map { $client->call('XLEN', "{care:wide/$_}:q:mentions") }
        0 .. 3;
    is(eval join('+', @spread), 16, 'all are there');
    cmp_ok(scalar(grep { $_ > 0 } @spread), '>=', 3, "spread: @spread");
    is($open->(), 16, 'sixteen wait');
    for my $person (1 .. 16) {
        $wa->(field => 'smb_message_echoes', value => { message_echoes =>
            [{ from => '4930555010001', to => "49170$person", id =>
            "wamid.$round.a.$person", timestamp => $now + 1, type => 'text',
            text => { body => 'Hi' } }] });
    }
    is($open->(), 0, 'and each answer finds its question');

    # Raw.
    is(send_page($port, '/raw', page(comment(fresh_id(), message => 'one'),
        comment(fresh_id(), message => 'two')))->{status}, 200, 'raw');
    my @raw = map { $json->decode($_->{raw}) } records($redis, 'mentions',
        'raw/0');
    is_deeply([map { $_->{value}{message} // $_->{message} } @raw],
        ['one', 'two'], 'each record has its own piece');
    is((grep { exists $_->{raw} } records($redis, 'mentions', 'first/0')), 0,
        'and none unasked');

    # A retry.
    is(send_page($port, '/hook', $body)->{status}, 200, 'a retry');
}

# What the access log sees.
my $log = $nginx->access_log;
my $none = join '\|', ('-') x @names;

like($log, qr/^200 stored m=9 d=0 s=redis t=\d+\.\d{3} /m, 'stored');
like($log, qr/^200 duplicate m=9 d=9 s=redis t=\d+\.\d{3} /m, 'a retry');
like($log, qr/^503 unavailable m=1 d=0 s=none t=\d+\.\d{3} /m, 'refused');
like($log, qr/^200 none m=- |^200 - m=- d=- s=- t=- /m, 'other requests');
unlike($log, qr/seen=(?!$none )/, 'a mention leaves no variable behind')
    or diag($log =~ /(.*seen=(?!$none ).*)/);
unlike($log, qr/outage|routed|Hello|signal/i, 'nor what a map made of it');

is(status($nginx)->{names_overflow}, 0, 'no name was lost');

finish();
