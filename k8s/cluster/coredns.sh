#!/usr/bin/env bash
# Lets the cluster's pods resolve the domain: forwards the AD zone to the domain's DNS servers (gmsa-facts.md, failures 2 and 3).
#   coredns.sh add            adds a server block to CoreDNS's Corefile, keeping what is there (EKS, kubeadm)
#   coredns.sh add --aks      puts it in the coredns-custom ConfigMap that AKS imports
#   coredns.sh remove [--aks] undoes it
# Zone and servers are AD_DNS_NAME and AD_DNS_SERVERS in k8s/parameters/parameters.env, or the file that PARAMETERS names. CoreDNS reloads
# within about a minute. Whatever cannot be done safely is refused with exit code 1, before anything is changed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
parameters=${PARAMETERS:-$here/../parameters/parameters.env}
begin='# bookstore: begin' end='# bookstore: end'

fail() { echo "coredns.sh: $1" >&2; exit 1; }
parameter() { sed -n "s/^$1=//p" "$parameters"; }
zone=$(parameter AD_DNS_NAME) servers=$(parameter AD_DNS_SERVERS)

check_parameters() {
    [[ $zone =~ ^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$ ]] || fail "AD_DNS_NAME in $parameters is '$zone', which is not the DNS name of a domain"
    [ -n "${servers// /}" ] || fail "AD_DNS_SERVERS in $parameters is empty: write the addresses of the domain's DNS servers"
}

block() {
    printf '%s\n%s:53 {\n    errors\n    cache 30\n    forward . %s\n}\n%s\n' "$begin" "$zone" "$servers" "$end"
}

# without_block – the Corefile on standard input without our block, which has to be whole.
without_block() {
    awk -v begin="$begin" -v end="$end" '
        $0 == begin { if (inside || seen) exit bad = 1; inside = seen = 1; next }
        $0 == end   { if (!inside) exit bad = 1; inside = 0; next }
        !inside
        END { exit bad || inside }'
}

# refuse_served_zone WHERE – fails if a server block on standard input serves the zone: CoreDNS would not start with two of them.
refuse_served_zone() {
    # Only the header of a block (its text before the first brace, at depth 0) names zones: ZONE, ZONE:53, dns://ZONE.:53, separated by commas.
    awk -v zone="$zone" '
        { sub(/#.*/, "") }
        {
            line = tolower($0)
            while (match(line, /[{}]/)) {
                if (depth == 0) header = header " " substr(line, 1, RSTART - 1)
                if (substr(line, RSTART, 1) == "{") { if (depth++ == 0) { check(header); header = "" } } else depth--
                line = substr(line, RSTART + 1)
            }
            if (depth == 0) header = header " " line
        }
        function check(names,   n, i, each) {
            n = split(names, each, /[ \t,]+/)
            for (i = 1; i <= n; i++) {
                sub(/^dns:\/\//, "", each[i]); sub(/:53$/, "", each[i]); sub(/\.$/, "", each[i])
                if (each[i] == tolower(zone)) found = 1
            }
        }
        END { exit found }' ||
        fail "$1 serves the zone $zone already; a second server block would stop CoreDNS. Remove that block, or keep it and skip this script"
}

in_corefile() {
    local corefile
    corefile=$(kubectl -n kube-system get configmap coredns -o 'jsonpath={.data.Corefile}')
    [ -n "$corefile" ] || fail 'the ConfigMap kube-system/coredns has no Corefile; on AKS use --aks'
    corefile=$(without_block <<<"$corefile") ||
        fail "in the ConfigMap kube-system/coredns the lines '$begin' and '$end' do not enclose one block; repair it by kubectl -n kube-system edit configmap coredns"
    if [ "$1" = add ]; then
        refuse_served_zone 'the ConfigMap kube-system/coredns' <<<"$corefile"
        corefile+=$'\n'$(block)
    fi
    kubectl -n kube-system patch configmap coredns --type merge --patch-file <(
        printf 'data:\n  Corefile: |\n'
        # shellcheck disable=SC2001 # each line, not the whole text
        sed 's/^/    /' <<<"$corefile"
    )
}

in_custom() {
    local value=null others
    if [ "$1" = add ]; then
        # One key of ours; the others stay, and must not serve the zone.
        # shellcheck disable=SC2016 # the template's own variables
        others=$(kubectl -n kube-system get configmap coredns-custom --ignore-not-found \
            -o 'go-template={{range $key, $value := .data}}{{if ne $key "bookstore.server"}}{{$value}}{{"\n"}}{{end}}{{end}}')
        refuse_served_zone 'the ConfigMap kube-system/coredns-custom' <<<"$others"
        value=$(printf '|\n'; block | sed 's/^/    /')
    fi
    kubectl -n kube-system get configmap coredns-custom >/dev/null 2>&1 ||
        kubectl -n kube-system create configmap coredns-custom
    kubectl -n kube-system patch configmap coredns-custom --type merge --patch-file <(
        printf 'data:\n  bookstore.server: %s\n' "$value"
    )
}

case "${1:-} ${2:-}" in
    "add " | "remove " | "add --aks" | "remove --aks") ;;
    *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
esac
[ "$1" = remove ] || check_parameters
if [ "${2:-}" = --aks ]; then in_custom "$1"; else in_corefile "$1"; fi
