--[[
Reads offers. One call for many costs the client a fifth of as many single commands.

KEYS[i]   hash of the i-th offer's customer; repeated if several of its maps are asked for
ARGV[i]   action map id of the i-th offer

Returns the values in the same order, false (null) where there is none.
]]
local values = {}
for i = 1, #KEYS do
  values[i] = redis.call('HGET', KEYS[i], ARGV[i])
end
return values
