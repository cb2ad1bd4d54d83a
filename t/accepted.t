# Every good sample of every platform through nginx: verified, understood,
# answered with a 2xx, and what it says is in Redis.

use strict;
use warnings;

use Cwd ();
use JSON::PP ();

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

sub quoted { return '"' . ($_[0] =~ s/(["\\])/\\$1/gr) . '"' }


# A location for each sample, under the path that its signature may cover.

my ($locations, @tries);

for my $folder (platforms()) {
    my $text = read_file("tests/fixtures/$folder/OPTIONS.json");
    my $options = $text eq '' ? {} : $json->decode($text);

    for my $case (grep { $_->accepted } cases(folder => $folder)) {
        my %o = (platform => $receiver{$folder} // $folder, options => [],
            accounts => [], secrets => [{ material => SECRET }],
            %{ $options->{'*'} // {} }, %{ $options->{ $case->{name} } // {} });

        # Probes sign a time of long ago, tokens expire, addresses are bound.
        next if !$registered{ $o{platform} } || $case->method ne 'POST';
        next if $folder =~ /^(?:twilio|messagebird|google-business)$/;

        my $path = $case->uri('/hook') =~ s/\?.*//r;
        my $query = $case->uri('/hook') =~ s/^[^?]*//r;
        my $signed_path = grep { $_->[1] =~ /\{(?:path|url|uri)/ }
            @{ $o{options} };
        my $at = $signed_path ? $path : '/hook' . @tries;

        $locations .= "location = $at { socialcare_webhook $o{platform} "
            . join(' ', map { quoted("$_->[0]=$_->[1]") } @{ $o{options} })
            . '; ' . join(' ', map {
                my $source = defined $_->{file} ? 'file:'
                    . Cwd::abs_path("tests/fixtures/$folder/$_->{file}")
                    : "value:$_->{material}";
                'socialcare_secret ' . quoted($source)
                    . ($_->{label} ? " name=$_->{label};" : ';')
            } @{ $o{secrets} })
            . (@{ $o{accounts} } ? ' socialcare_account '
                . join(' ', map { quoted($_) } @{ $o{accounts} }) . ';' : '')
            . ' socialcare_tolerance 3650d; socialcare_brand b' . @tries
            . "; }\n";

        push @tries, { at => $at . $query, case => $case,
            brand => 'b' . @tries };
    }
}

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    vars   => { redis => $redis->socket },
    http   => 'socialcare_redis unix:%%redis%%;',
    server => $locations,
)->start;

for my $try (@tries) {
    my $case = $try->{case};
    my $answer = request($nginx->port, 'POST', $try->{at},
        body => $case->body, headers => [$case->headers]);

    like($answer->{status}, qr/^20[024]$/, $case->title);
    next if !defined $case->events;

    my $brand = "{care:$try->{brand}/0}";
    my $wanted = grep { ($_->{direction} // '') =~ /^(?:in|unknown)$/
        && ($_->{kind} // '') ne 'notice' }
        @{ $case->events };

    is(scalar @{ $redis->client->call('KEYS', "$brand:q:*dead*") }, 0,
        $case->title . ': nothing is dead');
    is($redis->client->ask('XLEN', "$brand:q:mentions"), $wanted,
        $case->title . ': queued');
}

cmp_ok(scalar @tries, '>=', 100, scalar(@tries) . ' samples');
finish();
