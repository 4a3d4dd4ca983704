"""managed_login.py PRINCIPAL CACHE SECONDS: logs in with the managed password that ldapsearch writes to standard input.

Through libkrb5 rather than kinit, which reads a password up to the end of a line: one in 500 managed passwords has a U+000A in it.
Exit code 4: the entry came without a password, which is how a directory refuses a reader.
"""
import base64
import ctypes
import os
import re
import struct
import sys

ROOM_FOR_KRB5_CREDS = 512  # the struct has 120 bytes on 64-bit systems

krb5 = ctypes.CDLL("libkrb5.so.3")
krb5.krb5_get_error_message.restype = ctypes.c_char_p


def managed_password(ldif):
    """The current password of an MSDS-MANAGEDPASSWORD_BLOB (MS-ADTS 2.2.19), as the UTF-8 that Kerberos takes.

    It is random UTF-16 ended by a null; what is no character counts as U+FFFD in a Kerberos key.
    """
    if not re.search(r"^dn:", ldif, re.MULTILINE):
        sys.exit("managed_login: the directory gave no entry")
    attribute = re.search(r"^msDS-ManagedPassword:: (\S+)$", ldif, re.MULTILINE)
    if not attribute:
        sys.exit(4)
    blob = base64.b64decode(attribute[1])
    version, _, length, current, _ = struct.unpack_from("<HHIHH", blob)
    if version != 1 or length != len(blob):
        sys.exit(f"managed_login: an unknown blob of version {version}, {length} bytes")
    end = next(at for at in range(current, length, 2) if blob[at : at + 2] == b"\0\0")
    return blob[current:end].decode("utf-16-le", "replace").encode()


def check(context, code):
    if code:
        sys.exit(f"managed_login: {krb5.krb5_get_error_message(context, ctypes.c_int32(code)).decode()}")


def login(principal, password, cache, seconds):
    """Gets a ticket-granting ticket into the file `cache`, living `seconds` unless that is 0."""
    context, client, ccache, options = (ctypes.c_void_p() for _ in range(4))
    check(None, krb5.krb5_init_context(ctypes.byref(context)))
    check(context, krb5.krb5_parse_name(context, principal.encode(), ctypes.byref(client)))
    check(context, krb5.krb5_cc_resolve(context, f"FILE:{cache}".encode(), ctypes.byref(ccache)))
    check(context, krb5.krb5_get_init_creds_opt_alloc(context, ctypes.byref(options)))
    check(context, krb5.krb5_get_init_creds_opt_set_out_ccache(context, options, ccache))
    if seconds:
        krb5.krb5_get_init_creds_opt_set_tkt_life(options, seconds)
    credentials = ctypes.create_string_buffer(ROOM_FOR_KRB5_CREDS)
    check(
        context,
        krb5.krb5_get_init_creds_password(context, credentials, client, password, None, None, 0, None, options),
    )


principal, cache, seconds = sys.argv[1:]
login(principal, managed_password(sys.stdin.read()), f"{cache}.part", int(seconds))
os.replace(f"{cache}.part", cache)  # a reader sees the old tickets or the new ones
