-- message.lua - is it a good message of its kind?  The rules of schema/vectors/README.md.

local function length(text)
    return #text - select(2, gsub(text, '[\128-\191]', ''))
end

-- Text of 1 to `max` characters, which are one to four bytes each.
local function is_text(max)
    return function(value)
        return type(value) == 'string' and (#value <= max or length(value) <= max)
    end
end

local function is_integer(least, most)
    return function(value, number)
        return type(value) == 'number' and find(number, '^%d+$') and
            value >= least and value <= most
    end
end

-- What may be text or a whole number and counts as text.
local function text_of(value, number)
    if type(value) == 'number' then value = find(number, '^%d+$') and number end
    return type(value) == 'string' and value
end

local function is_name(value, number)
    value = text_of(value, number)
    return value and #value <= 64 and find(value, '^[%w_.-]+$')
end

local function is_short(value, number)
    value = text_of(value, number)
    return value and #value <= 128
end

local function is_uid(value, number)
    if type(value) == 'number' then value = number end
    return type(value) == 'string' and #value <= 128
end

local is_count = is_integer(0, MAX_INTEGER)

local A_WORD = 'must be a string or an integer of 1 to 64 of A-Za-z0-9_.-'
local A_NUMBER = 'must be an integer from 0 to 9007199254740991'
local A_BANNER = 'must be a string of at most 2000 characters'
local A_LINE = 'must be a string of 1 to 2000 characters'

-- field, check, what it must be, may it be absent?
local COMMON = {
    { 'room_id',       is_name,       A_WORD,   true },
    { 'id',            is_name,       A_WORD,   true },
    { 'from_uid',      is_uid,        'must be a string of at most 128 bytes or a number', true },
    { 'from_name',     is_text(256),  'must be a string of at most 256 characters', true },
    { 'msg_content',   is_text(2000), A_BANNER, true },
    { 'online_num',    is_count,      A_NUMBER, true },
    { 'like_num',      is_count,      A_NUMBER, true },
    { 'subscribe_num', is_count,      A_NUMBER, true },
}

local TAPS = { { 'count', is_integer(1, 100), 'must be an integer from 1 to 100', true } }
local SUMMED = {
    { 'count', is_integer(1, MAX_INTEGER), 'must be an integer from 1 to 9007199254740991', true },
}

local function is_status(value) return value == 'on' or value == 'off' end

local KINDS = {
    join = {}, leave = {},
    message = {
        sequenced = true, chat = true,
        rules = {
            { 'content', is_text(2000), A_LINE, true },
            { 'data',    is_text(2000), A_LINE, true },
        },
    },
    like = { counter = 'like', rules = TAPS },
    subscribe = { counter = 'subscribe', sequenced = true, once = true },
    buy = {
        sequenced = true,
        rules = { { 'goods_name', is_text(MAX_BYTES), 'must be a string', true } },
    },
    on_off_shelf = {
        sequenced = true, shelf = true,
        rules = {
            { 'goods_id', is_short,  'must be a string of 1 to 128 bytes or an integer' },
            { 'status',   is_status, 'must be on or off' },
            { 'version',  is_count,  A_NUMBER, true },
        },
    },
}
local CUSTOM = { sequenced = true }

-- The fault, if there is one.  null and "" count as absent, and are when this returns.
local function fault_of(rules, fields, numbers)
    for i = 1, #rules do
        local rule = rules[i]
        local name = rule[1]
        local value = fields[name]
        if value == nil or value == null or value == '' then
            fields[name] = nil
            if not rule[4] then return 'MALFORMED ' .. name .. ' ' .. rule[3] end
        elseif not rule[2](value, numbers[name]) then
            return 'MALFORMED ' .. name .. ' ' .. rule[3]
        end
    end
end

local function kind_of(name)
    if type(name) ~= 'string' then return end
    return KINDS[name] or (#name <= 63 and find(name, '^x_[%w_.-]+$') and CUSTOM)
end

-- The fields, their numbers as written, and the kind; or nil and a fault.
local function read_message(text, max_bytes, summed)
    if #text > max_bytes then return nil, 'TOO_BIG message is too big' end
    local first = byte(text) or 0
    local is_map = (first >= 0x80 and first <= 0x8f) or first == 0xde or first == 0xdf
    local fields, numbers = (is_map and read_msgpack or read_json)(text)
    if not fields then return nil, numbers end

    local kind = kind_of(fields.msg_type)
    if not kind then return nil, 'UNKNOWN msg_type must be one of the known kinds' end
    local rules = kind.rules
    if rules == TAPS and summed then rules = SUMMED end
    local fault = fault_of(COMMON, fields, numbers) or (rules and fault_of(rules, fields, numbers))
    if not fault and kind.chat and not fields.content and not fields.data then
        fault = 'MALFORMED content ' .. A_LINE
    end
    if fault then return nil, fault end
    return fields, numbers, kind
end
