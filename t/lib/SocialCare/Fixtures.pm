package SocialCare::Fixtures;

# The sample callbacks of tests/fixtures, case by case.
#
#     for my $case (cases(platform => 'facebook')) {
#         my $response = post($nginx->port, $case->uri, $case->body,
#             headers => [$case->headers]);
#     }
#
# A case whose signature covers a time was signed for a frozen clock, which a
# server does not have.  fresh_headers() signs it again for the current time,
# where possible (`can_refresh`); the rest needs a wide socialcare_tolerance.

use strict;
use warnings;

use Exporter 'import';
use JSON::PP ();

use SocialCare::Sign;
use SocialCare::Test qw(read_file);

our @EXPORT = qw(cases platforms);

my $root = 'tests/fixtures';


sub platforms {
    return map { m{([^/]+)/$} } sort glob "$root/*/";
}


# Filtered by any member of the case file, by `folder` and by `name`.

sub cases {
    my (%wanted) = @_;
    my @cases;

    for my $path (sort glob "$root/*/*.case.json") {
        my ($folder, $name) = $path =~ m{([^/]+)/([^/]+)\.case\.json$};
        my $case = JSON::PP->new->utf8->decode(read_file($path));

        $case->{folder} = $folder;
        $case->{name} = $name;

        next if grep { ($case->{$_} // '') ne $wanted{$_} } keys %wanted;
        push @cases, bless $case, __PACKAGE__;
    }

    return @cases;
}


sub title    { return "$_[0]{folder}/$_[0]{name}" }
sub platform { return $_[0]{platform} }
sub method   { return $_[0]{method} }
sub clock    { return $_[0]{clock} }
sub url      { return $_[0]{url} }
sub events   { return $_[0]{events} }
sub accepted { return $_[0]{verify} eq 'ok' }

sub body {
    my ($self) = @_;

    return '' if !defined $self->{body};
    return read_file("$root/$self->{folder}/$self->{body}");
}


# Path and query of the case's URL.

sub uri {
    my ($self, $default) = @_;

    return ($self->{url} // '') =~ m{^https?://[^/]+(/.*)$}
        ? $1 : $default // '/hook';
}


sub read_headers {
    my ($self, $name) = @_;
    my @headers;

    for my $line (split /\r?\n/, read_file("$root/$self->{folder}/$name")) {
        my ($field, $value) = $line =~ /^([^:\s]+):\s*(.*)$/ or next;
        next if $field =~ /^(?:content-length|connection|host)$/i;
        push @headers, $field, $value;
    }

    return @headers;
}

sub headers     { return $_[0]->read_headers($_[0]{headers}) }
sub bad_headers { return $_[0]{bad_headers} ? $_[0]->read_headers($_[0]{bad_headers}) : () }


# Its signature covers a time, and this file can sign it again.

sub can_refresh {
    my ($self) = @_;

    return $self->accepted
        && $self->{folder} =~ /^(?:slack|zendesk|chatwoot|sinch|discord
            |standard-webhooks|email-sendgrid|messagebird|tiktok)$/x
        && "$self->{folder}/$self->{name}" !~ m{^tiktok/shop-};
}


sub fresh_headers {
    my ($self, %options) = @_;
    my @old = $self->headers;
    my %old = map { lc($old[$_ * 2]) => $old[$_ * 2 + 1] } 0 .. @old / 2 - 1;

    my %new = sign($self->{folder}, body => $self->body, url => $self->{url},
        id    => $old{'webhook-id'},
        nonce => $old{'x-sinch-webhook-signature-nonce'},
        %options);

    my %replaced = map { lc($_) => 1 } keys %new;
    my @kept;

    while (my ($name, $value) = splice @old, 0, 2) {
        push @kept, $name, $value if !$replaced{ lc $name };
    }

    return (@kept, %new);
}

1;
