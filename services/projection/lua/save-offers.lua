--[[
Writes offers, all or none: none if any stored position is greater than the one to be written.

KEYS[i]          hash of the i-th offer's customer; repeated if several of its maps are written
ARGV[1]          milliseconds after which a hash expires unless it changes again
ARGV[2 * i]      action map id of the i-th offer
ARGV[2 * i + 1]  value of the i-th offer: its position (29 characters), a space, JSON

Returns 1 if the offers are written, 0 if they are superseded.

Positions are lower-case hex of one width, so they compare as text. Every key is read before any is written, because
Redis keeps what a script wrote before an error: a key of another type fails in the first loop.
]]
for i = 1, #KEYS do
  local stored = redis.call('HGET', KEYS[i], ARGV[2 * i])
  if stored and string.sub(stored, 1, 29) > string.sub(ARGV[2 * i + 1], 1, 29) then
    return 0
  end
end
for i = 1, #KEYS do
  redis.call('HSET', KEYS[i], ARGV[2 * i], ARGV[2 * i + 1])
  redis.call('PEXPIRE', KEYS[i], ARGV[1])
end
return 1
