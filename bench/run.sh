#!/usr/bin/env bash
# Builds a release and measures it against two limits: a server that only returns the same bytes, and a driver that only runs the same
# statement.
#   bench/run.sh              about four minutes after the build
#   bench/run.sh --seconds 15 longer at each point
#   bench/run.sh --traces     only the cost of traces: off, and of one request in ten, in turns; a collector is part of it
#   bench/run.sh --server '<connection string>'   on a real SQL Server with a migrated database; it is written to
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/install.sh
need_build_tools
need_command wrk wrk
# 1,024 connections, on both sides.
ulimit -n "$(ulimit -Hn)"
cargo build --release --locked -p bookstore-web -p sql-server-stand-in -p bookstore-bench \
    --features bookstore-web/kerberos,bookstore-web/otel --bins
exec "$(build_folder release)/bookstore-bench" --build "$(build_folder release)" "$@"
