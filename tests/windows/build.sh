#!/usr/bin/env bash
# Builds bookstore.exe, checks that it needs nothing but Windows and has not grown fat, and prints where it is.
#   tests/windows/build.sh
# Exit status 3: this machine cannot build for Windows.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/windows/target.sh
. "$here/target.sh"
cd "$here/../.."

# Windows' own libraries that the program may use, by lower-case name. A DLL of the compiler's (libgcc_s_seh-1, libwinpthread-1,
# vcruntime140) is not among them: it would have to be shipped.
windows='advapi32|api-ms-win-[a-z0-9-]*|bcrypt|bcryptprimitives|combase|crypt32|iphlpapi|kernel32|kernelbase|msvcrt|ncrypt|ntdll|ole32|oleaut32|psapi|rpcrt4|secur32|shell32|user32|userenv|ws2_32'

# The most bytes that the program may have: it is pulled by every node.
largest=10000000

foreign_imports() {
    x86_64-w64-mingw32-objdump -p "$1" | sed -n 's/^\tDLL Name: //p' | tr '[:upper:]' '[:lower:]' | sort -u |
        grep -vxE "($windows)\.dll" || true
}

get_target
cargo_windows build --release --package bookstore-web --bin bookstore >&2
exe=${CARGO_TARGET_DIR:-$PWD/target}/$target/release/bookstore.exe
foreign=$(foreign_imports "$exe")
if [ -n "$foreign" ]; then
    echo "windows: $exe imports what is not Windows' own: ${foreign//$'\n'/, }" >&2
    exit 1
fi
size=$(stat -c %s "$exe")
if [ "$size" -gt "$largest" ]; then
    echo "windows: $exe has $size bytes, more than the $largest that it may have" >&2
    exit 1
fi
echo "$exe"
