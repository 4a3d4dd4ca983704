# shellcheck shell=bash
# Package installation and paths for run.sh, test.sh, the lab and the tests. Sourced, never run. For Debian and Ubuntu.

# as_root COMMAND... – runs the command as root, with sudo if necessary.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# as_caller COMMAND... – runs the command as the user who called sudo, with that user's rustup in PATH; without sudo, as it is.
as_caller() {
    if [ "$(id -u)" -ne 0 ] || [ -z "${SUDO_USER-}" ] || [ "$SUDO_USER" = root ]; then
        "$@"
        return
    fi
    local home
    home=$(getent passwd "$SUDO_USER" | cut -d: -f6)
    sudo --user="$SUDO_USER" --set-home -- env PATH="$home/.cargo/bin:$PATH" ${RUSTUP_TOOLCHAIN:+RUSTUP_TOOLCHAIN="$RUSTUP_TOOLCHAIN"} "$@"
}

# apt_install PACKAGE... – installs the packages; reads the package lists again if that fails. Prints apt's errors only.
apt_install() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq)
    as_root "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null 2>&1 ||
        { as_root "${apt[@]}" update && as_root "${apt[@]}" install -y --no-install-recommends "$@"; } >/dev/null
}

# need PACKAGE... – installs those that are missing.
need() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ -n "${BOOKSTORE_NO_INSTALL-}" ]; then
        echo "missing, and not installed because of --no-install: ${missing[*]}" >&2
        return 1
    fi
    echo "installing ${missing[*]}" >&2
    apt_install "${missing[@]}"
}

# need_command COMMAND PACKAGE... – installs the packages if the command is missing.
need_command() {
    command -v "$1" >/dev/null || need "${@:2}"
}

# venv DIRECTORY REQUIREMENTS – a Python environment with exactly these packages, created again when the file changes.
venv() {
    ! cmp -s "$2" "$1/installed.txt" || return 0
    echo "installing the packages of $2 into $1"
    rm -rf "$1"
    python3 -m venv "$1" && "$1/bin/pip" install --quiet --disable-pip-version-check -r "$2" && cp "$2" "$1/installed.txt"
}

# debian_mirror – prints the URL of the Debian archive that apt uses, or $BOOKSTORE_DEBIAN_MIRROR. Fails without one.
debian_mirror() {
    local mirror=${BOOKSTORE_DEBIAN_MIRROR-}
    if [ -z "$mirror" ]; then
        # shellcheck disable=SC2016 # apt expands these
        mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
            sed -n '/security/d; s/^Debian //p' | sed -n 1p)
    fi
    [ -n "$mirror" ] || { echo "apt knows no Debian mirror; set BOOKSTORE_DEBIAN_MIRROR to one" >&2 && return 1; }
    echo "${mirror%/}"
}

# prometheus_path – prints the folder of prometheus and promtool: this machine's, or those of Debian's package in ~/.cache. The package is
# unpacked and not installed, because it would start a server.
prometheus_path() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/bookstore-prometheus
    if command -v promtool >/dev/null && command -v prometheus >/dev/null; then
        dirname "$(command -v promtool)"
        return
    fi
    if [ ! -x "$cache/usr/bin/promtool" ]; then
        echo "unpacking Debian's package prometheus" >&2
        mkdir -p "$cache"
        (cd "$cache" && apt-get -qq download prometheus 2>/dev/null && dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb) ||
            { echo "install prometheus, or the tests of alerts and dashboard are skipped" >&2; return 1; }
    fi
    echo "$cache/usr/bin"
}

# build_folder PROFILE – prints the absolute path of the folder with cargo's executables: release or debug. Run it in the root folder.
build_folder() {
    realpath -m "${CARGO_TARGET_DIR:-target}/$1"
}

# use_toolchain – falls back to rustup's default toolchain where the one that rust-toolchain.toml pins cannot be installed.
use_toolchain() {
    ! as_caller cargo --version >/dev/null 2>&1 || return 0
    as_caller rustup toolchain install >/dev/null 2>&1 && return 0
    local default
    default=$(as_caller rustup default 2>/dev/null) || return 0
    echo "the toolchain of rust-toolchain.toml cannot be installed; using $default" >&2
    export RUSTUP_TOOLCHAIN=${default%% *}
}

# need_build_tools – checks for Rust and installs what every build needs: a C compiler for SQLite and jemalloc, OpenSSL for TLS, MIT
# Kerberos, and libclang, which reads Kerberos' headers.
need_build_tools() {
    local version
    use_toolchain
    version=$(as_caller cargo --version 2>/dev/null | grep -oE '1\.[0-9]+' | head -n 1) || true
    if [ "${version#1.}" -lt 89 ] 2>/dev/null || [ -z "$version" ]; then
        echo "Rust 1.89 or newer is needed (found: ${version:-none}); see https://rustup.rs" >&2
        exit 1
    fi
    need_command cc gcc libc6-dev
    need_command make make # jemalloc
    need pkg-config libssl-dev libkrb5-dev libclang-dev
}
