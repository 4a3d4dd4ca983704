#!/usr/bin/env bash
# Prints the secrets of the shop, so that none is ever in a repository:
#   k8s/secrets.sh | kubectl apply -f -
# The sa password is made once and kept in $BOOKSTORE_SA_PASSWORD_FILE (default ~/.config/bookstore/sa-password), so a second run
# prints the same. For a database outside the cluster put its two connection strings in the environment:
#   EXTERNAL_CONNECTIONSTRING          the shop's login
#   EXTERNAL_MIGRATE_CONNECTIONSTRING  a login that may create the database and grant roles (default: the shop's)
set -euo pipefail

password_file=${BOOKSTORE_SA_PASSWORD_FILE:-$HOME/.config/bookstore/sa-password}
# The name that has the SPN: any other makes Kerberos fall back to NTLM (gmsa-facts.md rows 14 and 27).
server=containersql-bookstore-service.bookstore.svc.cluster.local
# The database's certificate is its own, so it cannot be checked (row 25). A lab's compromise, inside the cluster only.
place="Server=$server; Database = Bookstore; TrustServerCertificate=true;"

if [ ! -s "$password_file" ]; then
    mkdir -p "$(dirname "$password_file")"
    # The prefix satisfies SQL Server's rule of three kinds of characters.
    (umask 077; printf 'Sa1%s' "$(head -c 24 /dev/urandom | base64 | tr -dc 'A-Za-z0-9')" > "$password_file")
fi
password=$(<"$password_file")

# secret NAME [KEY VALUE]... – by hand rather than by `kubectl create`, which would show values in the list of processes.
secret() {
    printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  namespace: bookstore\ntype: Opaque\ndata:\n' "$1"
    shift
    while [ $# -gt 0 ]; do
        printf '  %s: %s\n' "$1" "$(printf %s "$2" | base64 | tr -d '\n')"
        shift 2
    done
}

# Quoted, so that a password of your own in that file may have any character.
sa="$place User Id=sa; Password = \"${password//\"/\"\"}\";"
external=() migrate=()
if [ -n "${EXTERNAL_CONNECTIONSTRING:-}" ]; then
    external=(external "$EXTERNAL_CONNECTIONSTRING")
    migrate=(external "${EXTERNAL_MIGRATE_CONNECTIONSTRING:-$EXTERNAL_CONNECTIONSTRING}")
fi
# The name and key of the replaced demo.
secret mssql password "$password"
secret bookstore-connection sql-auth "$sa" gmsa "$place Trusted_Connection=true;" ${external[@]+"${external[@]}"}
# Apart from the shop's, so that the shop's pods never see a login that may change tables.
secret bookstore-migration in-cluster "$sa" ${migrate[@]+"${migrate[@]}"}
