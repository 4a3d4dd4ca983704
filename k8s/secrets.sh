#!/usr/bin/env bash
# Prints the shop's secrets, so that none is ever in a repository:
#   k8s/secrets.sh [-n NAMESPACE] | kubectl apply --server-side -f -
# What the cluster has already is kept: a second run, also another person's, prints the same. Otherwise the password of sa is read from
# the file BOOKSTORE_SA_PASSWORD_FILE or, without one, generated. For a database outside the cluster put its connection strings in the
# environment:
#   EXTERNAL_CONNECTIONSTRING          the shop's login
#   EXTERNAL_MIGRATE_CONNECTIONSTRING  a login that may create the database and grant roles (default: the shop's)
# PARAMETERS names another file than k8s/parameters/parameters.env.
set -euo pipefail
parameters=${PARAMETERS:-$(cd "$(dirname "$0")" && pwd)/parameters/parameters.env}
namespace=$(sed -n 's/^NAMESPACE=//p' "$parameters")
while getopts n: option; do
    case $option in
        n) namespace=$OPTARG ;;
        *) sed -n '2,9s/^# //p' "$0" >&2; exit 2 ;;
    esac
done
[ -n "$namespace" ] || { echo "$parameters has no NAMESPACE" >&2; exit 1; }

# existing SECRET KEY – the value in the cluster; empty if there is none, a failure if the cluster does not answer.
existing() {
    local encoded
    encoded=$(kubectl -n "$namespace" get secret "$1" --ignore-not-found -o "jsonpath={.data.$2}") || {
        echo "cannot read the secret $1 in namespace $namespace (kubectl's message is above). Without it a new password could lock sa out," \
            "so nothing is printed." >&2
        return 1
    }
    base64 -d <<<"$encoded"
}

password=$(existing mssql password)
if [ -z "$password" ] && [ -n "${BOOKSTORE_SA_PASSWORD_FILE:-}" ]; then
    password=$(<"$BOOKSTORE_SA_PASSWORD_FILE")
    [ -n "$password" ] || { echo "$BOOKSTORE_SA_PASSWORD_FILE is empty" >&2; exit 1; }
fi
# The prefix satisfies SQL Server's rule of three kinds of characters.
[ -n "$password" ] || password=Sa1$(head -c 24 /dev/urandom | base64 | tr -dc 'A-Za-z0-9')

# The name that has the SPN: any other makes Kerberos fall back to NTLM (gmsa-facts.md, failures 14 and 27).
server=containersql-bookstore-service.$namespace.svc.cluster.local
# The database's certificate is self-signed, so it cannot be checked (failure 25). A lab's compromise, inside the cluster only.
place="Server=$server; Database = Bookstore; TrustServerCertificate=true;"
# Quoted, so that a password of your own may have any character.
sa="$place User Id=sa; Password = \"${password//\"/\"\"}\";"

if [ -n "${EXTERNAL_CONNECTIONSTRING:-}" ]; then
    external=$EXTERNAL_CONNECTIONSTRING
    migrate=${EXTERNAL_MIGRATE_CONNECTIONSTRING:-$external}
else
    external=$(existing bookstore-connection external)
    migrate=$(existing bookstore-migration external)
fi

# secret NAME [KEY VALUE]... – by hand rather than by `kubectl create`, which would show values in the list of processes.
secret() {
    printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  namespace: %s\ntype: Opaque\ndata:\n' "$1" "$namespace"
    shift
    while [ $# -gt 0 ]; do
        [ -z "$2" ] || printf '  %s: %s\n' "$1" "$(printf %s "$2" | base64 | tr -d '\n')"
        shift 2
    done
}

# The name and key of the replaced demo.
secret mssql password "$password"
secret bookstore-connection sql-auth "$sa" gmsa "$place Trusted_Connection=true;" external "$external"
# Separate, so that the shop's pods never see a login that may change tables.
secret bookstore-migration in-cluster "$sa" external "$migrate"
