/** What the store of entries lets Redis do in one step each. */
import type { Script } from '../redis/redis-client.ts';
import { LUA_NOW } from '../redis/redis-time.ts';

/**
 * KEYS: the entry under each name, marks of purges. ARGV: how many names. Returns the time; and if there is an entry its
 * name, content, what is left, and when it was purged at last, or 0.
 */
export const GET: Script = {
  text: `${LUA_NOW}
for at = 1, tonumber(ARGV[1]) do
  local content = redis.call('GET', KEYS[at])
  if content then
    local purged = 0
    for mark = ARGV[1] + 1, #KEYS do purged = math.max(purged, redis.call('GET', KEYS[mark]) or 0) end
    return {now, KEYS[at], content, redis.call('PTTL', KEYS[at]), purged}
  end
end
return {now}`,
};

/** What was written before is not read any more, also if it is put back. ARGV: how long the marks are kept. */
export const MARK_PURGED: Script = {
  mayExceedMemory: true,
  text: `${LUA_NOW}
for _, key in ipairs(KEYS) do redis.call('SET', key, now, 'PX', ARGV[1]) end`,
};

/**
 * Not while there is a message that has not taken effect in this process: it may be that of a purge. A partial entry
 * only where there is none: another process may have written a whole one since this one found nothing of use.
 * KEYS: the messages, the entry under each name, its links. ARGV: the latest message known, content, lifetime, how many
 * names, whether it is partial (1 or 0), then a field and a key for each link.
 */
export const SET: Script = {
  text: `local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if (newest and newest[1] or '0-0') ~= ARGV[1] then return 0 end
local names = tonumber(ARGV[4])
if ARGV[5] == '1' and redis.call('EXISTS', unpack(KEYS, 2, names + 1)) > 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
for i = 3, names + 1 do redis.call('UNLINK', KEYS[i]) end
for i = names + 2, #KEYS do
  local at = 6 + (i - names - 2) * 2
  redis.call('HSET', KEYS[i], ARGV[at], ARGV[at + 1])
  if redis.call('PTTL', KEYS[i]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
end
return 1`,
};

/** One that holds for longer than that was made before the clock of Redis was set back. */
export const CLAIM: Script = {
  mayExceedMemory: true,
  text: `if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[1]) then redis.call('UNLINK', KEYS[1]) end
return redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) and 1 or 0`,
};

export const UNLINK: Script = {
  mayExceedMemory: true,
  text: `return redis.call('UNLINK', unpack(KEYS))`,
};
