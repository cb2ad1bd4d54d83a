-- enqueue.lua: stores a batch of items of one brand partition, atomically.
--
-- KEYS[1]  T, the hash tag {<prefix>:<brand>/<partition>}.  Every key below
--          begins with it, so that all of them share one cluster slot.
-- ARGV[1]  the call and the heads of its items, packed (see sc_queue.c):
--            call   I6  now, ms
--                   I4  dedupe window, s
--                   H   number of items
--                   Bc0 now, in hours since 1970, decimal
--                   Bc0 now, in periods of 2 minutes since 1970, decimal
--                   Bc0 the period of 2 minutes before that, decimal
--            item   B   clock (0 none, 1 question, 2 answer, 3 close,
--                       4 automatic answer, 5 withdrawal)
--                   B   push (0 none, 1 stream, 2 list, 3 dead letter)
--                   B   route (0: same as the previous item's, 1: follows
--                       this item)
--                   c1  reach tier of the author, a digit from 0 to 6
--                   Bc0 digest of the id, decimal
--                   I6  the platform's own time, ms (0: none)
--                   Bc0 the same in minutes, decimal
--                   I6  time of the event, ms
--                   Bc0 question: deadline, ms (empty: none);
--                       answer: time of the event, ms, decimal;
--                       close: the reason;
--                       withdrawal: hash of the question's own id, 8 hex
--                       digits (empty: it has none)
--                   Hc0 question: the wait that it opens, as stored in T:open
--                       (with kind F);
--                       answer: digest, decimal, of a fact that several items
--                       report, such as "this message was sent": only the
--                       first of them counts as an answer (empty: the item is
--                       the only one);
--                       no clock: the same; no later item that reports the
--                       fact counts as an answer
--                   Hc0 thread (clock key)
--            route  Bc0 queue, Bc0 queue it is booked under, Bc0 channel,
--                   I6  limit of the queue's length (0: none)
--          Little endian, in struct.unpack syntax.  Numbers that become part
--          of a key or a value come in decimal: converting one in Lua costs
--          as much as a command.
-- ARGV[2…] the records of the items with push other than 0, in order.
--
-- Reply: one string with a digit for each item, in order:
--   0  stored
--   1  duplicate
--   2  queue full; nothing of the item was written
--   3  its push failed (its key holds another type, or the stream has run out
--      of ids) and was undone
--
-- An error reply applies to the whole call, which may be retried unchanged.
-- Items before the failed one are stored, counted and timed; the retry sees
-- them as duplicates.  The failed item leaves no trace, unless it was already
-- pushed (or is a question whose answer had arrived first): then only its
-- effect on its thread, which was known before, is lost.  Counters, and waits
-- whose deadlines cannot be written, are lost too if the server refuses even
-- the last attempt to write them at the end of the call.
--
-- Comment lines are not sent to the server.
--
-- FOR WORKERS
--
--   T:queues         SET     names of the queues of this partition
--   T:q:<queue>      STREAM  field m = the record; consumer group `workers`.
--                            XREADGROUP GROUP workers <me> COUNT 50 BLOCK 5000
--                            STREAMS T:q:<queue> >    then XACK and XDEL.
--                            XAUTOCLAIM takes over what a dead worker held.
--                            Never XDEL an unread entry: it falsifies the lag.
--                    LIST    elements are records; BRPOP, or LMOVE … RIGHT LEFT
--   T:dead:<queue>   STREAM  field m = what was verified but not understood,
--                            and what workers gave up on
--
-- FOR OPERATORS
--
-- The scripts need no more than this of Redis (here with the prefix `care`):
--
--   ACL SETUSER NAME on >PASSWORD ~{care:* +eval +evalsha +ping +del +exists
--     +expire +hdel +hget +hgetall +hincrby +hlen +hset +hsetnx +lindex
--     +llen +lpush +sadd +scard +set +sismember +smembers +srem +time +type
--     +xadd +xgroup|create +xinfo|groups +xinfo|stream +xlen +xpending +xrange
--     +zadd +zcard +zcount +zrange +zrangebyscore +zrem
--
-- The module also uses +select (with db=), +wait (with ack=replicas=), and
-- +client|setname, +info and +config|get, which may be denied.
--
-- KEPT BY THE SCRIPTS
--
--   T:seen:…         SET     digests of ids (plain decimal integers, so that
--                            a set of up to 512 is an intset: 8 bytes an id)
--     :<minute>[:<d>]        of items that arrive within window / 8 of their
--                            own time, by the minute of that time; expires at
--                            minute + window * 9 / 8
--     :<window>.<n>[:<d>]    of all others, by arrival: n-th window since
--                            1970.  Windows n and n - 1 are looked up, so
--                            every id is known for at least one whole window.
--                            A bucket that has reached 448 digests overflows
--                            into ten, by the digest's last decimal digit <d>;
--                            these overflow by the last two digits, and so on.
--   T:open           HASH    thread -> its wait:
--       "start due late kind last questions channel queue"
--         start      ms
--         due        deadline, ms; -1: none
--         late       1 once the breach is booked, else 0
--         kind       three characters: F or N (first or later wait of the
--                    conversation), reach tier, 1 once an automatic answer
--                    has been sent, else 0
--         last       time of the last item, ms
--         questions  hashes of the questions' ids, 8 hex digits each; ends
--                    with + if there are questions that it does not list
--                            and, if there are several, in a second line the
--                            wait that begins with the latest of them if the
--                            answer turns out to be older
--                            or, while nobody waits in the conversation:
--       "- last"
--   T:due:<queue>:<channel>   ZSET  waits by deadline, ms; those without one
--                            by start + 1e14
--   T:late:<queue>:<channel>  ZSET  waits whose breach is booked, by deadline
--                            (see sweep.lua)
--   T:idle           ZSET    conversations in which nobody waits, by the time
--                            at which they end
--   T:held:<n>       HASH    thread -> "time arrival used": answers that
--                            arrived in the n-th 2 minutes since 1970; expires
--                            2 minutes after these
--   T:series         SET     "<channel>:<queue>" of the keys due, late and st
--   T:fine           ZSET    "<queue>:<channel>:<hour>" of those st that still
--                            have a resolution of five minutes, by hour
--   T:st:<queue>:<channel>:<hour>  HASH  counters of one hour, kept 35 days.
--                            The first letter of a field tells the five
--                            minutes (a the first, l the last, z no longer
--                            known), the rest is its name.
--                          Booked at the time of arrival:
--     in       items seen for the first time, except closes and those in out
--              and dead
--     out      the same of the brand's side: answers, and what goes to
--              <queue>:out or to no queue
--     dup      items seen before
--     dead     dead letters
--     more     questions in a thread that already waits
--     early    waits ended by an answer that arrived before its question
--     stale    answers dated before the question: the wait continues
--     amend    answers that were given in time but reached us after the miss
--              was booked; these waits stay in miss and are not in met
--     auto     automatic answers
--     c:<reason>  waits closed without an answer
--     ended    closes of threads in which nobody waited
--     expired  waits given up (see sweep.lua)
--                          Booked at the start of the wait; <r> is the reach
--                          tier, <b> a duration's number (see `bucket`):
--     oF<r>    first waits of a conversation opened; oN<r>: later ones
--     w<r>.<b>  waits ended by an answer
--     x<r>.<b>  waits closed without an answer
--                          Booked at the time of the answer:
--     f.<b>    first waits ended by an answer; fms: their sum, ms
--     n.<b>    later waits ended by an answer; nms: their sum, ms
--     ov       overtaking, ms: by how much the wait with the earliest deadline
--              was older than the one that was answered
--     a.<b>    time to the first automatic answer of a wait; ams: the sum, ms
--                          Booked at the deadline, which may be in the future:
--     met      waits answered by their deadline
--     miss     waits whose deadline passed; each counts once
--
-- RULES OF THE CLOCK
--
--   A question opens a wait unless its thread already waits.  The deadline,
--   the reach tier and the queue are those of the first question.
--   An answer ends the wait.  Platforms may cut the times of answers to whole
--   seconds, so one dated up to 999 ms before its question counts, as a wait
--   of 0; an older one does not end the wait.  Nor does an answer end more
--   than it can: if the latest question of the wait is newer than the answer
--   (by more than these 999 ms), the next wait begins with that question.
--   Every answer is held for 2 minutes, in case its question arrives later: a
--   question dated before a held answer was answered at once (the first such
--   question), or belongs to the wait that the answer has ended, and opens
--   none.  Of a thread's answers the last to arrive is held, but one that ended
--   no wait does not take the place of a newer one.
--   An automatic answer ends nothing.
--
--   A conversation ends 24 h after the last item of either side, by the items'
--   own times, or by a close, but never while somebody waits.  Its first wait
--   has the kind F, later ones N.
--
--   A withdrawal takes back a question.  A wait whose last question is taken
--   back is closed for the reason deleted_by_author; the conversation goes on.
--   A wait with questions that T:open does not list (without an id, or beyond
--   32) stays open.
--
--   Nobody can have answered in the future or before the question: the end of
--   a wait is clamped to the span from its start to now.
--
-- All times are the caller's; no expiry relies on the server's clock being
-- right.  Runs on Redis 6 and later and on Valkey, and uses nothing newer.
-- The first write is always a SADD outside pcall, so that a server that refuses
-- writes (READONLY, OOM, MISCONF, NOREPLICAS) refuses the whole call and
-- nothing has changed.

-- The functions before make_rules capture no upvalues and get everything as
-- arguments: Lua creates them, and every upvalue, anew in each call.  Whatever
-- a new question does not need is created only when a call needs it.
-- Converting a number to text costs as much as a command: it is done once a
-- call where possible.

-- Is the digest in the buckets that begin with `key`?  With `life` (s) it is
-- added if it is not; the second result is then the bucket.
local function seen(call, cards, key, digest, life, renew)
    local prefix, depth = key, 0

    while true do
        local n = cards[key]

        if not n then
            n = call('SCARD', key)
            cards[key] = n
        end

        if n < 448 or depth == 4 then
            if not life then
                return n > 0 and call('SISMEMBER', key, digest) == 1
            end

            if call('SADD', key, digest) == 0 then
                return true
            end

            local done = (n == 0 or renew) and redis.pcall('EXPIRE', key, life)

            if type(done) == 'table' then
                -- As if the item had never come; the error ends the call.
                call('SREM', key, digest)
                error(done, 0)
            end

            cards[key] = n + 1
            return false, key
        end

        if call('SISMEMBER', key, digest) == 1 then
            return true
        end

        depth = depth + 1
        key = prefix .. ':' .. string.sub(digest, -depth)
    end
end

-- Is the digest among those that came long after their own time, or have none?
-- With `add` it is added if it is not; the second result is then the bucket.
local function seen_late(call, cards, prefix, digest, now_s, window, add)
    local generation = (now_s - now_s % window) / window

    prefix = prefix .. window .. '.'

    if seen(call, cards, prefix .. generation - 1, digest) then
        return true
    end

    return seen(call, cards, prefix .. generation, digest,
                add and (generation + 2) * window - now_s)
end

-- The counters of the hour of `time`, and the letter of its five minutes.
local function slot(stats, series, time, now)
    local in_hour = time % 3600000
    local hours, hour = stats[series], time - in_hour

    if not hours then
        hours = {}
        stats[series] = hours
    end

    local fields = hours[hour]

    if not fields then
        fields = {}
        hours[hour] = fields
    end

    if hour <= now - now % 3600000 - 18000000 then
        return fields, 'z'
    end

    local five = (in_hour - in_hour % 300000) / 300000 + 1

    return fields, string.sub('abcdefghijkl', five, five)
end

-- `again`: an earlier attempt ended with an error at some point.
local function write_hour(call, T, series, hour, hour_text, fields, now, again)
    local name = series .. ':' .. hour_text
    local key, new = T .. ':st:' .. name, 0

    for field, n in pairs(fields) do
        if call('HINCRBY', key, field, n == 1 and '1' or n) == n then
            new = new + 1
        end

        fields[field] = nil
    end

    -- All fields are new: so is the hour.
    if new > 0 and call('HLEN', key) == new
       or again and call('EXISTS', key) == 1
    then
        local queue, channel = string.match(series, '^(.*):([^:]*)$')
        local fine = hour > now - now % 3600000 - 18000000

        call('EXPIRE', key, hour / 1000 + 841 * 3600 - math.floor(now / 1000))
        call('SADD', T .. ':series', channel .. ':' .. queue)

        if fine then
            call('ZADD', T .. ':fine', hour_text, name)
        end
    end
end

-- Adds the new waits of a key to the others by one command, at the end of the
-- call and before any rule looks at them.  `firsts` is the rules' cache of
-- first waits: entries that may be out of date now are removed.
local function write_due(call, open_key, dues, firsts)
    for key, threads in pairs(dues) do
        local first = firsts and firsts[key]

        for i = 1, first and #threads or 0, 2 do
            if not first.due or threads[i] + 0 <= first.due then
                firsts[key] = nil
            end
        end

        -- Refused on the last attempt (see the end of this file): drop the
        -- waits, since the sweep would never find them.
        if type(call('ZADD', key, unpack(threads))) == 'table' then
            for i = 2, #threads, 2 do
                call('HDEL', open_key, threads[i])
            end
        end

        dues[key] = nil
    end
end

-- Length of a queue; -1: its key holds another type.
local function length(key, command)
    local n = redis.pcall(command, key)

    if type(n) ~= 'table' then
        return n
    end

    if string.find(n.err, 'WRONGTYPE', 1, true) then
        return -1
    end

    error(n, 0)
end

-- Prepares a queue for its first item.  nil, or the error.
local function begin_queue(T, push, queue, key)
    local done = push == 2 and 0 or redis.pcall('EXISTS', key)

    if done == 1 then
        return nil
    end

    -- Listed first: once the stream exists, this point is not reached again.
    if done == 0 then
        done = redis.pcall('SADD', T .. ':queues', queue)
    end

    if push == 1 and type(done) == 'number' then
        done = redis.pcall('XGROUP', 'CREATE', key, 'workers', '0', 'MKSTREAM')
    end

    return type(done) == 'table' and done.err and done or nil
end

-- The rules for threads that are known already.  Each rule reads first, then
-- does its idempotent writes, then writes T:open, and counts last, so that it
-- can be applied again after an error.
local function make_rules(call, T, now, stats, slot, write_due, held_now,
                          held_before)
    local open_key, idle_key = T .. ':open', T .. ':idle'
    local DAY, MAX_QUESTIONS = 86400000, 32
    local texts, firsts, held_kept = {}, {}, nil
    local sub = string.sub
    local slot_queue, slot_channel, slots

    -- Where the counters for the five minutes of `time` are, for a queue and
    -- channel.
    local function slot_at(queue, channel, time)
        local from = time - time % 300000

        if queue ~= slot_queue or channel ~= slot_channel then
            slot_queue, slot_channel, slots = queue, channel, {}
        end

        local found = slots[from]

        if not found then
            found = { slot(stats, queue .. ':' .. channel, from, now) }
            slots[from] = found
        end

        return found
    end

    local function add(to, name, n)
        if n > 0 then
            local fields = to[1]

            name = to[2] .. name
            fields[name] = (fields[name] or 0) + n
        end
    end

    -- A time in decimal.  A call has few different ones: most are the item's
    -- or the call's own.
    local function text(time)
        local known = texts[time]

        if not known then
            known = string.format('%.0f', time)
            texts[time] = known
        end

        return known
    end

    local function hold(thread, time, arrival, used)
        call('HSET', held_now, thread, time .. ' ' .. arrival .. used)

        if not held_kept then
            held_kept = true
            call('EXPIRE', held_now,
                 240 - math.floor(now % 120000 / 1000))
        end
    end

    -- The held answer of a thread: its time, its arrival, and whether it has
    -- ended a wait.
    local function held(thread)
        local value = call('HGET', held_now, thread)
                      or call('HGET', held_before, thread)

        if value then
            local time, arrival, used = string.match(value,
                '^(%d+) (%d+) (%d)$')

            if now - tonumber(arrival) <= 120000 then
                return time, arrival, used == '1'
            end
        end
    end

    -- From, to (s), parts.
    local segments = {
        1, 300, 146,  300, 900, 29,  900, 1800, 18,  1800, 3600, 18,
        3600, 14400, 36,  14400, 86400, 46,  86400, 259200, 29,
        259200, 604800, 22 }

    -- Number of a duration's bucket, as text: 0 is up to a second; then each
    -- segment is divided into n parts of equal ratio; 345 is beyond a week.
    local function bucket(ms)
        if ms <= 1000 then
            return '0'
        elseif ms > 604800000 then
            return '345'
        end

        local s, before = ms / 1000, 0

        for i = 1, #segments, 3 do
            local low, high, n = segments[i], segments[i + 1], segments[i + 2]

            if s <= high then
                local part = math.ceil(n * math.log(s / low)
                                       / math.log(high / low))

                return tostring(before + math.max(1, math.min(part, n)))
            end

            before = before + n
        end
    end

    -- The wait in a value of T:open, or nil and the time of the conversation's
    -- last item (0 if the value is neither).
    local function wait_of(value)
        local start, due, late, kind, reach, auto, last, questions, unnamed,
            channel, queue, latest = string.match(value,
                '^(%d+) (%-?%d+) ([01]) ([FN])(%d)([01]) (%d+) (%x*)(%+?) '
                .. '(%S+) ([^\n]*)\n?(.*)$')

        if not start then
            return nil, tonumber(sub(value, 3)) or 0
        end

        return { start = start + 0, start_text = start, due = due + 0,
                 due_text = due, late = late == '1', kind = kind,
                 reach = reach, auto = auto, last = last + 0,
                 questions = questions, unnamed = unnamed, channel = channel,
                 queue = queue, latest = latest }
    end

    local function wait_text(wait)
        local first = wait.start_text .. ' ' .. wait.due_text
             .. (wait.late and ' 1 ' or ' 0 ') .. wait.kind .. wait.reach
             .. wait.auto .. ' ' .. text(wait.last) .. ' ' .. wait.questions
             .. wait.unnamed .. ' ' .. wait.channel .. ' ' .. wait.queue

        return wait.latest == '' and first or first .. '\n' .. wait.latest
    end

    local function save_wait(thread, wait)
        call('HSET', open_key, thread, wait_text(wait))
    end

    -- Nobody waits or waited: the conversation goes on for a day.
    local function rest(thread, last)
        call('ZADD', idle_key, last + DAY, thread)
        call('HSET', open_key, thread, '- ' .. text(last))
    end

    -- An item of a conversation in which nobody waits.
    local function extend(thread, last, time)
        if time > last and time < last + DAY then
            rest(thread, time)
        end
    end

    local function score(wait)
        return wait.due < 0 and wait.start + 1e14 or wait.due_text
    end

    -- `into`: the key that the thread is in already, if it goes on waiting.
    local function leave_queue(thread, wait, into)
        local key = T .. (wait.late and ':late:' or ':due:') .. wait.queue
                    .. ':' .. wait.channel

        if key ~= into then
            call('ZREM', key, thread)
        end

        if firsts[key] and firsts[key].thread == thread then
            firsts[key] = nil
        end

        return key
    end

    -- Stores what comes after a wait.
    local function replace(thread, wait, value, into)
        local key = leave_queue(thread, wait, into)
        local done = redis.pcall('HSET', open_key, thread, value)

        if type(done) == 'table' then
            -- The wait stays open, and the sweep has to find it.
            if into then
                call('ZREM', into, thread)
            end

            call('ZADD', key, score(wait), thread)
            error(done, 0)
        end
    end

    -- Nobody waits any more; the conversation goes on for a day.
    local function end_wait(thread, wait, last)
        call('ZADD', idle_key, last + DAY, thread)
        replace(thread, wait, '- ' .. text(last))
    end

    -- The answer is older than the latest question, with which the next wait
    -- begins.
    local function wait_on(thread, wait, next, answered)
        local into = T .. ':due:' .. next.queue .. ':' .. next.channel

        next.kind = next.start < answered + DAY and 'N' or 'F'
        texts[next.start] = next.start_text
        write_due(call, open_key, { [into] = { score(next), thread } }, firsts)
        replace(thread, wait, wait_text(next), into)
        add(slot_at(next.queue, next.channel, next.start),
            'o' .. next.kind .. next.reach, 1)
    end

    -- A wait cannot end before it began, nor later than now.
    local function end_time(wait, time)
        return math.max(wait.start, math.min(time, now))
    end

    -- The first wait of a key, ignoring that of `thread`, which is about to
    -- end: its thread and deadline, nil where there is no wait, and its start
    -- once `overtaken` has read it.  Cached until it ends or others are
    -- written.
    local function first_of(key, thread)
        local first = firsts[key]

        if not first or thread and first.thread == thread then
            local found = call('ZRANGE', key, '0', '1', 'WITHSCORES')
            local at = found[1] == thread and 3 or 1

            first = { thread = found[at], due = tonumber(found[at + 1]) }
            firsts[key] = first
        end

        return first
    end

    -- How much earlier (ms) than this wait the one with the earliest deadline
    -- began.  This wait is that of `thread`, or not stored yet (nil).
    local function overtaken(wait, thread)
        local series = wait.queue .. ':' .. wait.channel
        local first = first_of(T .. ':late:' .. series, thread)
        local other, due = first_of(T .. ':due:' .. series, thread), first.due
        local other_due = other.due

        if other_due and (not due or other_due < due) then
            first = other
        end

        if first.thread and not first.start then
            first.start = tonumber(string.match(
                call('HGET', open_key, first.thread) or '', '^%d+'))
        end

        return first.start and math.max(0, wait.start - first.start) or 0
    end

    -- Books whether a wait that is over met its deadline.  If it was not
    -- answered, only a miss is booked.
    local function book_target(wait, time, answered)
        if wait.late or wait.due < 0 then
            return
        end

        local to = slot_at(wait.queue, wait.channel, wait.due)

        if time > wait.due then
            add(to, 'miss', 1)
        elseif answered then
            add(to, 'met', 1)
        end
    end

    local function book_reply(wait, time, ahead)
        local took = time - wait.start
        local b = bucket(took)
        local letter = wait.kind == 'F' and 'f' or 'n'
        local to = slot_at(wait.queue, wait.channel, time)

        add(to, letter .. '.' .. b, 1)
        add(to, letter .. 'ms', took)
        add(to, 'ov', ahead)

        add(slot_at(wait.queue, wait.channel, wait.start),
            'w' .. wait.reach .. '.' .. b, 1)
        book_target(wait, time, true)
    end

    local function book_close(wait, time, reason)
        add(slot_at(wait.queue, wait.channel, now), 'c:' .. reason, 1)
        add(slot_at(wait.queue, wait.channel, wait.start),
            'x' .. wait.reach .. '.' .. bucket(time - wait.start), 1)
        book_target(wait, time, false)
    end

    -- A question whose answer arrived before it.
    local function ask_answered(to, thread, wait, time, arrival)
        local answered = tonumber(time)
        local value = call('HGET', open_key, thread)
        local waits, last

        if value then
            waits, last = wait_of(value)
        end

        local ahead = overtaken(wait)

        wait.kind = (waits or last and wait.start < last + DAY) and 'N' or 'F'

        if not waits then
            rest(thread, math.max(wait.start, answered, last or 0))
        end

        hold(thread, time, arrival, ' 1')
        add(to, 'early', 1)
        add(slot_at(wait.queue, wait.channel, wait.start),
            'o' .. wait.kind .. wait.reach, 1)
        book_reply(wait, end_time(wait, answered), ahead)
    end

    -- Position of a question in the list of a wait's questions, or nil.
    local function place_of(questions, object)
        local at = object ~= '' and string.find(questions, object, 1, true)

        while at and at % 8 ~= 1 do
            at = string.find(questions, object, at + 1, true)
        end

        return at
    end

    -- A question in a thread that waits already: `new` is the wait that it
    -- would begin, in the text `opening`.
    local function ask_more(to, thread, wait, new, opening)
        local object = new.questions
        local latest = wait_of(wait.latest) or wait

        if new.start > latest.start then
            wait.latest = opening
        end

        if not place_of(wait.questions, object) then
            if object == '' or #wait.questions == 8 * MAX_QUESTIONS then
                wait.unnamed = '+'
            else
                wait.questions = wait.questions .. object
            end
        end

        wait.last = math.max(wait.last, new.start)
        save_wait(thread, wait)
        add(to, 'more', 1)
    end

    local function answer(to, thread, time, event)
        local value = call('HGET', open_key, thread)
        local wait, last

        if value then
            wait, last = wait_of(value)
        end

        local stale = wait and time <= wait.start - 1000

        local used = wait and not stale
        local newer = not used and held(thread)

        texts[time] = event

        if not newer or tonumber(newer) <= time then
            hold(thread, event, text(now), used and ' 1' or ' 0')
        end

        if stale then
            add(slot_at(wait.queue, wait.channel, now), 'stale', 1)

        elseif wait then
            local ended, ahead = end_time(wait, time), overtaken(wait, thread)
            local next = wait_of(wait.latest)

            if next and time <= next.start - 1000 then
                wait_on(thread, wait, next, time)
            else
                end_wait(thread, wait, math.max(wait.last, time))
            end

            book_reply(wait, ended, ahead)

            if wait.late and ended <= wait.due then
                add(slot_at(wait.queue, wait.channel, now), 'amend', 1)
            end

        elseif last then
            extend(thread, last, time)
        end
    end

    local function answer_automatically(to, thread, time)
        local value = call('HGET', open_key, thread)
        local wait, last

        if value then
            wait, last = wait_of(value)
        end

        if wait and time > wait.start - 1000 then
            local first = wait.auto == '0'

            wait.auto = '1'
            wait.last = math.max(wait.last, time)
            save_wait(thread, wait)

            if first then
                local ended = end_time(wait, time)
                local slot = slot_at(wait.queue, wait.channel, ended)

                add(slot, 'a.' .. bucket(ended - wait.start), 1)
                add(slot, 'ams', ended - wait.start)
            end

        elseif last then
            extend(thread, last, time)
        end

        add(to, 'auto', 1)
    end

    local function close(to, thread, time, reason)
        local value = call('HGET', open_key, thread)
        local wait = value and wait_of(value)

        if wait then
            leave_queue(thread, wait)
        elseif value then
            call('ZREM', idle_key, thread)
        end

        if value then
            call('HDEL', open_key, thread)
        end

        if wait then
            book_close(wait, end_time(wait, time), reason)
        else
            add(to, 'ended', 1)
        end
    end

    local function withdraw(to, thread, time, object)
        local value = call('HGET', open_key, thread)
        local wait = value and wait_of(value)

        local at = wait and place_of(wait.questions, object)

        if not at then
            return
        end

        wait.questions = sub(wait.questions, 1, at - 1)
                         .. sub(wait.questions, at + 8)

        local latest = wait_of(wait.latest)

        if latest and latest.questions == object then
            wait.latest = ''
        end

        if wait.questions .. wait.unnamed ~= '' then
            return save_wait(thread, wait)
        end

        end_wait(thread, wait, wait.last)
        book_close(wait, end_time(wait, time), 'deleted_by_author')
    end

    -- A question in a thread that is known or may have been answered.
    local function ask(to, thread, start, due, opening)
        local new, kind = wait_of(opening), 'F'
        local time, arrival, used = held(thread)

        if time then
            local answered = tonumber(time)

            if used and start <= answered then
                return add(to, 'more', 1)
            end

            if not used and start - 1000 < answered then
                return ask_answered(to, thread, new, time, arrival)
            end
        end

        local value = call('HGET', open_key, thread)

        if value then
            local wait, last = wait_of(value)

            if wait then
                texts[start] = new.start_text
                return ask_more(to, thread, wait, new, opening)
            end

            kind = start < last + DAY and 'N' or 'F'
            call('ZREM', idle_key, thread)
        end

        new.kind = kind
        texts[start] = new.start_text
        write_due(call, open_key,
                  { [T .. ':due:' .. new.queue .. ':' .. new.channel]
                        = { due == '' and start + 1e14 or due, thread } },
                  firsts)
        save_wait(thread, new)
        add(slot_at(new.queue, new.channel, start), 'o' .. kind .. new.reach, 1)
    end

    return { ask, answer, close, answer_automatically, withdraw,
             slot_at = slot_at, held = held, firsts = firsts }
end

-- Stores the items and leaves what remains to be written in `stats` and
-- `dues`.  Returns the codes other than 0 by item, or nil if there are none.
-- In case of an error `undo` describes the current item: its digest and,
-- unless it has been pushed or completed, its bucket; its counter, if it was
-- counted; digest and bucket of the fact that it reports.
local function store_items(call, T, H, at, now, window, count, two, two_before,
                           stats, dues, undo, seen, seen_late, slot, write_due,
                           length, begin_queue, make_rules)
    local try, read = redis.pcall, struct.unpack
    local held_now, held_before = T .. ':held:' .. two,
                                  T .. ':held:' .. two_before
    local now_s = (now - now % 1000) / 1000
    local prompt = window * 125
    local lifetime = window + (window - window % 8) / 8 + 60
    local open_key, seen_prefix = T .. ':open', T .. ':seen:'
    local cards, lengths, codes = {}, {}, nil
    local next_record, held, rules = 2, nil, nil
    local queue, booked, channel, limit, key, pushed
    local minute, minute_key, life, ahead
    local series, fields, letter, counted, counter, due_key
    local start_five, start_reach, start_fields, start_counter

    for i = 1, count do
        local clock, push, route, reach, digest, own, own_minute, event, detail,
            opening, thread, next_at
            = read('<BBBc1Bc0I6Bc0I6Bc0Hc0Hc0', H, at)

        at = next_at

        if route == 1 then
            queue, booked, channel, limit, at = read('<Bc0Bc0Bc0I6', H, at)
            series = booked .. ':' .. channel
            due_key = T .. ':due:' .. series
            fields, letter = slot(stats, series, now, now)
            pushed, counted, start_five = nil, nil, nil
        end

        local code, n, name, failure, opened

        if push > 0 then
            if push ~= pushed then
                key = T .. (push == 3 and ':dead:' or ':q:') .. queue
                pushed = push
            end

            n = lengths[key]

            if not n then
                n = length(key, push == 2 and 'LLEN' or 'XLEN')
                lengths[key] = n
            end

            if n < 0 then
                code = '3'
            elseif limit > 0 and n >= limit then
                code = '2'
            end
        end

        local before, bucket

        if own > 0 and now - own < prompt then
            if own_minute ~= minute then
                local from = (own - own % 60000) / 1000

                minute, minute_key = own_minute, seen_prefix .. own_minute
                ahead = from > now_s + 60
                life = (ahead and now_s or from) + lifetime - now_s
            end

            before, bucket = seen(call, cards, minute_key, digest,
                                  not code and life, ahead)

        elseif own > 0 and (now - own) / 1000 < lifetime + 60
               and seen(call, cards, seen_prefix .. own_minute, digest)
        then
            before = true

        else
            before, bucket = seen_late(call, cards, seen_prefix, digest, now_s,
                                       window, not code)
        end

        if before then
            code, name = '1', 'dup'

        elseif not code then
            undo.bucket, undo.digest = bucket, digest

            -- Open the wait before the push, which cannot be undone.
            if clock == 1 and thread ~= '' then
                if held == nil then
                    held = call('EXISTS', held_now, held_before) > 0
                end

                if held then
                    rules = rules or make_rules(call, T, now, stats, slot,
                                                write_due, held_now,
                                                held_before)
                end

                opened = not (held and rules.held(thread))
                         and call('HSETNX', open_key, thread, opening) == 1
            end

            if push > 0 then
                if n == 0 then
                    failure = begin_queue(T, push, queue, key)
                end

                if not failure then
                    local record, done = ARGV[next_record]

                    if push == 2 then
                        done = try('LPUSH', key, record)
                        failure = type(done) == 'table' and done or nil
                    else
                        -- A string, for which .err is nil, or an error.
                        done = try('XADD', key, '*', 'm', record)
                        failure = done.err and done
                    end
                end

                if failure then
                    if opened then
                        call('HDEL', open_key, thread)
                    end

                    if not string.find(failure.err, 'WRONGTYPE', 1, true)
                       and not string.find(failure.err, 'possible ID', 1, true)
                    then
                        error(failure, 0)
                    end

                    call('SREM', bucket, digest)
                    cards[bucket] = cards[bucket] - 1
                    code = '3'
                else
                    lengths[key] = n + 1
                end

                undo.bucket = nil
            end

            if code then
                name = nil
            elseif push == 3 then
                name = 'dead'
            elseif clock == 2 or clock == 4 or clock == 0
                   and (push == 0 or queue == booked .. ':out')
            then
                name = 'out'
            elseif clock ~= 3 then
                name = 'in'
            end
        end

        if name then
            if name ~= counted then
                counted, counter = name, letter .. name
            end

            fields[counter] = (fields[counter] or 0) + 1
        end

        if opened and not code then
            local five = event - event % 300000
            local threads = dues[due_key]

            if five ~= start_five or reach ~= start_reach then
                start_five, start_reach = five, reach
                start_fields, start_counter = slot(stats, series, event, now)
                start_counter = start_counter .. 'oF' .. reach
            end

            start_fields[start_counter] = (start_fields[start_counter] or 0) + 1

            if not threads then
                threads = {}
                dues[due_key] = threads
            end

            n = #threads
            threads[n + 1] = detail == '' and event + 1e14 or detail
            threads[n + 2] = thread

        elseif not code and (clock > 0 or opening ~= '') and thread ~= '' then
            rules = rules or make_rules(call, T, now, stats, slot, write_due,
                                        held_now, held_before)

            if push == 0 then
                undo.fields, undo.counter = name and fields, counter
            end

            local told = false

            if clock ~= 1 and opening ~= '' then
                told, undo.proof = seen_late(call, cards, seen_prefix, opening,
                                             now_s, window, true)
                undo.proof_digest = opening
            end

            if clock > 0 and not told then
                write_due(call, open_key, dues, rules.firsts)
                rules[clock](rules.slot_at(booked, channel, now), thread, event,
                             detail, opening)
            end

            undo.proof = nil

            if clock == 2 then
                held = true
            end
        end

        if push > 0 then
            next_record = next_record + 1
        else
            undo.bucket, undo.fields = nil, nil
        end

        if code then
            codes = codes or {}
            codes[i] = code
        end
    end

    return codes
end

local function write_rest(call, T, stats, dues, now, hour_text, write_due,
                          write_hour, again)
    local this_hour = now - now % 3600000

    write_due(call, T .. ':open', dues)

    for name, hours in pairs(stats) do
        for hour, counters in pairs(hours) do
            write_hour(call, T, name, hour, hour == this_hour and hour_text
                       or hour / 3600000, counters, now, again)
        end
    end
end

local T, H = KEYS[1], ARGV[1]
local call, try = redis.call, redis.pcall
local now, window, count, hour_text, two, two_before, at
    = struct.unpack('<I6I4HBc0Bc0Bc0', H)
local stats, dues, undo = {}, {}, {}
local done, codes = pcall(store_items, call, T, H, at, now, window, count, two,
                          two_before, stats, dues, undo, seen, seen_late, slot,
                          write_due, length, begin_queue, make_rules)
local failure = not done and codes

if done then
    done, failure = pcall(write_rest, call, T, stats, dues, now, hour_text,
                          write_due, write_hour)
end

-- An error.  The effects of the items before it are written nevertheless, as
-- far as the server permits: from now on these items are duplicates.
if not done then
    if undo.bucket then
        try('SREM', undo.bucket, undo.digest)
    end

    if undo.proof then
        try('SREM', undo.proof, undo.proof_digest)
    end

    if undo.bucket and undo.fields then
        local left = undo.fields[undo.counter] - 1

        undo.fields[undo.counter] = left > 0 and left or nil
    end

    -- As long as nothing is stored, stop at the next refusal: such a server
    -- refuses every write.
    pcall(write_rest, undo.digest and try or call, T, stats, dues, now,
          hour_text, write_due, write_hour, true)

    -- What pcall caught is a string, or an error reply (a table).
    return type(failure) == 'table' and failure or { err = failure }
end

if not codes then
    return string.rep('0', count)
end

for i = 1, count do
    codes[i] = codes[i] or '0'
end

return table.concat(codes)
