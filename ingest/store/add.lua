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

local HEAD, STRIDE = 10, 19
local flood, most_networks = tonumber(ARGV[7]), tonumber(ARGV[8])
local once, width = tonumber(ARGV[9]), tonumber(ARGV[10])
local last = (#ARGV - HEAD) / STRIDE - 1

local got, want = {}, {}
local function ask(key, field)
  if not want[key] then want[key], got[key] = {}, {} end
  if got[key][field] == nil then
    got[key][field] = false
    table.insert(want[key], field)
  end
end
local function fetch()
  for key, fields in pairs(want) do
    for i = 1, #fields, 500 do
      local j = math.min(i + 499, #fields)
      local values = redis.call('HMGET', key, unpack(fields, i, j))
      for k = i, j do got[key][fields[k]] = values[k - i + 1] end
    end
  end
end

local sets, sums, ttls = {}, {}, {}
local function set(key, field, value, ttl)
  got[key][field] = value
  if not sets[key] then sets[key] = {} end
  sets[key][field], ttls[key] = value, ttl
end
local function sum(key, field, ttl)
  if not sums[key] then sums[key] = {} end
  sums[key][field], ttls[key] = (sums[key][field] or 0) + 1, ttl
end
local function flush()
  for key, fields in pairs(sets) do
    local args = {}
    for field, value in pairs(fields) do
      table.insert(args, field)
      table.insert(args, value)
      if #args >= 500 then redis.call('HSET', key, unpack(args)); args = {} end
    end
    if #args > 0 then redis.call('HSET', key, unpack(args)) end
  end
  for key, fields in pairs(sums) do
    for field, n in pairs(fields) do redis.call('HINCRBY', key, field, n) end
  end
  for key, ttl in pairs(ttls) do redis.call('EXPIRE', key, ttl) end
end

local function report(n)
  local a = HEAD + n * STRIDE
  return {
    key = ARGV[a+1], former_key = ARGV[a+2], class = ARGV[a+3], person = ARGV[a+4], former = ARGV[a+5],
    address = ARGV[a+6], network = ARGV[a+7], received = tonumber(ARGV[a+8]), minute = tonumber(ARGV[a+9]),
    symptom = ARGV[a+10], region = ARGV[a+11], net = ARGV[a+12],
    address_cap = tonumber(ARGV[a+13]), network_cap = tonumber(ARGV[a+14]),
    hour = tonumber(ARGV[a+15]), records = tonumber(ARGV[a+16]), marks = tonumber(ARGV[a+17]),
    caps = tonumber(ARGV[a+18]), line = ARGV[a+19],
  }
end

-- A person's mark, and the fields of an address and a network in the caps.
local function mark(r, who) return r.class .. who end
local function cap_fields(r)
  return r.address ~= '' and r.class .. 'a' .. r.address, r.network ~= '' and r.class .. 'n' .. r.network
end

local reports = {}
for n = 0, last do
  local r = report(n)
  reports[n + 1] = r
  for k = 0, 2 do
    ask(KEYS[r.records + k], r.key)
    if r.former_key ~= '' then ask(KEYS[r.records + k], r.former_key) end
    if r.person ~= '' then ask(KEYS[r.marks + k], mark(r, r.person)) end
    if r.former ~= '' then ask(KEYS[r.marks + k], mark(r, r.former)) end
  end
  for _, field in ipairs({cap_fields(r)}) do
    if field then
      for k = 0, 1 do ask(KEYS[r.caps + k], field) end
      ask(KEYS[r.caps], 'x' .. field)
    end
  end
end
fetch()

local function recorded(r)
  for k = 0, 2 do
    local records = got[KEYS[r.records + k]]
    local v = records[r.key] or r.former_key ~= '' and records[r.former_key]
    if v then return string.match(v, '^W?(%l%-?%d+)') end
  end
end
local function marked(r, who)
  if who == '' then return false end
  for k = 0, 2 do
    local at = got[KEYS[r.marks + k]][mark(r, who)]
    if at and math.abs(r.received - tonumber(at)) < once then return true end
  end
  return false
end
-- full weighs the window before by the part of it that the last `width`
-- seconds still cover: a sliding cap for two counters.
local function full(r, field, cap)
  if not field then return false end
  local now, before = got[KEYS[r.caps]][field] or 0, got[KEYS[r.caps + 1]][field] or 0
  return now * width + before * (width - r.received % width) >= cap * width
end
local function flooding(r, field, cap)
  return field and tonumber(got[KEYS[r.caps]]['x' .. field] or 0) >= cap * flood
end
local function bump(r, field)
  if field then set(KEYS[r.caps], field, (got[KEYS[r.caps]][field] or 0) + 1, ARGV[5]) end
end
local function judge(r, address, network)
  if marked(r, r.person) or marked(r, r.former) then return 'd' end
  if full(r, address, r.address_cap) then return 'a' end
  if full(r, network, r.network_cap) then return 'n' end
  return r.class == 'l' and 'l' or 'c'
end

-- A spread of unknown networks must not grow the hash without end: from
-- most_networks fields on they are counted together.
local sizes = {}
local function network_field(r, key)
  if string.sub(r.net, 1, 1) ~= '~' then return r.net end
  sizes[key] = sizes[key] or redis.call('HLEN', key)
  if sizes[key] >= most_networks then return '~' end
  sizes[key] = sizes[key] + 1
  return r.net
end

local NAMES = {c = 'counted', d = 'duplicate', a = 'address_limit', n = 'network_limit', l = 'late'}
local lines, replies = {}, {}
local function count(r)
  local address, network = cap_fields(r)
  local letter = judge(r, address, network)
  local head = letter .. string.format('%d', r.minute)
  local tail = ':' .. string.format('%d', r.received)
  local at = (r.minute % 60) .. ':'
  local keep = true
  if letter ~= 'c' and letter ~= 'l' then
    sum(KEYS[r.hour], at .. '+x', ARGV[6])
    keep = not (flooding(r, address, r.address_cap) or flooding(r, network, r.network_cap))
    if keep then
      bump(r, address and 'x' .. address)
      bump(r, network and 'x' .. network)
    end
    tail = tail .. ':x'
  else
    bump(r, address)
    bump(r, network)
    if r.person ~= '' then set(KEYS[r.marks], mark(r, r.person), string.format('%d', r.received), ARGV[5]) end
    tail = tail .. ':' .. r.class
    if r.class == 'd' then
      local net = network_field(r, KEYS[r.hour + 2])
      sum(KEYS[r.hour], at .. r.symptom, ARGV[6])
      sum(KEYS[r.hour + 1], at .. r.region, ARGV[6])
      sum(KEYS[r.hour + 2], at .. net, ARGV[6])
      tail = tail .. ':' .. r.symptom .. ':' .. r.region .. ':' .. net
    else
      sum(KEYS[r.hour], at .. '+' .. r.class, ARGV[6])
    end
  end
  if keep then
    set(KEYS[r.records], r.key, head .. tail, ARGV[4])
    table.insert(lines, r.line .. ',"outcome":"' .. NAMES[letter] .. '"}')
  end
  return head
end

for n, r in ipairs(reports) do replies[n] = recorded(r) or count(r) end
flush()
if #lines > 0 then
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'reports', table.concat(lines, '\n'))
  redis.call('XTRIM', KEYS[1], 'MINID', '~', ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
return replies
