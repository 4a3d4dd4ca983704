#!/usr/bin/env bash
# Fuzzes every target, or those named: fuzz/run.sh [--seconds N] [TARGET...]
# Needs cargo-fuzz (cargo install cargo-fuzz) and a nightly toolchain. New inputs stay in fuzz/corpus/.
set -euo pipefail
cd "$(dirname "$0")"

seconds=60
if [ "${1:-}" = --seconds ]; then
    seconds=$2
    shift 2
fi
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(basename -s .rs fuzz_targets/*.rs)

for target in "${targets[@]}"; do
    mkdir -p "corpus/$target"
    # A reply may be as long as its limit, 4 MiB, but short ones find more per second.
    cargo +nightly fuzz run --fuzz-dir . "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=20 -print_final_stats=1
done
