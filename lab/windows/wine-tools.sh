# shellcheck shell=bash
# What runs beside a program under Wine: wine-fixes.c as bcryptprimitives.dll, and console-event.exe. Sourced after common.sh.

# prepare_tools: compiles them into the cache and sets tools, their folder, which is named after their sources.
prepare_tools() {
    local folder new
    require x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64-win32
    folder=$(dirname "${BASH_SOURCE[0]}")
    # shellcheck disable=SC2154 # common.sh sets cache
    tools=$cache/tools-$(cat "$folder/wine-fixes.c" "$folder/console-event.c" | sha256sum | cut -c1-16)${BOOKSTORE_WINE_KEEP_FAULT_3:+-fault-3}
    [ ! -e "$tools/console-event.exe" ] || return 0
    mkdir -p "$cache"
    new=$(mktemp -d "$cache/tools.XXXXXX")
    local compile=(x86_64-w64-mingw32-gcc -O2 -s -Wall -Wextra -Werror)
    "${compile[@]}" -shared ${BOOKSTORE_WINE_KEEP_FAULT_3:+-DKEEP_FAULT_3} -o "$new/bcryptprimitives.dll" "$folder/wine-fixes.c" -ladvapi32
    "${compile[@]}" -municode -o "$new/console-event.exe" "$folder/console-event.c"
    # Another run may have been faster.
    mv -T "$new" "$tools" 2>/dev/null || rm -rf "$new"
}
