#!/usr/bin/env bash
# Runs other clients than tiberius against the stand-in.
#   stand-in/clients/check.sh [EXECUTABLE]     a built stand-in (default: target/debug/stand-in)
# Installs the pinned clients into $BOOKSTORE_CLIENTS_CACHE (default ~/.cache/bookstore-clients).
# The last line counts: N passed, N failed, N skipped. Exit status 3: the clients cannot be installed.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/install.sh
. ../../scripts/install.sh

cache=${BOOKSTORE_CLIENTS_CACHE:-$HOME/.cache/bookstore-clients}
mkdir -p "$cache"
venv "$cache/python" requirements.txt || { echo "clients: not possible here: pip cannot install requirements.txt" >&2; exit 3; }

log=$(mktemp) status=0
trap 'rm -f "$log"' EXIT
STAND_IN=$(realpath "${1:-../../target/debug/stand-in}") "$cache/python/bin/pytest" -q -rs -p no:cacheprovider . | tee "$log" || status=$?
count() { tail -n 1 "$log" | grep -oE "[0-9]+ $1" | grep -oE '^[0-9]+' || echo 0; }
failed=$(($(count failed) + $(count error)))
# A runner that failed without counting a failure did not start its tests.
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$(count passed) passed, $failed failed, $(count skipped) skipped"
[ "$failed" -eq 0 ]
