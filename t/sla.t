# From callbacks to the status: a question that is answered, one that is ignored
# and one that is closed, timed in Redis and shown as windows.

use strict;
use warnings;

use Time::HiRes ();

use SocialCare::Care;
use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(vars => { redis => $redis->socket },
    http   => 'socialcare_redis unix:%%redis%% %%patient%%;',
    server => <<'END',
        location = /hook {
            socialcare_webhook facebook;
            socialcare_secret value:s3cr3t-socialcare;
            socialcare_account 1;
            socialcare_sla 15m;
        }
        location = /status { socialcare_status; }
END
)->start;
my $port = $nginx->port;
my $now = time;

sub row { return (status($nginx)->{sla} // [])->[0] // {} }

# Two questions: one 40 minutes old and never answered, one just now.
is(send_page($port, '/hook', page(
    comment(fresh_id(), from => 'ignored', post => '1_1', time => $now - 2400),
    comment(fresh_id(), from => 'new', post => '1_2', time => $now)))->{status},
    200, 'two questions');

ok(wait_for(sub {
    my $window = (row()->{windows} // {})->{'24h'};

    return $window && $window->{opened_first} == 2 && $window->{missed} == 1;
}, 100), 'both are waits, and one is missed');

my $row = row();
is($row->{channel}, 'social', 'of their channel');
is($row->{open}, 2, 'both are open');
is($row->{breached}, 1, 'one beyond its deadline');
cmp_ok($row->{oldest_wait_ms}, '>=', 2_400_000, 'the oldest wait');

my $day = $row->{windows}{'24h'};
is($day->{in}, 2, 'items');
is($day->{met}, 0, 'no target met');
is($day->{attainment}, 0, 'attainment is 0, and known');
is($day->{first_response}{count}, 0, 'no answer');
is($day->{first_response}{p50_s}, undef, 'so no median');

my ($fairness) = @{ status($nginx)->{fairness} };
ok($fairness, 'groups');
is($fairness->{groups}{channel}[0]{open}, 2, 'with both waits');
is($fairness->{groups}{channel}[0]{median_wait_s}, undef,
    'whose median is beyond what is known');

finish();
