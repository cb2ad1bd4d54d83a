# Callbacks that arrive together in one turn of the event loop: what exceeds the
# limit of a turn is deferred, in order, and none of it is lost, even if clients
# have disconnected meanwhile.

use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP ();

use SocialCare::Care;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;

plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

use constant CALLBACKS => 40;

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    vars => { redis => $redis->socket },
    http => 'client_body_buffer_size 64k; socialcare_redis unix:%%redis%% %%patient%%;',
    server => "location /hook { socialcare_webhook facebook;"
        . " socialcare_secret value:@{[SECRET]};"
        . ' socialcare_verify_token value:token; }'
        . ' location = /status { socialcare_status json; }',
);

$nginx->start;

my ($worker) = $nginx->workers;
my $number = 0;


# About 20 KB: fits into the socket while nobody reads.

sub callback {
    my $now = time;
    my $text = 'northwind ' x 2000;

    $number++;
    my $body = qq({"object":"page","entry":[{"id":"1","time":$now,"changes":[)
        . qq({"field":"feed","value":{"item":"comment","verb":"add",)
        . qq("post_id":"1_2","parent_id":"1_2","comment_id":"2_$number",)
        . qq("from":{"id":"7","name":"Ada"},"message":"$text",)
        . qq("created_time":$now}}]}]});
    my %headers = (sign('facebook', body => $body), Host => 'localhost',
        'Content-Length' => length $body);

    return join("\r\n", 'POST /hook HTTP/1.1',
        map({ "$_: $headers{$_}" } sort keys %headers), '', $body);
}


# All requests lie in the sockets before the worker looks.  It knows their
# connections already, since it accepts one in a turn only.  The last one asks
# how many were read when its own turn came.

sub known_connection {
    my $connection = SocialCare::Http->connect($nginx->port, timeout => 30);

    $connection->write(join '', format_request('GET', '/known',
        keepalive => 1));
    die "not known\n" if $connection->read_response->{status} != 404;
    return $connection;
}

sub read_so_far {
    my ($status) = @_;

    my ($facebook) = grep { $_->{platform} eq 'facebook' }
        @{ $status->{platforms} };
    return $facebook->{verified} // 0;
}

# leave: every other client before the worker looks, or as soon as it may.
sub send_together {
    my ($count, $leave) = @_;
    my @clients = map { known_connection() } 1 .. $count;
    my $last = known_connection();
    my $before = read_so_far(care_status($nginx));

    $nginx->signal('STOP', $worker);

    for my $client (@clients) {
        my $bytes = callback();

        die "the socket is full\n"
            if (syswrite($client->socket, $bytes) // 0) != length $bytes;
    }
    $last->write(join '', format_request('GET', '/status'));

    my @stay = $leave ? @clients[ grep { $_ % 2 } 0 .. $#clients ] : @clients;
    my @go = $leave ? @clients[ grep { $_ % 2 == 0 } 0 .. $#clients ] : ();

    $_->close for $leave eq 'before' ? @go : ();
    $nginx->signal('CONT', $worker);
    $_->close for $leave eq 'after' ? @go : ();

    my @statuses = map { ($_->read_response // {})->{status} // 0 } @stay;
    my $status = JSON::PP->new->utf8->decode($last->read_response->{body});

    return (read_so_far($status) - $before, @statuses);
}

sub depth { return $redis->client->call('XLEN', '{care:default/0}:q:mentions') }


# 256 KB are a turn's share: the thirteenth callback takes the rest of it.
use constant SHARE => 13;

for my $time (1 .. 2) {
    my ($read, @statuses) = send_together(CALLBACKS, '');

    is($read, SHARE, "the turn's share is read at once ($time)");
    is_deeply(\@statuses, [(200) x CALLBACKS],
        "... every callback is answered ($time)");
    is(depth(), $time * CALLBACKS, "... and stored ($time)");
}

my $stored = depth();

for my $when ('before', 'after') {
    my ($read, @statuses) = send_together(CALLBACKS, $when);

    is_deeply(\@statuses, [(200) x (CALLBACKS / 2)],
        "half of the clients leave ($when): the others get their answers");
    $stored += CALLBACKS;
    ok(wait_for { depth() >= $stored }, '... and all are stored')
        or diag(depth() . " of $stored");
}
is(scalar(grep { $_ == $worker } $nginx->workers), 1, 'the worker lives');


# The largest callbacks, ten at once, while Redis does not answer: they wait for
# it rather than being refused.

use constant { LARGE => 10, EVENTS => 1000 };

sub large_callback {
    my $now = time;
    my $changes = join ',', map {
        $number++;
        qq({"field":"feed","value":{"item":"comment","verb":"add",)
            . qq("post_id":"1_2","parent_id":"1_2","comment_id":"2_$number",)
            . qq("from":{"id":"7"},"message":"Hallo","created_time":$now}})
    } 1 .. EVENTS;
    my $body = qq({"object":"page","entry":[{"id":"1","time":$now,)
        . qq("changes":[$changes]}]});
    my %headers = (sign('facebook', body => $body), Host => 'localhost',
        'Content-Length' => length $body);

    return join("\r\n", 'POST /hook HTTP/1.1',
        map({ "$_: $headers{$_}" } sort keys %headers), '', $body);
}

my $patient = care_nginx(redis => $redis->socket, options => 'timeout=60s');

sub in_flight {
    return care_status($patient)->{redis}{workers}[0]{in_flight_items};
}

$patient->start;
ok(wait_for { care_status($patient)->{redis}{state} eq 'ready' },
    'another nginx is connected');

my $before = depth();

$redis->signal('STOP');

my @sockets = map {
    my $socket = IO::Socket::INET->new(PeerAddr => $patient->address)
        or die "connect: $!\n";
    print {$socket} large_callback() or die "send: $!\n";
    $socket;
} 1 .. LARGE;

ok(wait_for { in_flight() == LARGE * EVENTS }, 'all events are in flight')
    or diag(in_flight() . ' are');
$redis->signal('CONT');

my @answers = map { scalar readline($_) // '' } @sockets;

is(scalar(grep { m{^HTTP/1\.1 200 } } @answers), LARGE, 'all are answered 200');
is(depth(), $before + LARGE * EVENTS, '... and stored');

finish();
