# A server with a long backlog of commands is slow, not down: as long as it
# keeps replying, commands may wait longer than the timeout of a single one, but
# not forever.

use strict;
use warnings;

use IO::Socket::INET;
use Time::HiRes ();

use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Sign;
use SocialCare::Test;

my $fake = SocialCare::FakeRedis->new(unix => 1);
my $nginx = SocialCare::Nginx->new(
    vars => { redis => $fake->url },
    http => 'socialcare_redis %%redis%% timeout=3s connect_timeout=3s;',
    server => "location /hook { socialcare_webhook facebook;"
        . " socialcare_secret value:@{[SECRET]};"
        . ' socialcare_verify_token value:token; }',
);

$nginx->start;

my $number = 0;

sub start_callback {
    my $now = time;

    $number++;
    my $body = qq({"object":"page","entry":[{"id":"1","time":$now,"changes":[)
        . qq({"field":"feed","value":{"item":"comment","verb":"add",)
        . qq("post_id":"1_2","parent_id":"1_2","comment_id":"2_$number",)
        . qq("from":{"id":"7","name":"Ada"},"message":"Hello",)
        . qq("created_time":$now}}]}]});
    my %headers = (sign('facebook', body => $body), Host => 'localhost',
        'Content-Length' => length $body, Connection => 'close');
    my $socket = IO::Socket::INET->new(PeerAddr => $nginx->address)
        or die "connect: $!\n";

    print {$socket} join("\r\n", 'POST /hook HTTP/1.1',
        map({ "$_: $headers{$_}" } sort keys %headers), '', $body);

    # Each in a command of its own.
    Time::HiRes::sleep(0.03);
    return $socket;
}

# Seconds apart: a machine that stands still for one is not a silent server.

sub statuses {
    my (@delays) = @_;

    $fake->clear;
    $fake->rule(script => 'enqueue', times => 1, delay => $_,
        raw => "\$1\r\n0\r\n")
        for @delays;

    my @sockets = map { start_callback() } @delays;

    return join ' ', map { (<$_> // '') =~ m{^HTTP/1\.1 (\d+)} ? $1 : '-' }
        @sockets;
}


# The first one makes the connection.
is(statuses(0), '200', 'a good server');

is(statuses(1.8, 3.6, 4.8), '200 200 200',
    'the last waits longer than the time-out, behind answers');
is(statuses(1.8, 5.7), '200 503', 'a silence as long as the time-out');

my $back = wait_for { statuses(0) eq '200' } 10;

ok($back, 'back again');
is(statuses(1.8, 3.6, 4.5, 7.2), '200 200 200 503',
    'twice the time-out is the end in any case');

$nginx->allow(qr/a reply is overdue/);
finish();
