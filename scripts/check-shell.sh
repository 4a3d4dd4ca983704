#!/usr/bin/env bash
# Runs shellcheck on every tracked shell script, and checks that a script is executable if and only if it has an interpreter line.
set -euo pipefail
cd "$(dirname "$0")/.."

status=0 scripts=()
while IFS= read -r -d '' file; do
    read -r first <"$file" || true
    # What is only sourced starts with a shellcheck directive instead of an interpreter line.
    [[ $file == *.sh || $first =~ ^'#!'.*sh$ ]] || continue
    scripts+=("$file")
    if [[ $first == '#!'* ]]; then executable=true; else executable=false; fi
    if [[ -x $file ]]; then actual=true; else actual=false; fi
    if [[ $executable != "$actual" ]]; then
        echo "$file: executable: $actual, has an interpreter line: $executable" >&2
        status=1
    fi
done < <(git ls-files -z)
shellcheck --external-sources --source-path=SCRIPTDIR --source-path=. "${scripts[@]}" || status=1
exit "$status"
