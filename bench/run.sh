#!/usr/bin/env bash
# Builds a release and measures it on the embedded store. About a minute after the build.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/install.sh
need_build_tools
cargo build --release --locked -p bookstore-web --features kerberos
cargo run --release --locked -p bookstore-bench -- target/release/bookstore
