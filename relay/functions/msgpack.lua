-- msgpack.lua - is a text one msgpack map that JSON could say too?
--
-- Our own reader, for cmsgpack takes what it should not (bytes after the map, bad UTF-8, keys of
-- any type, fields twice) and loses digits.  Each unpack_* gives where the rest begins, the value
-- (of arrays and maps just a table), and of a number how it is written.

-- The digits of an unsigned integer of 64 bits, which a number of Lua cannot hold.
local function digits_of(high, low)
    local digits = ''
    repeat
        local rest = (high % 10000) * 4294967296 + low
        high, low = floor(high / 10000), floor(rest / 10000)
        digits = format('%04d', rest % 10000) .. digits
    until high == 0 and low == 0
    return (gsub(digits, '^0+(%d)', '%1'))
end

local unpack_value

local function unpack_bytes(text, at, size)
    if at + size - 1 > #text then error(NOT_A_MESSAGE, 0) end
    return at + size
end

local function unpack_text(text, at, size)
    local stop = unpack_bytes(text, at, size)
    local value = sub(text, at, stop - 1)
    if not is_utf8(value) then error(NOT_A_MESSAGE, 0) end
    return stop, value
end

local function unpack_array(text, at, size, depth)
    if depth > MAX_DEPTH then error(NOT_A_MESSAGE, 0) end
    for _ = 1, size do at = unpack_value(text, at, depth) end
    return at, {}
end

local function unpack_map(text, at, size, depth, each)
    if depth > MAX_DEPTH then error(NOT_A_MESSAGE, 0) end
    for _ = 1, size do
        local name, value, number
        at, name = unpack_value(text, at, depth)
        if type(name) ~= 'string' then error(NOT_A_MESSAGE, 0) end
        at, value, number = unpack_value(text, at, depth)
        if each then each(name, value, number) end
    end
    return at, {}
end

local function unpack_float(form, size)
    return function(text, at)
        local stop = unpack_bytes(text, at, size)
        local value = struct.unpack(form, text, at)
        if value ~= value or value == 1 / 0 or value == -1 / 0 then error(NOT_A_MESSAGE, 0) end
        if value == floor(value) then
            local is_integer = math.abs(value) <= MAX_INTEGER
            return stop, value, format(is_integer and '%.0f' or '%.17e', value)
        end
        return stop, value, format('%.17g', value)
    end
end

local function unpack_integer(form, size)
    return function(text, at)
        local stop = unpack_bytes(text, at, size)
        local value = struct.unpack(form, text, at)
        return stop, value, format('%.0f', value)
    end
end

local function unpack_long(signed)
    return function(text, at)
        local stop = unpack_bytes(text, at, 8)
        local high, low = struct.unpack('>I4', text, at), struct.unpack('>I4', text, at + 4)
        -- Of a negative number only the sign is ever looked at.
        if signed and high >= 2147483648 then return stop, -1, '-1' end
        return stop, high * 4294967296 + low, digits_of(high, low)
    end
end

local function with_size(form, size, what)
    return function(text, at, depth, each)
        local stop = unpack_bytes(text, at, size)
        return what(text, stop, struct.unpack(form, text, at), depth, each)
    end
end

local UNPACK = {
    [0xc0] = function(_, at) return at, null end,
    [0xc2] = function(_, at) return at, false end,
    [0xc3] = function(_, at) return at, true end,
    [0xca] = unpack_float('>f', 4), [0xcb] = unpack_float('>d', 8),
    [0xcc] = unpack_integer('>I1', 1), [0xcd] = unpack_integer('>I2', 2),
    [0xce] = unpack_integer('>I4', 4), [0xcf] = unpack_long(false),
    [0xd0] = unpack_integer('>i1', 1), [0xd1] = unpack_integer('>i2', 2),
    [0xd2] = unpack_integer('>i4', 4), [0xd3] = unpack_long(true),
    [0xd9] = with_size('>I1', 1, unpack_text), [0xda] = with_size('>I2', 2, unpack_text),
    [0xdb] = with_size('>I4', 4, unpack_text),
    [0xdc] = with_size('>I2', 2, unpack_array), [0xdd] = with_size('>I4', 4, unpack_array),
    [0xde] = with_size('>I2', 2, unpack_map), [0xdf] = with_size('>I4', 4, unpack_map),
}

function unpack_value(text, at, depth, each)
    local first = byte(text, at)
    if not first then error(NOT_A_MESSAGE, 0) end
    at = at + 1
    if first < 0x80 then return at, first, format('%d', first) end
    if first < 0x90 then return unpack_map(text, at, first - 0x80, depth + 1, each) end
    if first < 0xa0 then return unpack_array(text, at, first - 0x90, depth + 1) end
    if first < 0xc0 then return unpack_text(text, at, first - 0xa0) end
    if first >= 0xe0 then return at, first - 256, format('%d', first - 256) end
    if not UNPACK[first] then error(NOT_A_MESSAGE, 0) end
    return UNPACK[first](text, at, depth + 1, each)
end

-- The fields, and the numbers among them as they are written; or nil and a fault.
local function read_msgpack(text)
    local fields, numbers, doubled = {}, {}, nil
    local good, stop = pcall(unpack_value, text, 1, 0, function(name, value, number)
        if FIELDS[name] and fields[name] ~= nil then doubled = doubled or name end
        fields[name], numbers[name] = value, number
    end)
    if not good or stop ~= #text + 1 then return nil, NOT_A_MESSAGE end
    if doubled then return nil, twice(doubled) end
    return fields, numbers
end
