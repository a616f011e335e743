--[[
Notes what the projection's values mean, unless that is noted already.

KEYS[1]  hash of the projection's own facts
ARGV[1]  format of the values
ARGV[2]  number of partitions of the log

Returns {format, partitions, ready} as they are noted now; ready is null while the projection is not complete. Partitions
are left alone (possibly null) when the format is another: its owner decides what they are called.
]]
redis.call('HSETNX', KEYS[1], 'format', ARGV[1])
if redis.call('HGET', KEYS[1], 'format') == ARGV[1] then
  redis.call('HSETNX', KEYS[1], 'partitions', ARGV[2])
end
return redis.call('HMGET', KEYS[1], 'format', 'partitions', 'ready')
