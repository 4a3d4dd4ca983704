#!/usr/bin/env bash
# Builds the Linux images and runs both compose files with the SQL Server stand-in, on a private Docker Engine that is removed afterwards.
#   tests/docker/run.sh
# Keeps images and what is compiled in $BOOKSTORE_DOCKER_CACHE (default ~/.cache/bookstore-docker, 5 GB).
# Exit code 3 and "not possible here": this machine cannot run an engine. The last line counts: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=../../scripts/install.sh
. scripts/install.sh

cache=${BOOKSTORE_DOCKER_CACHE:-$HOME/.cache/bookstore-docker}
work=$(mktemp -d)
# shellcheck source=engine.sh
. tests/docker/engine.sh
engine='' passed=0 failed=0
export DOCKER_HOST=unix://$work/docker.sock DOCKER_CONFIG=$work/config
export SQL_IMAGE=bookstore-stand-in SA_PASSWORD=Secret-1 ACCEPT_EULA=Y

# shellcheck disable=SC2317,SC2329 # the trap calls it
finish() {
    if [ -n "$engine" ]; then
        kill "$engine" 2>/dev/null || true
        wait "$engine" || true
    fi
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# check NAME COMMAND... – runs one test in a shell of its own, which ends at the first failing command. Never called before || or &&, where
# bash ignores `set -e`.
check() {
    local name=$1 status start=$SECONDS
    shift
    set +e
    (set -e; "$@") >"$work/output" 2>&1
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1)); echo "ok      $((SECONDS - start)) s  $name"
    else
        failed=$((failed + 1)); echo "FAILED  $((SECONDS - start)) s  $name"; tail -n 40 "$work/output" | sed 's/^/        /'
    fi
}

lab() { docker compose --file docker/lab.compose.yaml "$@"; }
demo() { docker compose --file docker/compose.yaml "$@"; }

builds() { lab build web-sa dc && lab --profile stand-in build stand-in; }

# add_book PORT TITLE
add_book() {
    curl -fsS -o /dev/null -H 'Content-Type: application/json' "http://127.0.0.1:$1/api/v1/books" -d "{\"title\": \"$2\",
        \"authorFirstName\": \"A\", \"authorLastName\": \"B\", \"bookLanguage\": \"English\", \"publisher\": \"C\", \"price\": \"1.00\",
        \"avgCustomerReviews\": 1}"
}

# creator_is PORT TITLE CREATOR
creator_is() { curl -fsS "http://127.0.0.1:$1/api/v1/books?q=$2" | grep -F "\"createdBy\":\"$3\""; }

image_runs_alone() {
    local id
    id=$(docker run --detach --read-only --cap-drop ALL --user 10001:10001 bookstore-web:linux)
    until docker exec "$id" bookstore healthcheck --ready; do
        [ "$(docker inspect --format '{{.State.Running}}' "$id")" = true ]
        sleep 0.2
    done
    docker rm --force --volumes "$id"
}

demo_runs() {
    demo up --detach --no-build --wait web
    curl -fsS http://127.0.0.1:8080/identity | grep -F '>sa<'
    demo down --volumes
}

lab_starts() { lab up --detach --no-build --wait; }

rows_have_both_creators() {
    add_book 8080 BySa
    add_book 8081 ByGmsa
    creator_is 8080 BySa sa
    creator_is 8080 ByGmsa 'BOOKSTORE\\webgmsa$'
    curl -fsS http://127.0.0.1:8081/compare | grep -F 'webgmsa$'
}

ports_are_on_loopback_only() {
    # The file has one address per published port, as the engine listens.
    docker ps --format '{{.Ports}}' | tr ',' '\n' | { grep -e '->' || true; } >"$work/ports"
    [ -s "$work/ports" ]
    ! grep -v '127\.0\.0\.1:' "$work/ports" || return 1
}

doctor_is_healthy() { lab exec -T web-gmsa bookstore doctor | grep -x HEALTHY; }

tickets_lines() { lab logs --no-log-prefix tickets | grep -c 'got a ticket' || true; }

ticket_is_renewed_and_follows_a_roll() {
    TICKET_LIFETIME=20s lab up --detach --no-build --no-deps --wait tickets
    lab exec -T dc directory roll-gmsa
    local before
    before=$(tickets_lines)
    while [ "$(tickets_lines)" -lt $((before + 2)) ]; do sleep 0.5; done
    lab up --detach --no-build --no-deps --wait tickets
    until [ "$(tickets_lines)" -gt 0 ]; do sleep 0.5; done
    doctor_is_healthy # only now, because it warns of a ticket that ends soon
}

# breaks_and_repairs WHAT VERDICT – the doctor's verdict while it is broken, and that it is healthy afterwards.
breaks_and_repairs() {
    docker/lab.sh break "$1" | tee "$work/broken"
    grep -F -- "$2" "$work/broken"
    docker/lab.sh repair "$1" | tee "$work/repaired"
    grep -x HEALTHY "$work/repaired"
}

lab_goes_on_after_down() {
    lab down
    lab up --detach --no-build --wait
    doctor_is_healthy
}

nothing_stays() {
    lab down --volumes
    [ -z "$(docker ps --all --quiet)$(docker volume ls --quiet)$(docker network ls --quiet --filter type=custom)" ]
}

mkdir -p "$cache"
need_engine
start_engine
need_bases
check 'the images are built' builds
check 'the shop runs alone, read-only as 10001' image_runs_alone
check 'compose.yaml runs the shop as sa' demo_runs
check 'the lab starts' lab_starts
check 'rows have both creators' rows_have_both_creators
check 'ports are open on the loopback address only' ports_are_on_loopback_only
check 'the doctor finds every link healthy' doctor_is_healthy
check 'the ticket is renewed and follows a rolled password' ticket_is_renewed_and_follows_a_roll
check 'a missing SPN is named' breaks_and_repairs spn 'FAILED – service ticket'
check 'a wrong clock is named' breaks_and_repairs clock 'FAILED – clock'
check 'a missing DNS name is named' breaks_and_repairs dns 'FAILED – server name'
check 'an ended ticket is named' breaks_and_repairs ticket 'FAILED – credentials'
check 'a missing role is named' breaks_and_repairs grant 'bookstore_app'
check 'a renamed server is named' breaks_and_repairs rename 'sql1.bookstore.local'
check 'the domain outlives its containers' lab_goes_on_after_down
check 'down -v leaves nothing' nothing_stays
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
