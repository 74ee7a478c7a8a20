-- census.lua - who is in a room, over all gateways; and the heartbeats that say who counts.
--
-- Each worker writes how many viewers it has, on change.  A worker whose heartbeat stopped is not
-- summed up; when it is long dead, its count goes, and whom it left in :present once they are many.
-- A few are harmless: whoever enters overwrites them, and the room's end takes them along.

-- Since when heartbeats come without a pause, as far as this process knows, and the last one (ms).
-- After an outage all workers were silent for as long, and none of them is dead.
local beaten_since, beaten

local function workers_key(key)
    return sub(key, 1, (find(key, ':{', 1, true))) .. 'workers'
end

local FEW, MOST_ARGUMENTS = 1000, 1000
local TAKEN = ':' -- behind a worker's name, which has none

-- Asks for the heartbeats of workers, each once.  Gives how long ago (ms), or nil.
local function heartbeats(key, now)
    local name, known = workers_key(key), {}
    return function(worker)
        if known[worker] == nil then
            local at = call('ZSCORE', name, worker)
            known[worker] = at and now - tonumber(at) or false
        end
        return known[worker] or nil
    end
end

local function is_dead(silence, now)
    return beaten_since and now - beaten_since > FORGET_WORKER_MS and
        (not silence or silence > FORGET_WORKER_MS)
end

-- The viewers of all living workers, and the workers long dead.  `own` always lives.
local function sum_up(online_key, own, silence, now)
    local counts, online, dead = call('HGETALL', online_key), 0, {}
    for i = 1, #counts, 2 do
        local worker, ms = counts[i], silence(counts[i])
        if worker == own or (ms and ms < ALIVE_MS) then
            online = online + math.max(0, tonumber(counts[i + 1]) or 0)
        elseif is_dead(ms, now) then
            dead[#dead + 1] = worker
        end
    end
    return online, dead
end

local function delete_all(name, fields)
    for i = 1, #fields, MOST_ARGUMENTS do
        call('HDEL', name, unpack(fields, i, math.min(i + MOST_ARGUMENTS - 1, #fields)))
    end
end

-- Who is at a worker long dead, but for those who may still return within their grace.
local function forget_left_behind(at)
    local present, away = call('HGETALL', at.present), call('HGETALL', at.away)
    local deadlines, left, lost = {}, {}, {}
    for i = 1, #away, 2 do deadlines[away[i]] = tonumber(away[i + 1]) end
    for i = 1, #present, 2 do
        local uid, holder = present[i], present[i + 1]
        if lost[holder] == nil then
            local worker = gsub(holder, '%' .. TAKEN .. '$', '')
            lost[holder] = worker ~= at.worker and is_dead(at.silence(worker), at.now)
        end
        if lost[holder] and (deadlines[uid] or 0) <= at.now then left[#left + 1] = uid end
    end
    delete_all(at.present, left)
    delete_all(at.away, left)
end

-- Reading all who are present takes a while, so it is done once for a worker that died, if most of
-- them can be forgotten.
local function forget_workers(at, online, dead)
    if #dead == 0 then return end
    delete_all(at.online, dead)
    if call('HLEN', at.present) > 2 * online + FEW then forget_left_behind(at) end
end

-- Who has a viewer, from :present, and whether it was taken from a living worker: sockets of it may
-- have stayed there, and count again when it leaves.
local function holder_of(at, uid)
    local worker = call('HGET', at.present, uid)
    if worker and sub(worker, -1) == TAKEN then return sub(worker, 1, -2), true end
    return worker, false
end

-- Each of the following applies one item to room `at` and says whether its announcement goes out,
-- whether the viewer is a returning one, and whether it was taken before.
local VERBS = {}

function VERBS.enter(at, uid)
    if uid == '' then return true end
    local holder, taken = holder_of(at, uid)
    local deadline = call('HGET', at.away, uid)
    local elsewhere = holder and holder ~= at.worker and holder
    local silence = elsewhere and at.silence(elsewhere)
    local returning = (deadline and tonumber(deadline) > at.now) or
        (silence and silence < ALIVE_MS + at.grace) or false

    if holder ~= at.worker then
        taken = taken or (silence and silence < ALIVE_MS and not deadline)
        call('HSET', at.present, uid, taken and at.worker .. TAKEN or at.worker)
    end
    if deadline then call('HDEL', at.away, uid) end
    -- The other worker still counts the viewer, until it has seen the entry with flag r.
    if returning and elsewhere and call('HEXISTS', at.online, elsewhere) == 1 then
        local left = call('HINCRBY', at.online, elsewhere, -1)
        if left <= 0 then call('HDEL', at.online, elsewhere) end
    end
    return not returning, returning
end

function VERBS.leave(at, uid)
    if uid == '' then return true end
    local holder, taken = holder_of(at, uid)
    if holder and holder ~= at.worker then return false end
    call('HDEL', at.present, uid)
    call('HDEL', at.away, uid)
    return true, false, taken
end

function VERBS.lost(at, uid)
    local holder = holder_of(at, uid)
    if holder and holder ~= at.worker then return false end
    if not holder then call('HSET', at.present, uid, at.worker) end
    call('HSET', at.away, uid, format('%.0f', at.now + at.grace))
    return false
end

function VERBS.expire(at, uid)
    local holder, taken = holder_of(at, uid)
    if holder and holder ~= at.worker then return false end
    if call('HDEL', at.away, uid) == 0 then return false end
    call('HDEL', at.present, uid)
    return true, false, taken
end

-- The entry with flag r is told to no viewer.  A join lets the worker go that had the viewer before;
-- a leave, of one taken before that leaves without a word, gives it back.
local function announce(key, room, item, online, now)
    local payload, flags = item.announcement, 'x'
    local silent = item.returning and 'join' or
        (item.announced and item.taken and payload == '' and 'leave')
    if silent then
        payload = '{"msg_type":"' .. silent .. '","room_id":"' .. room .. '","from_uid":' ..
            json.encode(item.uid) .. '}'
        flags = 'xr'
    elseif not item.announced or payload == '' then
        return
    end
    local total = format('%.0f', online)
    call('PUBLISH', key, entry_of(':', now, '', total, item.origin, flags, payload))
end

local function census(key, args)
    local now, worker = clock(), args[1]
    local at = {
        now = now, worker = worker, silence = heartbeats(key, now), grace = tonumber(args[3]) or 0,
        present = key .. ':present', away = key .. ':away', online = key .. ':online',
    }
    local items, answer = {}, {}
    for i = 5, #args - 3, 4 do
        local verb = VERBS[args[i]]
        if not verb then
            return redis.error_reply('MALFORMED verb must be enter, leave, lost or expire')
        end
        items[#items + 1] = {
            verb = verb, uid = args[i + 1], origin = args[i + 2], announcement = args[i + 3],
        }
    end

    for _, item in ipairs(items) do
        item.announced, item.returning, item.taken = item.verb(at, item.uid)
        answer[#answer + 1] = item.returning and 1 or 0
    end
    if tonumber(args[2]) > 0 then
        call('HSET', at.online, worker, args[2])
    else
        call('HDEL', at.online, worker)
    end

    local online, dead = sum_up(at.online, worker, at.silence, now)
    forget_workers(at, online, dead)
    for _, name in ipairs { at.online, at.present, at.away } do
        pcall_redis('EXPIRE', name, args[4])
    end
    for _, item in ipairs(items) do announce(key, room_of(key), item, online, now) end
    table.insert(answer, 1, online)
    return answer
end

-- KEYS prefix:{ROOM}  ARGV worker count grace_ms room_ttl_s [verb uid origin announcement]...
-- -> online, and for each item 1 if its viewer is a returning one
redis.register_function('livegate_census', function(keys, args)
    begin()
    if not room_of(keys[1]) then return redis.error_reply('MALFORMED key must be prefix:{ROOM}') end
    if not tonumber(args[2]) then return redis.error_reply('MALFORMED count must be a number') end
    local online = keys[1] .. ':online'
    local fault = denied('HSET', online, 'x', '') or denied('HDEL', online, 'x') or
        denied('HINCRBY', online, 'x', 1) or denied('PUBLISH', keys[1], '')
    if fault then return redis.error_reply(fault) end
    for _, part in ipairs { ':online', ':present', ':away' } do
        call('HLEN', keys[1] .. part) -- of another type it is refused here
    end
    return census(keys[1], args)
end)

-- KEYS prefix:{ROOM}  ARGV [chat]
-- -> term, seq, entries of the last chat messages, entries of the shelf, likes, follows, online
redis.register_function {
    function_name = 'livegate_snapshot',
    callback = function(keys, args)
        begin()
        local key = keys[1]
        if not room_of(key) then return redis.error_reply('MALFORMED key must be prefix:{ROOM}') end
        local meta = call('HMGET', key .. ':meta', 'term', 'seq')
        local counts = call('HMGET', key .. ':counts', 'like', 'subscribe')
        local chat = call('LRANGE', key .. ':chat', -math.max(1, tonumber(args[1]) or CHAT), -1)
        local now = clock()
        return {
            tonumber(meta[1]) or 0, tonumber(meta[2]) or 0, chat, call('HVALS', key .. ':state'),
            tonumber(counts[1]) or 0, tonumber(counts[2]) or 0,
            (sum_up(key .. ':online', nil, heartbeats(key, now), now)),
        }
    end,
    flags = { 'no-writes' },
}

-- KEYS prefix:workers  ARGV worker [bye]; with a bye it has been silent for so long that it does not
-- count, and its viewers may still return.
redis.register_function('livegate_heartbeat', function(keys, args)
    begin()
    local now = clock()
    if not beaten or now - beaten > ALIVE_MS then beaten_since = now end
    beaten = now
    call('ZADD', keys[1], format('%.0f', args[2] and now - ALIVE_MS or now), args[1])
    call('ZREMRANGEBYSCORE', keys[1], '-inf', format('(%.0f', now - FORGET_WORKER_MS))
    return redis.status_reply('OK')
end)
