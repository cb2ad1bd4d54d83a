# Alert rules and dashboard against a live server: every metric that they name
# exists, every rule has advice and a test, and these tests can fail.

use strict;
use warnings;

use JSON::PP ();

use SocialCare::Callback;
use SocialCare::Clock;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $folder = 'conf/prometheus';
my $rules = read_file("$folder/alerts.yml");
my $tests = read_file("$folder/tests.yml");
my $dashboard = eval {
    JSON::PP->new->utf8->decode(read_file('conf/grafana/socialcare.json'));
};

ok($dashboard, 'the dashboard is JSON') or diag($@);


# Each rule by itself.
my ($preface, @rules) = split /^      - alert: /m, $rules;
my %seen;

cmp_ok(scalar @rules, '>', 20, 'rules');
like(read_file('README.md'), qr/has ${\ scalar @rules} alerts/,
    'the README says how many');

for my $rule (@rules) {
    my ($name) = $rule =~ /\A(\w+)$/m;
    my ($summary) = $rule =~ /^          summary: (.+?)^          description:/ms;
    my ($description) = $rule =~ /^          description: >-\n((?: {12}\S.*\n)+)/m;

    like($name, qr/^Socialcare[A-Z]/, "$name: its name");
    ok(!$seen{$name}++, "$name: there is one");
    like($rule, qr/^        labels: \{severity: (?:critical|warning)\}$/m,
        "$name: severity");
    ok($summary, "$name: summary");
    cmp_ok(length($description // ''), '>', 120, "$name: what to do");
    like($tests, qr/^  - name: $name\b/m, "$name: tests");
}


# What a server gives that has all there is.
my $redis = SocialCare::Redis->start;

# Waits of yesterday and today, so that every metric has a value.
{
    my $client = $redis->client;
    my $hour = int(time / 3600);
    my $hash = '{care:default/0}:st:mentions:social:';

    $client->call('SADD', '{care:default/0}:series', 'social:mentions');
    $client->call('HSET', $hash . ($hour - 30), 'zoF0', 9, 'zw0.10', 5);
    $client->call('HSET', $hash . ($hour - 2), 'zoF0', 9, 'zoF4', 9,
        'zw0.10', 5, 'zw4.10', 9, 'zc:spam', 2);
    $client->call('HSET', $hash . $hour, map { ("${_}f.10", 1, "${_}fms", 1500,
        "${_}met", 1, "${_}miss", 1) } 'a' .. 'l');
}

my $clock = SocialCare::Clock->new;
my $nginx = SocialCare::Nginx->new(
    vars   => { redis => $redis->socket },
    main   => $clock->main,
    environment => { $clock->environment },
    http   => 'socialcare_redis unix:%%redis%% %%patient%%; socialcare_spool %%dir%%/spool;',
    server => <<'END',
        location = /hook {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare name=main;
        }
        location = /hub {
            socialcare_webhook websub topic=https://example.org/feed;
            socialcare_secret value:s3cr3t-socialcare name=main;
        }
        location = /metrics { socialcare_status prometheus; }
        location = /status  { socialcare_status; }
END
)->start;

is(send_page($nginx->port, '/hook', page(comment(fresh_id())))->{status}, 200,
    'a mention');

my $message = '{"object":"page","entry":[{"id":"10","messaging":[{"sender":'
    . '{"id":"1"},"recipient":{"id":"10"},"timestamp":' . time . '000,'
    . '"message":{"mid":"m1","text":"Hello"}}]}]}';

is(send_page($nginx->port, '/hook', $message)->{status}, 200, 'a message');
is(get($nginx->port, '/hub?hub.mode=subscribe&hub.challenge=c&'
    . 'hub.lease_seconds=432000&hub.topic=https://example.org/feed')->{status},
    200, 'a subscription');
ok(wait_for { (queue_status($nginx, 'mentions') // {})->{depth} }, 'was read');
ok(wait_for(sub { defined((queue_status($nginx, 'mentions') // {})->{pop_per_s}) },
    20), 'twice');
ok(wait_for(sub { my ($row) = @{ status($nginx)->{sla} };
    $row && $row->{windows}{'5m'} && $row->{windows}{'24h'} }, 20),
    'and the windows');

my $text = get($nginx->port, '/metrics')->{body};

# Trends say nothing for an hour: the calendar moves on, five minutes at a time.
my $later = '';

for (1 .. 14) {
    $clock->advance(300);
    wait_for(sub {
        my ($row) = @{ status($nginx)->{trend_detector}{series} };
        $row && $row->{reading_age_ms} < 300_000 }, 10);
    $later = get($nginx->port, '/metrics')->{body};
    last if $later =~ /^socialcare_trend_level\{/m;
}
like($later, qr/^socialcare_trend_level\{/m, 'and the trends');
$text .= join '', grep { /^socialcare_trend_\w+\{/ } split /^/, $later;

my (%family, %sample);

$family{$1} = $2 while $text =~ /^# TYPE (\w+) (\w+)$/mg;
$sample{$1}{$2 // ''} = 1 while $text =~ /^(socialcare_\w+)(\{[^}]*\})? /mg;

# An expression's metrics, each with its selector's label names and values.
sub check {
    my ($where, $expression) = @_;
    my $count = 0;

    while ($expression =~ /\b(socialcare_\w+)(?:\{([^}]*)\})?/g) {
        my ($name, $selector) = ($1, $2 // '');
        my $before = substr $expression, 0, $-[0];
        my ($base) = $name =~ /\A(\w+?)(?:_bucket|_sum|_count)?\z/;
        my $type = $family{$name}
            // (($family{$base} // '') eq 'histogram' ? 'counter' : undef);

        $count++;
        ok($type, "$where: $name exists") or next;

        # A counter alone says nothing; a gauge has no rate.
        my $rate = $before =~ /\b(?:rate|increase)\($/;

        is($rate ? 1 : 0, $type eq 'counter' ? 1 : 0,
            "$where: $name is a $type") if $where !~ /^variable/;

        my $lines = join "\n", keys %{ $sample{$name} // {} };

        while ($selector =~ /(\w+)(=~?)"([^"]*)"/g) {
            my ($label, $operator, $value) = ($1, $2, $3);

            next if $label eq 'instance' || $label eq 'job';
            like($lines, qr/[{,]$label="/, "$where: $name has $label");
            next if $value =~ /^\$/ || $name eq 'socialcare_redis_durability_info';
            like($lines, qr/[{,]$label="$_"/, "$where: $label is ever $_")
                for split /\|/, $value;
        }
    }

    cmp_ok($count, '>', 0, "$where: has a metric")
        if $where ne 'SocialcareScrapeFails';
    return;
}

for my $rule (@rules) {
    my ($name) = $rule =~ /\A(\w+)$/m;
    my ($expression) = $rule =~ /^        expr: (?:>-\n)?(.+?)^        \w+:/ms;

    check($name, $expression);
}

my @panels = grep { $_->{type} ne 'row' } @{ $dashboard->{panels} };
my %place;

cmp_ok(scalar @panels, '>', 20, 'panels');

for my $panel (@panels) {
    my $place = $panel->{gridPos};

    cmp_ok($place->{x} + $place->{w}, '<=', 24, "$panel->{title}: in the grid");

    for my $x ($place->{x} .. $place->{x} + $place->{w} - 1) {
        ok(!$place{"$x/$place->{y}"}++, "$panel->{title}: has its place")
            or last;
    }

    check("panel $panel->{title}", $_->{expr}) for @{ $panel->{targets} };
}

check("variable $_->{name}", $_->{definition})
    for grep { $_->{type} eq 'query' } @{ $dashboard->{templating}{list} };

{
    my %id;
    $id{ $_->{id} }++ for @{ $dashboard->{panels} };
    is(scalar keys %id, scalar @{ $dashboard->{panels} }, 'ids are unique');
}


# Prometheus' own tool.
SKIP: {
    skip 'promtool is not installed', 4 if !has_program('promtool');

    my $run = sub {
        my $said = `promtool @_ 2>&1`;
        return ($? == 0, $said);
    };

    for my $try (['check rules', 'alerts.yml'], ['test rules', 'tests.yml'],
        ['check config', 'scrape.yml'])
    {
        my ($good, $said) = $run->($try->[0], "$folder/$try->[1]");
        ok($good, "promtool $try->[0]") or diag($said);
    }

    # With any one rule made deaf its own tests fail.
    my ($head, @groups) = split /^(?=  - name: )/m, $tests;
    my $copy = temporary_folder();
    my @deaf;

    for my $rule (@rules) {
        my $changed = $rules;
        my ($name) = $rule =~ /\A(\w+)$/m;

        $changed =~ s/(- alert: $name\n        expr: ).*?(?=^        \w+:)/$1vector(0) > 1\n/ms;
        write_file("$copy/alerts.yml", $changed);
        write_file("$copy/tests.yml", join '', $head,
            grep { /- name: $name$|- name: $name fires$/m } @groups);
        push @deaf, $name if ($run->('test rules', "$copy/tests.yml"))[0];
    }

    is_deeply(\@deaf, [], 'each rule is missed by its test')
        or diag(explain(\@deaf));
}

finish();
