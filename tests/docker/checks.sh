#!/usr/bin/env bash
# Tests the images and the compose files on the Docker Engine of $DOCKER_HOST:
#   SA_PASSWORD=… ACCEPT_EULA=Y tests/docker/checks.sh
# With Microsoft's SQL Server and the images of Prometheus, Grafana and Jaeger, unless SQL_IMAGE, PROMETHEUS_IMAGE and OBSERVED name others, as
# inside.sh does. Needs the ports that the compose files publish. The last line counts: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${SA_PASSWORD:?choose the password of sa}" "${OBSERVED=sa gmsa prometheus grafana jaeger}"
work=$(mktemp -d)
passed=0 failed=0

# shellcheck disable=SC2317,SC2329 # the trap calls it
finish() {
    lab down --volumes >/dev/null 2>&1 || true
    demo down --volumes >/dev/null 2>&1 || true
    observe down --volumes >/dev/null 2>&1 || true
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

# eventually COMMAND... – repeats the command until it succeeds; gives up after three minutes.
eventually() {
    local end=$((SECONDS + 180))
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || { echo "not within three minutes: $*"; return 1; }
        sleep 0.2
    done
}

lab() { docker compose --file docker/lab.compose.yaml "$@"; }
demo() { docker compose --file docker/compose.yaml "$@"; }
observe() { docker compose --file docker/observe.compose.yaml "$@"; }

images_are_built() {
    lab build web-sa dc
    [ "${SQL_IMAGE-}" != bookstore-stand-in ] || lab --profile stand-in build stand-in
}

# add_book PORT TITLE
add_book() {
    curl -fsS -o /dev/null -H 'Content-Type: application/json' "http://127.0.0.1:$1/api/v1/books" -d "{\"title\": \"$2\",
        \"authorFirstName\": \"A\", \"authorLastName\": \"B\", \"bookLanguage\": \"English\", \"publisher\": \"C\", \"price\": \"1.00\",
        \"avgCustomerReviews\": 1}"
}

# creator_is PORT TITLE CREATOR
creator_is() { curl -fsS "http://127.0.0.1:$1/api/v1/books?q=$2" | grep -F "\"createdBy\":\"$3\""; }

# is_healthy CONTAINER – by the image's own health check.
is_healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' "$1")" = healthy ]; }

shop_runs_alone() {
    local id
    id=$(docker run --detach --read-only --cap-drop ALL --health-interval 1s bookstore-web:linux)
    # shellcheck disable=SC2064 # the id is known only in this function
    trap "docker rm --force --volumes $id" EXIT
    eventually is_healthy "$id"
    docker exec "$id" bookstore healthcheck --ready
    docker top "$id" -eo pid,uid,args | grep -E '^[0-9]+ +10001 +/usr/bin/bookstore serve'
    [ -z "$(docker diff "$id")" ] # nothing was written outside of the volume
}

demo_runs() {
    trap 'demo down --volumes' EXIT # its ports are those of the next tests
    demo up --detach --no-build --wait web
    curl -fsS http://127.0.0.1:8080/identity | grep -F '>sa<'
    ports_are_on_loopback_only
}

observe_runs() {
    trap 'observe down --volumes' EXIT
    # shellcheck disable=SC2086 # one word per service
    observe up --detach --no-build --wait $OBSERVED
    add_book 8081 Observed
    creator_is 8082 Observed sa
    eventually both_shops_are_scraped
    case $OBSERVED in *grafana*) eventually curl -fsS -o /dev/null http://127.0.0.1:3000/api/dashboards/uid/bookstore ;; esac
    case $OBSERVED in *jaeger*) eventually both_shops_are_traced ;; esac
    ports_are_on_loopback_only
}

both_shops_are_scraped() {
    curl -fsS --get http://127.0.0.1:9091/api/v1/query --data-urlencode 'query=sum(up{job="bookstore-admin"})' | grep -F ',"2"]'
}

both_shops_are_traced() {
    local services
    services=$(curl -fsS http://127.0.0.1:16686/api/services)
    [[ $services == *bookstore-sa* && $services == *bookstore-gmsa* ]]
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

# SQL Server's user keeps more than the keytab in its folder of secrets.
sql_server_can_use_its_secrets() {
    # shellcheck disable=SC2016 # for the shell in the container
    lab exec -T sql bash -c 'cd /var/opt/mssql/secrets && [ "$(id -u)" -eq 10001 ] && [ -r mssql.keytab ] && touch test && rm test'
}

doctor_is_healthy() { lab exec -T web-gmsa bookstore doctor | grep -x HEALTHY; }

# got_tickets COUNT – whether `tickets` got this many since it started.
got_tickets() { [ "$(lab logs --no-log-prefix tickets | grep -c 'got a ticket')" -ge "$1" ]; }

ticket_is_renewed_and_follows_a_roll() {
    local before
    TICKET_LIFETIME=20s lab up --detach --no-build --no-deps --wait tickets
    lab exec -T dc directory roll-gmsa
    before=$(lab logs --no-log-prefix tickets | grep -c 'got a ticket')
    eventually got_tickets $((before + 2))
    add_book 8081 Renewed # the shop runs on
    creator_is 8081 Renewed 'BOOKSTORE\\webgmsa$'
    lab up --detach --no-build --no-deps --wait tickets
    eventually got_tickets 1
    doctor_is_healthy # only now, because it warns of a ticket that ends soon
}

# breaks_and_repairs WHAT VERDICT – the doctor's verdict while it is broken, and that it is healthy afterwards.
breaks_and_repairs() {
    docker/lab.sh break "$1" | tee "$work/broken"
    grep -F -- "$2" "$work/broken"
    docker/lab.sh repair "$1" | tee "$work/repaired"
    grep -x HEALTHY "$work/repaired"
}

domain_outlives_its_containers() {
    lab down
    lab up --detach --no-build --wait
    doctor_is_healthy
}

nothing_stays() {
    lab down --volumes
    local project=label=com.docker.compose.project
    [ -z "$(docker ps --all --quiet --filter $project)$(docker volume ls --quiet --filter $project)" ]
    [ -z "$(docker network ls --quiet --filter $project)" ]
}

check 'the images are built' images_are_built
check 'the shop runs alone, read-only as 10001' shop_runs_alone
check 'compose.yaml runs the shop as sa' demo_runs
check 'observe.compose.yaml has two shops on one file, and their metrics' observe_runs
check 'the lab starts' lab_starts
check 'rows have both creators' rows_have_both_creators
check 'SQL Server can read its keytab and write beside it' sql_server_can_use_its_secrets
check 'ports are open on the loopback address only' ports_are_on_loopback_only
check 'the doctor finds every link healthy' doctor_is_healthy
check 'the ticket is renewed and follows a rolled password' ticket_is_renewed_and_follows_a_roll
check 'a missing SPN is named' breaks_and_repairs spn 'FAILED – service ticket'
check 'a wrong clock is named' breaks_and_repairs clock 'FAILED – clock'
check 'a missing DNS name is named' breaks_and_repairs dns 'FAILED – server name'
check 'an ended ticket is named' breaks_and_repairs ticket 'FAILED – credentials'
check 'a missing role is named' breaks_and_repairs grant 'bookstore_app'
check 'a renamed server is named' breaks_and_repairs rename 'sql1.bookstore.local'
check 'the domain outlives its containers' domain_outlives_its_containers
check 'down -v leaves nothing' nothing_stays
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
