#!/usr/bin/env bash
# gmsa-ticket.sh DIR COMPUTER CACHE [SECONDS]: a ticket for the gMSA, got as credentials-fetcher gets it on a member computer.
#
# With a new ticket of the computer's own (host1, host2: a group's membership is in the ticket) it reads the gMSA's
# msDS-ManagedPassword over LDAP and logs in with it; the ticket-granting ticket, living SECONDS if given, replaces the file CACHE.
# The password is in no file, argument or environment: it goes from ldapsearch to the login through a pipe.
# Exit code 4: the computer may not read the password. 1: anything else.
set -euo pipefail
# shellcheck source=lib.sh
source "$(dirname "$(realpath "$0")")/lib.sh"

[[ $# == 3 || $# == 4 ]] || usage "gmsa-ticket.sh DIR COMPUTER CACHE [SECONDS]"
load_lab "$1"
computer=$2 cache=$3 seconds=${4-0}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck disable=SC2031 # another one than lib.sh's own
export KRB5CCNAME=FILE:$scratch/computer.ccache
in_domain kinit -k -t "$LAB/$computer.keytab" "$computer\$"

login() { KRB5_CONFIG=$LAB/krb5.conf python3 "$here/managed_login.py" "$GMSA\$" "$cache" "$seconds"; }
codes=0
ldap_search "(sAMAccountName=$GMSA\$)" msDS-ManagedPassword | login || codes="${PIPESTATUS[*]}"
case $codes in
  0) ;;
  "0 4")
    say "$computer may not read the password of $GMSA: it is not in the group $GMSA_READERS"
    exit 4
    ;;
  *) fail "no ticket for $GMSA (ldapsearch and login ended with $codes)" ;;
esac
