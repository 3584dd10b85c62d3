-- wrk script: each request is another turn, so that nothing is known when it comes.
-- Arguments: name of the run, "stream" or "turn", events of a stream, ms between two events.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  local stream = args[2] == "stream"
  prefix = '{"model":"gpt-4o",' .. (stream and '"stream":true,' or "") ..
    '"messages":[{"role":"user","content":"What is turn ' .. args[1] .. "-" .. number .. "-"
  suffix = ' of this benchmark about, in one short sentence?"}]}'
  count = 0
  wrk.method = "POST"
  wrk.path = "/v1/chat/completions"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = "Bearer sk-benchmark-0123456789abcdef"
  if stream then
    wrk.headers["X-Mock-Events"] = args[3]
    wrk.headers["X-Mock-Event-Delay-Ms"] = args[4]
  end
end

function request()
  count = count + 1
  return wrk.format(nil, nil, nil, prefix .. count .. suffix)
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"seconds":%.6f,"errors":%d,"bytes":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    summary.bytes, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
