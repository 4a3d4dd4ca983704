/* console-event.exe PROGRAM [ARGUMENT...]: runs the program; sends it a console event per line of standard input, the event's number:
   2 for CTRL_CLOSE_EVENT, 6 for CTRL_SHUTDOWN_EVENT. Its exit status is the program's; 99 if the program cannot be started.

   Windows delivers these events by a thread in the program that starts at kernelbase!CtrlRoutine; Wine's server cannot send them.
   https://learn.microsoft.com/windows/console/handlerroutine */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static DWORD WINAPI send_events(LPVOID process)
{
    LPTHREAD_START_ROUTINE routine =
        (LPTHREAD_START_ROUTINE)(void *)GetProcAddress(GetModuleHandleW(L"kernelbase.dll"), "CtrlRoutine");
    char line[16];
    while (fgets(line, sizeof(line), stdin)) {
        HANDLE thread = CreateRemoteThread((HANDLE)process, NULL, 0, routine, (LPVOID)(DWORD_PTR)atoi(line), 0, NULL);
        if (thread) CloseHandle(thread);
        else fprintf(stderr, "console-event: the event was not sent: %lu\n", GetLastError());
    }
    return 0;
}

int wmain(int count, wchar_t **arguments)
{
    static wchar_t command[32768];
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof(inherited), .bInheritHandle = TRUE};
    STARTUPINFOW start = {.cb = sizeof(start)};
    PROCESS_INFORMATION started;
    DWORD status = 99;
    for (int i = 1; i < count; i++) {
        wcscat(command, L"\"");
        wcscat(command, arguments[i]);
        wcscat(command, L"\" ");
    }
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ, &inherited, OPEN_EXISTING, 0, NULL);
    start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (count < 2 || !CreateProcessW(arguments[1], command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &started)) {
        fprintf(stderr, "console-event: the program cannot be started: %lu\n", GetLastError());
        return (int)status;
    }
    CloseHandle(CreateThread(NULL, 0, send_events, started.hProcess, 0, NULL));
    WaitForSingleObject(started.hProcess, INFINITE);
    GetExitCodeProcess(started.hProcess, &status);
    return (int)status;
}
