# shellcheck shell=bash
# Helpers of eks.sh: messages, parameters, and questions whose answer may be "there is none".

say() { printf '%s\n' "$*" >&2; }
fail() { say "eks.sh: $*"; exit 1; }

require_tools() {
    local tool
    for tool in aws eksctl kubectl; do
        command -v "$tool" >/dev/null || fail "$tool is not installed"
    done
}

# parameter KEY – its value in parameters.env, which must not be empty.
parameter() {
    local value
    value=$(sed -n "s/^$1=//p" "$PARAMETERS")
    [ -n "$value" ] || fail "$PARAMETERS has no value for $1"
    echo "$value"
}

# unless_missing PATTERN COMMAND... – the command's output, or nothing if its error matches PATTERN, the error for "does not exist".
# Any other error, such as a missing permission, ends the script: it does not mean that nothing is there.
unless_missing() {
    local pattern=$1 error
    shift
    { error=$("$@" 2>&1 >&3) || [[ $error == *"$pattern"* ]] || fail "$1 $2 $3: $error"; } 3>&1
}
