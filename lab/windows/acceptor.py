#!/usr/bin/python3
"""Accepts GSSAPI logins over TCP and reports each client's identity to it, for tests of clients.

Each token follows its length in four bytes, big-endian. The client sends one and receives one, then
`<principal> <mechanism> <mutual or one-sided>` in the same format. Prints the port it listens on. Uses the keytab KRB5_KTNAME.
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
