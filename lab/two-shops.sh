#!/usr/bin/env bash
# Starts two shops on one database, as sa and as the gMSA, and prints their addresses. Ctrl-C ends both. Run by lab/lab.sh.
#   lab/two-shops.sh BOOKSTORE ADDRESS ADDRESS     the executable; the addresses to listen on, like 127.0.0.1:8080
set -euo pipefail
# shellcheck source=lab/processes.sh
. "$(dirname "$0")/processes.sh"

[ $# -eq 3 ] || { sed -n '2,3s/^# //p' "$0" >&2 && exit 2; }
work=$(mktemp -d)
shops=() lines=()
# shellcheck disable=SC2317,SC2329 # the trap calls it
finish() {
    trap '' INT TERM
    stop "${shops[@]}"
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 0' INT TERM

# shop NAME EXECUTABLE ADDRESS CONNECTIONSTRING – starts a shop and waits until it listens.
shop() {
    # In a session of its own: Ctrl-C reaches this script, which then ends the shops in order.
    connectionstring=$4 BOOKSTORE_ADDR=$3 BOOKSTORE_ADMIN_ADDR=127.0.0.1:0 BOOKSTORE_LOG=${BOOKSTORE_LOG:-info} \
        setsid "$2" serve 2>"$work/$1" &
    shops+=($!)
    local address end=$((SECONDS + 180))
    until address=$(grep -soE 'listening on http://[^ ]+' "$work/$1"); do
        if ! kill -0 "$!" 2>/dev/null || [ "$SECONDS" -gt "$end" ]; then
            cat "$work/$1" >&2
            return 1
        fi
        sleep 0.1
    done
    lines+=("$(printf '%-18s %s/books' "$1" "${address#listening on }")")
}

shop "sa" "$1" "$2" "$LAB_SA"
shop 'BOOKSTORE\webgmsa$' "$1" "$3" "$LAB_GMSA"
lines+=("Both shops use one database. Add a book in each, and compare who created it. Ctrl-C ends the lab.")
# bash writes line by line: a reader that takes the first and closes the pipe must not end the lab.
(trap '' PIPE && printf '%s\n' "${lines[@]}" 2>/dev/null) || true
wait -n || true
echo "a shop has ended; the logs of both:" >&2
cat "$work"/* >&2
exit 1
