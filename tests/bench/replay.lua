-- replay.lua: makes wrk send the requests of the file BENCH_REQUESTS in turn.
-- All have the same length, as written by `load -w`.

local file = assert(io.open(os.getenv('BENCH_REQUESTS'), 'rb'))
local all = file:read('*a')
local head = all:find('\r\n\r\n', 1, true)
local size = head + 3 + tonumber(all:match('Content%-Length: (%d+)'))
local at = 0

function request()
    local one = all:sub(at + 1, at + size)

    at = at + size

    if at >= #all then
        at = 0
    end

    return one
end
