# shellcheck shell=bash
# The directory, the accounts in it, and what the nodes need to use them.

create_directory() {
    local stack=$CLUSTER-directory status domain netbios existing subnets vpc given=()
    domain=$(parameter AD_DNS_NAME)
    netbios=$(parameter AD_NETBIOS)
    status=$(stack_status "$stack")
    # Another name or network would replace the directory and delete every account in it, so an existing one keeps its own.
    if [ -n "$status" ] && [ "$status" != REVIEW_IN_PROGRESS ]; then
        check_stack "$stack"
        existing=$(output directory DomainName)
        [ "$existing" = "$domain" ] || fail "the directory of $stack is $existing, AD_DNS_NAME is $domain:" \
                "write the directory's name into parameters.env, or eks.sh down first"
    else
        vpc=$(cluster_vpc)
        subnets=$(private_subnets "$vpc")
        given=("DomainName=$domain" "NetbiosName=$netbios" "VpcId=$vpc" "Subnets=$subnets")
    fi
    deploy directory "Cluster=$CLUSTER" ${given[@]+"${given[@]}"}
}

# from_directory KEY... – puts KEY=VALUE of the directory stack's outputs into the array `given`.
from_directory() {
    local key value
    given=()
    for key in "$@"; do
        value=$(output directory "$key")
        given+=("$key=$value")
    done
}

# management_image – the AMI of the management machine; a newer one would replace the machine. The newest if there is no machine.
management_image() {
    local image
    image=$(optional_output accounts ManagementImage)
    [ -n "$image" ] || image=$(aws ssm get-parameter --output text --query Parameter.Value \
        --name /aws/service/ami-windows-latest/Windows_Server-2022-English-Core-Base)
    echo "$image"
}

create_accounts() {
    local given image web database namespace
    web=$(parameter WEB_GMSA)
    database=$(parameter DB_GMSA)
    image=$(management_image)
    namespace=$(sed -n 's/^NAMESPACE=//p' "$PARAMETERS")
    from_directory DomainName NetbiosName DirectoryId DnsServers AdminSecretArn KeyArn VpcId Subnet
    deploy accounts "${given[@]}" "Cluster=$CLUSTER" "Image=$image" ManagementInstance=yes \
        "WebGmsa=$web" "DbGmsa=$database" "SqlHost=containersql-bookstore-service.${namespace:-bookstore}.svc.cluster.local"
}

# run_document DOCUMENT INSTANCE – runs it and prints its output. `aws ssm wait` gives up after 100 seconds; the first run installs
# Windows features, so this waits for as long as Systems Manager and the document's own limit may take: half an hour.
run_document() {
    local invocation status waited
    invocation=$(aws ssm send-command --document-name "$1" --instance-ids "$2" --output text --query Command.CommandId)
    invocation="--command-id $invocation --instance-id $2"
    for ((waited = 0; waited < 1800; waited += 10)); do
        # In the first moment there is no invocation yet.
        status=$(invocation_field Status)
        case $status in
            Success) invocation_field StandardOutputContent; return ;;
            "" | Pending | InProgress | Delayed | Cancelling) sleep 10 ;;
            *) fail "the document $1 on $2 ended with $status: $(invocation_field StandardErrorContent)" ;;
        esac
    done
    fail "the document $1 on $2 is still $status after $((waited / 60)) minutes. Look again later: aws ssm get-command-invocation $invocation"
}

# invocation_field NAME – of run_document's command; empty if there is no invocation.
invocation_field() {
    # shellcheck disable=SC2086 # two options with their values
    unless_missing InvocationDoesNotExist aws ssm get-command-invocation $invocation --output text --query "$1"
}

write_parameters() {
    local document instance facts
    document=$(output accounts Document)
    instance=$(output accounts ManagementInstanceId)
    facts=$(run_document "$document" "$instance")
    "$EKS_DIR/../parameters/write.sh" <<<"$facts"
}

# prepare_nodes yes|no – joined to the domain or not.
prepare_nodes() {
    local given roles groups reader instance
    roles=$(windows_nodes ROLE)
    groups=$(windows_nodes GROUP)
    reader=$(output accounts ReaderSecretArn)
    instance=$(output accounts ManagementInstanceId)
    from_directory DomainName NetbiosName DirectoryId DnsServers AdminSecretArn KeyArn
    deploy nodes "${given[@]}" "Join=$1" "NodeRoles=$roles" "AutoScalingGroups=$groups" "ReaderSecretArn=$reader" \
        "ManagementInstanceId=$instance"
}

# Joined nodes need the machine: it keeps their group up to date.
remove_management() {
    local joined
    joined=$(optional_output nodes Joined)
    [ "$joined" != yes ] || fail "the nodes are joined to the domain, and the management machine keeps their group up to date: it stays"
    output accounts Document >/dev/null
    deploy accounts ManagementInstance=no
}
