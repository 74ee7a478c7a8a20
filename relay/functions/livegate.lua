#!lua name=livegate
-- livegate.lua - what changes a room, each change one atomic step.
--
-- The library is one Lua chunk, put together by the build from the files of this folder: this one,
-- json, msgpack, message, publish, census, canary, eviction, history, recall, moderate.
--
-- Redis does not roll a function back.  So each one first checks and reads everything that may be
-- refused (size, form, fields, rights, types of keys), then writes, and publishes last: counted
-- but unpublished is repaired by readers, published but uncounted could not be.  Failing to trim
-- or to expire a key is no reason to fail.
--
-- The publisher's bytes are stored and published untouched: Lua's JSON and msgpack writers would
-- damage numbers, empty arrays and binary.
--
-- KEYS[1] is prefix:{ROOM}, the channel; a room's other keys start with it:
--   :log :chat   lists of entries            :meta      term, seq, process, touch, history, ttl
--   :state       goods_id -> entry           :versions  goods_id -> version, or of what was taken
--   :counts      like, subscribe                        off, version:deadline (ms)
--   :followers   verified uids that have subscribed
--   :online      worker -> viewers           :present   uid -> worker that has it,
--                                            with a : if it was taken from another one
--   :id:<id>     term:seq of a message       :away      uid -> when its grace ends (ms)
--   :mod         bans, mutes and settings (moderate.lua); those for all rooms in prefix:{!all}:mod
-- and beside the rooms prefix:workers, worker -> its last heartbeat (ms), and prefix:{!WORKER}:canary.
--
-- During a rolling deploy gateways of two releases call the same library: the newer one, for it
-- replaces the older and never the other way round.  So a change of these files is a new version,
-- and arguments are only ever added at the end.

local livegate_version = 9

local MAX_BYTES, MAX_DEPTH, MAX_INTEGER = 16384, 16, 9007199254740991
local HISTORY, ROOM_TTL_S, LOG_TTL_S, TOUCH_S = 1000, 7 * 86400, 86400, 3600
local CHAT, SHELF, ID_TTL_S = 100, 500, 300
local TOMBSTONES, TOMBSTONE_MS = 1000, 86400000
local ALIVE_MS, FORGET_WORKER_MS = 4000, 60000

-- While a library is being loaded there is nothing but the means to register functions: the rest
-- is taken at the first call, and with it a cjson of our own, made strict.
local call, pcall_redis, json, null, byte, find, floor, format, gsub, match, sub

local function begin()
    if call then return end
    byte, find, format, gsub, match, sub =
        string.byte, string.find, string.format, string.gsub, string.match, string.sub
    call, pcall_redis, floor = redis.call, redis.pcall, math.floor
    json, null = cjson.new(), cjson.null
    json.decode_max_depth(MAX_DEPTH)
    json.decode_invalid_numbers(false)
end

-- Redis' time in ms.
local function clock()
    local now = call('TIME')
    return now[1] * 1000 + floor(now[2] / 1000)
end

redis.register_function {
    function_name = 'livegate_version',
    callback = function() return livegate_version end,
    flags = { 'no-writes', 'allow-stale' },
}
