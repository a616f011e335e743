--[[
Reads what a decision needs of a customer, at one moment.

KEYS[1]  hash of the customer's offers
KEYS[2]  hash of the customer's pending offers
KEYS[3]  key of the answer to a request; not looked at if ARGV[1] is 0
KEYS[4]  hash of the projection's own facts; absent in a cluster, where it lies in another slot

ARGV[1]  1 if an answer is asked for, else 0

Returns {offers, pending, answer, ready}: both hashes as field, value, field, value; the answer's text and what is noted
of being ready, each false (null) if there is none.
]]
return {
  redis.call('HGETALL', KEYS[1]),
  redis.call('HGETALL', KEYS[2]),
  ARGV[1] == '1' and redis.call('GET', KEYS[3]),
  KEYS[4] and redis.call('HGET', KEYS[4], 'ready') or false,
}
