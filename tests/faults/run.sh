#!/usr/bin/env bash
# Builds and runs the campaign of faults. Its last lines are a table.
#   tests/faults/run.sh [--all] [--seed N]
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/install.sh
. scripts/install.sh
cargo build --quiet --locked --workspace --all-features --bins
exec "$(build_folder debug)/faults" --bookstore "$(build_folder debug)/bookstore" "$@"
