# Forgeries of every platform, through nginx: refused with an empty body and
# counted by reason, with no trace in Redis and none of their content in a log.
#
# What a signature covers is changed bit by bit: body, URL, signature.  Where it
# does not cover the body (tokens, some JWTs, signatures inside the body) only
# what authenticates the sender is changed.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha1_hex);

use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Receivers;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

# Samples of one platform that are tried; each gives some twenty forgeries.
my $most = 4;

# By folder: the header that proves the sender, if its name does not say so;
# what proves it elsewhere (`body`, `query`: patterns whose first group is to
# be changed); `unbound`: the body is not covered; `status` of a refusal.
my %how = (
    'apple-messages' => { header => 'Authorization', unbound => 1 },
    'cloudevents'    => { header => 'Authorization', unbound => 1 },
    'email-mailgun'  => { unbound => 1, status => 406, body => [
        qr/\bsignature\W+([0-9a-f]{64})/, qr/\btoken\W+(\w{20,})/,
        qr/\btimestamp\W+(\d{10})\b/] },
    'email-postmark' => { header => 'Authorization', unbound => 1 },
    'google-business' => { header => 'Authorization', unbound => 1 },
    'infobip'        => { header => 'Authorization', unbound => 1 },
    'kakao'          => { header => 'Authorization', unbound => 1 },
    'linkedin'       => { header => 'X-LI-Signature' },
    'messagebird'    => { header => 'MessageBird-Signature-JWT', address => 1 },
    'telegram'       => { header => 'X-Telegram-Bot-Api-Secret-Token',
        unbound => 1 },
    'trustpilot'     => { header => 'Authorization', unbound => 1 },
    'twilio'         => { header => 'X-Twilio-Signature', address => 1 },
    'vk'             => { unbound => 1, status => 403,
        body => [qr/"secret":"([^"]+)"/] },
    'vonage'         => { header => 'Authorization', status => 503 },
    'wechat'         => { unbound => 1, query => [qr/signature=([0-9a-f]{40})/,
        qr/nonce=(\w+)/, qr/timestamp=(\d+)/] },
    'x'              => { header => 'x-twitter-webhooks-signature' },

    'wechat/text_encrypted' => { unbound => 1, query => [
        qr/msg_signature=([0-9a-f]{40})/, qr/nonce=(\w+)/,
        qr/timestamp=(\d+)/], body => [qr/<Encrypt><!\[CDATA\[([^\]]+)/] },

    # The samples that are unlike the others of their folder.
    'meta-common/data-deletion' => { unbound => 1,
        body => [qr/=([\w-]+)\./, qr/\.([\w-]+)$/] },
    'sinch/number_event' => { header => 'x-sinch-signature' },
    'sinch/voice_incoming' => { header => 'Authorization' },
    'tiktok/shop'    => { header => 'Authorization' },
    'vonage/legacy_sms' => { unbound => 1, status => 503, query => [
        qr/sig=([0-9a-f]+)/, qr/text=([^&]+)/, qr/nonce=(\w+)/] },
);
$how{'meta-common/deauthorize'} = $how{'meta-common/data-deletion'};


# A probe proves nothing, and WeChat's is tried in methods.t.
my @receivers = grep { $_->{case}->method ne 'OPTIONS'
    && $_->{title} !~ m{^wechat/handshake} } receivers();
my %tried;
@receivers = grep { $tried{ $_->{folder} }++ < $most
    || exists $how{ $_->{title} } } @receivers;

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    level  => 'info',
    vars   => { redis => $redis->socket },
    log_format => 'log_format test "$status $socialcare_result $uri";',
    http   => "socialcare_redis unix:%%redis%% %%patient%%;\nsocialcare_zone 16m;\n"
        . receivers_config(@receivers),
    server => 'location = /status { socialcare_status json; }',
)->start;

my $client = $redis->client;


sub how_of {
    my ($receiver) = @_;

    return $how{ $receiver->{title} }
        // ($receiver->{title} =~ m{^tiktok/shop} ? $how{'tiktok/shop'}
            : $how{ $receiver->{folder} }) // {};
}


# The header where the signature stands.
sub signature_header {
    my ($receiver, %headers) = @_;
    my $wanted = how_of($receiver)->{header};

    my ($name) = grep { defined $wanted && lc eq lc $wanted } keys %headers;

    ($name) = sort { length $b <=> length $a }
        grep { /signature/i && !/timestamp|time$|nonce|algorithm/i }
        keys %headers if !defined $name;
    return $name;
}


# Read off the text: with a brand for each sample the whole of it is long, and
# asked for often.
sub refused_sum {
    my ($receiver) = @_;
    my $text = get($nginx->port, '/status')->{body};
    my ($counts) = $text
        =~ /"platform":"$receiver->{platform}".*?"refused":\{([^}]*)\}/s;
    my $sum = 0;

    $sum += $_ for $counts =~ /:(\d+)/g;
    return $sum;
}


# Everything of the receiver's brand but the sweep's lease, which comes and
# goes by itself.
sub stored {
    my ($receiver) = @_;

    return join ' ', sort grep { !/lease/ } @{ $client->call('KEYS',
        "{care:$receiver->{brand}/*") };
}


my $forgeries = 0;

sub refused {
    my ($receiver, $name, %changes) = @_;
    my $answer = deliver($nginx, $receiver, %changes);
    my $status = how_of($receiver)->{status} // 401;

    is("$answer->{status} '$answer->{body}'", "$status ''",
        "$receiver->{title}: $name");
    $forgeries++;
    return;
}


# Another character of the same alphabet, and never the same bits in base64's
# last one.
sub other {
    my ($text, $at) = @_;
    my $old = substr $text, $at, 1;

    substr($text, $at, 1) = $old =~ /[0-9]/ ? ($old + 3) % 10
        : $old =~ /[a-f]/ ? chr(ord('a') + (ord($old) - ord('a') + 1) % 6)
        : chr(ord($old) ^ 1);
    return $text;
}


sub change_match {
    my ($text, $pattern, $change) = @_;

    $text =~ $pattern or return;
    my $start = $-[1];
    my $old = $1;

    substr($text, $start, length $old) = $change->($old);
    return $text;
}


sub try_pieces {
    my ($receiver, $where, $text, @patterns) = @_;

    for my $pattern (@patterns) {
        for my $at (0.1, 0.5, 0.8) {
            my $changed = change_match($text, $pattern,
                sub { other($_[0], int(length($_[0]) * $at)) }) // next;

            refused($receiver, "$where: $pattern at $at",
                $where => $changed);
        }
    }

    return;
}


sub try_body {
    my ($receiver, $body) = @_;
    my $length = length $body;
    my %places = map { $_ => 1 } 0, int($length / 3), int($length / 2),
        int(3 * $length / 4), $length - 1;

    for my $at (sort { $a <=> $b } keys %places) {
        my $changed = $body;
        substr($changed, $at, 1) ^= "\x01";
        refused($receiver, "bit of byte $at", body => $changed);
    }

    refused($receiver, 'a line break more', body => "$body\n");
    refused($receiver, 'the last byte less', body => substr $body, 0, -1);
    refused($receiver, 'no body', body => '');
    return;
}


sub try_header {
    my ($receiver, $name) = @_;
    my %headers = @{ $receiver->{headers} };
    my $value = $headers{$name};
    my @others = map { ($_ => $headers{$_}) } grep { $_ ne $name }
        sort keys %headers;
    my $with = sub { headers => [@others, $name => $_[0]] };

    refused($receiver, 'no signature', headers => [@others]);
    refused($receiver, 'an empty signature', $with->(''));

    # nginx lets no second one of these through.
    my @twice = (headers => [@others, $name => $value, $name => $value]);

    if (lc $name eq 'authorization') {
        is(deliver($nginx, $receiver, @twice)->{status}, 400,
            "$receiver->{title}: two signatures");
    }
    else {
        refused($receiver, 'two signatures', @twice);
    }

    # Of several signatures one must stay wrong: change only single ones.
    return if (() = $value =~ /(?:^|[ ,])v1a?[,=]/g) > 1;

    # Behind the scheme's word, key or prefix; JWTs in all three parts.
    my $start = $value =~ /^(?:Bearer|Basic) / ? length $&
        : $value =~ /^application [^:]+:/i ? length $&
        : $value =~ /(?:^|,)(?:s|v1)[=,]/ ? $+[0]
        : $value =~ /^\w{1,10}=/ ? length $& : 0;
    my $length = length($value) - $start;

    for my $part (0.05, 0.3, 0.6, 0.95) {
        my $at = $start + int($length * $part);
        next if $at > length($value) - 4 || substr($value, $at, 1) !~ /\w/;
        refused($receiver, "character $at", $with->(other($value, $at)));
    }

    refused($receiver, 'truncated',
        $with->(substr $value, 0, length($value) - 8));
    refused($receiver, 'a wrong prefix', $with->($value =~ s/^\w+=/sha1=/r))
        if $value =~ /^sha256=/;
    refused($receiver, 'SHA-1 in the wrong place', $with->('sha256='
        . hmac_sha1_hex($receiver->{body}, SECRET)))
        if $value =~ /^sha256=/;
    refused($receiver, 'without padding', $with->($value =~ s/=+$//r))
        if $receiver->{platform} eq 'x';
    return;
}


my %good;

for my $receiver (@receivers) {
    my $case = $receiver->{case};
    my $how = how_of($receiver);
    my %headers = @{ $receiver->{headers} };
    my $header = signature_header($receiver, %headers);

    # A second, good signature of another kind would do.
    if (grep { /oauth2/i } keys %headers) {
        next;
    }

    my $stored = stored($receiver);
    my $before = refused_sum($receiver);
    my $count = $forgeries;

    try_body($receiver, $receiver->{body}) if !$how->{unbound};
    try_header($receiver, $header) if defined $header;
    try_pieces($receiver, 'body', $receiver->{body}, @{ $how->{body} // [] });
    try_pieces($receiver, 'uri', $receiver->{uri}, @{ $how->{query} // [] });
    refused($receiver, 'another address', uri => $receiver->{uri}
        . ($receiver->{uri} =~ /\?/ ? '&x=1' : '?x=1')) if $how->{address};

    my @bad = $case->bad_headers;
    refused($receiver, 'the sample of a forgery', headers => [@bad]) if @bad;

    cmp_ok($forgeries - $count, '>=', 3,
        "$receiver->{title}: " . ($forgeries - $count) . ' forgeries');
    is(refused_sum($receiver), $before + $forgeries - $count,
        "$receiver->{title}: all counted");
    is(stored($receiver), $stored, "$receiver->{title}: nothing in Redis");

    # As it stands it is taken; hex may be in capitals.
    like(deliver($nginx, $receiver)->{status}, qr/^20[024]$/,
        "$receiver->{title}: untouched");

    if (defined $header && $headers{$header} =~ /^sha256=[0-9a-f]+$/) {
        my %capitals = (%headers, $header => $headers{$header}
            =~ s/(?<==)([0-9a-f]{40,})$/uc $1/er);
        is(deliver($nginx, $receiver, headers => [%capitals])->{status}, 200,
            "$receiver->{title}: capitals");
    }

    $good{ $receiver->{platform} }++;
}

my %registered = SocialCare::Receivers::registered();
is_deeply([grep { !$good{$_} } sort keys %registered], [],
    'forgeries of every receiver were tried');
cmp_ok($forgeries, '>=', 1000, "$forgeries forgeries");

# Every reason that was met is a counter of its own.
my $refused = platform_status($nginx, 'facebook')->{refused};
cmp_ok($refused->{$_}, '>', 0, "counted: $_")
    for qw(no_signature doubled malformed mismatch);


# The error log: one line per platform and reason in ten seconds, and nothing
# of what was sent.

# What nginx itself says at level info of a header that stands twice is its own.
my $log = $nginx->log =~ s/^.*client sent duplicate header line.*\n//mgr;
my %lines;
$lines{$1}++ while $log =~ /a callback for ("\S+" from \S+ was refused \(\w+\))/g;

cmp_ok(scalar keys %lines, '>=', scalar keys %registered, 'refusals are told');
my ($run) = sort { $b <=> $a } values %lines;
cmp_ok($run, '<=', 12, "and told rarely (at most $run times)");

my %texts = (secret => SECRET);
for my $receiver (@receivers) {
    for my $event (@{ $receiver->{case}->events // [] }) {
        for my $text ($event->{text}, $event->{author}{name},
            $event->{author}{handle}, $event->{author}{id}, $event->{thread})
        {
            next if !defined $text || length $text < 6;
            $text = "$text";
            utf8::encode($text) if utf8::is_utf8($text);
            $texts{"$receiver->{title}: $text"} = $text;
        }
    }
    my %headers = @{ $receiver->{headers} };
    my $header = signature_header($receiver, %headers) // next;
    $texts{"$receiver->{title}: signature"} = $headers{$header};
}

my @shown = grep { index($log, $texts{$_}) >= 0 } sort keys %texts;
is_deeply(\@shown, [], 'no secret, name, text or signature is logged ('
    . keys(%texts) . ' looked for)');

finish();
