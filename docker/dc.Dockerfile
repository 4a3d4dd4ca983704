# The domain controller of lab.compose.yaml: Samba as an Active Directory that has gMSAs, with the scripts of lab/directory.
ARG DEBIAN_IMAGE=debian:trixie-slim
FROM ${DEBIAN_IMAGE}
# The first version whose gMSAs work is 4.21. Debian 13 keeps 4.22 and adds its security fixes.
ARG SAMBA=2:4.22.*
# hadolint ignore=DL3008
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        "samba-ad-dc=${SAMBA}" "samba-ad-provision=${SAMBA}" "winbind=${SAMBA}" "samba-common-bin=${SAMBA}" \
        faketime krb5-user ldap-utils ldb-tools libsasl2-modules-gssapi-mit python3-cryptography \
    && rm -rf /var/lib/apt/lists/*
COPY --chmod=755 lab/directory/dc/provision.sh lab/directory/dc/container.sh /opt/directory/
COPY --chmod=755 lab/directory/dc/directory.py /usr/local/bin/directory
VOLUME /var/lib/samba
HEALTHCHECK --interval=3s --timeout=10s --start-period=90s --retries=20 CMD ["/opt/directory/container.sh", "healthy"]
ENTRYPOINT ["/opt/directory/container.sh"]
