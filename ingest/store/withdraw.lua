-- withdraw.lua takes one report out of the counts, exactly.
--
-- KEYS   1 records, 2 counts, 3 regions, 4 networks, 5 marks, 6 caps,
--        7 the service's stream, 8 pending and 9 published comments.
-- ARGV   1 the report's field in the records, 2 the record as it was read,
--        3 the record that says withdrawn; fields to lower by one, '' for
--        none, of 4 counts, 5 regions, 6 networks, 7 and 8 caps; 9 the mark's
--        field, 10 the same under the salt of the day before, and 11 its value,
--        removed if it is still this report's; 12 the line for the stream,
--        13 the stream's length.
-- Result 1 withdrawn now, 0 the record is another than was read: read again.
-- Idempotent: the record is compared and replaced in the same step.

if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])

-- lower leaves no field at zero and no empty hash, and makes none anew where
-- the key has expired.
local function lower(key, field)
  if field == '' or redis.call('HEXISTS', key, field) == 0 then return end
  if redis.call('HINCRBY', key, field, -1) <= 0 then redis.call('HDEL', key, field) end
end
lower(KEYS[2], ARGV[4])
lower(KEYS[3], ARGV[5])
lower(KEYS[4], ARGV[6])
lower(KEYS[6], ARGV[7])
lower(KEYS[6], ARGV[8])

redis.call('HDEL', KEYS[8], ARGV[1])
redis.call('HDEL', KEYS[9], ARGV[1])
for i = 9, 10 do
  if ARGV[i] ~= '' and redis.call('HGET', KEYS[5], ARGV[i]) == ARGV[11] then
    redis.call('HDEL', KEYS[5], ARGV[i])
  end
end
if redis.call('EXISTS', KEYS[7]) == 1 then
  redis.call('XADD', KEYS[7], 'MAXLEN', '~', ARGV[13], '*', 'withdrawn', ARGV[12])
end
return 1
