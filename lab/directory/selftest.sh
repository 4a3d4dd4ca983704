#!/usr/bin/env bash
# selftest.sh BOOKSTORE: starts a domain, tests everything that README.md promises, removes it and looks for traces. BOOKSTORE is the
# executable, whose command gmsa-ticket gets the tickets.
#
# Exit code 0: all passed; 1: a test failed; 3: this machine cannot run a domain.
set -euo pipefail
# shellcheck source=lab/directory/lib.sh
source "$(dirname "$(realpath "$0")")/lib.sh"

[[ $# == 1 ]] || usage "selftest.sh BOOKSTORE"
bookstore=$(realpath "$1")
readonly SPN=MSSQLSvc/db.bookstore.local:1433
passed=0 failed=0 skipped=0
work=$(mktemp -d)
lab=$work/lab second=$work/second member=$work/webgmsa.ccache

finish() {
  "$here/down.sh" "$lab" && "$here/down.sh" "$second" && rm -rf "$work"
  printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
}
trap finish EXIT

# check NAME FUNCTION: runs a test in a subshell. The first failing command fails the test. Sets `code`. Not to be called before || or &&,
# where bash ignores `set -e` in all that is called.
check() {
  local name=$1 start=$EPOCHREALTIME
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
}

in_lab() { "$here/domain.sh" "$lab" "$@"; }

# ticket_of DIR COMPUTER CACHE [LIFETIME]: gets a ticket for the gMSA as a computer of the domain.
ticket_of() {
  "$here/domain.sh" "$1" exec "$bookstore" gmsa-ticket --once --gmsa webgmsa --directory ldap://dc1.bookstore.local \
    --keytab "$1/$2.keytab" --cache "$3" ${4:+--lifetime "$4"}
}
ticket() { ticket_of "$lab" "$@"; }

# service_ticket CACHE [KEYTAB]: gets a new service ticket with CACHE, and decrypts it with the SQL Server's keytab.
service_ticket() {
  cp "$1" "$work/service.ccache"
  in_lab exec kvno -c "$work/service.ccache" -k "${2-$lab/mssql.keytab}" "$SPN"
}

# refused TEXT COMMAND …: the command must fail and print TEXT.
refused() {
  local text=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "not refused: $*" && return 1
  fi
  grep -F -- "$text" <<<"$output" || { echo "expected '$text', got: $output" && return 1; }
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
  refused 'host2$@BOOKSTORE.LOCAL may not read the password of webgmsa$' ticket host2 "$work/none"
  [[ ! -e $work/none && ! -e $work/none.part ]]
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
  # For some minutes the controller accepts the former password too, so the keys are compared.
  in_lab keytab 'webgmsa$' "$work/new.keytab"
  ! cmp -s <(klist -k -K "$work/old.keytab" | grep '(0x') <(klist -k -K "$work/new.keytab" | grep '(0x') || return 1
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
  refused 'the account webgmsa$ is disabled' ticket host1 "$work/none"
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
  ticket host1 "$work/short.ccache" 1s
  local deadline=$((SECONDS + 60))
  while klist -s -c "$work/short.ccache" && ((SECONDS < deadline)); do sleep 0.1; done
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
  timeout 1 "$here/domain.sh" "$lab" exec kvno -c "$member" MSSQLSvc/db.bookstore.local || code=$?
  [[ $code == 124 ]]
  in_lab kdc start
  service_ticket "$member"
}

second_lab() {
  "$here/up.sh" "$second"
  [[ $(grep DC_IP "$lab/env") != "$(grep DC_IP "$second/env")" ]]
  ticket_of "$second" host1 "$work/second.ccache"
  refused 'while decrypting ticket' \
    "$here/domain.sh" "$second" exec kvno -c "$work/second.ccache" -k "$lab/mssql.keytab" "$SPN"
  "$here/down.sh" "$second"
  service_ticket "$member"
}

# traces: prints everything that a domain could leave behind, without the links of other domains.
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
  setpriv --bounding-set -sys_admin "$here/up.sh" "$work/third" 2>"$work/refusal" || code=$?
  [[ $code == 3 && $(wc -l <"$work/refusal") == 1 ]]
  grep -F 'active-directory: not possible here: ' "$work/refusal"
  [[ ! -e $work/third ]]
}

traces >"$work/before"
check 'the domain starts' comes_up
if [[ $code != 0 ]]; then
  [[ $code != "$NOT_POSSIBLE" ]] || failed=0 skipped=1
  exit "$code"
fi

check 'a member gets a ticket for the gMSA' member_logs_in
check 'its service ticket is AES and decrypts with the keytab of SQL Server' service_ticket_opens
check 'a non-member is refused' non_member_is_refused
check 'a computer can read the password only while it is a member' membership_is_followed
check 'DNS answers by UDP and TCP and accepts a new address' dns_answers
check 'the KDC is found by its SRV records' kdc_is_found_by_dns
check 'a rolled password replaces the old one, and old tickets stay valid' password_rolls
check 'a missing SPN is not found until it is added again' missing_spn
check 'an SPN on the wrong account gives a ticket that does not decrypt' misplaced_spn
check 'an SPN for another port is in the keytab' further_spn
check 'a new password of the service makes its keytab stale' stale_keytab
check 'a disabled gMSA is refused until it is enabled' disabled_account
check 'the encryption type of a service can be set' encryption_types
check 'a short ticket expires' ticket_expires
check 'a stopped KDC is unreachable until it starts again' kdc_stops
check 'a frozen KDC does not answer until it starts again' kdc_is_silent
check 'a second domain runs beside the first' second_lab
check 'after its removal the machine is as before' goes_down
check 'without the permission to mount it reports so in one line' cannot_without_rights
[[ $failed == 0 ]]
