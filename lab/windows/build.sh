#!/usr/bin/env bash
# Builds bookstore.exe, checks its imports and prints its path.
#   lab/windows/build.sh
# Exit status 3: this machine cannot build for Windows.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=lab/windows/target.sh
. "$here/target.sh"
cd "$here/../.."

# Libraries of Windows that the program may import, in lower case. DLLs of a compiler (libgcc_s_seh-1, libwinpthread-1, vcruntime140) are
# not among them: they would have to be shipped too.
windows='advapi32|api-ms-win-[a-z0-9-]*|bcrypt|bcryptprimitives|combase|crypt32|iphlpapi|kernel32|kernelbase|msvcrt|ncrypt|ntdll|ole32|oleaut32|psapi|rpcrt4|secur32|shell32|user32|userenv|ws2_32'

foreign_imports() {
    x86_64-w64-mingw32-objdump -p "$1" | sed -n 's/^\tDLL Name: //p' | tr '[:upper:]' '[:lower:]' | sort -u |
        grep -vxE "($windows)\.dll" || true
}

get_target
cargo_windows build --release --package bookstore-web --features otel --bin bookstore >&2
exe=${CARGO_TARGET_DIR:-$PWD/target}/$target/release/bookstore.exe
foreign=$(foreign_imports "$exe")
if [ -n "$foreign" ]; then
    echo "windows: $exe imports DLLs that are not part of Windows: ${foreign//$'\n'/, }" >&2
    exit 1
fi
echo "$exe"
