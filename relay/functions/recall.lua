-- recall.lua - takes a message back: nobody is given it any more who has not got it yet.
--
-- Positions stay without a hole: in the log a tombstone takes the place of the message, an entry
-- with its position and id whose payload is the recall.  The chat needs none.  And that it was
-- recalled is the room's next message, heard in its turn and found in the log by who was away; its
-- head has no id, for that would be taken for the message's.

local RECALL_PAGE = 100
local HEAD = '^(%d+):(%d+):%d*:([^:]*):[^:]*:[^:]*:([a-z]*):(.*)$'

-- Calls take(place, entry) for each entry of a list that may be of that id, or tell of its recall:
-- both have it somewhere.
local function each_of(name, id, take)
    for first = 0, call('LLEN', name) - 1, RECALL_PAGE do
        for i, entry in ipairs(call('LRANGE', name, first, first + RECALL_PAGE - 1)) do
            if find(entry, id, 1, true) then take(first + i - 1, entry) end
        end
    end
end

-- What it added to a counter or put on the shelf would stay.  What cannot be read may go.
local function can_be_recalled(payload)
    local _, _, kind = read_message(payload, MAX_BYTES)
    return not kind or not (kind.counter or kind.shelf)
end

-- What of a room is of that id: tombstones to be by their place in the log, chat entries; or nil
-- and a fault.  Both may be empty: it was recalled before.
local function find_recalled(key, id, payload, now)
    local stones, chats, found, fault = {}, {}, false, nil

    local function judge(entry)
        local term, seq, its_id, flags, its_payload = match(entry, HEAD)
        local was_recalled = its_payload == payload
        if its_id ~= id and not was_recalled then return end
        found = true
        if was_recalled then return end
        if not can_be_recalled(its_payload) then
            fault = 'MALFORMED id must be that of a message, a buy or an x_ message'
        end
        local first = find(flags, 'f', 1, true) and 'f' or ''
        return entry_of(term .. ':' .. seq, now, id, '', '', first, payload)
    end

    each_of(key .. ':log', id, function(place, entry)
        local stone = judge(entry)
        if stone then stones[#stones + 1] = { place, stone } end
    end)
    each_of(key .. ':chat', id, function(_, entry)
        if judge(entry) then chats[#chats + 1] = entry end
    end)
    if not found then fault = 'NOT_IN_HISTORY the history has no such message' end
    return not fault and stones, fault or chats
end

-- 1, or 0 if it was recalled before; or nil and a fault.
local function recall(key, args, now)
    local id, meta_key, log, chat = args[2] or '', key .. ':meta', key .. ':log', key .. ':chat'
    if #id > 256 or not find(id, '^[%w_.-]+$') then
        return nil, 'MALFORMED id must be 1 to 256 of A-Za-z0-9_.-'
    end
    local fault = denied('HSET', meta_key, 'seq', 1) or denied('RPUSH', log, '') or
        denied('LSET', log, 0, '') or denied('LREM', chat, 0, '') or denied('PUBLISH', key, '')
    if fault then return nil, fault end

    local payload = '{"msg_type":"recall","id":"' .. id .. '"}'
    local stones, chats = find_recalled(key, id, payload, now)
    if not stones then return nil, chats end
    if #stones + #chats == 0 then return 0 end

    local meta = read_meta(meta_key)
    local ttl, history = tonumber(meta[6]) or ROOM_TTL_S, tonumber(meta[5]) or HISTORY
    local term, seq = count_on(key, meta, {}, now, ttl)
    local entry = entry_of(term .. ':' .. seq, now, '', '', '', term == meta[1] and '' or 'f', payload)
    for _, stone in ipairs(stones) do call('LSET', log, stone[1], stone[2]) end
    for _, its_chat in ipairs(chats) do call('LREM', chat, 0, its_chat) end
    append(log, entry, history, math.min(ttl, LOG_TTL_S))
    call('PUBLISH', key, entry)
    return 1
end
