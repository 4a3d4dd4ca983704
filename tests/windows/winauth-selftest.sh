#!/usr/bin/env bash
# Runs db/winauth's tests under Wine, against a Kerberos realm and a GSSAPI acceptor of its own.
#   tests/windows/winauth-selftest.sh
# Prints `N passed, N failed, N skipped` last. Exit status 1: something failed; 3: not possible on this machine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/windows/target.sh
. "$here/target.sh"
# shellcheck source=tests/windows/realm.sh
. "$here/realm.sh"
cd "$here/../.."

work=$(mktemp -d)
started=()
finish() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT

# tests_of ARGUMENT...: runs tests of the package under Wine and adds to the count.
results=$work/results
tests_of() {
    cargo_windows test --quiet --package winauth "$@" 2>&1 | tee -a "$results"
}

get_target
"$here/wine.sh" --prepare
install /usr/share/doc/python3-gssapi python3-gssapi
start_realm "$work" || not_possible "the Kerberos realm does not start: $(cat "$work"/kadmin.log "$work"/kdc.log)"
started+=("$kdc")
# The replay cache would write to disk at every login; these clients do not replay.
KRB5RCACHENAME=none: /usr/bin/python3 "$here/acceptor.py" >"$work/port" 2>"$work/acceptor.log" &
started+=($!)
until [ -s "$work/port" ]; do kill -0 "${started[1]}" 2>/dev/null || not_possible "$(cat "$work/acceptor.log")"; done

export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$here/wine.sh --bind $work"
WINAUTH_ACCEPTOR=127.0.0.1:$(cat "$work/port")
export WINAUTH_ACCEPTOR WINAUTH_SPN=$spn WINAUTH_PRINCIPAL=$principal WINAUTH_PASSWORD=$password
get_ticket "$work/ticket"

tests_of --lib || true
# kerberos_tests CACHE ARGUMENT...: those tests that the arguments choose, with that ticket cache.
kerberos_tests() {
    KRB5CCNAME=FILE:$work/$1 tests_of --test kerberos -- --ignored --nocapture --test-threads=1 "${@:2}" || true
}
kerberos_tests ticket --skip without_a_ticket --skip a_named_account
kerberos_tests no-ticket without_a_ticket
# Wine leaves a named account's ticket in the cache.
kerberos_tests empty a_named_account

awk '/^test result:/ { passed += $4; failed += $6; runs++ } END {
    printf "%d passed, %d failed, 0 skipped\n", passed, failed + 4 - runs; exit failed > 0 || runs < 4 }' "$results"
