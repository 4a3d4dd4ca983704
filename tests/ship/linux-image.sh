#!/usr/bin/env bash
# Builds docker/web.linux.Dockerfile by buildah, without a container engine or a registry:
#   tests/ship/linux-image.sh CACHE
# Writes the image's root file system to CACHE/rootfs and its configuration to CACHE/image.json.
# The Rust base image is a Debian created by debootstrap, with this machine's toolchain and crates mounted into the build.
# CACHE also keeps that image and cargo's target folder: about 5 minutes and 2 GB the first time, then seconds.
# The program is compiled without optimization; the release workflow builds the optimized one.
# Ends with 3 and "not possible here" on a machine without root, mounts or Debian.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=../../scripts/install.sh
. scripts/install.sh

cannot_run() { echo "building the Linux image is not possible here: $1" >&2; exit 3; }

cache=$1
[ "$(id -u)" -eq 0 ] || cannot_run "buildah's chroot isolation needs root"
unshare --mount true 2>/dev/null || cannot_run "no right to mount"
command -v apt-get >/dev/null || cannot_run "the base image is created by Debian's debootstrap"
need buildah debootstrap
mkdir -p "$cache/compiled"
export TMPDIR=$cache/compiled # where buildah keeps the cache mounts of the Dockerfile
# Separate storage: other images on this machine are neither seen nor changed.
export CONTAINERS_STORAGE_CONF=$cache/storage.conf BUILDAH_ISOLATION=chroot
printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/images"\nrunroot = "%s/run"\n' "$cache" "$cache" > "$CONTAINERS_STORAGE_CONF"
# Neither a container of a failed build nor a mount stays behind.
trap 'buildah rm --all >/dev/null; umount "$cache/images/overlay" 2>/dev/null || true' EXIT

# make_base NAME – creates a Debian of the release in NAME, such as rust:1.95-bookworm, with a C compiler and a mount point for the toolchain.
make_base() {
    local mirror container root
    mirror=$(debian_mirror) || cannot_run "no Debian mirror is configured"
    container=$(buildah from scratch)
    root=$(buildah mount "$container")
    debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev "${1##*-}" "$root" "$mirror" >"$cache/debootstrap.log" ||
        { tail -n 20 "$cache/debootstrap.log"; return 1; }
    mkdir -p "$root/cargo"
    cp tests/ship/unoptimized.toml "$root/cargo/config.toml"
    buildah config --env PATH=/toolchain/bin:/usr/sbin:/usr/bin --env CARGO_HOME=/cargo "$container"
    buildah commit --quiet --rm "$container" "$1"
}

# Layers of earlier sources accumulate: start again at 4 GB.
[ "$(du -sm "$cache/images" 2>/dev/null | cut -f1)" -lt 4000 ] 2>/dev/null || buildah rmi --all --force >/dev/null
base=$(sed -n 's/^ARG RUST_IMAGE=//p' docker/web.linux.Dockerfile)
buildah inspect --type image "$base" >/dev/null 2>&1 || make_base "$base"

image=bookstore-web:test
# Docker's format: OCI's has no HEALTHCHECK.
buildah build --pull-never --layers --format docker --tag "$image" -f docker/web.linux.Dockerfile \
    --volume "$(rustc --print sysroot):/toolchain:ro" --volume "${CARGO_HOME:-$HOME/.cargo}/registry:/cargo/registry" .

buildah inspect --type image "$image" > "$cache/image.json"
container=$(buildah from --pull-never "$image")
rm -rf "$cache/rootfs"
cp -a "$(buildah mount "$container")" "$cache/rootfs"
