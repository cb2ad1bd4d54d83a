# A key set (JWKS) whose file changes while nginx runs: new keys are used
# without a reload; an unusable file leaves the old ones in use and is logged
# once.

use strict;
use warnings;

use File::Copy qw(copy);

use SocialCare::Callback;
use SocialCare::Fixtures;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $good = read_file('tests/fixtures/google-business/test-jwks.json');
my $other = $good =~ s/sc-test-key-1/sc-test-key-2/r;
my $url = 'https://care.example.com/google';

my $redis = SocialCare::Redis->start;
my $nginx = SocialCare::Nginx->new(
    workers => 2,
    vars   => { redis => $redis->socket },
    http   => 'socialcare_redis unix:%%redis%% %%patient%%;',
    server => <<"END",
        location = /google {
            socialcare_webhook google-business
                email=gbp-push\@northwind-care.iam.gserviceaccount.com;
            socialcare_secret  file:%%dir%%/jwks.json name=google;
            socialcare_public_url https://care.example.com;
        }
        location = /status { socialcare_status; }
        location = /metrics { socialcare_status prometheus; }
END
);

my $file = $nginx->dir . '/jwks.json';


# As a refreshing job does: written beside it, then renamed.
sub replace {
    my ($text) = @_;

    write_file("$file.new", $text);
    rename "$file.new", $file or die "$file: $!\n";
    return;
}


my ($case) = cases(folder => 'google-business', name => 'new_review');

sub delivered {
    return request($nginx->port, 'POST', '/google', body => $case->body,
        headers => ['Content-Type' => 'application/json',
            sign('google-business', url => $url)])->{status};
}

# Both workers are asked: many times in a row the same.
sub settled {
    my ($status) = @_;

    return wait_for { !grep { delivered() != $status } 1 .. 12 } 20;
}

sub said {
    my ($pattern) = @_;

    return scalar(() = $nginx->log =~ /$pattern/g);
}


# What the status says of it: read anew, of no use.
sub counted {
    my ($row) = grep { $_->{label} eq 'google' } @{ status($nginx)->{secrets} };
    my $text = get($nginx->port, '/metrics')->{body};

    for my $name (qw(rereads unreadable)) {
        my ($value) = $text =~
            /^socialcare_secret_${name}_total\{label="google"\} (\d+)$/m;
        is($value, $row->{$name}, "$name as metric");
    }

    return [$row->{rereads}, $row->{unreadable}];
}

replace($good);
$nginx->start;
is_deeply(counted(), [0, 0], 'nothing was reread yet');
is(delivered(), 204, 'a token of the key that the file holds');

# All that come may be served by one of the two workers, and each looks for
# itself: neither may miss the file of the other key.
my $changed = qr/jwks\.json" has changed: its new keys are in use/;

replace($other);
ok((wait_for { said($changed) == 2 } 20), 'each worker says so');
ok(settled(503), 'the key is gone: come again, once it is known');

replace($good);
ok((wait_for { said($changed) == 4 } 20), 'twice');
ok(settled(204), 'and known again, without a reload');
is_deeply(counted(), [4, 0], 'and the status counts it');

# Of no use: cut off, no JWKS, not there.  The keys stay.
my $number = 0;

for my $text (substr($good, 0, 40), '{"keys":[]}', undef) {
    my $before = said(qr/cannot be used/);

    defined $text ? replace($text) : unlink $file;
    $number++;

    ok((wait_for { said(qr/cannot be used/) >= $before + 2 } 20),
        "file $number: both workers complain");
    is(delivered(), 204, "file $number: the old keys count");
    next if $number > 1;

    # Longer than from one look to the next: a second look says nothing more.
    select undef, undef, undef, 4;
    is(said(qr/cannot be used/), $before + 2, 'and only once');
    is(delivered(), 204, 'still');
}

is_deeply(counted(), [4, 2 * $number], 'the status counts what was of no use');
unlike($nginx->log, qr/northwind-care|sc-test-key/, 'no content in the log');

replace($other);
ok(settled(503), 'a good file counts again');
replace($good);
ok(settled(204), 'and another one');

# A reload reads the file itself.
replace($other);
$nginx->reload;
ok(settled(503), 'a reload reads it, too');

finish();
