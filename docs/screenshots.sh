#!/usr/bin/env bash
# Takes the screenshots of the README: starts the shop as sa and as a gMSA on one embedded file, adds books in both, and
# photographs the pages in Chromium.
#   docs/screenshots.sh [FOLDER]      where the pictures go; default: docs/
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/install.sh
need_build_tools
need chromium fonts-dejavu-core
need_command npm nodejs npm
target=$(realpath "${1:-docs}")
cargo build --quiet --locked -p bookstore-web
(cd tests/browser && npm ci --silent)

work=$(mktemp -d)
shops=()
finish() {
    [ ${#shops[@]} -eq 0 ] || kill "${shops[@]}" 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap finish EXIT

# shop NAME LOGIN – starts a shop and prints its address once it listens.
shop() {
    connectionstring="Server=(embedded);AttachDbFilename=$work/books.db;User ID=$2" BOOKSTORE_ADDR=127.0.0.1:0 \
        BOOKSTORE_ADMIN_ADDR=127.0.0.1:0 "$(build_folder debug)/bookstore" >"$work/$1" 2>&1 &
    shops+=($!)
    for _ in $(seq 100); do
        grep -oEm1 'listening on http://127\.0\.0\.1:[0-9]+' "$work/$1" >"$work/$1.url" && return
        sleep 0.1
    done
    cat "$work/$1" >&2
    return 1
}

shop sa sa
shop gmsa 'CONTOSO\webgmsa$'
url() { sed 's/^listening on //' "$work/$1.url"; }
SA_URL=$(url sa) GMSA_URL=$(url gmsa) TARGET=$target node tests/browser/screenshots.mjs
