-- peer.lua: the same job done by Lua in nginx, as one would write it by hand
-- for X and Facebook only: what socialcare is compared to.  Code is cached,
-- OpenSSL is called through the FFI with a prepared context, connections are
-- kept alive.  Two ways to talk to Redis:
--
--     pool   each request takes a connection from the pool and sends all of
--            its mentions in one pipeline
--     pipe   all requests of the worker share one connection: a light thread
--            sends what has accumulated and wakes the requests
--
-- It does less than the module: no strict reader, no limits, no counters of
-- its own, no variables per mention, no spool.

local ffi = require 'ffi'
local cjson = require 'cjson.safe'
local redis = require 'nginx.redis'
local semaphore = require 'ngx.semaphore'

ffi.cdef [[
typedef struct hmac_ctx_st HMAC_CTX;
typedef struct evp_md_st EVP_MD;
const EVP_MD *EVP_sha256(void);
HMAC_CTX *HMAC_CTX_new(void);
int HMAC_Init_ex(HMAC_CTX *ctx, const void *key, int len, const EVP_MD *md,
    void *impl);
int HMAC_Update(HMAC_CTX *ctx, const char *data, size_t len);
int HMAC_Final(HMAC_CTX *ctx, unsigned char *md, unsigned int *len);
int CRYPTO_memcmp(const void *a, const void *b, size_t len);
unsigned char *ngx_hex_dump(unsigned char *dst, const unsigned char *src,
    size_t len);
]]

local C = ffi.C
local _M = {}
local WINDOW, SLA, LIMIT = 691200, 14400000, 1000000
local socket, sha, source, context, mode
local mac, mac_len = ffi.new('unsigned char[64]'), ffi.new('unsigned int[1]')
local hex = ffi.new('unsigned char[64]')


function _M.init(options)
    socket, source, mode = options.socket, options.script, options.mode
    context = C.HMAC_CTX_new()
    assert(C.HMAC_Init_ex(context, options.secret, #options.secret,
        C.EVP_sha256(), nil) == 1)
end


local function compute(body)
    C.HMAC_Init_ex(context, nil, 0, nil, nil)
    C.HMAC_Update(context, body, #body)
    C.HMAC_Final(context, mac, mac_len)
end


local function x_is_signed(body)
    local header = ngx.var.http_x_twitter_webhooks_signature

    if not header or header:sub(1, 7) ~= 'sha256=' then
        return false
    end

    local given = ngx.decode_base64(header:sub(8))

    if not given or #given ~= 32 then
        return false
    end

    compute(body)
    return C.CRYPTO_memcmp(mac, given, 32) == 0
end


local function facebook_is_signed(body)
    local header = ngx.var.http_x_hub_signature_256

    if not header or #header ~= 71 or header:sub(1, 7) ~= 'sha256=' then
        return false
    end

    compute(body)
    C.ngx_hex_dump(hex, mac, 32)
    return C.CRYPTO_memcmp(hex, header:sub(8):lower(), 64) == 0
end


local tier_digits = { ['0-99'] = 0, ['100-999'] = 1, ['1k-9,999'] = 2,
    ['10k-99,999'] = 3, ['100k+'] = 4, unknown = 6 }

local function tier(followers)
    if not followers then return 'unknown' end
    if followers < 100 then return '0-99' end
    if followers < 1000 then return '100-999' end
    if followers < 10000 then return '1k-9,999' end
    if followers < 100000 then return '10k-99,999' end
    return '100k+'
end


local function x_media(tweet)
    local entities = tweet.extended_tweet and tweet.extended_tweet.entities
                     or tweet.extended_entities or tweet.entities
    local list = entities and entities.media

    if not list then
        return nil
    end

    local media = {}

    for i, item in ipairs(list) do
        media[i] = { type = item.type, url = item.media_url_https }
    end

    return media
end


local function text_of(value)
    if type(value) == 'string' and value ~= '' then
        return value
    end
end


local function x_mentions(call, now)
    local account, mentions = call.for_user_id, {}

    for _, tweet in ipairs(call.tweet_create_events or {}) do
        local user = tweet.user
        local parent = text_of(tweet.in_reply_to_status_id_str)
        local own = user.id_str == account
        local created = tonumber(tweet.timestamp_ms) or now

        mentions[#mentions + 1] = {
            v = 1,
            id = 'x:' .. account .. ':' .. tweet.id_str,
            platform = 'x', channel = 'social', brand = 'default',
            account = account, queue = 'mentions',
            kind = parent and 'reply' or 'mention', action = 'create',
            direction = own and 'out' or 'in', public = true,
            actionable = not own, object = tweet.id_str,
            thread = parent or tweet.id_str, parent = parent,
            author = { id = user.id_str, name = text_of(user.name),
                handle = text_of(user.screen_name),
                followers = user.followers_count,
                verified = user.verified, reach = tier(user.followers_count) },
            text = tweet.extended_tweet and tweet.extended_tweet.full_text
                   or tweet.text,
            lang = text_of(tweet.lang), media = x_media(tweet),
            url = 'https://x.com/' .. user.screen_name .. '/status/'
                  .. tweet.id_str,
            created_ms = created, received_ms = now, due_ms = created + SLA,
            clock = 'x:' .. account .. ':' .. user.id_str,
        }
    end

    return mentions
end


local function facebook_mentions(call, now)
    local mentions = {}

    for _, entry in ipairs(call.entry or {}) do
        for _, change in ipairs(entry.changes or {}) do
            local value = change.value
            local from = value.from or {}
            local created = (value.created_time or now / 1000) * 1000
            local own = from.id == entry.id
            local object = value.comment_id or value.post_id

            mentions[#mentions + 1] = {
                v = 1,
                id = 'facebook:' .. entry.id .. ':' .. object,
                platform = 'facebook', channel = 'social', brand = 'default',
                account = entry.id, queue = 'mentions', kind = value.item,
                action = value.verb == 'add' and 'create' or value.verb,
                direction = own and 'out' or 'in', public = true,
                actionable = not own, object = object,
                thread = value.post_id, parent = value.parent_id,
                author = { id = from.id, name = from.name,
                    reach = 'unknown' },
                text = text_of(value.message),
                url = value.post and value.post.permalink_url,
                created_ms = created, received_ms = now,
                due_ms = created + SLA,
                clock = 'facebook:' .. entry.id .. ':' .. object,
            }
        end
    end

    return mentions
end


local function commands_of(mentions, now)
    local commands = {}

    for i, mention in ipairs(mentions) do
        local clock = mention.direction == 'in' and mention.clock or ''

        mention.clock = nil
        commands[i] = { mention.id, cjson.encode(mention), now, clock,
            mention.due_ms, tier_digits[mention.author.reach] }
    end

    return commands
end


local function connect()
    local red = redis:new()

    red:set_timeout(1000)

    local ok, err = red:connect(socket)

    if ok and not sha then
        sha, err = red:script('load', source)
        ok = sha
    end

    return ok and red, err
end


local function add(red, c)
    red:evalsha(sha, 1, '{peer:default/0}', c[1], c[2], c[3], WINDOW, c[4],
                c[5], 'mentions', 'social', LIMIT, c[6])
end


local function is_good(reply)
    return reply == 0 or reply == 1
end


local function store_pool(commands)
    local red, err = connect()

    if not red then
        return false, err
    end

    red:init_pipeline(#commands)

    for _, command in ipairs(commands) do
        add(red, command)
    end

    local replies = red:commit_pipeline()

    if not replies then
        return false
    end

    red:set_keepalive(60000, 256)

    for _, reply in ipairs(replies) do
        if not is_good(reply) then
            return false
        end
    end

    return true
end


-- One connection for all requests.

local waiting, work = {}, semaphore.new()

local function exchange(red)
    local jobs, n = waiting, 0

    waiting = {}

    for _, job in ipairs(jobs) do
        n = n + #job.commands
    end

    red:init_pipeline(n)

    for _, job in ipairs(jobs) do
        for _, command in ipairs(job.commands) do
            add(red, command)
        end
    end

    local replies, at = red:commit_pipeline(), 1

    for _, job in ipairs(jobs) do
        job.good = replies and true

        for _ = 1, #job.commands do
            if not replies or not is_good(replies[at]) then
                job.good = false
            end

            at = at + 1
        end

        job.done:post(1)
    end

    return replies
end


function _M.pump(premature)
    if premature then
        return
    end

    local red = connect()

    -- A timer's memory is freed at its end only.
    for _ = 1, red and 500 or 0 do
        if ngx.worker.exiting() then
            return
        end

        if work:wait(1) then
            while #waiting > 0 do
                if not exchange(red) then
                    red = nil
                    break
                end
            end
        end

        if not red then
            break
        end
    end

    if red then
        red:set_keepalive(60000, 4)
    end

    ngx.timer.at(0, _M.pump)
end


local function store_pipe(commands)
    local job = { commands = commands, done = semaphore.new() }

    waiting[#waiting + 1] = job

    if #waiting == 1 then
        work:post(1)
    end

    return job.done:wait(1) and job.good
end


local function receive(is_signed, mentions_of)
    ngx.req.read_body()

    local body = ngx.req.get_body_data()

    if not body or not is_signed(body) then
        return ngx.exit(401)
    end

    local call = cjson.decode(body)

    if not call then
        return ngx.exit(400)
    end

    local now = math.floor(ngx.now() * 1000)
    local commands = commands_of(mentions_of(call, now), now)
    local store = mode == 'pipe' and store_pipe or store_pool

    if #commands > 0 and not store(commands) then
        return ngx.exit(503)
    end

    ngx.header.content_length = 0
    return ngx.exit(200)
end


function _M.x()
    return receive(x_is_signed, x_mentions)
end


function _M.facebook()
    return receive(facebook_is_signed, facebook_mentions)
end


return _M
