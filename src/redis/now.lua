--[[
  Reads the clock of the node that holds a key, as the scripts on that key read it: TIME alone would ask any node
  of a Redis Cluster.

  KEYS[1] key

  Returns ms since the epoch.
]]
--- @include "includes/now-ms"
return nowMs()
