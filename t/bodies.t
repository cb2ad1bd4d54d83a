# A callback's body in every form that a network, a proxy or a client can give
# it: the signature covers the same bytes however they arrived.

use strict;
use warnings;

use SocialCare::Callback;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $log_format = 'log_format test "$status $socialcare_result'
    . ' $socialcare_mentions $socialcare_store $request";';

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    vars   => { redis => $redis->socket },
    log_format => $log_format,
    http   => <<'END',
        socialcare_redis unix:%%redis%% %%patient%%;
        socialcare_limits body=1m;
        client_header_buffer_size 1k;
        client_body_buffer_size 16k;
END
    server_block => <<'END',
    server {
        listen 127.0.0.1:%%port%%;
        listen 127.0.0.1:%%port_2%% http2;
        socialcare_secret value:s3cr3t-socialcare;
        location = /hook { socialcare_webhook facebook; }
        location = /file {
            socialcare_webhook facebook;
            client_body_in_file_only clean;
        }
        location = /small {
            socialcare_webhook facebook;
            client_body_buffer_size 1k;
        }
        location = /status { socialcare_status json; }
    }

    # Where the body of a usual callback arrives in the header's buffer.
    server {
        listen 127.0.0.1:%%port_4k%%;
        client_header_buffer_size 4k;
        location = /hook {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
        }
    }
END
)->start;

my $port = $nginx->port;


# A body of about so many bytes, of comments no longer than the limit.

sub body_of {
    my ($size) = @_;
    my @comments;

    for (my $left = $size; $left > 0; $left -= 50_000) {
        push @comments, comment(fresh_id(), message =>
            'x' x ($left < 50_000 ? $left : 50_000));
    }

    return page(@comments);
}


my $client = $redis->client;

sub stored {
    return $client->call('XLEN', '{care:default/0}:q:mentions');
}


# True when all of the body's comments were stored since.
sub grew_by {
    my ($before, $body, $name) = @_;
    my $count = () = $body =~ /"comment_id"/g;

    is(stored() - $before, $count, "$name: stored");
}


my %size = (
    'small' => 10, 'above the header buffer' => 3000,
    'a full buffer' => 15_900, 'above the body buffer' => 200_000,
);

for my $round (1, 2) {
    for my $size (sort keys %size) {
        for my $how (
            ['in one packet'], ['head and body apart', split => 1],
            ['after 100-continue', expect => 1],
            ['in chunks of 7', chunked => 7],
            ['in chunks of 4000', chunked => 4000],
            ['in one chunk', chunked => 1_000_000],
        ) {
            my ($way, @options) = @$how;
            next if $way =~ /of 7/ && $size{$size} > 20_000;

            for my $uri ('/hook', '/file', '/small') {
                my $name = "$size, $way, $uri, round $round";
                my $body = body_of($size{$size});
                my $before = stored();
                my $answer = send_page($port, $uri, $body, @options);

                is($answer->{status}, 200, $name);
                is($answer->{body}, '', "$name: the usual answer");
                is($answer->{interim}, 100, "$name: asked to go on")
                    if $way =~ /100/;
                grew_by($before, $body, $name);

                # The same bytes but one: the signature covers them all.
                my $forged = $body;
                substr($forged, -5, 1) ^= "\x01";
                is(post($port, $uri, $forged, headers => signed($body),
                    @options)->{status}, 401, "$name: a flipped bit");
            }
        }
    }

    my $body = body_of(10);
    my $before = stored();

    is(send_page($port, '/hook', $body, slowly => 1)->{status}, 200,
        "byte by byte, round $round");
    grew_by($before, $body, 'byte by byte');

    # Cut in the middle of the body: two reads, for a small and a large one.
    for my $length (10, 900, 3000, 40_000) {
        my $text = body_of($length);
        my ($head, $rest) = format_request('POST', '/small',
            headers => signed($text), body => $text);

        for my $at (1, int(length($rest) / 2), length($rest) - 1) {
            my $connection = SocialCare::Http->connect($port);
            my $had = stored();

            $connection->write($head . substr $rest, 0, $at);
            Time::HiRes::sleep(0.03);
            $connection->write(substr $rest, $at);
            is(($connection->read_response // {})->{status}, 200,
                "$length bytes cut at $at, round $round");
            cmp_ok(stored(), '>=', $had, 'answered after storing');
        }
    }

    # In one packet of just what the header's buffer holds, and around it: all
    # of the body behind the headers, and all of it but the end.
    for my $bytes (1000, 4094 .. 4098) {
        my ($text, $packet) = ('', '');

        for (my $x = 1; length $packet < $bytes; $x++) {
            $text = page(comment("b$round-$bytes", message => 'x' x $x));
            $packet = join '', format_request('POST', '/hook',
                headers => signed($text), body => $text, keepalive => 1);
        }

        is(length $packet, $bytes, "$bytes bytes at once, round $round");

        my $connection = SocialCare::Http->connect(
            $nginx->port_of('port_4k'));
        my $before = stored();

        # A second one: on a kept connection the buffer is another.
        for my $again (0, 1) {
            $connection->write($packet);
            is(($connection->read_response // {})->{status}, 200,
                $again ? 'and again' : 'taken');
        }

        is(stored() - $before, 1, 'stored, once');

        substr($packet, -5, 1) ^= "\x01";
        $connection->write($packet);
        is(($connection->read_response // {})->{status}, 401,
            'its last bytes count, too');
        $connection->close;
    }

    # Several on one connection, without waiting: answers in order.
    {
        my $good = body_of(100);
        my $big = body_of(60_000);
        my $connection = SocialCare::Http->connect($port);
        my $had = stored();
        my @requests = (
            [200, 'POST', $good, signed($good)],
            [401, 'POST', $good, signed('other')],
            [200, 'POST', $big, signed($big)],
            [405, 'PUT', undef, []],
            [200, 'POST', $good, signed($good)],
            [403, 'GET', undef, []],
            [401, 'POST', '', []],
            [200, 'POST', $good, signed($good), chunked => 50],
        );

        $connection->write(join '', map {
            my ($status, $method, $text, $headers, @options) = @$_;
            format_request($method, '/hook', headers => $headers,
                body => $text, keepalive => 1, @options);
        } @requests);

        is_deeply([map { ($connection->read_response // {})->{status} }
            @requests], [map { $_->[0] } @requests],
            "a pipeline's answers come in order, round $round")
            or diag($nginx->log);
        is(stored() - $had, 1 + 2, 'each mention once');
        $connection->close;
    }

    # Nothing, and less than nothing.
    is(post($port, '/hook', '')->{status}, 401, 'an empty body, unsigned');
    is(request($port, 'POST', '/hook')->{status}, 401, 'no body at all');
    is(send_page($port, '/hook', '')->{status}, 200,
        'an empty body, rightly signed, is a dead letter');
    is(send_page($port, '/hook', '', chunked => 5)->{status}, 200,
        'also in no chunks');

    for my $garbage (
        ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 'TLS'],
        ["POST /hook HTTP/1.1\r\n\r\n", 'no host'],
        ["POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            'a negative length'],
        ["POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n",
            'a length with letters'],
        ["POST /hook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            . "\r\nxyz\r\n", 'no chunk'],
        ["POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
            . "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 'two lengths'],
        ["POST /hook HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", 'a NUL'],
    ) {
        my ($bytes, $name) = @$garbage;
        my $connection = SocialCare::Http->connect($port);

        $connection->write($bytes);
        is(($connection->read_response // {})->{status}, 400, $name);
        $connection->close;
    }

    # A client that leaves while it writes.
    for my $end (qw(close abort)) {
        my $text = body_of(30_000);
        my ($head, $rest) = format_request('POST', '/hook',
            headers => signed($text), body => $text, expect => 1);
        my $aborted = platform_status($nginx, 'facebook')->{results}{aborted};
        my $had = stored();
        my $connection = SocialCare::Http->connect($port);

        # A request that was reset before it is read was never there.
        $connection->write($head);
        is(($connection->read_response // {})->{status}, 100,
            "asked to go on ($end), round $round");
        $connection->write(substr $rest, 0, 20_000);
        Time::HiRes::sleep(0.03);
        $connection->$end;

        ok(wait_for { platform_status($nginx, 'facebook')->{results}{aborted}
            == $aborted + 1 }, "left in mid-body ($end), round $round");
        is(stored(), $had, 'nothing of it was stored');
    }
}


SKIP: {
    skip 'no HTTP/2 client', 16 if !http2_client();

    for my $round (1, 2) {
        for my $size (10, 200_000) {
            for my $length (1, 0) {
                skip 'nghttp is needed', 2 if !$length && !has_program('nghttp');

                my $body = body_of($size);
                my $before = stored();
                my $name = "HTTP/2, $size bytes, "
                    . ($length ? 'with' : 'without') . " a length";
                my $answer = http2_request($nginx->port_of('port_2'), 'POST',
                    '/hook', body => $body, no_length => !$length,
                    headers => signed($body));

                is($answer->{status}, 200, $name) or diag($answer->{output});
                grew_by($before, $body, $name);
                is(http2_request($nginx->port_of('port_2'), 'POST', '/hook',
                    body => $body, no_length => !$length,
                    headers => signed("$body "))->{status}, 401,
                    "$name: a wrong signature");
            }
        }
    }
}


# While Redis is asked: the client leaves, the item does not.

my $fake = SocialCare::FakeRedis->new(unix => 1);
my $waiting = SocialCare::Nginx->new(
    vars   => { redis => $fake->socket },
    log_format => $log_format,
    http   => 'socialcare_redis unix:%%redis%% %%patient%%;',
    server => <<'END',
        location = /hook {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
        }
        location = /status { socialcare_status json; }
END
)->start;

for my $round (1, 2) {
    for my $end (qw(close abort)) {
        my $text = page(comment(fresh_id()));
        my ($head, $rest) = format_request('POST', '/hook', keepalive => 1,
            headers => signed($text), body => $text);
        my ($id) = $text =~ /"comment_id":"(.*?)"/;
        my $aborted =
            platform_status($waiting, 'facebook')->{results}{aborted};

        # The answer is given when the client has left.
        $fake->clear->rule(command => 'EVALSHA', match => $id, hold => 1);

        my $connection = SocialCare::Http->connect($waiting->port);
        $connection->write($head . $rest);

        ok(wait_for { grep { "@$_" =~ /$id/ } @{ $fake->commands } },
            "Redis was asked ($end, round $round)");
        is(status($waiting)->{redis}{workers}[0]{waiting_requests}, 1,
            'one request waits');
        $connection->$end;

        ok(wait_for { platform_status($waiting, 'facebook')
            ->{results}{aborted} == $aborted + 1 }, 'the request ends at once');
        $fake->release;
        ok(wait_for { status($waiting)->{redis}{workers}[0]{waiting_requests}
            == 0 }, 'and is forgotten when Redis has answered');
    }
}

like($waiting->access_log, qr/^499 aborted 1 none POST/m, 'seen in the log');
is(queue_status($waiting, 'mentions')->{stored}, 4,
    'what was handed over counts as stored');

finish();
