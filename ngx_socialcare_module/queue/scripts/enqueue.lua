-- enqueue.lua: stores a batch of items of one brand partition, atomically.
--
-- KEYS[1]  T, the hash tag {<prefix>:<brand>/<partition>}: it begins every key
--          below, so that all of them live in one slot of a cluster.
-- ARGV[1]  the call and the items' heads, packed (see sc_queue.c):
--            call   I6 now ms, I4 dedupe window s, H items
--            item   B clock (0 none, 1 question, 2 answer, 3 close)
--                   B push (0 none, 1 stream, 2 list, 3 dead letter)
--                   B route (0: that of the item before, 1: a new one follows)
--                   Bc0 digest, decimal
--                   I6 the platform's own time ms (0: none)
--                   Bc0 time of the event ms, decimal
--                   Bc0 question: deadline ms (empty: none); close: reason
--                   Hc0 thread (clock key)
--            route  Bc0 queue, Bc0 queue that is booked, Bc0 channel, I6 limit
--          little endian, in the syntax of struct.unpack.
-- ARGV[2…] the records of the items whose push is not 0, in order.
--
-- Answer: one string with a digit for each item, in order: 0 stored,
-- 1 duplicate, 2 full (nothing of it was written), 3 its push failed (a key of
-- another type stands in the way, or the stream's ids are used up) and was
-- undone.  An error means the whole call: it may be sent again as it was,
-- because what was stored before the error is a duplicate then.
--
-- Comment lines are not sent to the server.
--
-- FOR WORKERS
--
--   T:queues         SET     names of the queues of this partition
--   T:q:<queue>      STREAM  field m = the record; group `workers` exists.
--                            XREADGROUP GROUP workers <me> COUNT 50 BLOCK 5000
--                            STREAMS T:q:<queue> >    then XACK and XDEL.
--                            What a dead worker held: XAUTOCLAIM.
--                            Never XDEL what was not read: lag goes wrong.
--                    LIST    the record; BRPOP, or LMOVE … RIGHT LEFT
--   T:dead:<queue>   STREAM  field m = what was verified but not understood,
--                            and what workers gave up on
--
-- FOR OPERATORS
--
-- A user of Redis needs no more than this, with `care` for the prefix (plus
-- +select, +wait, +role, +asking, +cluster|slots where these are used):
--
--   ACL SETUSER NAME on >PASSWORD ~{care:* +eval +evalsha +ping +del +exists
--     +expire +hdel +hget +hgetall +hincrby +hset +hsetnx +lindex +llen +lpush
--     +sadd +scard +set +sismember +smembers +srem +time +type +xadd
--     +xgroup|create +xinfo|groups +xinfo|stream +xlen +xpending +xrange
--     +zadd +zcard +zcount +zrange +zrangebyscore +zrem
--
-- KEPT BY THE SCRIPTS
--
--   T:seen:…         SET     digests of ids (plain decimal integers, so that
--                            a set of up to 512 is packed: 8 bytes an id).
--     :<minute>[:<d>]        of items that arrive within window / 8 of their
--                            own time; lives until minute + window * 9 / 8.
--     :<window>.<n>[:<d>]    of the others, by arrival: n-th window since
--                            1970; looked up in n and n - 1, so that each id
--                            is known for one whole window at least.
--                            A bucket that holds 448 is left as it is and goes
--                            on in ten, by the digest's last decimal digit
--                            <d>; those in their turn, by the last two …
--   T:open           HASH    thread -> "start due breached channel queue":
--                            ms, ms or -1, 0 or 1
--   T:due:<queue>:<channel>   ZSET  open threads by deadline ms; those without
--                            one by start + 1e14
--   T:late:<queue>:<channel>  ZSET  open threads whose breach is booked, by
--                            start (see sweep.lua)
--   T:held:<n>       HASH    thread -> "time arrival used": answers of the
--                            n-th 2 minutes; 2 to 4 min
--   T:series         SET     "<channel>:<queue>" of due, late and st
--   T:st:<queue>:<channel>:<hour>  HASH  counters of one hour; 35 days:
--     in       items seen for the first time
--     out      the same of the brand's side: answers, what goes to
--              <queue>:out or to no queue
--     dup      items seen before
--     dead     dead letters
--     open     waits opened
--     more     questions of a thread that waits already
--     rep      waits ended by an answer
--     rtms     sum of those waits, ms
--     h1…h29   those waits by length; upper bounds (inclusive) in seconds: 10
--              20 30 60 90 120 180 300 450 600 900 1200 1800 2700 3600 5400
--              7200 10800 14400 21600 28800 43200 64800 86400 129600 172800
--              259200 604800, and beyond
--     met      answered by the deadline
--     miss     deadline passed: booked in the hour of the deadline, once
--     amend    answers given in time that reached us after their miss was
--              booked; such a wait is in miss, not in met
--     early    waits ended by an answer that arrived before its question (they
--              are in open and rep as well)
--     stale    answers dated before the question: the wait goes on
--     closed   waits ended without an answer, and x:<reason>: the same
--     expired  waits given up after open_max_age
--
-- RULES OF THE CLOCK
--
--   A question opens a wait unless its thread waits already; the deadline and
--   the queue it counts for are those of the first question.  An answer ends
--   it.  Answers may carry times cut to the second, so one dated up to 999 ms
--   before its question counts, with a wait of 0; an older one does not end
--   the wait.  Every answer is held for 2 minutes: a question that arrives
--   later but is dated before it was answered at once (first such question) or
--   belongs to the wait that the answer has ended (it opens none).
--
-- Times are the caller's: no key's end depends on the server's clock being the
-- same.  Works on Redis 6 and later and on Valkey: nothing newer is used.  The
-- first write is always a SADD outside pcall, so that a server that refuses
-- writes (READONLY, OOM, MISCONF, NOREPLICAS) refuses the whole call untouched.

local T, H = KEYS[1], ARGV[1]
local call, try, unpack = redis.call, redis.pcall, struct.unpack
local floor, sub, tonumber = math.floor, string.sub, tonumber

local now, window, count, at = unpack('<I6I4H', H)
local grace = window * 125
local lifetime = window + floor(window / 8) + 60
local now_s = floor(now / 1000)
local hour = floor(now / 3600000)
local slot = floor(now / 120000)
local open_key = T .. ':open'

local cards, lengths, stats, series_of = {}, {}, {}, {}
local bucket, last_minute, minute_key, held_now, held_before, held_count
local held_kept, bounds

-- Is the digest in the buckets that begin with `key`?  With `expire` it is
-- put there if not, and `bucket` says where.
local function seen(key, digest, expire, renew)
    local prefix, depth = key, 0

    while true do
        local n = cards[key]

        if not n then
            n = call('SCARD', key)
            cards[key] = n
        end

        if n < 448 or depth == 4 then
            if not expire then
                return n > 0 and call('SISMEMBER', key, digest) == 1
            end

            if call('SADD', key, digest) == 0 then
                return true
            end

            if n == 0 or renew then
                call('EXPIRE', key, expire - now_s)
            end

            cards[key] = n + 1
            bucket = key
            return false
        end

        if call('SISMEMBER', key, digest) == 1 then
            return true
        end

        depth = depth + 1
        key = prefix .. ':' .. sub(digest, -depth)
    end
end

-- Was the item stored within the window?  With `add` it counts as stored.
local function known(digest, own, add)
    if own > 0 then
        local minute = floor(own / 60000)

        if minute ~= last_minute then
            last_minute, minute_key = minute, T .. ':seen:' .. minute
        end

        if now - own < grace then
            local from = minute * 60
            local ahead = from > now_s + 60

            if ahead then
                from = now_s
            end

            return seen(minute_key, digest, add and from + lifetime, ahead)
        end

        if (now - own) / 1000 < lifetime + 60 and seen(minute_key, digest) then
            return true
        end
    end

    local generation = floor(now_s / window)
    local key = T .. ':seen:' .. window .. '.'

    return seen(key .. generation - 1, digest)
           or seen(key .. generation, digest,
                   add and (generation + 2) * window)
end

local function counters(queue, channel, of)
    local key = T .. ':st:' .. queue .. ':' .. channel .. ':' .. of
    local found = stats[key]

    if not found then
        found = {}
        stats[key] = found
        series_of[key] = { channel .. ':' .. queue, (of + 841) * 3600 }
    end

    return found
end

local function add(to, name, n)
    to[name] = (to[name] or 0) + n
end

local function write_counters()
    for key, fields in pairs(stats) do
        local new

        for name, n in pairs(fields) do
            if call('HINCRBY', key, name, n) == n then
                new = true
            end
        end

        if new then
            call('EXPIRE', key, series_of[key][2] - now_s)
            call('SADD', T .. ':series', series_of[key][1])
        end
    end
end

local function length(key, command)
    local n = lengths[key]

    if not n then
        n = try(command, key)

        if type(n) == 'table' then
            if not string.find(n.err, 'WRONGTYPE', 1, true) then
                return nil, n
            end

            n = -1
        end

        lengths[key] = n
    end

    return n
end

-- nil, or the error.
local function put(push, queue, key, n, record)
    local done

    if n == 0 and (push == 2 or call('EXISTS', key) == 0) then
        if push == 1 then
            done = try('XGROUP', 'CREATE', key, 'workers', '0', 'MKSTREAM')

            if done.err then
                return done
            end
        end

        call('SADD', T .. ':queues', queue)
    end

    if push == 2 then
        done = try('LPUSH', key, record)
    else
        done = try('XADD', key, '*', 'm', record)
    end

    if type(done) == 'table' and done.err then
        return done
    end

    lengths[key] = n + 1
end

local function book_answer(to, wait)
    local low, high = 1, 29

    bounds = bounds or { 10, 20, 30, 60, 90, 120, 180, 300, 450, 600, 900,
        1200, 1800, 2700, 3600, 5400, 7200, 10800, 14400, 21600, 28800, 43200,
        64800, 86400, 129600, 172800, 259200, 604800 }

    if wait < 0 then
        wait = 0
    end

    while low < high do
        local middle = floor((low + high) / 2)

        if wait <= bounds[middle] * 1000 then
            high = middle
        else
            low = middle + 1
        end
    end

    add(to, 'rep', 1)
    add(to, 'rtms', wait)
    add(to, 'h' .. low, 1)
end

local function book_target(to, queue, channel, due, time)
    if time <= due then
        add(to, 'met', 1)
    else
        add(counters(queue, channel, floor(due / 3600000)), 'miss', 1)
    end
end

local function name_held()
    if not held_now then
        held_now, held_before = T .. ':held:' .. slot, T .. ':held:' .. slot - 1
    end
end

local function hold(thread, time, arrival, used)
    name_held()
    call('HSET', held_now, thread, time .. ' ' .. arrival .. used)
    held_count = 1

    if not held_kept then
        held_kept = true
        call('EXPIRE', held_now, (slot + 2) * 120 - now_s)
    end
end

-- The held answer of a thread: its time, arrival, and whether it ended a wait.
local function held(thread)
    if not held_count then
        name_held()
        held_count = call('EXISTS', held_now, held_before)
    end

    if held_count == 0 then
        return
    end

    local value = call('HGET', held_now, thread)
                  or call('HGET', held_before, thread)

    if value then
        local time, arrival, used = string.match(value, '^(%d+) (%d+) (%d)$')

        if now - tonumber(arrival) <= 120000 then
            return time, arrival, used == '1'
        end
    end
end

local function ask(to, queue, channel, thread, event, due)
    local time, arrival, used = held(thread)

    if time then
        local start, answered = tonumber(event), tonumber(time)

        if used and start <= answered then
            add(to, 'more', 1)
            return
        end

        if not used and start - 1000 < answered then
            add(to, 'open', 1)
            add(to, 'early', 1)
            book_answer(to, answered - start)

            if due ~= '' then
                book_target(to, queue, channel, tonumber(due), answered)
            end

            hold(thread, time, arrival, ' 1')
            return
        end
    end

    if call('HSETNX', open_key, thread, event .. ' '
            .. (due == '' and '-1' or due) .. ' 0 ' .. channel .. ' ' .. queue)
       == 0
    then
        add(to, 'more', 1)
        return
    end

    add(to, 'open', 1)
    call('ZADD', T .. ':due:' .. queue .. ':' .. channel,
         due == '' and tonumber(event) + 1e14 or due, thread)
end

-- An answer, or a close with its reason.
local function finish(to, thread, event, reason)
    local value = call('HGET', open_key, thread)
    local time, used = tonumber(event), ' 0'
    local start, due, late, channel, queue = string.match(value or '',
        '^(%d+) (%-?%d+) (%d) (%S+) (.*)$')

    if start then
        local of = counters(queue, channel, hour)

        start, due = tonumber(start), tonumber(due)

        if not reason and time <= start - 1000 then
            add(of, 'stale', 1)

        else
            call('HDEL', open_key, thread)
            call('ZREM', T .. (late == '1' and ':late:' or ':due:') .. queue
                 .. ':' .. channel, thread)
            used = ' 1'

            if reason then
                add(of, 'closed', 1)
                add(of, 'x:' .. reason, 1)

                if late == '0' and due >= 0 and time > due then
                    book_target(of, queue, channel, due, time)
                end

            else
                book_answer(of, time - start)

                if late == '1' then
                    if time <= due then
                        add(of, 'amend', 1)
                    end

                elseif due >= 0 then
                    book_target(of, queue, channel, due, time)
                end
            end
        end
    end

    if not reason then
        hold(thread, event, now, used)
    end
end

local codes, next_record = {}, 2
local queue, booked, channel, limit, to

for i = 1, count do
    local clock, push, route, digest, own, event, detail, thread
    clock, push, route, digest, own, event, detail, thread, at
        = unpack('<BBBBc0I6Bc0Bc0Hc0', H, at)

    if route == 1 then
        queue, booked, channel, limit, at = unpack('<Bc0Bc0Bc0I6', H, at)
        to = counters(booked, channel, hour)
    end

    local code, key, n, failure

    if push > 0 then
        key = T .. (push == 3 and ':dead:' or ':q:') .. queue
        n, failure = length(key, push == 2 and 'LLEN' or 'XLEN')

        if failure then
            write_counters()
            return failure
        end

        if n < 0 then
            code = '3'
        elseif limit > 0 and n >= limit then
            code = '2'
        end
    end

    if known(digest, own, not code) then
        code = '1'
        add(to, 'dup', 1)

    elseif not code then
        code = '0'

        if push > 0 then
            failure = put(push, queue, key, n, ARGV[next_record])

            if failure then
                call('SREM', bucket, digest)
                cards[bucket] = cards[bucket] - 1
                code = '3'

                if not string.find(failure.err, 'WRONGTYPE', 1, true)
                   and not string.find(failure.err, 'possible ID', 1, true)
                then
                    write_counters()
                    return failure
                end
            end
        end

        if code == '0' then
            if push == 3 then
                add(to, 'dead', 1)
            elseif clock == 2 or clock == 0
                   and (push == 0 or queue == booked .. ':out')
            then
                add(to, 'out', 1)
            elseif clock ~= 3 then
                add(to, 'in', 1)
            end

            if thread ~= '' then
                if clock == 1 then
                    ask(to, booked, channel, thread, event, detail)
                elseif clock == 2 then
                    finish(to, thread, event)
                elseif clock == 3 then
                    finish(to, thread, event, detail)
                end
            end
        end
    end

    if push > 0 then
        next_record = next_record + 1
    end

    codes[i] = code
end

write_counters()

return table.concat(codes)
