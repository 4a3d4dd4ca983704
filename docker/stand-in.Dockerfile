# The SQL Server stand-in in place of Microsoft's image: SQL_IMAGE=bookstore-stand-in in compose.yaml and lab.compose.yaml. It reads the
# same variables and the same keytab, needs no licence and starts at once. Its data end with its container. For demonstrations and tests
# only: it keeps passwords in clear text.
#   docker build -f docker/stand-in.Dockerfile -t bookstore-stand-in .
ARG RUST_IMAGE=rust:1.95-bookworm
ARG DEBIAN_IMAGE=debian:trixie-slim

FROM ${RUST_IMAGE} AS build
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends \
        ca-certificates libclang-dev libgssapi-krb5-2 libkrb5-dev libssl-dev make pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# See web.linux.Dockerfile.
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    find . -path ./target -prune -o -name '*.rs' -exec touch {} + \
    && cargo build --release --locked -p sql-server-stand-in --features kerberos \
    && install -D target/release/stand-in /rootfs/usr/local/bin/stand-in \
    && install docker/stand-in.sh /rootfs/usr/local/bin/stand-in.sh

FROM ${DEBIAN_IMAGE}
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends libgssapi-krb5-2 libssl3t64 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /rootfs/ /
# The user of Microsoft's image, who owns the keytab.
USER 10001:10001
# It ends by Ctrl-C's signal.
STOPSIGNAL SIGINT
EXPOSE 1433
ENTRYPOINT ["/usr/local/bin/stand-in.sh"]
