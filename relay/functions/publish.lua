-- publish.lua - one message into one room: checked, counted, kept, published.

-- The Redis process that counts, known by the time (us) when it first did: as long as the library
-- stays loaded.  Another one may have lost the last positions, so it counts on in its own term.
local process

local function know_process()
    local now = call('TIME')
    process = now[1] .. format('%06d', now[2])
end

local PARTS = { ':meta', ':log', ':chat', ':state', ':versions', ':counts', ':followers' }

-- The room of a key prefix:{ROOM}; "!…" are our own internal ones.
local function room_of(key)
    local room = key and match(key, '^[%w_.:-]+:{!?([%w_.-]+)}$')
    return room and #room <= 64 and room
end

local function entry_of(position, now, id, total, origin, flags, payload)
    return position .. ':' .. now .. ':' .. id .. ':' .. total .. ':' .. origin .. ':' .. flags ..
        ':' .. payload
end

-- How long what there is of a room is kept after its last message.  The room's part of it is
-- brought up to date now and then: a message should not cost seven EXPIREs.
local function touch(key, ttl)
    local pause = math.min(TOUCH_S, math.ceil(ttl / 4))
    for _, part in ipairs(PARTS) do
        local lasts = part == ':log' and math.min(ttl, LOG_TTL_S) or ttl
        pcall_redis('EXPIRE', key .. part, lasts + pause)
    end
    return pause * 1000
end

local function expire_new(is_new, name, ttl)
    if is_new then pcall_redis('EXPIRE', name, ttl) end
end

-- Rights are asked for before the first write, for there is no way back behind it.
local function denied(command, key, ...)
    if redis.acl_check_cmd(command, key, ...) then return end
    return 'NOPERM this user has no permissions to call ' .. command .. ' on ' .. key
end

-- ---- the shelf ----

-- What is to be done with an item: 'apply', 'stale', or nil and a fault.
local function judge_shelf(key, fields, numbers, now)
    local goods = text_of(fields.goods_id, numbers.goods_id)
    local known = call('HGET', key .. ':versions', goods)
    local version, deadline = match(known or '', '^(%d+):?(%d*)$')
    local is_on = call('HEXISTS', key .. ':state', goods) == 1

    if version and deadline ~= '' and tonumber(deadline) <= now then version = nil end
    if version and fields.version and fields.version < tonumber(version) then return 'stale' end
    if fields.status == 'on' and not is_on and call('HLEN', key .. ':state') >= SHELF then
        return nil, 'SHELF_FULL the shelf holds ' .. SHELF .. ' items'
    end
    return 'apply', goods, fields.version and numbers.version or version
end

-- Of too many tombstones the oldest go.
local function forget_tombstones(versions, now)
    local all, stones = pcall_redis('HGETALL', versions), {}
    if all.err then return end -- the message is counted and stored already
    for i = 1, #all, 2 do
        local deadline = tonumber(match(all[i + 1], ':(%d+)$'))
        if deadline and deadline <= now then
            call('HDEL', versions, all[i])
        elseif deadline then
            stones[#stones + 1] = { all[i], deadline }
        end
    end
    table.sort(stones, function(a, b) return a[2] < b[2] end)
    for i = 1, #stones - TOMBSTONES / 2 do call('HDEL', versions, stones[i][1]) end
end

local function change_shelf(key, goods, version, is_on, entry, now, ttl)
    local state, versions = key .. ':state', key .. ':versions'
    if is_on then
        expire_new(call('HSET', state, goods, entry) == 1, state, ttl)
    else
        call('HDEL', state, goods)
    end
    if not version then return end

    -- What was taken off leaves its version, so that an older "on" that comes late changes nothing.
    local known = is_on and version or version .. ':' .. format('%.0f', now + TOMBSTONE_MS)
    expire_new(call('HSET', versions, goods, known) == 1, versions, ttl)
    if not is_on and call('HLEN', versions) > SHELF + TOMBSTONES then
        forget_tombstones(versions, now)
    end
end

-- ---- publishing ----

-- A number of 1 or more as text, or nil.
local function number_of(text)
    return text and match(text, '^0*([1-9]%d*)$')
end

-- What a call is about, read from its arguments: a table, or nil and a fault.
local function read_call(key, args)
    local id, origin, flags = args[2] or '', args[3] or '', args[4] or ''
    local room = room_of(key)

    if not room then return nil, 'MALFORMED key must be prefix:{ROOM}' end
    if not args[1] then return nil, 'MALFORMED message is missing' end
    if #id > 256 or find(id, '[^%w_.-]') then
        return nil, 'MALFORMED id must be 1 to 256 of A-Za-z0-9_.-'
    end
    if #origin > 256 or find(origin, '[^!-9;-~]') then
        return nil, 'MALFORMED origin must be at most 256 visible characters without colons'
    end
    if find(flags, '[^a-z]') then return nil, 'MALFORMED flags must be letters' end

    local uid = args[8] or ''
    if #uid > 128 then return nil, 'MALFORMED uid must be at most 128 bytes' end

    local history, ttl = number_of(args[5]), number_of(args[6])
    local max_bytes = math.min(MAX_BYTES, tonumber(args[7]) or MAX_BYTES)
    local fields, numbers, kind = read_message(args[1], max_bytes, find(flags, 's', 1, true))
    if not fields then return nil, numbers end
    if fields.room_id and text_of(fields.room_id, numbers.room_id) ~= room then
        return nil, 'MALFORMED room_id must be that of the room it is published to'
    end
    if id == '' and fields.id then id = text_of(fields.id, numbers.id) end
    return {
        payload = args[1], id = id, origin = origin, flags = flags, kind = kind,
        fields = fields, numbers = numbers, history = history, ttl = ttl, uid = uid,
    }
end

local function remember(key, id, position)
    if id ~= '' then call('SET', key .. ':id:' .. id, position, 'EX', ID_TTL_S) end
end

-- The answer that this id had, if it was published just now.
local function answered(key, id)
    local position = id ~= '' and call('GET', key .. ':id:' .. id)
    if not position then return end
    local term, seq = match(position, '^(%d+):(%d+)$')
    return term and { id, tonumber(term), tonumber(seq) }
end

local function publish_unsequenced(key, it)
    local counter, total = it.kind.counter, ''
    local fault = denied('PUBLISH', key, '') or
        (it.id ~= '' and denied('SET', key .. ':id:x', '')) or
        (counter and denied('HINCRBY', key .. ':counts', 'x', 1))
    if fault then return nil, fault end

    local answer = answered(key, it.id)
    if answer then return answer end
    local now = clock()
    if counter then
        total = format('%.0f', call('HINCRBY', key .. ':counts', counter, it.numbers.count or 1))
        pcall_redis('EXPIRE', key .. ':counts', it.ttl or ROOM_TTL_S)
    end
    remember(key, it.id, '0:0')
    call('PUBLISH', key, entry_of(':', now, it.id, total, it.origin, it.flags, it.payload))
    return { it.id, 0, 0 }
end

-- What changes in a room's meta beside the seq: mostly nothing.  Gives that, and the term.
local function meta_changes(key, meta, it, now, ttl)
    local term, change = meta[1], nil

    local function set(name, value)
        change = change or {}
        change[#change + 1], change[#change + 2] = name, value
    end

    if not term or meta[3] ~= process then
        term = format('%.0f', math.max(now, (tonumber(term) or 0) + 1))
        set('term', term)
        set('process', process)
    end
    if it.history and it.history ~= meta[5] then set('history', it.history) end
    if it.ttl and it.ttl ~= meta[6] then
        set('ttl', it.ttl)
        meta[4] = nil
    end
    if now >= (tonumber(meta[4]) or 0) then set('touch', format('%.0f', now + touch(key, ttl))) end
    return change, term
end

local function read_meta(meta_key)
    if not process then know_process() end
    return call('HMGET', meta_key, 'term', 'seq', 'process', 'touch', 'history', 'ttl')
end

-- Takes the next position.  Gives its term and seq; the term is another one than meta's when it is
-- the first of it.
local function count_on(key, meta, it, now, ttl)
    local seq, change, term = (tonumber(meta[2]) or 0) + 1, meta_changes(key, meta, it, now, ttl)
    if change then
        call('HSET', key .. ':meta', 'seq', seq, unpack(change))
        expire_new(not meta[1], key .. ':meta', ttl)
    else
        call('HSET', key .. ':meta', 'seq', seq)
    end
    return term, seq
end

local function append(name, entry, most, ttl)
    local length = call('RPUSH', name, entry)
    expire_new(length == 1, name, ttl)
    if length >= 2 * most then pcall_redis('LTRIM', name, -most, -1) end
end

local function position_now(it, meta)
    local term, seq = meta[1] or '0', meta[2] or '0'
    return { it.id ~= '' and it.id or term .. '-' .. seq, tonumber(term), tonumber(seq) }
end

local function publish_sequenced(key, it)
    local meta_key, log, chat, kind = key .. ':meta', key .. ':log', key .. ':chat', it.kind
    local fault = denied('HSET', meta_key, 'seq', 1) or denied('RPUSH', log, '') or
        denied('PUBLISH', key, '') or
        (it.id ~= '' and denied('SET', key .. ':id:x', '')) or
        (kind.counter and denied('HINCRBY', key .. ':counts', 'x', 1)) or
        (kind.once and it.uid ~= '' and denied('SADD', key .. ':followers', '')) or
        (kind.shelf and denied('HDEL', key .. ':state', ''))
    if fault then return nil, fault end

    local answer = answered(key, it.id)
    if answer then return answer end
    local now = clock()
    local meta = read_meta(meta_key)
    local verdict, goods, version
    call('LLEN', log)
    if kind.chat then call('LLEN', chat) end
    if kind.shelf then
        verdict, goods, version = judge_shelf(key, it.fields, it.numbers, now)
        if not verdict then return nil, goods end
        if verdict == 'stale' then return position_now(it, meta) end
    end
    local once = kind.once and it.uid ~= ''
    if once then
        call('HLEN', key .. ':counts')
        -- The first write, for it says whether there are to be more.
        if call('SADD', key .. ':followers', it.uid) == 0 then return position_now(it, meta) end
    end
    local total = ''
    if kind.counter then
        total = format('%.0f', call('HINCRBY', key .. ':counts', kind.counter, 1))
    end

    local ttl = tonumber(it.ttl or meta[6]) or ROOM_TTL_S
    local history = tonumber(it.history or meta[5]) or HISTORY
    local term, seq = count_on(key, meta, it, now, ttl)
    local flags = term == meta[1] and it.flags or it.flags .. 'f'
    local id = it.id ~= '' and it.id or term .. '-' .. seq
    local entry = entry_of(term .. ':' .. seq, now, id, total, it.origin, flags, it.payload)

    remember(key, it.id, term .. ':' .. seq)
    append(log, entry, history, math.min(ttl, LOG_TTL_S))
    if kind.chat then append(chat, entry, CHAT, ttl) end
    if kind.shelf then
        change_shelf(key, goods, version, it.fields.status == 'on', entry, now, ttl)
    end
    if kind.counter then expire_new(total == '1', key .. ':counts', ttl) end
    if once then pcall_redis('EXPIRE', key .. ':followers', ttl, 'NX') end
    call('PUBLISH', key, entry)
    return { id, tonumber(term), seq }
end

-- KEYS prefix:{ROOM}  ARGV message [id origin flags history room_ttl_s max_bytes uid]  -> id, term, seq
redis.register_function('livegate_publish', function(keys, args)
    begin()
    local it, fault = read_call(keys[1], args)
    local answer
    if it then
        local publish = it.kind.sequenced and publish_sequenced or publish_unsequenced
        answer, fault = publish(keys[1], it)
    end
    return answer or redis.error_reply(fault)
end)
