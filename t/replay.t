# Signatures that do not cover the body: what was seen once is accepted again
# only if it is identical, by whichever worker, and never with other content.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_hex sha1_hex);

use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    workers => 2,
    vars   => { redis => $redis->socket },
    http   => 'socialcare_redis unix:%%redis%% %%patient%%;
        socialcare_secret value:' . SECRET . ';',
    server => <<'END',
        location = /mailgun { socialcare_webhook email-mailgun; }
        location = /wechat  { socialcare_webhook wechat; }
        location = /vonage  { socialcare_webhook vonage; }
        location = /status  { socialcare_status; }
END
)->start;

my $port = $nginx->port;

# One for all: with the next second's, a mail would be signed anew.
my $time = time - 60;


sub mail {
    my ($text, $token, $boundary) = @_;
    my $signature = hmac_sha256_hex("$time$token", SECRET);
    my @fields = (signature => $signature, timestamp => $time,
        token => $token, from => 'lea@example.org', recipient => 'care@nw.example',
        subject => 'Help', 'body-plain' => $text, 'Message-Id' => "<$token>");
    my $body = '';

    while (my ($name, $value) = splice @fields, 0, 2) {
        $body .= "--$boundary\r\nContent-Disposition: form-data; "
            . "name=\"$name\"\r\n\r\n$value\r\n";
    }

    return ("$body--$boundary--\r\n",
        "multipart/form-data; boundary=$boundary");
}

sub posted {
    my ($uri, $body, $type) = @_;

    return post($port, $uri, $body, headers => ['Content-Type' => $type])
        ->{status};
}

sub replayed {
    my ($platform) = @_;

    return platform_status($nginx, $platform)->{refused}{replayed};
}


# A retry may come at any worker and with another boundary.
my $token = 'a' x 50;
my ($body, $type) = mail('Where is my order?', $token, 'b1');
my ($again, $again_type) = mail('Where is my order?', $token, 'b2');

is(posted('/mailgun', $body, $type), 200, 'a mail');
is(posted('/mailgun', $again, $again_type), 200, "retry $_") for 1 .. 8;

my ($forged, $forged_type) = mail('Send the refund elsewhere', $token, 'b1');
is(posted('/mailgun', $forged, $forged_type), 406, "its token, other words $_")
    for 1 .. 8;
is(replayed('email-mailgun'), 8, 'counted');
is(posted('/mailgun', $again, $again_type), 200, 'the mail itself once more');
is(posted('/mailgun', mail('Send the refund elsewhere', 'b' x 50, 'b1')), 200,
    'a token of its own');


# WeChat signs time and nonce of the URL.
sub wechat {
    my ($nonce, $text) = @_;
    my @texts = (SECRET, $time, $nonce);
    my $signature = sha1_hex(join '', sort @texts);

    return ("/wechat?signature=$signature&timestamp=$time&nonce=$nonce",
        '<xml><ToUserName>gh</ToUserName><FromUserName>o1</FromUserName>'
        . "<CreateTime>$time</CreateTime><MsgType>text</MsgType>"
        . "<Content>$text</Content><MsgId>$nonce</MsgId></xml>", 'text/xml');
}

my ($uri, $xml, $xml_type) = wechat('4711', 'late');
is(posted($uri, $xml, $xml_type), 200, 'a message');
is(posted($uri, $xml, $xml_type), 200, 'retried');
is(posted($uri, $xml =~ s/late/paid/r, $xml_type), 401, 'changed');
is(replayed('wechat'), 1, 'counted');


# A JWT binds no parameters of a GET.
my %signed = sign('vonage', body => '', id => 'jti-7');
my $get = sub { get($port, "/vonage?messageId=$_[0]&msisdn=33&to=44&text=hi",
    headers => [%signed])->{status} };

is($get->('1'), 200, 'an SMS by GET');
is($get->('1'), 200, 'retried');
is($get->('2'), 503, 'another one with its token');
is(replayed('vonage'), 1, 'counted');

# What was seen stays known over a reload.
$nginx->reload;
is(posted('/mailgun', $forged, $forged_type), 406, 'also behind a reload');

is($redis->client->ask('XLEN', '{care:default/0}:q:mentions'), 4,
    'four are queued');
unlike($nginx->log, qr/refund|order\?/, 'no words in the log');

finish();
