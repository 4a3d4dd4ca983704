/* Corrects three faults of Wine 10's TLS in the program that loads this DLL. The program and Wine stay unmodified: the DLL takes the
   place of bcryptprimitives.dll, of which Rust's standard library imports one function, and redirects two imports of the program.

   Reference: https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-decryptmessage and
   https://learn.microsoft.com/windows/win32/api/wincrypt/nf-wincrypt-certverifycertificatechainpolicy */
#define SECURITY_WIN32
#include <windows.h>
#include <wincrypt.h>
#include <security.h>

/* SECURITY_FLAG_IGNORE_REVOCATION of wininet.h, which cannot be included beside the others. */
#define IGNORE_REVOCATION 0x80

/* RtlGenRandom. */
BOOLEAN WINAPI SystemFunction036(PVOID buffer, ULONG length);

/* What Rust imports from bcryptprimitives.dll. */
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    while (length > 0) {
        ULONG part = length > 0x8000 ? 0x8000 : (ULONG)length;
        if (!SystemFunction036(buffer, part)) return FALSE;
        buffer += part;
        length -= part;
    }
    return TRUE;
}

static SECURITY_STATUS(WINAPI *wine_decrypt)(PCtxtHandle, PSecBufferDesc, ULONG, PULONG);
static BOOL(WINAPI *wine_verify)(LPCSTR, PCCERT_CHAIN_CONTEXT, PCERT_CHAIN_POLICY_PARA, PCERT_CHAIN_POLICY_STATUS);

/* Fault 1: of a record received in part, the second SECBUFFER_MISSING has the length of the whole record, so the program waits for
   bytes that never arrive. The first one is right. */
static SECURITY_STATUS WINAPI decrypt(PCtxtHandle context, PSecBufferDesc message, ULONG sequence, PULONG protection)
{
    SECURITY_STATUS status = wine_decrypt(context, message, sequence, protection);
    SecBuffer *buffer = message->pBuffers;
    if (status == SEC_E_INCOMPLETE_MESSAGE && message->cBuffers >= 2 && buffer[0].BufferType == SECBUFFER_MISSING
        && buffer[1].BufferType == SECBUFFER_MISSING)
        buffer[1].cbBuffer = buffer[0].cbBuffer;
    return status;
}

/* Fault 2: the flags that permit an unknown revocation status are ignored, which refuses every certificate without a revocation list.
   Fault 3: a chain that does not end in a trusted root is accepted if the server did not send its root. */
static BOOL WINAPI verify(LPCSTR policy, PCCERT_CHAIN_CONTEXT chain, PCERT_CHAIN_POLICY_PARA given, PCERT_CHAIN_POLICY_STATUS status)
{
    const DWORD revocation = CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS;
    DWORD faults = chain->TrustStatus.dwErrorStatus;
    CERT_CHAIN_POLICY_PARA parameters = {.cbSize = sizeof(parameters)};
    HTTPSPolicyCallbackData https = {.cbSize = sizeof(https), .dwAuthType = AUTHTYPE_SERVER};
    if (policy != CERT_CHAIN_POLICY_SSL) return wine_verify(policy, chain, given, status);
    if (given) parameters = *given;
    if (parameters.pvExtraPolicyPara) https = *(HTTPSPolicyCallbackData *)parameters.pvExtraPolicyPara;
    if ((parameters.dwFlags & revocation) == revocation && !(faults & CERT_TRUST_IS_REVOKED)) https.fdwChecks |= IGNORE_REVOCATION;
    parameters.pvExtraPolicyPara = &https;
    if (!wine_verify(policy, chain, &parameters, status)) return FALSE;
#ifndef KEEP_FAULT_3
    if (status->dwError == ERROR_SUCCESS && (faults & CERT_TRUST_IS_PARTIAL_CHAIN)
        && !(parameters.dwFlags & CERT_CHAIN_POLICY_ALLOW_UNKNOWN_CA_FLAG))
        status->dwError = CERT_E_CHAINING;
#endif
    return TRUE;
}

/* The entry of the program's import table for a function, or NULL. */
static ULONG_PTR *import_of(const char *library, const char *function)
{
    BYTE *image = (BYTE *)GetModuleHandleW(NULL);
    IMAGE_NT_HEADERS *headers = (IMAGE_NT_HEADERS *)(image + ((IMAGE_DOS_HEADER *)image)->e_lfanew);
    DWORD table = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
    IMAGE_IMPORT_DESCRIPTOR *descriptor = (IMAGE_IMPORT_DESCRIPTOR *)(image + table);
    for (; table && descriptor->Name; descriptor++) {
        IMAGE_THUNK_DATA *names = (IMAGE_THUNK_DATA *)(image + descriptor->OriginalFirstThunk);
        IMAGE_THUNK_DATA *addresses = (IMAGE_THUNK_DATA *)(image + descriptor->FirstThunk);
        if (lstrcmpiA((char *)image + descriptor->Name, library) != 0) continue;
        for (; names->u1.AddressOfData; names++, addresses++) {
            IMAGE_IMPORT_BY_NAME *import = (IMAGE_IMPORT_BY_NAME *)(image + names->u1.AddressOfData);
            if (IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal)) continue;
            if (lstrcmpA((char *)import->Name, function) == 0) return (ULONG_PTR *)&addresses->u1.Function;
        }
    }
    return NULL;
}

/* Redirects an import and returns the function that it led to. */
static void *redirect(const char *library, const char *function, void *replacement)
{
    ULONG_PTR *entry = import_of(library, function);
    void *original;
    DWORD protection;
    if (!entry) return NULL;
    original = (void *)*entry;
    VirtualProtect(entry, sizeof(*entry), PAGE_READWRITE, &protection);
    *entry = (ULONG_PTR)replacement;
    VirtualProtect(entry, sizeof(*entry), protection, &protection);
    return original;
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    (void)instance;
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        /* The loader has bound the program's imports before it calls this. */
        wine_decrypt = redirect("secur32.dll", "DecryptMessage", decrypt);
        wine_verify = redirect("crypt32.dll", "CertVerifyCertificateChainPolicy", verify);
    }
    return TRUE;
}
