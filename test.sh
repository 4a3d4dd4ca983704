#!/usr/bin/env bash
# Installs what the tests need and runs all tests.
#   ./test.sh          everything
#   ./test.sh --all    the same, but a test that this machine cannot run fails instead of being skipped
#   ./test.sh --no-install   installs no Debian package; ends where one is missing
#   ./test.sh --quick  the inner loop: no Windows, documentation, browser or directory self-test
# The last line has the counts: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/install.sh

quick=false all=false
for argument in "$@"; do
    case $argument in
        --quick) quick=true ;;
        --all) all=true; export BOOKSTORE_TEST_ALL=1 BOOKSTORE_TEST_RACES=2500 ;;
        --no-install) export BOOKSTORE_NO_INSTALL=1 ;;
        *) echo "unknown argument $argument; use --all, --quick or --no-install" >&2; exit 2 ;;
    esac
done

log=$(mktemp)
beside='' beside_log=$(mktemp)
trap '[ -z "$beside" ] || kill "$beside" 2>/dev/null; rm -f "$log" "$beside_log"' EXIT
passed=0 failed=0 skipped=0
durations=()

# took NAME START – records the duration of a check that began at this value of SECONDS.
took() { durations+=("$(printf '%5d s  %s' "$((SECONDS - $2))" "$1")"); }

# step NAME COMMAND... – runs one check, which passes or fails as a whole.
step() {
    local name=$1 start=$SECONDS; shift
    echo "== $name"
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $name"; fi
    took "$name" "$start"
}

# cannot NAME STATUS – whether a suite ended with "not possible here" (status 3). Counts it as skipped.
cannot() {
    [ "$2" -eq 3 ] && ! $all || return 1
    echo "SKIPPED: $1: $(grep 'not possible here' "$log" | tail -n 1)"
    skipped=$((skipped + 1))
}

# windows_executable – cross-compiles the executable for Windows, for the suites that run it under Wine.
windows_executable() {
    local status=0 start=$SECONDS
    echo "== Windows executable"
    lab/windows/build.sh 2>&1 | tee "$log" || status=$?
    if [ "$status" -eq 0 ]; then
        BOOKSTORE_WINDOWS_EXE=$(tail -n 1 "$log")
        export BOOKSTORE_WINDOWS_EXE
        passed=$((passed + 1))
    elif ! cannot "Windows executable" "$status"; then
        failed=$((failed + 1))
        echo "FAILED: Windows executable"
    fi
    took "Windows executable" "$start"
}

# supply_chain – licences, sources and advisories of all crates. cargo-deny is installed for --all only: its build takes minutes.
supply_chain() {
    if $all && ! cargo deny --version >/dev/null 2>&1; then
        cargo install --quiet --locked cargo-deny || true
    fi
    if ! cargo deny --version >/dev/null 2>&1; then
        echo "SKIPPED: licences, sources and advisories: cargo-deny is missing (cargo install --locked cargo-deny)"
        skipped=$((skipped + 1))
        return
    fi
    local checks=(bans licenses sources)
    if cargo deny --locked fetch db >/dev/null 2>&1; then
        checks+=(advisories)
    else
        echo "SKIPPED: advisories: their database cannot be fetched"
        skipped=$((skipped + 1))
    fi
    step "supply chain: ${checks[*]}" cargo deny --locked check "${checks[@]}"
}

# suite NAME COMMAND... – runs tests and adds up their counts: of cargo test, of node --test, or of a plain last line.
suite() {
    local name=$1 status=0 start=$SECONDS; shift
    echo "== $name"
    "$@" 2>&1 | tee "$log" || status=$?
    took "$name" "$start"
    if cannot "$name" "$status"; then return; fi
    local counts
    counts=$(awk '
        /^test result:/ { p += $4; f += $6; s += $8 }
        /^SKIPPED: /    { s += 1; p -= 1 } # a test that printed this and then passed
        /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { p += $1; f += $3; s += $5 }
        /^(#|ℹ) pass /  { p += $3 } /^(#|ℹ) fail / { f += $3 } /^(#|ℹ) skipped / { s += $3 }
        END { print p + 0, f + 0, s + 0 }' "$log")
    read -r p f s <<<"$counts"
    # A runner that failed without counting a failure did not start its tests.
    if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    [ "$f" -eq 0 ] || echo "FAILED: $name"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# rust_tests – all Rust tests. Those that lease the one directory mostly wait, for it and for each other: they run beside the others.
rust_tests() {
    local directory=(active_directory:: doctor::directory:: windows::login:: windows::stopping:: alerts::short_ticket)
    local name others=() status=0
    for name in "${directory[@]}"; do others+=(--skip "$name"); done
    cargo test --locked --workspace --all-features --no-fail-fast --tests -- --test-threads 1 "${directory[@]}" >"$beside_log" 2>&1 &
    beside=$!
    suite "unit, conformance, end to end" cargo test --locked --workspace --all-features --no-fail-fast -- "${others[@]}"
    wait "$beside" || status=$?
    beside=''
    suite "end to end in a directory" replay "$beside_log" "$status"
}

# replay FILE STATUS – prints what a command wrote, and returns its status.
replay() { cat "$1"; return "$2"; }

# containers – the images and the compose files on a private Docker Engine, for --all only: the first run takes a quarter of an hour.
containers() {
    if $all; then
        suite "images and compose files in containers" tests/docker/run.sh
    else
        echo "SKIPPED: images and compose files in containers: only with --all, or by tests/docker/run.sh"
        skipped=$((skipped + 1))
    fi
}

need_build_tools
need faketime krb5-user ldap-utils libsasl2-modules-gssapi-mit iproute2 python3 sssd-kcm # for the directory
need_command shellcheck shellcheck
step "format" cargo fmt --all --check
step "shellcheck" scripts/check-shell.sh
step "crate graph and import circles" scripts/check-imports.py
step "clippy" cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
step "clippy without Kerberos" cargo clippy --locked -p bookstore-web -p sql-server-stand-in -p bookstore-tests -- -D warnings
step "clippy of the tests without Kerberos" cargo clippy --locked -p bookstore-tests --all-targets -- -D warnings
if ! $quick; then
    supply_chain
    suite "type check for Windows" lab/windows/check.sh
    windows_executable
fi
# For the tests of the metrics, the alerts and the dashboard.
prometheus=$(prometheus_path) && export PATH="$PATH:$prometheus"
# Suites that start the executables expect them to be newer than their sources.
step "executables" cargo build --locked --workspace --all-features --bins
rust_tests

if ! $quick; then
    step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --all-features --no-deps --document-private-items
    suite "instruction counts" bench/instructions.sh
    suite "winauth under Wine" lab/windows/winauth-selftest.sh
    suite "directory" lab/directory/selftest.sh "$(build_folder debug)/bookstore"
    need chromium fonts-dejavu-core
    need_command npm nodejs npm
    suite "browser" tests/browser/run.sh
    need python3-venv curl
    suite "the stand-in with other clients" stand-in/clients/check.sh
    suite "images, manifests, stacks, workflows" tests/ship/check.sh "$(build_folder debug)/bookstore"
    containers
fi

echo "== slowest of $SECONDS s"
printf '%s\n' "${durations[@]}" | sort -rn | head -n 10
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
