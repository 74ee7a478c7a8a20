-- eviction.lua - may Redis throw keys away when its memory is full?
--
-- Then a room could lose its position or its shelf at any time.  A user without the right to INFO
-- is told nothing.

redis.register_function {
    function_name = 'livegate_eviction',
    callback = function()
        begin()
        if not redis.acl_check_cmd('INFO', 'memory') then return '' end
        local memory = call('INFO', 'memory')
        local policy = match(memory, 'maxmemory_policy:([%w-]+)') or ''
        local limited = (tonumber(match(memory, 'maxmemory:(%d+)')) or 0) > 0
        return limited and policy ~= 'noeviction' and policy or ''
    end,
    flags = { 'no-writes' },
}
