# The shop for Linux: the program with its libraries, on nothing. Runs as 10001 on a read-only root file system; without a connection
# string its books are in the volume.
#   docker build -f docker/web.linux.Dockerfile -t bookstore-web:linux .
ARG RUST_IMAGE=rust:1.95-bookworm

FROM ${RUST_IMAGE} AS build
# The Kerberos library is in the image because a login by ticket or keytab needs it; ca-certificates for the server's certificate.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends \
        ca-certificates libclang-dev libgssapi-krb5-2 libkrb5-dev libssl-dev make pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
ARG REVISION=unknown
ENV BOOKSTORE_COMMIT=${REVISION}
# The commit's time: --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
ARG SOURCE_DATE_EPOCH
# What is compiled stays in the builder's cache. Cargo compares times, and the cache may be newer than the files of another checkout, so
# the workspace's own files count as changed.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
    && cargo build --release --locked -p bookstore-web --features kerberos,otel \
    && docker/linux-rootfs.sh target/release/bookstore /rootfs

FROM scratch
ARG VERSION=0.1.0 REVISION=unknown
LABEL org.opencontainers.image.title="Bookstore" \
      org.opencontainers.image.description="A book shop that shows which identity it uses to reach SQL Server" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /rootfs/ /
USER 10001:10001
WORKDIR /var/lib/bookstore
VOLUME /var/lib/bookstore
ENV BOOKSTORE_ADDR=0.0.0.0:8080 BOOKSTORE_ADMIN_ADDR=0.0.0.0:9090
EXPOSE 8080 9090
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s CMD ["/usr/bin/bookstore", "healthcheck"]
ENTRYPOINT ["/usr/bin/bookstore"]
CMD ["serve"]
