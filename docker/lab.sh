#!/usr/bin/env bash
# Breaks one thing in the running lab of lab.compose.yaml, or repairs it, and shows what the doctor of the gMSA's shop finds.
#   docker/lab.sh break spn|clock|dns|ticket|grant|rename
#   docker/lab.sh repair spn|clock|dns|ticket|grant|rename
#   docker/lab.sh doctor
# Each is one or two commands of docker compose, which docs/presenting.md has for other shells. Settings are those of the lab.
set -euo pipefail
cd "$(dirname "$0")"

lab() { docker compose --file lab.compose.yaml "$@"; }
directory() { lab exec -T dc directory "$@"; }
spn() { lab exec -T dc samba-tool spn "$1" MSSQLSvc/db.bookstore.local:1433 svc_sql; }
set_clock() { LAB_CLOCK=$1 lab up --detach --no-build --no-deps --wait dc; }
migrate_as_sa() { lab run --rm --no-deps -T migrate migrate "$@"; }
set_address() { directory address "$1" "${LAB_NETWORK:-10.213.254}.3"; }

# A ticket that ends at once, while nothing renews it.
end_ticket() {
    lab stop tickets
    lab run --rm --no-deps -T end-ticket
    sleep 2 # it lives for one
}

# The server has a new name, and its former one is an alias without an SPN of its own.
rename_server() {
    set_address sql1
    directory alias db sql1
}

doctor() {
    local status=0
    lab exec -T web-gmsa bookstore doctor || status=$?
    [[ $status -le 2 ]] # 1: warnings, 2: failed
}

case ${1-}/${2-} in
    break/spn) spn delete ;;
    repair/spn) spn add ;;
    break/clock) set_clock +10m ;;
    repair/clock) set_clock '' ;;
    break/dns) directory remove-name db ;;
    break/rename) rename_server ;;
    repair/dns | repair/rename) set_address db ;;
    break/ticket) end_ticket ;;
    repair/ticket) lab up --detach --no-build --no-deps --wait tickets ;;
    break/grant) migrate_as_sa --revoke 'BOOKSTORE\webgmsa$' ;;
    repair/grant) migrate_as_sa --grant 'BOOKSTORE\webgmsa$' ;;
    doctor/) ;;
    *) sed -n '3,5s/^# //p' "$0" >&2 && exit 2 ;;
esac
doctor
