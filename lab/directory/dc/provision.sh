#!/usr/bin/env bash
# provision.sh REALM DOMAIN ADDRESS: creates an empty domain on the controller that runs it, whose interface eth0 has ADDRESS.
#
# Run from standard input by up.sh, and in the container of docker/dc.Dockerfile.
set -euo pipefail

# Without TLS: Kerberos encrypts LDAP, and a certificate takes nine seconds.
samba-tool domain provision --realm="$1" --domain="$2" --host-name=dc1 --host-ip="$3" \
  --server-role=dc --dns-backend=SAMBA_INTERNAL --function-level=2016 --option='ad dc functional level = 2016' \
  --option='interfaces = eth0 lo' --option='bind interfaces only = yes' --option='dns forwarder ='
sed -i '/^\[global\]/a tls enabled = no' /etc/samba/smb.conf
