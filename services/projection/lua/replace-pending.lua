--[[
Replaces one pending offer, if it is still what it was.

KEYS[1]  hash of the customer's pending offers
ARGV[1]  action map id
ARGV[2]  value that it had
ARGV[3]  value that it gets
ARGV[4]  name of the field with the revision
ARGV[5]  milliseconds after which the pending offers expire unless they change again

Returns 1 if it is replaced, 0 if it was something else, or gone.
]]
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HINCRBY', KEYS[1], ARGV[4], 1)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
