-- read.lua: what the status needs to know of one brand partition.  Reads only.
-- Keys: see enqueue.lua.
--
-- KEYS[1]  T
-- ARGV     now ms, horizon of "at risk" ms (20 % of the target), hours of the
--          second window (0: leave it out; 24 for a day)
--
-- Answer: one string of lines; -1 is "unknown" or "none".
--
--   1                  version of this layout
--   q F depth lag pending dead oldest NAME
--                      a queue: F is s stream, l list, - nothing there yet,
--                      ? something else.  lag: not yet read by `workers` (the
--                      server knows it since version 7); pending: read and
--                      not acknowledged; oldest: age ms of the longest
--                      waiting entry, unread or pending.
--   s open soon risk late earliest CHANNEL QUEUE
--                      waits of one channel and queue: all; due within 60 s;
--                      due within the horizon; deadline passed (booked or
--                      not); the earliest deadline ms that was not booked.
--   c since N1 … N44   counters of the series named before since that ms: the
--                      current and the previous hour of the clock.
--   d since N1 … N44   the same for the current hour and as many before as
--                      asked for.
--                      N1 … N15: in out dup dead open more rep rtms met miss
--                      amend early stale closed expired; then h1 … h29.

local T = KEYS[1]
local now, horizon, hours = tonumber(ARGV[1]), tonumber(ARGV[2]),
                            tonumber(ARGV[3])
local call, try = redis.call, redis.pcall
local floor, format, match = math.floor, string.format, string.match
local lines = { '1' }

local names = { 'in', 'out', 'dup', 'dead', 'open', 'more', 'rep', 'rtms',
    'met', 'miss', 'amend', 'early', 'stale', 'closed', 'expired' }

for i = 1, 29 do
    names[15 + i] = 'h' .. i
end

local time = call('TIME')
local server = time[1] * 1000 + floor(time[2] / 1000)

local function number(n)
    return format('%.0f', n)
end

local function age(since, at)
    return since and number(at > since and at - since or 0) or '-1'
end

-- Ids begin with the server's time in ms.
local function id_ms(id)
    return tonumber(match(id, '^%d+'))
end

local function group_of(key)
    for _, flat in ipairs(call('XINFO', 'GROUPS', key)) do
        local group = {}

        for i = 1, #flat, 2 do
            group[flat[i]] = flat[i + 1]
        end

        if group.name == 'workers' then
            return group
        end
    end
end

local function stream_line(key, dead, name)
    local depth, group = call('XLEN', key), group_of(key)
    local lag, pending, from, oldest = -1, -1, '-', nil

    if group then
        local ms, seq = match(group['last-delivered-id'], '^(%d+)-(%d+)$')

        from = ms .. '-' .. number(tonumber(seq) + 1)
        pending = group.pending
        lag = group.lag or -1

        if pending > 0 then
            oldest = id_ms(call('XPENDING', key, 'workers', '-', '+', 1)[1][1])
        end
    end

    -- What is pending was read before what is not.
    if not oldest and lag ~= 0 and depth > 0 then
        local first = call('XRANGE', key, from, '+', 'COUNT', 1)[1]

        oldest = first and id_ms(first[1])
    end

    return format('q s %.0f %.0f %.0f %.0f %s %s', depth, lag, pending, dead,
                  age(oldest, server), name)
end

-- The record tells when we received it; a quote inside of its text is escaped.
local function list_line(key, dead, name)
    local depth, record = call('LLEN', key), call('LINDEX', key, -1)
    local received = record and match(record, '"received_ms":(%d+)')

    return format('q l %.0f -1 -1 %.0f %s %s', depth, dead,
                  age(tonumber(received), now), name)
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
        return format('q - 0 -1 -1 %.0f -1 %s', dead, name)
    end

    return format('q ? -1 -1 -1 %.0f -1 %s', dead, name)
end

local function waits_line(channel, queue)
    local series = queue .. ':' .. channel
    local due_key = T .. ':due:' .. series
    local booked = call('ZCARD', T .. ':late:' .. series)
    local waiting = call('ZCARD', due_key)
    local passed, soon, risk, earliest = 0, 0, 0, -1

    if waiting > 0 then
        local first = tonumber(call('ZRANGE', due_key, 0, 0, 'WITHSCORES')[2])

        earliest = first < 1e14 and first or -1
        passed = call('ZCOUNT', due_key, '-inf', ARGV[1])
        soon = call('ZCOUNT', due_key, '(' .. ARGV[1], number(now + 60000))
        risk = call('ZCOUNT', due_key, '(' .. ARGV[1], number(now + horizon))
    end

    return format('s %.0f %.0f %.0f %.0f %.0f %s %s', waiting + booked, soon,
                  risk, booked + passed, earliest, channel, queue)
end

local function counters_line(letter, channel, queue, before)
    local hour = floor(now / 3600000)
    local sums = {}

    for h = hour - before, hour do
        local flat = call('HGETALL', T .. ':st:' .. queue .. ':' .. channel
                                     .. ':' .. number(h))

        for i = 1, #flat, 2 do
            sums[flat[i]] = (sums[flat[i]] or 0) + flat[i + 1]
        end
    end

    local line = { letter, number((hour - before) * 3600000) }

    for i, name in ipairs(names) do
        line[i + 2] = number(sums[name] or 0)
    end

    return table.concat(line, ' ')
end

for _, name in ipairs(call('SMEMBERS', T .. ':queues')) do
    lines[#lines + 1] = queue_line(name)
end

for _, series in ipairs(call('SMEMBERS', T .. ':series')) do
    local channel, queue = match(series, '^([^:]*):(.*)$')

    lines[#lines + 1] = waits_line(channel, queue)
    lines[#lines + 1] = counters_line('c', channel, queue, 1)

    if hours > 0 then
        lines[#lines + 1] = counters_line('d', channel, queue, hours)
    end
end

return table.concat(lines, '\n')
