#!/usr/bin/env bash
# Prints an overlay, with another namespace or more components, without editing a file:
#   k8s/with.sh [-n NAMESPACE] OVERLAY|cluster [COMPONENT]... | kubectl apply --server-side -f -
# PARAMETERS names another file than k8s/parameters/parameters.env.
set -euo pipefail
k8s=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage() { sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2; }
# choices DIRECTORY – its folders in one line.
choices() { (cd "$k8s/$1" && printf '%s ' */ | tr -d /); }

namespace=
while getopts n: option; do
    case $option in
        n) namespace=$OPTARG ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# -ge 1 ] || usage
root=overlays/$1
[ "$1" != cluster ] || root=cluster
[ -f "$k8s/$root/kustomization.yaml" ] || { echo "there is no overlay $1; choose one of: $(choices overlays)or cluster" >&2; exit 2; }
shift
for component in "$@"; do
    [ -f "$k8s/components/$component/kustomization.yaml" ] ||
        { echo "there is no component $component; choose from: $(choices components)" >&2; exit 2; }
done

# kustomize reads values from files only, so it gets a copy that has other ones.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R "$k8s/base" "$k8s/cluster" "$k8s/components" "$k8s/overlays" "$k8s/parameters" "$copy"
[ -z "${PARAMETERS:-}" ] || cp "$PARAMETERS" "$copy/parameters/parameters.env"
[ -z "$namespace" ] || PARAMETERS=$copy/parameters/parameters.env "$k8s/parameters/write.sh" <<<"NAMESPACE=$namespace"
PARAMETERS=$copy/parameters/parameters.env "$k8s/parameters/check.sh"
mkdir "$copy/with"
{
    printf 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n'
    printf 'resources: [../%s]\n' "$root"
    if [ $# -gt 0 ]; then
        echo components:
        printf '  - ../components/%s\n' "$@" namespace
    fi
    # Only the outermost kustomization's order counts.
    sed -n '/^sortOptions:/,$p' "$copy/$root/kustomization.yaml"
} > "$copy/with/kustomization.yaml"
kubectl kustomize "$copy/with"
