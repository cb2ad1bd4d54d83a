# enqueue.lua, when one of its commands is refused: whichever it is, retrying
# the call leaves the same state as a call that never failed, except that it
# counts duplicates.  The exceptions are those that the script's head names, and
# even then nothing is lost, doubled or counted twice.

use strict;
use warnings;

use Digest::SHA ();

use SocialCare::Redis;
use SocialCare::Script;
use SocialCare::Test;


plan(skip_all => 'no redis-server') if !SocialCare::Redis->available;

my $NOW = 1_790_000_000_000;
my $DAY = 86_400_000;
my $T = '{care:acme/0}';
my $digest = 4_000_000_000_000_000_000;
my $record = 0;

my $server = SocialCare::Redis->start;
my $redis = $server->client;
my $script = SocialCare::Script->new('enqueue');

at_finish { $server->stop } 9;

# The script with a redis of its own.  The last argument says which commands are
# refused: a number, the name of a command, a key; 0 none, and all are noted.
my $source = <<'END' . $script->source;
local server, refused, number = redis, ARGV[#ARGV], 0
ARGV[#ARGV] = nil
local function refuses(name, key, ...)
    number = number + 1
    if refused == '0' then
        server.call('RPUSH', 'noted', name .. ' ' .. key)
    end
    return refused == tostring(number) or refused == name or refused == key
end
local redis = {
    call = function(...)
        if refuses(...) then error({ err = 'ERR refused by the test' }) end
        return server.call(...)
    end,
    pcall = function(...)
        if refuses(...) then return { err = 'ERR refused by the test' } end
        return server.pcall(...)
    end }
END
my $faulty = bless { source => $source, sha => Digest::SHA::sha1_hex($source) },
    'SocialCare::Script';


sub item {
    return { digest => $digest++, own => $NOW, event => $NOW,
             record => 'r' . ++$record, @_ };
}

sub question {
    return item(clock => 'question', thread => 'anna', due => $NOW + 900_000, @_);
}

sub answer {
    return item(clock => 'answer', push => 'none', booked => 'mentions',
                thread => 'anna', event => $NOW + 5000, @_);
}

sub automatic { return answer(clock => 'auto', @_) }
sub close_thread { return answer(clock => 'close', reason => 'spam', @_) }

sub withdrawal {
    return item(clock => 'withdrawal', thread => 'anna', object => '00000001', @_);
}

# One call, 10 s later than its questions.
sub send_items {
    my ($items, $refused) = @_;
    my @arguments = SocialCare::Script::enqueue_arguments(
        now => $NOW + 10_000, items => $items);

    return defined $refused ? $faulty->run($redis, $T, @arguments, $refused)
        : $script->run($redis, $T, @arguments);
}

sub pushed {
    my ($key, $type) = @_;

    return $type eq 'list' ? $redis->call('LRANGE', $key, 0, -1)
        : [ map { $_->[1][1] } @{ $redis->call('XRANGE', $key, '-', '+') } ];
}

# What each key holds.  Counters apart: duplicates are no part of the state.
sub state {
    my (%held, %count);

    for my $key (grep { $_ ne 'noted' } @{ $redis->call('KEYS', '*') }) {
        my $type = $redis->call('TYPE', $key);
        my $value = $type eq 'hash' ? $redis->hash('HGETALL', $key)
            : $type eq 'zset'
            ? $redis->hash('ZRANGE', $key, 0, -1, 'WITHSCORES')
            : $type eq 'set' ? [ sort @{ $redis->call('SMEMBERS', $key) } ]
            : pushed($key, $type);

        if ($key =~ /:st:/) {
            $count{"$key $_"} = $value->{$_} for grep { !/dup$/ } keys %$value;
            $value = 'counters';
        }
        $held{$key} = [$value, $redis->call('TTL', $key) > 0 ? 'ends' : 'stays',
            $type eq 'stream' ? scalar @{ $redis->call('XINFO', 'GROUPS', $key) }
            : 0];
    }
    return { held => \%held, count => \%count };
}

# What holds whatever was refused: each record is queued once, nothing is
# counted more often than it happened, and the sweep knows all who wait.
sub sound {
    my ($state, $whole) = @_;
    my (@wrong, %queued, %due);

    for my $key (keys %{ $state->{held} }) {
        my $value = $state->{held}{$key}[0];

        $queued{$_}++ for $key =~ /:(?:q|dead):/ ? @$value : ();
        $due{$_}++ for $key =~ /:due:/ ? keys %$value : ();
    }
    my @records = map { @{ $_->[0] } } map { $whole->{held}{$_} }
        grep { /:(?:q|dead):/ } keys %{ $whole->{held} };
    push @wrong, "$_: " . ($queued{$_} // 0) . ' times'
        for grep { ($queued{$_} // 0) != 1 } @records;

    my $open = ($state->{held}{"$T:open"} || [{}])->[0];
    push @wrong, "$_ waits unknown"
        for grep { $open->{$_} =~ /^\d/ && !$due{$_} } keys %$open;
    push @wrong, "$_ is $state->{count}{$_}"
        for grep { $state->{count}{$_} > ($whole->{count}{$_} // 0) }
        keys %{ $state->{count} };
    return \@wrong;
}


# [what, calls before, items of the call].  `known`: an item is pushed and then
# means something for a thread that is known.  `hour`: nothing is counted yet.
my @one = (question(object => '00000001'));
my @two = (@one, question(object => '00000002'));
my @rested = (question(), answer());
for my $case (
    ['an item of a new queue', [], [item()]],
    ['an item', [[item()]], [item()]],
    ['items', [[item()]], [item(), item(), item(own => 0)]],
    ['a list', [], [item(push => 'list', queue => 'l'),
                    item(push => 'list', queue => 'l')]],
    ['a dead letter', [], [item(push => 'dead')]],
    ['nothing to push', [], [item(push => 'none', booked => 'mentions')]],
    ['late items', [[item(own => 0)]],
        [item(own => 0), item(own => $NOW - 3 * $DAY)]],
    ['an item from the future', [], [item(own => $NOW + 3 * $DAY)]],
    ['an item that is full or a duplicate', [\@one, [item(queue => 'narrow')]],
        [item(queue => 'narrow', limit => 1), @one, item()]],
    ['a question of a new queue', [], [question()]],
    ['a question', [[item()]], [question()]],
    ['without a deadline', [[item()]], [question(due => undef)]],
    ['questions', [[item()]], [question(), question(thread => 'b')]],
    ['questions of several queues', [],
        [question(queue => 'a', thread => 'a'), item(push => 'list', queue => 'l'),
         question(queue => 'b', thread => 'b', channel => 'sms'),
         question(queue => 'a', thread => 'c')]],
    ['a question that nothing is pushed for', [[item()]],
        [question(push => 'none', booked => 'mentions')]],
    ['an answer', [[question(), question(thread => 'b')]], [answer()]],
    ['an answer that more will tell', [[question()]], [answer(proof => '7')]],
    ['a further one of these', [[question(), answer(proof => '7')], [question()]],
        [answer(proof => '7')]],
    ['one that answers nobody', [[question()]],
        [answer(clock => 'none', proof => '7')]],
    ['a late answer', [[question(due => $NOW + 1000)]], [answer()]],
    ['a stale answer', [[question(event => $NOW + 9000)]], [answer()]],
    ['an answer before the latest question',
        [[question(), question(event => $NOW + 8000)]], [answer()]],
    ['the same, of another queue', [[question(due => $NOW + 1000),
        question(event => $NOW + 8000, queue => 'b', due => undef)]], [answer()]],
    ['an answer without a question', [[item()]], [answer()]],
    ['a further answer', [\@rested], [answer(event => $NOW + 6000)]],
    ['an answered question', [[item()]], [question(), answer()]],
    ['one of two', [[item()]], [question(thread => 'b'), question(), answer()]],
    ['an automatic answer', [[question()]], [automatic()]],
    ['one to nobody', [\@rested], [automatic(event => $NOW + 6000)]],
    ['a close', [[question()]], [close_thread()]],
    ['a close while nobody waits', [\@rested], [close_thread()]],
    ['a withdrawal', [\@one], [withdrawal(push => 'none', booked => 'mentions')]],
    ['a withdrawal of one', [\@two],
        [withdrawal(push => 'none', booked => 'mentions')]],
    ['a further question', [\@one], [question(object => '00000002')], 'known'],
    ['the next wait', [\@rested], [question(event => $NOW + 6000)], 'known'],
    ['an early answer', [[item()], [answer()]], [question()], 'known'],
    ['duplicates in a new hour', [\@one], \@one, 'hour'],
    ['a question of an ended wait', [[question(), answer()]],
        [question(event => $NOW + 1000)], 'known'],
    ['an answer that is pushed', [[question()]],
        [answer(push => 'stream', queue => 'mentions:out')], 'known'],
    ['the same, that more will tell', [[question()]],
        [answer(push => 'stream', queue => 'mentions:out', proof => '7')],
        'known'],
    ['a withdrawal that is pushed', [\@one], [withdrawal()], 'known'],
) {
    my ($what, $before, $items, $special) = @$case;
    my $known = ($special // '') eq 'known';
    my $begin = sub {
        $redis->call('FLUSHALL');
        send_items($_) for @$before;
        $redis->call('DEL', "$T:series", "$T:fine",
            @{ $redis->call('KEYS', "$T:st:*") }) if $special && !$known;
    };

    $begin->();
    my $codes = send_items($items, 0);
    my $whole = state();
    my @commands = @{ $redis->call('LRANGE', 'noted', 0, -1) };
    my (%word, @different, @unsound, $written);

    $word{$_}++ for map { split / /, $_, 2 } @commands;
    is_deeply(sound($whole, $whole), [], "$what: $codes") or next;

    for my $refused (1 .. @commands, sort keys %word) {
        my $name = $refused =~ /^\d+$/ ? $commands[$refused - 1] : $refused;

        $begin->();
        my $failed = send_items($items, $refused);
        my $again = send_items($items);
        my $state = state();
        my $wrong = sound($state, $whole);

        push @unsound, "$refused $name: @$wrong" if @$wrong;
        push @unsound, "$refused $name: $failed, then $again"
            if ref $again || !ref $failed && $failed =~ /^0+$/;
        next if $refused !~ /^\d+$/;

        # After its push an item of a known thread loses what it means for it.
        $written ||= $known && $name =~ /^(?:XADD|LPUSH)/;
        next if $written && $name !~ /^(?:XADD|LPUSH)|:st:|:series|:fine/;
        push @different, "$refused $name"
            if !eq_deeply_states($state, $whole);
    }

    is_deeply(\@different, [], "$what: sent again as if nothing had been");
    is_deeply(\@unsound, [], "$what: nothing lost, doubled or waiting unknown");
}


sub flat {
    my ($value) = @_;

    return ref $value eq 'HASH'
        ? '{' . join(',', map { "$_=" . flat($value->{$_}) } sort keys %$value) . '}'
        : ref $value eq 'ARRAY' ? '[' . join(',', map { flat($_) } @$value) . ']'
        : $value;
}

sub eq_deeply_states { return flat($_[0]) eq flat($_[1]) }

finish();
