#!/usr/bin/env bash
# Starts the shop twice on one database, as sa and as the gMSA, and prints both addresses. Ctrl-C ends both. `scripts/lab.sh` runs it.
#   scripts/two-shops.sh BOOKSTORE ADDRESS ADDRESS     the executable; where the shops listen, like 127.0.0.1:8080
set -euo pipefail

[ $# -eq 3 ] || { sed -n '2,3s/^# //p' "$0" >&2 && exit 2; }
work=$(mktemp -d)
shops=()
# shellcheck disable=SC2329 # the trap calls it
finish() {
    trap '' INT TERM
    local shop
    for shop in "${shops[@]}"; do
        kill "$shop" 2>/dev/null || continue
        wait "$shop" || true
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 0' INT TERM

# shop WHO EXECUTABLE ADDRESS CONNECTIONSTRING
shop() {
    # Its log goes to the terminal as well. Ctrl-C is this script's to pass on.
    connectionstring=$4 BOOKSTORE_ADDR=$3 BOOKSTORE_ADMIN_ADDR=127.0.0.1:0 BOOKSTORE_LOG=${BOOKSTORE_LOG:-warn,bookstore_web::app=info} \
        setsid "$2" serve 2>"$work/$1" &
    shops+=($!)
    local address
    until address=$(grep -oE 'listening on http://[^ ]+' "$work/$1"); do
        kill -0 "$!" 2>/dev/null || { cat "$work/$1" >&2 && return 1; }
        sleep 0.1
    done
    printf '%-18s %s/books\n' "$1" "${address#listening on }"
}

shop "sa" "$1" "$2" "$LAB_SA"
shop 'BOOKSTORE\webgmsa$' "$1" "$3" "$LAB_GMSA"
echo "Both show one database. Add a book in each, and see who made it. Ctrl-C ends the lab."
wait -n || true
echo "a shop has ended:" >&2
cat "$work"/* >&2
exit 1
