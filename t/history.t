# Past numbers when something fails: Redis is lost in the middle of a round, a
# brand has more series than are shown, an hour has more counters than are read,
# the zone has no room for what is to be published.

use strict;
use warnings;

use SocialCare::Care;
use SocialCare::FakeRedis;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $T = '{care:default/0}';
my $hour = int(time / 3600);

sub series_of {
    my ($status, $queue) = @_;

    my ($row) = grep { $_->{queue} eq $queue } @{ $status->{sla} };

    return $row;
}

sub knows {
    my ($row, $member, $n) = @_;

    for my $window (qw(5m 1h 24h 7d)) {
        my $found = ($row // return)->{windows}{$window} // return;
        return if $window =~ /d|24h/ && $found->{$member} != $n;
    }
    return 1;
}


# Answers that Redis never gives.  Nobody believes them: what they were to tell
# stays unknown, and the rest is right.  All servers are begun here, so that they
# wait for their rounds at the same time; judged at the end.
#
# Of the two brands, only "odd" gets them.

my $good_hour = "*4\r\n\$3\r\nzin\r\n\$1\r\n7\r\n\$5\r\nzmore\r\n\$1\r\n2\r\n";
my @odd;

sub reading_of {
    my ($channel) = @_;

    return "1\nq s 3 3 0 0 1000 1000 3 0 mentions\n"
        . 's 2 1 0 1 -1 ' . (time - 600) * 1000 . " $channel mentions";
}

sub begin_odd {
    my ($name, $durability, @rules) = @_;
    my $fake = SocialCare::FakeRedis->new(unix => 1);

    $fake->rule(%$_) for @rules;
    $fake->rule(command => 'CONFIG', reply => ['appendfsync', 'always']);
    $fake->rule(script => 'read', reply => reading_of('social'));
    $fake->rule(command => 'HLEN', match => ":$hour\$",
        reply => 2);
    $fake->rule(command => 'HLEN', reply => 0);
    $fake->rule(command => 'HGETALL', raw => $good_hour);

    my $nginx = care_nginx(redis => $fake->url, zone => '2m',
        options => '%%patient%%', hook => 'socialcare_brand $arg_brand;')
        ->start;

    for my $brand (qw(odd even)) {
        eventually("$name: brand $brand", sub {
            care_post($nginx, "$brand$^T", uri => "/hook?brand=$brand")
                ->{status} == 200
        });
    }

    push @odd, { name => $name, durability => $durability, fake => $fake,
        nginx => $nginx };
    return;
}

{
    my @length = (command => 'HLEN', match => 'care:odd/.*:\d+$');
    my @content = (command => 'HGETALL', match => 'care:odd/');

    begin_odd('a length that is a text', 'no', { @length, reply => 'two' },
        { command => 'CONFIG', reply => ['appendfsync', 'no'] });
    begin_odd('a length that is a list', 'everysec', { @length, reply => [2] },
        { command => 'CONFIG', reply => ['appendfsync', 'everysec'] });
    begin_odd('a length that is an error', 'unknown',
        { @length, error => 'ERR no' },
        { command => 'CONFIG', reply => ['appendfsync', 'sometimes'] });
    begin_odd('contents that are a number', 'unknown',
        { @content, reply => 7 },
        { command => 'CONFIG', error => 'NOPERM no' });
    begin_odd('contents of which a value lacks', 'unknown',
        { @content, reply => ['zin', '7', 'zmore'] },
        { command => 'CONFIG', reply => ['appendfsync'] });
    begin_odd('contents that are an error', 'none',
        { @content, error => 'WRONGTYPE no' },
        { command => 'INFO', reply => "aof_enabled:0\r\n" });
    begin_odd('contents that are nothing', 'unknown',
        { @content, reply => undef }, { command => 'INFO', reply => 0 });

    # These are not odd enough: what is in them counts.
    begin_odd('lists within contents', 'unknown',
        { @content, raw => "*6\r\n*1\r\n\$3\r\nzin\r\n\$1\r\n9\r\n\$3\r\nzin\r\n"
            . "*1\r\n:8\r\n\$3\r\nzin\r\n\$1\r\n7\r\n" },
        { command => 'CONFIG', reply => ['appendfsync', ['always']] });
    begin_odd('a channel that nobody knows', 'always',
        { script => 'read', match => 'care:odd/', reply => reading_of('fax') });
    begin_odd('rounds', 'always',
        map { my $script = $_; map { { script => $script, match => 'care:odd/',
            times => 1, %$_ } } { reply => 'what?' }, { reply => 1 },
            { reply => ['1', '0'] }, { error => 'ERR no' } } qw(sweep read));
}


# The connection ends at each command of a round, and once more at the next one.
{
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $reading = "1\nq s 3 3 0 0 1000 1000 3 0 mentions\n"
        . 's 2 1 0 1 -1 ' . (time - 600) * 1000 . ' social mentions';

    # The first answers are cut off; what follows is an ordinary server.
    $fake->rule(command => 'INFO', close => 1, times => 1);
    $fake->rule(command => 'CONFIG', close => 1, times => 1);
    $fake->rule(command => 'CONFIG', reply => ['appendfsync', 'always']);
    $fake->rule(script => 'sweep', close => 1, times => 1, skip => 1);
    $fake->rule(script => 'read', close => 1, times => 2);
    $fake->rule(script => 'read', reply => $reading);
    $fake->rule(command => 'HLEN', close => 1, times => 1, skip => 70);
    $fake->rule(command => 'HLEN', match => ":$hour\$", reply => 2);
    $fake->rule(command => 'HLEN', reply => 0);
    $fake->rule(command => 'HGETALL', close => 1, times => 1);
    $fake->rule(command => 'HGETALL', raw => "*4\r\n\$3\r\nzin\r\n\$1\r\n7\r\n"
        . "\$5\r\nzmore\r\n\$1\r\n2\r\n");

    my $nginx = care_nginx(redis => $fake->url,
        options => '%%patient%%')->start;

    $nginx->allow(qr/redis/i);
    eventually('a mention makes the brand known', sub {
        care_post($nginx, 'm' . now_ms())->{status} == 200 });
    eventually('lost at every step, the numbers come', sub {
        knows(series_of(care_status($nginx), 'mentions'), 'in', 7) }, 40);

    my $status = care_status($nginx);
    my $row = series_of($status, 'mentions');

    is($status->{redis}{durability}, 'always', 'durability');
    is_deeply([@{$row}{qw(open due_soon at_risk breached)}], [2, 1, 0, 1],
        'what waits');
    is($row->{windows}{'24h'}{more}, 2, 'nothing is added twice');
    is($status->{queues}[0]{depth}, 3, 'the queue');
    cmp_ok($status->{redis}{disconnects}, '>=', 7, 'seven connections ended');
    cmp_ok($status->{redis}{reading_age_ms}, '<', 60_000, 'a complete reading');
}


# A round takes longer than the time between two readings: all partitions of a
# brand are read in the same round, and are shown together or not at all.
{
    my $fake = SocialCare::FakeRedis->new(unix => 1);

    $fake->rule(script => 'sweep', delay => 0.22, reply => '1 0 0 0 -1');
    $fake->rule(script => 'read', reply => reading_of('social'));

    my $nginx = care_nginx(redis => $fake->url, options => 'timeout=5s',
        hook => 'socialcare_brand default partitions=16;')->start;
    my $seen = sub {
        my $queue = (grep { $_->{queue} eq 'mentions' }
            @{ care_status($nginx)->{queues} })[0];

        return $queue ? $queue->{depth} : undef;
    };
    my $reads = sub {
        return grep { @$_ == 5 } @{ $fake->commands('EVALSHA') };
    };
    my %depth;

    eventually('16 partitions: a mention', sub {
        care_post($nginx, 'm' . now_ms())->{status} == 200 });
    eventually('16 partitions: two readings', sub {
        $depth{ $seen->() // 'unknown' }++;
        return $reads->() >= 2 * 16;
    }, 60);

    delete $depth{unknown};
    is_deeply([keys %depth], [3 * 16], '16 partitions: the sum of all')
        or diag(explain(\%depth));
    ok($nginx->quit, '16 partitions: the end') or diag($nginx->log);
}


# A brand that cannot be read does not hide those that follow it in the round:
# the newest comes first.
{
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    # From the start: of what is read before, something would be known.
    $fake->rule(script => 'read', match => 'care:newer/', error => 'ERR no');
    $fake->rule(script => 'read', reply => reading_of('social'));

    my $nginx = care_nginx(redis => $fake->url,
        hook => 'socialcare_brand $arg_brand;')->start;
    my %depth;

    eventually("unreadable: brand $_", sub {
        care_post($nginx, "u$_$^T", uri => "/hook?brand=$_")->{status} == 200
    }) for qw(older newer);

    eventually('unreadable: the other is read', sub {
        %depth = map { $_->{brand} => $_->{depth} }
            @{ care_status($nginx)->{queues} };
        return ($depth{older} // 0) == 3;
    }) or diag(explain(\%depth));
    is($depth{newer}, undef, 'unreadable: nothing is known of it');
    ok($nginx->quit, 'unreadable: the end') or diag($nginx->log);
}


# Brands whose hours are too much: one has more series than are added up, one an
# hour with more counters than are read.  The third does not suffer.
{
    my $redis = SocialCare::Redis->start;
    my $client = $redis->client;
    my $nginx = care_nginx(redis => $redis->socket, zone => '4m',
        options => '%%patient%%', hook => 'socialcare_brand $arg_brand;')->start;
    my $now = time;
    my $hour = int($now / 3600);
    my $slot = chr(ord('a') + int($now % 3600 / 300));
    my %hash = map { ($_ => "{care:$_/0}:st:mentions:social:$hour") }
        qw(large small);
    my @names = map { my $tier = $_; map { ("w$tier.$_", "x$tier.$_") } 0 .. 345 }
        0 .. 6;
    my @fields = map { my $letter = $_; map { "$letter$_" } @names } 'a' .. 'd';
    my $row = sub {
        my ($brand) = @_;
        my ($row) = grep { $_->{brand} eq $brand && $_->{queue} eq 'mentions' }
            @{ care_status($nginx)->{sla} };

        return $row->{windows}{'1h'} // {};
    };

    $client->call('SADD', '{care:many/0}:series', map { "social:q$_" } 1 .. 70);
    $client->call('HSET', "{care:many/0}:st:q$_:social:$hour", "${slot}in", 1)
        for 1 .. 70;
    for my $brand (qw(large small)) {
        $client->call('SADD', "{care:$brand/0}:series", 'social:mentions');
        $client->call('HSET', $hash{$brand}, "${slot}in", 5);
    }
    $client->call('HSET', $hash{large}, map { ($_, 1) } @$_)
        for [@fields[0 .. 7999]], [@fields[8000 .. 15_898]];
    is($client->call('HLEN', $hash{large}), 15_900, 'nearly as many counters as are read');
    is(care_post($nginx, "first-$_", uri => "/hook?brand=$_")->{status}, 200,
        "brand $_") for qw(many large small);

    eventually('all three', sub {
        my $status = care_status($nginx);
        my @many = grep { $_->{brand} eq 'many' } @{ $status->{sla} };

        return @many >= 70 && 64 <= grep({ $_->{windows}{'1h'} } @many)
            && ($row->('large')->{in} // 0) >= 5
            && ($row->('small')->{in} // 0) >= 5;
    }, 40);

    my $status = care_status($nginx);
    my @many = grep { $_->{brand} eq 'many' } @{ $status->{sla} };

    is(scalar(grep { $_->{windows}{'1h'} } @many), 64, '64 series have windows');
    is(scalar(grep { defined $_->{open} } @many), scalar @many,
        'what waits is known of all');
    cmp_ok($status->{series_overflow}, '>=', @many - 64, 'the others are counted');

    # Too long at first: a reading may come between any two of these.
    $client->call('HSET', $hash{large}, map { ($_, 1) } @fields[15_899 .. 16_100]);
    $client->call('HSET', $hash{$_}, "${slot}in", 9) for qw(large small);
    eventually('the hour grows too long: the other brand goes on', sub {
        $row->('small')->{in} >= 9 }, 40);
    my $large = $row->('large');
    cmp_ok($large->{in}, '<', 9, 'the numbers stay as they were');
    eventually('and tell their age', sub {
        ($row->('large')->{reading_age_ms} // 0) > 15_000 }, 30);
    is($row->('large')->{to_ms}, $large->{to_ms}, 'of the same moment');
    cmp_ok(care_status($nginx)->{series_overflow}, '>',
        $status->{series_overflow}, 'which is counted');

    $client->call('HDEL', $hash{large}, @fields[0 .. 299]);
    eventually('it is shorter: read again', sub {
        ($row->('large')->{in} // 0) >= 9 }, 40);
}


# The zone has room for some of it.  What has none is unknown, the rest is right.
{
    my $redis = SocialCare::Redis->start;
    my $client = $redis->client;
    my $nginx = care_nginx(redis => $redis->socket, zone => '512k',
        options => '%%patient%%', hook => 'socialcare_brand $arg_brand;')->start;
    my $add = sub {
        for my $brand (@_) {
            $client->call('SADD', "{care:$brand/0}:series",
                map { "social:q$_" } 1 .. 60);
            $client->call('HSET', "{care:$brand/0}:st:q$_:social:$hour", 'zin', 3)
                for 1 .. 60;
            is(care_post($nginx, "in-$brand", uri => "/hook?brand=$brand")->{status},
                200, "brand $brand");
        }
    };
    my ($status, @with, @without);
    my $look = sub {
        $status = care_status($nginx);
        @with = grep { $_->{windows}{'24h'} } @{ $status->{sla} };
        @without = grep { !$_->{windows}{'24h'} } @{ $status->{sla} };
        return scalar @with;
    };

    $add->('b1');
    eventually('numbers of one', $look, 30);
    $add->(map { "b$_" } 2 .. 12);
    eventually('some have numbers and some have none', sub {
        return $look->() && @without && $status->{series_overflow} > 0
            && $status->{zone_free_bytes} == 0;
    }, 30);
    cmp_ok(@with + @without, '<', 12 * 61, 'not all are there');
    is(scalar(grep { $_->{queue} =~ /^q/ && $_->{windows}{'24h'}{in} != 3 } @with),
        0, 'those that are there are right');

    # What is shown once is shown for as long as it is read.
    my $old = '';
    my $now = time;
    my ($slot, $then) = (chr(ord('a') + $now % 3600 / 300), int($now / 3600));

    for my $key (@{ $client->call('KEYS', "*:st:q*:social:$hour") }) {
        $client->call('HSET', $key =~ s/\d+$/$then/r, "${slot}in", 5);
    }
    eventually('all that is shown follows', sub {
        $look->();

        my @recent = grep { $_->{queue} =~ /^q/ && $_->{windows}{'1h'} }
            @{ $status->{sla} };
        my @old = grep { ($_->{windows}{'1h'}{in} // 0) != 5 } @recent;

        $old = @old . ' of ' . @recent;
        return @recent && !@old;
    }, 40) or diag("not so $old");
    is(care_post($nginx, 'more', uri => '/hook?brand=b7')->{status}, 200,
        'mentions are taken');
    is($client->call('XLEN', '{care:b7/0}:q:mentions'), 2, 'and stored');
    ok($nginx->reload, 'a reload');
    is(care_post($nginx, 'again', uri => '/hook?brand=b7')->{status}, 200,
        'nothing changes');
}


# What became of the answers at the top.

for my $case (@odd) {
    my ($name, $nginx, $fake) = @$case{qw(name nginx fake)};
    my ($odd, $even);
    my $look = sub {
        my $status = care_status($nginx);

        ($odd) = grep { $_->{brand} eq 'odd' } @{ $status->{sla} };
        ($even) = grep { $_->{brand} eq 'even' } @{ $status->{sla} };
        return knows($even, 'in', 7) && $status;
    };

    # Both passes have come to the odd brand as well.
    my $asked = sub {
        my $command = $name =~ /length/ ? 'HLEN' : 'HGETALL';

        return 2 <= grep { "@$_" =~ m{care:odd/.*:$hour$} }
            @{ $fake->commands($command) };
    };

    my $status;

    eventually("$name: the other brand is right",
        sub { ($status = $look->()) && $asked->() }, 40);
    is($status->{redis}{durability}, $case->{durability},
        "$name: durability $case->{durability}");

    if ($name =~ /^(?:length|a length|contents)/) {
        $status = $look->();
        is_deeply([grep { $odd->{windows}{$_} } qw(5m 1h 24h 7d)], [],
            "$name: nothing is made of it");
        is($odd->{open}, 2, "$name: what waits is known all the same");

    } else {
        eventually("$name: counts what is right", sub {
            $look->() && knows($odd, 'in', 7) }, 40);
    }

    if ($name eq 'rounds') {
        eventually("$name: six were unexpected", sub {
            $status = care_status($nginx);
            $status->{redis}{errors}{unexpected} == 6
        }) or diag(explain($status->{redis}));
    }

    ok($nginx->quit, "$name: the end") or diag($nginx->log);
}

finish();
