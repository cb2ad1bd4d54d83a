package SocialCare::Browser;

# A headless Chromium, controlled over a pipe: what a person would see, which
# requests the page made, and what the browser complained about.
#
#     my $browser = SocialCare::Browser->start or skip ...;
#     $browser->size(360, 740)->media('prefers-color-scheme' => 'dark');
#     $browser->open("http://127.0.0.1:$port/status");
#     $browser->evaluate('document.title')        # any JSON value
#     $browser->wait_until('document.title === "done"')
#     $browser->requests                          # URLs, in order
#     $browser->complaints                        # console, exceptions, policy
#     $browser->screenshot('/tmp/x.png')
#
# It resolves no names and keeps all its files in a temporary folder.

use strict;
use warnings;

use IO::Handle ();
use IO::Select ();
use JSON::PP ();
use MIME::Base64 ();
use POSIX ();
use Time::HiRes ();

use SocialCare::Test;

my $json = JSON::PP->new->utf8->allow_nonref;


sub program {
    return has_program('chromium') || has_program('chromium-browser')
        || has_program('google-chrome');
}


sub start {
    my ($class) = @_;
    my $program = program() // return;
    my $self = bless { folder => temporary_folder(), owner => $$, number => 0,
        requests => [], complaints => [], buffer => '' }, $class;
    my @arguments = qw(--headless --no-sandbox --disable-gpu --disable-quic
        --disable-dev-shm-usage --no-first-run --no-default-browser-check
        --disable-background-networking --disable-component-update
        --disable-sync --disable-extensions --remote-debugging-pipe
        --no-proxy-server --force-color-profile=srgb --hide-scrollbars);

    push @arguments, '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';

    pipe my $to_read, my $to_write or die "pipe: $!\n";
    pipe my $from_read, my $from_write or die "pipe: $!\n";

    $self->{pid} = fork // die "fork: $!\n";

    if (!$self->{pid}) {
        # Move them out of the way first: the pipes may already be 3 and 4.
        POSIX::dup2(fileno $to_read, 50);
        POSIX::dup2(fileno $from_write, 51);
        POSIX::dup2(50, 3);
        POSIX::dup2(51, 4);
        POSIX::close($_) for 50, 51;
        CORE::open STDIN, '<', '/dev/null';
        CORE::open STDOUT, '>', "$self->{folder}/log";
        CORE::open STDERR, '>&', \*STDOUT;
        $ENV{HOME} = "$self->{folder}";
        setpgrp;
        exec $program, @arguments, "--user-data-dir=$self->{folder}/data",
            'about:blank' or POSIX::_exit(127);
    }

    close $to_read;
    close $from_write;
    $to_write->autoflush(1);
    @$self{qw(in out)} = ($to_write, $from_read);

    my $target = $self->call('Target.createTarget', { url => 'about:blank' });
    my $session = $self->call('Target.attachToTarget',
        { targetId => $target->{targetId}, flatten => JSON::PP::true });

    $self->{session} = $session->{sessionId};
    $self->call("$_.enable") for qw(Page Runtime Network Log);
    return $self;
}


sub call {
    my ($self, $method, $parameters) = @_;
    my $number = ++$self->{number};
    my $message = { id => $number, method => $method,
        params => $parameters // {} };

    $message->{sessionId} = $self->{session} if $self->{session};
    syswrite $self->{in}, $json->encode($message) . "\0";

    while (1) {
        my $answer = $self->message(60)
            // die "browser: no answer to $method\n"
            . substr(read_file("$self->{folder}/log"), -2000);

        if (($answer->{id} // 0) == $number) {
            die "browser: $method: $answer->{error}{message}\n"
                if $answer->{error};
            return $answer->{result};
        }

        $self->event($answer);
    }
}


# The next message, or nothing if none comes within so many seconds.

sub message {
    my ($self, $seconds) = @_;
    my $deadline = Time::HiRes::time()
        + $seconds * ($ENV{TEST_TIME_FACTOR} || 1);

    my $end;

    while (($end = index $self->{buffer}, "\0") < 0) {
        my $left = $deadline - Time::HiRes::time();

        return if $left <= 0
            || !IO::Select->new($self->{out})->can_read($left);
        sysread($self->{out}, $self->{buffer}, 65536, length $self->{buffer})
            or return;
    }

    my $text = substr $self->{buffer}, 0, $end + 1, '';

    chop $text;
    return $json->decode($text);
}


sub event {
    my ($self, $event) = @_;
    my ($method, $p) = ($event->{method} // '', $event->{params});

    if ($method eq 'Network.requestWillBeSent') {
        push @{ $self->{requests} }, $p->{request}{url};

    } elsif ($method eq 'Log.entryAdded') {
        push @{ $self->{complaints} }, "$p->{entry}{source}: $p->{entry}{text}"
            if $p->{entry}{level} =~ /error|warning/;

    } elsif ($method eq 'Runtime.exceptionThrown') {
        push @{ $self->{complaints} }, 'exception: '
            . ($p->{exceptionDetails}{exception}{description}
                // $p->{exceptionDetails}{text});

    } elsif ($method eq 'Runtime.consoleAPICalled') {
        push @{ $self->{complaints} }, "console: $p->{type}";
    }

    return;
}


sub evaluate {
    my ($self, $expression) = @_;
    my $result = $self->call('Runtime.evaluate', { expression => $expression,
        returnByValue => JSON::PP::true, awaitPromise => JSON::PP::true });

    die 'browser: ' . $json->encode($result->{exceptionDetails}) . "\n"
        if $result->{exceptionDetails};
    return $result->{result}{value};
}


sub wait_until {
    my ($self, $expression, $seconds) = @_;

    return wait_for { $self->evaluate("!!($expression)") } $seconds // 30;
}


sub open {
    my ($self, $url) = @_;

    $self->call('Page.navigate', { url => $url });
    $self->wait_until(qq(location.href === "$url"
        && document.readyState === "complete"));
    return $self;
}


sub size {
    my ($self, $width, $height) = @_;

    $self->call('Emulation.setDeviceMetricsOverride', { width => $width,
        height => $height, deviceScaleFactor => 1, mobile => JSON::PP::false });
    return $self;
}


sub media {
    my ($self, $name, $value) = @_;

    $self->call('Emulation.setEmulatedMedia',
        { features => [{ name => $name, value => $value }] });
    return $self;
}


sub screenshot {
    my ($self, $path) = @_;
    my $shot = $self->call('Page.captureScreenshot', { format => 'png' });

    return write_file($path, MIME::Base64::decode_base64($shot->{data}));
}


sub requests   { return @{ $_[0]{requests} } }
sub complaints { return @{ $_[0]{complaints} } }
sub forget     { $_[0]{complaints} = []; return }


sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;

    delete $self->{session};
    eval { syswrite $self->{in}, $json->encode({ id => ++$self->{number},
        method => 'Browser.close' }) . "\0"; 1 };
    wait_for { waitpid($pid, POSIX::WNOHANG()) == $pid } 10
        and return;

    kill 'KILL', -$pid;                  # its own group, made in start()
    waitpid $pid, 0;
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
