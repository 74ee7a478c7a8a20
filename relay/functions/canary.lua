-- canary.lua - is the way to Redis and back alive?
--
-- It writes, for a mere PUBLISH succeeds on a read-only replica and without memory as well.

local CANARY_TTL_S = 60

-- KEYS prefix:{!WORKER}  ARGV song  -> OK; the song is published there
redis.register_function('livegate_canary', function(keys, args)
    begin()
    call('SET', keys[1] .. ':canary', args[1], 'EX', CANARY_TTL_S)
    call('PUBLISH', keys[1], args[1])
    return redis.status_reply('OK')
end)
