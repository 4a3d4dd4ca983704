#!/usr/bin/python3
"""Accepts GSSAPI logins over TCP and tells each client who it is: for tests of the client's side.

A token goes after its length in four bytes, big-endian. The client sends one, is answered with one, and is then told
`<principal> <mechanism> <mutual or not>` in the same form. Prints the port it listens on. The keytab: KRB5_KTNAME.
"""

import socket
import struct
import threading

import gssapi

MECHANISMS = {"1.2.840.113554.1.2.2": "kerberos"}


def receive(stream):
    (length,) = struct.unpack(">I", stream.read(4))
    return stream.read(length)


def send(stream, token):
    stream.write(struct.pack(">I", len(token)) + token)
    stream.flush()


def serve(connection, credentials):
    with connection, connection.makefile("rwb") as stream:
        context = gssapi.SecurityContext(creds=credentials, usage="accept")
        send(stream, context.step(receive(stream)) or b"")
        mechanism = MECHANISMS.get(context.mech.dotted_form, context.mech.dotted_form)
        mutual = gssapi.RequirementFlag.mutual_authentication in context.actual_flags
        send(stream, f"{context.initiator_name} {mechanism} {'mutual' if mutual else 'one-sided'}".encode())


def main():
    credentials = gssapi.Credentials(usage="accept")
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, credentials), daemon=True).start()


main()
