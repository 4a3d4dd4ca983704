#!/usr/bin/env bash
# Installs what the tests need and runs all of them.
#   ./test.sh          everything
#   ./test.sh --quick  the inner loop: no documentation, no browser
# The last line counts: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/install.sh

quick=false
for argument in "$@"; do
    case $argument in
        --quick) quick=true ;;
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

# suite NAME COMMAND... – a test runner whose own counts are added up: cargo test's, node --test's, or a plain last line.
suite() {
    local name=$1 status=0; shift
    echo "== $name"
    "$@" 2>&1 | tee "$log" || status=$?
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
step "clippy without Kerberos" cargo clippy --locked -p bookstore-web -- -D warnings
suite "unit, conformance, end to end" cargo test --locked --workspace --all-features --no-fail-fast

if ! $quick; then
    step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --all-features --no-deps --document-private-items
    need chromium fonts-dejavu-core
    need_command npm nodejs npm
    suite "browser" tests/browser/run.sh
    need python3-venv curl
    suite "images, manifests, stacks, workflows" tests/ship/check.sh "$PWD/target/debug/bookstore"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
