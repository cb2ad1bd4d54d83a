# What is too large is refused with 413 before it costs anything, whichever
# limit it exceeds, and costs no memory afterwards.

use strict;
use warnings;

use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    vars   => { redis => $redis->socket },
    http   => <<'END',
        socialcare_redis unix:%%redis%% %%patient%%;
        socialcare_secret value:s3cr3t-socialcare;
END
    server => <<'END',
        location = /hook { socialcare_webhook facebook; }
        location = /tight {
            socialcare_webhook facebook;
            socialcare_limits body=2k events=3 depth=8 tokens=100;
        }
        location = /wide {
            socialcare_webhook facebook;
            socialcare_limits body=4m events=10000 depth=100 tokens=1m;
        }
        location = /own {
            socialcare_webhook facebook;
            client_max_body_size 1g;
        }
        location = /status { socialcare_status json; }
END
)->start;

my $port = $nginx->port;
my $client = $redis->client;

sub stored {
    return $client->call('XLEN', '{care:default/0}:q:mentions');
}

sub too_large {
    return platform_status($nginx, 'facebook')->{results}{too_large};
}

# A verified body that holds one thing beside its entries.
sub with {
    my ($text) = @_;
    my $body = page(comment(fresh_id()));

    $body =~ s/\A\{/{"extra":$text,/;
    return $body;
}

sub events {
    my ($count) = @_;

    return page(map { comment(fresh_id()) } 1 .. $count);
}

sub refused {
    my ($uri, $body, $name, @options) = @_;
    my ($had, $counted) = (stored(), too_large());

    is(send_page($port, $uri, $body, @options)->{status}, 413, $name);
    ok(wait_for { too_large() == $counted + 1 }, "$name: counted");
    is(stored(), $had, "$name: nothing was stored");
}

sub taken {
    my ($uri, $body, $name, $count) = @_;
    my $had = stored();

    is(send_page($port, $uri, $body)->{status}, 200, $name);
    is(stored() - $had, $count, "$name: stored");
}


for my $round (1, 2) {

    # Bytes.  An announced length is refused before a byte of it is read.
    {
        my $counted = too_large();
        my $connection = SocialCare::Http->connect($port);

        $connection->write("POST /hook HTTP/1.1\r\nHost: a\r\n"
            . "Content-Length: 262145\r\n\r\n");
        is(($connection->read_response // {})->{status}, 413,
            'refused by its length alone');
        $connection->close;
        ok(wait_for { too_large() == $counted + 1 }, 'and counted');
    }

    refused('/hook', 'x' x 262_145, 'a byte too many');
    refused('/hook', 'x' x 300_000, 'chunked', chunked => 8000);
    refused('/own', 'x' x 262_145,
        'client_max_body_size does not lift the limit');
    is(send_page($port, '/hook', 'x' x 262_144)->{status}, 200,
        'exactly the limit is read (and is a dead letter)');
    is(post($port, '/hook', 'x' x 262_144)->{status}, 401,
        'or, unsigned, refused');

    # Events.
    taken('/hook', events(1000), 'a thousand events', 1000);
    refused('/hook', events(1001), 'one event more');
    taken('/wide', events(3000), 'a raised limit', 3000);

    # Depth: the body itself is one.
    taken('/hook', with('[' x 31 . ']' x 31), 'depth 32', 1);
    refused('/hook', with('[' x 32 . ']' x 32), 'depth 33');
    taken('/wide', with('[' x 99 . ']' x 99), 'a raised depth', 1);
    refused('/wide', with('[' x 100 . ']' x 100), 'and its end');

    # Tokens.
    my $many = '[' . join(',', (1) x 66_000) . ']';
    refused('/hook', with($many), '66,000 numbers');
    refused('/hook', with('[' . join(',', ('{}') x 66_000) . ']'),
        '66,000 objects');
    taken('/wide', with($many), 'a raised number of tokens', 1);

    # One long text.
    taken('/hook', page(comment(fresh_id(), message => 'x' x 65_000)),
        'a text of 65,000 bytes', 1);
    is((records($redis, 'mentions'))[-1]{text}, 'x' x 65_000, 'is whole');
    refused('/hook', page(comment(fresh_id(), message => 'x' x 65_537)),
        'a text beyond 64 KiB');

    # A narrow receiver.
    refused('/tight', 'x' x 2049, 'a lowered limit of bytes');
    refused('/tight', events(4), 'a lowered number of events');
    refused('/tight', with('[' x 8 . ']' x 8), 'a lowered depth');
    refused('/tight', with('[' . join(',', (1) x 100) . ']'),
        'a lowered number of tokens');
    taken('/tight', events(1), 'a small one', 1);
}


# Memory: what is refused leaves nothing behind.

sub resident {
    my ($worker) = $nginx->workers;

    return (split ' ', read_file("/proc/$worker/statm"))[1] * 4;
}

sub flood {
    my ($count) = @_;
    my @bodies = map { [$_, signed($_)] } 'x' x 262_145, events(1001),
        with('[' . join(',', ('{}') x 66_000) . ']'),
        with('[' x 200 . ']' x 200);

    for my $number (1 .. $count) {
        my ($body, $headers) = @{ $bodies[$number % @bodies] };

        post($port, '/hook', $body, headers => $headers);
    }
}

SKIP: {
    # A sanitizer keeps what was freed for a while, and looks for leaks itself.
    skip 'memory is not comparable under a sanitizer', 1 if sanitized();

    flood(50);
    my $before = resident();
    flood(200);
    my $after = resident();

    cmp_ok($after - $before, '<', 1000,
        "200 oversized callbacks leave no memory ($before -> $after KiB)");
}

finish();
