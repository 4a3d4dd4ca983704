#!/usr/bin/env bash
# selftest.sh: brings a domain up, proves each thing that these scripts promise, takes it down and looks for what it left behind.
#
# Exit code 0: all passed, 1: something failed, 3: no domain can be brought up on this machine.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "$(realpath "$0")")/lib.sh"

readonly SPN=MSSQLSvc/db.bookstore.local:1433
passed=0 failed=0 skipped=0
work=$(mktemp -d)
lab=$work/lab second=$work/second member=$work/webgmsa.ccache

finish() {
  "$here/down.sh" "$lab" && "$here/down.sh" "$second" && rm -rf "$work"
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
}
trap finish EXIT

# check NAME FUNCTION: in a subshell of its own, whose first failing command fails the check.
check() {
  local name=$1 start=$EPOCHREALTIME code
  set +e
  (
    set -e
    "$2"
  ) >"$work/output" 2>&1
  code=$?
  set -e
  printf '%-7s %5.1f s  %s\n' "$([[ $code == 0 ]] && echo ok || echo FAILED)" \
    "$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }')" "$name"
  if [[ $code == 0 ]]; then passed=$((passed + 1)); else failed=$((failed + 1)) && sed 's/^/        /' "$work/output"; fi
  return "$code"
}

in_lab() { "$here/lab.sh" "$lab" "$@"; }
ticket() { "$here/gmsa-ticket.sh" "$lab" "$@"; }

# A new service ticket by the cache $1, which must open with the SQL Server's keytab.
service_ticket() {
  cp "$1" "$work/service.ccache"
  in_lab exec kvno -c "$work/service.ccache" -k "${2-$lab/mssql.keytab}" "$SPN"
}

# refused WORDS COMMAND …: it must fail, and say WORDS.
refused() {
  local words=$1 said
  shift
  if said=$("$@" 2>&1); then
    echo "not refused: $*" && return 1
  fi
  grep -F -- "$words" <<<"$said" || { echo "expected '$words', but: $said" && return 1; }
}

comes_up() { "$here/up.sh" "$lab"; }

member_logs_in() {
  ticket host1 "$member"
  klist -c "$member" | grep -F 'webgmsa$@BOOKSTORE.LOCAL'
}

service_ticket_opens() {
  service_ticket "$member"
  klist -e -c "$work/service.ccache" | grep -A1 "$SPN" | grep 'aes256.*aes256'
}

non_member_is_refused() {
  local code=0
  ticket host2 "$work/none" || code=$?
  [[ $code == 4 && ! -e $work/none ]]
}

membership_is_followed() {
  in_lab add-member host2
  ticket host2 "$work/host2.ccache"
  in_lab remove-member host2
  non_member_is_refused
}

dns_answers() {
  local host_ip
  host_ip=$(sed -n 's/^HOST_IP=//p' "$lab/env")
  in_lab exec getent ahostsv4 db.bookstore.local | grep -F "$host_ip"
  RES_OPTIONS=use-vc in_lab exec getent ahostsv4 db.bookstore.local | grep -F "$host_ip"
  in_lab dns other 127.0.0.1
  in_lab exec getent ahostsv4 other.bookstore.local | grep -F 127.0.0.1
}

kdc_is_found_by_dns() {
  printf '[libdefaults]\ndns_lookup_kdc = true\ndefault_realm = BOOKSTORE.LOCAL\n' >"$work/krb5.conf"
  in_lab exec env KRB5_CONFIG="$work/krb5.conf" kinit -c "$work/found.ccache" -k -t "$lab/host1.keytab" 'host1$'
}

password_rolls() {
  in_lab keytab 'webgmsa$' "$work/old.keytab"
  in_lab exec kinit -c "$work/rolled.ccache" -k -t "$work/old.keytab" 'webgmsa$'
  in_lab roll-gmsa
  ticket host1 "$work/rolled.ccache"
  service_ticket "$work/rolled.ccache"
  refused 'Preauthentication failed' in_lab exec kinit -c "$work/none" -k -t "$work/old.keytab" 'webgmsa$'
  service_ticket "$member" # the ticket from before the roll
}

missing_spn() {
  in_lab spn delete "$SPN" svc_sql
  refused 'not found in Kerberos database' service_ticket "$member"
  in_lab spn add "$SPN" svc_sql
  service_ticket "$member"
}

misplaced_spn() {
  in_lab spn delete "$SPN" svc_sql
  in_lab spn add "$SPN" 'host2$'
  refused 'while decrypting ticket' service_ticket "$member"
  in_lab spn delete "$SPN" 'host2$'
  in_lab spn add "$SPN" svc_sql
  service_ticket "$member"
}

further_spn() {
  in_lab spn add MSSQLSvc/db.bookstore.local:1533 svc_sql
  in_lab spn list svc_sql | grep -F :1533
  in_lab keytab svc_sql "$work/further.keytab"
  in_lab exec kvno -c "$member" -k "$work/further.keytab" MSSQLSvc/db.bookstore.local:1533
}

stale_keytab() {
  in_lab new-password svc_sql
  refused 'while decrypting ticket' service_ticket "$member"
  in_lab keytab svc_sql "$lab/mssql.keytab"
  service_ticket "$member"
}

disabled_account() {
  in_lab disable 'webgmsa$'
  refused 'credentials have been revoked' ticket host1 "$work/none"
  in_lab enable 'webgmsa$'
  ticket host1 "$work/enabled.ccache"
}

encryption_types() {
  in_lab enctypes svc_sql 8
  service_ticket "$member"
  klist -e -c "$work/service.ccache" | grep -A1 "$SPN" | grep aes128
  in_lab enctypes svc_sql 24
}

ticket_expires() {
  ticket host1 "$work/short.ccache" 1
  while klist -s -c "$work/short.ccache"; do sleep 0.1; done
  refused 'expired' service_ticket "$work/short.ccache"
}

kdc_stops() {
  in_lab kdc stop
  refused 'Cannot contact any KDC' service_ticket "$member"
  in_lab kdc start
  service_ticket "$member"
}

kdc_is_silent() {
  in_lab kdc freeze
  local code=0
  timeout 1 "$here/lab.sh" "$lab" exec kvno -c "$member" MSSQLSvc/db.bookstore.local || code=$?
  [[ $code == 124 ]]
  in_lab kdc start
  service_ticket "$member"
}

second_lab() {
  "$here/up.sh" "$second"
  [[ $(grep DC_IP "$lab/env") != "$(grep DC_IP "$second/env")" ]]
  "$here/gmsa-ticket.sh" "$second" host1 "$work/second.ccache"
  refused 'while decrypting ticket' \
    "$here/lab.sh" "$second" exec kvno -c "$work/second.ccache" -k "$lab/mssql.keytab" "$SPN"
  "$here/down.sh" "$second"
  service_ticket "$member"
}

# What a lab could leave behind, other labs' links left out.
traces() {
  cat /proc/mounts
  find /sys/class/net -not -name 'bookstore-ad*' -printf '%f\n' | sort
  awk '$1 !~ /^bookstore-ad/ { print $1, $2, $3, $8 }' /proc/net/route
  ls /run/netns 2>/dev/null || true
  cksum /etc/resolv.conf /etc/hosts
  command -v samba smbd winbindd || true
}

goes_down() {
  local link namespace
  link=$(sed -n 's/^LINK=//p' "$lab/env")
  namespace=$(readlink "/proc/$(<"$lab/pid")/ns/pid")
  "$here/down.sh" "$lab"
  "$here/down.sh" "$lab"
  [[ ! -e $lab ]]
  diff "$work/before" <(traces)
  refused 'does not exist' ip link show "$link"
  [[ -z $(find /proc/[0-9]*/ns/pid -lname "$namespace" 2>/dev/null) ]]
}

cannot_without_rights() {
  local code=0
  setpriv --bounding-set -sys_admin "$here/up.sh" "$work/third" 2>"$work/said" || code=$?
  [[ $code == 3 && $(wc -l <"$work/said") == 1 ]]
  grep -F 'active-directory: not possible here: ' "$work/said"
  [[ ! -e $work/third ]]
}

traces >"$work/before"
code=0
check 'the domain comes up' comes_up || code=$?
if [[ $code != 0 ]]; then
  [[ $code != "$NOT_POSSIBLE" ]] || failed=0 skipped=1
  exit "$code"
fi

check 'a member gets the ticket of the gMSA' member_logs_in || true
check 'its service ticket is AES and opens with the keytab of the SQL Server' service_ticket_opens || true
check 'a non-member is refused' non_member_is_refused || true
check 'a computer that becomes a member is let in, one that is removed is not' membership_is_followed || true
check 'the DNS of the domain answers by UDP and TCP, and takes a new address' dns_answers || true
check 'the KDC is found by its SRV records' kdc_is_found_by_dns || true
check 'the password rolls: the old one is refused, the old ticket goes on' password_rolls || true
check 'a missing SPN is not found, and found when it is back' missing_spn || true
check 'an SPN on the wrong account gives a ticket that does not open' misplaced_spn || true
check 'an SPN for another port comes into the keytab' further_spn || true
check 'a new password of the service makes its keytab stale' stale_keytab || true
check 'a disabled gMSA is revoked until it is enabled' disabled_account || true
check 'the encryption type of a service can be set' encryption_types || true
check 'a short ticket expires' ticket_expires || true
check 'a stopped KDC cannot be reached, and comes back' kdc_stops || true
check 'a frozen KDC says nothing, and comes back' kdc_is_silent || true
check 'a second domain runs beside the first' second_lab || true
check 'taken down, it leaves the machine as it was' goes_down || true
check 'without the right to mount it says so in one line' cannot_without_rights || true
[[ $failed == 0 ]]
