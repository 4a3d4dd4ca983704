-- wrk's own summary stops at the 99th percentile. One line: requests, seconds, p50, p99, p99.9 (milliseconds), failures.
function done(summary, latency, requests)
    local errors = summary.errors
    local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    local ms = function(percentile) return latency:percentile(percentile) / 1000 end
    print(string.format("REPORT %d %f %f %f %f %d",
        summary.requests, summary.duration / 1e6, ms(50), ms(99), ms(99.9), failures))
end
