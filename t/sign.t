# The harness signs as the platforms do: for every sample whose scheme it knows
# it must compute the signature in the sample's headers.

use strict;
use warnings;

use Time::Local qw(timegm);

use SocialCare::Fixtures;
use SocialCare::Sign;
use SocialCare::Test;


# Samples that are variants of their platform's usual scheme.
my %variant = map { $_ => 1 } qw(
    generic-hmac/shopify_style generic-hmac/stripe_style
    generic-hmac/ts_header_ms_sha512 meta-common/data-deletion
    meta-common/deauthorize standard-webhooks/rotated standard-webhooks/svix
    standard-webhooks/v1a tiktok/shop-new-message-agent
    tiktok/shop-new-message-buyer websub-youtube/deleted.sha512
    websub-youtube/rss-item.sha256 websub-youtube/title-updated.sha256
    websub-youtube/two-entries.sha384
    cloudevents/options_handshake cloudevents/options_not_allowed
    sinch/voice_incoming sinch/number_event
);

# ECDSA signatures and tokens with an id of their own are new each time.
my %random = (
    'email-sendgrid' => qr/^(?!.*timestamp)/i,
    map { $_ => qr/./ }
        qw(messagebird vonage apple-messages google-business),
);


sub signed_time {
    my (%header) = @_;

    for my $name (qw(x-slack-request-timestamp x-chatwoot-timestamp
        x-sinch-webhook-signature-timestamp webhook-timestamp
        x-signature-timestamp x-twilio-email-event-webhook-timestamp))
    {
        return $header{$name} if defined $header{$name};
    }

    return $1 if ($header{'tiktok-signature'} // '') =~ /^t=(\d+)/;

    if (my $text = $header{'x-zendesk-webhook-signature-timestamp'}) {
        my ($y, $m, $d, $h, $min, $s) = $text =~ /(\d+)/g;
        return timegm($s, $min, $h, $d, $m - 1, $y);
    }

    return time;
}


my $checked = 0;

for my $case (cases(verify => 'ok')) {
    next if !can_sign($case->{folder}) || $variant{ $case->title };

    my @headers = $case->headers;
    my %header = map { lc($headers[$_ * 2]) => $headers[$_ * 2 + 1] }
        0 .. @headers / 2 - 1;

    my %signed = sign($case->{folder},
        body  => $case->body,
        url   => $case->url,
        time  => signed_time(%header),
        id    => $header{'webhook-id'},
        nonce => $header{'x-sinch-webhook-signature-nonce'});

    my $random = $random{ $case->{folder} };
    delete @signed{ grep { /$random/ } keys %signed } if $random;

    my %sample = map { $_ => $header{ lc $_ } } keys %signed;

    is_deeply(\%signed, \%sample, $case->title);
    $checked++;
}

cmp_ok($checked, '>', 100, "samples signed ($checked)");

# And a changed byte changes the signature.
my ($first) = cases(folder => 'facebook');
my %right = sign('facebook', body => $first->body);
my %wrong = sign('facebook', body => $first->body . "\n");

isnt($wrong{'X-Hub-Signature-256'}, $right{'X-Hub-Signature-256'},
    'one more byte, another signature');

finish();
