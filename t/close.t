# socialcare_close: a worker that has only the record can end its wait, and so
# can a desk with a form.  Nothing invalid is accepted, nothing is accepted in
# part, and 200 means stored, as everywhere.

use strict;
use warnings;

use JSON::PP ();

use SocialCare::Care;
use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $json = JSON::PP->new->utf8->canonical;
my @reasons = qw(not_actionable spam deleted_by_author duplicate_of
    other_channel no_reply_needed);

my $redis = SocialCare::Redis->start;
my $client = $redis->client;

my $more = <<'END';
        location = /close  { socialcare_close; socialcare_limits body=8k events=20 depth=8; }
        location = /closed { socialcare_close; allow 127.0.0.2; deny all; }
        location = /wide   { socialcare_webhook facebook; socialcare_secret value:s3cr3t-socialcare;
                             socialcare_brand wide partitions=4; socialcare_queue q out=on; }
        location = /mapped { socialcare_webhook facebook; socialcare_secret value:s3cr3t-socialcare;
                             socialcare_brand $arg_brand partitions=4; socialcare_queue q out=on; }
        location = /own    { socialcare_close; socialcare_brand mine; socialcare_queue own; }
        location = /any    { socialcare_close; socialcare_brand $arg_brand; }
        location = /post   { socialcare_close; limit_except POST { deny all; } }
        location = /metrics { socialcare_status prometheus; }
        location = /if     { socialcare_close; if ($arg_x) { set $y 1; } }
END

# Before the others, with other partitions for names that cannot be used.
my $early = <<'END';
    server {
        listen 127.0.0.1:%%port_early%%;
        location / { socialcare_webhook facebook; socialcare_secret value:s3cr3t-socialcare;
                     socialcare_brand $arg_brand partitions=64; }
    }
END

my $nginx = care_nginx(redis => $redis->socket, more => $more, top => $early,
    options => '%%patient%%',
    log_format => 'log_format test "$status $uri $socialcare_result'
        . ' m=$socialcare_mentions d=$socialcare_duplicates'
        . ' s=$socialcare_store t=$socialcare_store_time";')->start;

sub close_at {
    my ($uri, $data, %o) = @_;
    my $body = ref $data ? $json->encode($data) : $data;

    return post(($o{at} // $nginx)->port, $uri, $body, headers =>
        [exists $o{type} ? ($o{type} ? ('Content-Type' => $o{type}) : ())
            : ('Content-Type' => 'application/json')]);
}

sub said   { return $json->decode($_[0]{body}) }
sub closes { return care_status($_[0] // $nginx)->{closes} }
sub waits  { my ($wait, $tag) = @_; return $client->call('HEXISTS',
    '{care:' . ($tag // 'default/0') . '}:open', $wait) }

# All statistics of a partition, slots, hours and tiers of reach summed.
sub statistics {
    my ($tag, %sum) = ($_[0] // 'default/0');

    for my $key (@{ $client->call('KEYS', "{care:$tag}:st:*") }) {
        my %fields = @{ $client->call('HGETALL', $key) };
        /^[a-lz](o[FN]|.*)/ and $sum{$1} += $fields{$_} for keys %fields;
    }

    return \%sum;
}

# What closes have booked, by reason.
sub booked {
    my $sum = statistics(@_);

    return { map { /^c:(\w+)$/ ? ($1 => $sum->{$_}) : () } keys %$sum };
}


# Every reason, by a worker that sends the record back.

is(care_post($nginx, "r$_")->{status}, 200, "a question, $_") for @reasons;

my %record = map { $_->{object} => $_ } records($redis, 'mentions');

for my $reason (@reasons) {
    my $record = $record{"2_r$reason"};
    my $wait = $record->{wait};

    is($wait, "facebook:104200990001234:2_r$reason", 'the record names it');
    is(waits($wait), 1, "$reason: it waits");

    my $answer = close_at('/close', { %$record, reason => $reason });

    is($answer->{status}, 200, "$reason: closed");
    is($answer->{header}{'content-type'}, 'application/json', 'as JSON');
    is_deeply(said($answer), { accepted => 1, duplicates => 0 }, 'one');
    is(waits($wait), 0, "$reason: it waits no more");
    is(booked->{$reason}, 1, "$reason: booked");

    is_deeply(said(close_at('/close', { %$record, reason => $reason })),
        { accepted => 1, duplicates => 1 }, 'once more is no harm');
    is(booked->{$reason}, 1, "$reason: booked once");
}

is(closes->{accepted}, 6, 'six are counted');
is(closes->{duplicates}, 6, 'and six repetitions');

# A close ends the conversation: the next question is a first one again.
my $opened = statistics;
my $again = $record{'2_rspam'}{wait};
my $reply = page({ entry => '104200990001234', change => { field => 'feed',
    value => { item => 'comment', verb => 'add', post_id => '1_2', parent_id =>
    '2_rspam', comment_id => '2_more', created_time => time, message => 'Hm',
    from => { id => 7, name => 'Ada' } } } });
is(send_page($nginx->port, '/hook', $reply)->{status}, 200, 'more of it');
my ($other) = grep { $_->{object} eq '2_more' } records($redis, 'mentions');
is(waits($other->{wait}), 1, 'a new wait');
is($other->{wait}, $again, 'of the same thread');
is(statistics->{oF} - $opened->{oF}, 1, 'the first of its conversation');
is(statistics->{oN} // 0, $opened->{oN} // 0, 'and not the next');
is(close_at('/close', { %$other, reason => 'spam' })->{status}, 200, 'closed');
is(waits($other->{wait}), 0, 'and over');
is(booked->{spam}, 2, 'another one');

# The example worker in Python.
SKIP: {
    my ($python) = grep { -x $_ && !system("$_ -c 'import redis' 2>/dev/null") }
        has_program('python3') // (), '/usr/bin/python3';

    skip 'no python3 with redis', 3 if !$python;

    is(care_post($nginx, 'advert', text => 'free followers!')->{status}, 200,
        'an advertisement');
    is(waits('facebook:104200990001234:2_advert'), 1, 'waits');

    local @ENV{qw(REDIS_URL WORKER_ONCE CLOSE_URL)} = ('unix://'
        . $redis->socket, 1, 'http://' . $nginx->address . '/close');
    my $said = `timeout 30 $python conf/workers/worker.py '{care:default/0}:q:mentions' 2>&1`;

    is(waits('facebook:104200990001234:2_advert'), 0,
        'until the worker closes it') or diag($said);
}

# Several; without an id; a form.
is(care_post($nginx, "s$_")->{status}, 200, "a question, $_") for 1 .. 4;
my @waits = map { "facebook:104200990001234:2_s$_" } 1 .. 4;

is_deeply(said(close_at('/close', [map { { wait => $_, reason =>
    'not_actionable' } } @waits[0 .. 2]])), { accepted => 3, duplicates => 0 },
    'several at once');
is_deeply([map { waits($_) } @waits], [0, 0, 0, 1], 'all of them, no other');
is(booked->{not_actionable}, 4, 'booked each');

my $answer = close_at('/close', 'reason=other_channel&colour=red&wait='
    . $waits[3] =~ s/:/%3A/gr,
    type => 'application/x-www-form-urlencoded; charset=utf-8');
is_deeply(said($answer), { accepted => 1, duplicates => 0 }, 'a form');
is(waits($waits[3]), 0, 'the same');

# No wait at all: stored all the same, an id only once.
my ($spam, $ended) = (booked->{spam}, statistics->{ended} // 0);
is_deeply(said(close_at('/close', { wait => 'x:none', reason => 'spam',
    id => 7 . $_ > 71 ? '72' : '71' })), { accepted => 1,
    duplicates => $_ > 2 ? 1 : 0 }, "no wait, $_") for 1, 2, 3;
is(booked->{spam}, $spam, 'nothing is booked as closed');
is(statistics->{ended}, $ended + 2, 'but two conversations as ended');

# A brand of many partitions; its own item's record.
is(send_page($nginx->port, '/wide', page(map { comment("3_$_") } 1 .. 8))
    ->{status}, 200, 'a wide brand');
my @wide = map { records($redis, 'q', "wide/$_") } 0 .. 3;
is(scalar @wide, 8, 'eight');
is($client->call('HLEN', "{care:wide/$_}:open") > 0, 1, "some in $_")
    for grep { $client->call('EXISTS', "{care:wide/$_}:q:q") } 0 .. 3;
is_deeply(said(close_at('/close', [map { { %$_, reason => 'duplicate_of' } }
    @wide])), { accepted => 8, duplicates => 0 }, 'closed where they are');
is($client->call('HLEN', "{care:wide/$_}:open"), 0, "partition $_: none left")
    for 0 .. 3;

# The default brand is also where names go that cannot be used: what receivers
# with variables say about partitions does not matter for it.
is(send_page($nginx->port, '/hook', page(comment('5_1')))->{status}, 200,
    'the default brand');
my @default = records($redis, 'mentions', 'default/0');
is(waits($default[-1]{wait}), 1, 'waits');
is_deeply(said(close_at('/close', { wait => $default[-1]{wait},
    reason => 'spam' })), { accepted => 1, duplicates => 0 }, 'and is closed');
is(waits($default[-1]{wait}), 0, 'where it is');

# A brand that a variable chose: known here once a mention has had it.
is(send_page($nginx->port, '/mapped?brand=mapped', page(map { comment("4_$_") }
    1 .. 8))->{status}, 200, 'a brand chosen by a variable');
is_deeply(said(close_at('/close', [map { { %$_, reason => 'duplicate_of' } }
    map { records($redis, 'q', "mapped/$_") } 0 .. 3])),
    { accepted => 8, duplicates => 0 }, 'known, with its partitions');
is($client->call('HLEN', "{care:mapped/$_}:open"), 0, "mapped, $_: none left")
    for 0 .. 3;

# Brands: the location's own, one that is chosen by a variable, one unknown.
is(close_at('/own', { wait => 'a', reason => 'spam' })->{status}, 200, 'own');
is(close_at('/own', { wait => 'a', reason => 'spam', brand => 'mine',
    queue => 'never heard of' })->{status}, 200, 'named');
is(close_at('/any', { wait => 'a', reason => 'spam', brand => 'later' })
    ->{status}, 200, 'perhaps a brand that a map will choose');
is(close_at('/post', { wait => 'a', reason => 'spam' })->{status}, 200,
    'behind limit_except');
is(close_at('/if?x=1', { wait => 'a', reason => 'spam' })->{status}, 200,
    'inside if');
is_deeply([grep { /never|brand/ } @{ $client->call('KEYS', '*') }], [],
    'names of nobody make no keys');

# Who may is nginx's affair.
is(close_at('/closed', { wait => 'a', reason => 'spam' })->{status}, 403,
    'denied');


# Each mistake.

my $before = closes;
my %good = (wait => 'w', reason => 'spam');
my $large = { %good, text => 'x' x 9000 };
my @wrong = (
    ['syntax', 400, '{', qr/not what its Content-Type says/],
    ['syntax', 400, 'wait=a&reason=spam', qr/not what its Content-Type says/],
    ['syntax', 400, '', qr/not what its Content-Type says/],
    ['syntax', 400, 'wait=%x&reason=spam', qr/not what/, type =>
        'application/x-www-form-urlencoded'],
    ['shape', 400, '[]', qr/one object, or an array/],
    ['shape', 400, '"spam"', qr/one object, or an array/],
    ['member', 400, { %good, wait => 7 }, qr/are texts/],
    ['member', 400, 'wait=a&wait=b&reason=spam', qr/none is given twice/, type =>
        'application/x-www-form-urlencoded'],
    ['no_wait', 400, { reason => 'spam' }, qr/"wait" is missing: take it from/],
    ['no_reason', 400, { wait => 'w' }, qr/"reason" is missing: not_act/],
    ['reason', 400, { %good, reason => 'dull' }, qr/unknown "reason": known/],
    ['reason', 400, [{ %good }, { %good }, { %good, reason => 'dull' }],
        qr/unknown "reason"/, index => 2],
    ['brand', 400, { %good, brand => 'nobody' }, qr/unknown "brand": take/],
    ['brand', 400, [{ %good }, { %good, brand => 'a b' }], qr/unknown "brand"/,
        index => 1],
    ['type', 415, { %good }, qr/application\/json or/, type => 'text/plain'],
    ['type', 415, { %good }, qr/application\/json or/, type => undef],
    ['too_large', 413, [map { { %good } } 1 .. 21], qr/send fewer/],
    ['too_large', 413, '[' x 9 . ']' x 9, qr/send fewer/],
    ['too_large', 413, $large, qr/413 Request/],
);
my %count;

for my $case (@wrong) {
    my ($name, $status, $data, $sentence, %o) = @$case;
    my $response = close_at('/close', $data, %o);

    is($response->{status}, $status, "$name: $status");
    like($sentence =~ /413 R/ ? $response->{body} : said($response)->{error},
        $sentence, "$name: a sentence");
    is(said($response)->{index}, $o{index}, "$name: which one") if $o{index};
    $count{$name}++;
}

# Without a length, so that only the body itself shows its size.
my $chunked = SocialCare::Http->connect($nginx->port);
$chunked->write("POST /close HTTP/1.1\r\nHost: a\r\nContent-Type: "
    . "application/json\r\nTransfer-Encoding: chunked\r\n\r\n4000\r\n"
    . 'x' x 0x4000 . "\r\n0\r\n\r\n");
is($chunked->read_response('POST')->{status}, 413, 'chunked and too large');
$count{too_large}++;

for my $method (qw(GET PUT DELETE OPTIONS)) {
    my $response = request($nginx->port, $method, '/close');

    is($response->{status}, 405, "$method: 405");
    is($response->{header}{allow}, 'POST', 'POST it is');
    $count{method}++;
}

# The log phase counts: after the answer.
eventually('all were counted', sub {
    closes->{requests} - $before->{requests} == @wrong + 5 });

my $after = closes;
is($after->{refused}{$_} - $before->{refused}{$_}, $count{$_} // 0,
    "refused: $_") for sort keys %{ $after->{refused} };
is($after->{accepted}, $before->{accepted}, 'nothing of it was taken');
is($client->call('HLEN', '{care:nobody/0}:open'), 0, 'nothing was written');

like(get($nginx->port, '/metrics')->{body},
    qr/^socialcare_close_refused_total\{reason="brand"\} 2$/m, 'as metrics');

like($nginx->log, qr/request to close from 127.0.0.1 was refused \(brand\): tell its sender: unknown "brand": take it/,
    'the log says what to do');
unlike($nginx->log, qr/dull|nobody|later/, 'and nothing that was sent');

my $log = $nginx->access_log;
like($log, qr{^200 /close stored m=1 d=0 s=redis t=\d+\.\d{3}$}m, 'stored');
like($log, qr{^200 /close duplicate m=1 d=1 s=redis t=\d+\.\d{3}$}m, 'again');
like($log, qr{^200 /close stored m=3 d=0 s=redis}m, 'three');
like($log, qr{^400 /close refused m=0 d=0 s=none t=-$}m, 'refused');
like($log, qr{^413 /close too_large }m, 'too large');
like($log, qr{^405 /close method }m, 'method');


# Redis away: 503 without a spool, the disk with one.

my %spooled = (redis => $redis->socket, more => $more);
my $first = care_nginx(%spooled)->start;
my $second = care_nginx(%spooled, top => 'socialcare_spool %%dir%%/spool;')
    ->start;

is(care_post($second, "t$_")->{status}, 200, "a question, $_") for 1, 2;
@waits = map { "facebook:104200990001234:2_t$_" } 1, 2;
eventually('both wait', sub { 2 == grep { waits($_) } @waits });

$redis->signal('STOP');

$answer = close_at('/close', { wait => $waits[0], reason => 'spam' },
    at => $first);
is($answer->{status}, 503, 'Redis is away');
is($answer->{header}{'retry-after'}, 30, 'come again');
is($answer->{body}, '', 'empty');
is(closes($first)->{refused}{unavailable}, 1, 'counted');
like($first->log, qr/request to close was answered 503: .*"socialcare_spool"/,
    'the log says what to do');

$answer = post($second->port, '/close', $json->encode({ wait => $waits[1],
    reason => 'spam', id => 'mine' }), headers => ['Content-Type' =>
    'application/json']);
is($answer->{status}, 200, 'with a spool it is taken');
is_deeply(said($answer), { accepted => 1, duplicates => 0 }, 'accepted');

$redis->signal('CONT');

eventually('the spooled close arrives', sub { !waits($waits[1]) });
eventually('the first may have arrived, too, and harms nobody a second time',
    sub { close_at('/close', { wait => $waits[0], reason => 'spam' },
        at => $first)->{status} == 200 });
is(waits($waits[0]), 0, 'it is over');
eventually('the spool is empty', sub {
    care_status($second)->{spool}{state} eq 'up' });
is_deeply(said(close_at('/close', { wait => $waits[1], reason => 'spam',
    id => 'mine' })), { accepted => 1, duplicates => 1 }, 'its id is known');

# A client that leaves does not take its close along.
is(care_post($nginx, 'gone')->{status}, 200, 'a question');
$redis->signal('STOP');
my $gone = SocialCare::Http->connect($nginx->port);
my $body = $json->encode({ wait => 'facebook:104200990001234:2_gone',
    reason => 'spam' });
$gone->write(join '', format_request('POST', '/close', body => $body,
    headers => ['Content-Type' => 'application/json']));
eventually('it is on its way', sub { care_waiting($nginx) == 1 }, 5);
$gone->abort;
eventually('the client is gone', sub {
    $nginx->access_log =~ m{^499 /close aborted }m });
$redis->signal('CONT');
eventually('nobody waits for it', sub { care_waiting($nginx) == 0 });

# nginx -t.
for my $case (
    ['location /c { socialcare_close on; }', qr/invalid number of arguments/],
    ['location /c { socialcare_close; socialcare_close; }', qr/is duplicate/],
    ['location /c { socialcare_close; socialcare_status; }',
        qr/conflicts with another handler/],
    ['location /c { socialcare_close; socialcare_webhook x;
        socialcare_secret value:a; }', qr/conflicts with another handler/],
    ['socialcare_close;', qr/is not allowed here/],
) {
    my $wrong = SocialCare::Nginx->new;
    my ($good, $text) = $wrong->test_config(server => $case->[0]);

    $wrong->{checked} = 1;
    ok(!$good, "refused: $case->[0]");
    like($text, $case->[1], 'with a sentence');
}

$_->quit for $nginx, $first, $second;
finish();
