-- history.lua - what was published in a room after a position, from the log.
--
-- The log is in order of position: the term first, then the seq.  Mostly it has no hole either, so
-- how far back a position lies is known from the seq; when Redis has lost its last messages, or
-- others wrote into the log, it is searched for.

local HISTORY_LIMIT = 256

-- Is the entry at this place of the log newer than that position?  What is none is not.
local function is_newer(log, place, term, seq)
    local entry = call('LRANGE', log, place, place)[1]
    local its_term, its_seq = match(entry or '', '^(%d+):(%d+):')
    its_term, its_seq = tonumber(its_term) or 0, tonumber(its_seq) or 0
    return its_term > term or (its_term == term and its_seq > seq)
end

-- The place of the first entry newer than that position, or the log's length.
local function first_newer(log, length, distance, term, seq)
    local low, high = 0, length
    local guess = math.max(0, length - math.max(0, distance))
    if guess > 0 and is_newer(log, guess - 1, term, seq) then high = guess - 1 else low = guess end
    if low < high and low == guess and is_newer(log, low, term, seq) then return low end
    while low < high do
        local middle = floor((low + high) / 2)
        if is_newer(log, middle, term, seq) then high = middle else low = middle + 1 end
    end
    return low
end

-- KEYS prefix:{ROOM}  ARGV term seq [limit]
-- -> term, seq, entries newer than that, oldest first, how many older ones the log has, likes
redis.register_function {
    function_name = 'livegate_history',
    callback = function(keys, args)
        begin()
        local key, term, seq = keys[1], tonumber(args[1]), tonumber(args[2])
        local limit = math.max(1, math.min(HISTORY_LIMIT, tonumber(args[3]) or HISTORY_LIMIT))
        if not room_of(key) then return redis.error_reply('MALFORMED key must be prefix:{ROOM}') end
        if not term or not seq then
            return redis.error_reply('MALFORMED term and seq must be numbers')
        end
        local meta = call('HMGET', key .. ':meta', 'term', 'seq')
        local last_term, last_seq = tonumber(meta[1]) or 0, tonumber(meta[2]) or 0
        local entries, first = {}, 0
        if last_term > term or (last_term == term and last_seq > seq) then
            local log = key .. ':log'
            first = first_newer(log, call('LLEN', log), last_seq - seq, term, seq)
            entries = call('LRANGE', log, first, first + limit - 1)
        end
        local likes = tonumber(call('HGET', key .. ':counts', 'like')) or 0
        return { last_term, last_seq, entries, first, likes }
    end,
    flags = { 'no-writes' },
}
