#!/usr/bin/env bash
# Names every value in parameters.env that cannot work, by the rules in rules.txt:
#   k8s/parameters/check.sh
# Ends with 1 if there is one. A value that is not used keeps its example. PARAMETERS names another file. with.sh and write.sh run this.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
parameters=${PARAMETERS:-$here/parameters.env}
export LC_ALL=C
known=' ' faults=0
fault() { echo "${parameters##*/}: $1" >&2; faults=$((faults + 1)); }

# check NAME SEPARATOR PATTERN DESCRIPTION
check() {
    local value item items
    case $(grep -c "^$1=" "$parameters") in
        0) fault "$1 is missing: $4"; return ;;
        1) value=$(sed -n "s/^$1=//p" "$parameters") items=() ;;
        *) fault "$1 is set more than once"; return ;;
    esac
    # The added separator keeps an empty last item.
    case $2 in
        comma) IFS=, read -ra items <<<"$value,"; [ -n "$value" ] && [ "${value%,}" = "$value" ] || items=('') ;;
        space) read -ra items <<<"$value"; [ ${#items[@]} -gt 0 ] || items=('') ;;
        *) items=("$value") ;;
    esac
    for item in "${items[@]}"; do
        [[ $item =~ ^($3)$ ]] || { fault "$1=$value: ‘$item’ is not $4"; return; }
    done
}

while read -r names separator pattern description; do
    case $names in '' | \#*) continue ;; esac
    for name in ${names//,/ }; do
        check "$name" "$separator" "$pattern" "$description"
        known+="$name "
    done
done < "$here/rules.txt"
while IFS= read -r name; do
    [[ $known == *" $name "* ]] || fault "$name is unknown"
done < <(sed -n '/^#/d; s/=.*//p' "$parameters")
[ "$faults" -eq 0 ]
