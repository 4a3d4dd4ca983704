# shellcheck shell=bash
# The root directory with Wine, created once by debootstrap, independent of the machine's Wine. Source it, then call prepare_root.

# shellcheck source=lab/windows/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Rust programs need bcryptprimitives.dll, which Wine has since 8.13. Debian 13 has Wine 10.
suite=trixie
# The content of the root. It is created again when this changes.
contents="$suite wine64 1"

prepare_root() {
    [ "$(cat "$cache/contents" 2>/dev/null)" != "$contents" ] || return 0
    [ "$(id -u)" = 0 ] || not_possible "only root can create Wine's root directory, $cache"
    unshare --mount --pid --fork true 2>/dev/null || not_possible "no permission to mount"
    require debootstrap debootstrap
    mkdir -p "$cache/run"
    # Concurrent runs create one root.
    exec 9>"$cache/lock"
    flock 9
    if [ "$(cat "$cache/contents" 2>/dev/null)" != "$contents" ]; then make_root; fi
    exec 9>&-
}

make_root() {
    local new=$cache/root.new log=$cache/debootstrap.log mirror
    mirror=$(debian_mirror) || not_possible "apt knows no Debian mirror from which to install Wine"
    echo "windows: installing a Debian $suite with Wine into $cache (about a minute)" >&2
    rm -rf "$new"
    debootstrap --variant=minbase --include=wine64 "$suite" "$new" "$mirror" >"$log" 2>&1 9>&- ||
        not_possible "debootstrap of $suite from $mirror failed; see $log"
    rm -rf "$new"/var/cache/apt/archives/*.deb "$new"/var/lib/apt/lists/*
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare --mount --pid --fork --kill-child -- sh -ec '
        mount -t proc proc "$0/proc"
        mount --rbind /dev "$0/dev"
        exec chroot "$0" /usr/bin/env HOME=/root WINEPREFIX=/opt/wine WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=" \
            sh -ec "/usr/lib/wine/wine64 wineboot -i && /usr/lib/wine/wineserver -w"
    ' "$new" >>"$log" 2>&1 9>&- || not_possible "Wine did not start; see $log"
    rm -rf "$cache/root"
    mv "$new" "$cache/root"
    echo "$contents" >"$cache/contents"
}
