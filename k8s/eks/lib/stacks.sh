# shellcheck shell=bash
# CloudFormation: the stacks directory, accounts and nodes, named CLUSTER-NAME.

# stack_status STACK – such as CREATE_COMPLETE; empty if there is no such stack.
stack_status() {
    unless_missing "does not exist" aws cloudformation describe-stacks --stack-name "$1" --output text --query 'Stacks[0].StackStatus'
}

# failed_events STACK – prints which resources failed and why, the newest first.
failed_events() {
    aws cloudformation describe-stack-events --stack-name "$1" --output text --max-items 100 \
        --query "StackEvents[?ends_with(ResourceStatus, '_FAILED')].[LogicalResourceId, ResourceStatus, ResourceStatusReason]" >&2 || true
}

# check_stack STACK – ends with what to do unless the stack can be created or updated.
check_stack() {
    local status again="then run this again"
    status=$(stack_status "$1")
    case $status in
        "" | REVIEW_IN_PROGRESS | CREATE_COMPLETE | UPDATE_COMPLETE | UPDATE_ROLLBACK_COMPLETE) ;;
        *_IN_PROGRESS) fail "the stack $1 is $status: wait until that ends, $again" ;;
        UPDATE_ROLLBACK_FAILED)
            failed_events "$1"
            fail "the stack $1 is $status: repair what failed, aws cloudformation continue-update-rollback --stack-name $1, $again" ;;
        *)
            failed_events "$1"
            fail "the stack $1 is $status and cannot be updated: aws cloudformation delete-stack --stack-name $1, $again" ;;
    esac
}

# deploy NAME KEY=VALUE... – creates or updates the stack of NAME.yaml. Parameters that are not given keep their value.
deploy() {
    local name=$1 stack=$CLUSTER-$1
    shift
    check_stack "$stack"
    aws cloudformation deploy --stack-name "$stack" --template-file "$EKS_DIR/$name.yaml" --capabilities CAPABILITY_IAM \
        --no-fail-on-empty-changeset --tags "bookstore-cluster=$CLUSTER" --parameter-overrides "$@" >&2 || {
        failed_events "$stack"
        fail "the stack $stack could not be created or updated; the reasons are above"
    }
}

# output NAME KEY – an output of a stack that must have it.
output() {
    local value
    value=$(optional_output "$1" "$2")
    [ -n "$value" ] || fail "the stack $CLUSTER-$1 has no output $2: run eks.sh up first"
    echo "$value"
}

# optional_output NAME KEY – empty if the stack or its output does not exist.
optional_output() {
    unless_missing "does not exist" aws cloudformation describe-stacks --stack-name "$CLUSTER-$1" --output text \
        --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue"
}

# delete_stack NAME – and waits; nothing happens if there is none.
delete_stack() {
    local stack=$CLUSTER-$1 status
    status=$(stack_status "$stack")
    [ -n "$status" ] || return 0
    say "deleting the stack $stack"
    aws cloudformation delete-stack --stack-name "$stack"
    aws cloudformation wait stack-delete-complete --stack-name "$stack" || {
        failed_events "$stack"
        fail "the stack $stack could not be deleted; remove what the reasons above name, then run eks.sh down again"
    }
}
