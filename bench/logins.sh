#!/usr/bin/env bash
# Measures integrated logins in a real directory: what one costs beside a SQL login, and what 10,000 of them leave behind.
#   bench/logins.sh [--count N] [--pairs N]
# Debian 12 or 13 and root, as the directory needs. About three minutes after the build.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/install.sh
need_build_tools
cargo build --release --locked -p bookstore-web -p bookstore-tests --features bookstore-web/kerberos,bookstore-tests/kerberos --bins
exec scripts/lab.sh target/release target/release/logins "$@"
