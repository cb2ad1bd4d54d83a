# The wall clock steps back by hours, as on a machine whose clock was wrong:
# Redis is still read and swept, and the spool still drained, because intervals
# are measured by the monotonic clock.

use strict;
use warnings;

use SocialCare::Care;
use SocialCare::Clock;
use SocialCare::FakeRedis;
use SocialCare::Http;
use SocialCare::Redis;
use SocialCare::Test;


my $HOURS = 3 * 3600;

# A receiver whose calendar `clock` moves.
sub receiver {
    my ($clock, %o) = @_;

    return care_nginx(main => $clock->main,
        environment => { $clock->environment }, %o)->start;
}

sub queue {
    my ($queue) = @{ care_status($_[0])->{queues} };

    return { map { $_ => $queue->{$_} // -1 } qw(depth breached) };
}


sub tries {
    my ($fake) = @_;

    return scalar grep { SocialCare::FakeRedis::script_of(@$_) eq 'enqueue' }
        @{ $fake->commands };
}


SKIP: {
    skip 'no redis-server', 7 if !SocialCare::Redis->available;

    my $clock = SocialCare::Clock->new;
    my $redis = SocialCare::Redis->start;
    my $nginx = receiver($clock, redis => $redis->socket,
        hook => 'socialcare_sla 2s;');

    is(care_post($nginx, 'one')->{status}, 200, 'a question');
    eventually('Redis is read and swept',
        sub { my $q = queue($nginx); $q->{depth} == 1 && $q->{breached} == 1 });

    $clock->advance(-$HOURS);

    is(care_post($nginx, 'two', time => $clock->now)->{status}, 200,
        'another question, hours before');
    eventually('is read as soon as ever', sub { queue($nginx)->{depth} == 2 });
    eventually('and its deadline booked when it passes',
        sub { queue($nginx)->{breached} == 2 });

    $clock->advance(2 * $HOURS);

    is(care_post($nginx, 'three', time => $clock->now)->{status}, 200,
        'a third one, hours later');
    eventually('is read, too', sub { queue($nginx)->{depth} == 3 });
}


# What the log says at most every ten seconds is not held back for hours.
{
    my $clock = SocialCare::Clock->new;
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $nginx = receiver($clock, redis => $fake->socket);
    my $forged = sub {
        is(post($nginx->port, '/hook', '{}', headers =>
            ['X-Hub-Signature-256' => 'sha256=' . '0' x 64])->{status}, 401,
            "$_[0]: refused");
        return care_lines($nginx, qr/a callback for "facebook" from \S+ was refused/);
    };

    is($forged->('a forgery'), 1, 'a forgery is logged');
    $clock->advance(-$HOURS);
    is($forged->('hours before'), 2, 'and one after the clock went back');
    is($forged->('at once'), 2, 'but not each');
}


# What waits for a second before it is tried again does not wait for hours.
{
    my $clock = SocialCare::Clock->new;
    my $fake = SocialCare::FakeRedis->new(unix => 1);
    my $nginx = receiver($clock, redis => $fake->socket,
        top => 'socialcare_spool %%dir%%/spool;');

    $fake->rule(script => 'enqueue', error => 'OOM command not allowed when'
        . " used memory > 'maxmemory'.");

    eventually('Redis is full: a record is spooled',
        sub { care_post($nginx, 'spooled')->{status} == 200 });
    eventually('and waits',
        sub { care_status($nginx)->{spool}{waiting_records} >= 1 });
    eventually('and is tried',
        sub { tries($fake) > 2 });

    $clock->advance(-$HOURS);

    # A file for each callback would use up the worker's descriptors.
    is(care_post($nginx, "back $_")->{status}, 200, "$_ after it went back")
        for 1 .. 6;
    cmp_ok(scalar(my @files = glob $nginx->dir . '/spool/*.seg'), '<=', 2,
        'they share a file');

    $fake->clear;

    eventually('there is room again: it is sent',
        sub { care_status($nginx)->{spool}{waiting_records} == 0 });
}

finish();
