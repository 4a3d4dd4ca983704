#!/usr/bin/env bash
# down.sh DIR: takes down the domain that up.sh DIR brought up, whatever state it is in. Running it again does no harm.
#
# The end of the lab's first process ends all others and takes the mounts and the network with it; what is left to remove is the
# files that up.sh wrote. Other files in DIR stay.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "$(realpath "$0")")/lib.sh"

[[ $# == 1 ]] || usage "down.sh DIR"
use_folder "$1"

if pid=$(first_process); then
  starter=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")
  # Asked for here, as the kernel would remove it some time after the last process.
  nsenter --target "$pid" --net ip link delete eth0 2>/dev/null || true
  kill -KILL "$pid"
  while first_process >/dev/null || grep -qsF "$LAB" "/proc/$starter/cmdline"; do sleep 0.02; done
fi
rm -f "$LAB"/{env,pid,pid.part,krb5.conf,resolv.conf} "$LAB"/{mssql,host1,host2}.keytab{,.part} \
  "$LAB"/{apt,init,provision,ready,samba}.log "$LAB/ready.ccache"
[[ ! -d $LAB/dc ]] || rmdir "$LAB/dc"
[[ ! -d $LAB ]] || rmdir --ignore-fail-on-non-empty "$LAB"
