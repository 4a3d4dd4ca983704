#!/usr/bin/env bash
# The set-up on AWS, from k8s/parameters/parameters.env and with nothing edited by hand:
#   eks.sh up [--join]   the cluster, the directory, the accounts, and what the nodes need (AWS takes about half an hour for the directory).
#                        Without --join the nodes stay outside the domain (overlay gmsa-domainless-eks), with it they are joined.
#   eks.sh parameters    makes the accounts and writes the domain's facts into parameters.env; `up` does that too
#   eks.sh down          deletes all of it, in reverse
# Each step may be run again. Needs aws (logged in), eksctl and kubectl.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export PARAMETERS=${PARAMETERS:-$here/../parameters/parameters.env}

parameter() { sed -n "s/^$1=//p" "$PARAMETERS"; }
export AWS_REGION
AWS_REGION=$(parameter AWS_REGION)
cluster=$(parameter EKS_CLUSTER)

# deploy NAME KEY=VALUE... – the stack of NAME.yaml.
deploy() {
    local name=$1; shift
    aws cloudformation deploy --stack-name "$cluster-$name" --template-file "$here/$name.yaml" \
        --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --parameter-overrides "$@"
}

# output STACK KEY
output() {
    aws cloudformation describe-stacks --stack-name "$cluster-$1" --output text \
        --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue"
}

network() { aws eks describe-cluster --name "$cluster" --output text --query "cluster.resourcesVpcConfig.$1"; }

# Two private subnets, in two zones.
private_subnets() {
    aws ec2 describe-subnets --output text --query 'Subnets[].[AvailabilityZone,SubnetId]' \
        --filters "Name=vpc-id,Values=$(network vpcId)" 'Name=tag:kubernetes.io/role/internal-elb,Values=1' |
        sort | awk '!seen[$1]++ { print $2 }' | head -2 | paste -sd,
}

make_cluster() {
    aws eks describe-cluster --name "$cluster" >/dev/null 2>&1 ||
        kubectl kustomize "$here" | eksctl create cluster -f -
    kubectl apply -f "$here/storage-class.yaml"
}

make_directory() {
    deploy directory "DomainName=$(parameter AD_DNS_NAME)" "NetbiosName=$(parameter AD_NETBIOS)" \
        "VpcId=$(network vpcId)" "Subnets=$(private_subnets)"
}

# What the later stacks take from the directory's.
directory() {
    printf '%s\n' "DomainName=$(parameter AD_DNS_NAME)" "NetbiosName=$(parameter AD_NETBIOS)" \
        "DirectoryId=$(output directory DirectoryId)" "DnsServers=$(output directory DnsServers)" \
        "AdminSecretArn=$(output directory AdminSecretArn)" "KeyArn=$(output directory KeyArn)"
}

make_accounts() {
    local from_directory subnets
    mapfile -t from_directory < <(directory)
    subnets=$(private_subnets)
    deploy accounts "${from_directory[@]}" "VpcId=$(network vpcId)" "Subnet=${subnets%%,*}" \
        "WebGmsa=$(parameter WEB_GMSA)" "DbGmsa=$(parameter DB_GMSA)"
}

make_parameters() {
    local command instance
    instance=$(output accounts ManagementInstanceId)
    command=$(aws ssm send-command --document-name "$(output accounts Document)" --instance-ids "$instance" \
        --output text --query Command.CommandId)
    aws ssm wait command-executed --command-id "$command" --instance-id "$instance"
    aws ssm get-command-invocation --command-id "$command" --instance-id "$instance" \
        --output text --query StandardOutputContent | "$here/../parameters/write.sh"
}

node_group() {
    aws eks describe-nodegroup --cluster-name "$cluster" --nodegroup-name windows-2022 --output text \
        --query 'nodegroup.resources.autoScalingGroups[0].name'
}

# prepare_nodes yes|no – joined to the domain or not.
prepare_nodes() {
    local from_directory
    mapfile -t from_directory < <(directory)
    deploy nodes "${from_directory[@]}" "Join=$1" "ReaderSecretArn=$(output accounts ReaderSecretArn)" \
        "AutoScalingGroup=$(node_group)" "ManagementInstanceId=$(output accounts ManagementInstanceId)"
}

down() {
    local stack
    for stack in nodes accounts directory; do
        aws cloudformation delete-stack --stack-name "$cluster-$stack"
        aws cloudformation wait stack-delete-complete --stack-name "$cluster-$stack"
    done
    eksctl delete cluster --name "$cluster" --disable-nodegroup-eviction
}

case "${1:-} ${2:-}" in
    "up " | "up --join")
        join=no; [ "${2:-}" != --join ] || join=yes
        make_cluster
        make_directory
        make_accounts
        make_parameters
        prepare_nodes "$join"
        ;;
    "parameters ") make_accounts; make_parameters ;;
    "down ") down ;;
    *) sed -n '2,7s/^# //p' "$0" >&2; exit 2 ;;
esac
