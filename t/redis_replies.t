# What Redis may reply, and what nobody expects it to: every class of error, a
# lost script, passwords and accounts, replies in pieces, invalid replies.  When
# in doubt the answer is 503; a connection never remains in a doubtful state.

use strict;
use warnings;

use Time::HiRes qw(time sleep);

use SocialCare::Care;
use SocialCare::Clock;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Script;
use SocialCare::Test;

my $number = 0;

sub next_id { return 'r' . ++$number }


# A server for scripted replies.  One case follows the other at once, but not by
# the clock: the log does not repeat what it has just said.

my $clock = SocialCare::Clock->new;
my $fake = SocialCare::FakeRedis->new(unix => 1);
my $nginx = care_nginx(redis => $fake->url, options => '%%patient%%',
    main => $clock->main, environment => { $clock->environment })->start;

taken($nginx, next_id(), 'fake Redis');


# What an account needs: the handshake's commands and those of the scripts.

sub script_permissions {
    my %need = map { $_ => 1 } qw(ping select client|setname info eval evalsha);

    for my $script (qw(enqueue sweep read)) {
        my $source = SocialCare::Script->new($script)->source;

        $need{ lc $1 } = 1
            while $source =~ /\b(?:p?call|try)\('([A-Z]+)'/g;
    }

    return join ' ', map { "+$_" } sort keys %need;
}


sub good {
    my ($name) = @_;

    $fake->clear;
    taken($nginx, next_id(), "$name: afterwards");
    return;
}


# Classes of errors.  close: whether this connection is given up for it.

my @classes = (
    [loading => 'LOADING Redis is loading the dataset in memory', 1],
    [loading => 'MASTERDOWN Link with MASTER is down and'
        . " replica-serve-stale-data is set to 'no'.", 1],
    [readonly => "READONLY You can't write against a read only replica.", 1],
    [readonly => "READONLY You can't write against a read only replica."
        . ' script: 0123, on @user_script:12.', 1],
    [oom => "OOM command not allowed when used memory > 'maxmemory'."],
    [misconf => 'MISCONF Errors writing to the AOF file: No space left on'
        . ' device'],
    [noreplicas => 'NOREPLICAS Not enough good replicas to write.'],
    [busy => 'BUSY Redis is busy running a script. You can only call SCRIPT'
        . ' KILL or SHUTDOWN NOSAVE.'],
    [clusterdown => 'CLUSTERDOWN The cluster is down'],
    [tryagain => 'TRYAGAIN Multiple keys request during rehashing of slot'],
    [moved => 'MOVED 505 127.0.0.1:7001'],
    [ask => 'ASK 505 127.0.0.1:7001'],
    [auth => 'NOAUTH Authentication required.'],
    [auth => 'WRONGPASS invalid username-password pair or user is disabled.'],
    [auth => "NOPERM this user has no permissions to run the 'evalsha'"
        . ' command'],
    [auth => "ERR The user executing the script can't run this command or"
        . ' subcommand script: 0123, on @user_script:9.'],
    [auth => "ERR unknown command 'EVALSHA', with args beginning with: '0123'"],
    [auth => 'ERR Unknown Redis command called from script script: 0123, on'
        . ' @user_script:9.'],
    [poison => 'WRONGTYPE Operation against a key holding the wrong kind of'
        . ' value'],
    [poison => "CROSSSLOT Keys in request don't hash to the same slot"],
    [poison => 'ERR something that nobody has heard of'],
);

for my $case (@classes) {
    my ($class, $text, $closes) = @$case;

    for my $round (1, 2) {
        my $name = "$class, round $round";
        my $before = care_error($nginx, $class);
        my $lines = care_lines($nginx, qr/refuses to store \($class\)/);
        my $again = care_lines($nginx, qr/stores again/);
        my $accepted = $fake->accepted;

        $clock->advance(10);

        # A server in trouble refuses whatever writes.
        $fake->rule(script => $_, error => $text) for qw(enqueue sweep);
        refused_in_time($nginx, $name);
        cmp_ok(care_error($nginx, $class), '>', $before, "$name: counted");
        is(care_lines($nginx, qr/refuses to store \($class\)/), $lines + 1,
            "$name: logged");

        my $state = care_status($nginx)->{redis};

        isnt($state->{state}, 'ready', "$name: status shows trouble");
        is($state->{workers}[0]{trouble}, $class, "$name: and which");

        refused_in_time($nginx, "$name, again") for 1 .. 3;
        is(care_lines($nginx, qr/refuses to store \($class\)/), $lines + 1,
            "$name: logged once") or diag($nginx->log);

        $fake->clear;
        taken($nginx, next_id(), "$name: afterwards");
        is(care_lines($nginx, qr/stores again/), $again + 1,
            "$name: recovery is said");
        is($fake->accepted > $accepted ? 1 : 0, $closes // 0,
            "$name: the connection is " . ($closes ? 'made anew' : 'kept'));
        is(care_status($nginx)->{redis}{state}, 'ready',
            "$name: status is well again");
    }
}

unlike($nginx->log, qr/Where is my train|Ada/, 'no customer text in the log');


# A trouble that is over is over, also when no callback comes to see it.

for my $class ('loading', 'oom') {
    my ($text) = map { $_->[1] } grep { $_->[0] eq $class } @classes;

    $fake->rule(command => 'EVALSHA', error => $text);
    $fake->rule(command => 'EVAL', error => $text);
    refused_in_time($nginx, "$class everywhere");
    $fake->clear;
    eventually("$class: the status recovers without a callback", sub {
        care_status($nginx)->{redis}{state} eq 'ready'
    });
}


# Near its memory limit a server takes the small write of a sweep each second,
# and refuses mentions: the log says so once, and that it is over once it is.
{
    my $name = 'refused, but for sweeps';
    my ($text) = map { $_->[1] } grep { $_->[0] eq 'oom' } @classes;
    my $count = sub { [map { care_lines($nginx, $_) }
        qr/refuses to store \(oom\)/, qr/stores again/] };
    my $sweeps = sub { scalar grep { SocialCare::FakeRedis::script_of(@$_)
        eq 'sweep' } @{ $fake->commands } };

    $clock->advance(10);
    taken($nginx, next_id(), "$name: before");

    my ($refused, $again) = @{ $count->() };
    my $start = time;

    $fake->clear->forget->rule(script => 'enqueue', error => $text);

    for my $round (1 .. 4) {
        my $swept = $sweeps->();

        refused_in_time($nginx, "$name, $round");
        eventually("$name, $round: a sweep is taken",
            sub { $sweeps->() > $swept + 1 });
    }

    # Once, unless the test was held up for ten seconds.
    cmp_ok($count->()[0] - $refused, '<=', 1 + (time - $start) / 10,
        "$name: said once") or diag($nginx->log);
    eventually("$name: over, as nothing is refused for ten seconds",
        sub { $count->()[1] - $again == $count->()[0] - $refused }, 30);

    $clock->advance(10);
    ($refused, $again) = @{ $count->() };
    refused_in_time($nginx, "$name, later");
    cmp_ok($count->()[0], '>', $refused, "$name, later: said");
    $fake->clear;
    taken($nginx, next_id(), "$name: afterwards");
    is($count->()[1] - $again, $count->()[0] - $refused, "$name: over");
}


# One that takes a callback and refuses the next, for ever: the log says so, but
# not each time, and not that it is over.
{
    my $name = 'takes one, refuses one';
    my $again = qr/stores again/;
    my $rounds = sub {
        my ($class) = @_;
        my ($text) = map { $_->[1] } grep { $_->[0] eq $class } @classes;

        for my $round (1 .. 5) {
            $fake->clear->rule(script => 'enqueue', times => 1, error => $text);
            is(care_post($nginx, next_id())->{status}, 503,
                "$name, $class, $round: refused");
            is(care_post($nginx, next_id())->{status}, 200,
                "$name, $class, $round: taken");
        }

        return map { care_lines($nginx, $_) } qr/refuses to store \($class\)/,
            $again;
    };

    for my $round (1, 2) {
        $clock->advance(10);
        $fake->clear;
        taken($nginx, next_id(), "$name: before");

        my @before = map { care_lines($nginx, $_) }
            qr/refuses to store \(auth\)/, $again,
            qr/refuses to store \(oom\)/;
        my $start = time;
        my ($auth, $first) = $rounds->('auth');
        my ($oom, $then) = $rounds->('oom');

        # The test may be held up for ten seconds.
        my $late = (time - $start) / 10;

        cmp_ok(abs($auth - $before[0] - 1), '<=', $late, "$name: said once");
        cmp_ok(abs($first - $before[1] - 1), '<=', $late, "$name: over, once");
        cmp_ok(abs($oom - $before[2] - 1), '<=', $late, "$name: and again");
        cmp_ok(abs($then - $first), '<=', $late, "$name: not over any more");

        $clock->advance(10);
        taken($nginx, next_id(), "$name: afterwards");
        cmp_ok(care_lines($nginx, $again), '>', $then,
            "$name: over, as nothing was refused for ten seconds");
    }
}


# TRYAGAIN: three tries, 50 to 200 ms apart, in the order of the callbacks.

sub tries { return scalar grep { SocialCare::FakeRedis::script_of(@$_)
    eq 'enqueue' } @{ $fake->commands } }

for my $times (1, 2) {
    my $before = care_error($nginx, 'tryagain');
    my $lines = care_lines($nginx, qr/refuses to store \(tryagain\)/);

    $fake->clear->forget->rule(script => 'enqueue', times => $times,
        error => 'TRYAGAIN Multiple keys request during rehashing of slot');

    my $start = time;

    is(care_post($nginx, next_id())->{status}, 200,
        "tryagain $times times: taken");
    cmp_ok(time - $start, '>=', 0.05 * $times, "tryagain $times times: waited");
    is(tries(), 1 + $times, "tryagain $times times: so often tried again");
    is(care_error($nginx, 'tryagain'), $before + $times,
        "tryagain $times times: counted");
    is(care_lines($nginx, qr/refuses to store \(tryagain\)/), $lines,
        "tryagain $times times: no alarm");
}

$fake->clear->forget->rule(script => 'enqueue',
    error => 'TRYAGAIN Multiple keys request during rehashing of slot');
is(care_post($nginx, next_id())->{status}, 503, 'tryagain for ever: refused');
is(tries(), 3, 'tryagain for ever: three tries');

# What comes meanwhile waits behind, and is sent behind.
{
    $fake->clear->forget->rule(script => 'enqueue', times => 1,
        error => 'TRYAGAIN Multiple keys request during rehashing of slot');

    my @ids = map { next_id() } 1 .. 4;
    my @waiting = care_send($nginx, $ids[0]);

    wait_for { tries() >= 1 } 2;
    push @waiting, care_send($nginx, $_) for @ids[1 .. 3];

    my @status = map { ($_->read_response // {})->{status} // 0 } @waiting;

    is("@status", '200 200 200 200', 'tryagain, then others: all are taken');

    my $sent = join ' ', map { join ' ', @$_ }
        grep { SocialCare::FakeRedis::script_of(@$_) eq 'enqueue' }
        @{ $fake->commands };
    my @order = $sent =~ /"object":"2_(r\d+)"/g;

    shift @order;                       # the first try
    is("@order", "@ids", 'tryagain, then others: in their order');
}

# The connection goes while some wait for their next try.
for my $round (1, 2) {
    $fake->clear->forget->rule(script => 'enqueue',
        error => 'TRYAGAIN Multiple keys request during rehashing of slot');

    my $waiting = care_send($nginx, next_id());

    wait_for { tries() >= 1 } 2;
    $fake->drop_now;
    is(($waiting->read_response // {})->{status}, 503,
        "tryagain, and hung up, round $round: refused");
    good("tryagain, and hung up, round $round");
}


# Unknown scripts.

for my $round (1, 2) {
    my $before = @{ $fake->commands('EVAL') };

    $fake->rule(script => 'enqueue', command => 'EVALSHA',
        error => 'NOSCRIPT No matching script. Please use EVAL.');
    is(care_post($nginx, next_id())->{status}, 200,
        "noscript, round $round: the source is sent");

    my @sent = @{ $fake->commands('EVAL') };
    my $source = SocialCare::Script->new('enqueue')->source;

    is($sent[-1][1], $source, "noscript, round $round: the whole of it");

    my $errors = care_error($nginx, 'noscript');

    $fake->rule(script => 'enqueue', command => 'EVAL',
        error => 'NOSCRIPT No matching script. Please use EVAL.');
    refused_in_time($nginx, "noscript for ever, round $round");
    cmp_ok(care_error($nginx, 'noscript'), '>', $errors,
        "noscript for ever, round $round: counted");
    good("noscript for ever, round $round");
}

is(care_post($nginx, next_id())->{status}, 200, 'by digest again');


# Replies in pieces are replies.

for my $round (1, 2) {
    $fake->rule(script => 'enqueue', raw => care_stored(1), slow => 0.02);
    is(care_post($nginx, next_id())->{status}, 200,
        "byte by byte, round $round");
    $fake->clear;

    $fake->rule(script => 'enqueue', raw => care_stored(1), delay => 0.15);
    is(care_post($nginx, next_id())->{status}, 200,
        "late but in time, round $round");
    $fake->clear;

    $fake->rule(script => 'enqueue', reply => { status => '0' });
    is(care_post($nginx, next_id())->{status}, 200,
        "as a status, round $round");
    $fake->clear;

    $fake->rule(script => 'enqueue', raw => "\$1\r\n1\r\n");
    is(care_post($nginx, next_id())->{status}, 200, "duplicate, round $round");
    $fake->clear;

    for my $digit (2, 3) {
        $fake->rule(script => 'enqueue', raw => "\$1\r\n$digit\r\n");
        refused_in_time($nginx, "item answered $digit, round $round");
        $fake->clear;
    }
}

# Several in one packet: the first is held back until all have asked.
for my $round (1, 2) {
    my $asked = sub {
        my $items = 0;

        $items += SocialCare::FakeRedis::items_of(@$_)
            for grep { SocialCare::FakeRedis::script_of(@$_) eq 'enqueue' }
            @{ $fake->commands('EVALSHA') };
        return $items;
    };
    my @status;

    # A slow machine lets the time-out pass: then once more.
    for (1 .. 5) {
        $fake->forget->rule(script => 'enqueue', hold => 1);

        my @waiting;

        for my $count (1 .. 5) {
            push @waiting, care_send($nginx, next_id());
            wait_for(sub { $asked->() >= $count }, 0.05);
        }

        wait_for(sub { $asked->() >= 5 }, 0.1);
        $fake->clear->release;
        @status = map { ($_->read_response // {})->{status} // 0 } @waiting;
        last if "@status" eq '200 200 200 200 200';
    }

    is("@status", '200 200 200 200 200',
        "round $round: replies in one packet");
}


# Replies that are none: 503, a new connection, and all is well.

my @surprises = (
    ['garbage'            => "what?\r\n"],
    ['nothing but zeros'  => "\0" x 40],
    ['HTTP'               => "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ['an integer'         => ":0\r\n"],
    ['nil'                => "\$-1\r\n"],
    ['a nil array'        => "*-1\r\n"],
    ['an array'           => "*1\r\n:0\r\n"],
    ['an empty string'    => "\$0\r\n\r\n"],
    ['too many digits'    => "\$2\r\n00\r\n"],
    ['no digit'           => "\$1\r\nx\r\n"],
    ['a digit too high'   => "\$1\r\n4\r\n"],
    ['a byte below'       => "\$1\r\n/\r\n"],
    ['a huge string'      => "\$1000000000\r\n" . 'x' x 100000],
    ['a string of 2^63'   => "\$9223372036854775807\r\n"],
    ['a negative string'  => "\$-7\r\n"],
    ['a billion elements' => "*1000000000\r\n"],
    ['2^63 elements'      => "*9223372036854775807\r\n"],
    ['many elements'      => '*33000' . "\r\n" . ":1\r\n" x 33000],
    ['nested arrays'      => "*1\r\n" x 4 . ":0\r\n"],
    ['deep arrays'        => "*1\r\n" x 2000 . ":0\r\n"],
    ['wide deep arrays'   => "*32768\r\n" x 9],
    ['RESP3'              => "%1\r\n+a\r\n:1\r\n"],
    ['a RESP3 nil'        => "_\r\n"],
    ['a RESP3 double'     => ",1.5\r\n"],
    ['a RESP3 boolean'    => "#t\r\n"],
    ['doubles in arrays'  => "*2\r\n,1.5\r\n,2.5\r\n"],
    ['a length of text'   => "\$one\r\n0\r\n"],
    ['an empty line'      => "\r\n"],
);

# From here on time-outs are met, too.
ok($nginx->quit, 'what has patience leaves') or diag($nginx->log);
$nginx = care_nginx(redis => $fake->url, options => 'timeout=400ms',
    main => $clock->main, environment => { $clock->environment })->start;
good('what has none');

my ($worker) = $nginx->workers;
my $memory = care_kb($worker);

for my $case (@surprises) {
    my ($name, $bytes) = @$case;

    for my $round (1, 2) {
        my $accepted = $fake->accepted;

        $fake->rule(script => 'enqueue', raw => $bytes);
        refused_in_time($nginx, "$name, round $round");
        good("$name, round $round");
        cmp_ok($fake->accepted, '>', $accepted,
            "$name, round $round: on a new connection");
    }
}

# A reply too many: what it belongs to nobody knows.
for my $round (1, 2) {
    my $accepted = $fake->accepted;

    $fake->say_raw(":1\r\n");
    eventually("unasked, round $round: a new connection",
        sub { $fake->accepted > $accepted });
    good("unasked, round $round");

    $accepted = $fake->accepted;
    $fake->rule(script => 'enqueue', raw => care_stored(1) x 2, times => 1);
    is(care_post($nginx, next_id())->{status}, 200,
        "two for one, round $round: the first counts");
    eventually("two for one, round $round: a new connection",
        sub { $fake->accepted > $accepted });
    good("two for one, round $round");
}

# It says what it is and hangs up: no room.
for my $round (1, 2) {
    $clock->advance(10);

    my $before = care_error($nginx, 'maxclients');
    my $again = care_lines($nginx, qr/refuses to store \(maxclients\)/);

    $fake->rule(command => 'CLIENT', close => 1,
        raw => "-ERR max number of clients reached\r\n");
    $fake->drop_now;
    eventually("no room, round $round: counted",
        sub { care_error($nginx, 'maxclients') > $before });
    is(care_lines($nginx, qr/refuses to store \(maxclients\)/), $again + 1,
        "no room, round $round: logged");
    refused_in_time($nginx, "no room, round $round");
    good("no room, round $round");
}

# Closed at each byte of an answer, and half a reply with nothing to follow.
my $whole = care_stored(1);

for my $round (1, 2) {
    for my $bytes (0 .. length($whole) - 1) {
        $fake->rule(script => 'enqueue', raw => $whole, bytes => $bytes);
        refused_in_time($nginx, "closed after $bytes bytes, round $round");
        good("closed after $bytes bytes, round $round");
    }

    $fake->rule(script => 'enqueue', raw => $whole, bytes => length $whole);
    is(care_post($nginx, next_id())->{status}, 200,
        "closed after all of it, round $round");
    good("closed after all of it, round $round");

    for my $bytes (1, 3, 5) {
        $fake->rule(script => 'enqueue', stall => 1,
            raw => substr $whole, 0, $bytes);
        refused_in_time($nginx, "stops after $bytes bytes, round $round");
        good("stops after $bytes bytes, round $round");
    }
}

# The same at each byte of what a new connection says first.
my $first = "+OK\r\n+PONG\r\n";

for my $bytes (0 .. length($first) - 1) {
    $fake->cut_at($bytes)->drop_now;
    refused_in_time($nginx, "cut after $bytes bytes of the first answers");
}

good('first answers');

# Slow: above the limit it is 503, and the answer that comes late hurts none.
for my $round (1, 2) {
    my $timeouts = care_status($nginx)->{redis}{timeouts};

    $fake->rule(script => 'enqueue', raw => $whole, delay => 0.6);
    refused_in_time($nginx, "too slow, round $round");
    cmp_ok(care_status($nginx)->{redis}{timeouts}, '>', $timeouts,
        "too slow, round $round: counted");
    good("too slow, round $round");
}

cmp_ok(care_kb($worker) - $memory, '<', (sanitized() ? 200000 : 16000),
    'no announcement made the worker grow');
is(join(' ', $nginx->workers), $worker, 'it is the same worker');


# Accounts, against the real one.

SKIP: {
    skip 'no redis-server', 1 if !SocialCare::Redis->available;

    my $redis = SocialCare::Redis->start(config => [
        'requirepass right-one',
        'user writer on >writers-own ~{care:* resetchannels -@all '
            . script_permissions(),
        'user reader on >readers-own ~* -@all +@read +ping +select'
            . ' +client|setname +eval +evalsha',
    ]);

    my $client = sub {
        my ($db) = @_;
        my $client = $redis->client;

        $client->call('AUTH', 'right-one');
        $client->call('SELECT', $db // 0);
        return $client;
    };
    my $with = sub {
        my ($password, $options) = @_;
        my $server = care_nginx(redis => $redis->socket,
            options => "password_file=%%dir%%/password $options");

        write_file($server->dir . '/password', "$password\n");
        return $server->start;
    };

    for my $case (['right-one', '', 0, 'password'],
        ['writers-own', 'user=writer', 0, 'user and password'],
        ['right-one', 'db=3', 3, 'password and db'],
        ['writers-own', 'user=writer db=2', 2, 'user, password and db'])
    {
        my ($password, $options, $db, $name) = @$case;
        my $server = $with->($password, $options);

        taken($server, "a$db$name", $name);
        is_deeply([values %{ care_ids($client->($db)) }], [1],
            "$name: stored in db $db");
        eventually("$name: read back", sub {
            defined care_status($server)->{queues}[0]{depth}
        });
        $client->($db)->call('FLUSHDB');
        is(care_error($server, 'auth'), 0, "$name: nothing is denied")
            or diag($server->log);
        $server->check;
    }

    for my $case (['wrong-one', '', 'WRONGPASS'],
        ['writers-own', 'user=nobody', 'no such user'],
        ['readers-own', 'user=reader', 'denied inside the script'])
    {
        my ($password, $options, $name) = @$case;
        my $server = $with->($password, $options);

        eventually("$name: noticed", sub {
            care_post($server, next_id())->{status} == 503
                && care_error($server, 'auth') > 0
        });
        refused_in_time($server, $name) for 1 .. 3;
        is(care_lines($server, qr/refuses to store \(auth\)/), 1,
            "$name: logged once") or diag($server->log);
        unlike($server->log, qr/\Q$password/, "$name: password is not logged");
        $server->check;
    }

    my $open = care_nginx(redis => $redis->socket);

    $open->start;
    eventually('no password: noticed', sub { care_error($open, 'auth') > 0 });
    refused_in_time($open, 'no password');
    $open->check;

    my $far = $with->('right-one', 'db=9');

    eventually('SELECT refused: noticed',
        sub { care_error($far, 'auth') > 0 });
    refused_in_time($far, 'SELECT refused');
    like($far->log, qr/refuses to store \(auth\): .* the database .* db=/,
        'SELECT refused: what to check');
    is_deeply(care_ids($client->(0)), {}, 'nothing went into another db');
    $far->check;
}

finish();
