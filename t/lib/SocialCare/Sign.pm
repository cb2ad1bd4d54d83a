package SocialCare::Sign;

# Signs callbacks the way the platforms do, with core Perl's HMAC and, for
# the asymmetric schemes, the openssl program and the test keys next to the
# samples.  Written from the platforms' documentation, not from the module's
# code, so that the two agree only if both are right.
#
#     my %headers = sign('slack', body => $body, time => time);
#
# Options: body, secret (default SECRET), time (Unix seconds, default now),
# url (schemes that sign it), id, nonce, method, path, key (a PEM file).

use strict;
use warnings;

use Digest::MD5 qw(md5_hex);
use Digest::SHA qw(hmac_sha1 hmac_sha1_hex hmac_sha256 hmac_sha256_hex
    hmac_sha384_hex hmac_sha512_hex sha1_hex sha256_hex);
use Exporter 'import';
use File::Temp ();
use MIME::Base64 qw(encode_base64 encode_base64url decode_base64);
use POSIX ();

our @EXPORT = qw(sign can_sign SECRET);

use constant SECRET => 's3cr3t-socialcare';

my $fixtures = 'tests/fixtures';


sub base64 { return encode_base64($_[0], '') }


# Meta's products, LinkedIn and others sign the body alone.

sub hub_sha256 {
    my (%o) = @_;
    return ('X-Hub-Signature-256' =>
        'sha256=' . hmac_sha256_hex($o{body}, $o{secret}));
}


sub hub_sha1 {
    my (%o) = @_;
    return ('X-Hub-Signature' =>
        'sha1=' . hmac_sha1_hex($o{body}, $o{secret}));
}


sub iso8601 { return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_[0]) }


# Twilio: the URL, then the form's names and values, sorted by name.

sub form_pairs {
    my ($body) = @_;

    return map {
        my ($name, $value) = map {
            my $text = $_ // '';
            $text =~ tr/+/ /;
            $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
            $text;
        } split /=/, $_, 2;
        [$name, $value // ''];
    } grep { length } split /&/, $body;
}


sub twilio {
    my (%o) = @_;
    my $text = $o{url} // die "twilio signs the URL\n";

    if ($o{body} =~ /\A\s*[\[{]/) {
        # JSON: the body's digest is in the query string.
        $text =~ s/(bodySHA256=)[0-9a-f]*/$1 . sha256_hex($o{body})/e;
    }
    else {
        # A value that is repeated under one name counts once.
        my %seen;
        $text .= join '', grep { !$seen{$_}++ } map { $_->[0] . $_->[1] }
            sort { $a->[0] cmp $b->[0] || $a->[1] cmp $b->[1] }
            form_pairs($o{body});
    }

    return ('X-Twilio-Signature' => base64(hmac_sha1($text, $o{secret})));
}


sub jwt_hs256 {
    my ($claims, $secret) = @_;
    my $text = encode_base64url('{"alg":"HS256","typ":"JWT"}') . '.'
        . encode_base64url($claims);

    return "$text." . encode_base64url(hmac_sha256($text, $secret));
}


# Ed25519, ECDSA and RSA by the openssl program: raw signature bytes.

sub openssl_sign {
    my ($text, $key, $raw) = @_;
    my $folder = File::Temp->newdir;

    open my $file, '>:raw', "$folder/text" or die "$folder: $!\n";
    print {$file} $text;
    close $file;

    my @command = $raw
        ? ('pkeyutl', '-sign', '-rawin', '-inkey', $key, '-in',
            "$folder/text", '-out', "$folder/signature")
        : ('dgst', '-sha256', '-sign', $key, '-out', "$folder/signature",
            "$folder/text");

    system('openssl', @command) == 0 or die "openssl @command failed\n";

    open $file, '<:raw', "$folder/signature" or die "$folder: $!\n";
    local $/;
    return scalar <$file>;
}


my %signer = (
    'facebook'  => \&hub_sha256,
    'messenger' => \&hub_sha256,
    'instagram' => \&hub_sha256,
    'whatsapp'  => \&hub_sha256,
    'threads'   => \&hub_sha256,
    'meta-common' => \&hub_sha256,
    'generic'   => \&hub_sha256,
    'generic-hmac' => \&hub_sha256,
    'intercom'  => \&hub_sha1,

    'mastodon' => sub {
        my (%o) = @_;
        return ('X-Hub-Signature' =>
            'sha256=' . hmac_sha256_hex($o{body}, $o{secret}));
    },
    'websub-youtube' => \&hub_sha1,
    'x' => sub {
        my (%o) = @_;
        return ('x-twitter-webhooks-signature' =>
            'sha256=' . base64(hmac_sha256($o{body}, $o{secret})));
    },
    'linkedin' => sub {
        my (%o) = @_;
        return ('X-LI-Signature' =>
            hmac_sha256_hex('hmacsha256=' . $o{body}, $o{secret}));
    },
    'tiktok' => sub {
        my (%o) = @_;
        return ('TikTok-Signature' => "t=$o{time},s="
            . hmac_sha256_hex("$o{time}.$o{body}", $o{secret}));
    },
    'line' => sub {
        my (%o) = @_;
        return ('X-Line-Signature' =>
            base64(hmac_sha256($o{body}, $o{secret})));
    },
    'viber' => sub {
        my (%o) = @_;
        return ('X-Viber-Content-Signature' =>
            hmac_sha256_hex($o{body}, $o{secret}));
    },
    'slack' => sub {
        my (%o) = @_;
        return ('X-Slack-Request-Timestamp' => $o{time},
            'X-Slack-Signature' => 'v0='
            . hmac_sha256_hex("v0:$o{time}:$o{body}", $o{secret}));
    },
    'zendesk' => sub {
        my (%o) = @_;
        my $time = iso8601($o{time});
        return ('X-Zendesk-Webhook-Signature' =>
            base64(hmac_sha256($time . $o{body}, $o{secret})),
            'X-Zendesk-Webhook-Signature-Timestamp' => $time);
    },
    'chatwoot' => sub {
        my (%o) = @_;
        return ('X-Chatwoot-Signature' => 'sha256='
            . hmac_sha256_hex("$o{time}.$o{body}", $o{secret}),
            'X-Chatwoot-Timestamp' => $o{time});
    },
    'stripe-style' => sub {
        my (%o) = @_;
        return ('Stripe-Signature' => "t=$o{time},v1="
            . hmac_sha256_hex("$o{time}.$o{body}", $o{secret}));
    },
    'sinch' => sub {
        my (%o) = @_;
        my $nonce = $o{nonce} // 'n-1';
        return ('x-sinch-webhook-signature' =>
            base64(hmac_sha256("$o{body}.$nonce.$o{time}", $o{secret})),
            'x-sinch-webhook-signature-nonce' => $nonce,
            'x-sinch-webhook-signature-timestamp' => $o{time},
            'x-sinch-webhook-signature-algorithm' => 'HmacSHA256');
    },
    'standard-webhooks' => sub {
        my (%o) = @_;
        my $id = $o{id} // 'msg_1';
        my $key = $o{secret} =~ /^whsec_(.*)/ ? decode_base64($1) : $o{secret};
        return ('webhook-id' => $id, 'webhook-timestamp' => $o{time},
            'webhook-signature' => 'v1,'
            . base64(hmac_sha256("$id.$o{time}.$o{body}", $key)));
    },
    'telegram' => sub {
        my (%o) = @_;
        return ('X-Telegram-Bot-Api-Secret-Token' => $o{secret});
    },
    'kakao'       => sub { my (%o) = @_; ('Authorization' => "Bearer $o{secret}") },
    'cloudevents' => sub { my (%o) = @_; ('Authorization' => "Bearer $o{secret}") },
    'email-postmark' => sub {
        my (%o) = @_;
        return ('Authorization' => 'Basic ' . base64("postmark:$o{secret}"));
    },
    'trustpilot' => sub {
        my (%o) = @_;
        return ('Authorization' => 'Basic ' . base64("trustpilot:$o{secret}"));
    },
    'twilio' => \&twilio,
    'messagebird' => sub {
        my (%o) = @_;
        my $url = $o{url} // die "messagebird signs the URL\n";
        my $claims = sprintf '{"iss":"MessageBird","nbf":%d,"exp":%d,'
            . '"iat":%d,"jti":"%s","url_hash":"%s"%s}', $o{time},
            $o{time} + 60, $o{time}, $o{id} // 'jti-1', sha256_hex($url),
            length $o{body}
            ? ',"payload_hash":"' . sha256_hex($o{body}) . '"' : '';
        return ('MessageBird-Signature-JWT' => jwt_hs256($claims, $o{secret}));
    },
    'vonage' => sub {
        my (%o) = @_;
        my $claims = sprintf '{"iat":%d,"jti":"%s","iss":"Vonage",'
            . '"api_key":"nw12ab34","payload_hash":"%s"}', $o{time},
            $o{id} // 'jti-1', sha256_hex($o{body});
        return ('Authorization' => 'Bearer '
            . jwt_hs256($claims, $o{secret}));
    },
    'apple-messages' => sub {
        my (%o) = @_;
        my $claims = sprintf '{"aud":"%s","iat":%d}', $o{audience}
            // 'b5d6e9a0-1c2d-4e3f-8a9b-0c1d2e3f4a5b', $o{time};
        return ('Authorization' => 'Bearer '
            . jwt_hs256($claims, $o{secret}));
    },
    'google-business' => sub {
        my (%o) = @_;
        my $key = $o{key} // "$fixtures/google-business/test-rsa.pem";
        my $claims = sprintf '{"aud":"%s","email":"%s","email_verified":true,'
            . '"exp":%d,"iat":%d,"iss":"https://accounts.google.com"}',
            $o{url} // die("google-business names the URL\n"), $o{email}
            // 'gbp-push@northwind-care.iam.gserviceaccount.com',
            $o{time} + 3600, $o{time};
        my $text = encode_base64url('{"alg":"RS256","kid":"sc-test-key-1",'
            . '"typ":"JWT"}') . '.' . encode_base64url($claims);
        return ('Authorization' => "Bearer $text."
            . encode_base64url(openssl_sign($text, $key)));
    },
    'infobip' => sub {
        my (%o) = @_;
        return ('Authorization' => 'Basic ' . base64("infobip:$o{secret}"));
    },
    'discord' => sub {
        my (%o) = @_;
        my $key = $o{key} // "$fixtures/discord/test-ed25519.pem";
        return ('X-Signature-Ed25519' =>
            unpack('H*', openssl_sign($o{time} . $o{body}, $key, 1)),
            'X-Signature-Timestamp' => $o{time});
    },
    'email-sendgrid' => sub {
        my (%o) = @_;
        my $key = $o{key} // "$fixtures/email-sendgrid/test-p256.pem";
        return ('X-Twilio-Email-Event-Webhook-Signature' =>
            base64(openssl_sign($o{time} . $o{body}, $key)),
            'X-Twilio-Email-Event-Webhook-Timestamp' => $o{time});
    },
    'freshchat' => sub {
        my (%o) = @_;
        my $key = $o{key} // "$fixtures/freshchat/test-rsa.pem";
        return ('X-Freshchat-Signature' =>
            base64(openssl_sign($o{body}, $key)));
    },
);


sub can_sign { return exists $signer{ $_[0] } }


# The headers as a flat list.

sub sign {
    my ($platform, %options) = @_;
    my $signer = $signer{$platform} // die "cannot sign for $platform\n";

    return $signer->(body => '', secret => SECRET, time => time, %options);
}

1;
