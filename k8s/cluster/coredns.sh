#!/usr/bin/env bash
# Lets the cluster find the domain: forwards the AD zone to the domain's DNS servers (gmsa-facts.md rows 2 and 3).
#   coredns.sh add            adds a server block to CoreDNS's Corefile, keeping what is there (EKS, kubeadm)
#   coredns.sh add --aks      puts it in the coredns-custom ConfigMap that AKS imports
#   coredns.sh remove [--aks] undoes it
# Zone and servers come from k8s/parameters/parameters.env. CoreDNS reloads by itself within about a minute.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
parameters=${PARAMETERS:-$here/../parameters/parameters.env}
begin='# bookstore: begin' end='# bookstore: end'

parameter() { sed -n "s/^$1=//p" "$parameters"; }

block() {
    printf '%s\n%s:53 {\n    errors\n    cache 30\n    forward . %s\n}\n%s\n' \
        "$begin" "$(parameter AD_DNS_NAME)" "$(parameter AD_DNS_SERVERS)" "$end"
}

# The Corefile on standard input without our block.
without_block() { sed "/^$begin\$/,/^$end\$/d"; }

in_corefile() {
    local corefile
    corefile=$(kubectl -n kube-system get configmap coredns -o 'jsonpath={.data.Corefile}' | without_block)
    [ -n "$corefile" ] || { echo "the ConfigMap kube-system/coredns has no Corefile; on AKS use --aks" >&2; exit 1; }
    [ "$1" = remove ] || corefile+=$'\n'$(block)
    kubectl -n kube-system patch configmap coredns --type merge --patch-file <(
        printf 'data:\n  Corefile: |\n'
        # shellcheck disable=SC2001 # each line, not the whole text
        sed 's/^/    /' <<<"$corefile"
    )
}

in_custom() {
    local value=null
    # One key of ours: other keys in coredns-custom stay.
    [ "$1" = remove ] || value=$(printf '|\n'; block | sed 's/^/    /')
    kubectl -n kube-system get configmap coredns-custom >/dev/null 2>&1 ||
        kubectl -n kube-system create configmap coredns-custom
    kubectl -n kube-system patch configmap coredns-custom --type merge --patch-file <(
        printf 'data:\n  bookstore.server: %s\n' "$value"
    )
}

case "${1:-} ${2:-}" in
    "add " | "remove ") in_corefile "$1" ;;
    "add --aks" | "remove --aks") in_custom "$1" ;;
    *) sed -n '2,6s/^# //p' "$0" >&2; exit 2 ;;
esac
