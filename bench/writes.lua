-- Each request creates a book with a new request id, which is also its title. The ids of a run start with `BENCH_RUN`.
dofile(debug.getinfo(1, "S").source:match("@(.*/)") .. "load.lua")
local run, created = os.getenv("BENCH_RUN"), 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
function request()
    created = created + 1
    local id = string.format("%s-0000-4000-8000-%012x", run, created)
    return wrk.format(nil, nil, nil, '{"title":"' .. id .. '","authorFirstName":"Jane","authorLastName":"Austen",' ..
        '"avgCustomerReviews":12,"price":"9.90","bookLanguage":"English","publisher":"John Murray","requestId":"' .. id .. '"}')
end
