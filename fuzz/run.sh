#!/usr/bin/env bash
# Fuzzes every target, or those named, one after the other, and prints a table at its end.
#   fuzz/run.sh [--cpu-minutes N] [TARGET...]     N minutes of CPU time per target, 24 by default; a fraction is allowed
# Needs a nightly toolchain; cargo-fuzz is installed by cargo if it is missing. New inputs stay in fuzz/corpus/, findings
# in fuzz/artifacts/. Status 1: there is a finding.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/install.sh
. ../scripts/install.sh

minutes=24
if [ "${1:-}" = --cpu-minutes ]; then
    minutes=$2
    shift 2
fi
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(basename -s .rs fuzz_targets/*.rs)

cargo +nightly --version >/dev/null 2>&1 || { echo "install the compiler first: rustup toolchain install nightly" >&2; exit 2; }
need libkrb5-dev libclang-dev procps
command -v cargo-fuzz >/dev/null || cargo install --locked --version 0.13.2 cargo-fuzz
triple=$(rustc +nightly -vV | sed -n 's/^host: //p')
for target in "${targets[@]}"; do
    cargo +nightly fuzz build --release --fuzz-dir . "$target"
done

# fuzz TARGET SECONDS LOG – runs the target for this much CPU time, or until it has a finding. Prints the seconds it used.
fuzz() {
    local target=$1 limit=$2 log=$3 used=0 now pid options=()
    # MIT Kerberos itself leaks the realm of a keytab's entry that ends too early (the error path of kt_file.c).
    [ "$target" != keytab ] || options=(-detect_leaks=0)
    # A reply may be as long as its limit, 4 MiB, but short ones find more per second. The time limit of an input is no
    # CPU time, and a busy machine gives the fuzzer little.
    "${CARGO_TARGET_DIR:-target}/$triple/release/$target" "corpus/$target" "seeds/$target" \
        -artifact_prefix="artifacts/$target/" -rss_limit_mb=2048 -timeout=300 -print_final_stats=1 "${options[@]}" >"$log" 2>&1 &
    pid=$!
    while now=$(ps -o cputimes= -p "$pid"); do
        used=$((now))
        # libFuzzer ends in order on this signal, with its figures.
        [ "$used" -lt "$limit" ] || kill -USR1 "$pid" 2>/dev/null || true
        sleep 1
    done
    echo "$used"
    wait "$pid"
}

seconds=$(awk -v minutes="$minutes" 'BEGIN { print int(minutes * 60) }')
rows=() status=0
for target in "${targets[@]}"; do
    mkdir -p "corpus/$target" "artifacts/$target"
    log=corpus/$target.log findings=0
    echo "== $target: $minutes CPU minutes, $log"
    used=$(fuzz "$target" "$seconds" "$log") || { findings=1 status=1; grep -A 20 -m 1 -E 'ERROR|panicked' "$log" || tail -n 20 "$log"; }
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    inputs=$(find "corpus/$target" -type f | wc -l)
    rows+=("| $target | $((used / 60)).$((used % 60 / 6)) | ${executions:-unknown} | $findings | $inputs |")
done
printf '%s\n' '' '| target | CPU minutes | executions | findings | inputs of the corpus |' '|---|---:|---:|---:|---:|' "${rows[@]}"
exit "$status"
