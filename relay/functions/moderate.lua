-- moderate.lua - who may not come in, who may not speak, and how often the others may; in one room
-- or, as the room !all, in every room.
--
-- The hash :mod holds  ban:<uid> and mute:<uid> -> when it ends (ms; 0: when it is lifted),
-- muted -> 1 while nobody may speak, slow -> seconds between two messages of one viewer.  A change
-- is told in the room's channel, as an entry with flag m whose payload is VERB MS UID (ms left, 0:
-- until lifted) or settings MUTED SECONDS: for gateways only.  Who was not listening reads the hash.

local EVERYWHERE, MODERATED = '!all', 10000
local MAX_SANCTION_S, MAX_SLOW_S, FOR_EVER_S = 315360000, 3600, 3153600000

local NOT_A_UID = 'MALFORMED uid must be 1 to 128 bytes of UTF-8 without control characters'
local NOT_SECONDS = 'MALFORMED seconds must be an integer from 0 to 315360000'
local NOT_SLOW = 'MALFORMED slow_mode_s must be an integer from 0 to 3600'

local function moderated_room(key)
    local room = key and match(key, '^[%w_.:-]+:{(!?[%w_.-]+)}$')
    return room and #room <= 64 and (sub(room, 1, 1) ~= '!' or room == EVERYWHERE) and room
end

-- A whole number of at most `most`; '' and nil count as `absent`.
local function natural(text, most, absent)
    if not text or text == '' then return absent end
    local number = #text <= 12 and match(text, '^%d+$') and tonumber(text)
    return number and number <= most and number
end

local function tell(key, now, notice)
    call('PUBLISH', key, entry_of(':', now, '', '', '', 'm', notice))
end

local function has_ended(field, value, now)
    return find(field, ':', 1, true) and value ~= '0' and (tonumber(value) or 0) <= now
end

local function forget_ended(mod, now)
    local all = call('HGETALL', mod)
    for i = 1, #all, 2 do
        if has_ended(all[i], all[i + 1], now) then call('HDEL', mod, all[i]) end
    end
end

-- Sets a field.  The hash lasts as long as what lasts longest in it.
local function keep(mod, field, value, lasts_s)
    local is_first = call('HLEN', mod) == 0
    call('HSET', mod, field, value)
    if is_first then
        pcall_redis('EXPIRE', mod, lasts_s)
    else
        pcall_redis('EXPIRE', mod, lasts_s, 'GT')
    end
end

-- Is there no place for one more?  What has ended makes some; the settings take none.
local function is_full(mod, now)
    local n = call('HLEN', mod)
    if n > 0 and (n % 64 == 0 or n >= MODERATED) then forget_ended(mod, now) end
    if n < MODERATED then return false end
    local settings = call('HEXISTS', mod, 'muted') + call('HEXISTS', mod, 'slow')
    return call('HLEN', mod) - settings >= MODERATED
end

local function impose(verb, field)
    return function(key, args, now)
        local mod, uid, seconds = key .. ':mod', args[2], natural(args[3], MAX_SANCTION_S, 0)
        if not seconds then return nil, NOT_SECONDS end
        if call('HEXISTS', mod, field .. uid) == 0 and is_full(mod, now) then
            return nil, 'TOO_MANY at most ' .. MODERATED .. ' viewers of a room can be moderated'
        end
        local ends = seconds > 0 and format('%.0f', now + seconds * 1000) or '0'
        keep(mod, field .. uid, ends, seconds > 0 and seconds + 1 or FOR_EVER_S)
        tell(key, now, verb .. ' ' .. format('%.0f', seconds * 1000) .. ' ' .. uid)
        return 1
    end
end

local function lift(verb, field)
    return function(key, args, now)
        local removed = call('HDEL', key .. ':mod', field .. args[2])
        tell(key, now, verb .. ' 0 ' .. args[2])
        return removed
    end
end

-- verb -> what it does, whether it is about a uid, and whether about one room only.
local MODERATE = {
    ban = { impose('ban', 'ban:'), uid = true },
    unban = { lift('unban', 'ban:'), uid = true },
    mute = { impose('mute', 'mute:'), uid = true },
    unmute = { lift('unmute', 'mute:'), uid = true },
    kick = {
        function(key, args, now)
            tell(key, now, 'kick 0 ' .. args[2])
            return 1
        end,
        uid = true,
    },
    -- settings MUTED SECONDS: '' leaves it as it is.
    settings = {
        function(key, args, now)
            local mod, muted = key .. ':mod', natural(args[2], 1, -1)
            local slow = natural(args[3], MAX_SLOW_S, -1)
            if not muted then return nil, 'MALFORMED muted must be 0 or 1' end
            if not slow then return nil, NOT_SLOW end
            if muted == 1 then keep(mod, 'muted', '1', FOR_EVER_S) end
            if muted == 0 then call('HDEL', mod, 'muted') end
            if slow > 0 then keep(mod, 'slow', format('%d', slow), FOR_EVER_S) end
            if slow == 0 then call('HDEL', mod, 'slow') end
            local all = call('HMGET', mod, 'muted', 'slow')
            tell(key, now, 'settings ' .. (all[1] or '0') .. ' ' .. (all[2] or '0'))
            return 1
        end,
        room = true,
    },
    recall = { recall, room = true }, -- recall.lua
}

local function moderation_fault(key, verb, args)
    local room = moderated_room(key)
    if not room then return 'MALFORMED key must be prefix:{ROOM} or prefix:{!all}' end
    if not verb then return 'MALFORMED verb must be ban, unban, mute, unmute, kick, settings or recall' end
    if verb.room and room == EVERYWHERE then return 'MALFORMED verb is for one room' end
    local uid = verb.uid and (args[2] or '')
    if uid and (uid == '' or #uid > 128 or find(uid, '[%z\1-\31\127]') or not is_utf8(uid)) then
        return NOT_A_UID
    end
    local mod = key .. ':mod'
    local fault = denied('HSET', mod, 'x', '') or denied('HDEL', mod, 'x') or
        denied('PUBLISH', key, '')
    if not fault then call('HLEN', mod) end -- of another type it is refused here
    return fault
end

-- KEYS prefix:{ROOM}  ARGV verb uid [seconds], or recall id  -> 1 if that changed something, else 0
redis.register_function('livegate_moderate', function(keys, args)
    begin()
    local verb = MODERATE[args[1] or '']
    local fault = moderation_fault(keys[1], verb, args)
    local answer
    if not fault then answer, fault = verb[1](keys[1], args, clock()) end
    return answer or redis.error_reply(fault)
end)

-- KEYS prefix:{ROOM}  -> muted, slow, then for each that is banned or muted: ban or mute, uid, ms left
redis.register_function {
    function_name = 'livegate_sanctions',
    callback = function(keys)
        begin()
        local key = keys[1]
        if not moderated_room(key) then
            return redis.error_reply('MALFORMED key must be prefix:{ROOM} or prefix:{!all}')
        end
        local all, now, answer = call('HGETALL', key .. ':mod'), clock(), { 0, 0 }
        for i = 1, #all, 2 do
            local field, value = all[i], all[i + 1]
            local kind, uid = match(field, '^(%a+):(.*)$')
            if field == 'muted' then
                answer[1] = 1
            elseif field == 'slow' then
                answer[2] = tonumber(value) or 0
            elseif kind and not has_ended(field, value, now) then
                local n, ends = #answer, tonumber(value) or 0
                answer[n + 1], answer[n + 2] = kind, uid
                answer[n + 3] = ends > 0 and ends - now or 0
            end
        end
        return answer
    end,
    flags = { 'no-writes' },
}
