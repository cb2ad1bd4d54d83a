# The module as a shared object: it exports nginx's three symbols only, imports
# none of its own, contains its libraries, loads, and coexists with a module
# that contains another hiredis, in either order.

use strict;
use warnings;

use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


my $module = module_path();


# Symbols.

my @symbols = map { [split] } `nm -D '$module'`;
my @exported = sort map { $_->[2] } grep { @$_ == 3 } @symbols;

is_deeply(\@exported, [qw(ngx_module_names ngx_module_order ngx_modules)],
    'three exported symbols');

my @own = grep { /^(?:sc_|ngx_socialcare|json_|redis|XML_)/ }
    map { $_->[-1] } grep { @$_ == 2 } @symbols;

is_deeply(\@own, [], 'nothing of its own is left to others');

# A secret never goes through a file, a shell or another process; text never
# through unbounded copies.
my %imported = map { (split /@/, $_->[-1])[0] => 1 }
    grep { @$_ == 2 && $_->[0] eq 'U' } @symbols;

for my $name (qw(system popen setlocale umask srand gets strcpy strcat
    sprintf vsprintf))
{
    ok(!$imported{$name}, "does not call $name");
}

my @needed = `readelf -d '$module'` =~ /\(NEEDED\).*\[(.*?)\]/g;
is_deeply([grep { /jansson|hiredis|expat/ } @needed], [],
    'jansson, hiredis and expat are inside');

# Nothing may run when the file is merely mapped, and no stack be executable.
my $dynamic = `readelf -dlW '$module'`;
unlike($dynamic, qr/TEXTREL/, 'no text relocations');
unlike($dynamic, qr/GNU_STACK.*RWE/, 'no executable stack');
like($dynamic, qr/GNU_RELRO/, 'read-only after relocation') if !sanitized();


# Loading.

my $nginx = SocialCare::Nginx->new;
my ($good, $said) = $nginx->test_config;

ok($good, 'loads without a directive') or diag($said);

($good, $said) = $nginx->test_config(
    http   => 'socialcare_zone 1m; socialcare_redis unix:%%dir%%/r.sock;',
    server => 'location /status { socialcare_status; }');
ok($good, 'knows its directives') or diag($said);

($good, $said) = $nginx->test_config(modules => [$module, $module]);
ok(!$good, 'is not loaded twice');


# Beside nchan, which exports a hiredis of its own.

my $nchan = '/usr/lib/nginx/modules/ngx_nchan_module.so';

SKIP: {
    skip 'libnginx-mod-nchan is not installed', 6 if !-f $nchan;
    skip 'no redis-server', 6 if !SocialCare::Redis->available;

    for my $order ([$nchan, $module], [$module, $nchan]) {
        my $name = $order->[0] eq $nchan ? 'after nchan' : 'before nchan';
        my $redis = SocialCare::Redis->start;
        my $both = SocialCare::Nginx->new(
            modules => $order,
            vars    => { redis => $redis->socket },
            http    => 'socialcare_zone 1m; socialcare_redis unix:%%redis%% %%patient%%;',
            server  => <<'END',
                location /status { socialcare_status json; }
                location = /nchan { nchan_pubsub; }
                location /hook {
                    socialcare_webhook facebook;
                    socialcare_secret value:s3cr3t-socialcare;
                }
END
        );

        $both->start;
        is(get($both->port, '/status')->{status}, 200, "$name: both start");

        require SocialCare::Fixtures;
        my ($case) = SocialCare::Fixtures::cases(folder => 'facebook',
            name => 'feed-comment-add');
        my $answer = post($both->port, '/hook', $case->body,
            headers => [$case->headers]);

        is($answer->{status}, 200, "$name: a mention is taken")
            or diag($both->log);
        my $queue = '{care:default/0}:q:mentions';
        is($redis->client->ask('XLEN', $queue), 1, "$name: and stored");
    }
}

finish();
