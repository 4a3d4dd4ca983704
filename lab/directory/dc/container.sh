#!/usr/bin/env bash
# container.sh [healthy]: the domain controller in a container: docker/lab.compose.yaml.
#
# Without an argument it creates the domain at its first start, and runs it. Its state is in the volume /var/lib/samba. The keytabs go
# into the volumes /secrets/sql and /secrets/member, for SQL Server and for the member computer.
# `healthy` succeeds when the member can log in and read the gMSA, and both keytabs are there.
#
# REALM, DOMAIN, DB_ADDRESS  the domain, and the address of db in its DNS
# LAB_CLOCK                  an offset of the controller's clock for faketime, like +10m
set -euo pipefail

readonly STATE=/var/lib/samba
readonly SQL_KEYTAB=/secrets/sql/mssql.keytab MEMBER_KEYTAB=/secrets/member/host1.keytab
readonly USER_OF_CONTAINERS=10001 # of the shop's image, and of Microsoft's SQL Server

# in_time COMMAND…: runs the command with the controller's clock.
in_time() {
  if [[ ${LAB_CLOCK-} ]]; then faketime -m -f "$LAB_CLOCK" "$@"; else "$@"; fi
}

# keytab ACCOUNT FILE: writes the account's keys for another container. Replaces FILE atomically.
keytab() {
  directory keytab "$1" "$2.part"
  chown "$USER_OF_CONTAINERS" "$2.part"
  chmod 400 "$2.part"
  mv "$2.part" "$2"
}

create_domain() {
  find "$STATE" -mindepth 1 -delete # an interrupted creation
  mkdir -p "$STATE/private" "$STATE/sysvol"
  rm -f /etc/samba/smb.conf
  /opt/directory/provision.sh "$REALM" "$DOMAIN" "$(hostname -I | cut -d' ' -f1)"
  directory fill "$DB_ADDRESS"
  cp /etc/samba/smb.conf "$STATE/smb.conf"
  touch "$STATE/complete"
}

healthy() {
  local base=DC=${REALM//./,DC=}
  export KRB5CCNAME=FILE:/run/healthy.ccache
  [[ -s $SQL_KEYTAB && -s $MEMBER_KEYTAB ]]
  in_time kinit -k -t "$MEMBER_KEYTAB" 'host1$'
  in_time ldapsearch -LLL -Q -N -Y GSSAPI -o nettimeout=3 -H "ldap://dc1.${REALM,,}" -b "$base" \
    '(objectClass=msDS-GroupManagedServiceAccount)' dn | grep -q '^dn:'
}

if [[ ${1-} == healthy ]]; then
  healthy
  exit
fi
[[ -e $STATE/complete ]] || create_domain
cp "$STATE/smb.conf" /etc/samba/smb.conf
chown "$USER_OF_CONTAINERS" "${SQL_KEYTAB%/*}" # SQL Server writes beside its keytab
keytab svc_sql "$SQL_KEYTAB"
keytab 'host1$' "$MEMBER_KEYTAB"
mkdir -p /run/samba
if [[ ${LAB_CLOCK-} ]]; then exec faketime -m -f "$LAB_CLOCK" samba --foreground --no-process-group --debug-stdout; fi
exec samba --foreground --no-process-group --debug-stdout
