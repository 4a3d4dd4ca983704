#!/usr/bin/env bash
# Deletes what the tests and the lab keep between runs: about 3 GB, and 10 GB of container images after ./test.sh --all. target/ stays; `cargo clean` deletes it.
#   scripts/clean.sh [--dry-run]     --dry-run: only prints the folders and their sizes
set -euo pipefail

case "${1-}" in
    '') delete=true ;;
    --dry-run) delete=false ;;
    *) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
esac
home=${XDG_CACHE_HOME:-$HOME/.cache}
caches=(
    "${BOOKSTORE_AD_CACHE:-/var/cache/bookstore-ad}" "${BOOKSTORE_WINE_CACHE:-/var/cache/bookstore-wine}"
    "${BOOKSTORE_RUST_SRC_CACHE:-/var/cache/bookstore-rust-src}" "$home/bookstore-rust-src"
    "$home/bookstore-prometheus"
    "${BOOKSTORE_SHIP_CACHE:-$HOME/.cache/bookstore-ship}" "${BOOKSTORE_CLIENTS_CACHE:-$HOME/.cache/bookstore-clients}"
    "${BOOKSTORE_DOCKER_CACHE:-$home/bookstore-docker}"
)
for cache in "${caches[@]}"; do
    [ -d "$cache" ] || continue
    du -sh "$cache"
    if $delete; then rm -rf "$cache"; fi
done
