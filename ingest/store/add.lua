-- add.lua counts a batch of reports of one service, each exactly once.
--
-- KEYS   1 the service's stream; then, in runs that a report points to by the
--        index of the first: counts, regions, networks of an hour; records of
--        windows w, w-1, w+1; marks of windows w, w-1, w+1; caps of w, w-1.
-- ARGV   1 stream length, 2 oldest stream id to keep, then TTLs in seconds of
--        3 stream, 4 records, 5 marks and caps, 6 buckets; 7 flood factor,
--        8 most fields of a networks hash, 9 a mark's life and 10 a cap's
--        width in seconds; then STRIDE values a report (see encode in add.go).
-- Result one string a report: letter of its reason (c counted, d duplicate,
--        a address limit, n network limit, l late) and Unix minute of its
--        bucket.
-- Idempotent: a report whose key is in the records gets the old answer and
--        changes nothing. The exception is a flood: what is over a cap by the
--        flood factor is discounted without leaving a record, so that a flood
--        cannot fill the memory; its repetition is discounted again.
-- All times come with the reports and none from the server, so that a replay
-- and a spooled report count as they would have counted then. Everything is
-- read first and written last: one HMGET a key, one HSET or HINCRBY a field.

-- Small tables and few calls, as the embedded server pays more for both.

local HEAD, STRIDE = 10, 19
local flood, most_networks = tonumber(ARGV[7]), tonumber(ARGV[8])
local once, width = tonumber(ARGV[9]), tonumber(ARGV[10])
local records_ttl, marks_ttl, buckets_ttl = ARGV[4], ARGV[5], ARGV[6]
local call, abs = redis.call, math.abs

-- By index of KEYS: what is known of a key's fields (false: not there), which
-- are to be read, set and raised, and the life of what is written. A key that
-- is in KEYS twice has one of each.
local got, want, sets, sums, ttls = {}, {}, {}, {}, {}
local first = {}
for i = 2, #KEYS do
  local j = first[KEYS[i]]
  if j then
    got[i], want[i], sets[i], sums[i] = got[j], want[j], sets[j], sums[j]
  else
    first[KEYS[i]] = i
    got[i], want[i], sets[i], sums[i] = {}, {}, {}, {}
  end
end

local function ask(i, field)
  local known = got[i]
  if known[field] == nil then
    known[field] = false
    local w = want[i]
    w[#w + 1] = field
  end
end
local function fetch()
  for key, i in pairs(first) do
    local fields, known = want[i], got[i]
    for from = 1, #fields, 500 do
      local to = math.min(from + 499, #fields)
      local values = call('HMGET', key, unpack(fields, from, to))
      for k = from, to do known[fields[k]] = values[k - from + 1] end
    end
  end
end
local function set(i, field, value, ttl)
  i = first[KEYS[i]]
  got[i][field], sets[i][field], ttls[i] = value, value, ttl
end
local function sum(i, field)
  local s = sums[i]
  s[field] = (s[field] or 0) + 1
end
local function flush()
  for i, ttl in pairs(ttls) do
    local key, args, n = KEYS[i], {}, 0
    for field, value in pairs(sets[i]) do
      args[n + 1], args[n + 2] = field, value
      n = n + 2
      if n == 500 then call('HSET', key, unpack(args)); args, n = {}, 0 end
    end
    if n > 0 then call('HSET', key, unpack(args)) end
    call('EXPIRE', key, ttl)
  end
  for key, i in pairs(first) do
    local fresh = false
    for field, n in pairs(sums[i]) do
      fresh = call('HINCRBY', key, field, n) == n or fresh
    end
    -- A new field is a new minute, or a new hash: often enough to begin its
    -- life again.
    if fresh then call('EXPIRE', key, buckets_ttl) end
  end
end

-- A person's mark, and the fields of an address and a network in the caps; ''
-- where they are not known.
local marks, formers, addresses, networks = {}, {}, {}, {}
local function field_of(class, kind, who) return who ~= '' and class .. kind .. who or '' end

for a = HEAD, #ARGV - STRIDE, STRIDE do
  local class, key, former_key = ARGV[a+3], ARGV[a+1], ARGV[a+2]
  local i, p, c = tonumber(ARGV[a+16]), tonumber(ARGV[a+17]), tonumber(ARGV[a+18])
  local mark, former = field_of(class, '', ARGV[a+4]), field_of(class, '', ARGV[a+5])
  local address, network = field_of(class, 'a', ARGV[a+6]), field_of(class, 'n', ARGV[a+7])
  marks[a], formers[a], addresses[a], networks[a] = mark, former, address, network
  for k = 0, 2 do
    ask(i + k, key)
    if former_key ~= '' then ask(i + k, former_key) end
    if mark ~= '' then ask(p + k, mark) end
    if former ~= '' then ask(p + k, former) end
  end
  for k = 0, 1 do
    if address ~= '' then ask(c + k, address) end
    if network ~= '' then ask(c + k, network) end
  end
end
fetch()

local function recorded(i, key, former_key)
  for k = 0, 2 do
    local v = got[i + k][key] or former_key ~= '' and got[i + k][former_key]
    if v then return string.match(v, '^W?(%l%-?%d+)') end
  end
end
local function marked(p, mark, received)
  if mark == '' then return false end
  for k = 0, 2 do
    local at = got[p + k][mark]
    if at and abs(received - tonumber(at)) < once then return true end
  end
  return false
end
-- full weighs the window before by the part of it that the last `width`
-- seconds still cover: a sliding cap for two counters.
local function full(c, field, cap, received)
  if field == '' then return false end
  return (got[c][field] or 0) * width + (got[c+1][field] or 0) * (width - received % width) >= cap * width
end
local function bump(c, field)
  if field ~= '' then set(c, field, (got[c][field] or 0) + 1, marks_ttl) end
end
-- flooding looks at what an address or network sent beyond its cap; it is read
-- only then, as most never do. Of a flood nothing is kept, so that one from
-- ever new addresses cannot fill the memory either.
local function flooding(c, field, cap)
  if field == '' then return false end
  field = 'x' .. field
  if got[c][field] == nil then got[c][field] = call('HGET', KEYS[c], field) end
  return tonumber(got[c][field] or 0) >= cap * flood
end

-- A spread of unknown networks must not grow the hash without end: from
-- most_networks fields on they are counted together.
local sizes = {}
local function network_name(net, i)
  if string.sub(net, 1, 1) ~= '~' then return net end
  sizes[i] = sizes[i] or call('HLEN', KEYS[i])
  if sizes[i] >= most_networks then return '~' end
  sizes[i] = sizes[i] + 1
  return net
end

local NAMES = {c = 'counted', d = 'duplicate', a = 'address_limit', n = 'network_limit', l = 'late'}
local lines, replies = {}, {}
local function count(a)
  local class, received, minute = ARGV[a+3], tonumber(ARGV[a+8]), ARGV[a+9]
  local address, network = addresses[a], networks[a]
  local address_cap, network_cap = tonumber(ARGV[a+13]), tonumber(ARGV[a+14])
  local h, p, c = tonumber(ARGV[a+15]), tonumber(ARGV[a+17]), tonumber(ARGV[a+18])
  local letter = class == 'l' and 'l' or 'c'
  if marked(p, marks[a], received) or marked(p, formers[a], received) then letter = 'd'
  elseif full(c, address, address_cap, received) then letter = 'a'
  elseif full(c, network, network_cap, received) then letter = 'n' end
  local at = (tonumber(minute) % 60) .. ':'
  local record, keep = letter .. minute .. ':' .. ARGV[a+8] .. ':', true
  if letter ~= 'c' and letter ~= 'l' then
    sum(h, at .. '+x')
    keep = not (flooding(c, address, address_cap) or flooding(c, network, network_cap))
    if keep then
      bump(c, address ~= '' and 'x' .. address or '')
      bump(c, network ~= '' and 'x' .. network or '')
    end
    record = record .. 'x'
  else
    bump(c, address)
    bump(c, network)
    if marks[a] ~= '' then set(p, marks[a], ARGV[a+8], marks_ttl) end
    record = record .. class
    if class == 'd' then
      local net = network_name(ARGV[a+12], h + 2)
      sum(h, at .. ARGV[a+10])
      sum(h + 1, at .. ARGV[a+11])
      sum(h + 2, at .. net)
      record = record .. ':' .. ARGV[a+10] .. ':' .. ARGV[a+11] .. ':' .. net
    else
      sum(h, at .. '+' .. class)
    end
  end
  if keep then
    set(tonumber(ARGV[a+16]), ARGV[a+1], record, records_ttl)
    lines[#lines + 1] = ARGV[a+19] .. ',"outcome":"' .. NAMES[letter] .. '"}'
  end
  return letter .. minute
end

for a = HEAD, #ARGV - STRIDE, STRIDE do
  replies[#replies + 1] = recorded(tonumber(ARGV[a+16]), ARGV[a+1], ARGV[a+2]) or count(a)
end
flush()
if #lines > 0 then
  call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'reports', table.concat(lines, '\n'))
  call('XTRIM', KEYS[1], 'MINID', '~', ARGV[2])
  call('EXPIRE', KEYS[1], ARGV[3])
end
return replies
