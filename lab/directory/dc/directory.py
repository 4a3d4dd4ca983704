#!/usr/bin/python3
"""Changes the directory directly in its database, as root on the domain controller.

Run by `python3 - VERB ...` from standard input by change_directory in lib.sh, because that controller's file system may not contain this
folder; as `directory VERB ...` in the container of docker/dc.Dockerfile. One process does the whole first fill: each samba-tool call would take most of a second.
"""
import os
import struct
import sys

import ldb
from samba import enable_net_export_keytab, generate_random_password
from samba.auth import system_session
from samba.dcerpc import dnsp
from samba.domain.models import GroupManagedServiceAccount
from samba.ndr import ndr_pack
from samba.net import Net
from samba.param import LoadParm
from samba.samdb import SamDB

GMSA = "webgmsa"
GMSA_READERS = "WebHosts"
SQL_ACCOUNT = "svc_sql"
SQL_HOST = "db"
COMPUTERS = ("host1", "host2")
MANAGED_DAYS = 30
STEP_HOURS = 10
AES_ONLY = "24"  # AES128 + AES256 of msDS-SupportedEncryptionTypes; without it service tickets come as RC4

parameters = LoadParm()
parameters.load_default()


def open_database():
    return SamDB(session_info=system_session(), lp=parameters)


db = open_database()


def account(name, attributes=()):
    found = db.search(db.domain_dn(), ldb.SCOPE_SUBTREE, f"(sAMAccountName={ldb.binary_encode(name)})", list(attributes))
    if len(found) != 1:
        sys.exit(f"the directory has no account {name}")
    return found[0]


def replace(name, attribute, values):
    message = ldb.Message(account(name).dn)
    message[attribute] = ldb.MessageElement(values, ldb.FLAG_MOD_REPLACE, attribute)
    db.modify(message)


def new_password(name):
    """Sets a random password that is not stored: the account's key leaves the controller as a keytab only."""
    db.setpassword(f"(sAMAccountName={ldb.binary_encode(name)})", generate_random_password(32, 32))


def enctypes(name, value):
    replace(name, "msDS-SupportedEncryptionTypes", [value])


def zone():
    return f"DC={db.domain_dns_name()},CN=MicrosoftDNS,DC=DomainDnsZones,{db.domain_dn()}"


def set_record(host, kind, data):
    """Sets the only DNS record of `host` in the domain's zone."""
    remove_name(host)
    record = dnsp.DnssrvRpcRecord()
    record.wType, record.rank, record.dwTtlSeconds, record.data = kind, dnsp.DNS_RANK_ZONE, 60, data
    db.add({"dn": f"DC={host},{zone()}", "objectClass": "dnsNode", "name": host, "dnsRecord": ndr_pack(record)})


def remove_name(host):
    """Removes `host` from the domain's zone, if it is there."""
    if db.search(zone(), ldb.SCOPE_ONELEVEL, f"(name={ldb.binary_encode(host)})"):
        db.delete(f"DC={host},{zone()}")


def address(host, ip):
    """Sets the only A record of `host` in the domain's zone to `ip`."""
    set_record(host, dnsp.DNS_TYPE_A, ip)


def alias(host, target):
    """Makes `host` an alias of the host `target` of the domain."""
    set_record(host, dnsp.DNS_TYPE_CNAME, f"{target}.{db.domain_dns_name()}")


def keytab(name, file):
    """Writes the keys of the account and of each of its SPNs to a new keytab."""
    enable_net_export_keytab()
    if os.path.exists(file):
        os.unlink(file)
    found = account(name, ["servicePrincipalName"])
    for principal in (name, *map(str, found.get("servicePrincipalName", []))):
        # Samba 4.22 aborts when a database handle is used for a second export.
        Net(None, parameters).export_keytab(samdb=open_database(), keytab=file, principal=principal)


def roll_gmsa():
    """Expires the gMSA's password by moving its age back by its lifetime, so that the next read creates a new one.

    msDS-ManagedPasswordId is an MS-GKDI group key envelope. From byte 12 it has three little-endian indices L0, L1, L2 to base 32,
    which count intervals of ten hours.
    """
    found = account(f"{GMSA}$", ["msDS-ManagedPasswordId"])
    envelope = bytearray(found["msDS-ManagedPasswordId"][0])
    l0, l1, l2 = struct.unpack_from("<III", envelope, 12)
    step = (l0 * 32 + l1) * 32 + l2 - MANAGED_DAYS * 24 // STEP_HOURS
    struct.pack_into("<III", envelope, 12, step // 1024, step // 32 % 32, step % 32)
    replace(f"{GMSA}$", "msDS-ManagedPasswordId", [bytes(envelope)])


def make_gmsa():
    """Creates an enabled gMSA whose password the readers' group can read."""
    readers = db.schema_format_value("objectSid", account(GMSA_READERS, ["objectSid"])["objectSid"][0]).decode()
    gmsa = GroupManagedServiceAccount(
        name=GMSA, managed_password_interval=MANAGED_DAYS, dns_host_name=f"{GMSA}.{db.domain_dns_name()}"
    )
    gmsa.save(db)
    gmsa.add_trustee(readers)
    gmsa.save(db)
    db.enable_account(f"(sAMAccountName={GMSA}$)")


def fill(db_address):
    """Adds everything that the lab has beyond an empty domain. Provisioning at level 2016 has created a usable KDS root key."""
    domain = db.domain_dns_name()
    db.newuser(SQL_ACCOUNT, generate_random_password(32, 32))
    sql = f"MSSQLSvc/{SQL_HOST}.{domain}"
    replace(SQL_ACCOUNT, "servicePrincipalName", [f"{sql}:1433", sql])
    enctypes(SQL_ACCOUNT, AES_ONLY)
    db.newgroup(GMSA_READERS)
    for name in COMPUTERS:
        db.newcomputer(name)
        new_password(f"{name}$")
        db.enable_account(f"(sAMAccountName={name}$)")
    db.add_remove_group_members(GMSA_READERS, [f"{COMPUTERS[0]}$"])
    make_gmsa()
    address(SQL_HOST, db_address)
    register_ldap()


def register_ldap():
    """Registers the LDAP service's SPN. Samba does so itself, but only some seconds after its start."""
    controller = account(f"{parameters.get('netbios name')}$", ["servicePrincipalName"])
    spn = f"ldap/{str(parameters.get('netbios name')).lower()}.{db.domain_dns_name()}"
    message = ldb.Message(controller.dn)
    message["spn"] = ldb.MessageElement([spn], ldb.FLAG_MOD_ADD, "servicePrincipalName")
    db.modify(message)


def facts():
    """Prints the domain's facts as lines for k8s/parameters/parameters.env."""
    head = db.search(db.domain_dn(), ldb.SCOPE_BASE, attrs=["objectGUID"])[0]
    print(f"AD_DNS_NAME={db.domain_dns_name()}")
    print(f"AD_NETBIOS={db.domain_netbios_name()}")
    print(f"AD_SID={db.get_domain_sid()}")
    print(f"AD_GUID={db.schema_format_value('objectGUID', head['objectGUID'][0]).decode()}")


FUNCTIONS = (fill, new_password, enctypes, address, alias, remove_name, keytab, roll_gmsa, facts)
VERBS = {f.__name__.replace("_", "-"): f for f in FUNCTIONS}
VERBS[sys.argv[1]](*sys.argv[2:])
