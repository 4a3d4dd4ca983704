#!/usr/bin/env bash
# Runs the tests of kerberos/winauth under Wine, against a Kerberos realm and a GSSAPI acceptor started here.
#   lab/windows/winauth-selftest.sh
# Last line: `N passed, N failed, N skipped`. Exit status 1: a test failed; 3: this machine cannot run them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lab/windows/target.sh
. "$here/target.sh"
# shellcheck source=lab/windows/realm.sh
. "$here/realm.sh"
cd "$here/../.."

work=$(mktemp -d)
started=()
finish() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
    rm -rf "$work"
}
trap finish EXIT

# tests_of ARGUMENT...: runs tests of the package under Wine and adds their results.
results=$work/results
tests_of() {
    cargo_windows test --quiet --package winauth "$@" 2>&1 | tee -a "$results"
}

get_target
"$here/wine.sh" --prepare
need python3-gssapi || not_possible "python3-gssapi cannot be installed"
start_realm "$work" || not_possible "the Kerberos realm did not start: $(cat "$work"/kadmin.log "$work"/kdc.log)"
started+=("$kdc")
# No replay cache: it would write to disk at each login.
KRB5RCACHENAME=none: /usr/bin/python3 "$here/acceptor.py" >"$work/port" 2>"$work/acceptor.log" &
started+=($!)
end=$((SECONDS + 60))
until [ -s "$work/port" ]; do
    if ! kill -0 "${started[1]}" 2>/dev/null || [ "$SECONDS" -gt "$end" ]; then
        not_possible "$(cat "$work/acceptor.log")"
    fi
done

export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$here/wine.sh --bind $work"
WINAUTH_ACCEPTOR=127.0.0.1:$(cat "$work/port")
export WINAUTH_ACCEPTOR WINAUTH_SPN=$spn WINAUTH_PRINCIPAL=$principal WINAUTH_PASSWORD=$password
get_ticket "$work/ticket"

tests_of --lib || true
# kerberos_tests CACHE ARGUMENT...: runs the tests that the arguments select with this ticket cache.
kerberos_tests() {
    KRB5CCNAME=FILE:$work/$1 tests_of --test kerberos -- --ignored --nocapture --test-threads=1 "${@:2}" || true
}
kerberos_tests ticket --skip missing_ticket --skip named_account
kerberos_tests no-ticket missing_ticket
# An empty cache: Wine leaves the ticket of a named account in it.
kerberos_tests empty named_account

awk '/^test result:/ { passed += $4; failed += $6; runs++ } END {
    printf "%d passed, %d failed, 0 skipped\n", passed, failed + 4 - runs; exit failed > 0 || runs < 4 }' "$results"
