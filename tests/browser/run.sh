#!/usr/bin/env bash
# Runs the journeys on both engines: the embedded store, and the SQL Server stand-in over TLS as a login with the shop's permissions only.
# Then, on the second one, what does not depend on the engine (once/). Builds and starts the shops itself, on free ports.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/install.sh
. scripts/install.sh
build=$(build_folder debug)
cargo build --quiet --locked --workspace --all-features --bins
(cd tests/browser && npm ci --silent)

folder=$(mktemp -d)
started=()
# shellcheck disable=SC2317,SC2329 # the trap calls it
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

# found NAME PATTERN – waits until the program has printed a line with the pattern, and prints the match.
found() {
    for _ in $(seq 300); do
        grep -oEm1 "$2" "$folder/$1" && return
        sleep 0.1
    done
    echo "$1 did not print $2:" >&2
    cat "$folder/$1" >&2
    return 1
}

# shop NAME CONNECTION_STRING – starts a shop; its address is then in $url.
shop() {
    start "$1" env connectionstring="$2" BOOKSTORE_ADDR=127.0.0.1:0 BOOKSTORE_ADMIN_ADDR=127.0.0.1:0 \
        BOOKSTORE_PUBLIC_DIAGNOSTICS=true "$build/bookstore"
    local admin
    url=$(found "$1" 'listening on http://[0-9.:]+')
    url=${url#listening on }
    admin=$(found "$1" 'health and metrics: http://[0-9.:]+')
    # A POST there creates the report that the shop's page shows.
    python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], b"")' "${admin#*: }/diagnostics.json"
}

# journeys NAME URL FOLDER – runs a folder's test files against a shop.
journeys() {
    echo "-- $1"
    (cd tests/browser && BASE_URL=$2 node --test --test-reporter=tap "$3"/*.test.mjs)
}

shop embedded "Server=(embedded);AttachDbFilename=$folder/books.db;User ID=CONTOSO\\webgmsa\$"
journeys embedded "$url" . >"$folder/journeys" &
embedded=$!

start stand-in "$build/stand-in" --listen 127.0.0.1:0 --sa-password Secret-1 --login webapp=Secret-2
connectionstring=$(found stand-in '^Server=.*User Id=sa;.*') "$build/bookstore" migrate --seed --grant webapp
export BOOKSTORE=$build/bookstore SQL_SERVER SQL_SERVER_OTHER_LOGIN
SQL_SERVER=$(found stand-in '^Server=.*User Id=webapp;.*')
SQL_SERVER_OTHER_LOGIN=$(found stand-in '^Server=.*User Id=sa;.*')
shop sql-server "$SQL_SERVER"
failed=0
# Both engines at the same time: a browser waits more than it works.
journeys sql-server "$url" . || failed=1
wait "$embedded" || failed=1
cat "$folder/journeys"
journeys "sql-server, once" "$url" once || failed=1
exit $failed
