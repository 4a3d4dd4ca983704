-- Each request makes a book under a request id of its own, which is its title too. `BENCH_RUN` tells the ids of one run from others.
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "report.lua")
local run, made = os.getenv("BENCH_RUN"), 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
function request()
    made = made + 1
    local id = string.format("%s-0000-4000-8000-%012x", run, made)
    return wrk.format(nil, nil, nil, '{"title":"' .. id .. '","authorFirstName":"Jane","authorLastName":"Austen",' ..
        '"avgCustomerReviews":12,"price":"9.90","bookLanguage":"English","publisher":"John Murray","requestId":"' .. id .. '"}')
end
