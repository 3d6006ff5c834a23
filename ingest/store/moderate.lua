-- moderate.lua decides on one comment, and leaves an entry of it.
--
-- KEYS   1 pending and 2 published comments, 3 the decisions.
-- ARGV   1 the comment's field, 2 "publish" or "reject", 3 the time of the
--        decision, 4 TTL of the published in seconds, 5 most of them.
-- Result the comment, or nil where there is none to decide on.
-- Idempotent: who publishes what is published changes nothing and gets it; who
-- rejects takes it away, pending or published, and again finds none.

local call = redis.call
local pending = call('HGET', KEYS[1], ARGV[1])
local public = call('HGET', KEYS[2], ARGV[1])
if not pending and (not public or ARGV[2] == 'publish') then return public end

call('HDEL', KEYS[1], ARGV[1])
call('HDEL', KEYS[2], ARGV[1])
if ARGV[2] == 'publish' then
  -- The oldest makes room. Times in UTC and of one form sort as texts.
  if call('HLEN', KEYS[2]) >= tonumber(ARGV[5]) then
    local all, oldest, at = call('HGETALL', KEYS[2]), nil, nil
    for i = 1, #all, 2 do
      local minute = cjson.decode(all[i + 1]).minute or ''
      if not at or minute < at then oldest, at = all[i], minute end
    end
    call('HDEL', KEYS[2], oldest)
  end
  call('HSET', KEYS[2], ARGV[1], pending)
  call('EXPIRE', KEYS[2], ARGV[4])
end
call('XADD', KEYS[3], '*', 'at', ARGV[3], 'decision', ARGV[2], 'comment', ARGV[1])
return pending or public
