# shellcheck shell=bash
# Sourced by run.sh and test.sh: installs the Debian or Ubuntu packages that are missing, and says so.

# need PACKAGE... – installs those that are not there yet.
need() {
    local missing=() package
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "installing ${missing[*]}"
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null 2>&1; then
        "${as_root[@]}" apt-get update -qq
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "${missing[@]}" >/dev/null
    fi
}

# need_command COMMAND PACKAGE... – installs the packages if the command is not there, wherever it came from.
need_command() {
    command -v "$1" >/dev/null || need "${@:2}"
}

# What every build needs: a C compiler for SQLite, OpenSSL for TLS.
need_build_tools() {
    command -v cargo >/dev/null || {
        echo "Rust is missing: install it from https://rustup.rs or your distribution (1.89 or newer)" >&2
        exit 1
    }
    need_command cc gcc libc6-dev
    need pkg-config libssl-dev
}
