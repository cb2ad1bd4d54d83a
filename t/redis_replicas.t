# ack=replicas=N: a callback is answered with 200 once N replicas have its
# mentions.  One WAIT for a burst, the effect of each of its replies, and real
# replicas that hang, leave, come back, or are too few.

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

sub next_id { return 'w' . ++$number }
sub spooling { return top => "socialcare_spool %%dir%%/spool;" }
# As a number too: glob alone would go on where it was.
sub segments { my @files = glob $_[0]->dir . '/spool/*.seg'; return @files }

sub redis_of { return care_status($_[0])->{redis} }
sub waits    { return @{ $_[0]->commands('WAIT') } }

sub enqueues {
    my ($fake) = @_;

    return grep { SocialCare::FakeRedis::script_of(@$_) eq 'enqueue' }
        @{ $fake->commands };
}


# Without it nothing waits.

{
    my $fake = SocialCare::FakeRedis->new(unix => 1);

    for my $options ('', 'ack=redis') {
        my $nginx = care_nginx(redis => $fake->url, options => $options)
            ->start;

        taken($nginx, next_id(), "ack '$options'");
        is(care_post($nginx, next_id())->{status}, 200, "ack '$options'");
        is(scalar(waits($fake)), 0, "ack '$options': no WAIT");
        is(redis_of($nginx)->{acknowledgement}, 'redis',
            "ack '$options': in the status");
        is(redis_of($nginx)->{replicas}, undef,
            "ack '$options': no replicas are known of");
        $nginx->quit;
    }
}


# What WAIT may answer, without a spool.

my $clock = SocialCare::Clock->new;
my $fake = SocialCare::FakeRedis->new(unix => 1);
my $nginx = care_nginx(redis => $fake->url, options => 'ack=replicas=2',
    main => $clock->main, environment => { $clock->environment },
    more => 'location = /metrics { socialcare_status prometheus; }');

$fake->rule(command => 'WAIT', reply => 2);
$nginx->start;
taken($nginx, next_id(), 'enough');

{
    my @sent = map { uc $_->[0] } @{ $fake->commands };
    my ($at) = grep { SocialCare::FakeRedis::script_of(
        @{ $fake->commands->[$_] }) eq 'enqueue' } 0 .. $#sent;
    my ($wait) = grep { $_ > $at && $sent[$_] eq 'WAIT' } $at .. $#sent;

    ok($wait, 'a WAIT follows the enqueue') or diag("@sent");
    is_deeply($fake->commands->[$wait], ['WAIT', 2, 300],
        'for two replicas, 300 ms');

    my $redis = redis_of($nginx);

    is($redis->{acknowledgement}, 'replicas', 'status: acknowledgement');
    is($redis->{replicas_wanted}, 2, 'status: how many are wanted');
    is($redis->{replicas}, 2, 'status: how many there were');
    is($redis->{workers}[0]{replicas}, 2, 'status: of the worker');

    my $metrics = get($nginx->port, '/metrics')->{body};

    like($metrics, qr/^socialcare_redis_replicas_$_ 2$/m, "metrics: $_")
        for qw(wanted confirmed);

    SKIP: {
        my $tool = has_program('promtool') or skip('no promtool', 1);
        write_file($nginx->dir . '/metrics', $metrics);
        my $said = `$tool check metrics < @{[$nginx->dir]}/metrics 2>&1`;
        is($?, 0, 'promtool has nothing to say') or diag($said);
    }
}

$fake->clear->rule(command => 'WAIT', reply => 5);
is(care_post($nginx, next_id())->{status}, 200, 'more than enough');

# class, the answer, whether the connection is given up for it
for my $case (
    ['one too few', 'replicas_short', { reply => 1 }],
    ['none', 'replicas_short', { reply => 0 }],
    ['a refusal', 'replicas_short', { error => 'ERR nobody knows why' }],
    ['no such command', 'auth', { error => "ERR unknown command 'WAIT'" }],
    ['unblocked', 'readonly', { error => 'UNBLOCKED force unblock from'
        . ' blocking operation, instance state changed (master -> replica?)' },
        1],
    ['a replica', 'readonly', { error => 'ERR WAIT cannot be used with'
        . ' replica instances.' }, 1],
    ['denied', 'auth', { error => "NOPERM this user has no permissions to run"
        . " the 'wait' command" }],
    ['text', 'unexpected', { reply => 'two' }, 1],
    ['a negative number', 'unexpected', { raw => ":-1\r\n" }, 1],
) {
    my ($name, $class, $rule, $closes) = @$case;
    my $before = care_error($nginx, $class);
    my $lines = care_lines($nginx, qr/refuses to store \($class\)/);
    my $again = care_lines($nginx, qr/stores again/);
    my $accepted = $fake->accepted;

    # The log does not repeat what it said less than ten seconds ago.
    $clock->advance(10);
    $fake->clear->rule(command => 'WAIT', %$rule);
    refused_in_time($nginx, $name);
    cmp_ok(care_error($nginx, $class), '>', $before, "$name: counted");
    refused_in_time($nginx, "$name, again") for 1 .. 2;
    is(care_lines($nginx, qr/refuses to store \($class\)/), $lines + 1,
        "$name: logged once") or diag($nginx->log);
    is(redis_of($nginx)->{workers}[0]{trouble}, $class, "$name: in the status")
        if !$closes;

    $fake->clear->rule(command => 'WAIT', reply => 2);
    taken($nginx, next_id(), "$name: afterwards");
    is(care_lines($nginx, qr/stores again/), $again + 1,
        "$name: recovery is said") or diag($nginx->log);
    is($fake->accepted > $accepted ? 1 : 0, $closes // 0,
        "$name: the connection is " . ($closes ? 'made anew' : 'kept'));
}

# The status says one too few as such, and recovers without a callback.
$fake->clear->rule(command => 'WAIT', reply => 1);
refused_in_time($nginx, 'one left');
is(redis_of($nginx)->{replicas}, 1, 'one left: in the status');
is(redis_of($nginx)->{state}, 'refusing', 'one left: refusing');
$fake->clear->rule(command => 'WAIT', reply => 2);
eventually('two again: the status recovers without a callback',
    sub { redis_of($nginx)->{state} eq 'ready' });
is(redis_of($nginx)->{replicas}, 2, 'two again: in the status');

# It never answers; it hangs up behind the script's answer.
for my $case (['silence', { stall => 1 }], ['hung up', { close => 1 }]) {
    my ($name, $rule) = @$case;

    $fake->clear->rule(command => 'WAIT', %$rule);
    refused_in_time($nginx, $name);
    $fake->clear->rule(command => 'WAIT', reply => 2);
    taken($nginx, next_id(), "$name: afterwards");
}

# The server has forgotten the script: EVAL, and a WAIT behind that.
$fake->clear->rule(command => 'WAIT', reply => 2);
$fake->rule(command => 'EVALSHA', script => 'enqueue', times => 1,
    error => 'NOSCRIPT No matching script. Please use EVAL.');
$fake->forget;
is(care_post($nginx, next_id())->{status}, 200, 'noscript: taken');
is((map { uc $_->[0] } grep { uc $_->[0] ne 'EVALSHA' }
    @{ $fake->commands })[-1], 'WAIT', 'noscript: a WAIT is the last');

is($nginx->quit, 1, 'it leaves') or diag($nginx->log);

# One WAIT at a time; what comes meanwhile shares the next one.
{
    my ($first, @others, $ok);

    $fake->clear->rule(command => 'WAIT', reply => 2);
    $nginx = care_nginx(redis => $fake->url,
        options => 'ack=replicas=2 %%patient%%')->start;
    taken($nginx, next_id(), 'patience');

    for (1 .. 5) {
        $fake->clear->forget->rule(command => 'WAIT', reply => 2, delay => 1);
        $first = care_send($nginx, next_id());
        wait_for { waits($fake) == 1 } 2;
        @others = map { care_send($nginx, next_id()) } 1 .. 4;
        wait_for { enqueues($fake) >= 2 } 0.9;
        next if waits($fake) != 1;      # a slow machine

        my @status = map { ($_->read_response // {})->{status} // 0 }
            $first, @others;

        $ok = "@status" eq '200 200 200 200 200'
            && waits($fake) <= 4;       # a sweep of our own may bring one
        last if $ok;
    }

    ok($ok, 'writes behind a WAIT share the next one: '
        . scalar(waits($fake)) . ' for ' . scalar(enqueues($fake)));
    is($nginx->quit, 1, 'it leaves, too') or diag($nginx->log);
}

# A short time-out of commands shortens the WAIT.
{
    my $fast = care_nginx(redis => $fake->url,
        options => 'ack=replicas=1 timeout=100ms')->start;

    $fake->clear->forget;
    taken($fast, next_id(), 'timeout=100ms');
    is_deeply((waits($fake))[-1], ['WAIT', 1, 60], 'timeout=100ms: WAIT 1 60');
    $fast->quit;
}

# With a spool: kept there, sent again, and only the safe ones are let go.
{
    my $spooled = care_nginx(redis => $fake->url, options => 'ack=replicas=2',
        spooling())->start;

    $fake->clear->forget->rule(command => 'WAIT', reply => 1);

    my @answers = map { care_post($spooled, next_id())->{status} } 1 .. 5;

    is("@answers", '200 200 200 200 200', 'spool: answered from the disk');
    is(care_status($spooled)->{spool}{waiting_records}, 5, 'spool: 5 wait');
    is(care_status($spooled)->{spool}{state}, 'spooling', 'spool: SPOOLING');

    # It is sent again and again, and stays.
    my $sent = enqueues($fake);

    eventually('spool: tried again', sub { enqueues($fake) >= $sent + 2 });
    is(care_status($spooled)->{spool}{drained}, 0, 'spool: nothing is let go');
    cmp_ok(scalar(segments($spooled)), '>', 0, 'spool: the files stay');

    $fake->clear->rule(command => 'WAIT', reply => 2);
    eventually('spool: drained once two have it', sub {
        care_status($spooled)->{spool}{drained} == 5 && !segments($spooled)
    });
    is(care_lines($spooled, qr/refuses to store \(replicas_short\)/), 1,
        'spool: logged once') or diag($spooled->log);
    is(care_post($spooled, next_id())->{status}, 200, 'spool: live again');
    $spooled->quit;
}


# Real ones.

if (!SocialCare::Redis->available) {
    diag('no redis-server');
    finish();
    exit;
}

my @fast = ('repl-diskless-sync-delay 0', 'repl-ping-replica-period 1',
    'repl-timeout 60');

sub replica_of {
    my ($master) = @_;
    my $replica = SocialCare::Redis->start(config =>
        [@fast, 'replicaof 127.0.0.1 ' . $master->port]);

    wait_for { info($replica, 'master_link_status') eq 'up' } 20
        or die "the replica does not follow\n" . $replica->log;
    return $replica;
}

sub info {
    my ($redis, $name) = @_;

    return $redis->client->call('INFO', 'replication')
        =~ /^\Q$name\E:(.*?)\r?$/m ? $1 : '';
}

my $master = SocialCare::Redis->start(port => free_port(), config => \@fast);
my $replica = replica_of($master);

{
    my $real = care_nginx(redis => $master->socket,
        options => 'ack=replicas=1 %%patient%%')->start;

    taken($real, 'first', 'real');

    # No callback is answered before the replica has it.
    my $behind = 0;

    for my $i (1 .. 50) {
        care_post($real, "real$i")->{status} == 200 or die "real$i\n";
        $behind++ if !care_ids($replica->client)->{"real$i"};
    }

    is($behind, 0, 'real: the replica has each as it is answered');
    is(redis_of($real)->{replicas}, 1, 'real: one replica in the status');

    # What another connection wrote is covered: a duplicate moves the offset.
    my $offset = info($master, 'master_repl_offset');
    is(care_post($real, 'real1')->{status}, 200, 'real: a duplicate');
    cmp_ok(info($master, 'master_repl_offset'), '>', $offset,
        'real: a duplicate writes, or its WAIT would say nothing');

    # Hangs: what it does not have is not acknowledged.
    $replica->signal('STOP');
    refused_in_time($real, 'hanging') for 1 .. 2;
    is(care_post($real, 'hanging')->{status}, 503, 'hanging: 503');
    is(care_ids($master->client)->{hanging}, 1,
        'hanging: the master has it nevertheless');
    is(care_post($real, 'hanging')->{status}, 503,
        'hanging: a duplicate is no safer');
    is(redis_of($real)->{state}, 'refusing', 'hanging: in the status');
    $replica->signal('CONT');
    taken($real, 'hanging', 'hanging: over');
    is(care_ids($master->client)->{hanging}, 1, 'hanging: once');
    is(care_ids($replica->client)->{hanging}, 1, 'hanging: on both');

    # Leaves, and comes back.
    $replica->stop;
    refused_in_time($real, 'gone') for 1 .. 2;
    is(redis_of($real)->{replicas}, 0, 'gone: none in the status');
    $replica->run;
    taken($real, 'gone', 'back');
    is($real->quit, 1, 'real: it leaves') or diag($real->log);
}

# More than there are.
{
    my $greedy = care_nginx(redis => $master->socket,
        options => 'ack=replicas=2 %%patient%%')->start;

    eventually('too many wanted: refused', sub {
        care_post($greedy, next_id())->{status} == 503
            && care_error($greedy, 'replicas_short') > 0
    });
    refused_in_time($greedy, 'too many wanted');
    is(redis_of($greedy)->{replicas}, 1, 'too many wanted: one in the status');
    is($greedy->quit, 1, 'too many wanted: it leaves');
}

# With a spool nobody notices, and everything is there once, on both.
{
    my $spooled = care_nginx(redis => $master->socket, workers => 2,
        options => 'ack=replicas=1', spooling())->start;
    my $load = SocialCare::Care->load($spooled->port);

    ok($load->go_on(60), 'spool: goes on');
    $replica->signal('STOP');
    ok($load->go_on(60), 'spool: and while the replica hangs');
    eventually('spool: on the disk', sub { scalar segments($spooled) });
    $replica->signal('CONT');
    ok($load->go_on(60), 'spool: and after that');
    $replica->stop('KILL');
    ok($load->go_on(60), 'spool: and while it is gone');
    $replica->run;
    ok($load->go_on(60), 'spool: and when it is back');
    $load->stop;

    eventually('spool: the directory is empty',
        sub { !segments($spooled) }, 20);
    $load->judge($master->client, 'spool: master');
    $load->judge($replica->client, 'spool: replica');
    is($load->misses->{503} // 0, 0, 'spool: no 503');
    is($spooled->quit, 1, 'spool: it leaves') or diag($spooled->log);
}

finish();
