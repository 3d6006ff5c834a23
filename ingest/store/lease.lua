-- lease.lua takes or renews a role that only one process may have.
--
-- KEYS   1 the lease.
-- ARGV   1 owner, 2 life in milliseconds.
-- Result 1 the owner has it for that long from now, 0 somebody else has.
-- Idempotent: taking what one has renews it.

local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
