# shellcheck shell=bash
# Makes this machine's cargo able to build for Windows. Source it, then call `cargo_windows <subcommand> …`.

# shellcheck source=tests/windows/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

target=x86_64-pc-windows-gnu
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
build_std=()

# The standard library for the target: ready-made by rustup, otherwise built here from Debian's source of the same version.
get_target() {
    install x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32
    install cargo cargo
    [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target" ] || return 0
    if rustup target add "$target" >/dev/null 2>&1; then return 0; fi
    get_source
    # The library's own crates use what only a nightly compiler, or this switch, permits.
    export RUSTC_BOOTSTRAP=1
    build_std=("-Zbuild-std=std,panic_abort,panic_unwind")
}

get_source() {
    local version place source
    version=$(rustc --version | sed 's/^rustc \([0-9.]*\).*/\1/')
    place=$(rustc --print sysroot)/lib/rustlib/src/rust
    [ ! -e "$place/library/std" ] || return 0
    source=${BOOKSTORE_RUST_SRC_CACHE:-/var/cache/bookstore-rust-src}
    [ -d "$source/usr/src/rustc-$version" ] || fetch_source "$version" "$source"
    { mkdir -p "$place" && ln -sfn "$source/usr/src/rustc-$version/library" "$place/library"; } ||
        not_possible "$place cannot be written"
}

# fetch_source VERSION DIRECTORY: from whichever of Debian's suites has it, without a change to this machine's apt sources.
fetch_source() {
    local version=$1 directory=$2 apt suite package
    apt=$(mktemp -d)
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    for suite in trixie trixie-backports sid; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
    done >"$apt/sources.list"
    local options=(-qq -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$apt/lists"
        -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root)
    apt-get "${options[@]}" update >/dev/null 2>&1 || true
    package=$(apt-cache "${options[@]}" madison rust-src | awk -v v="$version" '$3 ~ "^" v "[+~-]" { print $3; exit }')
    [ -n "$package" ] || not_possible "rustup gives no $target, and no Debian suite has rust-src $version"
    (cd "$apt" && apt-get "${options[@]}" download "rust-src=$package") >/dev/null || not_possible "rust-src $package cannot be fetched"
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
