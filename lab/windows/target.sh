# shellcheck shell=bash
# Cross-compiles for Windows. Source it, call get_target, then `cargo_windows <subcommand> …`.

# shellcheck source=lab/windows/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

target=x86_64-pc-windows-gnu
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
build_std=()

# get_target: provides a C compiler and the standard library for the target: from rustup, or built here from Debian's source of the same
# version.
get_target() {
    require x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32
    require cargo cargo
    [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target" ] || return 0
    if rustup target add "$target" >/dev/null 2>&1; then return 0; fi
    get_source
    # The standard library uses unstable features, which a stable compiler permits only with this variable.
    export RUSTC_BOOTSTRAP=1
    build_std=("-Zbuild-std=std,panic_abort,panic_unwind")
}

# get_source: makes the source visible to cargo, which looks for it in the compiler's sysroot. Uses a sysroot of its own, of links to
# the toolchain's and the source, so that the toolchain stays unchanged.
get_source() {
    local version toolchain source sysroot
    version=$(rustc --version | sed 's/^rustc \([0-9.]*\).*/\1/')
    toolchain=$(rustc --print sysroot)
    [ ! -e "$toolchain/lib/rustlib/src/rust/library/std" ] || return 0
    source=${BOOKSTORE_RUST_SRC_CACHE:-/var/cache/bookstore-rust-src}
    mkdir -p "$source" 2>/dev/null || source=${XDG_CACHE_HOME:-$HOME/.cache}/bookstore-rust-src
    [ -d "$source/usr/src/rustc-$version" ] || fetch_source "$version" "$source"
    sysroot=$source/sysroot-$version
    mkdir -p "$sysroot/lib/rustlib/src/rust"
    ln -sfn "$toolchain/lib/rustlib"/* "$sysroot/lib/rustlib/"
    ln -sfn "$source/usr/src/rustc-$version/library" "$sysroot/lib/rustlib/src/rust/library"
    printf '#!/bin/sh\nexec "%s/bin/rustc" --sysroot "%s" "$@"\n' "$toolchain" "$sysroot" |
        install -m 755 /dev/stdin "$sysroot/rustc"
    export RUSTC=$sysroot/rustc
}

# fetch_source VERSION DIRECTORY: downloads it from the Debian suite that has it. Does not change this machine's apt sources.
fetch_source() {
    local version=$1 directory=$2 mirror apt suite package
    mirror=$(debian_mirror) || not_possible "rustup cannot add $target, and apt knows no Debian mirror with rust-src"
    apt=$(mktemp -d)
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    for suite in trixie trixie-backports sid; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
    done >"$apt/sources.list"
    local options=(-qq -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$apt/lists"
        -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update >/dev/null 2>&1 || true
    package=$(apt-cache "${options[@]}" madison rust-src | awk -v v="$version" '$3 ~ "^" v "[+~-]" { print $3; exit }')
    [ -n "$package" ] || not_possible "rustup cannot add $target, and no Debian suite has rust-src $version"
    (cd "$apt" && apt-get "${options[@]}" download "rust-src=$package") >/dev/null || not_possible "rust-src $package cannot be downloaded"
    mkdir -p "$directory"
    dpkg-deb -x "$apt"/rust-src_*.deb "$directory"
    rm -rf "$apt"
}

# cargo_windows SUBCOMMAND ARGUMENT...
cargo_windows() {
    local subcommand=$1
    shift
    cargo "$subcommand" "${build_std[@]}" --target "$target" "$@"
}
