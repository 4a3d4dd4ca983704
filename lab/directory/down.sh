#!/usr/bin/env bash
# down.sh DIR: removes the domain that up.sh DIR started, in any state. It can be run again.
#
# When the domain's first process ends, the kernel ends all others and removes the mounts and the network. Then this script deletes
# the files that up.sh wrote. Other files in DIR stay.
set -euo pipefail
# shellcheck source=lab/directory/lib.sh
source "$(dirname "$(realpath "$0")")/lib.sh"

[[ $# == 1 ]] || usage "down.sh DIR"
use_folder "$1"

if pid=$(first_process); then
  starter=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")
  # Deleted here, because the kernel removes it some time after the last process.
  nsenter --target "$pid" --net ip link delete eth0 2>/dev/null || true
  kill -KILL "$pid"
  deadline=$((SECONDS + 60))
  while first_process >/dev/null || grep -qsF "$LAB" "/proc/$starter/cmdline"; do
    ((SECONDS < deadline)) || { echo "the controller does not end" >&2 && exit 1; }
    sleep 0.02
  done
fi
rm -f "$LAB"/{env,pid,pid.part,krb5.conf,resolv.conf} "$LAB"/{mssql,host1,host2}.keytab{,.part} \
  "$LAB"/{apt,init,provision,ready,samba}.log "$LAB/ready.ccache"
[[ ! -d $LAB/dc ]] || rmdir "$LAB/dc"
[[ ! -d $LAB ]] || rmdir --ignore-fail-on-non-empty "$LAB"
