#!/usr/bin/env bash
# Starts a real directory with the SQL Server stand-in in it, runs a command there, and removes everything afterwards.
#   lab/lab.sh FOLDER COMMAND...     FOLDER has the executables bookstore and stand-in, like target/release
# The command gets the domain's DNS, the gMSA's ticket in KRB5CCNAME, and connection strings to a database with eight books: LAB_SA
# is a SQL login, LAB_GMSA the integrated login. The exit status is the command's; 3: this machine cannot run the lab.
# Needs Debian 12 or 13 and root. Ctrl-C ends the command. See README.md for what it changes and how it cleans up.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=lab/processes.sh
. lab/processes.sh

say() { echo "lab: $*" >&2; }

# shellcheck disable=SC2317,SC2329 # the trap calls it
finish() {
    trap '' INT TERM
    stop "${started[@]}"
    if lab/directory/down.sh "$work/domain"; then
        rm -rf "$work"
    else
        say "cannot remove the directory; run lab/directory/down.sh $work/domain, then delete $work"
    fi
}

start_server() {
    mkfifo "$work/output"
    # A session of its own, so that Ctrl-C does not reach it before the command has ended. A replay cache would write to disk at each
    # login.
    TMPDIR=$work KRB5_KTNAME=$work/domain/mssql.keytab KRB5RCACHENAME=none: STAND_IN_SA_PASSWORD=$password \
        setsid lab/directory/domain.sh "$work/domain" exec "$executables/stand-in" --listen "$HOST_IP:1433" \
        --name "$HOST_IP" --name "$DB_HOST" --domain "$REALM=$DOMAIN" >"$work/output" &
    started+=($!)
    # Stays open until this script ends, because the server continues to write.
    exec 3<"$work/output"
    local line
    while read -r line <&3; do
        if [[ $line == "CA file"* ]]; then read -r _ _ ca <<<"$line" && return 0; fi
    done
    say "the SQL Server stand-in did not start"
    return 1
}

[ $# -ge 2 ] || { sed -n '2,7s/^# //p' "$0" >&2 && exit 2; }
executables=$(realpath "$1")
shift
work=$(mktemp -d)
password=$(head -c 18 /dev/urandom | base64 | tr +/ -_)
started=()
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

lab/directory/up.sh "$work/domain"
# shellcheck disable=SC1091
. "$work/domain/env"
start_server
cache=$work/webgmsa.ccache
lab/directory/domain.sh "$work/domain" exec "$executables/bookstore" gmsa-ticket --once --gmsa "$GMSA" --directory "ldap://$DC_HOST" \
    --keytab "$work/domain/host1.keytab" --cache "$cache" 2>"$work/ticket.log" || { cat "$work/ticket.log" >&2 && exit 1; }

to_server="Server=$DB_HOST;Database=Bookstore;ServerCertificate=$ca"
export KRB5CCNAME=FILE:$cache
export LAB_SA="$to_server;User ID=sa;Password=$password" LAB_GMSA="$to_server;Trusted_Connection=true"
connectionstring=$LAB_SA lab/directory/domain.sh "$work/domain" exec "$executables/bookstore" migrate --seed --grant "$DOMAIN\\$GMSA\$" 2>"$work/migrate.log" ||
    { cat "$work/migrate.log" >&2 && exit 1; }

# In the background, because bash handles no signal while it waits for a foreground command.
status=0
lab/directory/domain.sh "$work/domain" exec "$@" <&0 &
started+=($!)
wait $! || status=$?
exit "$status"
