#!/bin/sh
# Assembles the root file system of the Linux image: the program, exactly the libraries that it needs, and nothing else – no
# shell, no package manager. Run by web.linux.Dockerfile, and by tests/ship on any Debian, so both are built by the same steps.
#   linux-rootfs.sh BINARY DIRECTORY
set -eu
binary=$1 root=$2

mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/tmp" "$root/var/lib/bookstore"
# The second is the working directory and a volume: without a connection string the shop keeps its books there. By mode, because COPY gives
# every directory to root, and a volume has the mode of its directory.
chmod 1777 "$root/tmp" "$root/var/lib/bookstore"
# Since Debian 12 these are one tree; the loader's path is /lib64.
for top in bin lib lib64; do
    mkdir -p "$root/usr/$top"
    ln -s "usr/$top" "$root/$top" 2>/dev/null || true
done

# copy FILE – with the links that lead to it, at the same place.
copy() {
    case $1 in /lib/* | /lib64/* | /bin/*) set -- "/usr$1" ;; esac
    mkdir -p "$root${1%/*}"
    cp -L "$1" "$root$1"
}

# needs FILE – the libraries that the loader would load for it, and the loader.
needs() { ldd "$1" 2>/dev/null | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }'; }

install -m 0755 "$binary" "$root/usr/bin/bookstore"
libraries=/usr/lib/$(uname -m)-linux-gnu
# What is opened by name at run time, so that ldd does not show it: names (nss), and Kerberos with its helpers.
loaded="$libraries/libnss_dns.so.2 $libraries/libnss_files.so.2 $libraries/libresolv.so.2 $libraries/libgssapi_krb5.so.2"
for plugin in "$libraries"/krb5/plugins/preauth/*.so "$libraries"/krb5/plugins/libkrb5/*.so; do
    [ ! -e "$plugin" ] || loaded="$loaded $plugin"
done
for file in "$binary" $loaded; do
    for library in $(needs "$file"); do copy "$library"; done
done
for file in $loaded; do copy "$file"; done

cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
# 10001: a number that no host uses for a person. Kerberos looks its user up by name.
echo 'bookstore:x:10001:10001:Bookstore:/:/nonexistent' > "$root/etc/passwd"
echo 'bookstore:x:10001:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
