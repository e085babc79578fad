--[[
  Forgets mutes that ended long ago, and adds one if there is room. If two people add the same mute at once, the
  later one counts; no other mute is lost. The process that calls it has verified what it forgets.

  KEYS[1] mutes
  ARGV[1] field
  ARGV[2] mute      its stored form
  ARGV[3] maxMutes
  ARGV[4] ttlMs     how long the hash is kept from now
  then the mutes to forget, as field and stored form; one that was replaced meanwhile stays

  Returns 'added', 'replaced' or 'full'.
]]
local mutes = KEYS[1]
local field, mute, maxMutes, ttlMs = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

for i = 5, #ARGV, 2 do
  if redis.call('HGET', mutes, ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', mutes, ARGV[i]) end
end

local known = redis.call('HEXISTS', mutes, field)
if known == 0 and redis.call('HLEN', mutes) >= maxMutes then return 'full' end
redis.call('HSET', mutes, field, mute)
redis.call('PEXPIRE', mutes, ttlMs)
if known == 1 then return 'replaced' end
return 'added'
