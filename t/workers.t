# The example workers of conf/workers do what they claim: each mention once, in
# order; what fails is retried; what keeps failing becomes a dead letter; what a
# dead worker held is taken over.  Languages (or their Redis libraries) that are
# not installed are skipped.

use strict;
use warnings;

use JSON::PP ();

use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $queue = '{care:default/0}:q:mentions';
my $dead = '{care:default/0}:dead:mentions';
my $server = SocialCare::Redis->start;
my $redis = $server->client;

$ENV{REDIS_URL} = 'unix://' . $server->socket;
$ENV{WORKER_ONCE} = 1;
$ENV{NODE_PATH} = join ':', grep { defined }
    $ENV{NODE_PATH}, '/usr/share/nodejs';

# An interpreter before Debian's on the path may lack the libraries.
sub interpreter {
    my ($probe, @candidates) = @_;

    for my $program (map { m{/} ? $_ : has_program($_) // () } @candidates) {
        return $program
            if -x $program && system("$program $probe >/dev/null 2>&1") == 0;
    }
    return;
}

my @workers = (
    ['worker.py', interpreter(q{-c 'import redis'},
        'python3', '/usr/bin/python3')],
    ['worker.rb', interpreter(q{-e 'require "redis"'},
        'ruby', '/usr/bin/ruby')],
    ['worker.js', interpreter(q{-e 'require("redis")'},
        'node', '/usr/bin/node')],
    ['worker.sh', interpreter(q{-c 'command -v redis-cli'}, '/bin/sh')],
);


sub record {
    my ($number, %more) = @_;

    return JSON::PP->new->utf8->canonical->encode({
        v => 1, id => "facebook:1:$number", platform => 'facebook',
        text => "Wo bleibt\nmein Geld, \x{2026} Nr. $number?",
        author => { id => '7', name => "Ada $number" }, %more,
    });
}


sub fill {
    my (@records) = @_;

    $redis->call('DEL', $queue, $dead);
    $redis->call('XGROUP', 'CREATE', $queue, 'workers', 0, 'MKSTREAM');
    return map { $redis->call('XADD', $queue, '*', 'm', $_) } @records;
}

sub pending { return $redis->call('XPENDING', $queue, 'workers')->[0] }


# The last line that a broken worker would hang on is a deadline.
sub run {
    my ($program, $file) = @_;
    my $output = `timeout 30 $program conf/workers/$file '$queue' 2>&1`;

    return ($? >> 8, $output);
}


for my $entry (@workers) {
    my ($file, $program) = @$entry;

    SKIP: {
        skip "$file: language or library not here", 1 if !$program;

        # Ordinary work.  120 is more than one read of 50.
        my $count = $file eq 'worker.sh' ? 7 : 120;

        fill(map { record($_) } 1 .. $count);
        my ($status, $output) = run($program, $file);

        is($status, 0, "$file: leaves when nothing is left")
            or diag($output);
        is(join(' ', $output =~ /facebook:1:(\d+)/g), join(' ', 1 .. $count),
            "$file: each mention once, in order") or diag($output);
        is($redis->call('XLEN', $queue), 0, "$file: the stream is empty");
        is(pending(), 0, "$file: nothing is pending");

        # What another worker took and never finished.
        fill(map { record($_) } 1 .. 3);
        $redis->call('XREADGROUP', 'GROUP', 'workers', 'gone', 'COUNT', 2,
            'STREAMS', $queue, '>');

        {
            local $ENV{WORKER_IDLE_MS} = 3600_000;
            ($status, $output) = run($program, $file);
            is(join(' ', $output =~ /facebook:1:(\d+)/g), '3',
                "$file: leaves a living worker's mentions alone");
            is(pending(), 2, "$file: they stay pending");
        }

        {
            local $ENV{WORKER_IDLE_MS} = 0;
            ($status, $output) = run($program, $file);
            is(join(' ', sort $output =~ /facebook:1:(\d+)/g), '1 2',
                "$file: takes over what a dead worker held") or diag($output);
            is($redis->call('XLEN', $queue), 0, "$file: and finishes it");
        }

        next if $file eq 'worker.sh';

        # Poison: the good ones go through, the bad one ends as a dead letter.
        fill(record(1), 'no JSON', record(2));

        local $ENV{WORKER_IDLE_MS} = 0;
        my $seen = '';

        for (1 .. 10) {
            ($status, $output) = run($program, $file);
            $seen .= $output;
            last if $redis->call('XLEN', $queue) == 0;
        }

        is(join(' ', $seen =~ /facebook:1:(\d+)/g), '1 2',
            "$file: a bad mention holds up no other") or diag($seen);
        is($redis->call('XLEN', $queue), 0, "$file: and is given up");
        my $letters = $redis->call('XRANGE', $dead, '-', '+');
        is_deeply($letters->[0][1], ['m', 'no JSON'],
            "$file: it is a dead letter");
        is(scalar @$letters, 1, "$file: once");
        is(pending(), 0, "$file: nothing is pending");
    }
}

finish();
