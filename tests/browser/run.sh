#!/usr/bin/env bash
# Runs the journeys twice: on the embedded store, and on the SQL Server stand-in over TLS as a login that may only what the shop
# needs. Builds and starts both shops itself, on free ports.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --quiet --locked --workspace --all-features --bins
(cd tests/browser && npm ci --silent)

folder=$(mktemp -d)
started=()
finish() {
    [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
    wait
    rm -rf "$folder"
}
trap finish EXIT

# start NAME COMMAND... – runs a program in the background; its output goes to $folder/NAME.
start() {
    local name=$1; shift
    "$@" >"$folder/$name" 2>&1 &
    started+=($!)
}

# found NAME PATTERN – waits until the program has printed a line with the pattern, and prints what matched.
found() {
    for _ in $(seq 300); do
        grep -oEm1 "$2" "$folder/$1" && return
        sleep 0.1
    done
    echo "$1 never printed $2:" >&2
    cat "$folder/$1" >&2
    return 1
}

# journeys NAME CONNECTION_STRING
journeys() {
    start "$1" env connectionstring="$2" BOOKSTORE_ADDR=127.0.0.1:0 BOOKSTORE_ADMIN_ADDR=127.0.0.1:0 \
        BOOKSTORE_PUBLIC_DIAGNOSTICS=true target/debug/bookstore
    local url
    url=$(found "$1" 'listening on http://[0-9.:]+')
    echo "-- $1"
    (cd tests/browser && BASE_URL=${url#listening on } node --test --test-reporter=tap) || failed=1
}

failed=0
journeys embedded "Server=(embedded);AttachDbFilename=$folder/books.db;User ID=CONTOSO\\webgmsa\$"

start stand-in target/debug/stand-in --listen 127.0.0.1:0 --sa-password Secret-1 --login webapp=Secret-2
connectionstring=$(found stand-in '^Server=.*User Id=sa;.*') target/debug/bookstore migrate --seed --grant webapp
journeys sql-server "$(found stand-in '^Server=.*User Id=webapp;.*')"
exit $failed
