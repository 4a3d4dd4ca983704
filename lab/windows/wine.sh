#!/usr/bin/env bash
# Runs a Windows program under Wine without a display, with the network and environment of the caller.
#   lab/windows/wine.sh [--bind PATH]... [--console-events] PROGRAM.EXE [ARGUMENT...]
#   lab/windows/wine.sh --prepare
# The program sees its directory, the working directory and every PATH under Z:, at their own paths. Everything else that it writes is
# deleted when it ends. SIGINT and SIGTERM reach it as Ctrl-C; a shell that starts this script in the background makes it ignore SIGINT.
# With --console-events each line of standard input sends an event to the program: 2 close, 6 shutdown.
# BOOKSTORE_WINE_KEEP_FAULT_3 leaves a fault of Wine in place: see wine-fixes.c.
# The exit status is the program's. Exit status 3: this machine cannot run Wine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lab/windows/wine-root.sh
. "$here/wine-root.sh"
# shellcheck source=lab/windows/wine-tools.sh
. "$here/wine-tools.sh"

binds=()
console_events=false
while [ $# -gt 0 ]; do
    case $1 in
    --prepare)
        prepare_root
        prepare_tools
        exit 0
        ;;
    --console-events) console_events=true && shift ;;
    --bind) binds+=("$2") && shift 2 ;;
    *) break ;;
    esac
done
[ $# -gt 0 ] || { sed -n '2,9s/^# //p' "$0" >&2 && exit 2; }
program=$(realpath "$1")
[ -f "$program" ] || { echo "wine.sh: $program does not exist" >&2 && exit 2; }
shift
prepare_root
prepare_tools
folder=$(dirname "$program")
# shellcheck disable=SC2154 # set by prepare_tools
if $console_events; then set -- "Z:${program//\//\\}" "$@"; program=$tools/console-event.exe; fi

# Killed together with this script, however it ends. All of Wine ends with it, and its mounts disappear.
setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child -- \
    "$here/wine-inside.sh" "$cache" "$tools" "$folder" "$PWD" "${binds[@]}" -- "$program" "$@" <&0 &
outside=$!
# The program is the only child of unshare, which ignores these signals itself.
trap 'pkill -INT -P "$outside"' INT TERM
while :; do
    status=0
    wait "$outside" || status=$?
    # A signal interrupts the wait; the program may still run.
    { [ "$status" -gt 128 ] && kill -0 "$outside" 2>/dev/null; } || exit "$status"
done
