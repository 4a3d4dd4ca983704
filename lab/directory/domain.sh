#!/usr/bin/env bash
# domain.sh DIR VERB …: uses and changes the domain that up.sh DIR started, including what goes wrong with real ones.
set -euo pipefail
# shellcheck source=lab/directory/lib.sh
source "$(dirname "$(realpath "$0")")/lib.sh"

show_usage() {
  cat >&2 <<'END'
usage: domain.sh DIR VERB …
  exec COMMAND …               become COMMAND, on this machine, with the domain's krb5.conf and DNS
  spn add|delete NAME ACCOUNT  register a service principal name on an account, or remove it
  spn list ACCOUNT
  keytab ACCOUNT FILE          write the account's current keys, under its name and all its SPNs
  new-password ACCOUNT         change the password, which makes older keytabs stale
  enctypes ACCOUNT VALUE       set msDS-SupportedEncryptionTypes (4: RC4, 24: AES)
  enable|disable ACCOUNT
  add-member|remove-member COMPUTER   grant or revoke the right to read the gMSA's password
  roll-gmsa                    expire the gMSA's password, so that the next read returns a new one
  facts                        the domain's names, SID and GUID as reported by Samba, as lines for k8s/parameters/parameters.env
  dns HOST ADDRESS             set the address of HOST.bookstore.local
  kdc stop|freeze|start        stop the domain controller, freeze it (it neither answers nor refuses), or start it again
Accounts are sAMAccountNames: svc_sql, 'webgmsa$', 'host1$'.
END
  exit 64
}

# signal_dc SIGNAL: signals all processes of the controller except the first one, which is outside the process namespace of `bash`.
signal_dc() { on_dc bash -c "kill -$1 -1"; }

stop_controller() {
  signal_dc KILL 2>/dev/null || true # fails if it is stopped already
  local deadline=$((SECONDS + 60))
  while signal_dc 0 2>/dev/null; do
    ((SECONDS < deadline)) || { echo "the controller does not end" >&2 && return 1; }
    sleep 0.02
  done
}

start_controller() {
  signal_dc CONT 2>/dev/null || start_samba
  wait_until_ready
}

members() { on_dc samba-tool group "$1" "$GMSA_READERS" "$2\$" >/dev/null; }

[[ $# -ge 2 ]] || show_usage
load_lab "$1"
verb=$2
shift 2

case $verb/$#/${1-} in
  exec/[1-9]*) exec "${IN_DOMAIN[@]}" "$@" ;;
  spn/3/add | spn/3/delete) on_dc samba-tool spn "$@" >/dev/null ;;
  spn/2/list) on_dc samba-tool spn list "$2" | sed -n 's/^\t *//p' ;;
  keytab/2/*) export_keytab "$@" ;;
  new-password/1/* | enctypes/2/*) change_directory "$verb" "$@" ;;
  dns/2/*) change_directory address "$@" ;;
  roll-gmsa/0/ | facts/0/) change_directory "$verb" ;;
  enable/1/* | disable/1/*) on_dc samba-tool user "$verb" "$1" >/dev/null ;;
  add-member/1/*) members addmembers "$1" ;;
  remove-member/1/*) members removemembers "$1" ;;
  kdc/1/stop) stop_controller ;;
  kdc/1/freeze) signal_dc STOP ;;
  kdc/1/start) start_controller ;;
  *) show_usage ;;
esac
