# shellcheck shell=bash
# The EKS cluster: eksctl, kubectl's access to it, its network and its node groups.

# eks SUBCOMMAND ARGUMENT... – aws eks; nothing if there is no such cluster or node group.
eks() { unless_missing ResourceNotFoundException aws eks "$@" --output text; }

cluster_status() { eks describe-cluster --name "$CLUSTER" --query cluster.status; }

cluster_config() { kubectl kustomize "$EKS_DIR"; }

# node_groups – the names of those in cluster.yaml.
node_groups() { sed -n '/^managedNodeGroups:/,$s/^  - name: //p' "$EKS_DIR/cluster.yaml"; }

create_cluster() {
    local status stack=eksctl-$CLUSTER-cluster
    status=$(cluster_status)
    case $status in
        "")
            status=$(stack_status "$stack")
            [ -z "$status" ] || fail "the stack $stack is $status, but there is no cluster: eksctl did not finish." \
                "eksctl delete cluster --name $CLUSTER --region $AWS_REGION --force --wait, then run this again"
            cluster_config | eksctl create cluster --write-kubeconfig=false -f -
            ;;
        ACTIVE)
            # An interrupted `eksctl create cluster` leaves a part out. Each of these skips what is there.
            cluster_config | eksctl utils associate-iam-oidc-provider --approve -f -
            cluster_config | eksctl create addon -f -
            cluster_config | eksctl create nodegroup -f -
            ;;
        *) fail "the cluster $CLUSTER is $status: wait until it is ACTIVE, or delete it with eks.sh down; then run this again" ;;
    esac
    check_node_groups
    use_cluster
    kube apply -f "$EKS_DIR/storage-class.yaml"
}

check_node_groups() {
    local group status
    for group in $(node_groups); do
        status=$(eks describe-nodegroup --cluster-name "$CLUSTER" --nodegroup-name "$group" --query nodegroup.status)
        case $status in
            ACTIVE | UPDATING) ;;
            *) fail "the node group $group is ${status:-missing}." \
                "Reason: aws eks describe-nodegroup --cluster-name $CLUSTER --nodegroup-name $group --query nodegroup.health." \
                "Then eksctl delete nodegroup --cluster $CLUSTER --name $group --region $AWS_REGION --wait, and run this again" ;;
        esac
    done
}

# use_cluster – makes the cluster kubectl's current context, under its ARN, a name that no other cluster has.
use_cluster() {
    context=$(eks describe-cluster --name "$CLUSTER" --query cluster.arn)
    aws eks update-kubeconfig --name "$CLUSTER" --alias "$context" >&2
}

# kube ARGUMENT... – kubectl on this cluster, whatever the current context is.
kube() { kubectl --context "$context" "$@"; }

cluster_vpc() { eks describe-cluster --name "$CLUSTER" --query cluster.resourcesVpcConfig.vpcId; }

# private_subnets VPC – two of eksctl's private subnets, in two zones, separated by a comma.
private_subnets() {
    local found
    found=$(aws ec2 describe-subnets --output text --query 'Subnets[].[AvailabilityZone,SubnetId]' \
        --filters "Name=vpc-id,Values=$1" 'Name=tag:kubernetes.io/role/internal-elb,Values=1' |
        sort | awk '!seen[$1]++ && n < 2 { printf "%s%s", n++ ? "," : "", $2 }')
    [[ $found == *,* ]] || fail "the directory needs private subnets in two zones of $1; found: ${found:-none}"
    echo "$found"
}

# windows_nodes ROLE|GROUP – the roles, or the Auto Scaling groups, of the Windows node groups, separated by commas.
windows_nodes() {
    local group value values=() query
    case $1 in
        ROLE) query=nodegroup.nodeRole ;;
        GROUP) query='nodegroup.resources.autoScalingGroups[0].name' ;;
    esac
    for group in $(node_groups | grep '^windows'); do
        value=$(eks describe-nodegroup --cluster-name "$CLUSTER" --nodegroup-name "$group" --query "$query")
        values+=("${value##*/}") # of a role's ARN its name
    done
    (IFS=,; echo "${values[*]}")
}
