#!/usr/bin/env bash
# Creates and deletes the set-up on AWS, from k8s/parameters/parameters.env and without editing anything by hand:
#   eks.sh up [--join]         the cluster, the directory, the accounts, and what the nodes need; the directory alone takes half an hour.
#                              Without --join the nodes stay outside the domain (overlay gmsa-domainless-eks), with it they join it.
#   eks.sh parameters          creates the accounts and writes the domain's facts into parameters.env; `up` includes it
#   eks.sh remove-management   deletes the management machine, which costs money and has nothing to do once the accounts exist;
#                              the next `up` or `parameters` creates it again
#   eks.sh down                deletes all of it, including the database's volume
# Each command may be run again, also after it failed. Needs aws (logged in), eksctl, kubectl and bash 4.4.
set -euo pipefail
shopt -s inherit_errexit
EKS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PARAMETERS=${PARAMETERS:-$EKS_DIR/../parameters/parameters.env}
export AWS_PAGER=
. "$EKS_DIR/lib/common.sh"
. "$EKS_DIR/lib/stacks.sh"
. "$EKS_DIR/lib/cluster.sh"
. "$EKS_DIR/lib/domain.sh"
. "$EKS_DIR/lib/down.sh"

usage() { sed -n '2,9s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2; }

up() {
    create_cluster
    create_directory
    create_accounts
    write_parameters
    prepare_nodes "$1"
}

case "${1:-} ${2:-}" in
    "up " | "up --join" | "parameters " | "remove-management " | "down ") ;;
    *) usage ;;
esac
require_tools
"$EKS_DIR/../parameters/check.sh" || fail "fix the values above first"
AWS_REGION=$(parameter AWS_REGION)
CLUSTER=$(parameter EKS_CLUSTER)
export AWS_REGION CLUSTER
account=$(aws sts get-caller-identity --query Account --output text)
echo "account $account, region $AWS_REGION, cluster $CLUSTER" >&2

case "$1 ${2:-}" in
    "up ") up no ;;
    "up --join") up yes ;;
    "parameters ") create_accounts; write_parameters ;;
    "remove-management ") remove_management ;;
    "down ") down ;;
esac
