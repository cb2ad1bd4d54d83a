# What operators configure next to, before and around a receiver: limits, access
# rules, rewrites, error pages, mirrors, proxies.  Each request is counted as
# what it was, the access log agrees, and a response given in place of the
# receiver's is never mistaken for a client that disconnected.

use strict;
use warnings;

use IO::Compress::Gzip qw(gzip);
use IO::Socket::IP;

use SocialCare::Callback;
use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $redis = SocialCare::Redis->start;
my $six = IO::Socket::IP->new(LocalHost => '::1', Listen => 1);
my $six_port = $six && free_port();
undef $six;

my $nginx = SocialCare::Nginx->new(
    vars       => { redis => $redis->socket },
    log_format => 'log_format test "$request_method $request_uri $status'
        . ' $socialcare_result $socialcare_mentions";',
    http   => <<'END',
        socialcare_redis unix:%%redis%% %%patient%%;
        limit_req_zone $uri zone=one:1m rate=1r/m;
        limit_req_zone $uri zone=slow:1m rate=5r/s;
END
    server_block => <<'END' =~ s/%six%/$six_port ? "listen [::1]:$six_port;" : ''/er,
    server {
        listen 127.0.0.1:%%port%%;
        listen unix:%%dir%%/hook.sock;
        %six%
        socialcare_secret value:s3cr3t-socialcare;
        socialcare_limits body=4k;
        error_page 403 413 429 =200 /page;

        location = /hook { socialcare_webhook facebook; }
        location /below { socialcare_webhook facebook; }

        # In its place.
        location = /limited { socialcare_webhook facebook; limit_req zone=one;
            limit_req_status 429; }
        location = /denied { socialcare_webhook facebook; deny all; }
        location = /basic { socialcare_webhook facebook; auth_basic care;
            auth_basic_user_file %%dir%%/nobody; }
        location = /unauthorized { socialcare_webhook facebook;
            auth_request /no; }
        location = /asks_itself { socialcare_webhook facebook;
            auth_request /hook; }
        location = /returned { socialcare_webhook facebook; return 200 hello; }
        location = /no { error_page 404 /page; return 403; }
        location = /other { deny all; }
        location = /yes { return 204; }

        # Beside it.
        location = /delayed { socialcare_webhook facebook;
            limit_req zone=slow burst=20; }
        location = /authorized { socialcare_webhook facebook;
            auth_request /yes; }
        location = /any { socialcare_webhook facebook; satisfy any; deny all;
            auth_request /yes; }
        location = /set { set $tag 1; add_header X-Tag $tag;
            socialcare_webhook facebook; }
        location = /pages { socialcare_webhook facebook;
            error_page 401 403 404 405 /page; error_page 413 @page; }
        location = /if { socialcare_webhook facebook;
            if ($arg_denied) { return 403; } }
        location = /if_pages { socialcare_webhook facebook; error_page 403 @page;
            if ($arg_denied) { return 403; } }
        location = /page { return 404 page; }
        location @page { return 404 page; }

        # Before it.
        location = /rewritten { rewrite ^ /hook last; }
        location = /tried { try_files /nothing /hook; }
        location = /named { try_files /nothing @named; }
        location @named { socialcare_webhook facebook; }
        location = /proxied { proxy_pass http://127.0.0.1:%%port%%/hook; }
        location = /unbuffered { proxy_pass http://unix:%%dir%%/hook.sock:/hook;
            proxy_http_version 1.1; proxy_request_buffering off; }
        location = /mirrored { mirror /hook; return 204; }
        location = /copied { mirror /hook;
            proxy_pass http://127.0.0.1:%%port%%/yes; }

        location = /close { socialcare_close; deny all; }
        location = /status { socialcare_status json; }
    }
END
);

write_file($nginx->dir . '/nobody', "nobody:{PLAIN}nothing\n");
my $begun = time;
$nginx->start;

my $port = $nginx->port;


# Counters by name, without zeros.
sub counters {
    my $status = platform_status($nginx, 'facebook');
    my %counter = (requests => $status->{requests},
        mentions => $status->{mentions},
        map({ ($_ => $status->{results}{$_}) } keys %{ $status->{results} }));

    return \%counter;
}

my %had = %{ counters() };

# What was counted since, as "name name"; twice the name for two.
sub counted {
    my $now = counters();
    my @since = map { ($_) x ($now->{$_} - $had{$_}) } sort keys %$now;

    %had = %$now;
    return "@since";
}

sub last_line {
    my ($uri) = @_;
    my ($line) = reverse grep { m{ \Q$uri\E } } split /\n/, $nginx->access_log;

    return $line // '';
}

# uri, status, what is counted, how the access log's line ends
sub is_answered {
    my ($uri, $status, $counted, $logged, %options) = @_;
    my $body = delete $options{body} // page(comment(fresh_id()));
    my $method = delete $options{method} // 'POST';
    my $where = delete $options{where} // $port;
    my $name = delete $options{name} // "$method $uri";
    my $answer = request($where, $method, $uri, body => $body,
        headers => signed($body), %options);

    is($answer->{status}, $status, "$name: answered $status");
    is(counted(), $counted, "$name: counted");
    like(last_line($uri), qr/ $status $logged$/, "$name: logged");

    return $answer;
}

my @taken = ('mentions requests stored', 'stored 1');

for my $round (1, 2) {
    # Nothing of this module saw these.
    is_answered('/limited', 200, @taken) if $round == 1;
    is_answered('/limited', 429, 'bypassed requests', 'bypassed -');
    is_answered('/denied', 403, 'bypassed requests', 'bypassed -');
    is_answered('/basic', 401, 'bypassed requests', 'bypassed -');
    is_answered('/unauthorized', 403, 'bypassed requests', 'bypassed -');
    is_answered('/asks_itself', 403, 'bypassed requests', 'bypassed -');
    is_answered('/returned', 200, 'bypassed requests', 'bypassed -');
    is_answered('/hook', 405, '', '- -', method => 'TRACE', body => '',
        name => 'TRACE, which nginx gives to no location');
    is_answered('/close', 403, '', 'bypassed -');

    # nginx refuses what announces too much; chunks say it later.
    my $large = page(comment(fresh_id(), message => 'x' x 5000));

    is_answered('/hook', 413, 'requests too_large', 'too_large -',
        body => $large, name => 'too large');
    is_answered('/hook', 413, 'requests too_large', 'too_large 0',
        body => $large, chunked => 500, name => 'too large, chunked');

    # An error page is another location's answer, not the receiver's, and only
    # if its own location names it.
    for my $case (['/pages', 413, body => $large], ['/if_pages?denied=1', 403]) {
        my ($uri, $status, @body) = @$case;
        my $answer = is_answered($uri, $status, '', '- -', @body);

        is($answer->{body}, 'page', "$uri: an error page");
    }
    is_answered('/if?denied=1', 403, 'bypassed requests', 'bypassed -');
    is_answered($_, 200, @taken) for qw(/if /if_pages);
    is_answered('/other', 200, '', '- -');

    # These change nothing for a callback.
    is_answered($_, 200, @taken) for qw(/authorized /any /set /pages /below
        /below/ /below/a//b?x=%2F /tried /named /rewritten);
    is_answered('/delayed', 200, @taken) for 1 .. 3;
    is_answered('/proxied', 200, $taken[0], '- -');
    is_answered('/unbuffered', 200, $taken[0], '- -');
    is_answered('/unbuffered', 200, $taken[0], '- -', chunked => 9,
        name => 'unbuffered chunks');
    is_answered('/hook', 200, @taken, where => $nginx->dir . '/hook.sock',
        name => 'a unix socket');
    is_answered('/hook/', 404, '', '- -');
    is_answered('/pages', 405, 'method requests', 'method 0', method => 'PUT');
    is_answered('/pages', 403, 'handshake_refused requests',
        'handshake_refused 0', method => 'GET', body => '');

    # A copy of a callback is none.
    is_answered('/mirrored', 204, '', '- -');
    is_answered('/copied', 204, '', '- -');

    # Compressed, which no platform does: authentic, and kept as it came.
    gzip(\page(comment(fresh_id())), \my $packed);
    is_answered('/hook', 200, 'dead requests', 'dead 0', body => $packed,
        headers => [@{ signed($packed) }, 'Content-Encoding' => 'gzip'],
        name => 'gzip');

    # A client that leaves while a limit holds it back was heard by nobody.
    {
        my $body = page(comment(fresh_id()));
        my @clients = map {
            my $connection = SocialCare::Http->connect($port);
            $connection->write(join '', format_request('POST', '/delayed',
                headers => signed($body), body => $body));
            $connection;
        } 1 .. 4;

        $_->close for @clients[1 .. 3];
        wait_for { counters()->{requests} >= $had{requests} + 4 };

        my %now = %{ counters() };
        is($now{requests} - $had{requests}, 4, 'held back: four requests');
        is($now{bypassed} - $had{bypassed}, 0, 'none of them was bypassed');
        is($now{stored} - $had{stored} + $now{duplicate} - $had{duplicate}
            + $now{aborted} - $had{aborted}, 4, 'but stored or aborted');
        %had = %now;
    }
}

SKIP: {
    skip 'no IPv6 here', 2 if !$six_port;

    my $body = page(comment(fresh_id()));
    my $socket = IO::Socket::IP->new(PeerHost => '::1', PeerPort => $six_port)
        or die "::1: $@\n";

    print $socket join '', format_request('POST', '/hook',
        headers => signed($body), body => $body);
    like(scalar <$socket>, qr/^HTTP\/1.1 200 /, 'by IPv6');
    1 while <$socket>;
    ok(wait_for { counters()->{stored} == $had{stored} + 1 }, 'and counted');
}

# What costs callbacks is told of, once in ten seconds, with the place and what
# to do.
for my $line (
    qr/\[error\] .*"facebook" was answered 200 by another directive in the location of "socialcare_webhook" in \S+:\d+ .*nothing of it was stored: remove/,
    qr/\[error\] .*"socialcare_webhook" in \S+:\d+ takes no subrequest \("mirror".*send callbacks to its location/,
) {
    my @lines = $nginx->log =~ /^.*$line.*$/mg;
    cmp_ok(scalar @lines, '>=', 1, "told of: $line");
    cmp_ok(scalar @lines, '<=', 1 + int((time - $begun + 1) / 10),
        "one line: $line");
}

finish();
