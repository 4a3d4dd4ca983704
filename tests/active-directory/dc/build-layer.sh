#!/usr/bin/env bash
# build-layer.sh LAYER.tar: what installing Samba adds to this machine's root, as one archive.
#
# The install runs in an overlay whose upper layer is kept, so the machine itself gets no package. Debian 12's own Samba knows no
# gMSA; there it comes from bookworm-backports, of the mirror that the machine uses already.
# Runs in a mount namespace of its own: nothing stays mounted, however it ends.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "$(realpath "$0")")/../lib.sh"

readonly PACKAGES=(samba-ad-dc samba-ad-provision winbind samba-common-bin ldb-tools python3-cryptography)
readonly FIRST_WITH_GMSA=2:4.21

[[ ${1-} == --inside ]] || exec unshare --mount --fork --kill-child "$0" --inside "$@"
shift
archive=$1
work=$(mktemp -d "${archive%/*}/build.XXXXXX")
trap 'umount --lazy "$work"; rmdir "$work"' EXIT

mount -t tmpfs -o mode=755 bookstore-ad "$work"
root=$work/root
mkdir "$work/upper"
mount_overlay "$work"
install -m 755 /dev/stdin "$root/usr/sbin/policy-rc.d" <<<$'#!/bin/sh\nexit 101' # no service starts by being installed
rm -f "$root/var/lib/man-db/auto-update" # nobody reads manual pages there

in_root() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }

candidate() { in_root apt-cache policy samba | awk '/Candidate:/ { print $2 }'; }
knows_samba() { [[ $(candidate) == [0-9]* ]]; }
# shellcheck disable=SC2016 # dpkg's own placeholder
installed() { in_root dpkg-query -W -f '${Version}' samba; }

# The mirror's own suites may be as old as the last apt-get update; the one that is asked for is read anew.
add_backports() {
  local codename mirror list=/etc/apt/sources.list.d/bookstore-ad-backports.list
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016 # apt's own placeholders
  mirror=$(in_root apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    awk -v release="$codename" '$1 == release { print $2; exit }')
  [[ $mirror ]] || not_possible "apt knows no mirror of '$codename' from which to take backports of Samba"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $codename-backports main" >"$root$list"
  in_root apt-get update -qq -o Dir::Etc::SourceList="$list" -o Dir::Etc::SourceParts=/dev/null -o APT::Get::List-Cleanup=false ||
    not_possible "apt cannot read $codename-backports of $mirror"
  from=(--target-release "$codename-backports")
}

install_samba() {
  in_root apt-get install -qq --no-install-recommends "${from[@]}" "${PACKAGES[@]}"
}

from=()
knows_samba || in_root apt-get update -qq || not_possible "apt-get update failed"
dpkg --compare-versions "$(candidate)" ge "$FIRST_WITH_GMSA" || add_backports
install_samba || { in_root apt-get update -qq && install_samba; } || not_possible "apt could not install ${PACKAGES[*]}"
dpkg --compare-versions "$(installed)" ge "$FIRST_WITH_GMSA" || not_possible "Samba $(installed) is older than $FIRST_WITH_GMSA"

# Overlay marks deleted and replaced folders by special files and trusted.* attributes.
tar --create --file "$archive.part" --directory "$work/upper" --xattrs --xattrs-include='*' \
  --exclude='./var/lib/apt/lists/*' --exclude='./var/cache/*' --exclude='./usr/share/doc/*' .
mv "$archive.part" "$archive"
