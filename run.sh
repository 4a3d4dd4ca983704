#!/usr/bin/env bash
# Builds the bookstore and opens the shop. With the env var connectionstring set it uses that database, otherwise an embedded
# one in bookstore.db. Arguments go to `bookstore serve`.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/install.sh
need_build_tools
if [ "${1-}" = --lab ]; then
    cargo build --release --locked -p bookstore-web -p bookstore-tests --features bookstore-web/kerberos,bookstore-tests/kerberos --bins
    exec scripts/lab.sh target/release scripts/two-shops.sh "$PWD/target/release/bookstore" "${BOOKSTORE_ADDR:-127.0.0.1:8080}" \
        "${BOOKSTORE_LAB_ADDR:-127.0.0.1:8081}"
fi
cargo build --release --locked -p bookstore-web --features kerberos
exec target/release/bookstore serve "$@"
