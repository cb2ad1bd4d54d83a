# Callbacks that arrive together in one turn of the event loop: what is more
# than the turn's share is put off, in order, and nothing of it is lost; also
# when clients have left meanwhile.

use strict;
use warnings;

use IO::Socket::INET;

use SocialCare::Care;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;

plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

use constant CALLBACKS => 40;

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    vars => { redis => $redis->socket },
    http => 'client_body_buffer_size 64k; socialcare_redis unix:%%redis%%;',
    server => "location /hook { socialcare_webhook facebook;"
        . " socialcare_secret value:@{[SECRET]};"
        . ' socialcare_verify_token value:token; }',
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


# All requests lie in the sockets before the worker looks.

sub send_together {
    my ($count, $leave) = @_;
    my @sockets;

    $nginx->signal('STOP', $worker);

    for (1 .. $count) {
        my $socket = IO::Socket::INET->new(PeerAddr => $nginx->address)
            or die "connect: $!\n";
        my $bytes = callback();

        $socket->blocking(0);
        my $sent = syswrite $socket, $bytes;
        die "the socket is full\n" if ($sent // 0) != length $bytes;
        $socket->blocking(1);
        push @sockets, $socket;
    }

    @sockets = @sockets[ grep { $_ % 2 } 0 .. $#sockets ] if $leave;
    $nginx->signal('CONT', $worker);

    return map {
        my $line = '';
        local $SIG{ALRM} = sub { die "no answer\n" };
        alarm 30;
        $line = <$_> // '';
        alarm 0;
        $line;
    } @sockets;
}

sub depth { return $redis->client->call('XLEN', '{care:default/0}:q:mentions') }


for my $time (1 .. 2) {
    my @good = grep { m{^HTTP/1\.1 200 } } send_together(CALLBACKS);

    is(scalar @good, CALLBACKS, "every callback is answered ($time)");
    is(depth(), $time * CALLBACKS, "... and stored ($time)");
}

my @good = grep { m{^HTTP/1\.1 200 } } send_together(CALLBACKS, 1);

is(scalar @good, CALLBACKS / 2, 'half of the clients leave: the others get'
    . ' their answers');
ok(wait_for { depth() >= 2.5 * CALLBACKS }, '... and are stored');
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
