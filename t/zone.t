# A full zone: too many names, too little memory.  What cannot be counted is
# itself counted, and mentions are stored all the same.

use strict;
use warnings;

use SocialCare::Care;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;

if (!SocialCare::Redis->available) {
    plan(skip_all => 'no redis-server');
}

my $map = '    map $socialcare_text $care_name {
        "~^name (?<n>\d+)" "q$n"; default other; }';


# The smallest zone: what is smaller is refused with a hint.

my $probe = care_nginx(redis => '/nowhere');
my ($smallest, $hint);

for my $size (qw(16k 32k 64k 96k 128k 192k 256k 384k 512k 768k 1m)) {
    my ($good, $said) = $probe->test_config(
        http => $probe->{http} =~ s/socialcare_zone \w+/socialcare_zone $size/r);

    $hint = $said if !$good;
    $smallest = $size, last if $good;
}

ok($smallest, "smallest zone: $smallest");
like($hint // '', qr/\[emerg\].*(?:socialcare_zone|zone)/,
    'a smaller one is refused') or diag($hint);
$probe->{checked} = 1;


# Sends `count` mentions, each with a name of its own, in callbacks of 50.

sub send_names {
    my ($nginx, $from, $count) = @_;
    my %status;

    for (my $i = $from; $i < $from + $count; $i += 50) {
        my @changes = map {
            qq({"field":"feed","value":{"item":"comment","verb":"add",)
                . qq("post_id":"1_2","parent_id":"1_2","comment_id":"2_$_",)
                . qq("from":{"id":"7","name":"Ada"},"message":"name $_",)
                . qq("created_time":$^T}})
        } $i .. $i + 49;
        my $body = qq({"object":"page","entry":[{"id":"104200990001234",)
            . qq("time":$^T,"changes":[) . join(',', @changes) . ']}]}';
        my %headers = SocialCare::Sign::sign('facebook', body => $body);
        my $answer;

        # A brand each makes 50 calls of one callback: give them time.
        for (1 .. 5) {
            $answer = post($nginx->port, '/hook', $body, headers => [%headers]);
            last if $answer->{status} == 200;
        }
        $status{ $answer->{status} }++;
    }

    return join ' ', keys %status;
}

for my $case (
    ['queues', $smallest, 'socialcare_queue $care_name;', 1300],
    ['queues', '8m', 'socialcare_queue $care_name;', 1300],
    ['brands', $smallest, 'socialcare_brand $care_name;', 1300],
    ['brands', '8m', 'socialcare_brand $care_name;', 1300],
) {
    my ($what, $size, $hook, $count) = @$case;
    my $name = "$what, $size";
    my $redis = SocialCare::Redis->start;
    my $nginx = care_nginx(redis => $redis->socket, zone => $size, top => $map,
        options => '%%patient%%', hook => $hook, workers => 2);

    $nginx->start;

    my $health = care_status($nginx);

    is(send_names($nginx, 1, 100), 200, "$name: the first hundred");
    is(send_names($nginx, 101, $count - 100), 200, "$name: the rest");

    my $client = $redis->client;
    my @keys = grep { /:q:/ } @{ $client->call('KEYS', '*:q:*') };
    my $stored = 0;

    $stored += $client->call('XLEN', $_) for @keys;
    is($stored, $count, "$name: all are stored");
    is(scalar @keys, $count, "$name: each where it belongs");

    my $status = care_status($nginx);

    cmp_ok($status->{names_overflow}, '>', 0, "$name: overflow is counted");
    cmp_ok(scalar @{ $status->{queues} }, '<=', 1024, "$name: bounded");

    if ($size eq '8m') {
        is(scalar @{ $status->{queues} }, 1024, "$name: up to the cap");
    }

    cmp_ok($status->{zone_free_bytes}, '<', $health->{zone_free_bytes},
        "$name: free memory is shown") if $size eq '8m';

    # The same again: duplicates, nothing new, and the names known are counted.
    is(send_names($nginx, 1, 100), 200, "$name: again");
    is($client->call('XLEN', $keys[0]), 1, "$name: not doubled");

    # A full zone survives reload and the death of a worker.
    ok($nginx->reload, "$name: reload");
    is(send_names($nginx, 5001, 50), 200, "$name: after the reload");
    $nginx->check;
}


# As many labels of secrets as have counters, and one more after a reload.

{
    my $secrets = sub {
        return join "\n", map { "socialcare_secret value:s$_-0123456789 name=l$_;" }
            @_;
    };
    my $nginx = care_nginx(redis => '/nowhere', zone => '1m',
        top => $secrets->(1 .. 511));

    # With the receiver's own, which has none, "default".
    $nginx->start;
    ok($nginx->reload, 'labels: all counters are in use, and again');

    my ($good, $said) = $nginx->test_config(http => $nginx->{http}
        =~ s/(?=socialcare_secret)/@{[$secrets->(512)]}\n/r);

    ok(!$good, 'labels: one more from the start is refused');
    like($said, qr/more than 512 different labels in "socialcare_secret" since/,
        'labels: with a sentence');

    # One that comes with a reload: the old configuration stays.
    $nginx->allow(qr/\[emerg\].*more than 512 different labels/);
    $nginx->write_config(http => $nginx->{http} =~ s/ name=l511;/ name=new;/r);
    $nginx->signal('HUP');
    eventually('labels: one more after a reload is refused',
        sub { $nginx->log =~ /more than 512 different labels/ });
    is(get($nginx->port, '/status')->{status}, 200, 'labels: nginx goes on');
    ok($nginx->quit, 'labels: the end') or diag($nginx->log);
}


# Workers: more than have slots are refused; a reload for which there are not
# enough, because those that leave have them, ends with all of the new ones.

{
    my $redis = SocialCare::Redis->start;
    my $nginx = care_nginx(redis => $redis->socket, workers => 257);
    my $template = $nginx->template;
    my $after = $template =~ s/^(worker_processes[^\n]*\n)(.*)/$2$1/msr;

    $nginx->{checked} = 1;

    for my $case ([before => $template], [after => $after]) {
        my ($place, $config) = @$case;
        my ($good, $said) = $nginx->test_config(config => $config);

        ok(!$good, "workers: 257 are refused, $place the http block");
        like($said, qr/more than 256 workers; set "worker_processes" lower/,
            "workers: with a sentence, $place the http block");
    }

    # The spool, too, needs to know how many there will be.
    my (undef, $said) = $nginx->test_config(config => $after =~ s/257/3/r
        =~ s{(?=socialcare_zone)}{socialcare_spool %%dir%%/spool size=40m;\n}r);

    like($said, qr/"socialcare_spool" in .*: size must be at least 16 MiB for/,
        'workers: each has room in the spool');

    SKIP: {
        skip 'a sanitizer is too large for hundreds of processes', 1
            if sanitized();

        my $count = 150;

        $nginx = care_nginx(redis => $redis->socket, workers => $count);
        $nginx->start;

        my $all = sub {
            my $status = care_status($nginx);
            return @{ $status->{redis}{workers} } == $count
                && !grep { $_->{state} ne 'ready' } @{ $status->{redis}{workers} };
        };

        eventually("workers: $count", $all, 60);

        # The old ones keep their slots until all of the new ones have begun.
        my @old = $nginx->workers;

        $nginx->signal('STOP', $_) for @old;
        $nginx->write_config->signal('HUP');
        ok($nginx->wait_log(
            qr/\[warn\].*256 workers are running, with those that/, 30),
            'workers: some have to wait');
        $nginx->signal('CONT', $_) for @old;
        eventually('workers: the old ones have left', sub {
            !grep { SocialCare::Nginx::alive($_) } @old }, 60);
        eventually("workers: $count again", $all, 60);
        is(care_post($nginx, 'w1')->{status}, 200, 'workers: a callback');
        ok($nginx->quit, 'workers: the end') or diag(substr $nginx->log, -2000);
    }
}


# A zone that the configuration alone fills: no room for trends, for the lease of
# a subscription, for the time of a brand's replies.  That is said or counted,
# and whatever comes is stored.

{
    my $redis = SocialCare::Redis->start;
    my $brands = join '', map {
        "location /b$_ { socialcare_webhook facebook; "
            . "socialcare_secret value:s3cr3t-socialcare; "
            . "socialcare_brand brand-$_; }\n"
    } 1 .. 900;
    my $nginx = care_nginx(redis => $redis->socket, zone => $smallest,
        options => '%%patient%%',
        more => $brands . <<'END');
        location /websub {
            socialcare_webhook websub topic=https://example.com/feed;
            socialcare_secret  value:s3cr3t-socialcare;
        }
        location /messages {
            socialcare_webhook messenger;
            socialcare_secret  value:s3cr3t-socialcare;
        }
END

    $nginx->start;
    like($nginx->log, qr/\[warn\].*trends are off, "socialcare_zone" has no room/,
        'full: no trends, and the log says so');

    my $status = care_status($nginx);

    ok(!$status->{trend_detector}{on}, 'full: so does the status');
    is($status->{zone_free_bytes}, 0, 'full: nothing is free');
    cmp_ok($status->{names_overflow}, '>', 0, 'full: what was left out is counted');
    is_deeply($status->{subscriptions}, [], 'full: no lease is known');

    my $agreed = get($nginx->port, '/websub?hub.mode=subscribe'
        . '&hub.topic=https://example.com/feed&hub.challenge=42'
        . '&hub.lease_seconds=864000');

    is("$agreed->{status} $agreed->{body}", '200 42', 'full: a subscription');

    my $body = qq({"object":"page","entry":[{"id":"1","time":${\now_ms()},)
        . qq("messaging":[{"sender":{"id":"7"},"recipient":{"id":"1"},)
        . qq("timestamp":${\now_ms()},"message":{"mid":"m_1","text":"Hi"}}]}]});
    my %headers = SocialCare::Sign::sign('facebook', body => $body);

    is(post($nginx->port, '/messages', $body, headers => [%headers])->{status},
        200, 'full: a message');
    is(care_post($nginx, 'f1', uri => '/b900')->{status}, 200, 'full: a comment');
    is($redis->client->call('XLEN', '{care:brand-900/0}:q:mentions'), 1,
        'full: stored');
    is($redis->client->call('XLEN', '{care:default/0}:q:mentions'), 1,
        'full: both are');
    cmp_ok(care_status($nginx)->{names_overflow}, '>', $status->{names_overflow},
        'full: and neither can be counted apart');
    ok($nginx->reload, 'full: a reload');
    is(care_post($nginx, 'f2', uri => '/b900')->{status}, 200,
        'full: goes on');
    ok($nginx->quit, 'full: the end') or diag($nginx->log);
}


# Series: nine brands of 500 each are more than there is room for, and so are
# 600 of one brand in one answer.

{
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $series = sub {
        return join "\n", '1', map { "s 1 0 0 0 -1 -1 social q$_" } 1 .. $_[0];
    };

    $fake->rule(script => 'read', match => 'care:b1/', reply => $series->(600));
    $fake->rule(script => 'read', reply => $series->(500));

    my $nginx = care_nginx(redis => $fake->url, zone => '32m',
        hook => 'socialcare_brand $arg_brand;', options => 'timeout=5s');

    $nginx->start;
    taken($nginx, "series$_", "series, b$_", uri => "/hook?brand=b$_")
        for 1 .. 9;
    eventually('series: as many as there may be', sub {
        @{ care_status($nginx)->{sla} } == 4096
    }, 20) or diag(scalar @{ care_status($nginx)->{sla} });
    eventually('series: the others are counted', sub {
        care_status($nginx)->{series_overflow} >= 88 + 512 + 8 * 500 - 4096
    });
    is(care_status($nginx)->{redis}{state}, 'ready', 'series: nginx goes on');
    ok($nginx->quit, 'series: the end') or diag($nginx->log);
}

finish();
