# Out of memory while a configuration is read: whatever the module asks nginx for
# fails once.  nginx -t refuses such a configuration, a reload keeps what runs, and
# no process dies.  What the zone has no room for is left out, and counted.

use strict;
use warnings;

use FindBin;

use SocialCare::Care;
use SocialCare::Nginx;
use SocialCare::Receivers;
use SocialCare::Redis;
use SocialCare::Test;

plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;
plan(skip_all => 'the sanitizer has its own allocator') if sanitized();

my $shim = "$FindBin::Bin/../build/memory_shim.so";
-e $shim or die "$shim is missing: make spool-tools\n";

use constant NEVER => 1 << 40;

my $redis = SocialCare::Redis->start;
my $folder = temporary_folder();
my $memory = "$folder/memory";
my %first;
my @receivers = grep { !$first{ $_->{folder} }++ } receivers();

write_file("$folder/topics", "Network fault = signal lost, #outage\n! northwind\n");
write_file("$folder/password", 'secret');

# One receiver of each kind, and each directive.
my %rich = (
    zone => '16m', options => '%%patient%%',
    top => <<'END' . receivers_config(@receivers),
    socialcare_spool %%dir%%/spool size=1g reserve=1% max_age=6d;
    socialcare_trends on dictionary=%%folder%%/topics;
    socialcare_hours desk Europe/Berlin {
        mon-fri 08:00-12:30 13:30-18:00;
        holiday 2026-12-25 2026-12-26;
    }
    map $socialcare_channel $care_desk { voice off; default desk; }
    socialcare_sla 15m hours=$care_desk;
END
    hook => 'socialcare_brand $arg_brand partitions=4;'
        . ' socialcare_queue $arg_queue limit=500k out=on; socialcare_account a b;'
        . ' socialcare_secret value:another-secret-1 name=2025 until=2036-12-31;'
        . ' if ($arg_x) { set $y 1; } limit_except POST { deny all; }',
    more => <<'END',
        location = /close { socialcare_close; }
        location = /page { socialcare_status html; }
END
);

sub poor_nginx {
    return care_nginx(redis => $redis->socket, vars => { folder => $folder },
        environment => { LD_PRELOAD => $shim, SC_MEMORY_FILE => $memory,
            SC_MEMORY_MODULE => 1 }, @_);
}

sub fail_at {
    my ($number, $row) = @_;

    open my $file, '+<', $memory or die;
    syswrite($file, pack 'q4', $number, $row, 0, 0) == 32 or die;
    close $file or die;
    return;
}

sub numbers { return unpack 'q3', read_file($memory) }

write_file($memory, pack 'q4', 0, 0, 0, 0);


# nginx -t.

{
    my $nginx = poor_nginx(%rich);

    $nginx->{checked} = 1;
    fail_at(NEVER, 1);

    my ($good, $said) = $nginx->test_config;
    my $count = NEVER - (numbers())[0];
    my (%died, %taken);

    ok($good, 'nginx -t: it is a good one') or diag($said);
    cmp_ok($count, '>', 300, "nginx -t: $count allocations");

    for my $n (1 .. $count) {
        fail_at($n, 1);
        ($good, $said) = $nginx->test_config;
        $died{$n} = $? & 127 if $? & 127;
        $taken{$n} = 1 if $good;
        $died{$n} = 'nothing failed' if (numbers())[2] != 1;
    }

    is_deeply(\%died, {}, 'nginx -t: no crash') or diag(explain(\%died));

    # The last ones are what the zone begins with.
    my @taken = sort { $a <=> $b } keys %taken;

    is_deeply(\@taken, [$taken[0] .. $count],
        'nginx -t: nothing is taken that lacks a part');
    cmp_ok(scalar @taken, '<', 120, 'nginx -t: but for names in the zone');
}


# A reload: the old workers go on with their configuration.

{
    my $nginx = poor_nginx(more => 'location = /page { socialcare_status html; }');
    my $rich = poor_nginx(%rich);
    my (@plain, @rich, @wrong);
    my ($n, $failed) = (1, 1);

    $rich->{checked} = 1;
    @plain = map { $_ => $nginx->{$_} } qw(http server);
    @rich = map { $_ => $rich->{$_} } qw(http server);
    $nginx->allow(qr/\[emerg\]/);
    $nginx->start;
    taken($nginx, 'before', 'reload');

    for (; $failed && !$nginx->exited; $n += 7) {
        my $workers = join ' ', $nginx->workers_ready;

        $nginx->write_config(@rich);
        fail_at($n, 1);
        $nginx->signal('HUP');
        wait_for {
            (numbers())[2] > 0 || join(' ', $nginx->workers_ready) ne $workers
        } or push @wrong, "$n: no reload";
        $failed = (numbers())[2];
        fail_at(0, 0);

        my $status = care_post($nginx, "n$n")->{status};

        push @wrong, "$n: $status" if $status != 200;
    }

    cmp_ok($n, '>', 300, "reload: up to allocation $n");
    is_deeply(\@wrong, [], 'reload: callbacks are taken');
    ok(!$nginx->exited, 'reload: the master lives');
    ok($nginx->reload(@plain), 'reload: then it works');
    taken($nginx, 'after', 'reload');
}

finish();
