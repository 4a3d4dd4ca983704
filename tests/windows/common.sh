# shellcheck shell=bash
# For the scripts of this directory to source.

# shellcheck disable=SC2034 # used by those who source this
# Where the root with Wine in it is kept between runs.
cache=${BOOKSTORE_WINE_CACHE:-/var/cache/bookstore-wine}

# The Debian archive to fetch from: this machine's own, if it is a Debian.
mirror=${BOOKSTORE_DEBIAN_MIRROR:-$(sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)}
mirror=${mirror:-http://deb.debian.org/debian}

# The one line for a machine on which this cannot run, and the exit status that goes with it.
not_possible() {
    echo "windows: not possible here: $*" >&2
    exit 3
}

# install PROGRAM PACKAGE...: makes sure that the program is there.
install() {
    local program=$1
    shift
    [ -z "$(command -v "$program")" ] || return 0
    [ "$(id -u)" = 0 ] || not_possible "no $program; install $*"
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "$@" \
        >/dev/null 2>&1 || not_possible "no $program, and apt-get install $* failed"
}
