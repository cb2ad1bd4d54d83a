# Platforms whose signature covers the URL or the current time, through nginx:
# Twilio, MessageBird, Vonage by GET, Google; and how each provider expects to
# be refused.

use strict;
use warnings;

use Cwd ();

use SocialCare::Fixtures;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $secret = 'socialcare_secret value:' . SECRET . ';';
my $jwks = Cwd::abs_path('tests/fixtures/google-business/test-jwks.json');
my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    vars   => { redis => $redis->socket },
    http   => 'socialcare_redis unix:%%redis%% %%patient%%;',
    server => <<"END")->start;
    socialcare_public_url https://care.example.com;

    location = /hooks/twilio {
        socialcare_webhook twilio
            'twiml=<Response><Dial>+442079460018</Dial></Response>';
        socialcare_account amir;
        $secret
    }

    location = /hooks/messagebird {
        socialcare_webhook messagebird;
        $secret
    }

    location = /hooks/vonage/sms {
        socialcare_webhook   vonage sig=sha256;
        socialcare_tolerance 3650d;
        $secret
    }

    location = /hooks/google-business {
        socialcare_webhook google-business
            email=gbp-push\@northwind-care.iam.gserviceaccount.com;
        socialcare_secret  file:$jwks;
    }

    location = /hooks/mailgun {
        socialcare_webhook email-mailgun;
        $secret
    }

    location = /hooks/postmark {
        socialcare_webhook email-postmark;
        socialcare_secret  value:postmark:@{[SECRET]};
    }

    location = /hooks/sms {
        socialcare_webhook twilio;
        socialcare_brand   sms;
        socialcare_queue   mentions out=on;
        $secret
    }

    location = /hooks/whatsapp {
        socialcare_webhook      whatsapp;
        socialcare_verify_token value:northwind;
        socialcare_brand        whatsapp;
        socialcare_queue        mentions out=on;
        $secret
    }

    location = /hooks/slack {
        socialcare_webhook slack;
        socialcare_brand   slack;
        $secret
    }

    location = /hooks/linkedin {
        socialcare_webhook linkedin;
        socialcare_brand   linkedin;
        $secret
    }
END


# What the samples pin about answers.

my %answers = (
    'twilio/sms' => [200, 'text/xml', qr{<Response></Response>$}],
    'twilio/voice_incoming' => [200, 'text/xml', qr{<Dial>\+44}],
    'twilio/message_status' => [204],
    'twilio/voice_status_completed' => [204],
    'google-business/new_review' => [204],
);

for my $case (grep { $_->{folder} =~ /^(?:twilio|messagebird)$/
    || $_->title =~ m{^(?:vonage/legacy|google-business)} } cases())
{
    my @headers = $case->headers;

    # These expire; the rest does not say when it was signed.
    if ($case->accepted && $case->{folder} =~ /^(?:google|messagebird)/) {
        my %new = sign($case->{folder}, body => $case->body,
            url => $case->url);
        my %all = (@headers, %new);
        @headers = %all;
    }

    my $answer = request($nginx->port, $case->method, $case->uri,
        body => $case->body, headers => \@headers);
    my ($status, $type, $body) = @{ $answers{ $case->title }
        // [$case->accepted ? qr/^20[04]$/ : 401] };

    like($answer->{status}, qr/^$status$/, $case->title . ': status');
    is($answer->{header}{'content-type'}, $type, $case->title . ': type')
        if defined $type;
    like($answer->{body}, $body, $case->title . ': body') if $body;
}

is($redis->client->ask('XLEN', '{care:default/0}:q:mentions'), 12,
    'what customers sent is queued');


# A wrong password may be mended, a forgery never; what came unsigned comes
# again.

my %form = ('Content-Type' => 'application/x-www-form-urlencoded');

is(request($nginx->port, 'POST', '/hooks/mailgun', headers => [%form],
    body => 'token=t&timestamp=' . time . '&signature=' . '0' x 64)->{status},
    406, 'mailgun: forged');
is(request($nginx->port, 'POST', '/hooks/postmark', body => '{}',
    headers => [sign('email-postmark', secret => 'wrong')])->{status}, 401,
    'postmark: wrong password');
is(request($nginx->port, 'POST', '/hooks/vonage/sms', body => '{}',
    headers => ['Content-Type' => 'application/json'])->{status}, 503,
    'vonage: unsigned');


# Each administrator's subscription brings a comment, under an id of its own.

sub linkedin {
    my ($number, $comment, $modified_ms) = @_;
    my $body = '{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS",'
        . '"notifications":[{"notificationId":' . $number . ',"action":"COMMENT",'
        . '"organizationalEntity":"urn:li:organization:2",'
        . '"sourcePost":"urn:li:activity:71",'
        . ($modified_ms ? qq("lastModifiedAt":$modified_ms,) : '')
        . qq("generatedActivity":"urn:li:comment:(activity:71,$comment)"}]});

    is(request($nginx->port, 'POST', '/hooks/linkedin', body => $body,
        headers => ['Content-Type' => 'application/json',
            sign('linkedin', body => $body)])->{status}, 200,
        "linkedin: notification $number");
    return $redis->client->ask('XLEN', '{care:linkedin/0}:q:mentions');
}

my $ms = time . '000';

is(linkedin(1, 101, $ms), 1, 'linkedin: a comment');
is(linkedin(2, 101, $ms), 1, 'once, by whatever id it comes');
is(linkedin(3, 102, $ms), 2, 'another comment');
is(linkedin(4, 101, $ms + 1), 3, 'another time');
is(linkedin(5, 103), 4, 'without a time its id counts');
is(linkedin(6, 103), 5, 'another id');
is(linkedin(6, 103), 5, 'the same id');


# sent, delivered and read tell of one answer: a question that came in between
# is not answered by what was written before it.

sub sms {
    my ($body) = @_;

    like(request($nginx->port, 'POST', '/hooks/sms', body => $body,
        headers => [%form, sign('twilio', body => $body,
            url => 'https://care.example.com/hooks/sms')])->{status},
        qr/^20[04]$/, "twilio: $body");
    return $redis->client->ask('HVALS', '{care:sms/0}:open')->[0] // '';
}

my $asks = 'Body=x&SmsStatus=received&From=%2B44770&To=%2B44207&MessageSid=';
my $tells = 'From=%2B44207&To=%2B44770&MessageSid=SM2&MessageStatus=';

like(sms("${asks}SM1"), qr/^[0-9]/, 'somebody waits');
my $answered = sms("${tells}sent");
like($answered, qr/^-/, 'until an answer went out');

# What comes in the millisecond of the answer counts as answered by it.
my ($until) = $answered =~ /(\d+)$/;
wait_for { now_ms() > $until } 10;

like(sms("${asks}SM3"), qr/^[0-9]/, 'and asks again');
like(sms("${tells}delivered"), qr/^[0-9]/, 'delivered: the answer of before');
like(sms("${tells}read"), qr/^[0-9]/, 'read: still that');
$tells =~ s/SM2/SM4/;
like(sms("${tells}delivered"), qr/^-/, 'another answer, of which no more is told');
is($redis->client->ask('XLEN', '{care:sms/0}:q:mentions:out'), 4,
    'each report is queued for who asks for them');


# So do the statuses of WhatsApp, also those of what an echo has told.  That a
# message is a campaign is not in every status.

my $base = time - 900;

sub whatsapp {
    my ($list, $seconds, $members) = @_;
    my $body = '{"object":"whatsapp_business_account","entry":[{"id":"9",'
        . '"changes":[{"field":"messages","value":{"metadata":'
        . qq({"phone_number_id":"106"},"$list":[{$members,)
        . '"timestamp":"' . ($base + $seconds) . '"}]}}]}]}';

    is(request($nginx->port, 'POST', '/hooks/whatsapp', body => $body,
        headers => ['Content-Type' => 'application/json',
            sign('whatsapp', body => $body)])->{status}, 200, $members);
    return $redis->client->ask('HVALS', '{care:whatsapp/0}:open')->[0] // '';
}

sub asks {
    my ($seconds) = @_;
    return whatsapp('messages', $seconds, qq("from":"4915","id":"q$seconds",)
        . '"type":"text","text":{"body":"Hello?"}');
}

sub told {
    my ($seconds, $id, $status, $more) = @_;
    return whatsapp('statuses', $seconds, '"recipient_id":"4915",'
        . qq("id":"$id","status":"$status") . ($more // ''));
}

like(asks(0), qr/^\d/, 'somebody waits');
like(told(10, 'o1', 'sent'), qr/^-/, 'until an answer went out');
like(asks(100), qr/^\d/, 'and asks again');
like(told(130, 'o1', 'delivered'), qr/^\d/, 'delivered: the answer of before');
like(told(250, 'o1', 'read'), qr/^\d/, 'read: still that');
like(told(370, 'c1', 'sent', ',"pricing":{"category":"marketing"}'), qr/^\d/,
    'a campaign');
like(told(440, 'c1', 'read'), qr/^\d/, 'read: no answer either');
like(whatsapp('message_echoes', 500, '"from":"4930","to":"4915","id":"e1",'
    . '"type":"text","text":{"body":"Hi"}'), qr/^-/, 'an answer by phone');
like(asks(510), qr/^\d/, 'and asks again');
like(told(520, 'e1', 'delivered'), qr/^\d/, 'delivered: the answer by phone');
like(told(530, 'o2', 'delivered'), qr/^-/, 'another, of which no more is told');
like(whatsapp('calls', 540, '"from":"4915","to":"4930","id":"v1",'
    . '"direction":"USER_INITIATED","event":"connect"'), qr/^\d/, 'a call');
like(whatsapp('calls', 700, '"from":"4915","to":"4930","id":"v1",'
    . '"direction":"USER_INITIATED","event":"terminate","start_time":"'
    . ($base + 550) . '"'), qr/^- @{[$base + 550]}000$/, 'picked up');
is_deeply([sort map { /"id":"whatsapp:106:(.*?)"/ } map { @{ $_->[1] } } @{
    $redis->client->ask('XRANGE', '{care:whatsapp/0}:q:mentions:out', '-',
        '+') }], [sort qw(o1/sent o1/delivered o1/read c1/sent c1/read e1
        e1/delivered o2/delivered v1/terminate)], 'each report is queued');


# An app may take both events of one message.

sub slack {
    my ($id, $type, $ts) = @_;
    my $body = qq({"type":"event_callback","event_id":"$id","team_id":"T1",)
        . qq("event":{"type":"$type","channel":"C1","ts":"$ts","user":"U9",)
        . qq("team":"T9","text":"Hi <\@U1>"}});

    is(request($nginx->port, 'POST', '/hooks/slack', body => $body,
        headers => ['Content-Type' => 'application/json',
            sign('slack', body => $body)])->{status}, 200, "slack: $id");
    return $redis->client->ask('XLEN', '{care:slack/0}:q:mentions');
}

is(slack('Ev1', 'message', '1.1'), 1, 'slack: a message');
is(slack('Ev2', 'app_mention', '1.1'), 1, 'told once more');
is(slack('Ev3', 'app_mention', '1.2'), 2, 'another one');
is(slack('Ev4', 'message', '1.2'), 2, 'the other way round');

finish();
