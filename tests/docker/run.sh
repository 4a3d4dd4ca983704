#!/usr/bin/env bash
# Builds the Linux images and runs the compose files with the SQL Server stand-in, on a private Docker Engine: inside.sh, checks.sh.
#   tests/docker/run.sh
# The engine has its own network, mounts and processes, so that ports 8080 and 8081 need not be free and nothing stays behind.
# Keeps images and what is compiled in $BOOKSTORE_DOCKER_CACHE (default ~/.cache/bookstore-docker, 10 GB).
# Exit code 3 and "not possible here": this machine cannot run an engine. The last line counts: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=../../scripts/install.sh
. scripts/install.sh

export cache=${BOOKSTORE_DOCKER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bookstore-docker}
work=$(mktemp -d)
export work
# shellcheck source=engine.sh
. tests/docker/engine.sh
checks='' network=''

# remove_cgroups – the only traces of the engine that are not in its namespaces. The kernel ends its last processes a moment after the first.
remove_cgroups() {
    local attempt groups
    for attempt in {1..50}; do
        groups=$(find /sys/fs/cgroup -depth -type d -path "*/$(basename "$work")*" 2>/dev/null)
        [ -n "$groups" ] || return 0
        xargs rmdir 2>/dev/null <<<"$groups" || sleep 0.1
    done
    echo "cgroups cannot be removed after $attempt attempts: $groups" >&2
}

# shellcheck disable=SC2317,SC2329 # the trap calls it
finish() {
    # unshare ignores other signals; its child, the first process of the namespace, ends with it and ends all others.
    [ -z "$checks" ] || kill -KILL "$checks" 2>/dev/null || true
    [ -z "$network" ] || kill "$network" 2>/dev/null || true
    wait
    remove_cgroups
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# traces – what an engine could leave on this machine, by the names that Docker gives. Other tests may run meanwhile.
traces() {
    ip -o link | grep -E ' (docker0|br-[0-9a-f]+)[:@]' || true
    iptables-save | grep -i docker || true
    cat /proc/sys/net/ipv4/ip_forward
    grep -F -e docker -e "$work" -e "$cache" /proc/self/mounts || true
    ls -d /run/docker* /run/containerd /opt/containerd /etc/docker/key.json 2>/dev/null || true
    pgrep --list-full --full "$work" || true
    find /sys/fs/cgroup -path "*/$(basename "$work")*" 2>/dev/null
}

mkdir -p "$cache"
exec 9>"$cache/lock"
flock --nonblock 9 || { echo "another run uses $cache" >&2; exit 1; }
need_engine
traces >"$work/before"
"${NAMESPACES[@]}" tests/docker/inside.sh 9>&- &
checks=$!
end=$((SECONDS + 180))
until [ -e "$work/started" ]; do
    kill -0 "$checks" 2>/dev/null || break
    [ "$SECONDS" -lt "$end" ] || { echo "the checks did not start within three minutes" >&2; exit 1; }
    sleep 0.05
done
if first=$(pgrep --parent "$checks"); then
    slirp4netns --configure --mtu=65520 --disable-host-loopback "$first" tap0 >"$work/network.log" 2>&1 9>&- &
    network=$!
fi

status=0
wait "$checks" || status=$?
checks=''
if [ -n "$network" ]; then
    kill "$network"
    wait "$network" || true
    network=''
fi
[ "$status" -ne 3 ] || exit 3
read -r passed _ failed _ < <(grep -E '^[0-9]+ passed, ' "$work/output") || { echo "the checks ended early with $status" >&2; exit 1; }
remove_cgroups
traces >"$work/after"
if diff "$work/before" "$work/after"; then
    passed=$((passed + 1)); echo "ok      nothing stays on this machine"
else
    failed=$((failed + 1)); echo "FAILED  nothing stays on this machine: the lines above differ"
fi
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
