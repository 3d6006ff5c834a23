-- add.lua counts a batch of reports of one service, each exactly once.
--
-- All reports of a batch fall into the same windows. What several of them have
-- in common (an id, a person, an address, a field of a bucket) is given once,
-- in a list, and a report points into the lists by numbers of two bytes, high
-- byte first, 0 for none: so there is little to parse and little to build.
--
-- KEYS   1 the service's stream; records of windows 2 w, 3 w-1, 4 w+1; marks of
--        windows 5 w, 6 w-1, 7 w+1; caps of windows 8 w, 9 w-1; 10 comments;
--        then counts, regions, networks of each hour that a report is of.
-- ARGV   1 stream length, 2 oldest stream id to keep, then TTLs in seconds of
--        3 stream, 4 records, 5 marks and caps (those two from their making,
--        buckets from their last new minute, the others from their last
--        change), 6 buckets, 7 comments; 8 flood factor, 9 most fields of a networks hash, 10 most comments; 11 a
--        mark's life and 12 a cap's width in seconds; lengths of the lists of
--        13 records, 14 marks, 15 caps, 16 (as numbers) bucket fields of each
--        key from 11 on, 17 moments, 18 reports; 19 the reports themselves, of
--        31 bytes each (see encoder.add), and 20 their records if they count;
--        21 the length of each report's line for the stream, as numbers, and
--        22 the lines; then the lists; then, two values a comment, the number
--        of the report and the comment.
-- Result the letter of each report's reason (c counted, d duplicate, a address
--        limit, n network limit, l late; R if it was known before), then for
--        each that was known before its record.
-- Idempotent: a report whose key is in the records gets the old answer and
--        changes nothing. The exception is a flood: what is over a cap by the
--        flood factor is discounted without leaving a record, so that a flood
--        cannot fill the memory; its repetition is discounted again.
-- All times come with the reports and none from the server, so that a replay
-- and a spooled report count as they would have counted then. Everything is
-- read first and written last, a hash at a time.

local HEAD, SLICE, HOURS, SIZE = 22, 500, 11, 31
local call, byte, sub, match, abs = redis.call, string.byte, string.sub, string.match, math.abs
local flood, most_networks = tonumber(ARGV[8]), tonumber(ARGV[9])
local once, width = tonumber(ARGV[11]), tonumber(ARGV[12])
local records, marks, caps = tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15])
local moments, reports = tonumber(ARGV[17]), tonumber(ARGV[18])
local function number(text, i)
  local high, low = byte(text, 2*i - 1, 2*i)
  return high*256 + low
end
-- An item of a list is ARGV[start of the list + its number]. A bucket's fields
-- are summed by their number in the list of their key.
local records_at = HEAD
local marks_at = records_at + records
local caps_at = marks_at + marks
local moments_at = caps_at + caps
local fields, fields_at, sums = {}, {}, {}
for k = HOURS, #KEYS do
  fields[k], fields_at[k], sums[k] = number(ARGV[16], k - HOURS + 1), moments_at, {}
  moments_at = moments_at + fields[k]
end
local comments_at = moments_at + moments

-- read gives what a hash holds of a list, where nothing was found before, and
-- notes whether the hash is there.
local there = {}
local function read(key, at, n, found)
  there[key] = call('EXISTS', key) == 1
  if n == 0 or not there[key] then return found or {} end
  if not found and n <= SLICE then return call('HMGET', key, unpack(ARGV, at + 1, at + n)) end
  found = found or {}
  for from = 1, n, SLICE do
    local to = from + SLICE - 1
    if to > n then to = n end
    local values = call('HMGET', key, unpack(ARGV, at + from, at + to))
    for k = from, to do
      found[k] = found[k] or values[k - from + 1]
    end
  end
  return found
end

local known = read(KEYS[4], records_at, records, read(KEYS[3], records_at, records, read(KEYS[2], records_at, records)))
local mark, mark_before, mark_after = read(KEYS[5], marks_at, marks), read(KEYS[6], marks_at, marks), read(KEYS[7], marks_at, marks)
local cap, cap_before = read(KEYS[8], caps_at, caps), read(KEYS[9], caps_at, caps)

-- What is to be written: fields and values for each hash, beside the sums.
local new_records, new_marks, new_caps, new_over = {}, {}, {}, {}
local records_put, marks_put = 0, 0

local function marked(i, received)
  if i == 0 then return false end
  local at = mark[i]
  if at and abs(received - at) < once then return true end
  at = mark_before[i]
  if at and abs(received - at) < once then return true end
  at = mark_after[i]
  return at and abs(received - at) < once
end
-- full weighs the window before by the part of it that the last `width`
-- seconds still cover: a sliding cap for two counters.
local function full(i, most, rest)
  return i ~= 0 and (cap[i] or 0) * width + (cap_before[i] or 0) * rest >= most * width
end
-- Of a flood nothing is kept, so that one from ever new addresses cannot fill
-- the memory either. What an address or network sent beyond its cap is read
-- only then, as most never do.
local over = {}
local function flooding(i, most)
  if i == 0 then return false end
  if not over[i] then over[i] = tonumber(call('HGET', KEYS[8], 'x' .. ARGV[caps_at + i]) or 0) end
  return over[i] >= most * flood
end

-- A spread of unknown networks must not grow the hash without end: from
-- most_networks fields on they are counted together.
local room = {}
local function crowded(key)
  room[key] = room[key] or most_networks - call('HLEN', KEYS[key])
  room[key] = room[key] - 1
  return room[key] < 0
end

local letters, olds, kept, all, from = {}, {}, {}, true, 1
for r = 1, reports do
  local class, i1, i2, p1, p2, f1, f2, a1, a2, n1, n2, t1, t2, h1, h2, c1, c2, g1, g2, w1, w2, o1, o2, x1, x2, l1, l2, m1, m2, r1, r2 =
    byte(ARGV[19], SIZE*(r - 1) + 1, SIZE*r)
  local record = sub(ARGV[20], from, from + r1*256 + r2 - 1)
  from = from + #record
  local id = i1*256 + i2
  local old = known[id]
  if old then
    letters[r] = 'R'
    olds[#olds + 1] = match(old, '^W?(.*)$')
    all = false
  else
    local person, former, address, network = p1*256 + p2, f1*256 + f2, a1*256 + a2, n1*256 + n2
    local address_cap, network_cap = l1*256 + l2, m1*256 + m2
    local moment = ARGV[moments_at + t1*256 + t2]
    local received = tonumber(moment)
    local rest = width - received % width
    local counts = h1*256 + h2
    local regions, networks = counts + 1, counts + 2
    local letter, keep = class == 108 and 'l' or 'c', true
    if marked(person, received) or marked(former, received) then letter = 'd'
    elseif full(address, address_cap, rest) then letter = 'a'
    elseif full(network, network_cap, rest) then letter = 'n' end
    if letter == 'c' or letter == 'l' then
      if address ~= 0 then cap[address] = (cap[address] or 0) + 1; new_caps[address] = true end
      if network ~= 0 then cap[network] = (cap[network] or 0) + 1; new_caps[network] = true end
      if person ~= 0 then
        mark[person] = received
        new_marks[marks_put + 1], new_marks[marks_put + 2] = ARGV[marks_at + person], moment
        marks_put = marks_put + 2
      end
      local count, region, net = c1*256 + c2, g1*256 + g2, w1*256 + w2
      sums[counts][count] = (sums[counts][count] or 0) + 1
      if net ~= 0 then
        sums[regions][region] = (sums[regions][region] or 0) + 1
        local other = o1*256 + o2
        if other ~= 0 and crowded(networks) then
          net = other
          record = match(record, '^(.*:)') .. '~'
        end
        sums[networks][net] = (sums[networks][net] or 0) + 1
      end
    else
      local discounted = x1*256 + x2
      sums[counts][discounted] = (sums[counts][discounted] or 0) + 1
      keep = not (flooding(address, address_cap) or flooding(network, network_cap))
      if keep then
        if address ~= 0 then over[address] = over[address] + 1; new_over[address] = true end
        if network ~= 0 then over[network] = over[network] + 1; new_over[network] = true end
      end
      local head, told = match(record, '^%l(%-?%d+:%d+:)%l?(%l:[^:]*:[^:]*)')
      record = letter .. head .. 'x' .. told
    end
    letters[r] = letter
    if keep then
      known[id] = record
      new_records[records_put + 1], new_records[records_put + 2] = ARGV[records_at + id], record
      records_put = records_put + 2
      kept[r] = letter
    else
      all = false
    end
  end
end

-- A hash of a window is given its life when it is made: what the window is
-- long, and what it is kept afterwards.
local function write(key, list, n, ttl)
  if n == 0 then return end
  for from = 1, n, SLICE do
    local to = from + SLICE - 1
    if to > n then to = n end
    call('HSET', key, unpack(list, from, to))
  end
  if not there[key] then call('EXPIRE', key, ttl) end
end
write(KEYS[2], new_records, records_put, ARGV[4])
write(KEYS[5], new_marks, marks_put, ARGV[5])
local list, n = {}, 0
for i = 1, caps do
  if new_caps[i] then list[n + 1], list[n + 2] = ARGV[caps_at + i], cap[i]; n = n + 2 end
  if new_over[i] then list[n + 1], list[n + 2] = 'x' .. ARGV[caps_at + i], over[i]; n = n + 2 end
end
write(KEYS[8], list, n, ARGV[5])
-- What a bucket's fields are raised by is read, added and written a hash at a
-- time, which costs a quarter of raising each. A new field of the counts is a
-- new minute or a new hash, for the other hashes of the hour too: often enough
-- to begin their life again.
local function raise(k)
  local new, at = false, fields_at[k]
  for from = 1, fields[k], SLICE do
    local to, list, n = from + SLICE - 1, {}, 0
    if to > fields[k] then to = fields[k] end
    local values = call('HMGET', KEYS[k], unpack(ARGV, at + from, at + to))
    for i = from, to do
      local sum, value = sums[k][i], values[i - from + 1]
      if sum then
        new = new or not value
        list[n + 1], list[n + 2] = ARGV[at + i], sum + (value or 0)
        n = n + 2
      end
    end
    if n > 0 then call('HSET', KEYS[k], unpack(list)) end
  end
  return new
end
local fresh = false
for k = HOURS, #KEYS, 3 do
  local new = raise(k)
  raise(k + 1)
  raise(k + 2)
  if new then
    for i = k, k + 2 do call('EXPIRE', KEYS[i], ARGV[6]) end
    fresh = true
  end
end

local lines, outcomes = ARGV[22], table.concat(letters)
if not all then
  local some, of, from = {}, {}, 1
  for r = 1, reports do
    local long = number(ARGV[21], r)
    if kept[r] then
      some[#some + 1], of[#of + 1] = sub(ARGV[22], from, from + long - 1), kept[r]
    end
    from = from + long
  end
  lines, outcomes = table.concat(some), table.concat(of)
end
if outcomes ~= '' then
  call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'reports', lines, 'outcomes', outcomes)
  if fresh or call('XLEN', KEYS[1]) == 1 then
    call('XTRIM', KEYS[1], 'MINID', '~', ARGV[2])
    call('EXPIRE', KEYS[1], ARGV[3])
  end
end

for c = comments_at + 1, #ARGV, 2 do
  local r = tonumber(ARGV[c])
  if (kept[r] == 'c' or kept[r] == 'l') and call('HLEN', KEYS[10]) < tonumber(ARGV[10]) then
    local high, low = byte(ARGV[19], SIZE*(r - 1) + 2, SIZE*(r - 1) + 3)
    call('HSET', KEYS[10], ARGV[records_at + high*256 + low], ARGV[c + 1])
    call('EXPIRE', KEYS[10], ARGV[7])
  end
end

table.insert(olds, 1, table.concat(letters))
return olds
