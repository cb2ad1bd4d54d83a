# Deadlines in opening hours: those in the records follow the desk's local time,
# whatever time zone nginx itself runs in; each mistake in a calendar makes
# `nginx -t` fail with a sentence.

use strict;
use warnings;

use JSON::PP ();
use POSIX ();

use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;
plan(skip_all => 'no time zones: install tzdata')
    if !-e '/usr/share/zoneinfo/Europe/Berlin';

use constant DAY => 86400;


# What the wall shows: (weekday, date, minute of the day), by the C library.
sub wall {
    my ($zone, $time) = @_;
    local $ENV{TZ} = $zone;

    POSIX::tzset();
    my @local = localtime $time;
    return ((qw(sun mon tue wed thu fri sat))[$local[6]],
        POSIX::strftime('%Y-%m-%d', @local), $local[2] * 60 + $local[1]);
}

# Minute by minute: %$week and %$holidays hold [from, to] pairs in minutes.
sub slow_due {
    my ($zone, $week, $holidays, $start, $seconds) = @_;

    for (my $at = $start; ; ) {
        my ($weekday, $date, $minute) = wall($zone, $at);
        my $spans = $holidays->{$date} // $week->{$weekday} // [];
        my $part = 60 - $at % 60;

        if (grep { $minute >= $_->[0] && $minute < $_->[1] } @$spans) {
            return $at + $seconds if $seconds <= $part;
            $seconds -= $part;
        }

        $at += $part;
        die "no deadline\n" if $at > $start + 30 * DAY;
    }
}


my $now = time;
my $closed = (wall('Europe/Berlin', $now - 2 * DAY))[1];
my $short = (wall('Europe/Berlin', $now - DAY))[1];

my %berlin = map { $_ => [[480, 750], [810, 1080]] } qw(mon tue wed thu fri);
$berlin{sat} = [[540, 780]];
my %holidays = ($closed => [], $short => [[600, 660], [1200, 1440]]);
my %night = map { $_ => [[0, 360], [1320, 1440]] }
    qw(sun mon tue wed thu fri sat);

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    environment => { TZ => 'Asia/Tokyo' },
    vars => { redis => $redis->socket },
    http => <<"END",
        socialcare_redis unix:%%redis%% %%patient%%;
        socialcare_secret value:@{[SECRET]};

        map \$socialcare_text \$desk {
            night    night;
            off      off;
            nothing  "";
            unknown  elsewhere;
            default  berlin;
        }
        map \$socialcare_text \$target {
            night    1h;
            default  2h;
        }

        server {
            listen 127.0.0.1:%%port_early%%;
            location / { socialcare_webhook facebook; socialcare_sla 1m hours=night; }
        }

        socialcare_hours berlin Europe/Berlin {
            mon-fri 08:00-12:30 13:30-18:00;
            sat     09:00-13:00;    # a comment
            include %%dir%%/holidays;
        }
        socialcare_hours night Australia/Lord_Howe {
            mon-sun 00:00-06:00 22:00-24:00;
        }
        socialcare_hours always UTC { mon-sun 00:00-24:00; }
        socialcare_hours seldom UTC { sun 00:00-00:01; }
END
    server => <<'END',
        socialcare_sla 90m hours=berlin;

        location = /berlin { socialcare_webhook facebook; socialcare_brand berlin; }
        location = /night  { socialcare_webhook facebook; socialcare_brand night;
                             socialcare_sla 5h hours=night; }
        location = /always { socialcare_webhook facebook; socialcare_brand always;
                             socialcare_sla 36h hours=always; }
        location = /calendar { socialcare_webhook facebook; socialcare_brand calendar;
                             socialcare_sla 90m; }
        location = /off    { socialcare_webhook facebook; socialcare_brand off;
                             socialcare_sla 90m hours=off; }
        location = /seldom { socialcare_webhook facebook; socialcare_brand seldom;
                             socialcare_sla 1h hours=seldom; }
        location = /map    { socialcare_webhook facebook; socialcare_brand map;
                             socialcare_sla $target hours=$desk; }
        location = /status { socialcare_status json; }
        location = /metrics { socialcare_status prometheus; }
END
);
write_file($nginx->dir . '/holidays',
    "holiday $closed;\nholiday $short 10:00-11:00 20:00-24:00;\n");
$nginx->start;

my $port = $nginx->port;

# Starts of the last six days, half of them not at a whole minute.
my @starts = map { $now - int(6 * DAY * $_ / 24) - $_ % 2 * 17 } 0 .. 23;

sub dues {
    my ($uri, @comments) = @_;

    is(send_page($port, $uri, page(@comments))->{status}, 200, "$uri: taken");
    my ($brand) = $uri =~ m{/(\w+)};
    return { map { $_->{created_ms} / 1000 => $_->{due_ms} }
        records($redis, 'mentions', "$brand/0") };
}

my @all = map { comment(fresh_id(), time => $_) } @starts;

is_deeply(dues('/berlin', @all), { map { $_ => 1000 * slow_due('Europe/Berlin',
    \%berlin, \%holidays, $_, 5400) } @starts }, 'a week with holidays');
# The waits have them, too: what is breached already is in another set.
my %score = @{ $redis->client->call('ZRANGE',
    '{care:berlin/0}:due:mentions:social', 0, -1, 'WITHSCORES') };
my %due = map { $_->{wait} => $_->{due_ms} } records($redis, 'mentions',
    'berlin/0');
my @ahead = grep { $due{$_} > 1000 * ($now + 900) } keys %due;
is($score{$_}, $due{$_}, "frozen: $_") for sort @ahead;

is_deeply(dues('/night', @all), { map { $_ => 1000 * slow_due(
    'Australia/Lord_Howe', \%night, {}, $_, 5 * 3600) } @starts },
    'nights far away');
is_deeply(dues('/always', @all), { map { $_ => 1000 * ($_ + 36 * 3600) }
    @starts }, 'always open');
is_deeply(dues('/calendar', @all), { map { $_ => 1000 * ($_ + 5400) } @starts },
    'without hours= it is calendar time, also below a level that has them');
is_deeply(dues('/off', @all), { map { $_ => 1000 * ($_ + 5400) } @starts },
    'off');

# By a map, for each mention of a batch.
my %said;
@said{@starts} = map { (qw(night off nothing unknown day))[$_ % 5] } 0 .. 23;
my $before = status($nginx)->{names_refused};
is_deeply(dues('/map', map { comment(fresh_id(), time => $_, message =>
    $said{$_}) } @starts), { map { $_ => 1000 * ($said{$_} eq 'night'
    ? slow_due('Australia/Lord_Howe', \%night, {}, $_, 3600)
    : $said{$_} eq 'day' ? slow_due('Europe/Berlin', \%berlin, \%holidays, $_,
    7200) : $_ + 7200) } @starts }, 'hours by a map');
is(status($nginx)->{names_refused} - $before, scalar(grep { $_ eq 'unknown' }
    values %said), 'unknown hours are counted');

# A desk that does not open for so long has no deadline: said, not guessed.
is_deeply(dues('/seldom', comment('88_1', time => $now)), { $now => undef }, 'none')
    or diag(explain(records($redis, 'mentions', 'seldom/0')));
ok(!exists $_->{due_ms}, 'the record has none')
    for records($redis, 'mentions', 'seldom/0');
is($redis->client->call('HLEN', '{care:seldom/0}:open'), 1, 'it waits');
is(status($nginx)->{no_deadline}, 1, 'counted');
like(get($port, '/metrics')->{body}, qr/^socialcare_no_deadline_total 1$/m,
    'as a metric');

# Later hours are for later waits only.
my $path = $nginx->dir . '/holidays';
my $frozen = join ' ', map { "$_ $score{$_}" } sort @ahead;
my %ahead = map { (wall('Europe/Berlin', $now + $_ * DAY))[1] => 1 } 0 .. 20;
write_file($path, read_file($path) . "holiday @{[sort keys %ahead]};\n");
my @old = $nginx->workers;
ok($nginx->reload, 'other hours');
ok(wait_for(sub { !grep { kill 0, $_ } @old }, 20), 'no worker has the old');
is(send_page($port, '/berlin', page(comment('99_1', time => $now)))->{status},
    200, 'three weeks of holidays');
my ($late) = grep { $_->{object} eq '99_1' } records($redis, 'mentions',
    'berlin/0');
cmp_ok($late->{due_ms}, '>', 1000 * ($now + 19 * DAY), 'a late deadline');
%score = @{ $redis->client->call('ZRANGE',
    '{care:berlin/0}:due:mentions:social', 0, -1, 'WITHSCORES') };
is(join(' ', map { "$_ $score{$_}" } sort @ahead), $frozen,
    'older waits keep theirs');


# nginx -t.

sub hours { return (http => "socialcare_hours $_[0]", server => $_[1] // '') }

my $good = 'mon-fri 08:00-18:00;';
my $sla = "location /h { socialcare_webhook x; socialcare_secret value:a;\n";
my @mistakes = (
    [hours('desk Europe/Berlin;'), qr/has no opening "\{"/],
    [hours("desk { $good }"), qr/invalid number of arguments/],
    [hours("desk Europe/Berlin now { $good }"), qr/invalid number of argum/],
    [hours("\"a b\" UTC { $good }"), qr/invalid name "a b": use 1 to 64/],
    [hours("off UTC { $good }"), qr/but not "off"/],
    [hours("a UTC { $good }\nsocialcare_hours a UTC { $good }"),
        qr/duplicate hours "a": give/],
    [hours("a Europe/Berln { $good }"),
        qr/cannot open "\/usr.*\/Berln": install the package tzdata, and/],
    [hours("a Europe { $good }"), qr/no plain file: write a time zone's name/],
    [hours("a ../../../etc/hosts { $good }"), qr/invalid time zone "\.\./],
    [hours("a /etc/localtime { $good }"), qr/invalid time zone "\/etc/],
    [hours("a \"\" { $good }"), qr/invalid time zone "": write its name as/],
    [hours("a leapseconds { $good }"), qr/cannot be used: it is no compiled/],
    [hours('a UTC { }'), qr/"a" cannot be used: no weekday is open: write/],
    [hours('a UTC { holiday 2026-12-24 08:00-12:00; }'), qr/no weekday is op/],
    [hours('a UTC { weekdays 08:00-18:00; }'),
        qr/invalid "weekdays": write weekdays \(mon, .* in .*nginx\.conf:\d+/],
    [hours('a UTC { mon; }'), qr/invalid "mon": it has no span/],
    [hours('a UTC { mon 8-18; }'), qr/invalid "8-18": write a span as/],
    [hours('a UTC { mon 08:00-18:00 19:00-24:30; }'),
        qr/invalid "19:00-24:30": write a span as 08:00-12:30, up to 24:00/],
    [hours('a UTC { mon 22:00-06:00; }'),
        qr/invalid "22:00-06:00": a span ends on its own day: write for/],
    [hours('a UTC { mon 08:00-08:00; }'), qr/the span is empty; all day is/],
    [hours('a UTC { mon 08:00-12:00 11:00-13:00; }'),
        qr/invalid "11:00-13:00": spans must be in order and must not/],
    [hours("a UTC { $good wed 19:00-20:00; }"),
        qr/invalid "wed": one of its days already has hours/],
    [hours("a UTC { $good holiday; }"), qr/write a holiday's date as 2026/],
    [hours("a UTC { $good holiday 2026-02-30; }"),
        qr/invalid "2026-02-30": write a holiday's date/],
    [hours("a UTC { $good holiday 2026-12-25 2026-12-25; }"),
        qr/invalid "2026-12-25": the holiday is listed twice/],
    [hours("a UTC { $good mon { 08:00-18:00; } }"), qr/unexpected "\{"/],
    [hours("a UTC { include nowhere.conf; }"), qr/nowhere\.conf" failed/],
    [hours("a UTC { $good }", "$sla socialcare_sla 15m hours=b; }"),
        qr/unknown hours "b" of "socialcare_sla" in .*nginx\.conf:\d+: add "s/],
    [hours("a UTC { $good }", "$sla socialcare_sla 15m hours=; }"),
        qr/invalid "hours=": known is hours=NAME/],
    [hours("a UTC { $good }", "$sla socialcare_sla 15m desk; }"),
        qr/invalid "desk": known is hours=NAME/],
    [hours("a UTC { $good }", "$sla socialcare_sla soon hours=a; }"),
        qr/invalid time "soon"/],
    [hours("a UTC { $good }", "$sla socialcare_sla 15m hours=a x; }"),
        qr/invalid number of arguments/],
    [[server => "socialcare_hours a UTC { $good }"], qr/is not allowed here/],
);

if (-e '/usr/share/zoneinfo/right/UTC') {
    push @mistakes, [hours("a right/UTC { $good }"),
        qr/it counts leap seconds: use the zone without "right\/"/];
}

for my $case (@mistakes) {
    my $sentence = pop @$case;
    my %part = ref $case->[0] ? @{ $case->[0] } : @$case;
    my $wrong = SocialCare::Nginx->new;
    my ($taken, $text) = $wrong->test_config(%part);

    $wrong->{checked} = 1;
    ok(!$taken, 'refused: ' . join(' ', %part) =~ s/\s+/ /gr);
    like($text, $sentence, 'with a sentence');
}

# What a minimal calendar may leave out, and lines that are allowed.
for my $lines ("$good", 'sun 00:00-24:00;', 'fri-mon,wed 08:00-09:00 09:00-10:00;',
    "$good holiday 2026-12-25 2027-12-25 2028-12-25;") {
    my $fine = SocialCare::Nginx->new;
    my ($taken, $text) = $fine->test_config(hours("a Asia/Kolkata { $lines }",
        "$sla socialcare_sla 15m hours=a; }"));

    $fine->{checked} = 1;
    ok($taken, "taken: $lines") or diag($text);
}

$nginx->quit;
finish();
