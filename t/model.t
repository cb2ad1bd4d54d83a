# Random histories against the reference model (tests/model): every code, wait,
# conversation, index and counter.  And the model can fail: it detects each rule
# that is changed in a script.
#
# TEST_SEED repeats a run, TEST_ITEMS makes it longer, TEST_SHORT=1 skips the
# changed scripts.

use strict;
use warnings;

use FindBin;
use IO::Handle;
use IPC::Open2 qw(open2);

use SocialCare::Clock;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;
plan(skip_all => 'no python3') if !has_program('python3');

my $seed = $ENV{TEST_SEED} || time() ^ ($$ << 8);
my $items = $ENV{TEST_ITEMS} || 25_000;
my $server = SocialCare::Redis->start;
my $build = "$FindBin::Bin/../build";
my $status = $build . (sanitized() ? '/asan' : '/core') . '/model/status';
-x $status or die "$status is missing: make model-tools\n";

at_finish { $server->stop } 9;
diag("seed $seed");

# Exit code and what was said.
sub python {
    my ($program, @arguments) = @_;

    open(my $out, '-|', 'python3', '-B', "tests/model/$program", @arguments)
        or die "python3: $!";
    my $said = do { local $/; <$out> };
    close $out;
    return ($? >> 8, $said // '');
}

sub replay {
    my (@arguments) = @_;

    $server->client->call('FLUSHALL');
    return python('replay.py', @arguments, $server->socket);
}


my ($code, $said) = replay('--seed', $seed, '--items', $items,
    '--check', 3000, '--status', $status);
is($code, 0, "seed $seed: all as the model says, also in the status")
    or diag($said);
like($said, qr/^\d+ items in \d+ calls, \d+ sweeps: no difference$/m,
    'to the end');
note($said);


# [what is wrong, script, the right text, the wrong one]
my @mutations = (
    ['a day is a millisecond longer', 'enqueue',
        'kind = start < last + DAY and', 'kind = start <= last + DAY and'],
    ['an answer lengthens what is over', 'enqueue',
        'if time > last and time < last + DAY then', 'if time > last then'],
    ['a conversation ends with its last answer', 'enqueue',
        'end_wait(thread, wait, math.max(wait.last, time))',
        'end_wait(thread, wait, time)'],
    ['the last question counts, not the latest', 'enqueue',
        'wait.last = math.max(wait.last, new.start)',
        'wait.last = new.start'],
    ['a late answer books its target again', 'enqueue',
        'if wait.late or wait.due < 0 then', 'if wait.due < 0 then'],
    ['an answer to what is not asked yet', 'enqueue',
        'if next and time <= next.start - 1000 then', 'if false then'],
    ['the first question after the answer', 'enqueue',
        'if new.start > latest.start then',
        "if wait.latest == '' and new.start > latest.start then"],
    ['a withdrawn question waits on', 'enqueue', "wait.latest = ''", ''],
    ['the last answer is held', 'enqueue',
        'if not newer or tonumber(newer) <= time then', 'if true then'],
    ['on time is late', 'enqueue', 'if time > wait.due then',
        'if time >= wait.due then'],
    ['an answer from the future', 'enqueue',
        'return math.max(wait.start, math.min(time, now))',
        'return math.max(wait.start, time)'],
    ['an answer before its question', 'enqueue',
        'return math.max(wait.start, math.min(time, now))',
        'return math.min(time, now)'],
    ['stale a millisecond too late', 'enqueue',
        'local stale = wait and time <= wait.start - 1000',
        'local stale = wait and time < wait.start - 1000'],
    ['early answers without slack', 'enqueue',
        'if not used and start - 1000 < answered then',
        'if not used and start < answered then'],
    ['an early answer does for two', 'enqueue',
        "hold(thread, time, arrival, ' 1')",
        "hold(thread, time, arrival, ' 0')"],
    ['every automatic answer counts', 'enqueue', "wait.auto = '1'",
        "wait.auto = '0'"],
    ['a question that cannot be told is withdrawn', 'enqueue',
        "if wait.questions .. wait.unnamed ~= '' then",
        "if wait.questions ~= '' then"],
    ['a withdrawal ends the conversation', 'enqueue',
        'end_wait(thread, wait, wait.last)',
        "leave_queue(thread, wait) call('HDEL', open_key, thread)"],
    ['the one due last is overtaken', 'enqueue', 'other_due < due',
        'other_due > due'],
    ['a bound belongs to the slower side', 'enqueue', 'if s <= high then',
        'if s < high then'],
    ['a breach is booked when it is found', 'sweep',
        'local five = floor(tonumber(due) / 300000)',
        'local five = floor(now / 300000)'],
    ['packing forgets', 'sweep',
        'sums[name] = (sums[name] or 0) + tonumber(flat[i + 1])',
        'sums[name] = tonumber(flat[i + 1])'],
    ['packing does not end', 'sweep',
        "call('EXPIRE', key, (hour + 841) * 3600 - now_s)\n    call('ZREM'",
        "call('ZREM'"],
    ['a conversation is forgotten at its end', 'sweep', "now - 3600000",
        'now'],
    ['a wait is given up at its deadline', 'sweep',
        "'-inf', format('(%.0f', now - max_age)",
        "'-inf', format('(%.0f', now)"],
    ['a fifth is at risk', 'read', '5 * (due - now) < due - start',
        '5 * (due - now) <= due - start'],
    ['a minute is not soon', 'read', 'number(now + 60000)',
        'number(now + 59999)'],
    ['the first due is the oldest', 'read', 'oldest = earlier(oldest, start)
        near', 'oldest = oldest or start
        near'],
    ['what is booked is no longer late', 'read', 'booked + passed, earliest',
        'passed, earliest'],
    ['nothing is pending', 'read', 'pending = group.pending', 'pending = 0'],
);

for my $mutation (grep { !$ENV{TEST_SHORT} } @mutations) {
    my ($name, @change) = @$mutation;

    ($code, $said) = replay('--seed', 1, '--items', 40_000, '--check', 1500,
        ($change[0] eq 'read' ? ('--status', $status) : ()),
        '--change', @change);
    is($code, 1, "found: $name");
    like($said, qr/^difference: /m, "found: $name: as a difference");
}


# A smaller history through nginx: what becomes of callbacks on their way.

my $secret = 's3cr3t-socialcare';
my $mapping = 'platform=model signature_from=header:X-Signature'
    . ' event_id=/e/*/id object_id=/e/*/object conversation_id=/e/*/thread'
    . ' direction=/e/*/dir action=/e/*/action auto=/e/*/auto'
    . ' author_followers=/e/*/followers'
    . ' public=/e/*/public channel=/e/*/channel created=/e/*/at'
    . ' created_format=ms text=/e/*/text';
my $locations = '';

for my $queue ('mentions', 'vip') {
    $locations .= <<"END" for '15m', '61s', '4h', '30d';
        location = /$queue/$_ {
            socialcare_webhook generic $mapping;
            socialcare_secret value:$secret;
            socialcare_queue $queue limit=1m;
            socialcare_sla $_;
        }
END
}

$server->client->call('FLUSHALL');

sub begin {
    my (%o) = @_;

    return SocialCare::Nginx->new(
        http => "    socialcare_zone 2m;\n    socialcare_redis unix:"
            . $server->socket . ' %%patient%%;',
        server => $locations . <<'END', %o)->start;
        location = /close  { socialcare_close; }
        location = /status { socialcare_status json; }
END
}

# The clock of the second machine is three seconds behind.
my $clock = SocialCare::Clock->new(-3);
my $first = begin();
my $second = begin(main => $clock->main,
    environment => { $clock->environment });
my $pid = open2(my $out, my $in, 'python3', '-B',
    'tests/model/through_nginx.py', '--seed', $seed, $server->socket,
    $secret, $first->port . ':0', $second->port . ':-3');

$said = <$out> // '';
is($said, "restart\n", 'half of a history through nginx');

# New workers, one because the old one was killed: nothing is forgotten.
ok($first->reload, 'a reload');
my ($victim) = $second->workers;
$second->allow(qr/exited on signal 9/);
kill 'KILL', $victim;
ok(wait_for { my @now = $second->workers; @now && $now[0] != $victim
    && $second->ready }, 'a worker died');
print $in "on\n";
$in->flush;
$said = <$out> // '';
is($said, "played\n", 'and the rest');

# Begun when all is over, it knows nothing but what Redis has.
my $third = begin();
print $in $third->port, "\n";
close $in;
$said .= do { local $/; <$out> } // '';
waitpid $pid, 0;
is($? >> 8, 0, "seed $seed: all as the model says, also in the status")
    or diag($said);
like($said, qr/^\d+ items through nginx and in the status: no difference$/m,
    'to the end');
note($said);

finish();
