package SocialCare::Callback;

# Custom callbacks and their results: comments as Facebook sends them, records
# from a queue, numbers from the status.
#
#     my $body = page(comment('1_1', message => 'Hello'), comment('1_2'));
#     my $response = send_page($nginx->port, '/hook', $body);
#     my @records = records($redis, 'mentions');
#     platform_status($nginx, 'facebook')->{refused}{mismatch}

use strict;
use warnings;

use Exporter 'import';
use JSON::PP ();

use SocialCare::Http;
use SocialCare::Sign;

our @EXPORT = qw(comment page signed send_page records dead_letters status
    platform_status queue_status fresh_id);

my $json = JSON::PP->new->utf8->canonical;
my $number = 0;


# An id that this test file has not used before.

sub fresh_id { return '771_' . ++$number }


# One change of the field `feed`.  entry => the page's id, from => a person.

sub comment {
    my ($id, %options) = @_;

    return {
        entry => $options{entry} // '104200990001234',
        change => {
            field => 'feed',
            value => {
                item         => 'comment',
                verb         => 'add',
                post_id      => $options{post} // '1_2',
                comment_id   => $id,
                created_time => $options{time} // time,
                from         => { id => $options{from} // '7', name => 'Ada' },
                message      => $options{message} // 'Hello',
                %{ $options{more} // {} },
            },
        },
    };
}


# The body: one entry for consecutive changes of the same page.

sub page {
    my (@changes) = @_;
    my @entries;

    for my $change (@changes) {
        if (!@entries || $entries[-1]{id} ne $change->{entry}) {
            push @entries, { id => $change->{entry}, time => time,
                changes => [] };
        }

        push @{ $entries[-1]{changes} }, $change->{change};
    }

    return $json->encode({ object => 'page', entry => \@entries });
}


sub signed {
    my ($body) = @_;

    return ['Content-Type' => 'application/json',
        sign('facebook', body => $body)];
}


sub send_page {
    my ($where, $uri, $body, @options) = @_;

    return post($where, $uri, $body, headers => signed($body), @options);
}


# The records in a queue, in order.  $tag: brand/partition.

sub records {
    my ($redis, $queue, $tag) = @_;

    $tag //= 'default/0';
    return map { $json->decode($_->[1][1]) }
        @{ $redis->client->call('XRANGE', "{care:$tag}:q:$queue", '-', '+') };
}


sub dead_letters {
    my ($redis, $queue, $tag) = @_;

    $tag //= 'default/0';
    return map { $json->decode($_->[1][1]) }
        @{ $redis->client->call('XRANGE', "{care:$tag}:dead:$queue", '-',
            '+') };
}


# The status document from the location /status.

sub status {
    my ($nginx) = @_;
    my $response = get($nginx->port, '/status?format=json',
        headers => [Accept => 'application/json']);

    return $json->decode($response->{body});
}


sub platform_status {
    my ($nginx, $name) = @_;

    return (grep { $_->{platform} eq $name } @{ status($nginx)->{platforms} })
        [0];
}


sub queue_status {
    my ($nginx, $name, $brand) = @_;

    return (grep { $_->{queue} eq $name && $_->{brand} eq ($brand // 'default') }
        @{ status($nginx)->{queues} })[0];
}

1;
