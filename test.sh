#!/usr/bin/env bash
# Installs what the tests need and runs all of them.
#   ./test.sh          everything
#   ./test.sh --all    the same, but what cannot run on this machine is a failure and not skipped
#   ./test.sh --quick  the inner loop: no documentation, no browser, no Windows
# The last line counts: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/install.sh

quick=false all=false
for argument in "$@"; do
    case $argument in
        --quick) quick=true ;;
        --all) all=true; export BOOKSTORE_TEST_ALL=1 ;;
        *) echo "unknown argument $argument; see the top of this file" >&2; exit 2 ;;
    esac
done

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

# step NAME COMMAND... – one check that passes or fails as a whole.
step() {
    local name=$1; shift
    echo "== $name"
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $name"; fi
}

# cannot NAME STATUS – whether what the log tells of ended because this machine cannot run it; counts it then.
cannot() {
    [ "$2" -eq 3 ] && ! $all || return 1
    echo "SKIPPED: $1: $(grep 'not possible here' "$log" | tail -n 1)"
    skipped=$((skipped + 1))
}

# windows_executable – cross-builds the executable that ships for Windows, for the suites that run it under Wine.
windows_executable() {
    local status=0
    echo "== Windows executable"
    tests/windows/build.sh 2>&1 | tee "$log" || status=$?
    if [ "$status" -eq 0 ]; then
        BOOKSTORE_WINDOWS_EXE=$(tail -n 1 "$log")
        export BOOKSTORE_WINDOWS_EXE
        passed=$((passed + 1))
    elif ! cannot "Windows executable" "$status"; then
        failed=$((failed + 1))
        echo "FAILED: Windows executable"
    fi
}

# suite NAME COMMAND... – a test runner whose own counts are added up: cargo test's, node --test's, or a plain last line.
suite() {
    local name=$1 status=0; shift
    echo "== $name"
    "$@" 2>&1 | tee "$log" || status=$?
    if cannot "$name" "$status"; then return; fi
    local counts
    counts=$(awk '
        /^test result:/ { p += $4; f += $6; s += $8 }
        /^SKIPPED: /    { s += 1; p -= 1 } # a test that said so and then ended as if it had passed
        /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { p += $1; f += $3; s += $5 }
        /^(#|ℹ) pass /  { p += $3 } /^(#|ℹ) fail / { f += $3 } /^(#|ℹ) skipped / { s += $3 }
        END { print p + 0, f + 0, s + 0 }' "$log")
    read -r p f s <<<"$counts"
    # A runner that ended badly without counting a failure did not even start its tests.
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    [ "$f" -eq 0 ] || echo "FAILED: $name"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

need_build_tools
need faketime krb5-user ldap-utils libsasl2-modules-gssapi-mit iproute2 python3 # the real directory
step "format" cargo fmt --all --check
step "clippy" cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
step "clippy without Kerberos" cargo clippy --locked -p bookstore-web -p bookstore-tests -- -D warnings
$quick || windows_executable
suite "unit, conformance, end to end" cargo test --locked --workspace --all-features --no-fail-fast

if ! $quick; then
    step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --all-features --no-deps --document-private-items
    suite "winauth under Wine" tests/windows/winauth-selftest.sh
    need chromium fonts-dejavu-core
    need_command npm nodejs npm
    suite "browser" tests/browser/run.sh
    need python3-venv curl
    suite "images, manifests, stacks, workflows" tests/ship/check.sh "$PWD/target/debug/bookstore"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
