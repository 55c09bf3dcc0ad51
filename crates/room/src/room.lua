#!lua name=sprint_room
-- The one function that a guest may call: claims on tasks, and what guests report.
--
-- Redis runs a function with the rights of its caller, so guests have the rights to a few hash and list commands on
-- keys below @PREFIX@, which nobody but this library and the lead's own process knows: 128 random bits, and a guest may
-- call nothing that lists keys, scripts or users. What is below it is therefore changed by this function alone.
--
-- A name belongs to whoever used it first, as long as it is used: each call carries a token, of which only the digest is
-- kept. So a claim can be extended or dropped by its holder only. Times are this server's: guests' clocks do not count.

local PREFIX = '@PREFIX@'
local TASKS, CLAIMS, DONE = PREFIX .. ':tasks', PREFIX .. ':claims', PREFIX .. ':done'
local GUESTS, EVENTS = PREFIX .. ':guests', PREFIX .. ':events'
local CLAIM_SECONDS = @CLAIM_SECONDS@
-- Whoever is silent that long has gone, and somebody else may have the name.
local GUEST_SECONDS = CLAIM_SECONDS + 12 * 3600
-- A room is a table or a hall, not a city: these bound what one guest can make everybody else carry.
local MOST_GUESTS, MOST_CLAIMS, MOST_EVENTS = 300, 5, 100

local function answer(table)
  return cjson.encode(table)
end

local function refuse(why, more)
  local table = more or {}
  table.ok = false
  table.why = why
  return answer(table)
end

local function read(key, field)
  local text = redis.call('HGET', key, field)
  return text and cjson.decode(text) or nil
end

local function write(key, field, table)
  redis.call('HSET', key, field, cjson.encode(table))
end

-- All fields of a hash, decoded.
local function all(key)
  local flat, table = redis.call('HGETALL', key), {}
  for at = 1, #flat, 2 do
    table[flat[at]] = cjson.decode(flat[at + 1])
  end
  return table
end

-- The claim on a task, if it has not expired.
local function live(id, now)
  local claim = read(CLAIMS, id)
  return claim and claim['until'] > now and claim or nil
end

local function claims_of(name, now)
  local mine = {}
  for id, claim in pairs(all(CLAIMS)) do
    if claim.by == name and claim['until'] > now then
      mine[#mine + 1] = id
    end
  end
  return mine
end

local function forget(name)
  for id, claim in pairs(all(CLAIMS)) do
    if claim.by == name then
      redis.call('HDEL', CLAIMS, id)
    end
  end
  redis.call('HDEL', GUESTS, name)
end

local function number(text, most)
  local value = tonumber(text)
  if not value or value ~= value or value < 0 then
    return 0
  end
  return math.floor(math.min(value, most))
end

-- Forgets whoever will miss it least: no claim, nothing reported, not heard of for longest. A guest who makes up names
-- must not keep anybody out; one who is forgotten is known again with the next call.
local function make_place(now)
  local holders, least, loss = {}, nil, nil
  for _, claim in pairs(all(CLAIMS)) do
    holders[claim.by] = claim['until'] > now
  end
  for name, entry in pairs(all(GUESTS)) do
    if not holders[name] then
      local cost = math.min(entry.restored + entry.built, 1) * 1e12 + entry.seen
      if not loss or cost < loss then
        least, loss = name, cost
      end
    end
  end
  if least then
    forget(least)
  end
end

-- The guest who calls, made if the name is nobody's; or why not.
local function guest(name, token, now)
  if not name or #name < 1 or #name > 96 or name:find('%c') or not name:find('[^ ]') then
    return nil, 'bad-name'
  end
  if not token or #token ~= 32 or token:find('[^%x]') then
    return nil, 'bad-token'
  end
  local digest, known = redis.sha1hex(token), read(GUESTS, name)
  if known and known.token ~= digest then
    if known.seen + GUEST_SECONDS > now then
      return nil, 'name-taken'
    end
    forget(name)
    known = nil
  end
  if not known then
    if redis.call('HLEN', GUESTS) >= MOST_GUESTS then
      make_place(now)
    end
    known = { token = digest, joined = now, restored = 0, built = 0, saved = 0, spent = 0, bytes = 0 }
  end
  known.seen = now
  write(GUESTS, name, known)
  return known
end

local function happened(event)
  redis.call('LPUSH', EVENTS, cjson.encode(event))
  redis.call('LTRIM', EVENTS, 0, MOST_EVENTS - 1)
end

local verbs = {}

function verbs.hello(_, _, now)
  return answer({ ok = true, now = now, seconds = CLAIM_SECONDS })
end

function verbs.bye(name)
  forget(name)
  return answer({ ok = true })
end

function verbs.take(name, args, now)
  local id = args[4] or ''
  if not redis.call('HGET', TASKS, id) then
    return refuse('unknown-task')
  end
  local claim = live(id, now)
  if claim and claim.by ~= name then
    return refuse('taken', { by = claim.by, ['until'] = claim['until'], now = now })
  end
  if not claim and #claims_of(name, now) >= MOST_CLAIMS then
    return refuse('too-many')
  end
  local ends = now + CLAIM_SECONDS
  write(CLAIMS, id, { by = name, since = claim and claim.since or now, ['until'] = ends })
  if not claim then
    happened({ at = now, by = name, what = 'took', task = id })
  end
  return answer({ ok = true, now = now, ['until'] = ends })
end

-- One claim, or all of the caller's.
function verbs.renew(name, args, now)
  local ids = args[4] and { args[4] } or claims_of(name, now)
  local ends = now + CLAIM_SECONDS
  for _, id in ipairs(ids) do
    local claim = live(id, now)
    if not claim or claim.by ~= name then
      return refuse('not-yours', { by = claim and claim.by, now = now })
    end
    claim['until'] = ends
    write(CLAIMS, id, claim)
  end
  return answer({ ok = true, now = now, ['until'] = ends })
end

local function give_up(name, id, now)
  local claim = live(id, now)
  if not claim or claim.by ~= name then
    return refuse('not-yours', { by = claim and claim.by, now = now })
  end
  redis.call('HDEL', CLAIMS, id)
end

function verbs.drop(name, args, now)
  local id = args[4] or ''
  local refused = give_up(name, id, now)
  if refused then
    return refused
  end
  happened({ at = now, by = name, what = 'dropped', task = id })
  return answer({ ok = true, now = now })
end

function verbs.done(name, args, now)
  local id = args[4] or ''
  local refused = give_up(name, id, now)
  if refused then
    return refused
  end
  write(DONE, id, { by = name, at = now })
  happened({ at = now, by = name, what = 'finished', task = id })
  return answer({ ok = true, now = now })
end

-- What a build cost or was spared: restored|built, seconds spent, seconds saved, bytes fetched. Believed as said.
function verbs.report(name, args, now, known)
  local kind = args[4]
  if kind ~= 'restored' and kind ~= 'built' then
    return refuse('bad-report')
  end
  local spent, saved, bytes = number(args[5], 86400), number(args[6], 86400), number(args[7], 1e12)
  known[kind] = known[kind] + 1
  known.spent, known.saved = known.spent + spent, known.saved + saved
  known.bytes = known.bytes + bytes
  write(GUESTS, name, known)
  happened({ at = now, by = name, what = kind, spent = spent, saved = saved })
  return answer({ ok = true, now = now })
end

-- Everything there is to see; no token and no digest in it.
local function list(now)
  local claims, guests = {}, {}
  for id, claim in pairs(all(CLAIMS)) do
    if claim['until'] > now then
      claims[id] = claim
    end
  end
  for name, entry in pairs(all(GUESTS)) do
    if entry.seen + GUEST_SECONDS > now then
      entry.token = nil
      guests[name] = entry
    end
  end
  local events = table.concat(redis.call('LRANGE', EVENTS, 0, 29), ',')
  local rest = cjson.encode({ ok = true, now = now, claims = claims, guests = guests, done = all(DONE) })
  -- An empty Lua table has no kind of its own: the list is put together by hand.
  return rest:sub(1, -2) .. ',"events":[' .. events .. ']}'
end

redis.register_function({
  function_name = 'sprint_room',
  -- What it writes is bounded above; a full cache must not keep anybody from a claim.
  flags = { 'allow-oom' },
  callback = function(_, args)
    local now = tonumber(redis.call('TIME')[1])
    if args[1] == 'list' then
      return list(now)
    end
    local verb = verbs[args[1]]
    if not verb then
      return refuse('unknown-verb')
    end
    local known, why = guest(args[2], args[3], now)
    if not known then
      return refuse(why)
    end
    return verb(args[2], args, now, known)
  end,
})
