package SocialCare::Care;

# Shared by the tests of failures: a receiver, callbacks with unique ids, how
# often each is in the queue, the status as data, and a platform that delivers
# and retries until it gets a 2xx.
#
#     my $nginx = care_nginx(redis => $redis->socket);
#     care_post($nginx, 'one')->{status}
#     care_ids($redis->client)            # { one => 1 }: how often each is there
#     care_status($nginx)->{redis}{state}
#
#     my $load = SocialCare::Care->load($nginx->port, seed => 1);
#     ... faults ...
#     $load->stop; $load->acknowledged    # [ ids ]
#
# care_nginx takes what SocialCare::Nginx->new takes, and: redis (a path or a
# URL), options (of socialcare_redis), zone, hook (lines of the receiver),
# more (lines of the server), top (lines of the http block).

use strict;
use warnings;

use Exporter 'import';
use JSON::PP ();
use POSIX ();
use Time::HiRes ();

use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Script;
use SocialCare::Sign;
use SocialCare::Test;

our @EXPORT = qw(care_nginx care_body care_callback care_post care_send
    care_ids care_status care_error care_waiting care_lines care_kb
    care_files care_stored eventually refused_in_time taken);

use constant QUEUE => '{care:default/0}:q:mentions';


sub care_nginx {
    my (%o) = @_;
    my $redis = delete $o{redis} // die "redis?\n";
    my $url = $redis =~ m{^/} ? "unix:$redis" : $redis;
    my ($options, $zone, $hook, $more, $top) = map { delete $o{$_} // '' }
        qw(options zone hook more top);

    $zone ||= '1m';

    return SocialCare::Nginx->new(
        http => <<"END",
    socialcare_zone $zone;
    socialcare_redis $url $options;
$top
END
        server => <<"END",
        location /hook {
            socialcare_webhook facebook;
            socialcare_secret value:@{[SECRET]};
            socialcare_verify_token value:token;
            $hook
        }
        location = /status { socialcare_status json; }
$more
END
        %o,
    );
}


# A comment on a post; each one is a separate conversation.

sub care_body {
    my ($id, %o) = @_;
    my $now = $o{time} // $^T;           # a retry is the same bytes
    my $text = $o{text} // 'Where is my train?';

    return qq({"object":"page","entry":[{"id":"104200990001234",)
        . qq("time":$now,"changes":[{"field":"feed","value":{)
        . qq("item":"comment","verb":"add","post_id":"1_2","parent_id":"1_2",)
        . qq("comment_id":"2_$id","from":{"id":"7","name":"Ada"},)
        . qq("message":"$text","created_time":$now}}]}]});
}

sub care_callback {
    my ($id, %o) = @_;
    my $body = care_body($id, %o);

    return ($body, 'Content-Type' => 'application/json',
        sign('facebook', body => $body));
}

sub port_of { return ref $_[0] ? $_[0]->port : $_[0] }

sub care_post {
    my ($where, $id, %o) = @_;
    my ($body, @headers) = care_callback($id, %o);

    return post(port_of($where), $o{uri} // '/hook', $body,
        headers => \@headers);
}


# The same without waiting: returns the connection to read the response from.

sub care_send {
    my ($where, $id, %o) = @_;
    my ($body, @headers) = care_callback($id, %o);
    my $connection = SocialCare::Http->connect(port_of($where));

    $connection->write(join '', format_request('POST', $o{uri} // '/hook',
        body => $body, headers => \@headers, keepalive => $o{keepalive}));
    return $connection;
}


# A fake Redis' reply to an enqueue of $count items: all of them stored.

sub care_stored {
    my ($count) = @_;
    my $digits = '0' x ($count // 1);

    return '$' . length($digits) . "\r\n$digits\r\n";
}


# How often each id is in the queue.

sub care_ids {
    my ($client, $key) = @_;
    my %count;

    for my $entry (@{ $client->call('XRANGE', $key // QUEUE, '-', '+') }) {
        $count{$1}++ if $entry->[1][1] =~ /"object":"2_([^"]*)"/;
    }

    return \%count;
}


sub care_status {
    my ($where) = @_;
    my $response = get(port_of($where), '/status');

    return $response->{status} == 200
        ? JSON::PP->new->utf8->decode($response->{body})
        : die "no status: $response->{status}\n";
}

sub care_error {
    my ($where, $class) = @_;
    return care_status($where)->{redis}{errors}{$class};
}

sub care_waiting {
    my ($where) = @_;
    my $sum = 0;

    $sum += $_->{waiting_requests}
        for @{ care_status($where)->{redis}{workers} };
    return $sum;
}


sub care_lines {
    my ($nginx, $pattern) = @_;

    return scalar grep { /$pattern/ } split /\n/, $nginx->log;
}


# Resident memory and open descriptors of a process.

sub care_kb {
    my ($pid) = @_;

    return read_file("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m ? $1 : 0;
}

sub care_files {
    my ($pid) = @_;

    opendir my $folder, "/proc/$pid/fd" or return 0;
    return scalar grep { /^\d+$/ } readdir $folder;
}


# The end of the log, for the diagnostics of a failure.

sub care_tail {
    my ($nginx) = @_;

    return ref $nginx && $nginx->log =~ /((?:.*\n){0,12})\z/ ? $1 : '';
}


# Passes as soon as the block returns true; fails if it does not in time.

sub eventually {
    my ($name, $question, $seconds) = @_;
    my $answer = wait_for(\&$question, $seconds // 10);

    ok($answer, $name);
    return $answer;
}


# A callback that cannot be stored anywhere: 503 within a second.  Returns how
# often it was sent.

my $nobody = 0;

sub refused_in_time {
    my ($nginx, $name, %o) = @_;
    my $limit = ($ENV{TEST_TIME_FACTOR} || 1) * (sanitized() ? 3 : 1);
    my ($answer, $took);
    my $sent = 0;

    # A busy machine may delay some responses, but not all of them.
    for (1 .. 10) {
        $sent++;
        my $start = Time::HiRes::time();

        $answer = care_post($nginx, 'nobody' . ++$nobody, %o);
        $took = Time::HiRes::time() - $start;
        last if $answer->{status} != 503 || $took < $limit;
    }

    my $good = $answer->{status} == 503
        && ($answer->{header}{'retry-after'} // '') eq '30'
        && $took < $limit;

    ok($good, "$name: 503, Retry-After, within a second")
        or diag("$answer->{status} after $took s\n" . care_tail($nginx));
    return $sent;
}


# Retries until it is accepted, as a platform does.

sub taken {
    my ($nginx, $id, $name, %o) = @_;

    eventually("$name: taken", sub {
        care_post($nginx, $id, %o)->{status} == 200
    }) or diag(care_tail($nginx));
    return;
}


# Delivering platforms, one process each.  A callback is retried unchanged until
# it gets a 2xx, and only then recorded.

sub load {
    my ($class, $port, %o) = @_;
    my $self = bless { folder => temporary_folder(), pids => [], owner => $$ },
        $class;

    for my $number (1 .. $o{senders} // 3) {
        my $pid = fork // die "fork: $!\n";

        if (!$pid) {
            eval { $self->deliver($port, $number, %o); 1 }
                or print STDERR "load: $@";
            POSIX::_exit(0);
        }

        push @{ $self->{pids} }, $pid;
    }

    return $self;
}


sub deliver {
    my ($self, $port, $number, %o) = @_;
    my $stop = 0;
    my $deadline = time + 120;
    my $prefix = ($o{name} // 'n') . "x$number";
    my $keep;

    $SIG{TERM} = sub { $stop = 1 };
    $SIG{PIPE} = 'IGNORE';
    open my $ledger, '>>', "$self->{folder}/ledger.$number" or die;
    open my $misses, '>>', "$self->{folder}/misses.$number" or die;

    for (my $i = 0; !$stop && time < $deadline; $i++) {
        my ($body, @headers) = care_callback("${prefix}x$i");
        my $bytes = join '', format_request('POST', '/hook', body => $body,
            headers => \@headers, keepalive => 1);

        my $taken;

        while (!$taken && time < $deadline) {
            my $answer = eval {
                # Keep-alive, as platforms do; reconnect after an error.
                $keep //= SocialCare::Http->connect($port, timeout => 5);
                $keep->write($bytes) ? $keep->read_response('POST') : undef;
            };

            undef $keep if !$answer
                || ($answer->{header}{connection} // '') eq 'close'
                || $i % 7 == 0;
            $taken = $answer && $answer->{status} =~ /^2/;
            last if $taken;
            syswrite $misses, ($answer ? $answer->{status} : 'none') . "\n";
            Time::HiRes::sleep(0.02);
        }

        syswrite $ledger, "${prefix}x$i\n" if $taken;
        Time::HiRes::sleep($o{pause} // 0.004);
    }

    return;
}


sub acknowledged {
    my ($self) = @_;

    return [map { split /\n/, read_file($_) }
        glob "$self->{folder}/ledger.*"];
}

# Responses other than 2xx: { 503 => how often, none => ... }.

sub misses {
    my ($self) = @_;
    my %count;

    $count{$_}++ for map { split /\n/, read_file($_) }
        glob "$self->{folder}/misses.*";
    return \%count;
}

sub stop {
    my ($self) = @_;
    my @pids = splice @{ $self->{pids} };

    kill 'TERM', @pids;
    waitpid $_, 0 for @pids;
    return $self;
}


# Waits until so many more callbacks have been acknowledged.

sub go_on {
    my ($self, $more, $seconds) = @_;
    my $want = @{ $self->acknowledged } + $more;

    return wait_for { @{ $self->acknowledged } >= $want } $seconds // 20;
}


# Every acknowledged id is in the queue, and none is in it twice.

sub judge {
    my ($self, $client, $name) = @_;
    my $ids = care_ids($client);
    my $sent = $self->acknowledged;
    my @lost = grep { !$ids->{$_} } @$sent;
    my @doubled = grep { $ids->{$_} > 1 } keys %$ids;

    cmp_ok(scalar @$sent, '>', 0, "$name: " . @$sent . ' were acknowledged');
    is(scalar @lost, 0, "$name: none was lost")
        or diag("@lost[0 .. ($#lost > 9 ? 9 : $#lost)]");
    is(scalar @doubled, 0, "$name: none is there twice")
        or diag("@doubled[0 .. ($#doubled > 9 ? 9 : $#doubled)]");
    return;
}


sub DESTROY {
    my ($self) = @_;

    return if $self->{owner} != $$;
    local ($?, $!, $@);
    $self->stop;
    return;
}

1;
