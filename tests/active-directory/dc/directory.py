"""Changes made to the directory straight in its database, by root on the domain controller.

Read from standard input by `python3 - VERB ...`, as the controller's file system need not hold this folder. One process for the
whole first fill: a samba-tool call costs most of a second each.
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
    """A password that nobody knows: the account's key leaves the controller as a keytab only."""
    db.setpassword(f"(sAMAccountName={ldb.binary_encode(name)})", generate_random_password(32, 32))


def enctypes(name, value):
    replace(name, "msDS-SupportedEncryptionTypes", [value])


def address(host, ip):
    """Makes the A record of `host` in the domain's zone say `ip` and nothing else."""
    zone = f"DC={db.domain_dns_name()},CN=MicrosoftDNS,DC=DomainDnsZones,{db.domain_dn()}"
    record = dnsp.DnssrvRpcRecord()
    record.wType, record.rank, record.dwTtlSeconds, record.data = dnsp.DNS_TYPE_A, dnsp.DNS_RANK_ZONE, 60, ip
    node = {"dn": f"DC={host},{zone}", "objectClass": "dnsNode", "name": host, "dnsRecord": ndr_pack(record)}
    if db.search(zone, ldb.SCOPE_ONELEVEL, f"(name={ldb.binary_encode(host)})"):
        db.delete(node["dn"])
    db.add(node)


def keytab(name, file):
    """Writes the account's own keys and those of each of its SPNs to a new keytab."""
    enable_net_export_keytab()
    if os.path.exists(file):
        os.unlink(file)
    found = account(name, ["servicePrincipalName"])
    for principal in (name, *map(str, found.get("servicePrincipalName", []))):
        # Samba 4.22 aborts when a database handle is used for a second export.
        Net(None, parameters).export_keytab(samdb=open_database(), keytab=file, principal=principal)


def roll_gmsa():
    """Makes the gMSA's password as much older as it may live: the next read makes a new one.

    msDS-ManagedPasswordId is an MS-GKDI group key envelope: three little-endian indices L0, L1, L2 from byte 12, base 32,
    that count steps of ten hours.
    """
    found = account(f"{GMSA}$", ["msDS-ManagedPasswordId"])
    envelope = bytearray(found["msDS-ManagedPasswordId"][0])
    l0, l1, l2 = struct.unpack_from("<III", envelope, 12)
    step = (l0 * 32 + l1) * 32 + l2 - MANAGED_DAYS * 24 // STEP_HOURS
    struct.pack_into("<III", envelope, 12, step // 1024, step // 32 % 32, step % 32)
    replace(f"{GMSA}$", "msDS-ManagedPasswordId", [bytes(envelope)])


def make_gmsa():
    """An enabled gMSA whose password the readers' group may read."""
    readers = db.schema_format_value("objectSid", account(GMSA_READERS, ["objectSid"])["objectSid"][0]).decode()
    gmsa = GroupManagedServiceAccount(
        name=GMSA, managed_password_interval=MANAGED_DAYS, dns_host_name=f"{GMSA}.{db.domain_dns_name()}"
    )
    gmsa.save(db)
    gmsa.add_trustee(readers)
    gmsa.save(db)
    db.enable_account(f"(sAMAccountName={GMSA}$)")


def fill(db_address):
    """Everything that a lab has beyond an empty domain. Provisioning at level 2016 has made a usable KDS root key."""
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
    """Samba would register the LDAP service's SPN by itself, but only some seconds after its start."""
    controller = account(f"{parameters.get('netbios name')}$", ["servicePrincipalName"])
    spn = f"ldap/{str(parameters.get('netbios name')).lower()}.{db.domain_dns_name()}"
    message = ldb.Message(controller.dn)
    message["spn"] = ldb.MessageElement([spn], ldb.FLAG_MOD_ADD, "servicePrincipalName")
    db.modify(message)


def facts():
    """The domain in the words of k8s/parameters/parameters.env."""
    head = db.search(db.domain_dn(), ldb.SCOPE_BASE, attrs=["objectGUID"])[0]
    print(f"AD_DNS_NAME={db.domain_dns_name()}")
    print(f"AD_NETBIOS={db.domain_netbios_name()}")
    print(f"AD_SID={db.get_domain_sid()}")
    print(f"AD_GUID={db.schema_format_value('objectGUID', head['objectGUID'][0]).decode()}")


VERBS = {f.__name__.replace("_", "-"): f for f in (fill, new_password, enctypes, address, keytab, roll_gmsa, facts)}
VERBS[sys.argv[1]](*sys.argv[2:])
