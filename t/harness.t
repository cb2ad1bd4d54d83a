# The harness itself: servers start, reload and exit; a connection can be cut; a
# Redis can lie; and above all its checks fail when they should.  The module
# is not needed here.

use strict;
use warnings;

use POSIX ();
use Time::HiRes ();

use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Proxy;
use SocialCare::Redis;
use SocialCare::Test;


# An inner test file, run by the same Perl; returns (status, output).

sub inner {
    my ($code) = @_;
    my $folder = temporary_folder();

    write_file("$folder/inner.t", <<"END");
use strict;
use warnings;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Test;
$code
END
    my $output = `$^X -It/lib $folder/inner.t 2>&1`;
    return ($? >> 8, $output);
}


# nginx: template, two workers, requests, reload, quit.

my $nginx = SocialCare::Nginx->new(
    modules => [],
    workers => 2,
    vars    => { word => 'first' },
    server  => <<'END',
        location / { return 200 "%%word%% $request_method"; }
        location /body { client_body_in_single_buffer on; proxy_pass http://127.0.0.1:%%port%%/echo; }
        location /echo { return 200 "$content_length"; }
END
);

$nginx->start;
is(scalar($nginx->workers), 2, 'two workers');

my $response = get($nginx->port, '/');
is($response->{status}, 200, 'answers');
is($response->{body}, 'first GET', 'with the value of the placeholder');

my $master = $nginx->pid;
ok($nginx->reload(vars => { word => 'second' }), 'reloads');
is($nginx->pid, $master, 'the master stays');
ok(wait_for { get($nginx->port, '/')->{body} eq 'second GET' },
    'the new configuration serves');
ok(wait_for { $nginx->workers == 2 }, 'the old workers leave');
like($nginx->access_log, qr{^200 GET / HTTP/1.1$}m, 'access log is read');


# The client's ways of sending.

my $text = 'x' x 300;

for my $how (
    ['in one packet'], ['in two packets', split => 1],
    ['byte by byte', slowly => 1], ['after 100', expect => 1],
    ['in chunks', chunked => 7],
) {
    my ($name, @options) = @$how;
    my $answer = post($nginx->port, '/body', $text, @options);

    is("$answer->{status} $answer->{body}", '200 300', "body $name");
    is($answer->{interim}, 100, 'and 100 came first') if "@options" =~ /expect/;
}

{
    my $connection = SocialCare::Http->connect($nginx->port);
    my $bytes = join '', format_request('GET', '/', keepalive => 1);

    $connection->write($bytes x 3);
    is(join(' ', map { ($connection->read_response // {})->{status} // 0 }
        1 .. 3), '200 200 200', 'three answers to a pipeline');
    $connection->abort;
    is(get($nginx->port, '/')->{status}, 200, 'alive after a reset');
}

SKIP: {
    skip 'no HTTP/2 client', 2 if !http2_client();

    my $second = SocialCare::Nginx->new(
        modules      => [],
        server_block => 'server { listen 127.0.0.1:%%port%% http2;'
            . ' location / { return 200 "$server_protocol"; } }',
    )->start;

    is(http2_request($second->port, 'GET', '/')->{status}, 200, 'HTTP/2');
    like($second->access_log, qr/HTTP\/2/, 'and it was HTTP/2');
}


# A refused configuration is told with its reason.

{
    my $broken = SocialCare::Nginx->new(modules => []);
    my ($good, $said) = $broken->test_config(http => 'no_such_directive on;');

    ok(!$good, 'a wrong configuration is refused');
    like($said, qr/unknown directive "no_such_directive"/, 'with the reason');
    ($good, $said) = $broken->test_config(http => '');
    ok($good, 'a right one is accepted') or diag($said);
    ok(!eval { $broken->write_config(http => '%%nothing%%'); 1 },
        'an unknown placeholder dies');
}


# The fake Redis.

my $fake = SocialCare::FakeRedis->new(unix => 1);
my $client = sub { SocialCare::Redis::Client->connect(
    unix => $fake->socket, timeout => 1) };

is($client->()->ask('PING'), 'PONG', 'fake: PING');
is_deeply($client->()->ask('EVALSHA', 'x', 0), [0], 'fake: stored');

$fake->rule(command => 'EVALSHA', error => 'LOADING wait', times => 1);
like($client->()->ask('EVALSHA', 'x', 0), qr/^LOADING/, 'fake: error once');
is_deeply($client->()->ask('EVALSHA', 'x', 0), [0], 'fake: then well again');

$fake->rule(command => 'GET', stall => 1, match => 'slow');
$fake->rule(command => 'GET', reply => ['a', 1, undef, { status => 'S' }]);
is_deeply($client->()->ask('GET', 'k'), ['a', 1, undef, 'S'], 'fake: shapes');
ok(!eval { $client->()->ask('GET', 'slow'); 1 }, 'fake: stalls');

$fake->clear->rule(command => 'GET', reply => 'abcdef', bytes => 6);
ok(!eval { $client->()->ask('GET', 'k'); 1 }, 'fake: half a reply');
like($@, qr/closed/, 'and then the end');

$fake->clear->rule(command => 'GET', reply => 'abc', slow => 0.02);
is($client->()->ask('GET', 'k'), 'abc', 'fake: byte by byte');

$fake->clear->rule(command => 'GET', raw => "?!\r\n");
ok(!eval { $client->()->ask('GET', 'k'); 1 }, 'fake: garbage');

$fake->clear->mute(1);
ok(!eval { $client->()->ask('PING'); 1 }, 'fake: mute');

$fake->clear->refuse(1);
ok(!eval { $client->(); 1 }, 'fake: refuses');
$fake->refuse(0);
is($client->()->ask('PING'), 'PONG', 'fake: is back');

$fake->cut_at(3);
ok(!eval { $client->()->ask('PING'); 1 }, 'fake: cut after three bytes');
$fake->clear->forget;
$client->()->ask('ECHO', 'seen');
is_deeply($fake->commands('echo'), [['ECHO', 'seen']], 'fake: remembers');
ok(wait_for { $fake->connections == 0 }, 'fake: no connection is left');


# A wire to a real Redis.

SKIP: {
    skip 'no redis-server', 8 if !SocialCare::Redis->available;

    my $redis = SocialCare::Redis->start;
    my $wire = SocialCare::Proxy->new(unix => 1, to => $redis->socket);
    my $through = sub { SocialCare::Redis::Client->connect(
        unix => $wire->socket, timeout => 1) };

    is($through->()->ask('SET', 'a', 1), 'OK', 'wire: passes');

    my $held = $through->();
    $held->ask('PING');
    $wire->cut;
    ok(!eval { $held->ask('PING'); 1 }, 'wire: cut');
    is($through->()->ask('GET', 'a'), 1, 'wire: a new connection passes');

    $wire->stall_replies(1);
    ok(!eval { $through->()->ask('INCR', 'n'); 1 }, 'wire: replies stall');
    is($redis->client->ask('GET', 'n'), 1, 'wire: the command had arrived');
    $wire->stall_replies(0);

    $wire->cut_replies_at(2);
    ok(!eval { $through->()->ask('PING'); 1 }, 'wire: cut in a reply');
    $wire->cut_replies_at(undef);

    $wire->refuse(1);
    ok(!eval { $through->()->ask('PING'); 1 }, 'wire: refuses');
    $wire->refuse(0);
    is($through->()->ask('PING'), 'PONG', 'wire: is back');
}


# A deadline is one of time and of looks: where each look takes long, the machine
# is slow, or what is looked at.

{
    my ($looks, $begin) = (0, Time::HiRes::time());

    ok(!wait_for(sub { 0 }, 0.3), 'waiting has an end');
    cmp_ok(Time::HiRes::time() - $begin, '>=', 0.3, 'which is not too early');
    ok(wait_for(sub { Time::HiRes::sleep(0.2); ++$looks >= 5 }, 0.4),
        'slow looks: it waits for longer');
    ok(!wait_for(sub { Time::HiRes::sleep(0.2); 0 }, 0.2),
        'and has an end, too');
}


# A port that a test has chosen is chosen by nobody else, though its server may
# bind it later: not by a process that begins to look where this one did.

{
    pipe my $read, my $write or die "pipe: $!\n";
    my $pid = fork // die "fork: $!\n";

    if (!$pid) {
        syswrite $write, join(' ', map { free_port($_) } 0, 1) . "\n";
        sleep 60;
        POSIX::_exit(0);
    }

    my ($own, @beside) = split ' ', <$read>;
    my %theirs = map { $_ => 1 } $own, map { ($_, $_ + 1) } @beside;

    is_deeply([grep { $theirs{$_} } map { free_port() } 1 .. 5], [],
        'ports: another test chooses others');
    kill 'KILL', $pid;
    waitpid $pid, 0;
}


# The checks fail when they should.

my $start = 'my $nginx = SocialCare::Nginx->new(modules => [],'
    . ' server => q{location / { return 200; }})->start;';
my $request = 'is(get($nginx->port, "/")->{status}, 200, "works");';

my ($status, $output) = inner("$start $request finish();");
is($status, 0, 'a clean file passes') or diag($output);

for my $planted (
    ['[alert]', '2026/01/01 00:00:00 [alert] 1#1: open socket #3 left'],
    ['[emerg]', '2026/01/01 00:00:00 [emerg] 1#1: no'],
    ['sanitizer report', '==1==ERROR: AddressSanitizer: heap-use-after-free'],
    ['undefined behaviour', 'sc_str.c:1:1: runtime error: shift'],
    ['crash', 'worker process 7 exited on signal 11'],
) {
    my ($name, $line) = @$planted;
    my $plant = 'open my $log, ">>", $nginx->dir . "/error.log";'
        . "print {\$log} qq{\Q$line\E\\n}; close \$log;";

    ($status, $output) = inner("$start $request $plant finish();");
    isnt($status, 0, "a planted $name fails the file");
    like($output, qr/not ok \d+ - no alert/, 'and says so');

    ($status, $output) = inner("$start $request $plant"
        . '$nginx->allow(qr/./); finish();');
    is($status, 0, "unless it was expected ($name)") or diag($output);
}

($status, $output) = inner("$start $request"
    . ' SocialCare::Test::write_file($nginx->dir . "/sanitizer.1", "leak");'
    . ' finish();');
isnt($status, 0, 'a report file of a sanitizer fails the file');

my $leak = '==7==ERROR: LeakSanitizer: detected memory leaks\n\n'
    . 'Indirect leak of 9 byte(s) in 3 object(s) allocated from:\n'
    . '    #0 0x1 in malloc\n    #1 0x2 in %s\n\nSUMMARY: 9 byte(s)\n';

for my $case (
    ['ngx_alloc (/usr/sbin/nginx+0x1)', 0, 'of nginx is let pass'],
    ['f (/b/ngx_socialcare_module.so+0x1)', 1, 'of the module fails the file'],
) {
    my ($frame, $fails, $name) = @$case;

    ($status, $output) = inner("$start $request"
        . ' SocialCare::Test::write_file($nginx->dir . "/sanitizer.1", "'
        . sprintf($leak, $frame) . '"); finish();');
    is($status ? 1 : 0, $fails, "a leak $name") or diag($output);
}

# No process that writes into the folder of the nginx that an inner test told
# of: workers that are replaced while they are killed have other ids.
sub leaves_nothing {
    my ($said) = @_;
    my ($folder) = $said =~ /folder (\S+)/ or return;

    return wait_for {
        !grep { (readlink("$_/fd/2") // '') =~ /^\Q$folder\E\b/ }
            glob '/proc/[0-9]*';
    } 5;
}

my $tell = q(print 'folder ', $nginx->dir, qq{\n};);

($status, $output) = inner("$start $tell $request"
    . ' kill "SEGV", ($nginx->workers)[0];'
    . ' $nginx->wait_log(qr/exited on signal 11/) or die; finish();');
isnt($status, 0, 'a worker that crashed fails the file');
ok(leaves_nothing($output), 'and nothing is left of it');

# A client that holds its request keeps a graceful quit waiting.
($status, $output) = inner("$start $tell \$nginx->{quit_in} = 0.5;"
    . ' my $c = SocialCare::Http->connect($nginx->port);'
    . ' $c->write("POST / HTTP/1.1\r\nHost: a\r\n"); select undef, undef,'
    . ' undef, 0.2; ok(1, "sent"); finish();');
isnt($status, 0, 'a worker that does not leave fails the file');
like($output, qr/not ok \d+ - nginx and its workers left in time/,
    'and says so');
ok(leaves_nothing($output), 'and is ended');

($status, $output) = inner("$start $tell $request");
isnt($status, 0, 'a file without finish() fails');
ok(leaves_nothing($output), 'and leaves nothing');

($status, $output) = inner("$start $tell print 'pid ', \$nginx->pid, qq{\\n};"
    . ' die "in the middle\n";');
isnt($status, 0, 'a file that dies fails');
my ($pid) = $output =~ /pid (\d+)/;
ok($pid && !SocialCare::Nginx::alive($pid), 'and leaves no nginx behind');
ok(leaves_nothing($output), 'nor a worker');

# A master replaces workers that are killed, up to its own last moment.
for my $round (1 .. 5) {
    my $nginx = SocialCare::Nginx->new(modules => [], workers => 8)->start;

    $nginx->kill_all;
    ok(leaves_nothing('folder ' . $nginx->dir), "killed as a whole, $round");
}

# What Perl finds doubtful in a program or module is a mistake more often than
# not, and noise in every run.
my @libraries = map { "-I$_" } 't/lib', glob 'tests/*/lib';

for my $file (split /\n/, `find t tests -name '*.pm' -o -name '*.pl'`) {
    open(my $said, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', $^X, '-wc',
        @libraries, $file) or die "$file: $!\n";
    is(join('', <$said>), "$file syntax OK\n", "$file: nothing doubtful");
}

finish();
