#!/usr/bin/env bash
# Builds and starts the shop.
#   ./run.sh [ARGUMENT...]    arguments go to `bookstore serve`
#   ./run.sh --lab            two shops on one database in a real directory: see lab/README.md
# With the environment variable connectionstring set, the shop uses that database, otherwise an embedded one in bookstore.db.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/install.sh
need_build_tools
if [ "${1-}" = --lab ]; then
    # Only the lab needs root. Cargo runs as the caller, who has the toolchain and owns target/.
    as_caller cargo build --release --locked -p bookstore-web -p sql-server-stand-in \
        --features bookstore-web/kerberos,sql-server-stand-in/kerberos --bins
    root=()
    [ "$(id -u)" -eq 0 ] || root=(sudo "--preserve-env=BOOKSTORE_LOG,BOOKSTORE_AD_CACHE")
    exec "${root[@]}" lab/lab.sh "$(build_folder release)" lab/two-shops.sh "$(build_folder release)/bookstore" \
        "${BOOKSTORE_ADDR:-127.0.0.1:8080}" "${BOOKSTORE_LAB_ADDR:-127.0.0.1:8081}"
fi
cargo build --release --locked -p bookstore-web --features kerberos,otel
exec "$(build_folder release)/bookstore" serve "$@"
