--[[
  Sets fields of a request that decide nothing, such as the coordinates of its card.

  KEYS[1] request
  ARGV[1…] fields  name, value, …

  Returns 1, or 0 if the request does not exist.
]]
--- @include "../../../../redis/includes/set-fields"
local request = KEYS[1]

if redis.call('EXISTS', request) == 0 then return 0 end
setFields(request, 1)
return 1
