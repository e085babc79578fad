--[[
  Forgets mutes that ended long ago, and adds one if there is room. If two people add the same mute at once, the
  later one counts; no other mute is lost.

  KEYS[1] mutes
  ARGV[1] field
  ARGV[2] mute          JSON
  ARGV[3] forgetBefore  mutes that ended before this are removed (ms since the epoch)
  ARGV[4] maxMutes
  ARGV[5] ttlMs         how long the hash is kept from now

  Returns 'added', 'replaced' or 'full'.
]]
local mutes = KEYS[1]
local field, mute, forgetBefore, maxMutes, ttlMs =
  ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]

local stored = redis.call('HGETALL', mutes)
local count = 0
for i = 1, #stored, 2 do
  if cjson.decode(stored[i + 1]).untilMs < forgetBefore then
    redis.call('HDEL', mutes, stored[i])
  else
    count = count + 1
  end
end

local known = redis.call('HEXISTS', mutes, field)
if known == 0 and count >= maxMutes then return 'full' end
redis.call('HSET', mutes, field, mute)
redis.call('PEXPIRE', mutes, ttlMs)
if known == 1 then return 'replaced' end
return 'added'
