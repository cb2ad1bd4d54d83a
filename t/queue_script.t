# The scripts against a real server: what is stored, what is counted, what is
# refused.  Time is an argument of the scripts, so nothing here waits for it.

use strict;
use warnings;

use SocialCare::Redis;
use SocialCare::Script;
use SocialCare::Test;


if (!SocialCare::Redis->available) {
    plan(skip_all => 'no redis-server');
}

my $NOW = 1_790_000_000_000;
my $T = '{care:acme/0}';
my $HOUR = int($NOW / 3_600_000);
my $ST = "$T:st:mentions:social:$HOUR";

my $server = SocialCare::Redis->start(config => ['save 3600 100000']);
my $redis = $server->client;
my %script = map { $_ => SocialCare::Script->new($_) } qw(enqueue sweep read);
my $version = $redis->call('INFO', 'server') =~ /redis_version:(\d+)\.(\d+)/
    ? $1 * 100 + $2 : 0;
my $digest = 4_000_000_000_000_000_000;

diag("redis-server $1") if $redis->call('INFO', 'server')
    =~ /redis_version:(\S+)/;

at_finish { $server->stop } 9;


sub fresh { $redis->call('FLUSHALL') }

# An item with an id of its own unless it brings one.
sub item { return { digest => $digest++, own => $NOW, event => $NOW, @_ } }

sub send_items {
    my ($items, %call) = @_;

    return $script{enqueue}->run($call{redis} || $redis, $T,
        SocialCare::Script::enqueue_arguments(now => $NOW, %call,
                                              items => $items));
}

sub question { return item(clock => 'question', thread => 'anna', @_) }

sub answer {
    return item(clock => 'answer', push => 'none', booked => 'mentions',
                thread => 'anna', @_);
}

sub close_thread {
    return item(clock => 'close', push => 'none', thread => 'anna',
                reason => 'spam', @_);
}

sub sweep {
    my ($now, %option) = @_;

    # The lease of the call before: it lives by the server's clock.
    $redis->call('DEL', "$T:lease:sweep") unless $option{keep_lease};
    return $script{sweep}->run($redis, $T, $now, $option{max_age} // 2_592_000_000,
        $option{slice} // 500, $option{lease} // 900);
}

sub read_status { return $script{read}->run($redis, $T, $_[0]) }

# The counters of an hour, its five minutes summed up.
sub counters {
    my $fields = $redis->hash('HGETALL', $_[0] || $ST);
    my %sum;

    $sum{ substr $_, 1 } += $fields->{$_} for keys %$fields;
    return \%sum;
}

sub slots { return $redis->hash('HGETALL', $_[0] || $ST) }
sub stored { return [ map { $_->[1][1] } @{ $redis->call('XRANGE', $_[0], '-', '+') } ] }
sub keys_now { return [ sort @{ $redis->call('KEYS', '*') } ] }


# The packing, byte for byte; tests/unit/test_queue.c has the same bytes from
# the C encoder.

my ($head, @rest) = SocialCare::Script::enqueue_arguments(now => $NOW, items => [
    { digest => '-9223372036854775808', own => $NOW - 1000,
      event => $NOW - 1000, due => $NOW + 899_000, clock => 'question',
      thread => 'x:7', queue => 'vip', limit => 1_000_000, record => '{}',
      reach => 4, object => '00abcdef' },
    { digest => 5, clock => 'close', reason => 'spam', thread => 'x:8',
      push => 'none', booked => 'vip' } ]);
is(unpack('H*', $head),
    '006c50c4a001' . '008c0a00' . '0200'
    . '06' . unpack('H*', '497222') . '08' . unpack('H*', '14916666')
    . '08' . unpack('H*', '14916665')
    . '01010134' . '14' . unpack('H*', '-9223372036854775808') . '186850c4a001'
    . '08' . unpack('H*', '29833333') . '186850c4a001'
    . '0d' . unpack('H*', '1790000899000')
    . '4300' . unpack('H*', '1789999999000 1790000899000 0 F40 1789999999000'
        . ' 00abcdef social vip')
    . '0300' . unpack('H*', 'x:7')
    . '03' . unpack('H*', 'vip') . '03' . unpack('H*', 'vip')
    . '06' . unpack('H*', 'social') . '40420f000000'
    . '03000130' . '0135' . '000000000000' . '0130' . '000000000000'
    . '04' . unpack('H*', 'spam') . '0000' . '0300' . unpack('H*', 'x:8')
    . '00' . '03' . unpack('H*', 'vip') . '06' . unpack('H*', 'social')
    . '000000000000', 'the head is packed as described');
is_deeply(\@rest, ['{}'], 'only what is pushed brings a record');


# An unknown script is sent again as source.

$redis->call('SCRIPT', 'FLUSH');
my $unknown = $redis->ask('EVALSHA', $script{enqueue}->sha, 1, $T, '');
like("$unknown", qr/^NOSCRIPT /, 'an unknown script is NOSCRIPT');
is(send_items([item()]), '0', 'and is stored by EVAL');
is(ref $redis->ask('EVALSHA', $script{enqueue}->sha, 1, $T,
    SocialCare::Script::enqueue_arguments(now => $NOW, items => [item()])),
    '', 'after which its digest is known');


# Storing.

fresh();
is(send_items([item(record => '{"v":1,"n":1}'), item(record => '{"v":1,"n":2}')]),
    '00', 'two items are stored');
is_deeply(stored("$T:q:mentions"), ['{"v":1,"n":1}', '{"v":1,"n":2}'],
    'in order, as the field m');
is($redis->call('XRANGE', "$T:q:mentions", '-', '+')->[0][1][0], 'm',
    'which is its name');
is_deeply($redis->call('SMEMBERS', "$T:queues"), ['mentions'],
    'the queue is registered');

my $read = $redis->call('XREADGROUP', 'GROUP', 'workers', 'one', 'COUNT', 10,
    'STREAMS', "$T:q:mentions", '>');
is(scalar @{ $read->[0][1] }, 2, 'the group reads from the very first entry');

is(send_items([item(push => 'list', queue => 'jobs', record => 'first'),
               item(push => 'list', queue => 'jobs', record => 'second')]),
    '00', 'a list takes items too');
is($redis->call('RPOP', "$T:q:jobs"), 'first', 'and gives the oldest first');
is($redis->call('RPOP', "$T:q:jobs"), 'second', 'then the next');

is(send_items([item(push => 'dead', record => 'raw')]), '0', 'a dead letter');
is_deeply(stored("$T:dead:mentions"), ['raw'], 'lies in the dead queue');
is(counters()->{dead}, 1, 'and is counted');
is($redis->call('XLEN', "$T:q:mentions"), 2, 'and not in the queue');

my $binary = join '', map { chr } 0 .. 255;
is(send_items([item(queue => 'bytes', record => $binary)]), '0', 'any bytes');
is(stored("$T:q:bytes")->[0], $binary, 'come out as they went in');


# Once.

fresh();
my @retry = map { item(record => $_) } 1 .. 64;
is(send_items(\@retry), '0' x 64, 'a full batch is stored');
is(send_items(\@retry), '1' x 64, 'its retry is all duplicates');
is($redis->call('XLEN', "$T:q:mentions"), 64, 'nothing is stored twice');
is(counters()->{in}, 64, 'counted once');
is(counters()->{dup}, 64, 'the others as duplicates');
is(send_items([@retry[0, 1], item(), $retry[0]]), '1101',
    'old and new ones in one batch');

my $twin = item();
is(send_items([$twin, $twin]), '01', 'twins in one batch');

fresh();
my %late = (own => $NOW - 3 * 86_400_000);
my $old = item(%late);
is(send_items([$old]), '0', 'an item that comes days late is stored');
is(send_items([$old], now => $NOW + 7 * 86_400_000), '1',
    'and known for a week after');
my $timeless = item(own => 0);
is(send_items([$timeless]), '0', 'an item without a time is stored');
is(send_items([$timeless], now => $NOW + 7.9 * 86_400_000), '1',
    'and known for nearly eight days');
my $boundary = 691_200_000 * int($NOW / 691_200_000 + 1);
$timeless = item(own => 0);
is(send_items([$timeless], now => $boundary - 1), '0', 'just before a window');
is(send_items([$timeless], now => $boundary), '1', 'known just behind it');
is(send_items([$timeless], now => $boundary + 691_199_999), '1',
    'and to the end of it');
is(send_items([$timeless], now => $boundary + 691_200_000), '0',
    'and forgotten one window later');

my $prompt = item();
is(send_items([$prompt]), '0', 'a prompt item');
is(send_items([$prompt], now => $NOW + 86_399_999), '1',
    'is found while prompt');
is(send_items([$prompt], now => $NOW + 86_400_000), '1',
    'and when its retry is late');
is(send_items([$prompt], now => $NOW + 691_200_000), '1',
    'to the end of the window');

my $future = item(own => $NOW + 10 * 86_400_000);
is(send_items([$future]), '0', 'an item from the future');
is(send_items([$future], now => $NOW + 3_600_000), '1', 'is known too');
cmp_ok($redis->call('TTL', "$T:seen:" . int($future->{own} / 60_000)), '<=',
    777_660, 'and its bucket does not stay longer for it');
$redis->call('EXPIRE', "$T:seen:" . int($future->{own} / 60_000), 1000);
send_items([item(own => $future->{own})]);
cmp_ok($redis->call('TTL', "$T:seen:" . int($future->{own} / 60_000)), '>',
    777_000, 'but for a window after each item');

fresh();
send_items([item(), item(own => 0)], window => 691_200);
is($redis->call('TTL', "$T:seen:" . int($NOW / 60_000)) > 777_500, 1,
    'a bucket lives for 9/8 of the window');
is($redis->call('OBJECT', 'ENCODING', "$T:seen:" . int($NOW / 60_000)),
    'intset', 'and is packed');
is((grep { $redis->call('TTL', $_) < 0 && /:(?:seen|st|held)/ } @{ keys_now() }),
    0, 'every key that must end has an end');


# Buckets that fill up.

fresh();
my @many = map { item(digest => 7_777_000_000_000_000_000 + 104_729 * $_,
                      push => 'none', booked => 'mentions') } 1 .. 5000;
my $codes = '';
for (my $i = 0; $i < @many; $i += 50) {
    $codes .= send_items([@many[$i .. $i + 49]]);
}
is($codes, '0' x 5000, '5000 items of one minute are new');
my @buckets = grep { /:seen:/ } @{ keys_now() };
is_deeply([grep { $redis->call('OBJECT', 'ENCODING', $_) ne 'intset' } @buckets],
    [], 'all ' . @buckets . ' buckets are packed');
is((grep { $redis->call('TTL', $_) < 0 } @buckets), 0, 'all have an end');
my $sum = 0;
$sum += $redis->call('SCARD', $_) for @buckets;
is($sum, 5000, 'each id is in one of them');
my $bytes = 0;
$bytes += $redis->call('MEMORY', 'USAGE', $_) for @buckets;
cmp_ok($bytes / 5000, '<', 16, sprintf('%.1f bytes an id', $bytes / 5000));
$codes = '';
for (my $i = 0; $i < @many; $i += 50) {
    $codes .= send_items([@many[$i .. $i + 49]]);
}
is($codes, '1' x 5000, 'and all are known');


# Full.

fresh();
my %limited = (queue => 'small', limit => 2);
my @items = map { item(%limited, clock => 'question', thread => "t$_",
                       due => $NOW + 1000) } 1 .. 4;
is(send_items(\@items), '0022', 'beyond the limit: full');
is($redis->call('XLEN', "$T:q:small"), 2, 'not stored');
is($redis->call('HLEN', "$T:open"), 2, 'not opened');
is(counters("$T:st:small:social:$HOUR")->{in}, 2, 'not counted');
is(send_items([@items[0, 2]]), '12', 'a stored one is a duplicate even then');
my $before = keys_now();
is(send_items([$items[3]]), '2', 'still full');
is_deeply(keys_now(), $before, 'and nothing of it was written');
$redis->call('XTRIM', "$T:q:small", 'MAXLEN', 1);
is(send_items([@items[2, 3]]), '02', 'taken once there is room');
is(send_items([item(push => 'list', queue => 'l', limit => 1),
               item(push => 'list', queue => 'l', limit => 1)]), '02',
    'a list fills up too');
is(send_items([item(push => 'dead', queue => 'd', limit => 1),
               item(push => 'dead', queue => 'd', limit => 1)]), '02',
    'and the dead letters');
is(send_items([item(queue => 'd', limit => 1)]), '0',
    'which are not counted as the queue');


# Pushes that fail.

fresh();
$redis->call('SET', "$T:q:taken", 'text');
my $blocked = question(queue => 'taken');
is(send_items([item(), $blocked, item(), item(push => 'list', queue => 'taken')]),
    '0303', 'a key of another type stops its own items only');
is($redis->call('HLEN', "$T:open"), 0, 'they open nothing');
$redis->call('DEL', "$T:q:taken");
is(send_items([$blocked]), '0', 'and can be stored afterwards');

fresh();
my $last = '18446744073709551615';
$redis->call('XADD', "$T:q:spent", "$last-$last", 'm', 'x');
$blocked = question(queue => 'spent');
is(send_items([$blocked]), '3', 'a stream without further ids');
is_deeply(keys_now(), ["$T:q:spent"], 'leaves no trace of the item');
is(send_items([item(own => $NOW), $blocked, item(own => $NOW)]), '030',
    'nor does it hurt its neighbours');
is($redis->call('SCARD', "$T:seen:" . int($NOW / 60_000)), 2,
    'whose digests stay');
fresh();
$redis->call('XADD', "$T:q:spent", "$last-$last", 'm', 'x');
send_items([$blocked, item(own => $NOW)]);
cmp_ok($redis->call('TTL', "$T:seen:" . int($NOW / 60_000)), '>', 0,
    'and their bucket ends, even if the first of it was undone');
$redis->call('DEL', "$T:q:spent");
is(send_items([$blocked]), '0', 'and it can be stored afterwards');


# A key of another type where the script keeps something ends the call; what was
# stored before is a duplicate when it comes again, and nothing is stored twice.
# Every command that may be refused: t/queue_faults.t.

my $minute_before = "$T:seen:" . (int($NOW / 60_000) - 1);

# [key, stored, waits and deadlines after the error, codes when sent again]
for my $case (
    ["$T:open", 0, 0, 0, '00'],
    ["$T:due:mentions:social", 2, 0, 0, '11'],
    [$ST, 2, 2, 2, '11'],
    [$minute_before, 1, 1, 1, '10'],
) {
    my ($key, $stored, $waits, $deadlines, $again) = @$case;
    my @both = (question(thread => 'a', due => $NOW + 1000),
                question(thread => 'b', due => $NOW + 1000,
                         own => $NOW - 60_000));

    fresh();
    $redis->call('SET', $key, 'text');
    like(send_items(\@both), qr/WRONGTYPE/, "$key of another type");
    $redis->call('DEL', $key);
    is_deeply([map { $redis->call(@$_) } ['XLEN', "$T:q:mentions"],
               ['HLEN', "$T:open"], ['ZCARD', "$T:due:mentions:social"]],
        [$stored, $waits, $deadlines], 'what was written before stays');
    is(send_items(\@both), $again, 'and is a duplicate when it comes again');
}

fresh();
$redis->call('SET', "$T:queues", 'text');
$blocked = question();
is(send_items([$blocked]), '3', 'no list of queues: the push is undone');
$redis->call('DEL', "$T:queues");
is(send_items([$blocked]), '0', 'and the item can be stored afterwards');
is_deeply($redis->call('SMEMBERS', "$T:queues"), ['mentions'],
    'and its queue is listed');


# The clock.

my $DAY = 86_400_000;

fresh();
is(send_items([question(event => $NOW - 5000, due => $NOW + 895_000,
                        reach => 3, object => '0badcafe')]), '0', 'a question');
is($redis->call('HGET', "$T:open", 'anna'),
    ($NOW - 5000) . ' ' . ($NOW + 895_000) . ' 0 F30 ' . ($NOW - 5000)
    . ' 0badcafe social mentions', 'opens a wait');
is($redis->call('ZSCORE', "$T:due:mentions:social", 'anna'), $NOW + 895_000,
    'with a deadline');
send_items([question(event => $NOW, due => $NOW + 900_000, queue => 'other',
                     channel => 'sms')]);
is($redis->call('ZSCORE', "$T:due:mentions:social", 'anna'), $NOW + 895_000,
    'a second question leaves it in place');
is($redis->call('EXISTS', "$T:due:other:sms"), 0, 'and opens no other');
is(counters("$T:st:other:sms:$HOUR")->{more}, 1, 'it is counted as more');
is($redis->call('HGET', "$T:open", 'anna'),
    ($NOW - 5000) . ' ' . ($NOW + 895_000) . " 0 F30 $NOW"
    . " 0badcafe+ social mentions\n$NOW " . ($NOW + 900_000)
    . " 0 F00 $NOW + sms other", 'and remembered, as the wait that it may begin');
is(send_items([answer(event => $NOW + 60_000, channel => 'sms',
                      booked => 'other')], now => $NOW + 61_000), '0',
    'an answer');
is($redis->call('EXISTS', "$T:due:mentions:social"), 0, 'ends it');
is($redis->call('HGET', "$T:open", 'anna'), '- ' . ($NOW + 60_000),
    'the conversation goes on');
is($redis->call('ZSCORE', "$T:idle", 'anna'), $NOW + 60_000 + $DAY,
    'for a day');
is_deeply(counters(), { in => 1, oF3 => 1, 'w3.107' => 1, 'f.107' => 1,
    fms => 65_000, met => 1 }, 'booked under the queue of the question');
is(counters("$T:st:other:sms:$HOUR")->{out}, 1, 'the answer under its own');

fresh();
send_items([question(event => $NOW - 600_000, due => $NOW + 900_000, reach => 6)]);
send_items([answer(event => $NOW - 250_000)]);
is_deeply(slots(), { cin => 1, cout => 1, aoF6 => 1, 'aw6.151' => 1,
    'bf.151' => 1, bfms => 350_000, fmet => 1 },
    'each counter has the five minutes of what it counts');

fresh();
send_items([question(event => $NOW, due => $NOW + 1000)]);
send_items([answer(event => $NOW - 1000)]);
is(counters()->{stale}, 1, 'an answer dated before is ignored and counted');
like($redis->call('HGET', "$T:open", 'anna'), qr/^\d/, 'the wait goes on');
send_items([answer(event => $NOW - 999)]);
like($redis->call('HGET', "$T:open", 'anna'), qr/^-/,
    'one of the same second is none such');
is_deeply([@{ counters() }{qw(fms f.0)}], [undef, 1], 'and took no time');

# Questions that cross the answer: it was given before they were asked.
sub crossing {
    my (@of_the_latest) = @_;

    fresh();
    send_items([question(event => $NOW - 60_000, due => $NOW + 840_000,
                         object => '00000001'),
                question(event => $NOW - 20_000, due => $NOW + 880_000, reach => 2,
                         object => '00000002', @of_the_latest)]);
    return;
}

crossing();
send_items([answer(event => $NOW - 40_000)]);
is($redis->call('HGET', "$T:open", 'anna'), ($NOW - 20_000) . ' '
    . ($NOW + 880_000) . ' 0 N20 ' . ($NOW - 20_000)
    . ' 00000002 social mentions', 'what is asked after the answer waits on');
is_deeply($redis->call('ZRANGE', "$T:due:mentions:social", 0, -1, 'WITHSCORES'),
    ['anna', $NOW + 880_000], 'until its own deadline');
is($redis->call('EXISTS', "$T:idle"), 0, 'so the conversation does not rest');
is_deeply(counters(), { in => 2, out => 1, more => 1, oF0 => 1, oN2 => 1,
    'w0.77' => 1, 'f.77' => 1, fms => 20_000, met => 1 },
    'the first wait is answered, the next begins');
send_items([question(event => $NOW - 45_000)]);
is(counters()->{more}, 2, 'a question from before the answer belongs to it');
send_items([answer(event => $NOW - 10_000)]);
is($redis->call('HGET', "$T:open", 'anna'), '- ' . ($NOW - 10_000),
    'the next answer ends it');
is_deeply([@{ counters() }{qw(nms met)}], [10_000, 2], 'like any other');

crossing();
send_items([answer(event => $NOW - 20_999)]);
like($redis->call('HGET', "$T:open", 'anna'), qr/^-/,
    'an answer of the same second is for both');

crossing(queue => 'other', channel => 'sms', event => $NOW - 60_000 + $DAY,
    due => undef);
sweep($NOW + 850_000);
send_items([answer(event => $NOW - 60_000)], now => $NOW + $DAY);
is($redis->call('ZSCORE', "$T:due:other:sms", 'anna'),
    1e14 + $NOW - 60_000 + $DAY, 'it waits in the queue of its question');
is($redis->call('EXISTS', "$T:late:mentions:social"), 0, 'no longer in the first');
like($redis->call('HGET', "$T:open", 'anna'), qr/^\d+ -1 0 F20 /,
    'a day later it is a new conversation');

crossing();
send_items([item(clock => 'withdrawal', push => 'none', booked => 'mentions',
                 thread => 'anna', object => '00000002')]);
send_items([answer(event => $NOW - 40_000)]);
like($redis->call('HGET', "$T:open", 'anna'), qr/^-/, 'unless it is withdrawn');

crossing();
send_items([question(event => $NOW - 30_000)]);
send_items([answer(event => $NOW - 30_000)]);
like($redis->call('HGET', "$T:open", 'anna'), qr/^@{[ $NOW - 20_000 ]} /,
    'the latest question is not the last to arrive');

fresh();
send_items([question(due => $NOW + 1000), answer(event => $NOW + 5000)]);
is_deeply([@{ counters() }{qw(fms met)}], [undef, 1],
    'nobody can have answered later than now');

# What several items tell, such as sent, delivered and read.
my @told = map { answer(event => $NOW + $_, proof => '777') } 500, 2000, 3000;
fresh();
send_items([question(event => $NOW)]);
is(send_items([$told[0]]), '0', 'an answer that more items will tell of');
like($redis->call('HGET', "$T:open", 'anna'), qr/^-/, 'ends the wait');
send_items([question(event => $NOW + 1000)]);
is(send_items([$told[1]]), '0', 'the second is stored like any other item');
like($redis->call('HGET', "$T:open", 'anna'), qr/^\d/, 'and answers nothing');
is(counters()->{out}, 2, 'but is counted');
is(send_items([$told[2]], now => $NOW + 691_199_000), '0', 'days later');
like($redis->call('HGET', "$T:open", 'anna'), qr/^\d/, 'neither');
is(send_items([answer(event => $NOW + 4000, proof => '778')]), '0', 'another');
like($redis->call('HGET', "$T:open", 'anna'), qr/^-/, 'ends the wait');

# One that answers nobody spoils the others.
fresh();
send_items([question(event => $NOW)]);
is(send_items([answer(clock => 'none', event => $NOW + 500, proof => '777')]),
    '0', 'a campaign was sent');
is(counters()->{out}, 1, 'and counted');
is(send_items([$told[1]]), '0', 'what is told of it later');
like($redis->call('HGET', "$T:open", 'anna'), qr/^\d/, 'answers nobody either');
is(counters()->{out}, 2, 'but is counted');
send_items([answer(event => $NOW + 4000, proof => '778')]);
like($redis->call('HGET', "$T:open", 'anna'), qr/^-/, 'an answer does');

fresh();
send_items([answer(event => $NOW + 500)]);
is_deeply(counters(), { out => 1 }, 'an answer without a question ends none');
is($redis->call('EXISTS', "$T:open"), 0, 'and begins no conversation');
send_items([question(event => $NOW, due => $NOW + 1000)], now => $NOW + 119_000);
is($redis->call('HGET', "$T:open", 'anna'), '- ' . ($NOW + 500),
    'its question comes answered');
is_deeply(counters(), { out => 1, in => 1, oF0 => 1, early => 1, 'w0.0' => 1,
    'f.0' => 1, fms => 500, met => 1 }, 'and is counted like that');
send_items([question(event => $NOW + 400, due => $NOW + 1000)],
    now => $NOW + 119_500);
like($redis->call('HGET', "$T:open", 'anna'), qr/^-/,
    'a further one from before the answer waits for nothing');
is(counters()->{more}, 1, 'and belongs to that wait');
send_items([question(event => $NOW + 501)], now => $NOW + 119_600);
like($redis->call('HGET', "$T:open", 'anna'), qr/^\d/,
    'one from after the answer does');
is(counters()->{oN0}, 1, 'as the next of the conversation');

fresh();
send_items([answer(event => $NOW + 500)]);
send_items([question(event => $NOW)], now => $NOW + 120_001);
like($redis->call('HGET', "$T:open", 'anna'), qr/^\d/,
    'an answer is held for two minutes');
ok($redis->call('TTL', "$T:held:" . int($NOW / 120_000)) <= 240, 'no longer');

fresh();
send_items([answer(event => $NOW - 1000), question(event => $NOW)]);
like($redis->call('HGET', "$T:open", 'anna'), qr/^\d/,
    'a held answer from before the question does not answer it');

# Two cycles, of which half arrive late and out of order.
fresh();
send_items([question(event => $NOW), answer(event => $NOW + 40_000)],
    now => $NOW + 60_000);
send_items([answer(event => $NOW + 10_000), question(event => $NOW + 20_000)],
    now => $NOW + 61_000);
is($redis->call('HGET', "$T:open", 'anna'), '- ' . ($NOW + 40_000),
    'an older answer that ends nothing does not take the place of a newer one');
is(counters()->{more}, 1, 'to which the question belongs');

fresh();
send_items([answer(event => $NOW + 2000)]);
send_items([question(event => $NOW, due => $NOW + 1999)], now => $NOW + 5000);
is(counters()->{miss}, 1, 'a held answer may be late');

fresh();
send_items([question(event => $NOW + 5000), answer(event => $NOW + 4000)],
    now => $NOW + 5000);
send_items([question(event => $NOW + 3900)], now => $NOW + 6000);
is_deeply([@{ counters() }{qw(oF0 oN0 early stale)}], [1, 1, 1, 1],
    'one from before an answer that was stale was answered by it');
like($redis->call('HGET', "$T:open", 'anna'), qr/^@{[ $NOW + 5000 ]} /,
    'and the later wait goes on');

fresh();
send_items([question(event => $NOW, due => $NOW + 1000)]);
send_items([answer(event => $NOW + 1001)], now => $NOW + 1001);
is_deeply([@{ counters() }{qw(f.1 miss)}], [1, 1], 'late by 1 ms: missed');
ok(!exists counters()->{met}, 'and not met');
send_items([question(thread => 'b', due => $NOW + 1000),
            answer(thread => 'b', event => $NOW + 1000)], now => $NOW + 1000);
is(counters()->{met}, 1, 'on time: met');

fresh();
send_items([question(event => $NOW - 7_200_000, due => $NOW - 3_600_000),
            answer()]);
is(counters("$T:st:mentions:social:" . ($HOUR - 1))->{miss}, 1,
    'a miss is booked in the hour of the deadline');
ok(!exists counters()->{miss}, 'and not in that of the answer');

fresh();
send_items([question(event => $NOW)]);
is($redis->call('ZSCORE', "$T:due:mentions:social", 'anna') + 0,
    100_000_000_000_000 + $NOW, 'a wait without a deadline is kept behind all');
send_items([answer(event => $NOW + 10_000)], now => $NOW + 10_000);
ok(!exists counters()->{met} && !exists counters()->{miss},
    'it is neither met nor missed');

fresh();
send_items([item(), item(push => 'none', booked => 'mentions'),
            item(queue => 'mentions:out', booked => 'mentions'),
            item(queue => 'mentions:out', booked => 'mentions',
                 clock => 'answer', thread => 'z')]);
is_deeply(counters(), { in => 1, out => 3 }, "the brand's side is counted apart");


# What a call remembers between its items: queues, waits not yet written.

fresh();
is(send_items([
    question(thread => 'a1', due => $NOW + 1, queue => 'a'),
    item(clock => 'answer', push => 'none', booked => 'b', thread => 'b0'),
    question(thread => 'b1', due => $NOW + 2, queue => 'b'),
    question(thread => 'a2', due => $NOW + 3, queue => 'a'),
    item(push => 'dead', queue => 'a'),
    question(thread => 'a3', queue => 'a'),
    question(thread => 'c1', due => $NOW + 4, queue => 'a', channel => 'other'),
    answer(thread => 'a2', booked => 'a'),
    question(thread => 'b2', due => $NOW + 5, queue => 'b') ]),
    '000000000', 'a call of several queues and channels');
is_deeply([ map { $redis->call('XLEN', "$T:$_") } qw(q:a q:b dead:a) ],
    [4, 2, 1], 'each item is in its own queue');
is_deeply({ map { ($_ => [ sort @{ $redis->call('ZRANGE', "$T:due:$_", 0, -1) } ]) }
        qw(a:social a:other b:social) },
    { 'a:social' => ['a1', 'a3'], 'a:other' => ['c1'],
      'b:social' => ['b1', 'b2'] }, 'each wait among its like');
is($redis->call('ZSCORE', "$T:due:b:social", 'b2'), $NOW + 5,
    'with its deadline');


# Conversations.

sub conversation {
    my ($name, $expected, @steps) = @_;

    fresh();
    while (my ($at, $item) = splice @steps, 0, 2) {
        send_items([{ %$item, event => $NOW + $at }], now => $NOW + $at);
    }

    my %sum;
    for my $key (@{ $redis->call('KEYS', "$T:st:*") }) {
        my $fields = counters($key);

        /^o([FN])/ and $sum{$1} += $fields->{$_} for keys %$fields;
    }
    is(join(' ', map { $sum{$_} // 0 } qw(F N)), $expected, $name);
    return;
}

sub automatic { return answer(clock => 'auto', @_) }

conversation('the second wait is a next one', '1 1',
    0 => question(), 1000 => answer(), $DAY + 999 => question());
conversation('after a day without an item it is a first one', '2 0',
    0 => question(), 1000 => answer(), $DAY + 1000 => question());
conversation('an answer makes the conversation longer', '1 1',
    0 => question(), 1000 => answer(), $DAY => answer(), $DAY + 1000 => question());
conversation('an automatic one too', '1 1',
    0 => question(), 1000 => answer(), $DAY => automatic(), $DAY + 1000 => question());
conversation('not when it is over already', '2 0',
    0 => question(), 1000 => answer(), $DAY + 1000 => answer(),
    $DAY + 1001 => question());
conversation('a wait keeps it alive', '1 1',
    0 => question(), 3 * $DAY => answer(), 4 * $DAY - 1 => question());
conversation('as long as the last item of it', '1 1',
    0 => question(), 3 * $DAY => question(), 3 * $DAY + 1 => answer(),
    4 * $DAY => question());
conversation('a close ends it', '2 0',
    0 => question(), 1000 => close_thread(), 2000 => question());
conversation('also when nobody waits', '2 0',
    0 => question(), 1000 => answer(), 2000 => close_thread(), 3000 => question());
is(counters()->{ended}, 1, 'which is counted');
conversation('an answer alone begins none', '1 0',
    0 => answer(), 200_000 => question());
is($redis->call('EXISTS', "$T:idle"), 0, 'a wait is no idle conversation');

fresh();
send_items([question(), answer()]);
send_items([answer(event => $NOW - 10)]);
is($redis->call('HGET', "$T:open", 'anna'), "- $NOW",
    'an older item changes nothing about its end');
sweep($NOW + $DAY + 3_599_999);
is($redis->call('HLEN', "$T:open"), 1, 'it is kept for an hour more');
sweep($NOW + $DAY + 3_600_000);
is($redis->call('EXISTS', "$T:open", "$T:idle"), 0, 'and forgotten');


# Automatic answers.

fresh();
send_items([question(due => $NOW + 1000), automatic(event => $NOW - 1000)]);
is_deeply(counters(), { in => 1, oF0 => 1, out => 1, auto => 1 },
    'one dated before the question is only counted');
send_items([automatic(event => $NOW + 2000)], now => $NOW + 2000);
is_deeply([@{ counters() }{qw(auto a.18 ams)}], [2, 1, 2000],
    'the first one is booked');
send_items([automatic(event => $NOW + 3000)], now => $NOW + 3000);
is_deeply([@{ counters() }{qw(auto a.18 ams)}], [3, 1, 2000], 'others are not');
is($redis->call('HGET', "$T:open", 'anna'), "$NOW " . ($NOW + 1000) . ' 0 F01 '
    . ($NOW + 3000) . ' + social mentions', 'and none ends the wait');


# Withdrawals.

sub withdrawal { return item(clock => 'withdrawal', thread => 'anna', @_) }

fresh();
send_items([question(object => '00000001', due => $NOW + 1000),
            question(object => '00000002'), question(object => '00000002'),
            withdrawal(object => '00000003'), withdrawal()]);
like($redis->call('HGET', "$T:open", 'anna'), qr/ 0000000100000002 /,
    'the deletion of another item changes nothing');
send_items([withdrawal(object => '00000001')]);
like($redis->call('HGET', "$T:open", 'anna'), qr/ 00000002 /,
    'that of a question takes it out');
send_items([withdrawal(object => '00000002', event => $NOW + 500)],
    now => $NOW + 500);
is($redis->call('HGET', "$T:open", 'anna'), "- $NOW", 'that of all ends the wait');
is_deeply(counters(), { in => 7, more => 2, oF0 => 1, 'x0.0' => 1,
    'c:deleted_by_author' => 1 }, 'as withdrawn');
is($redis->call('EXISTS', "$T:due:mentions:social"), 0, 'without a deadline');
send_items([question(object => '00000004')]);
is(counters()->{oN0}, 1, 'the conversation goes on');

fresh();
send_items([question(object => '11112222'), question(object => '33334444'),
            question(object => '22223333'), question(object => '22223333'),
            withdrawal(object => '22224444'), withdrawal(object => '44442222')]);
like($redis->call('HGET', "$T:open", 'anna'), qr/ 111122223333444422223333 /,
    'what stands across two questions is none');
send_items([withdrawal(object => '22223333')]);
like($redis->call('HGET', "$T:open", 'anna'), qr/ 1111222233334444 /,
    'and is told from them');

fresh();
send_items([question(object => '00000001'), question(),
            withdrawal(object => '00000001')]);
like($redis->call('HGET', "$T:open", 'anna'), qr/ \+ /,
    'a question that cannot be told keeps the wait');
fresh();
my @questions = map { question(object => sprintf '%08x', $_) } 1 .. 33;
send_items([@questions, map { withdrawal(object => sprintf '%08x', $_) } 1 .. 33]);
like($redis->call('HGET', "$T:open", 'anna'), qr/ \+ /,
    'and so does one too many');
fresh();
@questions = map { question(object => sprintf '%08x', $_) } 1 .. 32;
send_items([@questions, map { withdrawal(object => sprintf '%08x', $_) } 2 .. 32]);
send_items([withdrawal(object => '00000001')]);
like($redis->call('HGET', "$T:open", 'anna'), qr/^-/, '32 are remembered');


# Closes.

fresh();
send_items([question(due => $NOW + 1000), close_thread(event => $NOW + 500),
            close_thread(thread => 'nobody')], now => $NOW + 500);
is_deeply(counters(), { in => 1, oF0 => 1, 'c:spam' => 1, 'x0.0' => 1,
    ended => 1 }, 'a wait that is closed in time is neither met nor missed');
send_items([question(due => $NOW + 1000), close_thread(event => $NOW + 1001)],
    now => $NOW + 1001);
is(counters()->{miss}, 1, 'closed too late it is missed');
is($redis->call('EXISTS', "$T:open", "$T:due:mentions:social", "$T:idle"), 0,
    'nothing is left');


# Overtaking: how much longer had the one waited that was due first?

fresh();
send_items([question(thread => 'a', event => $NOW - 90_000, due => $NOW + 1000),
            question(thread => 'b', event => $NOW - 80_000, due => $NOW + 1500),
            question(thread => 'c', event => $NOW - 30_000, due => $NOW + 9000),
            question(thread => 'd', event => $NOW - 99_000, channel => 'sms')]);
send_items([answer(thread => 'c')]);
is(counters()->{ov}, 60_000, 'an earlier one was passed over');
send_items([answer(thread => 'a')]);
is(counters()->{ov}, 60_000, 'the one due first passes nobody over');
send_items([question(thread => 'f', event => $NOW - 70_000, due => $NOW + 1400)]);
sweep($NOW + 1400);
send_items([answer(thread => 'b', event => $NOW + 1400)], now => $NOW + 1400);
is(counters()->{ov}, 60_000, 'nor does one that began before');
send_items([question(thread => 'e', event => $NOW - 69_000, due => $NOW + 9000),
            answer(thread => 'e')]);
is(counters()->{ov}, 61_000, 'one that is late already counts');

# Within a call: who is first changes as waits end and begin.
fresh();
send_items([map { question(thread => $_->[0], event => $NOW - $_->[1],
                           due => $NOW + $_->[2]) }
    ['a', 90_000, 1000], ['b', 80_000, 1500], ['c', 30_000, 9000],
    ['d', 20_000, 9000]]);
my $overtaken = 0;
for my $step (
    [[answer(thread => 'c')], 60_000, 'a was first'],
    [[answer(thread => 'a'), answer(thread => 'd')], 60_000, 'then b'],
    [[question(thread => 'e', event => $NOW - 95_000, due => $NOW + 500),
      question(thread => 'f', event => $NOW - 5000, due => $NOW + 9000),
      answer(thread => 'f'),
      question(thread => 'g', event => $NOW - 4000, due => $NOW + 9000),
      answer(thread => 'g'),
      question(thread => 'h', event => $NOW - 100_000, due => $NOW + 400),
      question(thread => 'i', event => $NOW - 3000, due => $NOW + 9000),
      answer(thread => 'i'),
      answer(thread => 'h'), answer(thread => 'e'),
      question(thread => 'j', event => $NOW - 2000, due => $NOW + 9000),
      answer(thread => 'j')],
     90_000 + 91_000 + 97_000 + 78_000, 'e twice, h while it waits, b again'],
    [[close_thread(thread => 'b'),
      question(thread => 'k', event => $NOW - 1000, due => $NOW + 9000),
      answer(thread => 'k')], 0, 'nobody'],
) {
    my ($items, $more, $name) = @$step;

    $overtaken += $more;
    is(send_items($items), '0' x @$items, "who is overtaken: $name");
    is(counters()->{ov}, $overtaken, "by how much: $name");
}


# A value that nobody understands does not hold up its thread.

fresh();
$redis->call('HSET', "$T:open", 'anna', 'garbage');
is(send_items([answer(), automatic(), withdrawal(object => '00000001')]), '000',
    'it is nobody waiting');
is(send_items([question(event => $NOW + 2000)]), '0', 'a question');
like($redis->call('HGET', "$T:open", 'anna'), qr/^@{[ $NOW + 2000 ]} /,
    'opens a wait');


# Hours that are over.

fresh();
send_items([question(event => $NOW - 400_000, due => $NOW + 1000), answer(), item()]);
my $before_packing = counters();
my $ttl = $redis->call('TTL', $ST);
my $ended = ($HOUR + 1) * 3_600_000;
is_deeply($redis->call('ZRANGE', "$T:fine", 0, -1), ["mentions:social:$HOUR"],
    'an hour that has begun is listed');
sweep($ended + 4 * 3_600_000 - 1);
is((grep { /^z/ } keys %{ slots() }), 0, 'for four hours it tells its minutes');
sweep($ended + 4 * 3_600_000);
is((grep { !/^z/ } keys %{ slots() }), 0, 'then no longer');
is_deeply(counters(), $before_packing, 'but it still has the same sums');
is($redis->call('EXISTS', "$T:fine"), 0, 'and is done with');
cmp_ok(abs($redis->call('TTL', $ST) + 5 * 3600 - 800 - $ttl), '<', 3,
    'its end is the same');
send_items([question(thread => 'b', event => $NOW)], now => $ended + 4 * 3_600_000);
is(slots()->{zoF0}, 2, 'what is booked later cannot be told apart either');
is($redis->call('ZSCORE', "$T:fine", "mentions:social:$HOUR"), undef,
    'and does not list it again');

fresh();
$redis->call('HSET', "$T:st:big:sms:$_", 'ain', 1, map { ("b$_", 2) } 1 .. 1400),
    $redis->call('ZADD', "$T:fine", $_, "big:sms:$_") for 1 .. 12;
sweep($NOW);
is($redis->call('ZCARD', "$T:fine"), 9, 'large hours wait for the next sweep');
sweep($NOW);
is($redis->call('ZCARD', "$T:fine"), 6, 'which goes on');
fresh();
$redis->call('HSET', "$T:st:small:sms:497200", 'ain', 1, 'bin', 2),
    $redis->call('HSET', "$T:st:small:sms:$_", 'ain', 1, 'bin', 2),
    $redis->call('ZADD', "$T:fine", $_, "small:sms:$_") for 497_200 .. 497_211;
sweep($NOW);
is($redis->call('ZCARD', "$T:fine"), 4, 'eight at a time');
is_deeply(slots("$T:st:small:sms:497200"), { zin => 3 }, 'summed');


# Buckets of waiting time: the script and the core agree on every bound.

my $insight = 'ngx_socialcare_module/insight';
my $program = $server->dir . '/waits';
is(system($ENV{CC} || 'cc', '-o', $program, "-I$insight",
    'tests/model/waits.c', "$insight/sc_waits.c", '-lm'), 0,
    'a program that knows the buckets');
my @lengths = map { [split] } `$program`;
cmp_ok(scalar @lengths, '==', 4 * 345 + 2, 'lengths around all bounds');

my @wrong;
while (my @some = splice @lengths, 0, 30) {
    fresh();
    send_items([map {
        question(thread => $_->[0], event => $NOW - $_->[0]),
        answer(thread => $_->[0], event => $NOW),
    } @some]);

    my (%expected, %got);
    $expected{"f.$_->[1]"}++ for @some;
    %got = map { /^f\./ ? ($_ => counters()->{$_}) : () } keys %{ counters() };
    push @wrong, grep { $expected{"f.$_->[1]"} != ($got{"f.$_->[1]"} // 0) } @some;
}
is_deeply(\@wrong, [], 'each is counted where the core looks for it');


# Breaches.

fresh();
send_items([question(due => $NOW + 1000),
            question(thread => 'b', due => $NOW + 3_600_000)]);
is(sweep($NOW + 999), '1 0 0 0 ' . ($NOW + 1000), 'nothing has passed yet');
is(sweep($NOW + 1000), '1 1 0 0 ' . ($NOW + 3_600_000), 'a breach is booked');
is(counters()->{miss}, 1, 'counted');
is($redis->call('HGET', "$T:open", 'anna'),
    "$NOW " . ($NOW + 1000) . " 1 F00 $NOW + social mentions", 'the wait goes on');
is($redis->call('ZSCORE', "$T:late:mentions:social", 'anna'), $NOW + 1000,
    'as late');
is(sweep($NOW + 2000), '1 0 0 0 ' . ($NOW + 3_600_000), 'not booked again');
send_items([question()]);
is(counters()->{more}, 1, 'a further question does not start a new wait');
send_items([answer(event => $NOW + 3000)], now => $NOW + 3000);
is_deeply([@{ counters() }{qw(f.29 miss fms)}], [1, 1, 3000],
    'a late answer ends it and changes nothing about the miss');
ok(!exists counters()->{met} && !exists counters()->{amend}, 'nor anything else');
is($redis->call('EXISTS', "$T:late:mentions:social"), 0, 'nothing is left');
is(sweep($NOW + 7_200_000), '1 1 0 0 -1', 'the other one');
is(counters("$T:st:mentions:social:" . int(($NOW + 3_600_000) / 3_600_000))
    ->{miss}, 1, 'is booked in the hour of its deadline');
send_items([answer(thread => 'b', event => $NOW + 3_600_000)],
    now => $NOW + 7_201_000);
is(counters("$T:st:mentions:social:" . int(($NOW + 7_201_000) / 3_600_000))
    ->{amend}, 1, 'an answer in time that came late is said to be one');

fresh();
send_items([question(due => $NOW + 1000)]);
is(sweep($NOW + 1000, lease => 60_000), '1 1 0 0 -1', 'one takes the lease');
is(sweep($NOW + 1000, keep_lease => 1), '0', 'the next one has nothing to do');
is($redis->call('PTTL', "$T:lease:sweep") > 0, 1, 'until the lease ends');
send_items([item(clock => 'close', push => 'none', thread => 'anna',
                 reason => 'spam', event => $NOW + 5000)]);
is_deeply([@{ counters() }{qw(c:spam miss)}], [1, 1],
    'a breached wait that is closed was missed once');

fresh();
for my $from (0, 60) {
    send_items([map { question(thread => "t$_", due => $NOW + $_) }
                $from + 1 .. $from + 60]);
}
my ($taken, $missed, $expired, $more) = split / /, sweep($NOW + 1000, slice => 100);
is_deeply([$taken, $missed, $more], [1, 100, 1], 'a slice at a time');
is(sweep($NOW + 1000, slice => 100, keep_lease => 1), '1 20 0 0 -1',
    'the rest at once, because the lease was given back');
is(counters()->{miss}, 120, 'all are counted');

my $month = 2_592_000_000;
send_items([question(thread => 'idle')]);
is((split / /, sweep($NOW + $month))[2], 0, 'after a month nothing is given up');
is((split / /, sweep($NOW + $month + 1))[2], 1, 'then what has no deadline');
is((split / /, sweep($NOW + $month + 120))[2], 119, 'and what is late for a month');
is((split / /, sweep($NOW + $month + 121))[2], 1, 'to the last');
is($redis->call('EXISTS', "$T:open", "$T:late:mentions:social",
    "$T:due:mentions:social"), 0, 'and gone');
is(counters("$T:st:mentions:social:" . int(($NOW + $month + 1) / 3_600_000))
    ->{expired}, 121, 'and counted');


# Reading.

fresh();
is(read_status($NOW), '1', 'nothing there');
send_items([map { question(thread => "t$_", record => "r$_",
                           due => $NOW + $_ * 30_000 - 30_000) } 1 .. 10]);
send_items([item(push => 'dead'), item(push => 'list', queue => 'my jobs',
    record => '{"text":"\"received_ms\":5","received_ms":' . ($NOW - 5000) . '}')]);
send_items([answer(thread => 't10', event => $NOW + 10_000),
            question(thread => 'none', channel => 'sms')]);
sweep($NOW);
$redis->call('XGROUP', 'CREATE', "$T:q:mentions", 'analytics', '$');
my @lines = split /\n/, read_status($NOW + 10_000);
my ($q) = grep { /^q s / && / mentions$/ } @lines;
like($q, $version >= 700 ? qr/^q s 11 11 0 1 (\d+) \1 11 0 mentions$/
    : qr/^q s 11 -1 0 1 (\d+) \1 -1 -1 mentions$/, 'a stream');
my ($list) = grep { /^q l / } @lines;
is($list, 'q l 1 -1 -1 0 15000 15000 -1 -1 my jobs', 'a list and the age of its oldest');
my ($social) = grep { /^s .* social mentions$/ } @lines;
is($social, 's 9 2 0 1 ' . ($NOW + 30_000) . " $NOW social mentions",
    'waits: open, soon, at risk, late, earliest, oldest');
my ($sms) = grep { /^s .* sms mentions$/ } @lines;
is($sms, "s 1 0 0 0 -1 $NOW sms mentions", 'of the other channel');
is(scalar @lines, 1 + 2 + 3, 'and no more');
like(read_status($NOW + 45_000), qr/^s 9 2 0 2 /m,
    'a deadline that passed is late before it is booked');
like(read_status($NOW + 48_000), qr/^s 9 2 0 2 /m, 'a fifth left is no risk');
like(read_status($NOW + 48_001), qr/^s 9 2 1 2 /m, 'less than a fifth is one');

$redis->call('XREADGROUP', 'GROUP', 'workers', 'one', 'COUNT', 4, 'STREAMS',
    "$T:q:mentions", '>');
($q) = grep { / mentions$/ && /^q/ } split /\n/, read_status($NOW);
like($q, $version >= 700 ? qr/^q s 11 7 4 1 \d+ \d+ 11 4 /
    : qr/^q s 11 -1 4 1 \d+ \d+ -1 -1 /, 'read entries are pending');
my $entries = $redis->call('XRANGE', "$T:q:mentions", '-', '+');
$redis->call('XACK', "$T:q:mentions", 'workers', map { $_->[0] } @$entries);
$redis->call('XREADGROUP', 'GROUP', 'workers', 'one', 'STREAMS',
    "$T:q:mentions", '>');
$redis->call('XACK', "$T:q:mentions", 'workers', map { $_->[0] } @$entries);
$redis->call('XDEL', "$T:q:mentions", map { $_->[0] } @$entries);
($q) = grep { / mentions$/ && /^q/ } split /\n/, read_status($NOW);
like($q, $version >= 700 ? qr/^q s 0 0 0 1 -1 0 11 11 mentions$/
    : qr/^q s 0 -1 0 1 -1 0 -1 -1 mentions$/, 'an empty stream has no oldest entry');
is(send_items([item()]), '0', 'and takes the next one');

# The age is the server's: entries carry its time.
my ($seconds, $micro) = @{ $redis->call('TIME') };
$redis->call('DEL', "$T:q:mentions");
$redis->call('XADD', "$T:q:mentions", ($seconds - 100) * 1000 . '-5', 'm', 'x');
$redis->call('XADD', "$T:q:mentions", ($seconds - 50) * 1000 . '-5', 'm', 'x');
$redis->call('XGROUP', 'CREATE', "$T:q:mentions", 'workers', '0');
my $age = sub { (grep { / mentions$/ && /^q/ } split /\n/, read_status($NOW))[0]
    =~ /^q s (?:\S+ ){4}(\S+) (\S+)/ ? $_[0] ? $2 : $1 : undef };
ok($age->() >= 100_000 && $age->() < 140_000, 'the oldest unread entry');
is(int($age->(1) / 40_000), 2, 'is what waits to be read');
$redis->call('XREADGROUP', 'GROUP', 'workers', 'one', 'COUNT', 1, 'STREAMS',
    "$T:q:mentions", '>');
ok($age->() >= 100_000 && $age->() < 140_000, 'the same while it is pending');
ok($age->(1) >= 50_000 && $age->(1) < 90_000, 'now the next one waits to be read');
$redis->call('XACK', "$T:q:mentions", 'workers', ($seconds - 100) * 1000 . '-5');
ok($age->() >= 50_000 && $age->() < 90_000, 'the next one once it is acknowledged');
$redis->call('XREADGROUP', 'GROUP', 'workers', 'one', 'COUNT', 1, 'STREAMS',
    "$T:q:mentions", '>');
is($age->(1), 0, 'nothing waits to be read once all is');
$redis->call('XGROUP', 'DESTROY', "$T:q:mentions", 'workers');
($q) = grep { / mentions$/ && /^q/ } split /\n/, read_status($NOW);
like($q, qr/^q s 2 -1 -1 1 1\d{5} -1 -?\d+ -1 mentions$/, 'without the group nothing is known');
$redis->call('SET', "$T:q:mentions", 'x');
like(read_status($NOW), qr/^q \? -1 -1 -1 1 -1 -1 -1 -1 mentions$/m, 'another type');
$redis->call('DEL', "$T:q:mentions");
like(read_status($NOW), qr/^q - 0 -1 -1 1 -1 -1 -1 -1 mentions$/m, 'nothing yet');


# Waits of one series with different targets: each by its own.  What is due last
# may wait the longest, booked or not, with a deadline or without.

sub waits { return join ' ', (read_status($_[0]) =~ /^s (.*) social mentions$/m) }

fresh();
send_items([question(thread => 'patient', event => $NOW - 7_200_000,
                     due => $NOW + 7_200_000),
            question(thread => 'hasty', event => $NOW - 50_000, due => $NOW + 10_000),
            question(thread => 'calm', event => $NOW - 60_000, due => $NOW + 15_001),
            question(thread => 'late', event => $NOW - 90_000, due => $NOW - 30_000)]);
is(waits($NOW), '4 2 1 1 ' . ($NOW - 30_000) . ' ' . ($NOW - 7_200_000),
    'the longest wait is due last; one is at risk');
is(waits($NOW + 1), '4 2 2 1 ' . ($NOW - 30_000) . ' ' . ($NOW - 7_200_000),
    'a millisecond later another one is');
send_items([question(thread => 'unbounded', event => $NOW - 9_000_000)]);
is((split / /, waits($NOW))[5], $NOW - 9_000_000, 'the longest has no deadline');
sweep($NOW + 7_200_000);
is(waits($NOW + 7_200_000), '5 0 0 4 -1 ' . ($NOW - 9_000_000), 'all are booked');
send_items([answer(thread => 'unbounded', event => $NOW)]);
is((split / /, waits($NOW))[5], $NOW - 7_200_000, 'the longest is booked, and not the first');

# More than are looked into, of one target: none of them is miscounted.
fresh();
for my $part (0 .. 19) {
    send_items([map { question(thread => "t$_", event => $NOW + $_ * 1000,
        due => $NOW + $_ * 1000 + 900_000) } map { $part * 60 + $_ } 1 .. 60]);
}
for my $at (60, 720, 721, 1300, 1500, 1700, 1920, 2099, 2100) {
    my $late = $at < 901 ? 0 : $at - 900;
    my $near = ($at > 720 ? $at - 720 : 0) - 1;

    $late = 1200 if $late > 1200;
    $near = 0 if $near < 0;
    $near = 1200 if $near > 1200;
    is((split / /, waits($NOW + $at * 1000))[2], $near - $late,
        "at risk after $at s, of 1200");
}
is((split / /, waits($NOW))[5], $NOW + 1000, 'the longest of many');


# A server that refuses writes refuses the whole call.

fresh();
send_items([item()]);
$before = keys_now();
my @refused = (item(clock => 'question', thread => 'r'), item());
my $refused = sub {
    my ($word, $what) = @_;
    my $reply = send_items(\@refused);

    # Before version 7 an error inside of a script is wrapped.
    like("$reply", $version >= 700 ? qr/^$word / : qr/(?:^|-| )$word /,
        "$what: the call fails");
    diag("reply: $reply") if $ENV{TEST_SHOW_REPLIES};
    is_deeply(keys_now(), $before, "$what: nothing was written");
};

$redis->call('CONFIG', 'SET', 'maxmemory', 1);
$refused->('OOM', 'out of memory');
$redis->call('CONFIG', 'SET', 'maxmemory', 0);

$redis->call('CONFIG', 'SET', 'min-replicas-to-write', 1);
$refused->('NOREPLICAS', 'too few replicas');
$redis->call('CONFIG', 'SET', 'min-replicas-to-write', 0);

$redis->call('REPLICAOF', '127.0.0.1', free_port());
$refused->('READONLY', 'a replica');
$redis->call('REPLICAOF', 'NO', 'ONE');

unlink $server->dir . '/dump.rdb';
mkdir $server->dir . '/dump.rdb' or die "dump.rdb: $!";
$redis->call('BGSAVE');
ok(wait_for { $redis->call('INFO', 'persistence')
    =~ /rdb_last_bgsave_status:err/ }, 'a snapshot failed');
$refused->('MISCONF', 'a full disk');
rmdir $server->dir . '/dump.rdb';
$redis->call('BGSAVE');
ok(wait_for { $redis->call('INFO', 'persistence')
    =~ /rdb_last_bgsave_status:ok/ }, 'a snapshot worked');
is(send_items(\@refused), '00', 'the same call goes through afterwards');


# The user that the head of enqueue.lua documents.

my $source = read_file('ngx_socialcare_module/queue/scripts/enqueue.lua');
my ($rule) = $source =~ /ACL SETUSER NAME (.*?)\n--\n/s;
my @commands = $rule =~ /\+(\S+)/g;
my ($pattern) = $rule =~ /(~\S+)/;
cmp_ok(scalar @commands, '>', 30, 'the user is documented');

my $as_user = sub {
    my @allowed = @_;
    my $user = $server->client;

    $redis->call('ACL', 'SETUSER', 'care', 'reset', 'on', 'nopass',
        $pattern, map { "+$_" } @allowed);
    $user->call('AUTH', 'care', 'any');
    return $user;
};

# Everything that the scripts ever do; returns the first error.
my $everything = sub {
    my ($user) = @_;
    my @steps = (
        [item(), item(push => 'list', queue => 'l'), item(push => 'dead')],
        [question(event => $NOW, due => $NOW + 1000)],
        [answer(event => $NOW + 1)],
        [question(thread => 'b', due => $NOW + 1000), question(thread => 'c')],
        [item(own => 0), $old],
        [item(), now => $NOW + 90_000_000],
        [item(queue => 'spent')],
    );

    fresh();
    $redis->call('SCRIPT', 'FLUSH');
    $redis->call('XADD', "$T:q:spent", "$last-$last", 'm', 'x');
    for my $step (@steps) {
        my @items = grep { ref } @$step;
        my $reply = send_items(\@items, redis => $user,
                               grep { !ref } @$step);
        return $reply if ref $reply;
        return 'not stored' if $reply !~ /^(?:0+|3)$/;
    }
    my $unread = $script{read}->run($user, $T, $NOW, 1);
    return $unread if ref $unread;
    $redis->call('XREADGROUP', 'GROUP', 'workers', 'one', 'COUNT', 1,
        'STREAMS', "$T:q:mentions", '>');

    # Twice, so that what is left after a breach is looked at too.
    for my $now ($NOW + 2000, $NOW + $month + 2001) {
        my $reply = $script{sweep}->run($user, $T, $now, $month, 1, 1000);
        return $reply if ref $reply;
        $reply = $script{read}->run($user, $T, $now, 1);
        return $reply if ref $reply;
        $redis->call('DEL', "$T:lease:sweep");
    }
    my $counters = $user->ask('HGETALL', $ST);
    return $counters if !ref $counters || ref $counters ne 'ARRAY';
    my $ping = $user->ask('PING');
    return ref $ping ? $ping : '';
};

is($everything->($as_user->(@commands)), '', 'the documented user suffices');
my @needless = grep {
    my $left_out = $_;
    my @rest = grep { $_ ne $left_out } @commands;
    my $denied = $everything->($as_user->(@rest));
    $denied eq '';
} @commands;
is_deeply(\@needless, [], 'and has no right too many');
my $denied = $everything->($as_user->(grep { $_ ne 'xadd' } @commands));
like("$denied", qr/The user executing the script can't|ACL failure in script|NOPERM/,
    'a denied push fails the call');
diag("reply: $denied") if $ENV{TEST_SHOW_REPLIES};
is($redis->call('EXISTS', "$T:seen:" . int($NOW / 60_000)), 0,
    'the item is not known afterwards');

for my $right ('expire', 'exists', 'xgroup|create') {
    my $one = question();
    my $user = $as_user->(grep { $_ ne $right } @commands);

    fresh();
    my $reply = send_items([$one], redis => $user);
    ok(ref $reply, "$right is denied before the item is stored");
    is(send_items([$one]), '0', 'and it is not taken for a duplicate then');
    cmp_ok($redis->call('TTL', "$T:seen:" . int($NOW / 60_000)), '>', 0,
        'nor is it remembered for ever');
}

fresh();
for my $right ('xadd', 'xlen') {
    my $user = $as_user->(grep { $_ ne $right } @commands);
    my $reply = send_items([item(push => 'list', queue => 'l',
        booked => 'mentions'), item()], redis => $user);
    ok(ref $reply, "$right is denied after an item was stored");
}
is(counters()->{in}, 2, 'what was stored before is counted');
is($redis->call('LLEN', "$T:q:l"), 2, 'and in its queue');


# A cluster of one node: no key leaves the tag's slot.

# Its nodes talk to each other at a port of their own.
my $cluster = SocialCare::Redis->start(port => free_port(10_000),
    config => ['cluster-enabled yes']);
my $node = $cluster->client;
$node->call('CLUSTER', 'ADDSLOTS', 0 .. 16383);
ok(wait_for { $node->call('CLUSTER', 'INFO') =~ /cluster_state:ok/ },
    'a cluster');
is(send_items([question(due => $NOW), answer(), item(push => 'list'),
               question(thread => 'b', due => $NOW + 1), item(own => 0)],
              redis => $node), '00300', 'takes a batch');
is($script{sweep}->run($node, $T, $NOW + 1, $month, 500, 1000), '1 1 0 0 -1',
    'sweeps');
like($script{read}->run($node, $T, $NOW, 1), qr/^1\nq s 3 /, 'and reads');
is($node->call('CLUSTER', 'COUNTKEYSINSLOT',
    $node->call('CLUSTER', 'KEYSLOT', $T)), $node->call('DBSIZE'),
    'in one slot');
$cluster->stop;

finish();
