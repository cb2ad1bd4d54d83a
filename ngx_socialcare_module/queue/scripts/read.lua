-- read.lua: what the status needs to know about one brand partition.
-- Reads only.  Keys: see enqueue.lua.  The counters (T:st:…) are plain hashes,
-- which the status reads separately, by HGETALL.
--
-- KEYS[1]  T
-- ARGV     now, ms
--
-- Reply: one string of lines; -1 means "unknown" or "none".
--
--   1                  version of this layout
--   q F depth lag pending dead oldest ready added taken NAME
--                      a queue: F is s stream, l list, - does not exist yet,
--                      ? something else.  lag: not yet read by `workers` (the
--                      server knows it since version 7); pending: read but
--                      not acknowledged; oldest: age (ms) of the oldest entry,
--                      unread or pending; ready: age (ms) of the oldest unread
--                      entry, 0 if all are read; added, taken: total entries
--                      ever added, and ever read by `workers` (streams, since
--                      version 7): two readings give the rates.
--   s open soon risk late earliest oldest CHANNEL QUEUE
--                      waits of one channel and queue: all; due within 60 s;
--                      at risk: less than a fifth of the time from start to
--                      deadline is left; deadline passed (booked or not); the
--                      earliest unbooked deadline, ms; the start of the
--                      longest wait, ms.
--
-- Only the wait itself tells how long it may take.  So the waits of a series
-- are examined in the order of their deadlines: up to `most_looked` booked and
-- as many unbooked ones, `left` in one call.  The rest are assumed to share one
-- target, so that the earliest start is due first.

local T = KEYS[1]
local now = tonumber(ARGV[1])
local call, try = redis.call, redis.pcall
local floor, format, match = math.floor, string.format, string.match
local open, endless = T .. ':open', '100000000000000'
local most_looked, left = 500, 2000
local lines = { '1' }

local time = call('TIME')
local server = time[1] * 1000 + floor(time[2] / 1000)

local function number(n)
    return format('%.0f', n)
end

local function age(since, at)
    return since and number(at > since and at - since or 0) or '-1'
end

-- Stream ids begin with the server's time in ms.
local function id_ms(id)
    return tonumber(match(id, '^%d+'))
end

-- A flat list of names and values as a table.
local function named(flat)
    local found = {}

    for i = 1, #flat, 2 do
        found[flat[i]] = flat[i + 1]
    end

    return found
end

local function group_of(key)
    for _, flat in ipairs(call('XINFO', 'GROUPS', key)) do
        local group = named(flat)

        if group.name == 'workers' then
            return group
        end
    end
end

local function stream_line(key, dead, name)
    local depth, group = call('XLEN', key), group_of(key)
    local added = named(call('XINFO', 'STREAM', key))['entries-added'] or -1
    local lag, pending, taken, ready = -1, -1, -1, '-1'
    local from, oldest = '-', nil

    if group then
        local ms, seq = match(group['last-delivered-id'], '^(%d+)-(%d+)$')

        from = ms .. '-' .. number(tonumber(seq) + 1)
        pending = group.pending
        lag = group.lag or -1
        taken = group['entries-read'] or lag >= 0 and added - lag or -1

        if pending > 0 then
            oldest = id_ms(call('XPENDING', key, 'workers', '-', '+', 1)[1][1])
        end
    end

    local unread = depth > 0 and lag ~= 0
                   and call('XRANGE', key, from, '+', 'COUNT', 1)[1]

    if unread then
        -- A pending entry is older than any unread one.
        oldest = oldest or id_ms(unread[1])
        ready = group and age(id_ms(unread[1]), server) or '-1'

    elseif group then
        ready = '0'
    end

    return format('q s %.0f %.0f %.0f %.0f %s %s %.0f %.0f %s', depth, lag,
                  pending, dead, age(oldest, server), ready, added, taken,
                  name)
end

-- The record tells when we received it; a quote inside its text is escaped.
-- Reading an element of a list removes it: all that is there is unread.
local function list_line(key, dead, name)
    local depth, record = call('LLEN', key), call('LINDEX', key, -1)
    local received = record and match(record, '"received_ms":(%d+)')
    local oldest = age(tonumber(received), now)

    return format('q l %.0f -1 -1 %.0f %s %s -1 -1 %s', depth, dead, oldest,
                  oldest, name)
end

local function queue_line(name)
    local key = T .. ':q:' .. name
    local kind, dead = call('TYPE', key).ok, try('XLEN', T .. ':dead:' .. name)

    if type(dead) == 'table' then
        dead = -1
    end

    if kind == 'stream' then
        return stream_line(key, dead, name)
    elseif kind == 'list' then
        return list_line(key, dead, name)
    elseif kind == 'none' then
        return format('q - 0 -1 -1 %.0f -1 -1 -1 -1 %s', dead, name)
    end

    return format('q ? -1 -1 -1 %.0f -1 -1 -1 -1 %s', dead, name)
end

-- Start of a thread's wait, and whether it is late or at risk.
local function judge(thread)
    local start, due = match(call('HGET', open, thread) or '', '^(%d+) (%d+) ')

    start, due = tonumber(start), tonumber(due)

    return start, due and (due <= now or 5 * (due - now) < due - start)
end

local function earlier(a, b)
    return a and b and math.min(a, b) or a or b
end

-- How many waits at the beginning of `key` were examined, how many of them are
-- late or at risk, and the earliest start.
local function look(key)
    local threads = call('ZRANGEBYSCORE', key, '-inf', '(' .. endless,
                         'LIMIT', 0, math.max(1, math.min(most_looked, left)))
    local near, oldest = 0, nil

    left = left - #threads

    for _, thread in ipairs(threads) do
        local start, is_near = judge(thread)

        oldest = earlier(oldest, start)
        near = near + (is_near and 1 or 0)
    end

    return #threads, near, oldest
end

-- How many waits of `key`, from one rank up to another, are late or at risk,
-- provided that these come before all others (binary search).
local function search(key, from, to)
    local low, high = from, to

    while low < high do
        local middle = floor((low + high) / 2)
        local _, is_near = judge(call('ZRANGE', key, middle, middle)[1])

        if is_near then
            low = middle + 1
        else
            high = middle
        end
    end

    return low - from
end

local function waits_line(channel, queue)
    local series = queue .. ':' .. channel
    local due_key, late_key = T .. ':due:' .. series, T .. ':late:' .. series
    local booked, waiting = call('ZCARD', late_key), call('ZCARD', due_key)
    local passed, soon, risk, earliest = 0, 0, 0, -1
    local oldest

    if waiting > 0 then
        local first = call('ZRANGE', due_key, 0, 0, 'WITHSCORES')[2]
        local patient = call('ZRANGEBYSCORE', due_key, endless, '+inf',
                             'WITHSCORES', 'LIMIT', 0, 1)[2]
        local looked, near

        looked, near, oldest = look(due_key)
        earliest = tonumber(first) < 1e14 and first or -1
        oldest = earlier(oldest, patient and tonumber(patient) - 1e14)
        passed = call('ZCOUNT', due_key, '-inf', ARGV[1])
        soon = call('ZCOUNT', due_key, '(' .. ARGV[1], number(now + 60000))

        if looked == most_looked or left <= 0 then
            near = near + search(due_key, looked, call('ZCOUNT', due_key,
                                 '-inf', '(' .. endless))
        end

        risk = math.max(near - passed, 0)
    end

    if booked > 0 then
        local _, _, start = look(late_key)

        oldest = earlier(oldest, start)
    end

    return format('s %.0f %.0f %.0f %.0f %.0f %.0f %s %s', waiting + booked,
                  soon, risk, booked + passed, earliest, oldest or -1,
                  channel, queue)
end

for _, name in ipairs(call('SMEMBERS', T .. ':queues')) do
    lines[#lines + 1] = queue_line(name)
end

for _, series in ipairs(call('SMEMBERS', T .. ':series')) do
    local channel, queue = match(series, '^([^:]*):(.*)$')

    lines[#lines + 1] = waits_line(channel, queue)
end

return table.concat(lines, '\n')
