#!/usr/bin/env bash
# Runs other clients than tiberius against the stand-in.
#   stand-in/clients/check.sh [EXECUTABLE]     a built stand-in (default: target/debug/stand-in)
# Installs the pinned clients into $BOOKSTORE_CLIENTS_CACHE (default ~/.cache/bookstore-clients) and node_modules. A client that
# cannot be installed is skipped with its reason; with BOOKSTORE_TEST_ALL it fails.
# The last line counts: N passed, N failed, N skipped. Exit status 3: not even the first client can be installed.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/install.sh
. ../../scripts/install.sh

cache=${BOOKSTORE_CLIENTS_CACHE:-$HOME/.cache/bookstore-clients} log=$(mktemp)
passed=0 failed=0 skipped=0
trap 'rm -f "$log"' EXIT
mkdir -p "$cache"
STAND_IN=$(realpath "${1:-../../target/debug/stand-in}")
export STAND_IN

# optional WHAT COMMAND... – runs an installation; a failure is a note, and the tests that need it are skipped.
optional() { "${@:2}" || echo "clients: $1 cannot be installed"; }

# odbc_clients – adds the Python packages that exist for few platforms.
odbc_clients() {
    cmp -s requirements-odbc.txt "$cache/python/odbc.txt" && return
    local package complete=true
    while IFS= read -r package; do
        "$cache/python/bin/pip" install --quiet --disable-pip-version-check "$package" </dev/null || { echo "clients: $package cannot be installed"; complete=false; }
    done <requirements-odbc.txt
    ! $complete || cp requirements-odbc.txt "$cache/python/odbc.txt"
}

# npm_client – installs tedious, again when the lock file changes.
npm_client() {
    cmp -s package-lock.json node_modules/.installed.json && return
    command -v npm >/dev/null && npm ci --silent --ignore-scripts && cp package-lock.json node_modules/.installed.json
}

# count WORD – the number before the word in the last line of the log.
count() { tail -n 1 "$log" | grep -oE "[0-9]+ $1" | grep -oE '^[0-9]+' || echo 0; }

# node_count WORD – the number after the word in the summary of node's test runner.
node_count() { sed -n "s/^ℹ $1 //p" "$log" | grep . || echo 0; }

# add STATUS PASSED FAILED SKIPPED – adds counts. A runner that failed without counting a failure did not start its tests.
add() {
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
    if [ "$1" -ne 0 ] && [ "$3" -eq 0 ]; then failed=$((failed + 1)); fi
}

venv "$cache/python" requirements.txt || { echo "clients: not possible here: pip cannot install requirements.txt" >&2; exit 3; }
optional "FreeTDS (Debian's packages freetds-bin and tdsodbc)" need freetds-bin tdsodbc libltdl7
odbc_clients
optional "tedious" npm_client

status=0
"$cache/python/bin/pytest" -q -rs -p no:cacheprovider . | tee "$log" || status=$?
add "$status" "$(count passed)" $(($(count failed) + $(count error))) "$(count skipped)"

if [ -d node_modules/tedious ]; then
    status=0
    # Its summary is not that of the whole, which the last line is.
    timeout 300 node --test --test-reporter=spec ./*.test.mjs 2>&1 | tee "$log" | sed 's/^ℹ /tedious: /' || status=$?
    add "$status" "$(node_count pass)" "$(node_count fail)" "$(node_count skipped)"
else
    echo "clients: tedious is skipped: npm cannot install it here"
    skipped=$((skipped + 1))
fi
if [ -n "${BOOKSTORE_TEST_ALL-}" ] && [ "$skipped" -gt 0 ]; then failed=$((failed + skipped)) skipped=0; fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
