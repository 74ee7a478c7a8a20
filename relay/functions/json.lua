-- json.lua - is a text one JSON object, by the letter of RFC 8259?

-- Our fields, none of which may come twice, as they are searched for in a text.
local FIELDS = {
    msg_type = '"msg_type"', room_id = '"room_id"', id = '"id"', term = '"term"', seq = '"seq"',
    ts = '"ts"', from_uid = '"from_uid"', from_name = '"from_name"', client_id = '"client_id"',
    token = '"token"', ack = '"ack"', content = '"content"', data = '"data"',
    msg_content = '"msg_content"', count = '"count"', goods_id = '"goods_id"',
    goods_name = '"goods_name"', status = '"status"', version = '"version"',
    online_num = '"online_num"', like_num = '"like_num"', subscribe_num = '"subscribe_num"',
    message_list = '"message_list"', delta = '"delta"', type = '"type"',
}

local NOT_A_MESSAGE = 'MALFORMED message must be a JSON object or a msgpack map'

local function twice(name)
    return 'MALFORMED ' .. name .. ' must not be there twice'
end

local SEQUENCES = {
    '[\194-\223][\128-\191]', '\224[\160-\191][\128-\191]',
    '[\225-\236\238\239][\128-\191][\128-\191]', '\237[\128-\159][\128-\191]',
    '\240[\144-\191][\128-\191][\128-\191]', '[\241-\243][\128-\191][\128-\191][\128-\191]',
    '\244[\128-\143][\128-\191][\128-\191]',
}

local function is_utf8(text)
    if not find(text, '[\128-\255]') then return true end
    for _, sequence in ipairs(SEQUENCES) do text = gsub(text, sequence, ' ') end
    return not find(text, '[\128-\255]')
end

-- Where the string whose first character stands at `at` ends.
local function string_end(text, at)
    while true do
        at = find(text, '["\\]', at)
        if byte(text, at) == 34 then return at end
        at = at + 2
    end
end

local function is_number(token)
    token = gsub(token, '[eE][+-]?%d+$', '')
    return find(token, '^%-?%d+$') or find(token, '^%-?%d+%.%d+$')
end

-- What cjson lets through: raw control characters, bytes that are not UTF-8, "1." and "-.5",
-- whatever follows a zero byte, fields twice.  `text` is otherwise known to be good.
local function scan(text)
    local numbers, seen, doubled, name, depth, at = {}, {}, nil, nil, 0, 1
    if not is_utf8(text) then return end
    while true do
        at = find(text, '[^ \t\r\n,:]', at)
        if not at then return numbers, doubled end
        local c = byte(text, at)
        if c == 34 then
            local stop = string_end(text, at + 1)
            local content = sub(text, at + 1, stop - 1)
            at = stop + 1
            if find(content, '[%z\1-\31]') then return end
            if depth == 1 and find(text, '^[ \t\r\n]*:', at) then
                name = content
                if find(name, '\\', 1, true) then name = json.decode('["' .. name .. '"]')[1] end
                if FIELDS[name] and seen[name] then doubled = doubled or name end
                seen[name] = true
            end
        elseif c == 123 or c == 91 then
            depth, at = depth + 1, at + 1
        elseif c == 125 or c == 93 then
            depth, at = depth - 1, at + 1
        elseif find(text, '^[%d-]', at) then
            local token = match(text, '^[%d.eE+-]+', at)
            if not is_number(token) then return end
            if depth == 1 then numbers[name] = token end
            at = at + #token
        else
            local word = match(text, '^%a+', at)
            if not word then return end
            at = at + #word
        end
    end
end

-- The same for nearly all messages and much faster: numbers, or nil if it takes a closer look.
local function glance(text, fields)
    if not find(text, '^[ -~]*$') then
        local ascii = gsub(text, '[\225-\236\238\239][\128-\191][\128-\191]', ' ')
        if not find(ascii, '^[ -~]*$') then return end
    end
    local dot = find(text, '.', 1, true)
    while dot do
        local before, _, after = byte(text, dot - 1, dot + 1)
        local is_digit = before >= 48 and before <= 57
        if before == 45 or (is_digit and find(text, '^[,}%] eE]', dot + 1)) then return end
        dot = after and find(text, '.', dot + 1, true)
    end
    if find(text, '\\u00', 1, true) then return end
    local numbers = {}
    for name, value in pairs(fields) do
        local quoted = FIELDS[name]
        if quoted then
            local _, stop = find(text, quoted, 1, true)
            if not stop or find(text, quoted, stop, true) then return end
            if type(value) == 'number' then
                numbers[name] = match(text, '^ *: *([%d.eE+-]+)', stop + 1)
            end
        end
    end
    return numbers
end

-- The fields, and the numbers among ours as they are written; or nil and a fault.
local function read_json(text)
    local good, fields = pcall(json.decode, text)
    if not good or not find(text, '^[ \t\r\n]*{') then return nil, NOT_A_MESSAGE end
    local numbers, doubled = glance(text, fields), nil
    if not numbers then numbers, doubled = scan(text) end
    if not numbers then return nil, NOT_A_MESSAGE end
    if doubled then return nil, twice(doubled) end
    return fields, numbers
end
