# shellcheck shell=bash
# Shared by the scripts of this folder: messages, exit codes, the state of a domain, and access to its controller.
# Sourced, never run.

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

readonly NOT_POSSIBLE=3

say() { printf 'active-directory: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# fail_with LOG MESSAGE: also prints the end of the log, because cleaning up deletes it.
fail_with() {
  tail -n 20 "$1" >&2
  fail "$2"
}

# not_possible REASON: for machines that cannot run a domain. Tests report this exit code as skipped.
not_possible() {
  say "not possible here: $*"
  exit "$NOT_POSSIBLE"
}

usage() {
  printf 'usage: %s\n' "$*" >&2
  exit 64
}

# use_folder DIR: sets LAB, the absolute path of a domain's folder, and IN_DOMAIN, the prefix of commands that use only the domain's
# krb5.conf and DNS. Shells and krb5 read the files in the folder, so its path is limited to plain characters.
use_folder() {
  LAB=$(realpath -m -- "$1")
  [[ $LAB =~ ^[A-Za-z0-9._/+-]+$ ]] || fail "the path '$LAB' has characters other than letters, digits and . _ / + -; use another folder"
  # shellcheck disable=SC2016 # for the inner shell
  IN_DOMAIN=(env KRB5_CONFIG="$LAB/krb5.conf"
    unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$LAB/resolv.conf")
}

# first_process: prints the pid of the domain's first process, if it runs. Its command line contains the folder, which distinguishes it
# from another process with a reused pid.
first_process() {
  local pid
  [[ -s $LAB/pid ]] && pid=$(<"$LAB/pid") || return 1
  [[ -r /proc/$pid/cmdline ]] && tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qxF "bookstore-ad:$LAB" || return 1
  printf '%s\n' "$pid"
}

# load_lab DIR: reads DIR/env of a running domain.
load_lab() {
  use_folder "$1"
  DC_PID=$(first_process) || fail "no domain runs in $LAB; start one with up.sh $LAB"
  # shellcheck disable=SC1091
  source "$LAB/env"
}

# on_dc COMMAND…: runs a command on the domain controller, in its namespaces and file system.
on_dc() {
  nsenter --target "$DC_PID" --mount --uts --net --pid --root --wd -- \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}

# start_samba: starts Samba in a session of its own, so that Ctrl-C does not reach it. Does not wait for it.
start_samba() {
  on_dc setsid --fork samba --foreground --no-process-group --debug-stdout </dev/null >>"$LAB/samba.log" 2>&1
}

# mount_overlay WORK: mounts WORK/root, an overlay with WORK/upper on this machine's root. WORK is on a tmpfs: an upper layer cannot be
# on a container's overlay, memory is faster than disk, and it disappears with its mount namespace.
mount_overlay() {
  mkdir "$1"/{root,scratch}
  mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/scratch" bookstore-ad "$1/root"
  mount --rbind /dev "$1/root/dev"
  mount -t tmpfs -o mode=755 bookstore-ad "$1/root/run"
}

# wait_until_ready: waits until the controller issues tickets and answers LDAP under its own name.
wait_until_ready() {
  local deadline=$((SECONDS + 60))
  until answers >"$LAB/ready.log" 2>&1; do
    ((SECONDS < deadline)) || fail_with "$LAB/ready.log" "the domain controller did not answer within a minute"
    sleep 0.1
  done
}

answers() {
  (
    export KRB5CCNAME=FILE:$LAB/ready.ccache
    trap 'rm -f "$LAB/ready.ccache"' EXIT
    in_domain kinit -k -t "$LAB/host1.keytab" 'host1$' && ldap_search '(sAMAccountName=host1$)' dn
  )
}

# in_domain COMMAND…: runs a command on this machine as in the domain; see IN_DOMAIN.
in_domain() { "${IN_DOMAIN[@]}" "$@"; }

# ldap_search FILTER ATTRIBUTE…: searches as the principal in KRB5CCNAME, encrypted: otherwise AD returns no managed password.
ldap_search() {
  in_domain ldapsearch -LLL -Q -N -Y GSSAPI -O minssf=56 -o ldif-wrap=no -o nettimeout=5 -H "ldap://$DC_HOST" -b "$BASE_DN" "$@"
}

# change_directory VERB …: runs dc/directory.py on the controller.
change_directory() {
  on_dc python3 - "$@" <"$here/dc/directory.py"
}

# export_keytab ACCOUNT FILE: writes the account's current keys. Replaces FILE atomically.
export_keytab() {
  change_directory keytab "$1" /run/account.keytab >>"$LAB/provision.log" 2>&1 &&
    on_dc cat /run/account.keytab >"$2.part" && mv "$2.part" "$2"
}
