--[[
Notes what is announced of a target's agents, and removes what does not count any more.

KEYS[1]  hash of the announcements, a field per target
ARGV[1]  field of the target
ARGV[2]  value of the announcement: JSON with until, in ms since 1970
ARGV[3]  the present time, in ms since 1970

Returns nothing.
]]
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
local announcements = redis.call('HGETALL', KEYS[1])
for i = 1, #announcements, 2 do
  local until_ = string.match(announcements[i + 1], '"until":(%d+)')
  if not until_ or tonumber(until_) <= tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[1], announcements[i])
  end
end
