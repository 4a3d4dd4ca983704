#!/usr/bin/env bash
# Run by wine.sh in its own mount and process namespaces: mounts a temporary layer over the cached root and executes the program.
#   wine-inside.sh CACHE TOOLS PATH... -- PROGRAM [ARGUMENT...]
set -euo pipefail

cache=$1 tools=$2
shift
mount -t tmpfs bookstore-wine "$cache/run"
root=$cache/run/root
mkdir "$root" "$cache/run/upper" "$cache/run/work"
mount -t overlay bookstore-wine -o "lowerdir=$cache/root,upperdir=$cache/run/upper,workdir=$cache/run/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
cp "$tools/bcryptprimitives.dll" "$root/opt/wine/drive_c/windows/system32/"
cp -L /etc/hosts /etc/resolv.conf "$root/etc/"
while [ "$1" != -- ]; do
    if [ "$1" = / ]; then shift && continue; fi
    if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root$(dirname "$1")" && touch "$root$1"; fi
    mount --rbind "$1" "$root$1"
    shift
done
shift
# A session of its own: otherwise Ctrl-C at the terminal would arrive twice, once by wine.sh.
exec setsid chroot "$root" /usr/bin/env --chdir="$PWD" --unset=DISPLAY --unset=WAYLAND_DISPLAY HOME=/root \
    PATH=/usr/bin:/bin XDG_RUNTIME_DIR=/tmp WINEPREFIX=/opt/wine WINEDEBUG="${WINEDEBUG:--all}" WINEDLLOVERRIDES="mscoree,mshtml=;bcryptprimitives=n,b" /usr/lib/wine/wine64 "$@"
