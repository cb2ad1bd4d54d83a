# Live trends: what burns, what does not, and what never becomes a topic.  A
# library moves the wall clock of nginx (tests/faults/time_shim.c), but not its
# timers.

use strict;
use warnings;

use POSIX ();

use SocialCare::Care;
use SocialCare::Clock;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;

plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

use constant BUCKET => 300;

my $redis = SocialCare::Redis->start;
my $client = $redis->client;

# All of a step lies well inside of the bucket that it begins.
my $clock = SocialCare::Clock->new(BUCKET - time % BUCKET + 10);


sub trend_nginx {
    my (%o) = @_;

    return care_nginx(redis => $redis->socket, workers => 2, zone => '8m',
        options => '%%patient%%', hook => 'socialcare_queue $by_trend;',
        main => $clock->main,
        environment => { $clock->environment },
        more => '        location = /metrics { socialcare_status prometheus; }',
        %o,
        top => 'map $socialcare_trend $by_trend { "" mentions; '
            . 'default incident; }' . ($o{top} // ''));
}


# Comments of one callback; each is [author, text].

my $serial = 0;

sub callback_of {
    my (@mentions) = @_;
    my $now = $clock->now;
    my @changes = map {
        my ($author, $text) = @$_;
        my $id = ++$serial;

        qq({"field":"feed","value":{"item":"comment","verb":"add",)
            . qq("post_id":"1_2","parent_id":"1_2","comment_id":"2_$id",)
            . qq("from":{"id":"$author","name":"Ada Lovelace"},)
            . qq("message":"$text","created_time":$now}})
    } @mentions;

    return qq({"object":"page","entry":[{"id":"104200990001234",)
        . qq("time":$now,"changes":[) . join(',', @changes) . ']}]}';
}

sub send_body {
    my ($nginx, $body) = @_;
    my %headers = sign('facebook', body => $body);

    return post($nginx->port, '/hook', $body, headers => [%headers])->{status};
}

sub say_all {
    my ($nginx, @mentions) = @_;
    my $good = 1;

    while (my @some = splice @mentions, 0, 50) {
        $good &&= send_body($nginx, callback_of(@some)) == 200;
    }

    return $good;
}

sub series {
    my ($nginx) = @_;

    return care_status($nginx)->{trend_detector}{series}[0];
}

# The next five minutes begin, and somebody has judged the last ones.

sub next_bucket {
    my ($nginx) = @_;

    $clock->advance(BUCKET - $clock->now % BUCKET + 10);
    return wait_for(sub {
        my $series = series($nginx);

        $series && $series->{reading_age_ms} < BUCKET * 1000
    }, 30);
}

my $people = 1000;

sub flat {
    my ($nginx, $buckets) = @_;

    for (1 .. $buckets) {
        say_all($nginx, map { [$people++, 'Where does my train leave?'] }
            1 .. 3) or return;
        next_bucket($nginx) or return;
    }

    return 1;
}

sub topics { return map { $_->{topic} // () } @{ care_status($_[0])->{trends} } }

sub stored {
    my ($queue, $text) = @_;
    my $key = "{care:default/0}:q:$queue";

    return grep { /\Q$text\E/ } map { $_->[1][1] }
        @{ $client->call('XRANGE', $key, '-', '+') };
}


my $nginx = trend_nginx()->start;

# The first hour is not judged; then a flat flow is calm.
ok(flat($nginx, 3), 'some traffic');
is(series($nginx)->{grade}, 'unknown', 'nothing is known in the first hour');
is(series($nginx)->{expected_60m}, undef, 'and nothing is expected');
ok(flat($nginx, 11), 'an hour of flat traffic');
is(series($nginx)->{grade}, 'learning', 'now something is known');
is(series($nginx)->{authors_60m}, 36, 'authors of the last hour');
cmp_ok(series($nginx)->{expected_60m}, '>', 25, 'about as many are expected');
is_deeply(care_status($nginx)->{trends}, [], 'nothing burns');

# One person a thousand times.
ok(say_all($nginx, map { [7, "outage everywhere $_"] } 1 .. 1000),
    'one author, a thousand times');
ok(next_bucket($nginx), 'one author: judged');
is_deeply(care_status($nginx)->{trends}, [], 'one author: nothing burns');

# Many people, and with their words what must never be shown, or says nothing:
# the brand's name.
my $personal = 'Default, @lea_hoffmann 0170 1234567 +49-30-1234567, '
    . 'lea@example.org https://t.co/secret Ada Lovelace <@U1|Jane Doe> '
    . 'DE89370400440532013000';
my $retried = callback_of([900, "signal lost in Kiel #stoerung $personal"]);

is(send_body($nginx, $retried), 200, 'a burst begins');
ok(say_all($nginx, map { [$people++,
    "signal lost in Kiel #stoerung $personal"] } 1 .. 24), 'many people');

my $before = care_status($nginx)->{trend_detector};

is(send_body($nginx, $retried), 200, 'a retry');
is(care_status($nginx)->{trend_detector}{repeated}, $before->{repeated} + 1,
    'a retry is known');
is(care_status($nginx)->{trend_detector}{observed}, $before->{observed},
    'and not counted');
is_deeply([topics($nginx)], [], 'nothing is judged within five minutes');
ok(next_bucket($nginx), 'burst: judged');

my $trends = care_status($nginx)->{trends};
my ($topic) = grep { defined $_->{topic} } @$trends;

is(scalar(grep { defined $_->{topic} } @$trends), 1,
    'burst: its words are one incident');
like($topic->{topic}, qr/^(?:signal|lost|signal lost|kiel|#stoerung)$/,
    "burst: named $topic->{topic}");
is($topic->{state}, 'spike', 'burst: a spike');
is($topic->{channel}, 'social', 'burst: where');
is($topic->{brand}, 'default', 'burst: whose');
is($topic->{authors_60m}, 25, 'burst: how many people');
is($topic->{authors_15m}, 25, 'burst: of late');
cmp_ok($topic->{level}, '>', 5, 'burst: level');
cmp_ok($topic->{excess}, '>', 20, 'burst: excess');
cmp_ok(abs($topic->{since_ms} / 1000 - $clock->now), '<', 2 * BUCKET,
    'burst: since when');
is_deeply($topic->{share}, { unknown => 25 }, 'burst: by reach');

sub personal_is_nowhere {
    my ($name) = @_;

    unlike(join('|', topics($nginx)), qr/lea|hoffmann|\d|example|secret|ada\b
        |lovelace|jane|\bdoe\b|default|\@/xi, "$name: no topic is personal");
    unlike(get($nginx->port, '/metrics')->{body}, qr/hoffmann|0170|1234567
        |lovelace|jane|de89|\@/xi, "$name: no metric is");
    return;
}

personal_is_nowhere('burst');

# Only personal text: a burst without a topic.
ok(say_all($nginx, map { [$people++, $personal] } 1 .. 30), 'personal text');
ok(next_bucket($nginx), 'personal: judged');
is_deeply([topics($nginx)], [$topic->{topic}], 'personal: no topic of it');

my ($channel) = grep { !defined $_->{topic} }
    @{ care_status($nginx)->{trends} };

is($channel->{state}, 'spike', 'so many in ten minutes: the channel spikes');
is($channel->{channel}, 'social', 'the channel: which');
personal_is_nowhere('personal');

# Records and routes.
my $name = $topic->{topic};

for my $round (1, 2) {
    ok(say_all($nginx, [$people++, "round $round: is the signal lost for good"],
        [$people++, "round $round: where does my train leave"]),
        "round $round: two mentions in one callback");

    my ($in) = stored('incident', "round $round: is the");
    my ($out) = stored('mentions', "round $round: where");

    like($in // '', qr/"trend":"\Q$name\E"/, "round $round: the record says it");
    ok($out, "round $round: the other one goes its way");
    unlike($out // '', qr/"trend"/, "round $round: and has no trend");
}

is(scalar stored('incident', 'where does my train leave'), 0,
    'no other mention went there');

# Metrics: brands and channels, no topic.
my $metrics = get($nginx->port, '/metrics')->{body};

like($metrics,
    qr/^socialcare_trend_state\{brand="default",channel="social"\} 2$/m,
    'metrics: the channel spikes');
like($metrics,
    qr/^socialcare_trend_topics_spike\{brand="default",channel="social"\} 1$/m,
    'metrics: one topic does');
like($metrics, qr/^socialcare_trend_level\{[^}]*\} [1-9]/m, 'metrics: level');
like($metrics, qr/^socialcare_trend_expected_authors\{[^}]*\} [1-9]/m,
    'metrics: expected');
unlike($metrics, qr/signal|kiel|stoerung/, 'metrics: no words of customers');

# Reloads and deaths of workers keep it.
for my $round (1, 2) {
    if ($round == 1) {
        ok($nginx->reload, 'reload');

    } else {
        $nginx->allow(qr/worker process \d+ exited on signal 9/);
        my @workers = $nginx->workers;
        kill 'KILL', @workers;
        eventually('killed: new workers', sub {
            my @new = $nginx->workers;
            my %old = map { $_ => 1 } @workers;

            @new == 2 && !grep { $old{$_} } @new
        });
    }

    is_deeply([topics($nginx)], [$name], "kept, $round: still burning");
    taken($nginx, "kept$round", "kept, $round",
        text => "kept $round: signal lost");
    eventually("kept, $round: routed",
        sub { stored('incident', "kept $round: signal") == 1 });
}

# It ends.
ok(flat($nginx, 22), 'two quiet hours');
is_deeply(care_status($nginx)->{trends}, [], 'nothing burns any more');
taken($nginx, 'after', 'after', text => 'afterwards: signal lost');
is(scalar stored('mentions', 'afterwards: signal'), 1, 'routes as before');

# The clock goes back by a day: no alarm, no end.
$clock->advance(-86400);
taken($nginx, 'back', 'clock went back');
ok(flat($nginx, 2), 'clock went back: goes on');
is_deeply(care_status($nginx)->{trends}, [], 'clock went back: calm');
$nginx->check;


# A dictionary.
my $books = temporary_folder();
my $dictionary = "$books/topics";

write_file($dictionary, "# places\nKiel central = kiel, hauptbahnhof kiel\n"
    . "Network fault = signal lost, #stoerung\n\n! signal, lost\n");

my $booked = trend_nginx(
    top => "\n    socialcare_trends on dictionary=$dictionary;")->start;

ok(flat($booked, 13), 'dictionary: an hour');
ok(say_all($booked, map { [$people++, 'Signal lost!'] } 1 .. 12),
    'dictionary: some say it so');
ok(say_all($booked, map { [$people++, '#Stoerung'] } 1 .. 12),
    'dictionary: some otherwise');
ok(next_bucket($booked), 'dictionary: judged');
is_deeply([topics($booked)], ['Network fault'], 'dictionary: one topic');
$booked->check;

for my $case (
    ["x = a\n", qr/topics:1: not a word/],
    ["a topic = word\nx = word\n", qr/topics: "word" is listed twice/],
    ["\n\nnonsense\n", qr/topics:3: neither/],
    ['', qr/empty, too large or no plain file/],
) {
    write_file($dictionary, $case->[0]);
    my $probe = trend_nginx(
        top => "\n    socialcare_trends on dictionary=$dictionary;");
    my ($good, $said) = $probe->test_config;

    $probe->{checked} = 1;
    ok(!$good, 'dictionary: refused');
    like($said, $case->[1], 'dictionary: and says why');
}

for my $wrong ('maybe', 'off dictionary=x', 'on words=x', 'on dictionary=',
    'on dictionary=/nowhere/at/all', "on;\n    socialcare_trends on")
{
    my $probe = trend_nginx(top => "\n    socialcare_trends $wrong;");
    my ($good) = $probe->test_config;

    $probe->{checked} = 1;
    ok(!$good, "socialcare_trends $wrong: refused");
}


# Off, and without room.
my $off = trend_nginx(top => "\n    socialcare_trends off;")->start;

taken($off, 'off', 'off', text => 'signal lost');
is_deeply(care_status($off)->{trends}, [], 'off: nothing');
ok(!care_status($off)->{trend_detector}{on}, 'off: and says so');
unlike(get($off->port, '/metrics')->{body}, qr/socialcare_trend/,
    'off: no metrics');
$off->check;

my $small = trend_nginx(zone => '512k')->start;

ok(flat($small, 1), 'small zone');
ok(!series($small)->{topics}, 'small zone: no topics');
is(series($small)->{authors_60m}, 3, 'small zone: but the volume');
$small->check;

# The lock of a brand's trends.  A living worker that holds it is not waited for:
# the mention is stored, and counted as left out.  A dead one's lock is taken
# over.  A kill at the very moment is simulated: the test writes the holder's pid
# into the zone, through the worker's memory.

sub zone_of {
    my ($pid) = @_;
    no warnings 'portable';              # of hex: an address has 64 bits
    my ($zone) = sort { $b->[1] - $b->[0] <=> $a->[1] - $a->[0] }
        map { m{^(\w+)-(\w+) rw-s .*/dev/zero} ? [hex $1, hex $2] : () }
        split /\n/, read_file("/proc/$pid/maps");

    open my $memory, '+<:raw', "/proc/$pid/mem" or return;
    return ($memory, @$zone);
}

sub peek {
    my ($memory, $at, $size) = @_;

    sysseek $memory, $at, 0 or die "seek: $!";
    sysread($memory, my $data, $size) == $size or die "read: $!";
    return $data;
}

# ngx_socialcare_brand_node_t: next, chain, name, ..., trend, whose first word is
# the lock.  Other nodes begin in the same way and have no pointer there.

sub word_of {
    my ($member) = @_;
    my %words = (ngx_str_t => 2, ngx_socialcare_published_t => 3);
    my ($node) = read_file('ngx_socialcare_module/nginx/ngx_socialcare_zone.h')
        =~ /struct ngx_socialcare_brand_node_s \{(.*?)\n\};/s;
    my $at = 0;

    for (split /;/, $node =~ s{/\*.*?\*/}{}gsr) {
        my ($type, $name) = /(\w+)\s+\**(\w+)\s*\z/ or next;

        return $at if $name eq $member;
        $at += $words{$type} // 1;
    }
    return;
}

use constant { NAME_AT => word_of('name'), TREND_AT => word_of('trend') };

sub lock_of {
    my ($memory, $from, $to, $brand) = @_;
    my $zone = peek($memory, $from, $to - $from);

    for (my $at = index $zone, $brand; $at != -1;
        $at = index $zone, $brand, $at + 1)
    {
        my $name = index $zone, pack 'Q2', length $brand, $from + $at;
        next if $name < 8 * NAME_AT;

        my $trend = unpack 'Q',
            substr $zone, $name + 8 * (TREND_AT - NAME_AT), 8;
        return $trend if $trend > $from && $trend < $to && $trend % 8 == 0;
    }
    return;
}

SKIP: {
    my $locked = trend_nginx(zone => '4m', workers => 1,
        hook => 'socialcare_brand a-locked-brand;')->start;

    taken($locked, 'lock1', 'lock: a mention', text => 'signal lost');

    my ($memory, $from, $to) = zone_of($locked->workers);
    skip 'no way into the memory of another process', 1 if !$memory;

    my $lock = lock_of($memory, $from, $to, 'a-locked-brand');
    my $hold = sub {
        sysseek $memory, $lock, 0 or die "seek: $!";
        syswrite($memory, pack 'Q', $_[0]) == 8 or die "write: $!";
    };
    my $holder = sub { return unpack 'Q', peek($memory, $lock, 8) };
    my $detector = sub { return care_status($locked)->{trend_detector} };

    ok($lock, 'lock: found') or skip 'no lock', 1;
    is($holder->(), 0, 'lock: nobody holds it');

    my $before = $detector->();

    $hold->($$);
    taken($locked, 'lock2', 'lock: a living holder', text => 'signal lost');
    is($detector->()->{busy}, $before->{busy} + 1, 'lock: left out');
    is($detector->()->{observed}, $before->{observed}, 'lock: not observed');
    is($holder->(), $$, 'lock: still held');

    my $dead = fork // die;

    POSIX::_exit(0) if !$dead;
    waitpid $dead, 0;
    $hold->($dead);
    taken($locked, 'lock3', 'lock: a dead holder', text => 'signal lost');
    is($detector->()->{observed}, $before->{observed} + 1, 'lock: taken over');
    is($detector->()->{busy}, $before->{busy} + 1, 'lock: not left out');
    is($holder->(), 0, 'lock: and given back');
    taken($locked, 'lock4', 'lock: the next', text => 'signal lost');
    is($detector->()->{observed}, $before->{observed} + 2, 'lock: as before');


    # So does the timer that closes buckets.
    $hold->($dead);
    $clock->advance(BUCKET);
    eventually('lock: a new bucket, taken over', sub { $holder->() == 0 });
    ok($locked->quit, 'lock: the end') or diag($locked->log);
}


my $map = "\n    map \$socialcare_text \$care_brand "
    . '{ "~^brand (?<n>\d+)" "b$n"; default other; }';
my $many = trend_nginx(zone => '8m', top => $map,
    hook => 'socialcare_brand $care_brand;')->start;

ok(say_all($many, map { [$people++, "brand $_"] } 1 .. 400), 'many brands');
cmp_ok(care_status($many)->{trend_detector}{without_room}, '>', 0,
    'many brands: what has no room is counted');
cmp_ok(care_status($many)->{zone_free_bytes}, '>', 2 * 1024 * 1024,
    'many brands: the rest of the zone is for others');
$many->check;

finish();
