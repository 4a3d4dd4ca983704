# shellcheck shell=bash
# A Kerberos realm on loopback: an MIT KDC, a service with a keytab, a client. Sourced after common.sh.

realm=BOOKSTORE.LOCAL
# Used by the caller.
# shellcheck disable=SC2034
spn=MSSQLSvc/db.bookstore.local:1433
principal="webgmsa\$@$realm"
password=a-password-for-the-tests

# start_realm DIRECTORY: creates the realm's files there, starts the KDC, and sets KRB5_CONFIG, KRB5_KTNAME and kdc, its process id.
start_realm() {
    local directory=$1 port
    require krb5kdc krb5-kdc
    require kadmin.local krb5-admin-server
    require kinit krb5-user
    port=$(free_port)
    configure_realm "$directory" "$port"
    export KRB5_CONFIG=$directory/krb5.conf KRB5_KDC_PROFILE=$directory/kdc.conf KRB5_KTNAME=$directory/service.keytab
    {
        kdb5_util create -s -r "$realm" -P a-master-key-for-the-tests
        kadmin.local addprinc -randkey "$spn"
        kadmin.local ktadd -k "$KRB5_KTNAME" "$spn"
        kadmin.local addprinc -pw "$password" "$principal"
    } >"$directory/kadmin.log" 2>&1 || return 1
    krb5kdc -n >"$directory/kdc.log" 2>&1 &
    kdc=$!
    local end=$((SECONDS + 60))
    until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        kill -0 "$kdc" && [ "$SECONDS" -lt "$end" ] || return 1
    done
}

# get_ticket CACHE: gets the client's ticket-granting ticket.
get_ticket() {
    kinit -c "$1" "$principal" <<<"$password" >/dev/null
}

configure_realm() {
    local directory=$1 port=$2
    cat >"$directory/krb5.conf" <<EOF
[libdefaults]
    default_realm = $realm
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    rdns = false
[realms]
    $realm = {
        kdc = 127.0.0.1:$port
    }
EOF
    cat >"$directory/kdc.conf" <<EOF
[kdcdefaults]
    kdc_listen = 127.0.0.1:$port
    kdc_tcp_listen = 127.0.0.1:$port
[realms]
    $realm = {
        database_name = $directory/principal
        key_stash_file = $directory/stash
        acl_file = $directory/acl
    }
[logging]
    kdc = FILE:$directory/kdc.log
    admin_server = FILE:$directory/kadmin.log
EOF
}

free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
