#!/usr/bin/perl

# bench.pl: what a callback costs, compared to the floor (nginx reads the body
# and answers) and to the same job in Lua.  `make bench` runs it from the
# project's root; it prints Markdown.
#
#     perl -It/lib tests/bench/bench.pl [json] [store] [latency] [memory]
#                                       [growth]
#
# The output ends with the goals that the selected sections have measured, and
# the rows of README's table.
#
#     BENCH_SECONDS  of load per measurement (2)
#     BENCH_ROUNDS   per contender, interleaved; medians are shown (3)
#     BENCH_OTHER    another build of the module to compare with
#     BENCH_CONFIG   a line for redis.conf, e.g. "appendonly yes"
#
# CPU time is what the kernel accounts to the process; it depends far less on
# the machine's other load than requests per second do.  Every request carries
# ids that were never sent before; the events' times are spread over the last
# hour, since thousands per second for one brand are typical after an outage
# (`of one minute`, under growth, shows the other case).

use strict;
use warnings;

use POSIX ();
use Time::HiRes ();

use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;

my $seconds = $ENV{BENCH_SECONDS} || 2;
my $rounds = $ENV{BENCH_ROUNDS} || 3;
my $tools = $ENV{BENCH_TOOLS} || 'build/bench';
my $secret = 's3cr3t-socialcare';
my $folder = temporary_folder();
my $first = 1;
my $memory_limit = 256 * 1024 * 1024;
my @refused;            # what was not answered 200
my %figure;             # section.contender.what, for the goals and README
my @connections = (16, 64, 256);        # of an X mention: calm, busy, a storm

$| = 1;


# Requests.

sub expand_times {
    my ($text) = @_;
    my $now = time;
    my %value = (
        now => $now,
        date => POSIX::strftime('%a %b %d %H:%M:%S +0000 %Y', gmtime $now),
    );

    $text =~ s/%%(\w+)%%/$value{$1}/g;
    return $text;
}

sub post {
    my ($name, $uri, $signature, $body) = @_;

    return write_file("$folder/$name",
        "POST $uri HTTP/1.1\r\nHost: hooks.example.com\r\n"
        . "Content-Type: application/json\r\nUser-Agent: bench\r\n"
        . "Content-Length: {{length}}\r\n$signature\r\n\r\n$body");
}

sub x_request {
    my ($name, $padding, $uri) = @_;
    my $body = expand_times(read_file('tests/bench/templates/x.json'));

    $body =~ s/}]}\n?\z/,"padding":$padding}]}/ if $padding;
    return post($name, $uri || '/x',
        'x-twitter-webhooks-signature: sha256={{base64}}', $body);
}

sub facebook_request {
    my ($name, $events, $change, $uri) = @_;

    $change = expand_times($change
        || read_file('tests/bench/templates/facebook_change.json'));

    my $changes = join ',', map {
        my $n = $_;
        (my $text = $change) =~ s/\{\{id\+N\}\}/{{id+$n}}/g;
        $text;
    } 0 .. $events - 1;

    return post($name, $uri || '/facebook', 'X-Hub-Signature-256: sha256={{hex}}',
        '{"object":"page","entry":[{"id":"104200990001234","time":'
        . time . ',"changes":[' . $changes . ']}]}');
}


# Contenders.

my $common = <<'END';
    client_body_buffer_size 256k;
    client_max_body_size 1m;
    keepalive_requests 100000000;
    access_log off;
END

# Targets so late that no sweep books a breach while we measure.
my $receivers = <<"END";
    socialcare_sla 4h;
    location = /x {
        socialcare_webhook x;
        socialcare_secret value:$secret;
    }
    location = /facebook {
        socialcare_webhook facebook;
        socialcare_secret value:$secret;
        socialcare_verify_token value:token;
    }
END

sub start_nginx {
    my (%options) = @_;

    my $nginx = SocialCare::Nginx->new(level => 'error',
        events => '    worker_connections 4096;', %options);

    # The harness' own line would be a duplicate.
    $nginx->{config} = $nginx->template;
    $nginx->{config} =~ s/    worker_connections 512;\n//;
    $nginx->{config} =~ s/access_log %%dir%%.*\n//;
    $nginx->{checked} = 1;
    $nginx->start;
    ($nginx->{worker}) = $nginx->workers;

    return $nginx;
}

sub contender {
    my ($name, $redis, %options) = @_;

    return { name => $name, redis => $redis, nginx => start_nginx(%options) };
}

sub start_redis {
    return SocialCare::Redis->start(
        config => [$ENV{BENCH_CONFIG} || (), 'maxmemory 6gb']);
}

sub floor {
    return contender('floor', undef,
        modules => [POSIX::getcwd() . "/$tools/ngx_bench_floor_module.so"],
        http => $common, server => 'location / { bench_floor; }');
}

sub module {
    my ($name, $path, %options) = @_;
    my $redis = start_redis();

    return contender($name, $redis, modules => [$path],
        server => $receivers, vars => { redis => $redis->socket }, %options,
        http => $common . "    socialcare_redis unix:%%redis%%;\n"
            . ($options{http} || ''));
}

sub ours { return module('socialcare', module_path(), @_) }

# Without what the Lua peer does not do either: reading texts for topics.
sub without_trends {
    return module('trends off', module_path(),
        http => "    socialcare_trends off;\n");
}

my @lua_modules = map { "/usr/lib/nginx/modules/$_" }
    qw(ndk_http_module.so ngx_http_lua_module.so);

sub lua {
    my ($mode) = @_;
    my $redis = start_redis();
    my $here = POSIX::getcwd();
    my $pump = $mode eq 'pipe'
        ? 'init_worker_by_lua_block { ngx.timer.at(0, peer.pump) }' : '';

    return contender("Lua, $mode", $redis, modules => \@lua_modules,
        vars => { redis => $redis->socket },
        http => $common . <<"END",
    lua_package_path '$here/tests/bench/?.lua;;';
    init_by_lua_block {
        peer = require 'peer'
        peer.init {
            mode = '$mode', secret = '$secret', socket = 'unix:%%redis%%',
            script = io.open('$here/tests/bench/enqueue_one.lua'):read('*a'),
        }
    }
    $pump
END
        server => <<'END');
    location = /x        { content_by_lua_block { peer.x() } }
    location = /facebook { content_by_lua_block { peer.facebook() } }
END
}

sub has_lua {
    return !grep { !-f } @lua_modules, '/usr/share/lua/5.1/nginx/redis.lua';
}

sub contenders {
    return (floor(), ours(),
        $ENV{BENCH_OTHER} ? module('other', $ENV{BENCH_OTHER}) : (),
        has_lua() ? (lua('pool'), lua('pipe')) : ());
}

sub stop {
    my (@contenders) = @_;

    for my $contender (@contenders) {
        $contender->{nginx}->stop;
        $contender->{redis}->stop if $contender->{redis};
    }
    return;
}


# Measuring.

sub cpu_us {
    my ($pid) = @_;
    my ($ns) = read_file("/proc/$pid/schedstat") =~ /^(\d+)/;

    die "process $pid is gone\n" if !defined $ns;
    return $ns / 1000;
}

sub resident_mb {
    my ($pid) = @_;
    my ($kb) = read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m;

    return $kb / 1024;
}

sub load {
    my ($contender, $template, $requests, @options) = @_;
    my $command = join ' ', "$tools/load", '-p', $contender->{nginx}->port,
        '-s', $secret, '-n', $requests, '-f', $first, @options, $template;

    $first += $requests;

    my $line = `$command`;
    my %result = $line =~ /(\w+)=([\d.]+)/g;

    die "$contender->{name}: $command\n", $contender->{nginx}->log
        if $? != 0 || !%result;
    return \%result;
}

# One measurement: load of `requests`, and what it cost.
sub measure {
    my ($contender, $template, $requests, @options) = @_;
    my ($nginx, $redis) = @$contender{qw(nginx redis)};

    if ($redis) {
        $redis->client->call('FLUSHALL');
        load($contender, $template, 16, '-c', 4);
    }

    my $before = cpu_us($nginx->{worker});
    my $redis_before = $redis ? cpu_us($redis->pid) : 0;
    my $result = load($contender, $template, $requests, @options);

    $result->{cpu} = (cpu_us($nginx->{worker}) - $before) / $requests;
    $result->{redis} = (($redis ? cpu_us($redis->pid) : 0) - $redis_before)
        / $requests;
    $result->{rate} = $requests / $result->{seconds};
    $result->{rss} = resident_mb($nginx->{worker});

    push @refused, "$contender->{name}, " . (split '/', $template)[-1]
        . ": $result->{bad} of $requests" if $result->{bad} > 0;

    return $result;
}

sub median {
    my @sorted = sort { $a <=> $b } @_;
    return $sorted[@sorted / 2];
}

sub medians {
    my (@results) = @_;

    return { map { my $name = $_;
        ($name => median(map { $_->{$name} } @results)) } keys %{ $results[0] } };
}

# As many as fit into the time at the speed of a first few.
sub count_for {
    my ($contender, $template, $time) = @_;

    load($contender, $template, 300) if !$contender->{warm}++;

    my $probe = load($contender, $template, 300);
    my $count = int(300 / $probe->{seconds} * $time);
    my $most = int($memory_limit / $probe->{size});

    $count = $most if $count > $most;
    return $count < 200 ? 200 : $count;
}

# Rounds in turns: A B C A B C; medians by contender.
sub interleave {
    my ($contenders, $measure) = @_;
    my %results;

    for (1 .. $rounds) {
        push @{ $results{ $_->{name} } }, $measure->($_) for @$contenders;
    }
    return { map { $_ => medians(@{ $results{$_} }) } keys %results };
}


# Tables.

sub row { print '| ', join(' | ', @_), " |\n" }

sub head {
    my (@names) = @_;
    row(@names);
    print '|---', map({ '|---:' } @names[1 .. $#names]), "|\n";
}

sub us { return sprintf '%.1f', $_[0] }

sub ratio {
    my ($x, $y) = @_;
    return $y ? sprintf('%.2f', $x / $y) : '-';
}

sub least {
    my ($results, $what) = @_;
    my @lua = sort { $a <=> $b } map { $results->{$_}{$what} }
        grep { /^Lua/ } keys %$results;
    return $lua[0] || 0;
}


# Sections.

# What is remembered of a contender; the Lua peer's two ways as `Lua` as well,
# each figure that of the better one.
sub remember {
    my ($section, $results, @names) = @_;

    for my $name (@names) {
        $figure{"$section.$_.$name"} = $results->{$_}{$name}
            for keys %$results;
        $figure{"$section.Lua.$name"} = least($results, $name);
    }
    return;
}

sub section_json {
    my $said = `$tools/bench_json`;

    die "bench_json failed\n" if $? != 0 || $said !~ /^\S/;
    print "\n### JSON reader: ns per body\n\n```\n$said```\n";

    my @times = $said =~ /jansson .* ([\d.]+) times the core's/g;

    $figure{'json.ratio'} = (sort { $a <=> $b } @times)[0];
    ($figure{'json.bytes'}, $figure{'json.core'}, $figure{'json.jansson'})
        = $said =~ m{^x/aaa-favorite-follow.json,\ (\d+)\ bytes
                     .*? core\s+(\d+)\ ns .*? jansson\s+(\d+)\ ns}msx;
    return;
}

sub section_store {
    my @contenders = (contenders(), without_trends());
    my $x = x_request('x');
    my @cases = (
        map({ [ 'X mention', $x, 1, "x$_", $_ ] } @connections),
        [ 'Facebook batch of 20', facebook_request('facebook', 20), 20,
            'batch', 16 ],
    );

    for my $case (@cases) {
        my ($title, $template, $events, $short, $connections) = @$case;
        my %count = map { $_->{name} => count_for($_, $template, $seconds) }
            @contenders;
        my $results = interleave(\@contenders, sub {
            my ($contender) = @_;
            measure($contender, $template, $count{ $contender->{name} },
                '-c', $connections);
        });

        $_->{redis} /= $events for values %$results;
        remember($short, $results, qw(cpu redis));

        print "\n### $title, $connections connections\n\n";
        head('', 'requests/s', 'nginx us/request', '/ floor', '/ best Lua',
            'redis us/mention', '/ best Lua', 'p50 us', 'p99 us', 'RSS MB');

        for (map { $_->{name} } @contenders) {
            my $r = $results->{$_};
            row($_, sprintf('%.0f', $r->{rate}), us($r->{cpu}),
                ratio($r->{cpu}, $results->{floor}{cpu}),
                ratio($r->{cpu}, least($results, 'cpu')),
                $r->{redis} ? us($r->{redis}) : '-',
                $r->{redis} ? ratio($r->{redis}, least($results, 'redis'))
                    : '-',
                $r->{p50}, $r->{p99}, sprintf('%.1f', $r->{rss}));
        }
    }
    stop(@contenders);
    return;
}

sub section_latency {
    my @contenders = contenders();
    my $template = x_request('x');
    my $rate = $ENV{BENCH_RATE} || 3000;

    load($_, $template, 1000) for @contenders;

    my $results = interleave(\@contenders, sub {
        measure($_[0], $template, int($rate * $seconds), '-r', $rate, '-c',
            64);
    });

    remember('latency', $results, qw(p50 p99));
    print "\n### X mention, open loop at $rate/s\n\n";
    head('', 'p50 us', '/ best Lua', 'p99 us', 'longest us',
        'nginx us/request', 'redis us/mention');

    for (map { $_->{name} } @contenders) {
        my $r = $results->{$_};
        row($_, $r->{p50}, ratio($r->{p50}, least($results, 'p50')),
            $r->{p99}, $r->{max}, us($r->{cpu}), us($r->{redis}));
    }
    stop(@contenders);
    return;
}

sub section_memory {
    my @contenders = contenders();
    my $template = x_request('x');

    print "\n### Resident memory of the worker\n\n";
    head('', 'at rest MB', '1,000 connections MB');

    for my $contender (@contenders) {
        my $rest = resident_mb($contender->{nginx}{worker});
        my $r = measure($contender, $template, 10_000, '-c', 1000);
        $figure{"memory.$contender->{name}"} = $r->{rss};
        row($contender->{name}, sprintf('%.1f', $rest),
            sprintf('%.1f', $r->{rss}));
    }
    stop(@contenders);
    return;
}


# How cost grows.  Each case: name, template, events, options of ours().

my $small_change = '{"field":"feed","value":{"from":{"id":"{{id+N}}"},'
    . '"message":"Hallo","post_id":"1_2","comment_id":"1_{{id+N}}",'
    . '"created_time":{{past:3600}},"item":"comment","parent_id":"1_2",'
    . '"verb":"add"}}';

sub padding {
    my ($bytes) = @_;
    my $text = '[0';

    for (my $n = 1000; length $text < $bytes - 80; $n++) {
        $text .= qq(,{"start":$n,"end":@{[$n + 12]},"tag":"northwind",)
            . qq("url":"https:\\/\\/t.co\\/Ab$n"});
    }
    return "$text]";
}

sub brands_case {
    my ($count) = @_;
    my $width = length $count;
    my $map = join '', map { sprintf "        %0*d brand%d;\n", $width, $_, $_ }
        0 .. $count - 1;

    return ("$count brand" . ($count == 1 ? '' : 's'), x_request("brands$count", '',
        "/x?b={{mod:$count}}"), 1,
        http => "    socialcare_zone 16m;\n    map \$arg_b \$care_brand {\n"
            . "        default other;\n$map    }\n",
        server => "    socialcare_brand \$care_brand;\n$receivers");
}

sub secrets_case {
    my ($count) = @_;
    my $others = join '', map { "        socialcare_secret value:wrong-$_"
        . " name=old$_;\n" } 2 .. $count;

    (my $server = $receivers) =~ s/(?=        socialcare_secret)/$others/g;
    return ("$count secret" . ($count == 1 ? '' : 's'), x_request('secrets'), 1, server => $server);
}

# Room for a few dozen names beyond what nginx says is needed at least.
sub smallest_zone {
    my $binary = $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx';
    my $file = write_file("$folder/zone.conf", 'load_module ' . module_path()
        . "; events {} http { socialcare_zone 8k; }\n");
    my $said = `$binary -t -p $folder -c $file -e stderr 2>&1`;
    my ($least) = $said =~ /it needs at least (\d+)k/;

    die "no least size of a zone: $said" if !$least;
    return $least + 32 . 'k';
}

sub growth_cases {
    return (
        map({ my $n = $_; [$n == 1 ? '1 event' : "$n events", facebook_request("events$n", $n,
            $small_change), $n,
            # More would only show how much may be in flight.
            load => ['-c', $n < 1000 ? 16 : 4]] } 1, 10, 100, 1000),
        [ '20 events of one minute', facebook_request('minute', 20,
            read_file('tests/bench/templates/facebook_change.json')
                =~ s/\{\{past:3600\}\}/%%now%%/r), 20 ],
        [ 'body 1 KB', facebook_request('size1', 3, $small_change), 3 ],
        map({ my $k = $_; ["body $k KB, 1 event", x_request("size$k",
            padding(($k - 2.4) * 1024)), 1] } 4, 16, 64, 256),
        map({ [brands_case($_)] } 1, 10, 100, 1000),
        map({ [secrets_case($_)] } 1, 5, 50),
        [ '1 secret, client_header_buffer_size 4k', x_request('header'), 1,
          http => "    client_header_buffer_size 4k;\n" ],
        [ 'a connection per request', x_request('close'), 1, load => ['-k'] ],
        [ 'zone full', (brands_case(1000))[1, 2], (brands_case(1000))[3 .. 6],
          zone => smallest_zone() ],
    );
}

sub turns_file { return "$folder/turns" }

sub read_turns {
    my ($clock, $cpu) = unpack 'QQQ', read_file(turns_file());
    return map { $_ / 1e6 } $clock, $cpu;
}

sub zero_turns {
    open my $file, '+<:raw', turns_file() or die;
    syswrite $file, "\0" x 24;
    close $file;
    return;
}

sub measure_growth {
    my ($name, $template, $events, %options) = @_;
    my $load = delete $options{load} || [];
    my $zone = delete $options{zone};

    $options{http} =~ s/socialcare_zone \w+/socialcare_zone $zone/ if $zone;
    write_file(turns_file(), "\0" x 24);

    my $contender = ours(%options, environment => {
        LD_PRELOAD => POSIX::getcwd() . "/$tools/turns.so",
        BENCH_TURNS => turns_file(),
    });

    my $requests = count_for($contender, $template, $seconds / 2);

    load($contender, $template, 1100) if $name =~ /brand|zone/;
    zero_turns();

    my $r = measure($contender, $template, $requests, @$load);
    my ($clock, $cpu) = read_turns();

    if ($cpu > ($figure{turn} || 0)) {
        @figure{qw(turn turn_case)} = ($cpu, $name);
    }
    row($name, sprintf('%.1f', $r->{size} / 1024), us($r->{cpu}),
        us($r->{cpu} / $events), us($r->{redis} / $events),
        sprintf('%.0f', $r->{rate} * $events), sprintf('%.1f', $cpu),
        sprintf('%.1f', $clock), sprintf('%.1f', $r->{rss}));

    stop($contender);
    return;
}

sub tls_row {
    my $tls = free_port();

    system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
        . " -nodes -days 2 -subj /CN=localhost -out $folder/cert"
        . " -keyout $folder/key 2>/dev/null") == 0 or die "openssl failed\n";

    my $contender = ours(server => "    listen 127.0.0.1:$tls ssl;\n"
        . "    ssl_certificate $folder/cert;\n"
        . "    ssl_certificate_key $folder/key;\n$receivers");
    my $worker = $contender->{nginx}{worker};

    for my $case ([ 'plain', 'http', $contender->{nginx}->port ],
                  [ 'TLS', 'https', $tls ])
    {
        my ($name, $scheme, $port) = @$case;
        my $ready = "$folder/requests-$name";

        system("$tools/load -w -s $secret -n 20000 -f $first -p 1 "
            . x_request('tls') . " > $ready") == 0 or die "load -w\n";
        $first += 20_000;

        my $before = cpu_us($worker);
        my $said = `BENCH_REQUESTS=$ready wrk -t1 -c16 -d${seconds}s \\
            -s tests/bench/replay.lua $scheme://127.0.0.1:$port`;
        my ($count) = $said =~ /(\d+) requests in/;

        unlink $ready;
        die "wrk: $said" if !$count || $said =~ /Non-2xx/;
        row("wrk, keep-alive, $name", '-', us((cpu_us($worker) - $before)
            / $count), ('-') x 6);
    }
    stop($contender);
    return;
}

sub section_growth {
    print "\n### How the cost grows\n\n";
    head('', 'request KB', 'nginx us/request', 'nginx us/event',
        'redis us/event', 'events/s', 'longest turn ms (CPU)',
        'longest turn ms (clock)', 'RSS MB');
    measure_growth(@$_) for growth_cases();
    tls_row() if has_program('wrk');
    return;
}


# Goals: what is promised, and whether this run kept it.

my @goals;

sub goal {
    my ($what, $value, $bound, $format) = @_;

    push @goals, [$what, sprintf($format, $value), sprintf("at most $format",
        $bound), $value <= $bound ? 'yes' : '**no**'] if defined $value;
    return;
}

# Of the section: our figure as a part of another contender's.
sub share {
    my ($section, $what, $other, $self) = @_;
    my ($ours, $theirs) = map { $figure{"$section.$_.$what"} }
        $self || 'socialcare', $other || 'Lua';

    return $ours && $theirs ? $ours / $theirs : undef;
}

sub print_goals {
    my $jansson = $figure{'json.ratio'};     # the least of the bodies

    for my $n (@connections) {
        my $what = "X mention, $n connections";

        goal("$what: nginx, part of Lua", share("x$n", 'cpu'), 0.25, '%.2f');
        goal("$what: nginx, times the floor", share("x$n", 'cpu', 'floor'), 2,
            '%.2f');
        goal("$what, trends off: nginx, part of Lua",
            share("x$n", 'cpu', 'Lua', 'trends off'), 0.25, '%.2f');
        goal("$what, trends off: nginx, times the floor",
            share("x$n", 'cpu', 'floor', 'trends off'), 2, '%.2f');

        # Two ways of the peer stand beside each other: one call a mention,
        # each awaited, and the better one, which pipelines.
        goal("$what: redis-server, part of one call a mention",
            share("x$n", 'redis', 'Lua, pool'), 0.5, '%.2f');
        goal("$what: redis-server, part of Lua", share("x$n", 'redis'), 0.5,
            '%.2f');
    }
    goal('batch of 20: nginx, part of Lua', share('batch', 'cpu'), 0.25,
        '%.2f');
    goal('batch of 20: redis-server, part of one call a mention',
        $figure{'batch.socialcare.redis'} / $figure{'x16.Lua, pool.redis'},
        0.5, '%.2f') if $figure{'x16.Lua, pool.redis'};
    goal('batch of 20: redis-server, part of Lua', share('batch', 'redis'),
        0.5, '%.2f');

    goal('open loop: p50, part of Lua', share('latency', 'p50'), 0.4, '%.2f');

    # Nobody answers sooner than nginx alone.
    goal('open loop: p50 of the floor, part of Lua',
        $figure{'latency.floor.p50'} / $figure{'latency.Lua.p50'}, 0.4, '%.2f')
        if $figure{'latency.Lua.p50'};
    goal('open loop: p99, part of Lua', share('latency', 'p99'), 1, '%.2f');
    goal('1,000 connections: resident MB', $figure{'memory.socialcare'}, 25,
        '%.1f');
    goal('JSON: part of the time jansson takes', $jansson && 1 / $jansson, 0.1,
        '%.3f');
    goal("longest turn, ms of CPU ($figure{turn_case})", $figure{turn}, 20,
        '%.1f') if $figure{turn};

    print "\n### Goals\n\n";
    head('', 'this run', 'goal', 'met');
    row(@$_) for @goals;
    return;
}

sub figures {
    my ($format, @names) = @_;
    return map { defined $figure{$_} ? sprintf $format, $figure{$_} : '-' }
        @names;
}

# README's table, row by row, as it stands there.
sub print_readme {
    my @cases = (
        map({ [ "X mention, $_ connections", "x$_" ] } @connections),
        [ 'batch of 20 events, 16 connections', 'batch' ]);

    return if !defined $figure{'batch.socialcare.cpu'};

    print "\n### Rows for README.md\n\n";
    head('us', 'socialcare', 'trends off', 'nginx answering 200',
        'Lua, pooled', 'Lua, pipelined');

    for my $case (@cases) {
        my ($name, $section) = @$case;

        row("$name: CPU of nginx, a request", figures('%.1f', map {
            "$section.$_.cpu" } 'socialcare', 'trends off', 'floor',
            'Lua, pool', 'Lua, pipe'));
        row("$name: CPU of redis-server, a mention", figures('%.1f', map {
            "$section.$_.redis" } 'socialcare', 'trends off', '',
            'Lua, pool', 'Lua, pipe'));
    }
    row('open loop, 3,000/s: p50', figures('%.0f', map { "latency.$_.p50" }
        'socialcare', '', 'floor', 'Lua, pool', 'Lua, pipe'));
    row('open loop, 3,000/s: p99', figures('%.0f', map { "latency.$_.p99" }
        'socialcare', '', 'floor', 'Lua, pool', 'Lua, pipe'));
    row('1,000 connections: resident MB', figures('%.1f', map { "memory.$_" }
        'socialcare', '', 'floor', 'Lua, pool', 'Lua, pipe'));

    printf "\nThe JSON reader needs %.2f us for %.1f KB, jansson %.0f us.\n",
        $figure{'json.core'} / 1000, $figure{'json.bytes'} / 1024,
        $figure{'json.jansson'} / 1000 if $figure{'json.core'};
    return;
}


my %section = (json => \&section_json, store => \&section_store,
    latency => \&section_latency, memory => \&section_memory,
    growth => \&section_growth);
my @wanted = @ARGV ? @ARGV : qw(json store latency memory growth);

print 'Rounds: ', $rounds, ', seconds: ', $seconds, ', processors: ',
    scalar(() = read_file('/proc/cpuinfo') =~ /^processor/mg),
    ', load average: ', (split ' ', read_file('/proc/loadavg'))[0], ".\n";
print "Without the Lua peer: its packages are missing.\n" if !has_lua();

for my $name (@wanted) {
    die "no section $name\n" if !$section{$name};
    $section{$name}->();
}
print_goals();
print_readme();

print "\nNot answered 200:\n\n", map({ "- $_\n" } @refused) if @refused;
