//! Handles and memory in use by this process.
#![expect(unsafe_code, reason = "foreign functions count it")]

use windows_sys::Win32::System::ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, GetProcessHandleCount};

/// Open Windows handles.
pub(super) fn handles() -> i64 {
    let mut count = 0;
    // SAFETY: the pseudo handle of this process is always good.
    let process = unsafe { GetCurrentProcess() };
    // SAFETY: the count is writable.
    assert_ne!(unsafe { GetProcessHandleCount(process, &raw mut count) }, 0);
    count.into()
}

/// Private memory in bytes.
pub(super) fn memory() -> i64 {
    let mut counters = PROCESS_MEMORY_COUNTERS::default();
    let size = u32::try_from(size_of::<PROCESS_MEMORY_COUNTERS>()).expect("small");
    // SAFETY: the pseudo handle of this process is always good.
    let process = unsafe { GetCurrentProcess() };
    // SAFETY: the counters are writable and of the stated size.
    assert_ne!(unsafe { K32GetProcessMemoryInfo(process, &raw mut counters, size) }, 0);
    i64::try_from(counters.PagefileUsage).expect("fits")
}
