#!/usr/bin/env bash
# Puts KEY=VALUE lines from standard input into parameters.env, in their places, and refuses a key that is not there:
#   bookstore credspec --from-directory ldap://… --gmsa … --format parameters | k8s/parameters/write.sh
# Other lines are passed over. PARAMETERS names another file.
set -euo pipefail
parameters=${PARAMETERS:-$(cd "$(dirname "$0")" && pwd)/parameters.env}
written=0
while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'} key=${line%%=*}
    [[ $line =~ ^[A-Z_]+= ]] || continue
    grep -q "^$key=" "$parameters" || { echo "$parameters has no $key" >&2; exit 1; }
    # Through the environment: awk would take a backslash in a -v value for an escape.
    key=$key line=$line awk 'index($0, ENVIRON["key"] "=") == 1 { print ENVIRON["line"]; next } { print }' \
        "$parameters" > "$parameters.new"
    mv "$parameters.new" "$parameters"
    written=$((written + 1))
done
[ "$written" -gt 0 ] || { echo "no KEY=VALUE line came in: what was to print them failed" >&2; exit 1; }
