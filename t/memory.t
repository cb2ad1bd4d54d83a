# Out of memory: one allocation after another fails, in everything that a worker
# does for a client and for Redis.  Whatever the answer is then, the worker
# survives, a 2xx means stored, and what is retried is there once.

use strict;
use warnings;

use FindBin;

use SocialCare::Callback;
use SocialCare::Care;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Receivers;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Spool qw(segment_file left_item);
use SocialCare::Test;

plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;
plan(skip_all => 'the sanitizer has its own allocator') if sanitized();

my $shim = "$FindBin::Bin/../build/memory_shim.so";
-e $shim or die "$shim is missing: make spool-tools\n";

use constant LONGEST => 2000;            # allocations of one request

my $redis = SocialCare::Redis->start;


# Pools as small as nginx allows, so that next to every piece is an allocation.

sub poor_nginx {
    my (%o) = @_;
    my $folder = temporary_folder();

    write_file("$folder/memory", pack 'q4', 0, 0, 0, 0);

    my $nginx = care_nginx(
        redis => $redis->socket, zone => '2m',
        environment => { LD_PRELOAD => $shim,
            SC_MEMORY_FILE => "$folder/memory" },
        more => <<'END',
            location = /close { socialcare_close; }
            location = /page { socialcare_status html; }
            location = /metrics { socialcare_status prometheus; }
END
        %o,
    );

    $nginx->{http} = "request_pool_size 112; connection_pool_size 112;\n"
        . $nginx->{http};
    @$nginx{qw(memory_folder memory)} = ($folder, "$folder/memory");
    $nginx->allow(qr/\[emerg\].*(?:malloc|posix_memalign)\(.*12: Cannot alloc/);
    $nginx->start;
    ($nginx->{worker}) = $nginx->workers;
    ok(wait_for { care_status($nginx)->{redis}{state} eq 'ready' },
        'nginx is connected');

    return $nginx;
}

sub fail_at {
    my ($nginx, $number, $row, $least) = @_;

    open my $file, '+<', $nginx->{memory} or die;
    syswrite($file, pack 'q4', $number, $row, 0, $least // 0) == 32 or die;
    close $file or die;
    return;
}

sub has_failed {
    my ($nginx) = @_;

    return (unpack 'q3', read_file($nginx->{memory}))[2];
}

sub lives {
    my ($nginx) = @_;

    return join(' ', $nginx->workers) eq $nginx->{worker};
}

# try: does it with a number of its own and returns a status, 0 without an
# answer.  Until nothing fails any more: how often each status was seen.  A
# connection to Redis that was lost for lack of memory is back before the last.
sub sweep {
    my ($nginx, $what, $try, $row) = @_;
    my (%seen, $n);

    for ($n = 1; $n <= LONGEST; $n++) {
        fail_at($nginx, $n, $row // 1);
        my $status = $try->($n);
        my $failed = has_failed($nginx);

        fail_at($nginx, 0, 0);
        wait_for { ($status = $try->($n)) != 503 } if !$failed && $status == 503;
        $seen{$status}++;
        last if !$failed || !lives($nginx);
    }

    ok(lives($nginx), "$what: the worker lives") or diag("failed: $n");
    cmp_ok($n, '<=', LONGEST, "$what: each allocation has failed once");
    note("$what: ", explain({ %seen }));
    return \%seen;
}

sub only {
    my ($what, $seen, @statuses) = @_;
    my %may = map { $_ => 1 } 0, @statuses;

    is_deeply([grep { !$may{$_} } sort keys %$seen], [],
        "$what: nothing but an answer, an error or a connection that ends");
    ok($seen->{$statuses[0]}, "$what: $statuses[0] without a failure");
    return;
}


# Callbacks.  What was not answered with 2xx comes again, as platforms do.

sub status_of {
    my ($answer) = @_;

    return ($answer // {})->{status} // 0;
}

sub deliver_all {
    my ($nginx, $what, $name, %o) = @_;
    my $lied = 0;
    my @ids;

    my $seen = sweep($nginx, $what, sub {
        my $id = "$name$_[0]";
        my $status = status_of(care_post($nginx, $id, %o));

        push @ids, $id;

        if ($status == 200) {
            $lied++ if !care_ids($redis->client)->{$id};
        } else {
            wait_for { status_of(care_post($nginx, $id, %o)) == 200 } or $lied++;
        }
        return $status;
    });

    my $there = care_ids($redis->client);
    my $results = platform_status($nginx, 'facebook')->{results};

    only($what, $seen, 200, 500, 503);
    is($results->{aborted}, 0, "$what: no client left");
    is($lied, 0, "$what: a 2xx means stored, and another try gets one");
    is_deeply([grep { ($there->{$_} // 0) != 1 } @ids], [],
        "$what: each is there once");
    return;
}

my $nginx = poor_nginx();

deliver_all($nginx, 'a callback', 'a');
deliver_all($nginx, 'a long callback', 'long', text => 'Zug ' x 10_000);

is(platform_status($nginx, 'facebook')->{refused}{mismatch}, 0,
    'what could not be checked is no forgery');


# What is asked for.

my %asked = (
    '/hook?hub.mode=subscribe&hub.verify_token=token&hub.challenge=42' => [200],
    '/hook?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=42' => [403],
    '/status'  => [200],
    '/page'    => [200],
    '/metrics' => [200],
    '/status?window=1h&brand=default' => [200],
);

for my $uri (sort keys %asked) {
    only($uri, sweep($nginx, $uri, sub {
        return status_of(get($nginx->port, $uri));
    }), @{ $asked{$uri} }, 500, 503);
}

only('PUT', sweep($nginx, 'PUT', sub {
    return status_of(request($nginx->port, PUT => '/hook', body => 'x'));
}), 405, 500, 503);


# Closes: what was not accepted is sent again and counts once.

my $before = care_status($nginx)->{closes}{accepted};
my $closed = 0;

sub close_one {
    my ($number) = @_;

    return post($nginx->port, '/close',
        qq({"id":"close-$number","wait":"facebook:1_$number","reason":"spam"}),
        headers => ['Content-Type' => 'application/json']);
}

only('a close', sweep($nginx, 'a close', sub {
    my ($number) = @_;
    my $status = status_of(close_one($number));

    $closed++;
    wait_for { status_of(close_one($number)) == 200 } or $closed = -1
        if $status != 200;
    return $status;
}), 200, 500, 503);
is(care_status($nginx)->{closes}{accepted} - $before, $closed,
    'closes: each is accepted once');


# Every receiver's ways of checking and reading, and its handshakes.  What is
# dead now would be alive with memory.  OpenSSL does not say of each check of a
# public key that it lacked memory, and of one that was lacking for a moment
# nothing is left to be seen: there more than one fails.

my $public_key = qr/^(?:discord|email-sendgrid|freshchat|google-business)$/;

{
    my %first;
    my @receivers = grep {
        !$first{"$_->{folder} " . $_->{case}->method . ' '
            . ($_->{case}->events ? 1 : 0)}++ } receivers();
    my $all = poor_nginx(zone => '16m', top => receivers_config(@receivers));

    for my $receiver (@receivers) {
        my $status = status_of(deliver($all, $receiver));

        only($receiver->{title}, sweep($all, $receiver->{title}, sub {
            return status_of(deliver($all, $receiver));
        }, $receiver->{folder} =~ $public_key ? 50 : 1), $status, 500, 503);
        next if !$receiver->{case}->events;

        # Of one of its allocations expat says that the document is wrong.
        my $dead = $redis->client->call('XLEN',
            "{care:$receiver->{brand}/0}:dead:mentions");
        cmp_ok($dead, '<=', $receiver->{folder} eq 'websub-youtube' ? 1 : 0,
            "$receiver->{title}: nothing is dead")
            or diag(explain(platform_status($all, $receiver->{platform})->{dead}));
    }

    # Of an HMAC only older versions of OpenSSL need memory.
    cmp_ok(platform_status($all, 'wechat')->{refused}{no_memory}, '>', 0,
        'what could not be checked is counted as such');
    like($all->log, qr/\[crit\].*socialcare: out of memory while reading a req/,
        'and the log says so');
}


# The handshake on a new connection, when the buffer for commands was given back
# after a large one: it is complete, or the connection ends.  Without SELECT all
# would go to another database.

{
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $handshakes = poor_nginx(redis => $fake->url, options => 'db=3',
        hook => 'socialcare_limits body=3m;');
    my $connected = sub {
        return scalar grep { $_->[1] eq 'SETNAME' } @{ $fake->commands('CLIENT') };
    };
    my $large = sub {
        my @changes = map {
            qq({"field":"feed","value":{"item":"comment","verb":"add",)
                . qq("post_id":"1_2","parent_id":"1_2","comment_id":"2_$_",)
                . qq("from":{"id":"7","name":"Ada"},"message":")
                . ('Zug ' x 8000) . qq(","created_time":$^T}})
        } 1 .. 60;
        my $body = qq({"object":"page","entry":[{"id":"104200990001234",)
            . qq("time":$^T,"changes":[) . join(',', @changes) . ']}]}';
        my %headers = SocialCare::Sign::sign('facebook', body => $body);

        return status_of(post($handshakes->port, '/hook', $body,
            headers => [%headers]));
    };
    my ($n, $failed) = (0, 1);

    while ($failed && $n++ < 200 && lives($handshakes)) {
        my $before = $connected->();

        wait_for { $large->() == 200 };
        fail_at($handshakes, $n, 1);
        $fake->drop_now;
        wait_for { $connected->() > $before } 1;
        $failed = has_failed($handshakes);
        fail_at($handshakes, 0, 0);
        wait_for { status_of(care_post($handshakes, "i$n")) == 200 };
    }

    ok(lives($handshakes), 'handshakes: the worker lives');
    is($failed, 0, "handshakes: each of $n allocations has failed");
    is(scalar @{ $fake->commands('SELECT') }, $connected->(),
        'handshakes: none without SELECT');
}


# Without Redis, to the spool and from there.  A Redis of its own: the other one
# knows so many brands by now that the status needs large pieces.

my $crowded = $redis;

$redis = SocialCare::Redis->start;
$nginx = poor_nginx(
    top => 'socialcare_spool %%dir%%/spool;',
    options => 'timeout=200ms',
);
$redis->stop;
ok(wait_for { care_status($nginx)->{redis}{state} ne 'ready' },
    'Redis is away');

my %spooled;

only('to the spool', sweep($nginx, 'to the spool', sub {
    my $id = "spool$_[0]";
    my $status = status_of(care_post($nginx, $id));

    wait_for { status_of(care_post($nginx, $id)) == 200 } if $status != 200;
    $spooled{$id} = 1;
    return $status;
}), 200, 500, 503);

$redis->restart;
eventually('the spool drains',
    sub { care_status($nginx)->{spool}{state} eq 'up' });

my $there = care_ids($redis->client);
is_deeply([grep { ($there->{$_} // 0) != 1 } sort keys %spooled], [],
    'each is there once');


# No memory for what goes to quarantine: it waits, and goes there later.  Only
# large pieces count here, which nothing else needs.

{
    my $content = segment_file({ created_ms => now_ms() }, 'x' x (1 << 20),
        left_item(1));
    my $name = sprintf '%s/spool/%013d-a-000001.seg', $nginx->dir,
        now_ms() - 5000;
    my $counts = sub { care_status($nginx)->{spool}{quarantined}{unreadable} };

    fail_at($nginx, 1, 1 << 40, 1 << 19);
    write_file("$name.new", $content);
    rename "$name.new", $name or die;
    eventually('quarantine: no memory', sub { has_failed($nginx) > 0 });
    eventually('quarantine: the one behind is stored',
        sub { care_ids($redis->client)->{d1} });
    is($counts->(), 0, 'quarantine: nothing is in it');
    ok(-e $name, 'quarantine: the segment stays');
    fail_at($nginx, 0, 0);
    eventually('quarantine: then it is', sub { $counts->() == 1 && !-e $name });
    ok(lives($nginx), 'quarantine: the worker lives');
    is(care_ids($redis->client)->{d1}, 1, 'quarantine: no other is there twice');
}

finish();
