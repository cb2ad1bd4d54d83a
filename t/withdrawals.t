# What a customer withdraws no longer waits, on every platform that reports it:
# that question and no other.  If a whole conversation is deleted, its wait
# ends, too.  Automatic mail of the brand is an automatic answer.

use strict;
use warnings;

use Cwd ();
use JSON::PP ();
use POSIX ();

use SocialCare::Http;
use SocialCare::Nginx;
use SocialCare::Redis;
use SocialCare::Sign;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $json = JSON::PP->new->utf8->canonical;
my $now = time;
my $iso = POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $now);
my $msp = 'b5d6e9a0-1c2d-4e3f-8a9b-0c1d2e3f4a5b';

sub meta_message {
    my ($object, $id, %more) = @_;

    return { object => $object, entry => [{ id => '10', time => $now * 1000,
        messaging => [{ sender => { id => '7' }, recipient => { id => '10' },
            timestamp => $now * 1000, message => { mid => $id, %more } }] }] };
}

sub feed {
    my ($id, $verb) = @_;

    return { object => 'page', entry => [{ id => '10', time => $now,
        changes => [{ field => 'feed', value => { item => 'comment',
            verb => $verb, comment_id => $id, post_id => '10_1',
            parent_id => '2_1', from => { id => '7' }, message => 'Hello',
            created_time => $now } }] }] };
}

sub whatsapp {
    my ($id, %more) = @_;

    return { object => 'whatsapp_business_account', entry => [{ id => '20',
        changes => [{ field => 'messages', value => {
            metadata => { phone_number_id => '10' },
            messages => [{ from => '491', id => $id, timestamp => "$now",
                %more }] } }] }] };
}

sub slack {
    my ($id, %event) = @_;

    return { type => 'event_callback', team_id => 'T1', event_id => $id,
        event_time => $now, event => { type => 'message', channel => 'C1',
            channel_type => 'channel', event_ts => "$now.3", ts => "$now.3",
            %event } };
}

sub tiktok {
    my ($id, $action) = @_;

    return { event => 'comment.update', create_time => $now,
        user_openid => 'o1', content => $json->encode({ comment_id => $id,
            video_id => 1, parent_comment_id => 11, comment_action => $action,
            timestamp => $now, unique_identifier => 'u7', text => 'Hello' }) };
}

sub line {
    my ($id, %event) = @_;

    return { destination => 'U9', events => [{ webhookEventId => $id,
        timestamp => $now * 1000, mode => 'active',
        source => { type => 'user', userId => 'U7' }, %event }] };
}

sub vk {
    my ($id, $type, %object) = @_;

    return { type => $type, event_id => $id, group_id => 5, v => '5.199',
        secret => SECRET, object => { owner_id => -5, post_id => 3,
            %object } };
}

sub viber {
    my ($token, $event, %more) = @_;

    return { event => $event, timestamp => $now * 1000,
        message_token => $token, %more };
}

sub telegram {
    my ($id, $kind, %value) = @_;

    return { update_id => $id, $kind => { business_connection_id => 'bc',
        chat => { id => 5, type => 'private' }, %value } };
}

sub chatwoot {
    my ($event, $id, %more) = @_;

    return { event => $event, id => $id, content => 'Hello',
        message_type => 'incoming', private => JSON::PP::false,
        created_at => $iso, account => { id => 1 },
        conversation => { id => 51, updated_at => $now },
        sender => { id => 7, type => 'contact' }, %more };
}

sub trustpilot {
    my ($event, $id) = @_;

    return { events => [{ eventName => "service-review-$event",
        eventData => { id => $id, stars => 1, text => 'Bad',
            createdAt => $iso } }] };
}

sub linkedin {
    my ($number, $action, $comment) = @_;

    return { type => 'ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS',
        notifications => [{ notificationId => $number, action => $action,
            organizationalEntity => 'urn:li:organization:2',
            sourcePost => 'urn:li:activity:71', lastModifiedAt => $now * 1000,
            generatedActivity => "urn:li:comment:(activity:71,$comment)" }] };
}

sub discord {
    my ($type, $id) = @_;

    return { version => 1, application_id => '754', type => 1, event => {
        type => "GAME_DIRECT_MESSAGE_$type", timestamp => $iso =~ s/Z//r,
        data => { id => $id, channel_id => '88', content => 'Hello',
            author => { id => '7' }, timestamp => $iso } } };
}

sub feed_of {
    my ($entry) = @_;

    return '<feed xmlns="http://www.w3.org/2005/Atom" '
        . 'xmlns:at="http://purl.org/atompub/tombstones/1.0">'
        . "$entry</feed>";
}

sub apple {
    my ($id, $type) = @_;

    return { id => $id, type => $type, sourceId => 's1',
        destinationId => 'd1', v => 1, body => 'Hello' };
}

sub zendesk {
    my ($id, $type, %event) = @_;

    return { id => $id, account_id => 7, subject => 'zen:ticket:90',
        time => $iso, type => "zen:event-type:ticket.$type",
        detail => { id => '90' }, event => \%event };
}

sub intercom {
    my ($id, $topic, %item) = @_;

    return { type => 'notification_event', id => $id, app_id => 'nw',
        topic => $topic, created_at => $now, data => { item => \%item } };
}

sub generic {
    my ($id, $action, $object) = @_;

    return { id => $id, action => $action, object => $object,
        thread => 't1', text => 'Hello', at => $now };
}

my $person = { id => 'n7', name => 'Ada' };
my $comment = { comment => { id => '31', body => 'Hello',
    is_public => JSON::PP::true, author => { id => '7',
        is_staff => JSON::PP::false } } };

# name (of the signer), directives, the question, the deletion of another item
# of the same thread (or none: the whole conversation goes), the deletion, and
# the reason that is booked.
my @cases = (
    ['facebook', '', feed('2_5', 'add'), feed('2_6', 'remove'),
        feed('2_5', 'remove')],
    ['messenger', '', meta_message('page', 'm1', text => 'Hello'),
        meta_message('page', 'm0', is_deleted => JSON::PP::true),
        meta_message('page', 'm1', is_deleted => JSON::PP::true)],
    ['instagram', '', meta_message('instagram', 'm1', text => 'Hello'),
        meta_message('instagram', 'm0', is_deleted => JSON::PP::true),
        meta_message('instagram', 'm1', is_deleted => JSON::PP::true)],
    ['whatsapp', '',
        whatsapp('w1', type => 'text', text => { body => 'Hello' }),
        whatsapp('w3', type => 'revoke',
            revoke => { original_message_id => 'w0' }),
        whatsapp('w2', type => 'revoke',
            revoke => { original_message_id => 'w1' })],
    ['slack', '', slack('E1', ts => "$now.2", thread_ts => "$now.1",
            user => 'U7', team => 'T9', text => 'Hello'),
        map { slack("E$_", subtype => 'message_deleted',
            deleted_ts => "$now.$_", previous_message => { ts => "$now.$_",
                thread_ts => "$now.1", user => 'U7', team => 'T9' }) } 4, 2],
    ['tiktok', '', tiktok(5, 'insert'), tiktok(6, 'delete'),
        tiktok(5, 'delete')],
    ['line', '', line('L1', type => 'message', replyToken => 'r',
            message => { type => 'text', id => '5', text => 'Hello' }),
        map { line("L$_", type => 'unsend',
            unsend => { messageId => $_ }) } '6', '5'],
    ['vk', '', vk('V1', 'wall_reply_new', id => 9, from_id => 7,
            date => $now, text => 'Hello'),
        vk('V2', 'wall_reply_delete', id => 8, user_id => 7),
        vk('V3', 'wall_reply_delete', id => 9, user_id => 7)],
    ['viber', 'socialcare_account pa;', viber(1, 'message',
            sender => $person, message => { type => 'text', text => 'Hi' }),
        undef, viber(2, 'unsubscribed', user_id => 'n7')],
    ['telegram', 'socialcare_account 99;', telegram(1, 'business_message',
            message_id => 41, from => { id => 5, is_bot => JSON::PP::false },
            date => $now, text => 'Hello'),
        telegram(2, 'deleted_business_messages', message_ids => [42]),
        telegram(3, 'deleted_business_messages', message_ids => [43, 41])],
    ['chatwoot', '', chatwoot('message_created', 88),
        map { chatwoot('message_updated', $_,
            content_attributes => { deleted => JSON::PP::true }) } 87, 88],
    ['trustpilot', 'socialcare_account northwind;', trustpilot('created', 66),
        trustpilot('deleted', 65), trustpilot('deleted', 66)],
    ['linkedin', '', linkedin(1, 'COMMENT', 101),
        linkedin(2, 'COMMENT_DELETE', 100),
        linkedin(3, 'COMMENT_DELETE', 101)],
    ['discord', 'endpoint=events', discord('CREATE', '5'),
        discord('DELETE', '6'), discord('DELETE', '5')],
    ['websub', 'topic=https://example.org/feed',
        feed_of("<entry><id>tag:1</id><title>Bad</title>"
            . "<updated>$iso</updated></entry>"),
        map { feed_of(qq(<at:deleted-entry ref="tag:$_" when="$iso"/>)) }
            2, 1],
    ['apple-messages', "msp=$msp", apple('i1', 'text'), undef,
        apple('i2', 'close')],
    ['zendesk', '', zendesk('z1', 'comment_added', %$comment), undef,
        zendesk('z2', 'soft_deleted'), 'not_actionable'],
    ['intercom', '', intercom('n1', 'conversation.user.created',
            type => 'conversation', id => '215', created_at => $now,
            source => { id => '20', body => 'Hello',
                author => { type => 'user', id => '7' } }), undef,
        intercom('n2', 'conversation.deleted', conversation_id => '215'),
        'not_actionable'],
    ['generic', 'signature_from=header:X-Hub-Signature-256'
        . ' signature_prefix=sha256= event_id=/id object_id=/object'
        . ' action=/action conversation_id=/thread text=/text created=/at'
        . ' created_format=s', generic('g1', 'create', 'o1'),
        generic('g2', 'delete', 'o0'), generic('g3', 'delete', 'o1')],
);

my $locations = '';

for my $case (@cases) {
    my ($name, $words) = @$case;
    my ($options, $directives) = $words =~ /;/ ? ('', $words) : ($words, '');
    my $secret = $name eq 'trustpilot' ? 'value:trustpilot:' . SECRET
        : $name eq 'discord' ? "file:" . Cwd::getcwd() . "/tests/fixtures/discord/test-public-key.hex"
        : 'value:' . SECRET;

    $locations .= <<"END";
        location = /$name {
            socialcare_webhook $name $options;
            socialcare_secret  $secret;
            socialcare_brand   $name;
            $directives
        }
END
}

my $redis = SocialCare::Redis->start;
my $client = $redis->client;
my $nginx = SocialCare::Nginx->new(
    vars   => { redis => $redis->socket },
    http   => "socialcare_redis unix:%%redis%% %%patient%%;\nsocialcare_zone 16m;",
    server => $locations . <<"END",
        location = /mail {
            socialcare_webhook email-postmark own=northwind.example;
            socialcare_secret  value:postmark:@{[SECRET]};
            socialcare_brand   mail;
        }
END
)->start;

sub deliver_body {
    my ($name, $body) = @_;
    my %signers = ('websub' => 'websub-youtube');

    $body = $json->encode($body) if ref $body;

    my @headers = $name eq 'vk' ? ()
        : sign($signers{$name} // $name, body => $body);

    if ($name eq 'apple-messages') {
        my ($id) = $body =~ /"id":"(\w+)"/;
        push @headers, id => $id, 'destination-id' => 'd1';
    }

    return post($nginx->port, "/$name", $body, headers => ['Content-Type' =>
        $body =~ /^</ ? 'application/atom+xml' : 'application/json',
        @headers])->{status};
}

# How many wait, and what was booked.
sub waiting {
    my ($brand) = @_;
    my $n = 0;

    $n += $client->call('ZCARD', $_)
        for @{ $client->call('KEYS', "{care:$brand/0}:due:*") };
    return $n;
}

sub booked {
    my ($brand) = @_;
    my %sum;

    for my $key (@{ $client->call('KEYS', "{care:$brand/0}:st:*") }) {
        my %fields = @{ $client->call('HGETALL', $key) };

        /^[a-lz](c:\w+|auto|miss|met)$/ and $sum{$1} += $fields{$_}
            for keys %fields;
    }

    return \%sum;
}

sub dead { return scalar @{ $client->call('KEYS', "{care:$_[0]/0}:dead:*") } }

for my $case (@cases) {
    my ($name, undef, $question, $other, $deletion, $reason) = @$case;

    like(deliver_body($name, $question), qr/^20[04]$/, "$name: a question");
    is(waiting($name), 1, "$name: waits");

    if (defined $other) {
        like(deliver_body($name, $other), qr/^20[04]$/,
            "$name: another item is deleted");
        is(waiting($name), 1, "$name: the question waits all the same");
    }

    like(deliver_body($name, $deletion), qr/^20[04]$/, "$name: taken back");
    is(waiting($name), 0, "$name: nobody waits");
    is_deeply(booked($name), { 'c:' . ($reason // 'deleted_by_author') => 1 },
        "$name: booked for its reason, and nothing else");

    deliver_body($name, $deletion);
    is_deeply(booked($name), { 'c:' . ($reason // 'deleted_by_author') => 1 },
        "$name: once");
    is(dead($name), 0, "$name: nothing is dead");
}


# Mail: an automatic answer ends nothing, a person's does.

sub mail {
    my ($from, $id, @headers) = @_;
    my $body = $json->encode({ FromFull => { Email => $from },
        MessageID => $id, TextBody => 'Hello', Headers => [
            map { { Name => $_->[0], Value => $_->[1] } } @headers] });

    return post($nginx->port, '/mail', $body, headers => ['Content-Type' =>
        'application/json', sign('email-postmark', body => $body)])->{status};
}

is(mail('lea@example.org', 1, ['Message-ID', '<q@e>']), 200, 'a mail');
is(waiting('mail'), 1, 'waits');
is(mail('care@northwind.example', 2, ['Message-ID', '<a@n>'],
    ['References', '<q@e>'], ['Auto-Submitted', 'auto-replied']), 200,
    'we got your mail');
is(waiting('mail'), 1, 'that ends nothing');
is_deeply(booked('mail'), { auto => 1 }, 'it is an automatic answer');
is(mail('lea@example.org', 3, ['Message-ID', '<o@e>'], ['References', '<q@e>'],
    ['Auto-Submitted', 'auto-replied']), 200, 'out of office');
is_deeply(booked('mail'), { auto => 1 }, 'of the customer: nothing');
is(mail('care@northwind.example', 4, ['Message-ID', '<b@n>'],
    ['References', '<q@e>']), 200, 'an answer');
is(waiting('mail'), 0, 'ends the wait');
is_deeply(booked('mail'), { auto => 1, met => 1 }, 'in time');

finish();
