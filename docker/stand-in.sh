#!/usr/bin/env bash
# Starts the stand-in with the variables and the files of Microsoft's image: stand-in.Dockerfile.
#   MSSQL_SA_PASSWORD   the password of sa
#   STAND_IN_DOMAIN     REALM=NETBIOS of integrated logins, if the keytab of the tutorial is there
set -euo pipefail
keytab=/var/opt/mssql/secrets/mssql.keytab
# As Microsoft's server it starts without a database of the shop, which `bookstore migrate` creates.
arguments=(--listen 0.0.0.0:1433 --database master)
export STAND_IN_SA_PASSWORD=${MSSQL_SA_PASSWORD:?set it to the password of sa}
if [[ -s $keytab ]]; then
    # A replay cache would write to disk at each login.
    export KRB5_KTNAME=FILE:$keytab KRB5RCACHENAME=none:
    arguments+=(--domain "${STAND_IN_DOMAIN:?set it to REALM=NETBIOS}")
fi
# It prints connection strings with passwords, which do not belong into a container's log.
exec stand-in "${arguments[@]}" >/dev/null
