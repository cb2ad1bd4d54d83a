-- enqueue_one.lua: the Lua peer's script: one mention a call.  The duty of
-- queue/scripts/enqueue.lua in its plainest form: dedupe for the window, the
-- queue's limit, the stream, the thread that waits and its deadline, counters.

local T, id, record, now, window = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local thread, due, queue, channel = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
local call = redis.call
local stats = T .. ':st:' .. queue .. ':' .. channel .. ':'
              .. math.floor(now / 3600000)

if not call('SET', T .. ':seen:' .. id, '1', 'NX', 'EX', window) then
    call('HINCRBY', stats, 'dup', 1)
    return 1
end

local key = T .. ':q:' .. queue

if call('XLEN', key) >= tonumber(ARGV[9]) then
    call('DEL', T .. ':seen:' .. id)
    return 2
end

call('XADD', key, '*', 'm', record)

if call('HINCRBY', stats, 'in', 1) == 1 then
    call('EXPIRE', stats, 841 * 3600)
end

if thread ~= '' then
    if call('HSETNX', T .. ':open', thread,
            now .. ' ' .. due .. ' 0 ' .. channel .. ' ' .. queue) == 1
    then
        call('ZADD', T .. ':due:' .. queue .. ':' .. channel, due, thread)
        call('HINCRBY', stats, 'open', 1)
    else
        call('HINCRBY', stats, 'more', 1)
    end
end

return 0
