package SocialCare::Http;

# An HTTP/1.1 client that can be as awkward as a real network: one byte at a
# time, chunked, pipelined, waiting for 100, disconnecting in the middle.
#
#     my $response = request($port, POST => '/hook', body => $body,
#         headers => [ 'X-Hub-Signature-256' => '...' ], chunked => 7);
#     $response->{status}, ->{body}, ->{header}{'content-type'}
#
# or step by step: SocialCare::Http->connect($port), ->write, ->read_response,
# ->close, ->abort.  What a status means is for the test to judge.

use strict;
use warnings;

use Exporter 'import';
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Socket qw(SOL_SOCKET SO_LINGER IPPROTO_TCP TCP_NODELAY);
use Time::HiRes ();

use SocialCare::Test qw(has_program temporary_folder write_file read_file);

our @EXPORT = qw(request get post format_request http2_request http2_client);


# $where: a port of this machine, or the path of a unix socket.

sub connect {
    my ($class, $where, %options) = @_;

    my $socket = $where =~ m{^/}
        ? IO::Socket::UNIX->new(Peer => $where)
        : IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $where,
            Timeout => 5);

    die "connect $where: $!\n" if !$socket;

    # So that small writes arrive as small reads.
    setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1 if $where !~ m{^/};
    $socket->blocking(0);

    return bless { socket => $socket, buffer => '', eof => 0,
        timeout => $options{timeout} // 10 }, $class;
}


sub socket { return $_[0]{socket} }


sub write {
    my ($self, $bytes) = @_;
    my $deadline = Time::HiRes::time() + $self->{timeout};
    my $offset = 0;

    local $SIG{PIPE} = 'IGNORE';

    while ($offset < length $bytes) {
        my $count = syswrite $self->{socket}, $bytes, length($bytes) - $offset,
            $offset;

        if (defined $count) {
            $offset += $count;
            next;
        }

        return 0 if !$!{EAGAIN} && !$!{EINTR};
        return 0 if Time::HiRes::time() > $deadline;
        IO::Select->new($self->{socket})->can_write(0.1);
    }

    return 1;
}


# In pieces, with pauses between them, so that they are read one by one.

sub write_slowly {
    my ($self, $bytes, $size, $pause) = @_;

    for (my $i = 0; $i < length $bytes; $i += $size // 1) {
        $self->write(substr $bytes, $i, $size // 1) or return 0;
        Time::HiRes::sleep($pause // 0.001);
    }

    return 1;
}


# Reads more bytes into the buffer.  False: end, error, or deadline passed.

sub fill {
    my ($self, $deadline) = @_;

    while (!$self->{eof}) {
        my $count = sysread $self->{socket}, $self->{buffer}, 65536,
            length $self->{buffer};

        return 1 if $count;

        if (defined $count || (!$!{EAGAIN} && !$!{EINTR})) {
            $self->{error} = $! if !defined $count;
            $self->{eof} = 1;
            return;
        }

        my $left = $deadline - Time::HiRes::time();

        if ($left <= 0) {
            $self->{timed_out} = 1;
            return;
        }

        IO::Select->new($self->{socket})->can_read($left < 1 ? $left : 1);
    }

    return;
}


sub take_until {
    my ($self, $pattern, $deadline) = @_;

    while (1) {
        if ($self->{buffer} =~ $pattern) {
            my $end = $+[0];
            return substr $self->{buffer}, 0, $end, '';
        }
        $self->fill($deadline) or return;
    }
}


sub take_bytes {
    my ($self, $count, $deadline) = @_;

    while (length $self->{buffer} < $count) {
        $self->fill($deadline) or return;
    }

    return substr $self->{buffer}, 0, $count, '';
}


# One response, or nothing if the connection ends, or the deadline passes,
# before it is complete.  An interim response (100) counts, too.

sub read_response {
    my ($self, $method) = @_;
    my $deadline = Time::HiRes::time() + $self->{timeout};

    my $head = $self->take_until(qr/\r\n\r\n/, $deadline) // return;
    my ($line, @lines) = split /\r\n/, $head;
    my %response = (header => {}, headers => [], head => $head, body => '');

    @response{qw(version status reason)} =
        $line =~ m{^HTTP/(\d\.\d) (\d{3}) ?(.*)$} or return;

    for (@lines) {
        my ($name, $value) = /^([^:]+):\s*(.*?)\s*$/ or next;
        push @{ $response{headers} }, [$name, $value];
        $response{header}{ lc $name } //= $value;
    }

    return \%response if ($method // '') eq 'HEAD'
        || $response{status} =~ /^1|^204$|^304$/;

    my $body = $self->read_body($response{header}, $deadline) // return;

    $response{body} = $body;
    return \%response;
}


sub read_body {
    my ($self, $header, $deadline) = @_;

    if (($header->{'transfer-encoding'} // '') =~ /chunked/i) {
        my $body = '';

        while (1) {
            my $line = $self->take_until(qr/\r\n/, $deadline) // return;
            my $size = hex(($line =~ /^([0-9a-f]+)/i)[0] // return);
            my $piece = $self->take_bytes($size + 2, $deadline) // return;

            return $body if $size == 0;
            $body .= substr $piece, 0, $size;
        }
    }

    return $self->take_bytes($header->{'content-length'}, $deadline)
        if defined $header->{'content-length'};

    1 while $self->fill($deadline);
    return if $self->{timed_out};
    return delete $self->{buffer};
}


# True when the other side has closed and nothing is left to read.

sub at_end {
    my ($self, $seconds) = @_;

    return 0 if length $self->{buffer};
    return 0 if $self->fill(Time::HiRes::time() + ($seconds // 5));
    return $self->{eof};
}


sub close {
    my ($self) = @_;

    CORE::close $self->{socket} if $self->{socket};
    delete $self->{socket};
    return;
}


# Like a client that crashed: a reset instead of an orderly close.

sub abort {
    my ($self) = @_;

    setsockopt $self->{socket}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
    return $self->close;
}


# The bytes of a request.  headers: a flat list, in order, sent as they are.
# chunked => bytes per chunk.  length => 0 omits Content-Length.

sub format_request {
    my ($method, $uri, %options) = @_;
    my @headers = @{ $options{headers} // [] };
    my %has = map { lc($headers[$_ * 2]) => 1 } 0 .. @headers / 2 - 1;
    my $body = $options{body};
    my $head = "$method $uri HTTP/" . ($options{version} // '1.1') . "\r\n";

    unshift @headers, Host => $options{host} // 'localhost' if !$has{host};
    push @headers, Connection => 'close'
        if !$has{connection} && !$options{keepalive};
    push @headers, Expect => '100-continue' if $options{expect};

    if (defined $body) {
        if ($options{chunked}) {
            push @headers, 'Transfer-Encoding' => 'chunked'
                if !$has{'transfer-encoding'};
        }
        elsif ($options{length} // 1) {
            push @headers, 'Content-Length' => length $body
                if !$has{'content-length'};
        }
    }

    while (my ($name, $value) = splice @headers, 0, 2) {
        $head .= "$name: $value\r\n";
    }

    $head .= "\r\n";
    return ($head, defined $body ? $body : '') if !$options{chunked};

    my $chunks = '';

    for (my $i = 0; $i < length $body; $i += $options{chunked}) {
        my $piece = substr $body, $i, $options{chunked};
        $chunks .= sprintf "%x\r\n%s\r\n", length $piece, $piece;
    }

    return ($head, $chunks . "0\r\n\r\n");
}


# One request on its own connection.  slowly => 1: byte by byte;
# split => 1: head and body in two packets; expect => 1: wait for 100.
# Returns the response, or {status => 0} if there was none.

sub request {
    my ($where, $method, $uri, %options) = @_;
    my ($head, $body) = format_request($method, $uri, %options);
    my $connection = __PACKAGE__->connect($where,
        timeout => $options{timeout});
    my $interim;

    if ($options{slowly}) {
        $connection->write_slowly($head . $body, 1, $options{pause});
    }
    elsif ($options{expect}) {
        $connection->write($head);
        my $first = $connection->read_response($method);

        if ($first && $first->{status} != 100) {
            $connection->close;
            return $first;
        }
        $interim = $first ? $first->{status} : 0;
        $connection->write($body);
    }
    elsif ($options{split}) {
        $connection->write($head);
        Time::HiRes::sleep($options{pause} // 0.05);
        $connection->write($body);
    }
    else {
        $connection->write($head . $body);
    }

    my $response = $connection->read_response($method)
        // { status => 0, header => {}, headers => [], body => '' };

    $response->{interim} = $interim if defined $interim;
    $connection->close;
    return $response;
}


sub get  { my ($where, $uri, @rest) = @_; return request($where, 'GET', $uri, @rest) }

sub post {
    my ($where, $uri, $body, @rest) = @_;
    return request($where, 'POST', $uri, body => $body, @rest);
}


# HTTP/2 without TLS, by whichever client is installed; returns nothing if
# there is none.  no_length => 1 omits content-length (nghttp only).

sub http2_client { return has_program('nghttp') || curl_with_http2() }

sub curl_with_http2 {
    my $curl = has_program('curl') or return;

    return `$curl --version 2>/dev/null` =~ /\bHTTP2\b/ ? $curl : undef;
}


sub http2_request {
    my ($port, $method, $uri, %options) = @_;
    my $folder = temporary_folder();
    my @headers = @{ $options{headers} // [] };
    my $nghttp = has_program('nghttp');
    my @command;

    write_file("$folder/body", $options{body}) if defined $options{body};

    if ($nghttp) {
        @command = ($nghttp, '-v', '--no-dep', '-t', 10,
            '-H', ":method: $method");
        push @command, '-d', "$folder/body" if defined $options{body};
        push @command, '--no-content-length' if $options{no_length};
        while (my ($name, $value) = splice @headers, 0, 2) {
            push @command, '-H', "$name: $value";
        }
    }
    else {
        @command = (curl_with_http2() // die("no HTTP/2 client\n"), '-sS',
            '--max-time', 10, '--http2-prior-knowledge', '-X', $method,
            '-o', "$folder/answer", '-w', '%{http_code}');
        push @command, '--data-binary', "\@$folder/body"
            if defined $options{body};
        while (my ($name, $value) = splice @headers, 0, 2) {
            push @command, '-H', "$name: $value";
        }
    }

    push @command, "http://127.0.0.1:$port$uri";

    open my $pipe, '-|', @command or die "$command[0]: $!\n";
    my $output = do { local $/; <$pipe> } // '';
    CORE::close $pipe;

    my ($status) = $nghttp ? $output =~ /:status: (\d{3})/
        : $output =~ /(\d{3})\s*\z/;

    return {
        status => $status // 0,
        body   => $nghttp ? undef : read_file("$folder/answer"),
        output => $output,
    };
}

1;
