-- sweep.lua: books the breaches of one brand partition when they happen, and
-- gives up waits that nobody ends.  Keys: see enqueue.lua.
--
-- KEYS[1]  T
-- ARGV     now ms, open_max_age ms, threads at most (500), lease ms
--
-- Whoever gets T:lease:sweep does the work, once per lease; all boxes may ask.
-- A thread whose deadline has passed counts as `miss` in the hour of its
-- deadline, moves from `due` to `late` and is marked in `open`: it goes on
-- waiting, but is never counted again.
--
-- Answer: "0" when another one holds the lease, else "1 missed expired more
-- next": more is 1 when there was too much for one call (the lease is given
-- back: call again at once), next the earliest deadline still ahead, or -1.

local T = KEYS[1]
local now, max_age = tonumber(ARGV[1]), tonumber(ARGV[2])
local left = tonumber(ARGV[3])
local call, floor, format = redis.call, math.floor, string.format

if not call('SET', T .. ':lease:sweep', '1', 'NX', 'PX', ARGV[4]) then
    return '0'
end

local open = T .. ':open'
local missed, expired, next_due = 0, 0, -1

local function count(queue, channel, hour, name, n)
    local key = T .. ':st:' .. queue .. ':' .. channel .. ':'
                .. format('%.0f', hour)

    if call('HINCRBY', key, name, n) == n then
        call('EXPIRE', key, (hour + 841) * 3600 - floor(now / 1000))
    end
end

local function book_breaches(queue, channel)
    local due_key = T .. ':due:' .. queue .. ':' .. channel
    local threads = call('ZRANGEBYSCORE', due_key, '-inf', ARGV[1], 'LIMIT',
                         0, left)
    local by_hour = {}

    for _, thread in ipairs(threads) do
        local value = call('HGET', open, thread)

        call('ZREM', due_key, thread)

        if value then
            local start, due, rest
                = string.match(value, '^(%d+) (%-?%d+) 0 (.*)$')

            if start then
                local hour = floor(tonumber(due) / 3600000)

                call('HSET', open, thread, start .. ' ' .. due .. ' 1 ' .. rest)
                call('ZADD', T .. ':late:' .. queue .. ':' .. channel, start,
                     thread)
                by_hour[hour] = (by_hour[hour] or 0) + 1
                missed = missed + 1
            end
        end
    end

    left = left - #threads

    for hour, n in pairs(by_hour) do
        count(queue, channel, hour, 'miss', n)
    end
end

-- Threads of `key` with a score from `low` to `high` are forgotten.
local function expire(queue, channel, key, low, high)
    if left <= 0 then
        return
    end

    local threads = call('ZRANGEBYSCORE', key, low, high, 'LIMIT', 0, left)

    for _, thread in ipairs(threads) do
        call('ZREM', key, thread)
        call('HDEL', open, thread)
    end

    left = left - #threads
    expired = expired + #threads

    if #threads > 0 then
        count(queue, channel, floor(now / 3600000), 'expired',
              #threads)
    end
end

for _, series in ipairs(call('SMEMBERS', T .. ':series')) do
    local channel, queue = string.match(series, '^([^:]*):(.*)$')
    local due_key = T .. ':due:' .. queue .. ':' .. channel
    local first = call('ZRANGE', due_key, 0, 0, 'WITHSCORES')

    if first[1] and tonumber(first[2]) <= now and left > 0 then
        book_breaches(queue, channel)
        first = call('ZRANGE', due_key, 0, 0, 'WITHSCORES')
    end

    expire(queue, channel, T .. ':late:' .. queue .. ':' .. channel,
           '-inf', format('(%.0f', now - max_age))

    if first[1] then
        local due = tonumber(first[2])

        if due < 1e14 and (next_due < 0 or due < next_due) then
            next_due = due
        end

        expire(queue, channel, due_key, '100000000000000',
               format('(%.0f', 1e14 + now - max_age))
    end
end

if left <= 0 then
    call('DEL', T .. ':lease:sweep')
end

return format('1 %d %d %d %.0f', missed, expired, left <= 0 and 1 or 0,
              next_due)
