# shellcheck shell=bash
# The end of background processes. Sourced by lab.sh and two-shops.sh.

# stop PROCESS... – stops the processes in order, and waits for the end of each.
stop() {
    local process
    for process in "$@"; do
        kill "$process" 2>/dev/null || continue
        wait "$process" || true
    done
}
