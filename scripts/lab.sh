#!/usr/bin/env bash
# Brings up a real directory and the stand-in for SQL Server in it, runs a command there, and takes all of it down again.
#   scripts/lab.sh FOLDER COMMAND...     FOLDER has the executables bookstore and stand-in, like target/release
# The command has the domain's DNS, the gMSA's ticket in KRB5CCNAME and two connection strings to one database, that of the old demo's
# eight books: LAB_SA, a SQL login, and LAB_GMSA, the integrated one. Its exit status is this script's; 3: not possible here.
# Debian 12 or 13 and root. Ctrl-C ends the command; nothing stays mounted or running.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "lab: $*" >&2; }

# shellcheck disable=SC2329 # the trap calls it
finish() {
    trap '' INT TERM
    local process
    for process in "${started[@]}"; do
        kill "$process" 2>/dev/null || continue
        wait "$process" || true
    done
    tests/active-directory/down.sh "$work/domain" || say "the directory in $work/domain could not be taken down"
    rm -rf "$work"
}

start_server() {
    mkfifo "$work/said"
    # Not for Ctrl-C: it is to outlive the command. Its replay cache would write to the disk at each login.
    TMPDIR=$work KRB5_KTNAME=$work/domain/mssql.keytab KRB5RCACHENAME=none: STAND_IN_SA_PASSWORD=$password \
        setsid tests/active-directory/lab.sh "$work/domain" exec "$executables/stand-in" --listen "$HOST_IP:1433" \
        --name "$HOST_IP" --name "$DB_HOST" --domain "$REALM=$DOMAIN" >"$work/said" &
    started+=($!)
    # Open for as long as this script: the server writes on.
    exec 3<"$work/said"
    local line
    while read -r line <&3; do
        if [[ $line == "CA file"* ]]; then read -r _ _ ca <<<"$line" && return 0; fi
    done
    say "the stand-in for SQL Server does not start"
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

tests/active-directory/up.sh "$work/domain"
# shellcheck disable=SC1091
. "$work/domain/env"
start_server
cache=$work/webgmsa.ccache
tests/active-directory/gmsa-ticket.sh "$work/domain" host1 "$cache"

to_server="Server=$DB_HOST;Database=Bookstore;ServerCertificate=$ca"
export KRB5CCNAME=FILE:$cache
export LAB_SA="$to_server;User ID=sa;Password=$password" LAB_GMSA="$to_server;Trusted_Connection=true"
connectionstring=$LAB_SA tests/active-directory/lab.sh "$work/domain" exec "$executables/bookstore" migrate --seed --grant "$DOMAIN\\$GMSA\$" 2>"$work/migrate.log" ||
    { cat "$work/migrate.log" >&2 && exit 1; }

# In the background, as bash answers no signal while it waits for a command in the foreground. The script becomes the command.
status=0
tests/active-directory/lab.sh "$work/domain" exec "$@" <&0 &
started+=($!)
wait $! || status=$?
exit "$status"
