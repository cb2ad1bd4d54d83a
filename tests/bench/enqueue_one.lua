-- enqueue_one.lua: the Lua peer's script: one mention per call.  The simplest
-- form of queue/scripts/enqueue.lua: dedupe window, limit of the queue, stream,
-- waiting thread and its deadline, counters by five minutes in a hash per hour.
-- It has no answers, no conversations and no event times.

local T, id, record, now, window = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local thread, due, queue, channel = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local call = redis.call
local five = math.floor(now / 300000)
local hour = math.floor(five / 12)
local slot = string.char(97 + five - 12 * hour)
local stats = T .. ':st:' .. queue .. ':' .. channel .. ':' .. hour

if not call('SET', T .. ':seen:' .. id, '1', 'NX', 'EX', window) then
    call('HINCRBY', stats, slot .. 'dup', 1)
    return 1
end

local key = T .. ':q:' .. queue

if call('XLEN', key) >= tonumber(ARGV[9]) then
    call('DEL', T .. ':seen:' .. id)
    return 2
end

call('XADD', key, '*', 'm', record)

if call('HINCRBY', stats, slot .. 'in', 1) == 1 then
    call('EXPIRE', stats, 841 * 3600)
end

if thread ~= '' then
    if call('HSETNX', T .. ':open', thread,
            now .. ' ' .. due .. ' 0 ' .. channel .. ' ' .. queue) == 1
    then
        call('ZADD', T .. ':due:' .. queue .. ':' .. channel, due, thread)
        call('HINCRBY', stats, slot .. 'oF' .. ARGV[10], 1)
    else
        call('HINCRBY', stats, slot .. 'more', 1)
    end
end

return 0
