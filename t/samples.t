# The sample configurations load as shipped, except for addresses and folders of
# this machine, and what they promise about queues is true.

use strict;
use warnings;

use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


# A sample with its secrets and certificate made up in $folder.

sub localise {
    my ($nginx, $text) = @_;
    my $folder = $nginx->dir;

    $text =~ s{^(?:load_module|user|error_log|pid)\s[^;]*;\n}{}mg;
    $text =~ s{listen\s+(?:[\d.]+:)?(\d+)}{'listen 127.0.0.1:'
        . $nginx->port_of($1 == 8080 || $1 == 443 ? 'port' : "port_$1")}ge;
    $text =~ s{/etc/nginx/socialcare/}{$folder/secrets/}g;
    $text =~ s{\bfile:secrets/}{file:$folder/secrets/}g;
    $text =~ s{/var/log/nginx/}{$folder/}g;
    $text =~ s{\blogs/}{$folder/}g;
    $text =~ s{/var/lib/socialcare\b}{$folder/spool}g;
    $text =~ s{redis://127\.0\.0\.1:6379|unix:/run/redis/\S+?(?=[\s;])}
        {unix:%%redis%%};

    mkdir "$folder/secrets";
    write_file($_, SECRET) for $text =~ m{file:($folder/secrets/[^\s;]+)}g;

    if ($text =~ m{ssl_certificate\s+(\S+?);}) {
        my $certificate = $1;
        my ($key) = $text =~ m{ssl_certificate_key\s+(\S+?);};

        system("openssl req -x509 -newkey ec -pkeyopt"
            . " ec_paramgen_curve:P-256 -nodes -days 2"
            . " -subj /CN=care.example.com -out $certificate -keyout $key"
            . ' 2>/dev/null') == 0 or die "openssl failed\n";
    }

    # Temporary files, which the package puts into /var/lib/nginx.
    my $temporary = join '', map { "    ${_}_temp_path $folder/temp/$_;\n" }
        qw(client_body proxy fastcgi uwsgi scgi);
    $text =~ s/^http \{\n/$&$temporary/m;

    return $text;
}


for my $path (sort glob 'conf/*.conf') {
    my $nginx = SocialCare::Nginx->new(vars => { redis => '/nowhere.sock' });
    my $text = localise($nginx, read_file($path));
    my ($good, $said) = $nginx->test_config(config => $text);

    ok($good, "$path is accepted") or diag($said);

    # Debian 12's nginx knows no `http2 on` yet.
    $said =~ s/.*"listen \.\.\. http2" directive is deprecated.*\n//g;
    unlike($said, qr/\[warn\]/, "$path: without a warning");
    unlike($text, qr/\bvalue:/, "$path shows no secret in the configuration");
    $nginx->{checked} = 1;
}


# The production sample at work: queues by text, targets by channel.

SKIP: {
    skip 'no redis-server', 7 if !SocialCare::Redis->available;
    skip 'curl is needed for TLS', 7 if !has_program('curl');

    my $redis = SocialCare::Redis->start;
    my $nginx = SocialCare::Nginx->new(vars => { redis => $redis->socket });

    $nginx->{config} = localise($nginx,
        read_file('conf/socialcare-production.conf'));
    $nginx->{workers} = 'auto';
    $nginx->start;

    my $number = 0;
    my $send = sub {
        my ($message) = @_;
        my $now = time;

        $number++;
        my $body = qq({"object":"page","entry":[{"id":"104200990001234",)
            . qq("time":$now,"changes":[{"field":"feed","value":{)
            . qq("item":"comment","verb":"add","post_id":"1_2",)
            . qq("parent_id":"1_2","comment_id":"2_$number","from":{"id":"7",)
            . qq("name":"Ada"},"message":"$message","created_time":$now}}]}]});
        my %headers = (sign('facebook', body => $body),
            'Content-Type' => 'application/json');
        my $header = join ' ', map { "-H '$_: $headers{$_}'" } keys %headers;

        write_file($nginx->dir . '/body', $body);
        return `curl -s -k -o /dev/null -w '%{http_code}' $header \\
            --data-binary \@@{[$nginx->dir]}/body \\
            https://127.0.0.1:@{[$nginx->port]}/hooks/facebook`;
    };

    is($send->('My line is down, there is NO SIGNAL'), 200, 'over TLS');
    is($send->('You charged twice'), 200, 'a second one');
    is($send->('Good morning'), 200, 'a third one');

    my %length = map { $_ => $redis->client->ask('XLEN',
        "{care:northwind/0}:q:$_") } qw(outage billing mentions);

    is_deeply(\%length, { outage => 1, billing => 1, mentions => 1 },
        'each in its queue') or diag($nginx->log);
    is(get($nginx->port_of('port_8090'), '/metrics')->{status}, 200,
        'metrics are served');

    $redis->stop('KILL');
    is($send->('Is anybody there?'), 200, 'without Redis: taken');
    is(scalar(() = glob $nginx->dir . '/spool/*.seg'), 1,
        'without Redis: kept in the spool');
}

finish();
