# shellcheck shell=bash
# A private Docker Engine from Debian's packages, with base images created by debootstrap, because no registry is used. Sourced by run.sh
# and inside.sh, which set the folders `cache` and `work`.
: "${cache:?}" "${work:?}"

export DOCKER_HOST=unix://$work/docker.sock DOCKER_CONFIG=$work/config

cannot_run() { echo "running containers is not possible here: $1" >&2; exit 3; }

# unpack_plugin NAME PACKAGE SHA256 – a plugin of the docker command from Debian 13, for releases without that package.
unpack_plugin() {
    local plugin=$cache/plugins/usr/libexec/docker/cli-plugins/$1 mirror
    if [ ! -x "$plugin" ]; then
        mirror=$(debian_mirror) || cannot_run "no Debian mirror is configured"
        curl -fsS "$mirror/pool/main/d/$1/$2" -o "$cache/$1.deb" || cannot_run "$2 is not on the Debian mirror"
        echo "$3  $cache/$1.deb" | sha256sum -c --quiet
        dpkg-deb -x "$cache/$1.deb" "$cache/plugins"
    fi
    ln -sf "$plugin" "$DOCKER_CONFIG/cli-plugins/$1"
}

# need_engine – installs the engine, and makes compose and buildx available to this process's docker command.
need_engine() {
    [ "$(id -u)" -eq 0 ] || cannot_run "the engine needs root"
    command -v apt-get >/dev/null || cannot_run "the engine comes from Debian's packages"
    [ "$(dpkg --print-architecture)" = amd64 ] || cannot_run "the pinned plugins are for amd64"
    [ -c /dev/net/tun ] || cannot_run "there is no /dev/net/tun for the engine's network"
    "${NAMESPACES[@]}" mount -t tmpfs none /mnt 2>/dev/null || cannot_run "no right to create namespaces and mounts"
    need_command dockerd docker.io || cannot_run "docker.io cannot be installed"
    need_command docker docker-cli || cannot_run "docker-cli cannot be installed"
    need debootstrap curl iptables iproute2 slirp4netns || cannot_run "a package cannot be installed"
    mkdir -p "$DOCKER_CONFIG/cli-plugins"
    unpack_plugin docker-compose docker-compose_2.26.1-4_amd64.deb 47681197cb2b1ab88206b42a1a92fc75f50d9530a6322d03494a473eed0408ea
    unpack_plugin docker-buildx docker-buildx_0.13.1+ds1-3_amd64.deb fcf8c48204d1603c8f209451d7827eb91bf30759578baf7704e9e1a87e5f1d7f
}

# NAMESPACES – the prefix of a command that gets its own mounts, network and processes. They end with it, however it ends.
NAMESPACES=(unshare --mount --net --pid --ipc --fork --kill-child --mount-proc)

# own_file_system – what the engine writes outside of its own folders goes to memory. Call in the namespaces.
own_file_system() {
    local top memory=$work/memory
    mkdir "$memory"
    mount -t tmpfs -o mode=755 none "$memory"
    for top in etc opt run; do
        mkdir "$memory/$top" "$memory/$top.work"
        mount -t overlay -o "lowerdir=/$top,upperdir=$memory/$top,workdir=$memory/$top.work" none "/$top"
    done
    rm -f /etc/resolv.conf # may be a link to a resolver on this machine's loopback address
    echo 'nameserver 10.0.2.3' >/etc/resolv.conf # slirp4netns
}

# start_engine – sets `engine`, its process id. Images and the builder's cache stay in the cache folder; all else is in `work`.
start_engine() {
    dockerd --data-root "$cache/engine" --exec-root "$work/exec" --pidfile "$work/pid" --host "$DOCKER_HOST" \
        --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$(basename "$work")" \
        --bip 10.212.0.1/24 --default-address-pool base=10.212.128.0/17,size=24 >"$work/engine.log" 2>&1 &
    engine=$!
    local end=$((SECONDS + 180))
    until docker version >/dev/null 2>&1; do
        kill -0 "$engine" 2>/dev/null || cannot_run "$(tail -n 1 "$work/engine.log")"
        [ "$SECONDS" -lt "$end" ] || { echo "dockerd does not answer:"; tail -n 20 "$work/engine.log"; return 1; }
        sleep 0.2
    done
}

# import NAME RELEASE PACKAGES [DOCKER-OPTION...] – creates a Debian of the release as the image NAME. `add_toolchain` may extend it.
import() {
    local name=$1 root=$work/root mirror
    mirror=$(debian_mirror) || cannot_run "no Debian mirror is configured"
    echo "creating the base image $name"
    mkdir "$root"
    mount -t tmpfs -o mode=755 none "$root" # dpkg waits for the disk after each file
    debootstrap --variant=minbase --include="$3" "$2" "$root" "$mirror" >"$work/debootstrap.log" ||
        { tail -n 20 "$work/debootstrap.log"; return 1; }
    [ "$2" != bookworm ] || add_toolchain "$root"
    tar --directory "$root" --create . | docker import --change "LABEL inputs=$inputs" "${@:4}" - "$name" >/dev/null
    umount "$root"
    rmdir "$root"
}

# add_toolchain ROOT – this machine's Rust and downloaded crates. Without optimization: the release workflow builds the optimized program.
add_toolchain() {
    local sysroot
    sysroot=$(rustc --print sysroot)
    mkdir -p "$1/toolchain/lib/rustlib" "$1/cargo/registry"
    cp -a "$sysroot/bin" "$1/toolchain/"
    cp -a "$sysroot"/lib/*.so* "$1/toolchain/lib/"
    cp -a "$sysroot/lib/rustlib/$(rustc --print host-tuple)" "$1/toolchain/lib/rustlib/"
    cp -a "${CARGO_HOME:-$HOME/.cargo}/registry/"{index,cache} "$1/cargo/registry/"
    cp tests/ship/unoptimized.toml "$1/cargo/config.toml"
}

# base NAME RELEASE PACKAGES [DOCKER-OPTION...] – the image NAME, created again when what is in it changed: `inputs`.
base() {
    [ "$(docker image inspect --format '{{.Config.Labels.inputs}}' "$1" 2>/dev/null)" = "$inputs" ] || import "$@"
}

# need_bases – creates the images that the Dockerfiles begin with.
need_bases() {
    local rust debian inputs
    rust=$(sed -n 's/^ARG RUST_IMAGE=//p' docker/web.linux.Dockerfile)
    debian=$(sed -n 's/^ARG DEBIAN_IMAGE=//p' docker/dc.Dockerfile)
    inputs=$({ rustc --version; cat Cargo.lock tests/ship/unoptimized.toml; } | sha256sum | cut -c 1-16)
    base "$rust" bookworm ca-certificates,gcc,libc6-dev \
        --change 'ENV PATH=/toolchain/bin:/usr/sbin:/usr/bin' --change 'ENV CARGO_HOME=/cargo'
    inputs=1
    base "$debian" trixie ca-certificates
}
