-- release.lua gives a role up.
--
-- KEYS   1 the lease.
-- ARGV   1 owner.
-- Result 1 released, 0 it was not the owner's.
-- Idempotent.

if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
