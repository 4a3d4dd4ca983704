# shellcheck shell=bash
# Shared by the scripts of this folder: the cache, the exit for machines that cannot run them, and package installation. Sourced.

# shellcheck source=scripts/install.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../scripts/install.sh"

# shellcheck disable=SC2034 # used by wine.sh and wine-root.sh
# The folder that keeps the root directory with Wine between runs.
cache=${BOOKSTORE_WINE_CACHE:-/var/cache/bookstore-wine}

# not_possible REASON – for machines that cannot run this. Tests report this exit status as skipped.
not_possible() {
    echo "windows: not possible here: $*" >&2
    exit 3
}

# require PROGRAM PACKAGE... – installs the packages if the program is missing.
require() {
    need_command "$@" || not_possible "$1 is missing, and installing ${*:2} failed"
}
