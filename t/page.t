# The status page in a browser: what it shows after known traffic, on a phone,
# in dark mode, with Redis down; and that it sends requests to its own server
# only.

use strict;
use warnings;
use utf8;

use JSON::PP ();

use SocialCare::Browser;
use SocialCare::Callback;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;
plan(skip_all => 'chromium is not installed')
    if !SocialCare::Browser->program;

my $hostile = '<img src=x onerror="document.title=1"><script>alert(1)</script>';
my $redis = SocialCare::Redis->start(config => ['appendonly yes']);
my %config = (
    http => <<'END',
    socialcare_redis unix:%%redis%% timeout=2s;
    map $socialcare_text $care_queue {
        ~outage   out-age_1.A;
        ~alert    <b>bold</b>;
        default   mentions;
    }
END
    server => <<'END',
        location = /hook {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare name=main;
            socialcare_brand Nord-west_2.B;
            socialcare_queue $care_queue;
        }
        location = /status { socialcare_status; }
        location = /fixed  { socialcare_status html; }
END
);
my $nginx = SocialCare::Nginx->new(vars => { redis => $redis->socket },
    %config)->start;
my $origin = 'http://' . $nginx->address;
my $browser = SocialCare::Browser->start;

sub mentions {
    my ($count, $message, %o) = @_;

    for (1 .. $count) {
        my $id = fresh_id();

        is(send_page($nginx->port, '/hook', page(comment($id, post => $id,
            from => $id, message => $message, %o)))->{status}, 200, 'sent');
    }

    return;
}

# A table's row, by the text of its first cell: texts by the column's head.
sub row {
    my ($table, $name) = @_;

    return $browser->evaluate(<<"END");
        (() => { const all = [...document.querySelectorAll("#$table tr")];
          const row = all.find((r) => r.firstElementChild.textContent === "$name");
          return row ? Object.fromEntries([...row.children].map((c, i) =>
              [all[0].children[i].textContent, c.textContent])) : null })()
END
}

# Of one of the figures above: [figure, what stands below it].
sub figure {
    my ($name) = @_;

    return $browser->evaluate(<<"END");
        (() => { const dt = [...document.querySelectorAll("#tiles dt")]
            .find((d) => d.textContent === "$name");
          return dt ? [...dt.parentElement.querySelectorAll("dd")].map((d) =>
              d.textContent) : null })()
END
}

sub value_of {
    my ($list, $name) = @_;

    return $browser->evaluate(<<"END");
        (() => { const dt = [...document.querySelectorAll("#$list dt")]
            .find((d) => d.textContent === "$name");
          return dt ? dt.nextElementSibling.textContent : null })()
END
}

sub summary { return $browser->evaluate('document.getElementById("summary").textContent') }
sub burning { return $browser->evaluate('document.getElementById("burning").textContent') }


# Known traffic.
mentions(3, 'an outage');
mentions(2, 'Hello');
mentions(1, $hostile);
mentions(1, 'outage', time => time - 3600);
is(post($nginx->port, '/hook', '{}')->{status}, 401, 'one unsigned');
ok(wait_for { (queue_status($nginx, 'out-age_1.A', 'Nord-west_2.B')->{breached}
    // 0) == 1 }, 'Redis was read');

$browser->size(1280, 900)->media('prefers-color-scheme' => 'light');
$browser->open("$origin/status?format=html");
ok($browser->wait_until('document.querySelectorAll("#queues tbody tr").length === 2'),
    'two queues') or diag(summary());

# A reading may come before the sweep that books what is late.
my $queue;

ok(wait_for { $queue = row('queues', 'out-age_1.A');
    $queue->{'Next deadline'} !~ /late/ }, 'the late one is booked');
is_deeply([@$queue{'Brand', 'Waiting', 'Not read', 'Open threads',
    'Beyond deadline', 'Dead', 'Full'}], ['Nord-west_2.B', 4, 4, 4, 1, 0, 0],
    'a queue') or diag(explain($queue));
like($queue->{'Next deadline'}, qr/^in 1[45] min$/, 'its next deadline');
is(row('queues', 'mentions')->{Waiting}, 3, 'another queue');
is($browser->evaluate('document.querySelector("#queues tbody th").textContent'),
    'out-age_1.A', 'the most urgent first');

my $platform = row('platforms', 'facebook');
is_deeply([@$platform{'Mentions', 'Duplicates', 'Refused', 'Not understood',
    'Turned away'}], [7, 0, 1, 0, 0], 'a platform')
    or diag(explain($platform));
like($platform->{'Last callback'}, qr/^\d+ s ago$/, 'its last callback');
is_deeply(figure('Beyond deadline'), [1, 'of 7 open'], 'beyond the deadline');
is(figure('Waiting in queues')->[0], 7, 'waiting');
like(value_of('redis', 'State'), qr/^ready/, 'Redis');
is(value_of('redis', 'Durability'), 'everysec', 'durability');
is(value_of('spool', 'State'), 'not configured', 'no spool');
is(value_of('intake', 'Names refused'), 1, 'a queue named with markup');
is(summary(), 'Something burns.', 'summary');
like(burning(), qr/1 thread is beyond the deadline: out-age_1\.A 1\./,
    'what burns');


# The policy lets this script and this style in, and nothing inline beside.
{
    my $policy = get($nginx->port, '/status?format=html')
        ->{header}{'content-security-policy'};

    like($policy, qr/script-src(?: 'sha256-[^';]+')+; style-src 'sha256-[^';]+';/,
        'by digest');
    unlike($policy, qr/unsafe/, 'nothing unsafe');
    is($browser->evaluate(<<'END'), 'kept out', 'another script');
        (() => { const s = document.createElement("script");
          s.textContent = "window.got_in = 1";
          document.body.append(s); s.remove();
          return window.got_in ? "got in" : "kept out" })()
END
    is(scalar(grep { /Content Security Policy/ } $browser->complaints), 1,
        'was seen and refused');
    $browser->forget;
}


# Nothing that a customer wrote is there, nor did any of it become markup.
is($browser->evaluate('document.querySelectorAll("img,iframe,object,embed,b b,link")'
    . '.length + document.querySelectorAll("main script, header script").length'),
    0, 'no markup from outside');
unlike($browser->evaluate('document.documentElement.outerHTML'),
    qr/onerror|Hello|an outage/, 'no text of a customer');


# To be read by everybody.
is($browser->evaluate('[...document.querySelectorAll("table")].filter((t) =>'
    . ' !t.closest("[aria-labelledby],[aria-label]")).length'), 0,
    'every table stands in something with a name');
is($browser->evaluate('[...document.querySelectorAll("th")].filter((t) =>'
    . ' !["col", "row"].includes(t.scope)).length'), 0, 'scope');
is($browser->evaluate('[...document.querySelectorAll("th")].filter((t) =>'
    . ' !t.textContent).length'), 0, 'no column without a name');
is($browser->evaluate('[...document.querySelectorAll("tbody tr")].filter((t) =>'
    . ' t.firstElementChild.tagName !== "TH").length'), 0, 'row headers');
is($browser->evaluate('[...document.querySelectorAll("[aria-live],[role=status]")]'
    . '.map((n) => n.id).join()'), 'summary', 'the summary alone is live');
is($browser->evaluate('[...document.querySelectorAll(".scroll")].filter((n) =>'
    . ' n.tabIndex !== 0 || !(n.getAttribute("aria-label") ||'
    . ' document.getElementById(n.getAttribute("aria-labelledby")))).length'), 0,
    'what scrolls can be reached by key');
is($browser->evaluate('[...document.querySelectorAll("svg")].filter((n) =>'
    . ' !n.hasAttribute("aria-hidden") && !(n.getAttribute("role") === "slider" &&'
    . ' n.getAttribute("aria-valuetext")) && !(n.getAttribute("role") === "img" &&'
    . ' n.querySelector("title") && n.querySelector("desc").textContent)).length'),
    0, 'a drawing has a text, or a table beside it');

my $contrast = <<'END';
(() => {
  const light = (text) => { const c = text.match(/[\d.]+/g).map(Number).slice(0, 3)
      .map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * c[0] + .7152 * c[1] + .0722 * c[2]; };
  const style = (s) => getComputedStyle(document.querySelector(s));
  const ratio = (a, b) => (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  let least = 99;
  for (const back of ["body", "#tiles > div", ".card", "#summary"])
    for (const name of ["", "bad", "warn", "good", "quiet"]) {
      if (back === "#summary" && name !== document.querySelector(back).className) continue;
      const probe = document.createElement("span");
      probe.className = name;
      document.querySelector(back).append(probe);
      least = Math.min(least, ratio(light(getComputedStyle(probe).color), light(style(back).backgroundColor)));
      probe.remove();
    }
  return [least, light(style("body").backgroundColor)];
})()
END

for my $scheme (['light', 0.8, 1], ['dark', 0, 0.1]) {
    $browser->media('prefers-color-scheme' => $scheme->[0]);
    my ($least, $back) = @{ $browser->evaluate($contrast) };

    cmp_ok($least, '>=', 4.5, "$scheme->[0]: contrast");
    ok($back >= $scheme->[1] && $back <= $scheme->[2], "$scheme->[0]: ground");
}

for my $width (360, 1280, 2560) {
    $browser->size($width, 800);
    cmp_ok($browser->evaluate('document.documentElement.scrollWidth'), '<=',
        $width, "$width px: the page itself does not scroll sideways");
}


# It refreshes itself, and what it shows stays where it is: nodes, focus, place.
my $place = 'document.querySelector("#queues").getBoundingClientRect().top';

$browser->size(1280, 500);
$browser->evaluate(<<'END');
    (() => { document.querySelector("#queues tbody tr").kept = true;
      document.querySelector("#queues").parentElement.focus();
      scrollBy(0, document.querySelector("#queues").getBoundingClientRect().top - 200); })()
END
my $before = $browser->evaluate($place);
cmp_ok(abs($before - 200), '<=', 1, 'in view');
mentions(2, 'Hello');
ok($browser->wait_until('[...document.querySelectorAll("#queues tbody tr")].some((r) =>'
    . ' r.children[3].textContent === "5")'), 'a new number');
ok($browser->evaluate('document.querySelector("#queues tbody tr").kept'),
    'in the same row');
is($browser->evaluate('document.activeElement.firstElementChild.id'), 'queues',
    'the focus has stayed');
cmp_ok(abs($browser->evaluate($place) - $before), '<=', 1, 'and the place');

# So it does whatever comes and goes above: what burns, two charts, a table.
# With the focus elsewhere, or on nothing, the first that is in view stays.
for my $focus ('document.querySelector("#queues").parentElement.focus()',
    'document.activeElement.blur()',
    'document.querySelector("input[name=theme]:checked").focus({ preventScroll: true })')
{
    my $queues_top = $focus =~ /queues/ ? 200 : 60;

    $browser->evaluate("$focus; scrollBy(0, $place - $queues_top)");

    for my $change ('history: [{ brand: "one", hours: [{ hour_ms: 1, in: 1 }] }]',
        'sla: [], history: []',
        'queues: last.queues.map((q) => ({ ...q, dead: 3, due_soon: 2 }))',
        'redis: { ...last.redis, state: "broken" }, trends: [1, 2, 3].map((n) =>'
            . ' ({ topic: "t" + n, state: "spike" }))', '')
    {
        my ($top, $height) = @{ $browser->evaluate(<<"END") };
            (() => { const place = () => $place, above = () => place() + scrollY;
              const top = place(), height = above();
              clearTimeout(timer); turn++;
              const real = last;
              last = Object.assign({}, last, { $change });
              showAgain();
              last = real;
              return [place() - top, above() - height]; })()
END
        cmp_ok(abs $top, '<=', 1, "$focus, $change: the place stays")
            or diag(summary());
        cmp_ok(abs $height, '>', 10, "$change: though what is above has changed")
            if $change !~ /brand/;
    }
}

# What has the focus may go itself: then the next that is in view stays.
cmp_ok(abs $browser->evaluate(<<'END'), '<=', 1, 'a table that goes moves nothing');
    (() => { const place = () => document.getElementById("queues-note").getBoundingClientRect().top;
      document.querySelector("#queues").parentElement.focus();
      scrollBy(0, place() - 20);
      const before = place(), real = last;
      last = { ...last, queues: [] };
      showAgain();
      last = real;
      return place() - before; })()
END
$browser->evaluate('refresh(); 1');

# At the top it is the top that stays.
$browser->evaluate('clearTimeout(timer); turn++; scrollTo(0, 0);'
    . ' show(Object.assign({}, last, { redis:'
    . ' Object.assign({}, last.redis, { state: "broken" }) })); 1');
is($browser->evaluate('scrollY'), 0, 'at the top nothing scrolls');


# By key alone: every control can be reached and used, and is remembered.
sub press {
    my ($key, $code) = @_;

    $browser->call('Input.dispatchKeyEvent', { type => $_, key => $key,
        code => $key, windowsVirtualKeyCode => $code }) for qw(keyDown keyUp);
    return;
}

$browser->evaluate('scrollTo(0, 0); document.activeElement.blur()');
{
    my %reached;

    for (1 .. 30) {
        press('Tab', 9);
        my $name = $browser->evaluate('(() => { const at = document.activeElement;'
            . ' return at.name || (at.firstElementChild || at).id || at.tagName })()')
            or last;
        $reached{$name}++;
        press('ArrowLeft', 37) if $name eq 'window' && $reached{window} == 1;
        press('ArrowRight', 39) if $name eq 'theme' && $reached{theme} == 1;
    }

    is_deeply([grep { !$reached{$_} } qw(window theme span queues platforms)], [],
        'everything is reached') or diag(explain(\%reached));
    is($browser->evaluate('document.querySelector("input[name=window]:checked").value'),
        '1h', 'another window');
    is($browser->evaluate('document.documentElement.getAttribute("data-theme")'),
        'light', 'another theme');
    $browser->media('prefers-color-scheme' => 'dark');
    cmp_ok($browser->evaluate($contrast)->[1], '>', 0.8, 'against the system');
    $browser->open("$origin/status?format=html");
    is($browser->evaluate('document.querySelector("input[name=window]:checked").value'
        . ' + document.documentElement.getAttribute("data-theme")'), '1hlight',
        'both are remembered');
    $browser->evaluate('localStorage.clear()');
    $browser->open("$origin/status?format=html");
    ok($browser->wait_until('document.querySelectorAll("#queues tbody tr").length'),
        'and forgotten');
}


# The waits of a window are those of the status.
{
    my ($shown, $known);

    ok(wait_for {
        $shown = (row('channels', 'social') // {})->{'Waits began'};
        $known = 0;
        $known += ($_->{windows}{'24h'}{opened_first} // 0)
            + ($_->{windows}{'24h'}{opened_next} // 0)
            for @{ status($nginx)->{sla} };
        $known > 0 && defined $shown && $shown eq $known;
    }, 'waits of 24 hours') or diag(explain([$shown, $known]));
    is(row('channels', 'social')->{'Beyond deadline'}, 1, 'one of them late');
    like($browser->evaluate('document.getElementById("waits-span").textContent'),
        qr/^Last 24 hours: /, 'since when');
}


# A spike, with figures made to measure: what the contract of the JSON allows,
# also what a hostile sender could have got into it.
{
    my $window = sub {
        my ($count) = @_;
        my %le = (300 => 3, 900 => 5, 1800 => 6, 3600 => 6, 14400 => 7,
            86400 => 8, '+Inf' => 8);
        my $answers = { count => 8, sum_s => 99, mean_s => 12, p50_s => 840.5,
            p75_s => 1700, p90_s => 86000, p95_s => 86000, p99_s => 86000,
            le_s => \%le };
        my %share = map { $_ => { due => 20, replied => 5, withdrawn => 1,
            share => 0.25, from_ms => 1, to_ms => 2 } } 300, 900, 86400;

        return { from_ms => 1_789_999_200_000, to_ms => 1_790_000_000_000,
            reading_age_ms => 900, opened_first => $count, opened_next => 1,
            replied_first => 8, replied_next => 0, replied_within_15min => 5,
            auto => 2, met => 5, missed => 15, attainment => 0.25,
            closed => { no_reply_needed => 3 }, first_response => $answers,
            next_response => { count => 0, sum_s => 0, le_s => {} },
            within => \%share, response_rate => { 3600 => undef,
                86400 => { due => 10, replied => 7, withdrawn => 0, rate => 0.7,
                ignored_rate => 0.3 } } };
    };
    my $series = sub {
        my ($queue, $channel, $count) = @_;

        return { brand => 'Nord-west_2.B', queue => $queue,
            channel => $channel, open => 3, due_soon => 0, at_risk => 2,
            breached => 1, earliest_due_ms => undef, oldest_wait_ms => 7_200_000,
            reading_age_ms => 900, windows => { map { $_ => $window->($count) }
                '5m', '1h', '24h', '7d' } };
    };
    my $group = sub {
        my ($name, $share, $median) = @_;

        return { group => $name, spells => 40, open => 2,
            median_wait_s => $median, due_900 => 40, replied_900 => 40 * $share,
            share_900 => $share, ignored_rate_86400 => undef, wait_gap => 1.5 };
    };
    my $parity = { ratio => 0.5, lowest => '0-99', highest => '100k+',
        z => 3.1, enough => JSON::PP::true, flagged => JSON::PP::true };
    my $made = JSON::PP->new->canonical->encode({
        sla => [$series->('mentions', 'social', 20),
            $series->($hostile, 'email', 4)],
        history => [{ brand => 'Nord-west_2.B', slots => undef, hours => [map {
            { hour_ms => 1_790_000_000_000 + 3_600_000 * $_, in => 10 + $_,
                opened => 8, replied => 6, closed => 0, met => 5, missed => $_,
                replied_within_15min => 5 } } 0 .. 47] }],
        fairness => [{ brand => 'Nord-west_2.B', from_ms => 1_789_999_200_000,
            to_ms => 1_790_000_000_000, groups => {
                channel => [$group->('social', 0.8, 600)],
                reach => [$group->('0-99', 0.4, 1200),
                    $group->('100k+', 0.8, undef),
                    $group->('none', 0.6, 86_400)] },
            parity => { channel => { ratio => undef, lowest => undef,
                highest => undef, z => undef, enough => JSON::PP::false,
                flagged => JSON::PP::false }, reach => $parity },
            jain => { channel => undef, reach => 0.9 },
            ignored_gap_points => 12.5, overtake_depth_s => undef }],
        trends => [{ brand => 'Nord-west_2.B', channel => 'social',
            topic => $hostile, state => 'spike', level => 9.26, excess => 210,
            since_ms => 1_790_000_000_000, authors_15m => 80,
            authors_60m => 236, expected_60m => 25.5,
            share => { '0-99' => 200, 'none' => 36 } }],
        trend_detector => { on => JSON::PP::true, series => [map {
            { brand => 'Nord-west_2.B', channel => $_->[0], grade => $_->[1] } }
            ['social', 'known'], ['email', 'learning'], ['sms', 'unknown']] },
    });

    $browser->evaluate("clearTimeout(timer); turn++; show(last = Object.assign({},"
        . " last, $made)); 1");
    is(summary(), 'A spike is going on.', 'a spike');
    like(burning(), qr/Spike: social, \Q$hostile\E: 9\.3 times the usual, 236/,
        'is told, with its topic as it was written');
    like(burning(), qr/Unequal by audience: under 100 followers is .* 50\.0 % as/,
        'and who is answered less');
    is($browser->evaluate('[...document.querySelectorAll("#trends tbody tr > *")]'
        . '.map((n) => n.textContent).slice(0, 9).join("|")'),
        "$hostile|Nord-west_2.B|social||236|26|9.3|80|spike",
        'the same in a table');
    is($browser->evaluate('document.querySelector("#trends tbody td:last-child")'
        . '.textContent'), 'under 100 followers', 'and who they are');
    is($browser->evaluate('[...document.querySelectorAll("#trends rect")].map((n) =>'
        . ' Math.round(n.getAttribute("width") * 236 / 100)).join()'), '236,236,2',
        'with a bar');
    like($browser->evaluate('document.getElementById("trends-note").textContent'),
        qr/mark is how many are usual\. .* being learned for email, sms\.$/,
        'against what is usual, as far as that is known');
    is($browser->evaluate('document.querySelectorAll("main img, main script")'
        . '.length + (document.title === "1" ? 1 : 0)'), 0,
        'no markup of it, no script');

    is_deeply(figure('At risk'), [4, '0 due in 60 s'], 'at risk');
    is(figure('Longest wait')->[0], '2 h', 'the longest wait');
    is_deeply(figure('Within 15 min'), ['25.0 %', '10 of 40, last 24 hours'],
        'a share, added up');
    is($browser->evaluate('[...document.querySelectorAll("#waits svg[role=img] text")]'
        . '.map((n) => n.textContent).slice(0, 6).join()'), '6,0–5,min,4,5–15,min',
        'bars of two series');
    is($browser->evaluate('document.querySelector("#waits .target").getAttribute("d")'
        . '.slice(1).split(" ")[0] * 7 / document.querySelector("#waits svg")'
        . '.getAttribute("width") | 0'), 2, 'the target behind the second bar');
    like($browser->evaluate('document.querySelector("#waits .quantiles").textContent'),
        qr/^Half within13–15 min90 %23–24 h99 %23–24 h$/, 'between which bounds half are');
    like($browser->evaluate('document.getElementById("waits").textContent'),
        qr/no reply needed 6\. .* 4\. Own deadlines: 10 met, 30 missed\./,
        'closed, automatic, met');

    my $row = row('series', 'mentions');
    is_deeply([@$row{'Brand', 'Channel', 'Within 15 min', 'Own deadline met'}],
        ['Nord-west_2.B', 'social', '25.0 %', '25.0 %'], 'a series');
    $row = row('channels', 'email');
    is_deeply([@$row{'Waits began', 'Ignored after 24 h', 'Own deadline met',
        'Median wait'}], [5, '30.0 %', '25.0 %', 'unknown'], 'a channel');
    is(row('channels', 'social')->{'Median wait'}, '10 min',
        'with a median where it is known');
    is($browser->evaluate('[...document.querySelectorAll("#fairness .figure")]'
        . '.map((n) => n.textContent).join("|")'),
        '50.0 %|unknown|0.90|+12.5 points|unknown', 'fairness');
    like($browser->evaluate('document.getElementById("fairness").textContent'),
        qr/under 100 followers40\.0 %20 min× 1\.50unknown402/, 'of a group');

    # One series alone has its own percentiles.
    $browser->evaluate("(() => { const s = Object.assign({}, last);"
        . ' s.sla = s.sla.slice(0, 1); show(last = s); })()');
    like($browser->evaluate('document.querySelector("#waits .quantiles").textContent'),
        qr/^Half within14 min90 %24 h99 %24 h/, 'percentiles of one');

    # Of several they are never made up: 100 waits of one to four minutes and
    # 100 of five to fifteen, of which a few quantiles are known, each to 2 %.
    is($browser->evaluate(<<'END'), '284–300 686–816 833–898 0–1 604800–Infinity', 'bounds');
        (() => {
          const part = (le, p) => ({ count: 100, le_s: { ...le, "+Inf": 100 }, p50_s: p[0],
            p75_s: p[1], p90_s: p[2], p95_s: p[3], p99_s: p[4] });
          const two = [part({ 300: 100, 900: 100 }, [60, 100, 200, 250, 290]),
            part({ 300: 0, 900: 100 }, [600, 700, 800, 850, 880])];
          const ends = [part({ 300: 50, 86400: 50 }, [.5, 604800, 604800, 604800, 604800])];
          return [...[50, 90, 99].map((p) => quantileBounds([...two, { count: 0, le_s: {} }], p)),
            ...[50, 99].map((p) => quantileBounds(ends, p))]
            .map((b) => b.map(Math.round).join("–")).join(" "); })()
END
    is($browser->evaluate('[[900, 900], [0, 1], [250, 250.1], [4900, 11900], [890, 1530], [600,'
        . ' 90000], [604800, Infinity]].map(([a, b]) => between(a, b)).join("|")'),
        '15 min|under 1 s|4.1–4.2 min|1.3–3.4 h|14–26 min|10 min – 25 h|over 7 d',
        'in words that do not promise more than they know');

    # The chart's cursor goes by key.
    my $said = 'document.getElementById("history").getAttribute("aria-valuetext")';

    like($browser->evaluate($said), qr/: 8 waits began, 57 items came in; 6 replies/,
        'the last hour');
    $browser->evaluate('document.getElementById("history").focus()');
    press('ArrowLeft', 37);
    like($browser->evaluate($said), qr/, 56 items/, 'the hour before');
    press('Home', 36);
    like($browser->evaluate("$said + document.getElementById('history-text').textContent"),
        qr/, 10 items.*, 10 items/, 'the first, also below the chart');
    is($browser->evaluate('document.activeElement.id'), 'history', 'in focus');

    $browser->size(1440, 900);
    is($browser->evaluate('[...document.querySelectorAll(".groups .scroll")].filter('
        . '(n) => n.scrollWidth > n.clientWidth).length'), 0,
        'groups are side by side only where all of their columns have room');

    for my $width (360, 2560) {
        $browser->size($width, 800);
        cmp_ok($browser->evaluate('document.documentElement.scrollWidth'), '<=',
            $width, "$width px: nothing sideways");
        is($browser->evaluate('[...document.querySelectorAll(".card, #tiles > div")]'
            . '.filter((n) => n.scrollWidth > n.clientWidth).length'), 0,
            "$width px: nothing reaches out of its card");
    }

    # Hours in which nothing came are no chart; what was never judged is not calm.
    like($browser->evaluate('show(Object.assign({}, last, { trends: [], trend_detector:'
        . ' { on: true, series: [] }, history: [{ brand: "b", hours: [{ hour_ms: 1,'
        . ' in: 0, opened: 0, replied: 0 }] }] })); document.getElementById("flow-body")'
        . '.textContent + document.getElementById("trends-note").textContent'),
        qr/^Nothing has arrived in 48 hours\.Nothing can be said yet: /, 'nothing known');

    # Nobody can wait in a queue of the brand's own items.
    $browser->evaluate('show(Object.assign({}, last, { sla: [], queues: [{'
        . ' ...last.queues[0], queue: "mentions:out", open: 0 }, { ...last.queues[0],'
        . ' queue: "unread", open: null }] })); 1');
    is_deeply([map { row('queues', $_)->{'At risk'} } 'mentions:out', 'unread'],
        ['0', 'unknown'], 'nobody is at risk where nobody waits');

    # Nothing of it is there yet.
    $browser->evaluate('show(last = Object.assign({}, last, { sla: [], history: [],'
        . ' fairness: [], trends: [], queues: [] })); 1');
    like($browser->evaluate('document.querySelectorAll("#trends *").length + "|" +'
        . ' document.getElementById("trends-note").textContent'),
        qr/^0\|Nothing is out of the ordinary\. /, 'nothing burns');
    is($browser->evaluate('document.getElementById("queues-note").textContent'),
        'No queue has had anything yet.', 'no queue');
    is($browser->evaluate('getComputedStyle(document.getElementById("trends")'
        . '.parentElement).display'), 'none', 'and no empty table is in the way');
    like($browser->evaluate('document.querySelector("main").textContent'),
        qr/Nobody has asked anything yet.*Nothing has arrived yet/s, 'an empty page');
    is(figure('Within 15 min')->[0], 'none due', 'which has no share');
    $browser->evaluate('refresh(); 1');
    ok($browser->wait_until('document.querySelectorAll("#queues tbody tr").length'),
        'back to what is');
}


# Redis is away.
$redis->stop;
ok(wait_for { status($nginx)->{redis}{state} ne 'ready' }, 'Redis is away');
ok($browser->wait_until('/^Store unreachable/.test(document.getElementById('
    . '"summary").textContent)'), 'the page says so') or diag(summary());
like(burning(), qr/Platforms are sent away with 503/, 'and what that means');

# Made up: the page's own next look must not come in between.
$browser->evaluate('clearTimeout(timer); turn++; show(Object.assign({}, last,'
    . ' { redis: Object.assign({}, last.redis, { state: "refusing" }) })); 1');
like(summary(), qr/^Store refuses mentions; what is known/, 'a Redis that refuses is not unreachable');
like(burning(), qr/The store refuses mentions: Redis is refusing/, 'nor does it burn as one');

for my $case (['spooling', qr/Mentions go to this machine's disk/, 'warn'],
    ['refusing', qr/Platforms are sent away with 503.*The spool takes nothing \(nospace\)/, 'bad'])
{
    my ($state, $burning, $class) = @$case;
    my $spool = qq({ configured: true, state: "$state", trouble: "nospace", limit_bytes: 8, bytes: 1,)
        . ' refused: {}, quarantined: {} }';

    $browser->evaluate("clearTimeout(timer); turn++;"
        . " show(Object.assign({}, last, { spool: $spool })); 1");
    like(burning(), $burning, "a spool that is $state: what it means");
    is($browser->evaluate('document.querySelector("#spool .' . $class . '").textContent'),
        $state, "a spool that is $state: marked");
}

$browser->evaluate('refresh(); 1');
is(row('queues', 'mentions')->{Waiting}, 5, 'the last known figure is kept');
like($browser->evaluate('document.getElementById("read").textContent'),
    qr/Redis was read \d+ s ago\./, 'with its age');
is_deeply([$browser->complaints], [], 'no complaint of the browser');


# nginx is away: the page is still there.
$nginx->quit;
ok($browser->wait_until('/cannot be refreshed.*old/.test(document.getElementById('
    . '"summary").textContent)'), 'nginx is away');
is(row('queues', 'mentions')->{Waiting}, 5, 'and the figures stay');


# What is unknown is not 0.
{
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $stalled = SocialCare::Nginx->new(vars => { redis => $fake->socket },
        %config)->start;
    my $connection = SocialCare::Http->connect($stalled->port);
    my $body = page(comment(fresh_id()));

    $fake->rule(script => 'read', stall => 1);
    $fake->rule(script => 'enqueue', stall => 1);
    $connection->write(join '', format_request('POST', '/hook', body => $body,
        headers => signed($body)));
    ok(wait_for { queue_status($stalled, 'mentions', 'Nord-west_2.B') },
        'a queue that was never read');
    $browser->open('http://' . $stalled->address . '/status?format=html');
    ok($browser->wait_until('document.querySelectorAll("#queues tbody tr").length > 0'),
        'is there');

    my $row = row('queues', 'mentions');
    is_deeply([@$row{'Waiting', 'Not read', 'Oldest item', 'In a minute',
        'Taken a minute', 'Drained in', 'Open threads', 'Beyond deadline',
        'Next deadline', 'Dead'}], [('unknown') x 10], 'all of it unknown')
        or diag(explain($row));
    is($row->{Read}, 'never', 'never read');
    is(figure($_)->[0], 'unknown', "$_: unknown")
        for 'Beyond deadline', 'Waiting in queues', 'Longest wait';
    unlike(summary(), qr/well/, 'which is not well');

    $browser->open('http://' . $stalled->address . '/fixed');
    ok($browser->wait_until('/does not give JSON/.test(document.getElementById('
        . '"summary").textContent)'), 'a location that gives the page alone');
    $connection->close;
}


# It asked its own server for its status, and nobody for anything else.
is_deeply([grep { !m{^http://127\.0\.0\.1:\d+/(?:status|fixed)\?format=(?:html|json&window=\w+,7d)$
    | ^http://127\.0\.0\.1:\d+/fixed$ | ^about:blank$}x } $browser->requests],
    [], 'requests');
is_deeply([grep { !m{/(?:status|hook)[ ?]} } split /\n/, $nginx->access_log], [],
    'as nginx saw them');

$browser->stop;
finish();
