# shellcheck shell=bash
# Sourced by run.sh and test.sh: installs the Debian or Ubuntu packages that are missing, and says so.

# need PACKAGE... – installs those that are not there yet.
need() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
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

# What every build needs: a C compiler for SQLite and jemalloc, OpenSSL for TLS, MIT Kerberos (and libclang, which reads its headers).
need_build_tools() {
    local version
    version=$(cargo --version 2>/dev/null | grep -oE '1\.[0-9]+' | head -1) || true
    if [ "${version#1.}" -lt 89 ] 2>/dev/null || [ -z "$version" ]; then
        echo "Rust 1.89 or newer is needed (found: ${version:-none}); see https://rustup.rs" >&2
        exit 1
    fi
    need_command cc gcc libc6-dev
    need_command make make # jemalloc
    need pkg-config libssl-dev libkrb5-dev libclang-dev
}
