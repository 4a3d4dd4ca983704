#!/usr/bin/env bash
# Measures integrated logins in a real directory: their time compared with SQL logins, and the resources that 10,000 of them leak.
#   bench/logins.sh [--count N] [--pairs N]
# Needs Debian 12 or 13 and root, as the directory does. About three minutes after the build.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/install.sh
need_build_tools
cargo build --release --locked -p bookstore-web -p sql-server-stand-in -p bookstore-bench \
    --features bookstore-web/kerberos,sql-server-stand-in/kerberos,bookstore-bench/kerberos --bins
exec lab/lab.sh "$(build_folder release)" "$(build_folder release)/logins" "$@"
