#!/usr/bin/env bash
# Type-checks every crate and every test for Windows.
#   lab/windows/check.sh
# Exit status 3: this machine cannot build for Windows.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lab/windows/target.sh
. "$here/target.sh"
cd "$here/../.."

get_target
cargo_windows check --locked --workspace --all-targets --features bookstore-web/otel
echo "1 passed, 0 failed, 0 skipped"
