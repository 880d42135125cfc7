-- For wrk: posts the request of a file again and again, each mark replaced by the next number.
-- Arguments: the file, the mark, the first number. Ends with one line of JSON after "result ".

local pieces = {}
local number = 0
local width = 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local template = file:read("*a")
  file:close()
  local mark = args[2]
  number = tonumber(args[3])
  width = #mark
  local from = 1
  while true do
    local at = template:find(mark, from, true)
    if at == nil then break end
    pieces[#pieces + 1] = template:sub(from, at - 1)
    pieces[#pieces + 1] = ""
    from = at + width
  end
  pieces[#pieces + 1] = template:sub(from)
end

function request()
  for at = 2, #pieces - 1, 2 do
    pieces[at] = string.format("%0" .. width .. "d", number)
    number = number + 1
  end
  return table.concat(pieces)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'result {"answered":%d,"refused":%d,"failed":%d,"elapsedMs":%.3f,'
      .. '"p50Ms":%.3f,"p99Ms":%.3f,"maxMs":%.3f}\n',
    summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1000, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    latency.max / 1000))
end
