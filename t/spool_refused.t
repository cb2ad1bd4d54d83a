# What becomes of spooled records that Redis does not take: what is certain to
# be a record's own fault sends that record to quarantine, at once and alone;
# any other error gets time to pass; a full queue is asked again, sparingly,
# and keeps nobody else from theirs.  No record is lost or queued twice.

use strict;
use warnings;

use SocialCare::Care;
use SocialCare::FakeRedis;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Spool qw(read_segment left_item left_segment left_ids);
use SocialCare::Test;

my $spool = 'socialcare_spool %%dir%%/spool;';
my $tag = '{care:default/0}';

sub spool_of { return care_status($_[0])->{spool} }
sub files { my @files = glob "$_[0]{dir}/spool/$_[1]"; return @files }

sub is_drained {
    my ($nginx, $name, $seconds) = @_;

    eventually("$name: no segment is left",
        sub { !files($nginx, '[0-9]*.seg') }, $seconds)
        or diag(explain(spool_of($nginx)));
    return;
}

# The records in quarantine: { id => number of the reason }.
sub quarantined {
    my ($nginx) = @_;
    my %reason;

    for my $file (files($nginx, 'quarantine-*.seg')) {
        my (undef, @records) = read_segment(read_file($file));

        $reason{ $_->{payload} =~ /"2_d(\d+)"/ ? $1 : '?' } = $_->{flags}
            for @records;
    }

    return \%reason;
}

# A thread removes the file; the worker counts and tells once it hears of that.

sub tells_of_quarantine {
    my ($nginx, $name, $reason, $count) = @_;
    my $line = "socialcare: $count records are in quarantine"
        . " \\($reason\\) in the spool .*: look at them with socialcare-spool";

    ok($nginx->wait_log(qr/$line/), "$name: says so, and what to do");
    is(care_lines($nginx, $line), 1, "$name: once");
    is(spool_of($nginx)->{quarantined}{$reason}, $count, "$name: counted");
    return;
}


# Sent by a fake Redis that answers an item with an error whatever comes with
# it.  Returns nginx and the ids in the order in which they were sent.

sub drain {
    my ($name, $count, @rules) = @_;
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $nginx = care_nginx(redis => $fake->url, top => $spool,
        options => '%%patient%%');

    $fake->rule(script => 'enqueue', %$_) for @rules;
    left_segment($nginx, 1, map { left_item($_) } 1 .. $count);
    $nginx->start;
    is_drained($nginx, $name, 40);
    return ($nginx, $fake, map { "@$_" } left_ids($fake));
}

my $third = '"object":"2_d3"';

for my $text (
    'WRONGTYPE Operation against a key holding the wrong kind of value'
        . ' script: 0123, on @user_script:12.',
    # Redis before 7.
    '@user_script: 12: -WRONGTYPE Operation against a key holding the wrong'
        . ' kind of value',
    'ERR Error running script (call to f_0123): @user_script:12:'
        . ' @user_script: 12: -WRONGTYPE Operation against a key holding the'
        . ' wrong kind of value',
    "CROSSSLOT Keys in request don't hash to the same slot",
) {
    my $name = 'certain, ' . substr $text, 0, 40;
    my ($nginx, $fake, @sent) = drain($name, 5,
        { match => $third, error => $text });

    is(join(', ', @sent), '1 2 3 4 5, 1, 2, 3, 4, 5',
        "$name: once together, then each alone, in order");
    is_deeply(quarantined($nginx), { 3 => 1 },
        "$name: this record is in quarantine, and why");
    tells_of_quarantine($nginx, $name, 'poison', 1);
    is(spool_of($nginx)->{drained}, 4, "$name: the others are stored");
    ok($nginx->quit, "$name: the end") or diag($nginx->log);
}

for my $case (
    ['an unknown error', error => 'ERR something that nobody has heard of'],
    ['an integer', raw => ":0\r\n"],
    ['an array', reply => ['0']],
    ['too few digits', raw => "\$0\r\n\r\n"],
) {
    my ($name, %answer) = @$case;
    my $start = now_ms();
    my ($nginx, $fake, @sent) = drain($name, 4,
        { match => $third, %answer });

    is(scalar(grep { $_ eq '3' } @sent), 5, "$name: five times alone");
    cmp_ok(now_ms() - $start, '>=', 4000, "$name: with pauses between");
    is_deeply(quarantined($nginx), { 3 => 2 },
        "$name: then the record is in quarantine, and why");
    tells_of_quarantine($nginx, $name, 'failed', 1);
    is(spool_of($nginx)->{drained}, 3, "$name: the others are stored");
    ok($nginx->quit, "$name: the end") or diag($nginx->log);

    ($nginx, $fake, @sent) = drain("$name that passes", 4,
        { match => $third, times => 4, %answer });
    is_deeply(quarantined($nginx), {}, "$name that passes: no quarantine");
    is(spool_of($nginx)->{drained}, 4, "$name that passes: all are stored");
    ok($nginx->quit, "$name that passes: the end") or diag($nginx->log);
}


# A server that lacks a command refuses everything: no record is at fault.
{
    my $name = 'no such command';
    my ($nginx, $fake, @sent) = drain($name, 2, { times => 7,
        error => "ERR unknown command 'EVALSHA', with args beginning with: " });

    is(join(', ', @sent), join(', ', ('1 2') x 8),
        "$name: both are sent until it is there");
    is_deeply(quarantined($nginx), {}, "$name: no quarantine");
    is(spool_of($nginx)->{drained}, 2, "$name: both are stored");
    like($nginx->log, qr/refuses to store \(auth\): .* rename-command/,
        "$name: what to check");
    ok($nginx->quit, "$name: the end") or diag($nginx->log);
}


# Redis itself, with a key of another type where waits are kept: what has no
# wait is stored, the others come with the operator's tool, all of them once.

SKIP: {
    skip 'no redis-server', 1 if !SocialCare::Redis->available;

    my $tool = "$ENV{PWD}/build/" . (sanitized() ? 'asan/' : '')
        . 'socialcare-spool';
    my $redis = SocialCare::Redis->start;
    my $nginx = care_nginx(redis => $redis->socket, top => $spool,
        options => '%%patient%%');
    my $client = $redis->client;
    my $there = sub {
        my $count = care_ids($client);
        return join ' ', map { "$_=$count->{$_}" } sort keys %$count;
    };

    $client->call('SET', "$tag:open", 'in the way');
    left_segment($nginx, 1, map { left_item($_, clock => $_ % 2) } 1 .. 6);
    $nginx->start;
    is_drained($nginx, 'a key in the way');
    is($there->(), 'd2=1 d4=1 d6=1', 'a key in the way: the others are stored');
    is_deeply(quarantined($nginx), { 1 => 1, 3 => 1, 5 => 1 },
        'a key in the way: these are in quarantine');
    tells_of_quarantine($nginx, 'a key in the way', 'poison', 3);

    $client->call('DEL', "$tag:open");

    my $folder = $nginx->dir . '/spool';
    my $said = `$tool reinject $folder --to $folder 2>&1`;

    is($?, 0, 'a key in the way: mended, and reinjected') or diag($said);
    eventually('a key in the way: all are there, once', sub {
        $there->() eq 'd1=1 d2=1 d3=1 d4=1 d5=1 d6=1'
    }) or diag($there->());
    is_drained($nginx, 'a key in the way, reinjected');
    ok($nginx->quit, 'a key in the way: the end') or diag($nginx->log);
}


# Full: the first pass asks for every record, each later one gives up after
# four commands in a row that were all refused (up to four are under way).

{
    my $count = 16 * 64;
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $nginx = care_nginx(redis => $fake->url, top => $spool,
        options => '%%patient%%');
    my $passes = sub {
        my @passes;

        for my $ids (left_ids($fake)) {
            push @passes, [] if $ids->[0] == 1;
            push @{ $passes[-1] }, @$ids;
        }

        return @passes;
    };

    $fake->rule(script => 'enqueue', reply => { status => 2 x 64 });
    left_segment($nginx, 1, map { left_item($_) } 1 .. $count);
    $nginx->start;

    eventually('full: it is asked again and again',
        sub { $passes->() > 3 }, 20);
    is(spool_of($nginx)->{waiting_records}, $count, 'full: all of them wait');
    is(spool_of($nginx)->{drained}, 0, 'full: nothing is taken yet');
    $fake->clear;
    is_drained($nginx, 'full', 40);

    my @passes = $passes->();
    my $last = pop @passes;
    my $first = shift @passes;

    is("@$first", "@{[1 .. $count]}", 'full: the first pass goes to its end');
    cmp_ok(scalar @$_, '>=', 256, 'full: a later one tries four commands')
        for @passes;
    cmp_ok(scalar @$_, '<=', 448, 'full: and not many more') for @passes;
    is("@$last", "@{[1 .. $count]}", 'full: all is sent at last, in order');
    is(spool_of($nginx)->{drained}, $count, 'full: and counted');
    is_deeply(quarantined($nginx), {}, 'full: nothing is in quarantine');
    ok($nginx->quit, 'full: the end') or diag($nginx->log);
}


# A queue that stays full does not keep the records of another that was full
# as well, once, behind its own; nor those of its own with a higher limit.

SKIP: for my $case (
    ['another queue', queue => 'b', tag => $tag],
    ['another brand', queue => 'a', tag => '{care:other/0}'],
    ['another limit', queue => 'a', tag => $tag, limit => 2],
) {
    skip('no redis-server', 1) if !SocialCare::Redis->available;

    my ($name, @full) = @$case;
    my %full = (limit => 1, @full);
    my $key = "$full{tag}:q:$full{queue}";
    my $redis = SocialCare::Redis->start;
    my $nginx = care_nginx(redis => $redis->socket, top => $spool,
        options => '%%patient%%');
    my $client = $redis->client;

    $client->call('XADD', $_, '*', 'm', 'in the way') for "$tag:q:a", $key;
    left_segment($nginx, 1,
        (map { left_item($_, queue => 'a', limit => 1) } 1 .. 511),
        left_item(512, %full), left_item(513, %full, queue => 'c'));
    $nginx->start;
    eventually("$name: the first pass is at its end",
        sub { care_ids($client, "$full{tag}:q:c")->{d513} });
    $client->call('XTRIM', $key, 'MAXLEN', $full{limit} - 1);
    eventually("$name: gets its record once there is room",
        sub { care_ids($client, $key)->{d512} }, 20);
    is($client->call('XLEN', "$tag:q:a"), $full{limit},
        "$name: the first queue is full still");
    is(spool_of($nginx)->{waiting_records}, 511, "$name: whose records wait");
    ok($nginx->quit, "$name: the end") or diag($nginx->log);
}

finish();
