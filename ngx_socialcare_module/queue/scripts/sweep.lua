-- sweep.lua: books the breaches of one brand partition when they happen, gives
-- up waits that nobody ends, forgets conversations that are over, and packs
-- the counters of past hours.  Keys: see enqueue.lua.
--
-- KEYS[1]  T
-- ARGV     now ms, open_max_age ms, maximum of threads (500), lease ms
--
-- Any machine may call this; the one that gets T:lease:sweep does the work,
-- once per lease.  A thread whose deadline has passed is counted as `miss` in
-- the five minutes of its deadline, moves from `due` to `late` and is marked in
-- `open`: it continues to wait, but is never counted again.  It is given up
-- open_max_age after its deadline, or after its start if it has none.
--
-- A conversation is forgotten an hour after its end, so that late items still
-- find it.  Counters are packed 4 hours after the end of their hour: the five
-- minutes are summed up under `z`.  The hash is built anew, because Redis
-- stores a small one compactly, but does not convert a large one back.  Only
-- whole hashes are packed, up to 8 or about 4000 fields a call; the rest is
-- left for the next call.
--
-- Reply: "0" if another caller holds the lease, else "1 missed expired more
-- next": more is 1 if there was too much for one call (the lease is released:
-- call again at once), next is the earliest deadline (ms) ahead, or -1.

local T = KEYS[1]
local now, max_age = tonumber(ARGV[1]), tonumber(ARGV[2])
local left = tonumber(ARGV[3])
local call, floor, format = redis.call, math.floor, string.format
local now_s = floor(now / 1000)
local last_packed = floor(now / 3600000) - 5

if not call('SET', T .. ':lease:sweep', '1', 'NX', 'PX', ARGV[4]) then
    return '0'
end

local open, fine = T .. ':open', T .. ':fine'
local missed, expired, next_due = 0, 0, -1

-- `five`: number of the five minutes since 1970.
local function count(queue, channel, five, name, n)
    local hour = floor(five / 12)
    local member = format('%s:%s:%.0f', queue, channel, hour)
    local key = T .. ':st:' .. member
    local letter = hour > last_packed and string.char(97 + five - 12 * hour)
                   or 'z'

    if call('HINCRBY', key, letter .. name, n) == n
       and call('HLEN', key) == 1
    then
        call('EXPIRE', key, (hour + 841) * 3600 - now_s)

        if hour > last_packed then
            call('ZADD', fine, hour, member)
        end
    end
end

local function book_breaches(queue, channel)
    local due_key = T .. ':due:' .. queue .. ':' .. channel
    local threads = call('ZRANGEBYSCORE', due_key, '-inf', ARGV[1], 'LIMIT',
                         0, left)
    local by_time = {}

    for _, thread in ipairs(threads) do
        local value = call('HGET', open, thread)

        call('ZREM', due_key, thread)

        if value then
            local start, due, rest
                = string.match(value, '^(%d+) (%d+) 0 (.*)$')

            if start then
                local five = floor(tonumber(due) / 300000)

                call('HSET', open, thread, start .. ' ' .. due .. ' 1 ' .. rest)
                call('ZADD', T .. ':late:' .. queue .. ':' .. channel, due,
                     thread)
                by_time[five] = (by_time[five] or 0) + 1
                missed = missed + 1
            end
        end
    end

    left = left - #threads

    for five, n in pairs(by_time) do
        count(queue, channel, five, 'miss', n)
    end
end

-- Forgets the threads of `key` with scores from `low` to `high`, `left` at
-- most.  Returns how many.
local function forget(key, low, high)
    if left <= 0 then
        return 0
    end

    local threads = call('ZRANGEBYSCORE', key, low, high, 'LIMIT', 0, left)

    for _, thread in ipairs(threads) do
        call('ZREM', key, thread)
        call('HDEL', open, thread)
    end

    left = left - #threads

    return #threads
end

local function expire(queue, channel, key, low, high)
    local n = forget(key, low, high)

    expired = expired + n

    if n > 0 then
        count(queue, channel, floor(now / 300000), 'expired', n)
    end
end

-- Sums up the five minutes of one hash.  Returns how many fields it had.
local function pack(member)
    local key = T .. ':st:' .. member
    local flat, sums = call('HGETALL', key), {}

    for i = 1, #flat, 2 do
        local name = string.sub(flat[i], 2)

        sums[name] = (sums[name] or 0) + tonumber(flat[i + 1])
    end

    local portion = {}

    call('DEL', key)

    for name, n in pairs(sums) do
        portion[#portion + 1] = 'z' .. name
        portion[#portion + 1] = format('%.0f', n)

        if #portion == 1000 then
            call('HSET', key, unpack(portion))
            portion = {}
        end
    end

    if #portion > 0 then
        call('HSET', key, unpack(portion))
    end

    local hour = tonumber(string.match(member, '%d+$'))

    call('EXPIRE', key, (hour + 841) * 3600 - now_s)
    call('ZREM', fine, member)

    return #flat / 2
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

forget(T .. ':idle', '-inf', format('%.0f', now - 3600000))

local fields = 0

for _, member in ipairs(call('ZRANGEBYSCORE', fine, '-inf', last_packed,
                             'LIMIT', 0, 8))
do
    if fields < 4000 then
        fields = fields + pack(member)
    end
end

if left <= 0 then
    call('DEL', T .. ':lease:sweep')
end

return format('1 %d %d %d %.0f', missed, expired, left <= 0 and 1 or 0,
              next_due)
