#!/usr/bin/env bash
# build-layer.sh LAYER.tar: packs what installing Samba adds to this machine's root file system.
#
# apt runs in an overlay, whose upper layer becomes the archive; the machine itself gets no package. Debian 12's Samba does not support
# gMSAs, so there it comes from bookworm-backports on the mirror that apt uses.
# Runs in its own mount namespace, so that nothing stays mounted however it ends.
set -euo pipefail
# shellcheck source=lab/directory/lib.sh
source "$(dirname "$(realpath "$0")")/../lib.sh"
# shellcheck source=scripts/install.sh
source "$here/../../scripts/install.sh"

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
rm -f "$root/var/lib/man-db/auto-update" # no index of manual pages

in_root() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }

candidate() { in_root apt-cache policy samba | awk '/Candidate:/ { print $2 }'; }
knows_samba() { [[ $(candidate) == [0-9]* ]]; }
# shellcheck disable=SC2016 # dpkg expands it
installed() { in_root dpkg-query -W -f '${Version}' samba; }

# Adds backports to the overlay's apt and reads their package list.
add_backports() {
  local codename mirror list=/etc/apt/sources.list.d/bookstore-ad-backports.list
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  mirror=$(debian_mirror) || not_possible "apt knows no Debian mirror from which to install backports of Samba"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $codename-backports main" >"$root$list"
  in_root apt-get update -qq -o Dir::Etc::SourceList="$list" -o Dir::Etc::SourceParts=/dev/null -o APT::Get::List-Cleanup=false ||
    not_possible "apt could not read $codename-backports on $mirror"
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

# An overlay marks deleted and replaced folders by special files and trusted.* attributes.
tar --create --file "$archive.part" --directory "$work/upper" --xattrs --xattrs-include='*' \
  --exclude='./var/lib/apt/lists/*' --exclude='./var/cache/*' --exclude='./usr/share/doc/*' .
mv "$archive.part" "$archive"
