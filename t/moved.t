# Redis or the spool are no longer what they were: emptied, another database or
# prefix, another folder or none.  Nothing that was acknowledged is forgotten
# silently, and the status does not show what is no longer there.

use strict;
use warnings;

use SocialCare::Care;
use SocialCare::Faults;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;

if (!SocialCare::Redis->available) {
    plan(skip_all => 'no redis-server');
}

my $number = 0;

sub take {
    my ($nginx, $count, $name) = @_;
    my @ids = map { 'm' . ++$number } 1 .. $count;

    is(care_post($nginx, $_)->{status}, 200, "$name: $_ is taken") for @ids;
    return @ids;
}

sub spool_of { return care_status($_[0])->{spool} }

sub queue_of { return care_status($_[0])->{queues}[0] // {} }

sub waits_of { return care_status($_[0])->{sla}[0] // {} }


# What is gone from Redis is gone from the status, too, without a new mention.

for my $how ('emptied', 'database', 'prefix') {
    my $redis = SocialCare::Redis->start;
    my $client = $redis->client;
    my $nginx = care_nginx(redis => $redis->socket,
        options => '%%patient%%')->start;

    take($nginx, 5, $how);
    eventually("$how: all five are shown", sub {
        (queue_of($nginx)->{depth} // 0) == 5
            && (waits_of($nginx)->{open} // 0) == 5
    });

    if ($how eq 'emptied') {
        $client->call('FLUSHALL');
    } else {
        my $option = $how eq 'database' ? 'db=1' : 'prefix=desk';

        ok($nginx->reload(http => $nginx->{http}
            =~ s/(socialcare_redis \S+)/$1 $option/r), "$how: a reload");
    }

    eventually("$how: nothing is shown any more", sub {
        my ($queue, $waits) = (queue_of($nginx), waits_of($nginx));

        !grep { $_ != 0 } $queue->{depth}, $queue->{open}, $queue->{breached},
            $waits->{open}, $waits->{due_soon}, $waits->{breached};
    }) or diag(explain(queue_of($nginx), waits_of($nginx)));

    my ($queue, $waits) = (queue_of($nginx), waits_of($nginx));

    is($queue->{$_}, undef, "$how: $_ is nothing") for qw(lag pending
        oldest_age_ms ready_lag_ms earliest_due_ms arrival_per_s);
    is($waits->{$_}, undef, "$how: $_ is nothing")
        for qw(oldest_wait_ms earliest_due_ms);
    is($queue->{received}, 5, "$how: what this machine counted stays");

    take($nginx, 2, "$how, later");
    eventually("$how, later: those that came are shown", sub {
        queue_of($nginx)->{depth} == 2 && waits_of($nginx)->{open} == 2
    });
}


# Spooled, and the next configuration looks elsewhere: said, with what to do;
# and with the folder back they are delivered.

for my $how ('another folder', 'no spool', 'another zone', 'no receiver') {
    my $redis = SocialCare::Redis->start;
    my $nginx = care_nginx(redis => $redis->socket, workers => 2,
        top => 'socialcare_spool %%dir%%/spool;')->start;
    my ($http, $server) = @$nginx{qw(http server)};
    my $line = qr/segments with acknowledged mentions are left/;
    my $left = qr{\[error\] .*socialcare: [12] $line in ".*/spool", which};

    taken($nginx, 'before', $how);
    $redis->stop;

    my @ids = take($nginx, 3, $how);
    my @old = $nginx->workers;

    ok($nginx->reload, "$how: the folder is kept");
    eventually("$how: the old workers leave",
        sub { !grep { SocialCare::Nginx::alive($_) } @old });
    is(care_lines($nginx, $line), 0, "$how: nothing is said of it");

    # What the new workers spool is theirs; what they adopted needs Redis.
    my %other = ('another folder' => $http =~ s{/spool;}{/spool2;}r,
        'no spool' => $http =~ s{socialcare_spool.*}{}r,
        'another zone' => $http =~ s{/spool;}{/spool2;}r =~ s/zone 1m/zone 2m/r,
        'no receiver' => '');

    @old = $nginx->workers;
    ok($nginx->reload(http => $other{$how}, server => $how eq 'no receiver'
        ? '' : $server), "$how: a reload");
    ok($nginx->wait_log($left), "$how: said");
    eventually("$how: the old workers leave, too",
        sub { !grep { SocialCare::Nginx::alive($_) } @old });
    is(care_lines($nginx, $line), 1, "$how: said once");

    $redis->run;
    ok($nginx->reload(http => $http, server => $server),
        "$how: the folder is back");
    eventually("$how: all are delivered", sub {
        my $found = eval { care_ids($redis->client) } // {};

        !grep { ($found->{$_} // 0) != 1 } @ids;
    });
    eventually("$how: and the spool is empty",
        sub { !glob $nginx->dir . '/spool/*' });
    ok($nginx->quit, "$how: nginx leaves");
    is(care_lines($nginx, $line), 1, "$how: nothing more was said");
}


# nginx ends, or another binary takes over, with a spool that is not empty: said
# once, and not after a reload, since its workers look there.
{
    my $redis = SocialCare::Redis->start;
    my $nginx = care_nginx(redis => $redis->socket, workers => 2,
        top => 'socialcare_spool %%dir%%/spool;')->start;
    my $still = qr{\[warn\] .*socialcare: [1-4] segments with acknowledged }
        . qr{mentions are still in ".*/spool": they are delivered by};
    my $left = sub {
        my ($name, %changes) = @_;
        my @old = $nginx->workers;

        ok($nginx->reload(%changes), "$name: a reload");
        eventually("$name: the old workers leave",
            sub { !grep { SocialCare::Nginx::alive($_) } @old });
    };

    taken($nginx, 'ahead', 'the end');
    $redis->stop;

    my @ids = take($nginx, 3, 'the end');

    $left->('the same folder');
    $left->('the same folder, another zone',
        http => $nginx->{http} =~ s/zone 1m/zone 2m/r);
    is(care_lines($nginx, $still), 0, 'its workers look there: nothing is said');

    ok($nginx->quit, 'the end: nginx leaves');
    is(care_lines($nginx, $still), 1, 'the end: said, once') or
        diag($nginx->log);

    $redis->run;
    $nginx->start;
    eventually('another one: all are delivered', sub {
        my $found = eval { care_ids($redis->client) } // {};

        !grep { ($found->{$_} // 0) != 1 } @ids;
    });
    eventually('another one: the spool is empty',
        sub { !glob $nginx->dir . '/spool/*' });
    ok($nginx->quit, 'another one: the end');
    is(care_lines($nginx, $still), 1, 'another one: nothing more is said');
}


# A folder that cannot be looked at: no number of it is known, nor whether
# anything waits in it.
{
    my $redis = SocialCare::Redis->start;
    my $nginx = faulty_nginx(redis => $redis->socket, workers => 1,
        more => 'location = /metrics { socialcare_status prometheus; }');
    my @numbers = qw(unread_segments bytes segments quarantine_files
        damaged_files oldest_age_ms reading_age_ms);
    my @metrics = map { "socialcare_spool_$_" } qw(unread_segments bytes
        segments quarantine_files damaged_files);
    my $metrics = sub { get($nginx->port, '/metrics')->{body} };

    $redis->stop;
    faults($nginx, "open EIO */spool\n");
    $nginx->start;
    ok($nginx->wait_log(qr/open\(\) of the directory failed/),
        'not looked at: the log says why');
    eventually('not looked at: the state',
        sub { spool_of($nginx)->{state} eq 'unknown' });
    is(spool_of($nginx)->{$_}, undef, "not looked at: $_") for @numbers;
    is(spool_of($nginx)->{limit_bytes}, 8 << 30, 'not looked at: its size');

    my $text = $metrics->();

    unlike($text, qr/^$_ /m, "not looked at: no $_") for @metrics;
    unlike($text, qr/^socialcare_spool_state\{.*\} 1$/m,
        'not looked at: no state');
    like($text, qr/^socialcare_spool_limit_bytes /m,
        'not looked at: its size is a metric');

    faults($nginx, '');
    eventually('looked at: up', sub { spool_of($nginx)->{state} eq 'up' });
    is(spool_of($nginx)->{$_}, 0, "looked at: $_")
        for qw(unread_segments bytes segments quarantine_files damaged_files);
    $text = $metrics->();
    like($text, qr/^$_ 0$/m, "looked at: $_") for @metrics;
    like($text, qr/^socialcare_spool_state\{state="up"\} 1$/m,
        'looked at: the state');
}

finish();
