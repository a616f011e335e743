--[[
Reads what a decision needs of a customer, at one moment.

KEYS[1]  hash of the customer's offers
KEYS[2]  hash of the customer's pending offers
KEYS[3]  key of the answer to a request; absent if none is asked for

Returns {offers, pending, answer}: both hashes as field, value, field, value, and the answer's text, false (null) if
there is none.
]]
return {
  redis.call('HGETALL', KEYS[1]),
  redis.call('HGETALL', KEYS[2]),
  KEYS[3] and redis.call('GET', KEYS[3]) or false,
}
