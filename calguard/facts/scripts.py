"""What Redis does by itself, in one step each: Lua, over strings whose beginning says what they are.

One key an account. Octet 1 is "L", being read from the database, or "F", whole; 2 counts changes of what the ledgers
know, modulo 256; 3 is that count when it was read, so that the two differ where it is stale; 4 to 7 name the reader;
8 and 9 say how long all before the attempts is (little-endian). Then what the ledgers know, then attempts, which are
appended. Beside it, for minutes, what the account's attempts said, and for a day its last known place.
"""

from __future__ import annotations

from calguard.facts.store import Script

READER = 4  # octets
HEAD = 9

# KEYS: account, words, place, network. ARGV: the beginning to leave where nothing is known,
# for how many ms; words since.
READ = Script("""
local value = redis.call('GET', KEYS[1])
if not value then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return false
end
return {value, redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[3], '+inf'), redis.call('GET', KEYS[3]),
        redis.call('GET', KEYS[4])}
""")

# KEYS: account, words, place. ARGV: reader; octets of attempts replaced; beginning; attempts; ms to live; place or '',
# ms; ms of words; then score and words of each.
KEEP = Script("""
local value = redis.call('GET', KEYS[1])
if not value or string.sub(value, 4, 7) ~= ARGV[1] then return 0 end
local first = string.byte(value, 8) + 256 * string.byte(value, 9) + 1
local begin = string.sub(ARGV[3], 1, 1) .. string.sub(value, 2, 2) .. string.sub(ARGV[3], 3)
redis.call('SET', KEYS[1], begin .. ARGV[4] .. string.sub(value, first + ARGV[2]), 'PX', ARGV[5])
if ARGV[6] ~= '' then redis.call('SET', KEYS[3], ARGV[6], 'PX', ARGV[7]) end
for n = 9, #ARGV, 2 do redis.call('ZADD', KEYS[2], ARGV[n], ARGV[n + 1]) end
if #ARGV > 8 then redis.call('PEXPIRE', KEYS[2], ARGV[8]) end
return 1
""")

# KEYS: account, words, place. ARGV: attempt; ms to live; most octets; place or '', ms; words or '', their score, the
# score of the oldest that may stay, how many stay, ms.
APPEND = Script("""
if ARGV[4] ~= '' then redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5]) end
if ARGV[6] ~= '' then
  redis.call('ZADD', KEYS[2], ARGV[7], ARGV[6])
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[8])
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - ARGV[9])
  redis.call('PEXPIRE', KEYS[2], ARGV[10])
end
local value = redis.call('GET', KEYS[1])
if not value then return 0 end
if #value > tonumber(ARGV[3]) then return redis.call('DEL', KEYS[1]) end
-- written whole: APPEND would have Redis set aside as much again
if string.sub(value, 1, 1) == 'F' then
  redis.call('SET', KEYS[1], value .. ARGV[1], 'PX', ARGV[2])
else
  redis.call('SET', KEYS[1], value .. ARGV[1], 'KEEPTTL')
end
return 1
""")

# KEYS: accounts whose people or guests changed.
CHANGED = Script("""
for _, key in ipairs(KEYS) do
  local count = redis.call('GETRANGE', key, 1, 1)
  if count ~= '' then redis.call('SETRANGE', key, 1, string.char((string.byte(count) + 1) % 256)) end
end
return #KEYS
""")

# KEYS: all that is kept of one account.
FORGET = Script("return redis.call('DEL', unpack(KEYS))")

# KEYS: one. ARGV: value, ms to live.
PUT = Script("return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])")
