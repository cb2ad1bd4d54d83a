# Secrets: where they come from, how one replaces another, and that none of them
# can be read anywhere.

use strict;
use warnings;

use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my @material = ('new-secret-0001', 'old-secret-0002', 'env-secret-0003',
    'gone-secret-0004', 'next-secret-0005', 'verify-token-0006');

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    level  => 'debug',
    vars   => { redis => $redis->socket },
    environment => { CARE_ENV => "$material[2]\n" },
    http   => 'socialcare_redis unix:%%redis%% %%patient%%;',
    server => <<'END',
        location = /rotated {
            socialcare_webhook facebook;
            socialcare_secret file:%%dir%%/new name=new;
            socialcare_secret file:%%dir%%/old name=old until=2099-12-31;
        }
        location = /env {
            socialcare_webhook facebook;
            socialcare_secret env:CARE_ENV name=env;
        }
        location = /gone {
            socialcare_webhook facebook;
            socialcare_secret value:gone-secret-0004 name=gone
                until=2020-01-01T00:00:00Z;
            socialcare_verify_token file:%%dir%%/token;
        }
        location = /half-gone {
            socialcare_webhook facebook;
            socialcare_secret value:gone-secret-0004 name=gone until=2020-01-01;
            socialcare_secret file:%%dir%%/new name=new;
        }
        location = /soon {
            socialcare_webhook facebook;
            socialcare_secret file:%%dir%%/old name=soon until=%%soon%%;
        }
        location = /status { socialcare_status; }
END
);

my $dir = $nginx->dir;
write_file("$dir/new", "$material[0]\r\n");
write_file("$dir/old", $material[1]);
write_file("$dir/token", "$material[5]\n");

my $soon = time + 4;
$nginx->{vars}{soon} = POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $soon);
$nginx->start;

sub hits {
    my ($label) = @_;

    return (grep { $_->{label} eq $label } @{ status($nginx)->{secrets} })[0]
        {hits};
}

sub send_with {
    my ($uri, $secret) = @_;
    my $body = page(comment(fresh_id()));

    return post($nginx->port, $uri, $body, headers => [
        sign('facebook', body => $body, secret => $secret)])->{status};
}

# It is still good, if the machine was not very slow to start.
my $first = send_with('/soon', $material[1]);
is($first, time < $soon ? 200 : $first, 'before its end a secret is good');

for my $round (1, 2) {
    my %before = map { $_ => hits($_) } qw(new old env gone);

    is(send_with('/rotated', $material[0]), 200, "the new one, round $round");
    is(send_with('/rotated', $material[1]), 200, 'the old one');
    is(send_with('/rotated', $material[1]), 200, 'and again');
    is(send_with('/rotated', "$material[0]\r\n"), 401,
        'the line break of the file is no part of it');
    is(send_with('/rotated', $material[2]), 401, 'no other');
    is(send_with('/env', $material[2]), 200, 'from the environment');
    is(send_with('/env', "$material[2]\n"), 401, 'without a line break');
    is(send_with('/gone', $material[3]), 401, 'one whose time is over');
    is(send_with('/half-gone', $material[3]), 401, 'also beside a good one');
    is(send_with('/half-gone', $material[0]), 200, 'which still counts');

    is(hits('new') - $before{new}, 2, 'hits of the new one');
    is(hits('old') - $before{old}, 2, 'hits of the old one');
    is(hits('env') - $before{env}, 1, 'hits of the environment\'s');
    is(hits('gone') - $before{gone}, 0, 'none of what is over');
}

cmp_ok(platform_status($nginx, 'facebook')->{refused}{no_secret}, '>=', 2,
    'a receiver without a live secret says so');

ok(wait_for { time > $soon + 1 }, 'time passes');
is(send_with('/soon', $material[1]), 401, 'after its last second it is refused');


# A reload reads the files again; counters stay.
{
    my $had = hits('new');

    write_file("$dir/new", $material[4]);
    is(send_with('/rotated', $material[0]), 200, 'a new file alone does nothing');
    ok($nginx->reload, 'reload');
    ok(wait_for { send_with('/rotated', $material[4]) == 200 },
        'its content counts now');
    ok(wait_for { send_with('/rotated', $material[0]) == 401 },
        'the former does not');
    cmp_ok(hits('new'), '>=', $had + 2, 'the label keeps its count');

    # A reload that fails leaves everything as it was.
    write_file("$dir/new", '');
    $nginx->allow(qr/is empty, too large or no plain file/);
    $nginx->signal('HUP');
    ok($nginx->wait_log(qr/is empty, too large/), 'an empty file is refused');
    is(send_with('/rotated', $material[4]), 200, 'and the old one serves');
}


# Nothing shows them: logs of all levels, status in all formats, answers.
my $shown = $nginx->log . $nginx->access_log;
$shown .= get($nginx->port, "/status?format=$_")->{body}
    for qw(json prometheus html);
$shown .= join '', map { get($nginx->port, "/$_")->{body} } qw(gone rotated);

unlike($shown, qr/\Q$_\E/, 'nothing shows ' . ($_ =~ s/-.*//r))
    for @material;

# In the workers' memory secrets lie once, in their keys: not in what the
# configuration was read from.
my ($worker) = $nginx->workers;
SKIP: {
    skip 'reading a worker\'s memory is not permitted', 1
        if !open my $memory, '<:raw', "/proc/$worker/mem";
    skip 'sanitizers keep freed memory', 1 if sanitized();

    no warnings 'portable';
    my $found = 0;
    for my $line (split /\n/, read_file("/proc/$worker/maps")) {
        my ($from, $to, $name) = $line =~ /^(\w+)-(\w+) rw\S+ \S+ \S+ \S+\s*(.*)/
            or next;
        next if $name =~ /^\[v/;
        sysseek $memory, hex $from, 0;
        sysread $memory, my $bytes, hex($to) - hex($from) or next;
        # The configuration file's text has value: ones; look for files'.
        $found += () = $bytes =~ /\Q$material[1]\E/g;
    }
    cmp_ok($found, '<=', 2, "a file's secret lies in its keys only ($found)");
}

finish();
