#!/usr/bin/env bash
# Builds a release and measures it, beside the same bytes from a server that does nothing else and the same statement from a
# driver that does nothing else.
#   bench/run.sh              about four minutes after the build
#   bench/run.sh --seconds 15 longer at each point
#   bench/run.sh --server '<connection string>'   on a real SQL Server with a migrated database; it is written to
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/install.sh
need_build_tools
need_command wrk wrk
# 1,024 connections, on both sides.
ulimit -n "$(ulimit -Hn)"
cargo build --release --locked -p bookstore-web -p bookstore-tests -p bookstore-bench --features bookstore-web/kerberos --bins
exec target/release/bookstore-bench "$@"
