--[[
Writes what was decided on a customer, all or nothing, if nothing has changed since the customer was read.

KEYS[1]  hash of the customer's offers
KEYS[2]  hash of the customer's pending offers; the field ARGV[1] holds their revision
KEYS[3]  key of the answer to the request; not looked at if ARGV[5] is 0
KEYS[4]  hash of the projection's own facts; absent in a cluster, where it lies in another slot

ARGV[1]  name of the field with the revision
ARGV[2]  revision that was read
ARGV[3]  milliseconds after which the pending offers expire unless they change again
ARGV[4]  text of the answer
ARGV[5]  milliseconds that the answer is kept, 0 if there is none
ARGV[6]  number of offers that were read; as many pairs follow: action map id, position (29 characters)
then     number of pending offers to remove; as many action map ids follow
then     pending offers to put, as pairs to the end: action map id, value

Returns 1 if it is written, 0 if something has changed.

Every key is read before any is written, because Redis keeps what a script wrote before an error: a key of another type
fails in the first half.
]]
if KEYS[4] and not redis.call('HGET', KEYS[4], 'ready') then
  return 0
end
local revision = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
if revision ~= tonumber(ARGV[2]) then
  return 0
end
local keepsAnswer = ARGV[5] ~= '0'
if keepsAnswer and redis.call('EXISTS', KEYS[3]) == 1 then
  return 0
end
local offers = tonumber(ARGV[6])
if redis.call('HLEN', KEYS[1]) ~= offers then
  return 0
end
for i = 7, 6 + 2 * offers, 2 do
  local stored = redis.call('HGET', KEYS[1], ARGV[i])
  if not stored or string.sub(stored, 1, 29) ~= ARGV[i + 1] then
    return 0
  end
end

local at = 7 + 2 * offers
local removed = tonumber(ARGV[at])
for i = at + 1, at + removed do
  redis.call('HDEL', KEYS[2], ARGV[i])
end
for i = at + removed + 1, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
end
redis.call('HSET', KEYS[2], ARGV[1], revision + 1)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
if keepsAnswer then
  redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5])
end
return 1
