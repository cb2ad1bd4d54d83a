package SocialCare::Receivers;

# Every accepted sample as a separate receiver: one server block for each, so
# that the path, the host and the URL that a signature may cover are right.
#
#     my @receivers = receivers();
#     my $nginx = SocialCare::Nginx->new(http => '...'
#         . receivers_config(@receivers));
#     my $answer = deliver($nginx, $receiver, body => ...);
#
# A receiver: case, title, folder, platform, brand (its own), host, uri, body,
# headers (flat list).  Samples are signed again if they would have expired, or
# share a token or nonce, which no sender uses twice.

use strict;
use warnings;

use Cwd ();
use Digest::SHA qw(hmac_sha256_hex sha1_hex);
use Exporter 'import';
use JSON::PP ();

use SocialCare::Fixtures;
use SocialCare::Http;
use SocialCare::Sign;
use SocialCare::Test qw(read_file);

our @EXPORT = qw(receivers receivers_config deliver);

my $public = 'https://care.example.com';
my %named = ('meta-common' => 'meta', 'generic-hmac' => 'generic');


sub registered {
    my $text = read_file('ngx_socialcare_module/platforms/sc_registry.c');

    return map { tr/_/-/r => 1 } $text =~ /&sc_platform_(\w+)/g;
}


# Another token of the same length, and the signature over it.

sub renew_mailgun {
    my ($receiver, $number) = @_;
    my ($time) = $receiver->{body} =~ /\btimestamp\W+(\d{10})\b/;
    my ($token) = $receiver->{body} =~ /\btoken\W+(\w{20,})/;
    my $new = substr($token, 0, -4) . sprintf '%04d', $number;
    my $old = hmac_sha256_hex("$time$token", SECRET);
    my $signature = hmac_sha256_hex("$time$new", SECRET);

    $receiver->{body} =~ s/$token/$new/;
    $receiver->{body} =~ s/$old/$signature/ or die "$receiver->{title}\n";
    return;
}


sub renew_wechat {
    my ($receiver, $number) = @_;
    my ($time) = $receiver->{uri} =~ /timestamp=(\d+)/;
    my @texts = (SECRET, $time, "9$number");
    my $signature = sha1_hex(join '', sort @texts);

    $receiver->{uri} =~ s/nonce=[^&]*/nonce=9$number/;
    $receiver->{uri} =~ s/([?&]signature=)[0-9a-f]+/$1$signature/;
    return;
}


# These tokens contain their expiry; WeChat's probe contains the time of its
# signature, and the configured tolerance does not apply to it.

sub renew {
    my ($receiver, $number) = @_;
    my $case = $receiver->{case};

    renew_mailgun($receiver, $number)
        if $receiver->{folder} eq 'email-mailgun';
    renew_wechat($receiver, $number) if $receiver->{folder} eq 'wechat'
        && $case->method eq 'POST' && $receiver->{uri} !~ /encrypt_type/;

    if ($receiver->{folder} =~ /^(?:google-business|messagebird)$/) {
        my %new = sign($receiver->{folder}, body => $case->body,
            url => $case->url);
        my %all = (@{ $receiver->{headers} }, %new);

        $receiver->{headers} = [%all];
    }

    if ($case->title eq 'wechat/handshake') {
        my $now = time;
        my ($nonce) = $receiver->{uri} =~ /nonce=([^&]*)/;
        my @texts = (SECRET, $now, $nonce);
        my $signature = sha1_hex(join '', sort @texts);

        $receiver->{uri} =~ s/timestamp=\d+/timestamp=$now/;
        $receiver->{uri} =~ s/([?&]signature=)[0-9a-f]+/$1$signature/;
    }

    return;
}


sub receivers {
    my $json = JSON::PP->new->utf8;
    my %registered = registered();
    my @receivers;

    for my $folder (platforms()) {
        my $text = read_file("tests/fixtures/$folder/OPTIONS.json");
        my $options = $text eq '' ? {} : $json->decode($text);

        for my $case (grep { $_->accepted } cases(folder => $folder)) {
            my %o = (platform => $named{$folder} // $folder, options => [],
                accounts => [], secrets => [{ material => SECRET }],
                %{ $options->{'*'} // {} },
                %{ $options->{ $case->{name} } // {} });

            next if !$registered{ $o{platform} };

            my $number = @receivers;
            my $receiver = { %o, case => $case, title => $case->title,
                folder => $folder, brand => "b$number",
                host => "r$number.test", uri => $case->uri("/hooks/$folder"),
                body => $case->body, headers => [$case->headers] };

            renew($receiver, $number);
            push @receivers, $receiver;
        }
    }

    return @receivers;
}


sub quoted { return '"' . ($_[0] =~ s/(["\\])/\\$1/gr) . '"' }


sub one_config {
    my ($receiver) = @_;
    my $path = $receiver->{uri} =~ s/\?.*//r;

    my $options = join ' ', map { quoted("$_->[0]=$_->[1]") }
        @{ $receiver->{options} };
    my $secrets = join "\n        ", map {
        my $source = defined $_->{file} ? 'file:'
            . Cwd::abs_path("tests/fixtures/$receiver->{folder}/$_->{file}")
            : "value:$_->{material}";

        'socialcare_secret ' . quoted($source)
            . ($_->{label} ? " name=$_->{label}" : '') . ';'
    } @{ $receiver->{secrets} };
    my $accounts = @{ $receiver->{accounts} }
        ? 'socialcare_account ' . join(' ', map { quoted($_) }
            @{ $receiver->{accounts} }) . ';' : '';

    return <<"END";
server {
    listen 127.0.0.1:%%port%%;
    server_name $receiver->{host};

    location = $path {
        socialcare_webhook $receiver->{platform} $options;
        $secrets
        $accounts
        socialcare_public_url $public;
        socialcare_tolerance 3650d;
        socialcare_brand $receiver->{brand};
    }
}
END
}


sub receivers_config { return join '', map { one_config($_) } @_ }


# Sends the sample, or its variant with another `body`, `uri` or `headers`.

sub deliver {
    my ($nginx, $receiver, %changes) = @_;

    return request($nginx->port, $receiver->{case}->method,
        $changes{uri} // $receiver->{uri},
        body    => $changes{body} // $receiver->{body},
        headers => ['Host' => $receiver->{host},
            @{ $changes{headers} // $receiver->{headers} }]);
}

1;
