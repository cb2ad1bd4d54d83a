# Methods and handshakes: requests that are answered without a callback and
# without Redis.

use strict;
use warnings;

use JSON::PP ();

use SocialCare::Callback;
use SocialCare::Fixtures;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Sign;
use SocialCare::Test;


my $json = JSON::PP->new->utf8->canonical;


# One location for each handshake case, named by folder and number.

my %receiver = ('meta-common' => 'meta');
my @handshakes;
my $locations = '';
my %registered = map { $_ => 1 } read_file(
    'ngx_socialcare_module/platforms/sc_registry.c') =~ /&sc_platform_(\w+)/g;

for my $path (sort glob 'tests/fixtures/*/HANDSHAKE.json') {
    my ($folder) = $path =~ m{([^/]+)/HANDSHAKE};
    my $name = $receiver{$folder} // $folder;

    next if !$registered{ $name =~ s/-/_/gr };

    for my $case (@{ $json->decode(read_file($path)) }) {
        my $at = "/$folder-" . @handshakes;
        my $lines = "socialcare_webhook $name;";

        # A case that names what this file cannot configure is not for it.
        next if exists $case->{topic} || exists $case->{options};

        $lines .= ' socialcare_secret value:'
            . ($case->{secret} // SECRET) . ';';
        $lines .= qq( socialcare_verify_token "value:$case->{verify_token}";)
            if defined $case->{verify_token};
        $locations .= "location = $at { $lines }\n";
        push @handshakes, { %$case, at => $at, platform => $name,
            uri => $case->{uri} =~ s{^/[^?]*}{$at}r };
    }
}

# No Redis anywhere: none of this needs one.
my $begun = time;
my $nginx = SocialCare::Nginx->new(
    http   => 'socialcare_redis unix:%%dir%%/nowhere;',
    server => <<"END",
        socialcare_secret value:s3cr3t-socialcare;
        $locations
        location = /vk {
            socialcare_webhook vk confirmation=7:a1b2
                unsigned_confirmation=on;
        }
        location = /vk-strict {
            socialcare_webhook vk confirmation=7:a1b2;
        }
        location = /facebook {
            socialcare_webhook facebook;
            socialcare_verify_token value:northwind-verify-1;
            socialcare_verify_token value:northwind-verify-2;
        }
        location = /tokenless { socialcare_webhook facebook; }
        location = /signed { socialcare_webhook x signed_crc=on; }
        location = /generic {
            socialcare_webhook generic platform=pbx
                signature_from=header:X-Signature event_id=/id;
        }
        location = /standard { socialcare_webhook standard-webhooks; 
            socialcare_secret value:whsec_czNjcjN0LXNvY2lhbGNhcmU=; }
        location = /intercom { socialcare_webhook intercom; }
        location = /tiktok { socialcare_webhook tiktok; }
        location = /events {
            socialcare_webhook cloudevents rate=100
                origin=eventemitter.example.org;
        }
        location = /closed { socialcare_webhook cloudevents; }
        location = /status { socialcare_status; }
END
)->start;

my $port = $nginx->port;

like($nginx->log, qr/\[warn\].* the secret "[^"]+" of "socialcare_webhook" in .*:\d+: it is shorter than the 24 bytes/,
    'a key that is too short is used, and told of');


sub counted { return platform_status($nginx, $_[0]) }

cmp_ok(scalar @handshakes, '>=', 5, 'handshakes to try');

for my $round (1, 2) {
    for my $case (@handshakes) {
        my $name = "$case->{platform}: $case->{name}, round $round";
        my $good = $case->{status} < 300;
        my $result = $good ? 'handshake' : 'handshake_refused';
        my $before = counted($case->{platform});
        my $asked = now_ms();
        my $answer = get($port, $case->{uri});

        is($answer->{status}, $case->{status}, $name);
        is($answer->{body}, $case->{body}, "$name: body")
            if defined $case->{body};
        is($json->encode($json->decode($answer->{body})),
            $json->encode($case->{body_json}), "$name: body")
            if defined $case->{body_json};
        like($answer->{header}{'content-type'}, qr/^\Q$case->{content_type}/,
            "$name: type") if defined $case->{content_type};

        my $after = counted($case->{platform});
        is($after->{results}{$result}, $before->{results}{$result} + 1,
            "$name: counted");
        cmp_ok($after->{last_handshake_age_ms}, '<=', now_ms() - $asked,
            "$name: and its time kept") if $good;
        is($after->{last_callback_age_ms}, undef, 'not as a callback');
    }

    my $query = '?hub.mode=subscribe&hub.challenge=42&hub.verify_token=';

    is(get($port, "/facebook${query}northwind-verify-2")->{body}, '42',
        'any of several tokens');
    like(get($port, "/facebook${query}northwind-verify-2")
        ->{header}{'content-type'}, qr{^text/plain}, 'as plain text');
    is(get($port, "/facebook$query")->{status}, 403, 'no token');
    is(get($port, "/facebook${query}northwind-verify-1x")->{status}, 403,
        'a longer token');
    is(get($port, "/facebook${query}northwind-verify-")->{status}, 403,
        'a shorter token');
    is(get($port, "/tokenless$query")->{status}, 403,
        'without a configured token an empty one is wrong');
    unlike(get($port, "/facebook?hub.mode=subscribe&hub.verify_token="
        . 'northwind-verify-1&hub.challenge=<script>')->{body} // '',
        qr/<script>/, 'markup is not echoed');
    is(get($port, '/signed?crc_token=abc&nonce=def')->{status}, 401,
        'an unsigned CRC where a signed one is asked for');

    # Methods.
    my %allowed = (
        '/facebook' => 'GET, POST', '/generic' => 'POST',
        '/standard' => 'POST', "/signed" => 'GET, POST',
    );

    for my $at (sort keys %allowed) {
        for my $method (qw(HEAD PUT OPTIONS DELETE PATCH PROPFIND)) {
            my $answer = request($port, $method, $at);

            is($answer->{status}, 405, "$method $at");
            is($answer->{header}{allow}, $allowed{$at}, "$method $at: Allow");
            is($answer->{body}, '', "$method $at: no body");
        }

        my $connection = SocialCare::Http->connect($port);
        $connection->write(join '', format_request('PUT', $at, body => 'abc',
            keepalive => 1), format_request('PUT', $at, keepalive => 1));
        is_deeply([map { ($connection->read_response // {})->{status} } 1, 2],
            [405, 405], "$at: the body of a refused method is skipped");
        $connection->close;
    }

    is(get($port, '/generic')->{status}, 405, 'GET where it means nothing');
    is(get($port, '/generic')->{header}{allow}, 'POST', 'and what does');

    # TikTok documents none, and some who implement it look with a GET.
    my $look = get($port, '/tiktok?challenge=<b>');
    is($look->{status}, 200, 'TikTok looks whether the URL is there');
    is($look->{body}, '', 'and has nothing echoed');

    # Methods that one platform answers.
    my $probe = request($port, 'HEAD', '/intercom');
    is($probe->{status}, 200, 'Intercom looks whether the URL is there');
    is($probe->{body}, '', 'and sees no body');
    is(request($port, 'OPTIONS', '/intercom')->{header}{allow}, 'HEAD, POST',
        'what Intercom may do');

    my $before = counted('cloudevents');
    my $allowed = request($port, 'OPTIONS', '/events', headers => [
        'WebHook-Request-Origin' => 'eventemitter.example.org',
        'WebHook-Request-Rate' => 120]);
    is($allowed->{status}, 200, 'CloudEvents: permission');
    is($allowed->{header}{'webhook-allowed-origin'},
        'eventemitter.example.org', 'for whom');
    is($allowed->{header}{'webhook-allowed-rate'}, 100, 'at which rate');
    is($allowed->{header}{allow}, 'POST, OPTIONS', 'by which methods');
    is($allowed->{body}, '', 'without a body');

    my $denied = request($port, 'OPTIONS', '/events', headers => [
        'WebHook-Request-Origin' => 'unknown.example.net']);
    is($denied->{status}, 405, 'CloudEvents: no permission');
    is_deeply([grep { /^webhook/ } keys %{ $denied->{header} }], [],
        'and no word of one');
    is($denied->{header}{allow}, 'POST', 'but of what there is');
    is(counted('cloudevents')->{results}{handshake},
        $before->{results}{handshake} + 1, 'permission is counted');
    is(counted('cloudevents')->{results}{handshake_refused},
        $before->{results}{handshake_refused} + 1, 'so is refusal');

    is(request($port, 'OPTIONS', '/closed', headers => [
        'WebHook-Request-Origin' => 'eventemitter.example.org'])->{status},
        405, 'nobody may ask where no origin is configured');
    is(get($port, '/events')->{header}{allow}, 'POST, OPTIONS',
        'a GET is told of both');

    # VK asks before a secret is set: one question, where it is allowed.
    my $asked = '{"type":"confirmation","group_id":7}';
    my $counts = counted('vk');

    my $confirmed = post($port, '/vk', $asked);
    is("$confirmed->{status} $confirmed->{body}", '200 a1b2',
        'VK: confirmed without a secret');
    is(counted('vk')->{results}{handshake},
        $counts->{results}{handshake} + 1, 'as a handshake');
    is(counted('vk')->{verified}, $counts->{verified}, 'not as verified');
    is(post($port, '/vk-strict', $asked)->{status}, 403,
        'not where it is not allowed');
    is(post($port, '/vk', $_)->{status}, 403, "nor else: $_")
        for '{"type":"confirmation","group_id":7,"secret":"wrong"}',
        '{"type":"confirmation","group_id":8}',
        '{"type":"message_new","group_id":7,"event_id":"1","object":{}}';
    is(counted('vk')->{refused}{no_signature},
        $counts->{refused}{no_signature} + 3, 'refusals are counted');

    # The status.
    for my $method (qw(POST PUT DELETE)) {
        my $answer = request($port, $method, '/status');

        is($answer->{status}, 405, "$method /status");
        is($answer->{header}{allow}, 'GET, HEAD', 'the status says what it takes');
    }

    my $head = request($port, 'HEAD', '/status?format=json');
    is($head->{status}, 200, 'HEAD /status');
    cmp_ok($head->{header}{'content-length'}, '>', 100, 'tells the length');
}

is(counted('generic')->{results}{method}, 2 * (6 + 2 + 2),
    'refused methods are counted');

like($nginx->log, qr/redis "unix:\S+" is away: could not connect to the socket, which must be there and writable for the workers' user; callbacks are answered 503/,
    'Redis is away, and what to look at');

# The query of a handshake holds the token: the right one, too, where only the
# challenge is missing.
unlike($nginx->log, qr/northwind-verify|hub\.|crc_token/,
    'no token in the error log');

my @told = $nginx->log =~ /(a handshake for "facebook" from 127\.0\.0\.1 was)/g;
cmp_ok(scalar @told, '>=', 1, 'refused handshakes are told of');
cmp_ok(scalar @told, '<=', 1 + int((time - $begun + 1) / 10),
    'one line in ten seconds for many of them');

finish();
