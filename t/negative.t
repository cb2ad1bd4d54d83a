# Forgeries of every platform, through nginx: refused with an empty body, by
# reason, without a trace in Redis and without a word of them in a log.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha1_hex);
use JSON::PP ();

use SocialCare::Callback;
use SocialCare::Fixtures;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $json = JSON::PP->new->utf8;
my %receiver = ('meta-common' => 'meta', 'generic-hmac' => 'generic');
my %registered = map { tr/_/-/r => 1 } read_file(
    'ngx_socialcare_module/platforms/sc_registry.c') =~ /&sc_platform_(\w+)/g;


# One receiver for each good sample, as its OPTIONS.json says.

my (@tries, $locations);

for my $folder (platforms()) {
    my $options = read_file("tests/fixtures/$folder/OPTIONS.json");
    $options = $options eq '' ? {} : $json->decode($options);

    for my $case (grep { $_->accepted } cases(folder => $folder)) {
        my %o = (platform => $receiver{$folder} // $folder, options => [],
            secrets => [{ material => SECRET }],
            %{ $options->{'*'} // {} }, %{ $options->{ $case->{name} } // {} });

        next if !$registered{ $o{platform} };

        my $quote = sub { '"' . ($_[0] =~ s/(["\\\$])/\\$1/gr) . '"' };
        next if grep { ($_->[1] // '') =~ /\$/ } @{ $o{options} };

        my $at = '/hook' . @tries;
        my $base = $case->uri('') =~ s/\?.*//r;
        my $secrets = join ' ', map {
            my $source = defined $_->{file} ? do { require Cwd; 'file:'
                . Cwd::abs_path("tests/fixtures/$folder/$_->{file}") }
                : "value:$_->{material}";
            'socialcare_secret ' . $quote->($source) . ';'
        } @{ $o{secrets} };

        $locations .= "location = $at { socialcare_webhook $o{platform} "
            . join(' ', map { $quote->("$_->[0]=$_->[1]") } @{ $o{options} })
            . "; $secrets socialcare_tolerance "
            . (defined $case->clock ? '3650d' : '300s')
            . "; socialcare_brand b" . @tries . "; }\n";

        # Schemes that sign the address or method are bound to their path.
        my $bound = ($case->url // '') ne ''
            || grep { $_->[1] =~ /\{(?:path|url|uri|query)/ } @{ $o{options} };

        push @tries, { at => $at, case => $case, platform => $o{platform},
            brand => 'b' . @tries, folder => $folder, bound => $bound, title => $case->title };
    }
}

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    level  => 'info',
    vars   => { redis => $redis->socket },
    log_format => 'log_format test "$status $socialcare_result $uri";',
    http   => 'socialcare_redis unix:%%redis%%;',
    server => "$locations location = /status { socialcare_status json; }",
)->start;

my $port = $nginx->port;
my $client = $redis->client;
my %signature = (
    'x' => 'x-twitter-webhooks-signature', 'linkedin' => 'X-LI-Signature',
    'standard-webhooks' => 'webhook-signature',
);

# Where a sample's signature stands.
sub signature_header {
    my ($try, %headers) = @_;
    my ($name) = grep { lc eq lc($signature{ $try->{folder} } // '') }
        keys %headers;

    ($name) = sort { length $b <=> length $a }
        grep { /signature/i && !/timestamp|time$|nonce|algorithm/i }
        keys %headers if !defined $name;
    return $name;
}

sub refused_sum {
    my ($try) = @_;
    my $sum = 0;

    $sum += $_ for values %{ platform_status($nginx, $try->{platform})
        ->{refused} };
    return $sum;
}

# Everything of the receiver's brand but the sweep's lease, which comes and
# goes by itself.
sub stored {
    my ($try) = @_;

    return join ' ', sort grep { !/lease/ } @{ $client->call('KEYS',
        "{care:$try->{brand}/*") };
}

sub refused {
    my ($try, $name, $body, @headers) = @_;
    my $before = refused_sum($try);
    my $answer = request($port, $try->{case}->method, $try->{at},
        body => $body, headers => \@headers);

    is($answer->{status}, 401, "$try->{title}: $name");
    is($answer->{body}, '', "$try->{title}: $name: empty");
    is(refused_sum($try), $before + 1, "$try->{title}: $name: counted");
}

my (%good, %tried, $forged);

for my $round (1, 2) {
    for my $try (@tries) {
        my $case = $try->{case};
        my %headers = $case->headers;
        my $body = $case->body;
        my $header = signature_header($try, %headers);

        # Elsewhere than in a header, or over the address: not here.  Nor with
        # a second, good signature of another kind.
        next if !defined $header || $try->{bound};
        next if grep { /oauth2-signature/i } keys %headers;
        next if $tried{"$round $try->{folder}"}++ >= 5;

        my $value = $headers{$header};
        my @others = map { ($_ => $headers{$_}) } grep { $_ ne $header }
            sort keys %headers;
        my $with = sub { (@others, $header => $_[0]) };

        my $stored = stored($try);

        for my $at (0, int(length($body) / 2), length($body) - 1) {
            my $changed = $body;
            substr($changed, $at, 1) ^= "\x01";
            refused($try, "bit of byte $at", $changed, $with->($value));
        }

        refused($try, 'a line break more', "$body\n", $with->($value));
        refused($try, 'the last byte less', substr($body, 0, -1),
            $with->($value));
        refused($try, 'no body', '', $with->($value));

        my @places = grep { substr($value, $_, 1) =~ /[0-9A-Za-z+\/]/ }
            index($value, '=') > 0 && $value =~ /^\w{1,10}=/
            ? index($value, '=') + 1 .. length($value) - 3
            : 0 .. length($value) - 3;
        # Of several signatures one must stay wrong: change only single ones.
        if ($value !~ /[ ,]v1|,s=/ || $value !~ / /) {
            for my $place (@places[-1, int(@places / 2)]) {
                my $changed = $value;
                substr($changed, $place, 1) =
                    substr($changed, $place, 1) eq '0' ? '1' : '0';
                refused($try, "digit $place", $body, $with->($changed));
            }
            refused($try, 'truncated', $body,
                $with->(substr $value, 0, length($value) - 8));
        }

        refused($try, 'no signature', $body, @others);
        refused($try, 'an empty signature', $body, $with->(''));
        refused($try, 'two signatures', $body, $with->($value),
            $header => $value);
        refused($try, 'a wrong prefix', $body, $with->($value =~ s/^\w+=/sha1=/r))
            if $value =~ /^sha256=/;
        refused($try, 'SHA-1 in the wrong place', $body,
            $with->('sha256=' . hmac_sha1_hex($body, SECRET)))
            if $value =~ /^sha256=/;
        refused($try, 'without padding', $body, $with->($value =~ s/=+$//r))
            if $try->{platform} eq 'x';

        my @bad = $case->bad_headers;
        refused($try, 'the sample of a forgery', $body, @bad) if @bad;

        is(stored($try), $stored, "$try->{title}: nothing in Redis");
        $forged++;

        # As it stands it is taken; hex may be in capitals.
        is(request($port, $case->method, $try->{at}, body => $body,
            headers => [$with->($value)])->{status}, 200,
            "$try->{title}: untouched");
        is(request($port, $case->method, $try->{at}, body => $body, headers =>
            [$with->($value =~ s/(?<==)([0-9a-f]{40,})$/uc $1/er)])->{status},
            200, "$try->{title}: capitals")
            if $value =~ /^sha256=[0-9a-f]+$/;
        $good{ $try->{platform} }++;
    }
}

cmp_ok(scalar keys %good, '>=', 7, 'platforms tried: ' . join ' ',
    sort keys %good);
cmp_ok($forged, '>=', 50, "samples tried: $forged");

# Every reason that was met is a counter of its own.
my $refused = platform_status($nginx, 'facebook')->{refused};
cmp_ok($refused->{$_}, '>', 0, "counted: $_")
    for qw(no_signature doubled malformed mismatch);


# The error log: one line per platform and reason in ten seconds, and nothing
# of what was sent.

my $log = $nginx->log;
my %lines;
$lines{$1}++ while $log =~ /a callback for ("\S+" from \S+ was refused \(\w+\))/g;

cmp_ok(scalar keys %lines, '>=', 7, 'refusals are told');
my ($run) = sort { $b <=> $a } values %lines;
cmp_ok($run, '<=', 12, "and told rarely (at most $run times)");

my %texts = (secret => SECRET);
for my $try (@tries) {
    for my $event (@{ $try->{case}->events // [] }) {
        for my $text ($event->{text}, $event->{author}{name},
            $event->{author}{handle}, $event->{author}{id}, $event->{thread})
        {
            next if !defined $text || length $text < 6;
            $text = "$text";
            utf8::encode($text) if utf8::is_utf8($text);
            $texts{"$try->{title}: $text"} = $text;
        }
    }
    my %headers = $try->{case}->headers;
    my $header = signature_header($try, %headers) // next;
    $texts{"$try->{title}: signature"} = $headers{$header};
}

my @shown = grep { index($log, $texts{$_}) >= 0 } sort keys %texts;
is_deeply(\@shown, [], 'no secret, name, text or signature is logged ('
    . keys(%texts) . ' looked for)');

finish();
