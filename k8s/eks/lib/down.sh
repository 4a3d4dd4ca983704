# shellcheck shell=bash
# Deletes everything, in reverse. What is gone already is skipped, so it may be run again.

# The cluster's drivers delete the volumes and load balancers that they created, but only while the cluster runs.
delete_namespaces() {
    local namespace volume volumes
    for namespace in $(kube get namespace -l app.kubernetes.io/part-of=bookstore -o 'jsonpath={.items[*].metadata.name}'); do
        volumes=$(kube -n "$namespace" get persistentvolumeclaim -o 'jsonpath={.items[*].spec.volumeName}')
        say "deleting the namespace $namespace${volumes:+ and its volumes $volumes}"
        kube delete namespace "$namespace" --timeout=10m >&2
        for volume in $volumes; do
            kube wait --for=delete "persistentvolume/$volume" --timeout=5m >&2 || say "the volume $volume is still there"
        done
    done
}

delete_cluster() {
    local status=$1 stack
    stack=$(stack_status "eksctl-$CLUSTER-cluster")
    [ -n "$status$stack" ] || return 0
    # --wait: without it the next `up` would meet a cluster that is being deleted.
    local arguments=(--name "$CLUSTER" --region "$AWS_REGION" --disable-nodegroup-eviction --wait)
    [ "$status" = ACTIVE ] || arguments+=(--force)
    eksctl delete cluster "${arguments[@]}"
}

report_volumes() {
    local volumes
    volumes=$(aws ec2 describe-volumes --output text --query 'Volumes[].VolumeId' \
        --filters "Name=tag:bookstore-cluster,Values=$CLUSTER")
    [ -n "$volumes" ] || return 0
    say "NOT deleted, and still charged: volumes of pods. If nobody needs their data:"
    for volume in $volumes; do say "  aws ec2 delete-volume --region $AWS_REGION --volume-id $volume"; done
}

down() {
    local status stack
    status=$(cluster_status)
    if [ "$status" = ACTIVE ]; then
        use_cluster
        delete_namespaces
    fi
    # Before the cluster: they use its network, and its nodes' roles cannot be deleted while a policy of theirs is attached.
    for stack in nodes accounts directory; do delete_stack "$stack"; done
    delete_cluster "$status"
    report_volumes
    say "deleted. The key of the secrets is deleted by AWS after 7 days."
}
