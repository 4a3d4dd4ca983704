#!/usr/bin/env bash
# Starts the engine and runs checks.sh on it, with images from Debian's packages in place of a registry's. run.sh starts it as the first
# process of the engine's namespaces, sets `cache` and `work`, and reads the counts in work/output.
set -euo pipefail
# shellcheck source=../../scripts/install.sh
. scripts/install.sh
# shellcheck source=engine.sh
. tests/docker/engine.sh
engine=''
trap '[ -z "$engine" ] || { kill "$engine" && wait "$engine" || true; }' EXIT
trap 'exit 130' INT TERM

# wait_for_network – run.sh connects the namespace as soon as `started` is there.
wait_for_network() {
    local attempt
    touch "$work/started"
    for attempt in {1..300}; do
        ! ip route show default | grep -q tap0 || return 0
        sleep 0.1
    done
    cannot_run "no network after $attempt attempts: $(tail -n 1 "$work/network.log")"
}

remove_leftovers() {
    docker ps --all --quiet | xargs --no-run-if-empty docker rm --force --volumes
    docker volume ls --quiet | xargs --no-run-if-empty docker volume rm
    docker network prune --force
    docker image prune --force
}

own_file_system
ip link set lo up
wait_for_network
start_engine
remove_leftovers >/dev/null # of a run that was killed
need_bases
docker build --quiet --tag bookstore-test-prometheus - <tests/docker/prometheus.Dockerfile >/dev/null
status=0
export SQL_IMAGE=bookstore-stand-in SA_PASSWORD=Secret-1 ACCEPT_EULA=Y # which compose.yaml asks for, whatever the image
PROMETHEUS_IMAGE=bookstore-test-prometheus OBSERVED='sa gmsa prometheus' tests/docker/checks.sh |
    tee "$work/output" | sed --unbuffered '/^[0-9]* passed, /d' || status=$?
docker image prune --force >/dev/null
docker builder prune --force --keep-storage 6GB >/dev/null
exit "$status"
