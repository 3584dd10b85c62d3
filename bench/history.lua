-- wrk script: each request is a new question behind the same 1 MB of history, which is known when it comes.
-- Argument: name of the run. Prints its result as turns.lua does.
local words = {"the", "answer", "question", "turn", "code", "function", "return", "value", "with", "state", "proxy",
               "record", "history", "model", "token", "\\\"quoted\\\"", "line\\n", "array", "of", "and"}

local function text(bytes)
  local said, size = {}, 0
  while size < bytes do
    local word = words[math.random(#words)]
    said[#said + 1] = word
    size = size + #word + 1
  end
  return table.concat(said, " ")
end

function init(args)
  math.randomseed(7)
  local messages = {}
  for _ = 1, 100 do
    messages[#messages + 1] = '{"role":"user","content":"' .. text(4900) .. '"}'
    messages[#messages + 1] = '{"role":"assistant","content":"' .. text(4900) .. '"}'
  end
  prefix = '{"model":"gpt-4o","messages":[' .. table.concat(messages, ",") ..
    ',{"role":"user","content":"And what of number ' .. args[1] .. "-"
  count = 0
  wrk.method = "POST"
  wrk.path = "/v1/chat/completions"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer sk-benchmark-0123456789abcdef"
end

function request()
  count = count + 1
  return wrk.format(nil, nil, nil, prefix .. count .. '?"}]}')
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"errors":%d,"bytes":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    summary.bytes, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
