# shellcheck shell=bash
# The root directory with a recent Wine in it: made once, by debootstrap, whatever Wine the machine itself may have. Source it,
# then call `prepare_root`.

# shellcheck source=tests/windows/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Wine before 8.13 has no bcryptprimitives.dll, without which no Rust program starts. Debian 13 has Wine 10.
suite=trixie
# What is in the root, to be made anew when this changes.
contents="$suite wine64 1"

prepare_root() {
    [ "$(cat "$cache/contents" 2>/dev/null)" != "$contents" ] || return 0
    [ "$(id -u)" = 0 ] || not_possible "Wine's root directory, $cache, can be made by root only"
    unshare --mount --pid --fork true 2>/dev/null || not_possible "no right to mount"
    install debootstrap debootstrap
    mkdir -p "$cache/run"
    # Two runs at once make one root.
    exec 9>"$cache/lock"
    flock 9
    if [ "$(cat "$cache/contents" 2>/dev/null)" != "$contents" ]; then make_root; fi
    exec 9>&-
}

make_root() {
    local new=$cache/root.new log=$cache/debootstrap.log
    echo "windows: making a Debian $suite with Wine in $cache, about a minute" >&2
    rm -rf "$new"
    debootstrap --variant=minbase --include=wine64 "$suite" "$new" "$mirror" >"$log" 2>&1 9>&- ||
        not_possible "debootstrap of $suite from $mirror failed, see $log"
    rm -rf "$new"/var/cache/apt/archives/*.deb "$new"/var/lib/apt/lists/*
    # shellcheck disable=SC2016 # for the inner shell to expand
    unshare --mount --pid --fork --kill-child -- sh -ec '
        mount -t proc proc "$0/proc"
        mount --rbind /dev "$0/dev"
        exec chroot "$0" /usr/bin/env HOME=/root WINEPREFIX=/opt/wine WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml=" \
            sh -ec "/usr/lib/wine/wine64 wineboot -i && /usr/lib/wine/wineserver -w"
    ' "$new" >>"$log" 2>&1 9>&- || not_possible "Wine does not start, see $log"
    rm -rf "$cache/root"
    mv "$new" "$cache/root"
    echo "$contents" >"$cache/contents"
}
