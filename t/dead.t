# What is authentic but not understood is kept, raw, and the rest is processed.

use strict;
use warnings;

use JSON::PP ();
use MIME::Base64;

use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $redis = SocialCare::Redis->start;
my $client = $redis->client;
my $nginx = SocialCare::Nginx->new(
    vars   => { redis => $redis->socket },
    log_format => 'log_format test "$status $socialcare_result $request";',
    http   => <<'END',
        socialcare_redis unix:%%redis%% %%patient%%;
        socialcare_secret value:s3cr3t-socialcare;
        map $socialcare_text $queue { "" quiet; default loud; }
END
    server => <<'END',
        location = /hook { socialcare_webhook facebook; }
        location = /named { socialcare_webhook facebook;
            socialcare_brand acme; socialcare_queue $queue; }
        location = /list { socialcare_webhook facebook;
            socialcare_brand list; socialcare_queue q format=list; }
        location = /status { socialcare_status json; }
END
)->start;

my $port = $nginx->port;

sub reasons { return platform_status($nginx, 'facebook')->{dead} }

my $entry = '"entry":[{"id":"1","time":1,"changes":[]}]';
my @bodies = (
    ['syntax', '{"object":"page",%', 'cut short'],
    ['syntax', '', 'an empty body'],
    ['syntax', 'hello=world', 'a form'],
    ['syntax', "{\"object\":\"page\",$entry}x", 'something behind it'],
    ['encoding', "{\"object\":\"page\",\"x\":\"\xff\xfe\"}", 'not UTF-8'],
    ['encoding', "{\"object\":\"page\"\x00}", 'a NUL'],
    ['shape', '[]', 'a list'],
    ['shape', '"page"', 'a text'],
    ['unknown_object', "{\"object\":\"tractor\",$entry}", 'an unknown product'],
    ['duplicate_name', "{\"object\":\"page\",\"object\":\"user\",$entry}",
        'a name that stands twice'],
);

my $expected = 0;

for my $round (1, 2) {
    for my $case (@bodies) {
        my ($reason, $text, $name) = @$case;
        # A space makes it another one, and changes nothing.
        my $body = $text eq '' && $round == 1 ? '' : $text . ' ' x $round;
        my $before = reasons();

        my $answer = send_page($port, '/hook', $body);
        is($answer->{status}, 200, "$name, round $round");
        is(reasons()->{$reason} - ($before->{$reason} // 0), 1,
            "$name: counted as $reason");
        my $total = 0; $total += $_ for values %{ reasons() };
        my $had = 0; $had += $_ for values %$before;
        is($total - $had, 1, "$name: once");

        my @letters = dead_letters($redis, 'mentions');
        is(scalar @letters, ++$expected, "$name: kept");
        is($letters[-1]{dead}, $reason, "$name: with its reason");
        is($letters[-1]{platform}, 'facebook', "$name: and platform");
        is($letters[-1]{brand}, 'default', "$name: and brand");

        my $raw = exists $letters[-1]{raw_base64}
            ? decode_base64($letters[-1]{raw_base64})
            : $letters[-1]{raw} // '';
        is($raw, $body, "$name: raw, byte for byte");
        is(exists $letters[-1]{raw_base64}, $body =~ /[\xff\x00]/ ? 1 : '',
            "$name: in base64 only where it must");

        is(send_page($port, '/hook', $body)->{status}, 200, "$name: a retry");
        is(scalar(dead_letters($redis, 'mentions')), $expected,
            "$name: is not kept twice");
    }

    # One bad element among good ones.
    my @id = map { fresh_id() } 1 .. 3;
    my $body = page(comment($id[0]), comment('bad'), comment($id[1]));
    $body =~ s/"value":\{[^{}]*"comment_id":"bad".*?\}.*?\}/"value":["bad",$round]/;

    is(send_page($port, '/named', $body)->{status}, 200, 'one bad among good');
    is_deeply([map { $_->{object} } (records($redis, 'loud', 'acme/0'))[-2, -1]],
        [@id[0, 1]], 'the good ones are queued');
    my @letters = dead_letters($redis, 'quiet', 'acme/0');
    is(scalar @letters, $round, 'the bad one is a dead letter');
    is($letters[-1]{brand}, 'acme', 'of its brand');
    like($letters[-1]{raw}, qr/\["bad",$round\]/, 'raw');
    unlike($letters[-1]{raw}, qr/$id[0]|$id[1]/, 'without its neighbours');

    is(send_page($port, '/named', $body)->{status}, 200, 'a retry');
    is(scalar(dead_letters($redis, 'quiet', 'acme/0')), $round, 'adds nothing');

    # Beside a list the dead letters are a list, too, or a stream: readable.
    is(send_page($port, '/list', "{list$round")->{status}, 200, 'a list queue');
    is($client->call('EXISTS', '{care:list/0}:dead:q'), 1, 'has dead letters');
}

like($nginx->access_log, qr/^200 dead POST/m, 'the access log says dead');
unlike($nginx->log, qr/tractor|hello=world/, 'the error log does not say what');
ok(wait_for { (queue_status($nginx, 'mentions')->{dead} // -1) == $expected },
    'the status knows how many') or diag(explain(queue_status($nginx,
    'mentions')));

finish();
