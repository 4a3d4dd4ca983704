#!/usr/bin/env bash
# Runs a Windows program headless under Wine, with the network and the environment of the caller.
#   tests/windows/wine.sh [--bind PATH]... PROGRAM.EXE [ARGUMENT...]
#   tests/windows/wine.sh --prepare
# The program sees its own directory, the working directory and every PATH at their own places, under Z:. Whatever else it writes is
# gone when it ends. SIGINT and SIGTERM reach it as Ctrl-C (a shell that starts
# this in its background makes it deaf to SIGINT); its exit status is this script's. Exit status 3: no Wine to be had.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/windows/wine-root.sh
. "$here/wine-root.sh"

binds=()
while [ $# -gt 0 ]; do
    case $1 in
    --prepare) prepare_root && exit 0 ;;
    --bind) binds+=("$2") && shift 2 ;;
    *) break ;;
    esac
done
[ $# -gt 0 ] || { sed -n '2,7s/^# //p' "$0" >&2 && exit 2; }
program=$(realpath "$1")
[ -f "$program" ] || { echo "wine.sh: there is no $program" >&2 && exit 2; }
shift
prepare_root

# Killed with this script, whatever ends it; and with it all of Wine, whose mounts nobody else sees.
setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child -- \
    "$here/wine-inside.sh" "$cache" "$(dirname "$program")" "$PWD" "${binds[@]}" -- "$program" "$@" <&0 &
outside=$!
# The program is the one child of unshare, which itself ignores these signals.
trap 'pkill -INT -P "$outside"' INT TERM
while :; do
    status=0
    wait "$outside" || status=$?
    # A wait that a signal broke off is not the end.
    { [ "$status" -gt 128 ] && kill -0 "$outside" 2>/dev/null; } || exit "$status"
done
