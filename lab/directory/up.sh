#!/usr/bin/env bash
# up.sh DIR: starts an Active Directory domain for tests, and writes the files to use it into DIR.
#
# A Samba domain controller from Debian packages runs as root in its own namespaces, on an overlay of this machine's root file system.
# It is connected by a link with a private /30 network. Several can run at once. README.md describes the files in DIR.
# Exit code 3: this machine cannot run a domain; the reason is printed in one line. down.sh DIR removes the domain.
#
# BOOKSTORE_AD_CACHE   the folder that caches the installed packages (default /var/cache/bookstore-ad)
# BOOKSTORE_DB_ADDRESS the address of db.bookstore.local in the domain's DNS (default: this machine's end of the link)
set -euo pipefail
# shellcheck source=lab/directory/lib.sh
source "$(dirname "$(realpath "$0")")/lib.sh"
# shellcheck source=scripts/install.sh
source "$here/../../scripts/install.sh"

readonly REALM=BOOKSTORE.LOCAL DOMAIN=BOOKSTORE DNS_DOMAIN=bookstore.local BASE_DN=DC=bookstore,DC=local
readonly DC_HOST=dc1.$DNS_DOMAIN
readonly HOST_PACKAGES=(krb5-user ldap-utils libsasl2-modules-gssapi-mit iproute2 python3)
readonly LINKS_AT_ONCE=250

cache=${BOOKSTORE_AD_CACHE:-/var/cache/bookstore-ad}

check_rights() {
  [[ $EUID == 0 ]] || not_possible "it needs root"
  command -v apt-get >/dev/null || not_possible "it needs Debian's apt-get"
  unshare --mount --net --pid --uts --ipc --fork mount -t tmpfs none /mnt 2>/dev/null ||
    not_possible "no permission to create namespaces and mounts (in a container: use --privileged)"
  local part
  for part in /usr /etc /var; do
    ! mountpoint -q "$part" || not_possible "$part is a separate file system, which an overlay of / does not contain"
  done
}

install_host_packages() {
  need "${HOST_PACKAGES[@]}" 2>"$LAB/apt.log" || not_possible "apt could not install ${HOST_PACKAGES[*]}: $(tail -n 1 "$LAB/apt.log")"
}

# layer_failed CODE: reports why the layer could not be built. If the reason is known, it is the last line of the log.
layer_failed() {
  [[ $1 != "$NOT_POSSIBLE" ]] || { tail -n 1 "$LAB/apt.log" >&2 && exit "$1"; }
  fail_with "$LAB/apt.log" "installing Samba over this machine's root failed"
}

# Sets LAYER, the archive with Samba. It depends on the packages of this machine, because apt adds only what is missing.
find_or_build_layer() {
  mkdir -p "$cache"
  LAYER=$cache/$(cat /var/lib/dpkg/status "$here/dc/build-layer.sh" | sha256sum | cut -c1-16).tar
  [[ ! -s $LAYER ]] || return 0
  exec {lock}>"$cache/lock"
  flock "$lock"
  if [[ ! -s $LAYER ]]; then
    rm -f "$cache"/*.tar
    "$here/dc/build-layer.sh" "$LAYER" >"$LAB/apt.log" 2>&1 || layer_failed "$?"
  fi
  exec {lock}>&-
}

start_first_process() {
  mkdir "$LAB/dc"
  setsid unshare --mount --net --pid --uts --ipc --fork --kill-child "$here/dc/init.sh" "$LAB" "$LAYER" \
    </dev/null >"$LAB/init.log" 2>&1 &
  starter=$!
  disown # bash prints no message when it is killed
  local deadline=$((SECONDS + 60))
  until DC_PID=$(first_process) && [[ -p /proc/$DC_PID/root/run/bookstore-ad ]]; do # until its root has changed
    if ! kill -0 "$starter" 2>/dev/null || ((SECONDS > deadline)); then
      not_possible "the controller's file system: $(tail -n 1 "$LAB/init.log")"
    fi
    sleep 0.05
  done
}

# Sets LINK, HOST_IP and DC_IP. Creating the link reserves its network, because it fails if the name is taken.
connect() {
  local n net
  for ((n = 1; n <= LINKS_AT_ONCE; n++)); do
    net=10.213.$n
    [[ -z $(ip -4 route show root "$net.0/24") ]] || continue
    LINK=bookstore-ad$n
    ip link add "$LINK" type veth peer name eth0 netns "$DC_PID" 2>/dev/null || continue
    HOST_IP=$net.1 DC_IP=$net.2
    ip address add "$HOST_IP/30" dev "$LINK"
    ip link set "$LINK" up
    on_dc ip address add "$DC_IP/30" dev eth0
    on_dc ip link set eth0 up
    return 0
  done
  not_possible "no free network among 10.213.1.0/30 … 10.213.$LINKS_AT_ONCE.0/30, or no permission to add a link"
}

clean_up() {
  [[ ! $is_up ]] || return 0
  [[ ! $starter ]] || kill -KILL "$starter" 2>/dev/null || true
  "$here/down.sh" "$LAB"
}

write_files() {
  cat >"$LAB/env" <<END
REALM=$REALM
DOMAIN=$DOMAIN
DNS_DOMAIN=$DNS_DOMAIN
BASE_DN=$BASE_DN
DC_HOST=$DC_HOST
DC_IP=$DC_IP
HOST_IP=$HOST_IP
LINK=$LINK
NETNS=/proc/$DC_PID/ns/net
KRB5_CONFIG=$LAB/krb5.conf
KEYTAB=$LAB/mssql.keytab
SQL_ACCOUNT=svc_sql
DB_HOST=db.$DNS_DOMAIN
DB_ADDRESS=$DB_ADDRESS
GMSA=webgmsa
GMSA_READERS=WebHosts
END
  # A name server that is down or silent is detected after two seconds instead of ten.
  printf 'search %s\nnameserver %s\noptions timeout:1 attempts:2\n' "$DNS_DOMAIN" "$DC_IP" >"$LAB/resolv.conf"
  cat >"$LAB/krb5.conf" <<END
[libdefaults]
  default_realm = $REALM
  dns_lookup_kdc = false
  dns_canonicalize_hostname = false
  rdns = false
[realms]
  $REALM = {
    kdc = $DC_IP
  }
[domain_realm]
  .$DNS_DOMAIN = $REALM
END
}

provision() {
  printf '127.0.0.1 localhost\n%s dc1.%s dc1\n' "$DC_IP" "$DNS_DOMAIN" | on_dc tee /etc/hosts >/dev/null
  on_dc tee /etc/resolv.conf <"$LAB/resolv.conf" >/dev/null
  on_dc bash -s -- "$REALM" "$DOMAIN" "$DC_IP" <"$here/dc/provision.sh" >"$LAB/provision.log" 2>&1 ||
    fail_with "$LAB/provision.log" "provisioning failed"
}

fill() {
  local computer
  change_directory fill "$DB_ADDRESS" >>"$LAB/provision.log" 2>&1 ||
    fail_with "$LAB/provision.log" "filling the directory failed"
  export_keytab svc_sql "$LAB/mssql.keytab"
  for computer in host1 host2; do export_keytab "$computer\$" "$LAB/$computer.keytab"; done
}

[[ $# == 1 ]] || usage "up.sh DIR"
use_folder "$1"
check_rights
install -d -m 700 "$LAB"
[[ -z $(ls -A "$LAB") ]] || fail "$LAB is not empty; remove an old domain with down.sh $LAB"
starter='' is_up=''
trap clean_up EXIT

install_host_packages
find_or_build_layer
start_first_process
connect
DB_ADDRESS=${BOOKSTORE_DB_ADDRESS:-$HOST_IP}
write_files
provision
fill
start_samba
wait_until_ready
is_up=yes
say "$REALM is up in $LAB after $SECONDS s"
