#!/usr/bin/env bash
# Counts the instructions of three pieces of work with valgrind, and compares them with bench/instructions/counts.txt.
#   bench/instructions.sh            fails if one differs by more than 3 %
#   bench/instructions.sh --update   writes the counts of this machine, after a change that is meant
# Counts depend on compiler, C library and processor: on others than those of the file they cannot be compared, and are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/install.sh

skip() { echo "instruction counts are skipped: $*"; echo "0 passed, 0 failed, 1 skipped"; exit 0; }

counts=bench/instructions/counts.txt
need_build_tools
need_command valgrind valgrind >/dev/null 2>&1 || skip "valgrind cannot be installed"
# Valgrind shows a program the vector instructions of the processor, for which libraries have code of its own.
vectors=$(grep -m 1 '^flags' /proc/cpuinfo | tr ' ' '\n' | grep -x 'avx2' || echo "no avx2")
machine="$(rustc --version), $(uname -m) with $vectors, glibc $(getconf GNU_LIBC_VERSION | cut -d' ' -f2), $(valgrind --version)"
recorded=$(sed -n 's/^# //p' "$counts" 2>/dev/null | head -n 1 || true)
if [ "${1-}" != --update ] && [ "$machine" != "$recorded" ]; then
    skip "the counts are of $recorded, and this is $machine; bench/instructions.sh --update writes new ones"
fi
# A debug build, which ./test.sh has anyway. It does more than a release, but what a change adds shows in both, and its counts do not depend on
# what the compiler chooses to inline.
cargo build --quiet --locked --workspace --all-features --bins
program=$(build_folder debug)/bookstore-instructions

# collected WORK TIMES – prints the number of instructions of the program.
collected() {
    # One choice of memcpy and the like, whichever the processor has.
    GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX,-ERMS,-FSRM,-AVX512F,-AVX512VL \
        valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" >"$log" 2>&1 || true
    sed -n 's/.*Collected : //p' "$log" | grep . || { cat "$log" >&2; return 1; }
}

# count WORK TIMES – prints the instructions of one repetition, without those of the program's start.
count() {
    local start all
    start=$(collected "$1" 1) && all=$(collected "$1" $(($2 + 1))) || return
    echo $(((all - start) / $2))
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
report="# $machine
# Instructions of one repetition; written by bench/instructions.sh --update."
passed=0 failed=0
for work in 'parse 500' 'render 50' 'read 100'; do
    name=${work% *} times=${work#* }
    now=$(count "$name" "$times") || { echo "FAILED: $name cannot be counted"; failed=$((failed + 1)); continue; }
    report+=$'\n'"$name $now"
    before=$(sed -n "s/^$name //p" "$counts" 2>/dev/null || true)
    if [ "${1-}" = --update ]; then
        echo "$name: $now instructions, before ${before:-none}"
        continue
    fi
    change=$(awk "BEGIN { printf \"%+.1f\", ($now - $before) * 100 / $before }")
    if awk "BEGIN { exit !($change <= 3 && $change >= -3) }"; then
        passed=$((passed + 1))
        echo "$name: $now instructions, $change %"
    else
        failed=$((failed + 1))
        echo "FAILED: $name: $now instructions instead of $before, $change %: find the cause, or run bench/instructions.sh --update"
    fi
done
if [ "${1-}" = --update ]; then
    echo "$report" >"$counts"
    exit
fi
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
