# shellcheck shell=bash
# What the scripts of this folder share: messages, exit codes, the state of a lab and the way into its domain controller.
# Sourced, never run.

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

readonly NOT_POSSIBLE=3

say() { printf 'active-directory: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# fail_with LOG MESSAGE: with the end of the log, as taking the lab down removes it.
fail_with() {
  tail -n 20 "$1" >&2
  fail "$2"
}

# The machine lacks something that no retry will bring: callers skip on this exit code, loudly.
not_possible() {
  say "not possible here: $*"
  exit "$NOT_POSSIBLE"
}

usage() {
  printf 'usage: %s\n' "$*" >&2
  exit 64
}

# Sets LAB, the absolute path of a lab's folder, and IN_DOMAIN, what goes before a command that is to use the domain's krb5.conf and
# its DNS alone. Shells and krb5 read the files in the folder, hence the plain characters.
use_folder() {
  LAB=$(realpath -m -- "$1")
  [[ $LAB =~ ^[A-Za-z0-9._/+-]+$ ]] || fail "the folder '$LAB' has a character other than letters, digits and . _ / + -"
  # shellcheck disable=SC2016 # for the inner shell
  IN_DOMAIN=(env KRB5_CONFIG="$LAB/krb5.conf"
    unshare --mount sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$LAB/resolv.conf")
}

# The pid of the lab's first process, or nothing. The folder in its command line tells it from a stranger with a reused pid.
first_process() {
  local pid
  [[ -s $LAB/pid ]] && pid=$(<"$LAB/pid") || return 1
  [[ -r /proc/$pid/cmdline ]] && tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qxF "bookstore-ad:$LAB" || return 1
  printf '%s\n' "$pid"
}

# Reads DIR/env of a lab that is up.
load_lab() {
  use_folder "$1"
  DC_PID=$(first_process) || fail "no domain is up in $LAB: start one with up.sh $LAB"
  # shellcheck disable=SC1091
  source "$LAB/env"
}

# Runs a command on the domain controller: in its file system, network and process namespaces.
on_dc() {
  nsenter --target "$DC_PID" --mount --uts --net --pid --root --wd -- \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}

# Starts Samba without waiting for it. Its own session, so that a Ctrl-C in a terminal does not reach it.
start_samba() {
  on_dc setsid --fork samba --foreground --no-process-group --debug-stdout </dev/null >>"$LAB/samba.log" 2>&1
}

# Mounts WORK/root: this machine's root below, WORK/upper on top. WORK is on a tmpfs, as an upper layer cannot lie on a container's
# own overlay; there is no disk to wait for, and it goes with its mount namespace.
mount_overlay() {
  mkdir "$1"/{root,scratch}
  mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/scratch" bookstore-ad "$1/root"
  mount --rbind /dev "$1/root/dev"
  mount -t tmpfs -o mode=755 bookstore-ad "$1/root/run"
}

# Waits until the controller gives tickets and answers LDAP under its own name: until then nothing in the lab can be used.
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

# Runs a command on this machine as one in the domain: see IN_DOMAIN.
in_domain() { "${IN_DOMAIN[@]}" "$@"; }

# ldap_search FILTER ATTRIBUTE…: as the holder of KRB5CCNAME, over an encrypted connection (else AD gives no managed password).
ldap_search() {
  in_domain ldapsearch -LLL -Q -N -Y GSSAPI -O minssf=56 -o ldif-wrap=no -o nettimeout=5 -H "ldap://$DC_HOST" -b "$BASE_DN" "$@"
}

# change_directory VERB …: see dc/directory.py.
change_directory() {
  on_dc python3 - "$@" <"$here/dc/directory.py"
}

# export_keytab ACCOUNT FILE: the account's present keys. Replaced at once, so that a reader sees the old file or the new one.
export_keytab() {
  change_directory keytab "$1" /run/account.keytab >>"$LAB/provision.log" 2>&1 &&
    on_dc cat /run/account.keytab >"$2.part" && mv "$2.part" "$2"
}
