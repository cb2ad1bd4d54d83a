# Time and memory are bounded: connecting, waiting for a reply, commands and
# bytes in flight.  Late replies do no harm.

use strict;
use warnings;

use IO::Socket::INET;
use Time::HiRes qw(time sleep);

use SocialCare::Care;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Script;
use SocialCare::Test;

my $number = 0;

sub next_id { return 't' . ++$number }


# A door behind which the queue is full: connecting never ends.

{
    my $port = free_port();
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
        LocalPort => $port, Listen => 1, ReuseAddr => 1) or die $!;
    my @waiting = map {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
            Blocking => 0)
    } 1 .. 8;
    my $nginx = care_nginx(redis => "redis://127.0.0.1:$port",
        options => 'connect_timeout=300ms');

    $nginx->start;
    refused_in_time($nginx, "blackhole, round $_") for 1 .. 3;

    # Also those that come while it is connecting.
    my @clients = map { care_send($nginx, next_id()) } 1 .. 20;
    my @status = map { ($_->read_response // {})->{status} // 0 } @clients;

    is("@status", join(' ', (503) x 20), 'blackhole: many at once');
    eventually('blackhole: timeouts are counted',
        sub { care_status($nginx)->{redis}{timeouts} > 0 });
    is(care_lines($nginx, qr/is away/), 1, 'blackhole: said once')
        or diag($nginx->log);
    $nginx->check;
}


# Accepted, but never a word.

my $fake = SocialCare::FakeRedis->new(unix => 1);

{
    my $nginx = care_nginx(redis => $fake->url,
        options => 'connect_timeout=300ms timeout=300ms');

    $fake->mute(1);
    $nginx->start;
    refused_in_time($nginx, "silent, round $_") for 1 .. 3;
    eventually('silent: timeouts are counted',
        sub { care_status($nginx)->{redis}{timeouts} > 0 });
    is(care_lines($nginx, qr/is away/), 1, 'silent: said once');
    $fake->clear;
    taken($nginx, next_id(), 'silent no more');

    # A single reply that never comes, a hundred times: the handshake stays
    # good, so each is a state of its own, but tries get rarer.
    for my $round (1, 2) {
        $fake->rule(script => 'enqueue', stall => 1);
        refused_in_time($nginx, "no reply, round $round");

        my $accepted = $fake->accepted;
        my $end = time + 2;

        while (time < $end) { care_post($nginx, next_id()); sleep 0.01 }
        cmp_ok($fake->accepted - $accepted, '<=', 12,
            "no reply, round $round: few new connections");
        $fake->clear;
        taken($nginx, next_id(), "no reply, round $round: afterwards");
    }

    # What is late goes to a connection that nobody reads any more.
    my $worker = ($nginx->workers)[0];

    for my $round (1, 2) {
        $fake->rule(script => 'enqueue', raw => care_stored(1), delay => 0.45,
            times => 1);
        is(care_post($nginx, next_id())->{status}, 503,
            "late, round $round: 503");
        for (1 .. 30) { care_post($nginx, next_id()); sleep 0.02 }
        $fake->clear;
        taken($nginx, next_id(), "late, round $round");
    }

    is(care_error($nginx, 'unexpected'), 0, 'late: no reply went astray');
    is(($nginx->workers)[0], $worker, 'late: the worker stands');
    $nginx->check;
}


# More than may be in flight.  Replies are held back while callbacks come:
# each connection sends one, so that each turn makes a call of its own.

{
    $fake->clear;
    my $nginx = care_nginx(redis => $fake->url, options => 'timeout=60s',
        hook => 'socialcare_brand $arg_b;', quit_in => 30);

    $nginx->{config} = $nginx->template;
    $nginx->{config} =~ s/worker_connections 512/worker_connections 4096/;
    $nginx->start;
    taken($nginx, next_id(), 'flood');

    my ($worker) = $nginx->workers;
    my $memory = care_kb($worker);

    for my $round (1, 2) {
        my $before = care_status($nginx)->{redis}{in_flight_refused};

        $fake->rule(script => 'enqueue', stall => 1);

        # Up to 64 callbacks of one turn share a call: here they come one by
        # one, and those of one turn are of different brands.
        my (@clients, $full);

        for my $i (1 .. 1400) {
            my $client = care_send($nginx, next_id(),
                uri => '/hook?b=b' . $i % 200);

            push @clients, $client;
            sleep 0.0005;

            if ($i % 50 == 0) {
                my $redis = care_status($nginx)->{redis};

                cmp_ok($redis->{workers}[0]{in_flight}, '<=', 1024,
                    "flood, round $round: in flight after $i")
                    if $i % 350 == 0;

                if ($redis->{in_flight_refused} > $before) {
                    $full = $i;
                    last;
                }
            }
        }

        ok($full, "flood, round $round: refused at last");
        is(care_status($nginx)->{redis}{state}, 'ready',
            "flood, round $round: the connection stands");
        is($clients[-1]->read_response->{status}, 503,
            "flood, round $round: with 503");
        cmp_ok(care_kb($worker) - $memory, '<',
            sanitized() ? 400_000 : 120_000,
            "flood, round $round: memory is bounded");
        $fake->clear->drop_now;

        my %status;

        $status{ ($_->read_response // {})->{status} // 0 }++
            for @clients[0 .. $#clients - 1];
        is(join(' ', keys %status), '503',
            "flood, round $round: all are answered");
        $_->close for @clients;
        taken($nginx, next_id(), "flood, round $round: afterwards");
        eventually("flood, round $round: nobody waits",
            sub { care_waiting($nginx) == 0 });
    }

    $nginx->check;
}


# The same by bytes: big callbacks, far fewer than 1,024.

{
    $fake->clear;
    my $nginx = care_nginx(redis => $fake->url, options => 'timeout=60s',
        hook => 'socialcare_raw on; client_body_buffer_size 256k;');

    $nginx->start;
    taken($nginx, next_id(), 'bytes');

    my $text = 'x' x 60000;

    for my $round (1, 2) {
        my $before = care_status($nginx)->{redis}{in_flight_refused};
        my @clients;
        my $full;

        $fake->rule(script => 'enqueue', stall => 1);

        for my $i (1 .. 400) {
            push @clients, care_send($nginx, next_id(), text => $text);

            if (care_status($nginx)->{redis}{in_flight_refused} > $before) {
                $full = $i;
                last;
            }
        }

        ok($full, "bytes, round $round: refused at last");
        cmp_ok($full // 999, '>', 60, "bytes, round $round: not too early");
        cmp_ok($full // 999, '<', 240, "bytes, round $round: not too late");
        is(care_status($nginx)->{redis}{state}, 'ready',
            "bytes, round $round: the connection stands");
        is($clients[-1]->read_response->{status}, 503,
            "bytes, round $round: with 503") if $full;
        $fake->clear->drop_now;
        $_->read_response for @clients;
        taken($nginx, next_id(), "bytes, round $round: afterwards");
    }

    $nginx->check;
}


# One callback that is larger than all that may be in flight: it is taken
# where there is room, and those beside it do not suffer.

{
    $fake->clear;
    my $nginx = care_nginx(redis => $fake->url, options => 'timeout=20s',
        hook => "socialcare_limits body=8m; client_body_buffer_size 8m;");

    $nginx->start;
    taken($nginx, next_id(), 'big');

    # Verified, not understood: all of it goes to the dead letters.
    my $big = sub {
        my $body = '{"object":"nobody' . next_id() . '","a":['
            . join(',', ('"' . 'y' x 60000 . '"') x 90) . ']}';
        my %signed = SocialCare::Sign::sign('facebook', body => $body);

        return post($nginx->port, '/hook', $body,
            headers => [%signed, 'Content-Type' => 'application/json'],
            timeout => 20);
    };

    for my $round (1, 2) {
        my $accepted = $fake->accepted;

        $fake->rule(script => 'enqueue', hold => 1);
        my $beside = care_send($nginx, next_id());

        eventually("big, round $round: one waits",
            sub { care_waiting($nginx) == 1 });
        $fake->clear->release;
        is($big->()->{status}, 200, "big, round $round: taken");
        is(($beside->read_response // {})->{status}, 200,
            "big, round $round: and the one beside it");
        is($fake->accepted, $accepted,
            "big, round $round: on the same connection");
        taken($nginx, next_id(), "big, round $round: afterwards");
    }

    is(care_status($nginx)->{platforms}[0]{results}{dead}, 2,
        'big: both are dead letters');
    $nginx->check;
}

finish();
