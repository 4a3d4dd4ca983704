#!/usr/bin/env bash
# Prints an overlay with more components, without editing a file:
#   k8s/with.sh gmsa monitoring load-balancer | kubectl apply -f -
set -euo pipefail
cd "$(dirname "$0")"
[ $# -ge 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
# kustomize reads directories only, so the combination gets one for a moment.
made=$(mktemp -d ./.with.XXXXXX)
trap 'rm -rf "$made"' EXIT
{
    printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n'
    printf 'resources: [../overlays/%s]\ncomponents:\n' "$1"
    printf '  - ../components/%s\n' "${@:2}"
} > "$made/kustomization.yaml"
kubectl kustomize "$made"
