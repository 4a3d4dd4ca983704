#!/usr/bin/env bash
# Builds the bookstore and opens the shop. With the env var connectionstring set it uses that database, otherwise an embedded
# one in bookstore.db. Arguments go to `bookstore serve`.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/install.sh
need_build_tools
cargo build --release --locked -p bookstore-web --features kerberos
exec target/release/bookstore serve "$@"
