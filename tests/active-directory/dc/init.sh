#!/usr/bin/env bash
# init.sh DIR LAYER.tar: the first process of a lab, in mount, network, process, host-name and IPC namespaces of its own.
#
# It makes the controller's file system and then only waits and reaps. When it ends the kernel ends every other process of the lab,
# and takes its mounts, its network and its end of the link away: nothing can be left behind.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "$(realpath "$0")")/../lib.sh"

use_folder "$1"
layer=$2

read -r pid _ </proc/self/stat # /proc is still the machine's: the pid by which the machine knows this process

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
# Reads a pipe that nobody writes to, as bash reaps meanwhile. The pipe tells up.sh that the new root is in place, the last argument
# tells lib.sh whose process this is.
# shellcheck disable=SC2016 # for the inner shell
exec chroot "$LAB/dc/root" /bin/bash -c \
  'mkfifo /run/bookstore-ad; exec 3<>/run/bookstore-ad; until read -r _ <&3; do :; done' "bookstore-ad:$LAB"
