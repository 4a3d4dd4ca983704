#!/usr/bin/env bash
# init.sh DIR LAYER.tar: the first process of a domain, in its own mount, network, process, host name and IPC namespaces.
#
# It creates the controller's file system, then only waits and reaps. When it ends, the kernel ends all other processes of the domain and
# removes its mounts, network and end of the link, so that nothing is left behind.
set -euo pipefail
# shellcheck source=lab/directory/lib.sh
source "$(dirname "$(realpath "$0")")/../lib.sh"

use_folder "$1"
layer=$2

read -r pid _ </proc/self/stat # /proc is still that of the machine, so this is the pid outside the namespace

mount -t tmpfs -o mode=755 bookstore-ad "$LAB/dc"
mkdir "$LAB/dc/upper"
tar --extract --file "$layer" --directory "$LAB/dc/upper" --xattrs --xattrs-include='*'
mount_overlay "$LAB/dc"
mount -t proc proc "$LAB/dc/root/proc"
mkdir -p "$LAB"/dc/root/{run,var/cache}/samba
rm -f "$LAB/dc/root/etc/samba/smb.conf"
hostname dc1
ip link set lo up

echo "$pid" >"$LAB/pid.part"
mv "$LAB/pid.part" "$LAB/pid"
# Waits on a pipe that nobody writes to, while bash reaps. The pipe shows up.sh that the new root is in place. The last argument identifies
# the process for lib.sh.
# shellcheck disable=SC2016 # for the inner shell
exec chroot "$LAB/dc/root" /bin/bash -c \
  'mkfifo /run/bookstore-ad; exec 3<>/run/bookstore-ad; until read -r _ <&3; do :; done' "bookstore-ad:$LAB"
