# The shop for Windows nodes, built by BuildKit on Linux: nothing runs in the Windows stage, because nothing Windows can.
#   docker buildx build --platform windows/amd64 -f docker/web.windows.cross.Dockerfile --build-arg WINDOWS=ltsc2025 `
#     -t REGISTRY/bookstore-web:0.1.0-ltsc2025 --push .
# What it lacks beside web.windows.Dockerfile: without RUN there is no longer wait after CTRL_SHUTDOWN than Windows' 5 s. In
# Kubernetes the preStop hook waits before that.
ARG WINDOWS=ltsc2022
ARG BASE=mcr.microsoft.com/windows/servercore:${WINDOWS}
ARG RUST_IMAGE=rust:1.95-bookworm

FROM --platform=$BUILDPLATFORM ${RUST_IMAGE} AS build
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends gcc-mingw-w64-x86-64 \
    && rm -rf /var/lib/apt/lists/* \
    && rustup target add x86_64-pc-windows-gnu
WORKDIR /src
COPY . .
# +crt-static links mingw's runtime in, as for MSVC.
ENV RUSTFLAGS="-C target-feature=+crt-static"
ARG REVISION=unknown
ENV BOOKSTORE_COMMIT=${REVISION}
# The commit's time: --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
ARG SOURCE_DATE_EPOCH
RUN cargo build --release --locked -p bookstore-web --features otel --target x86_64-pc-windows-gnu

FROM ${BASE}
ARG WINDOWS VERSION=0.1.0 REVISION=unknown
LABEL org.opencontainers.image.title="Bookstore" \
      org.opencontainers.image.description="A book shop that shows which identity it uses to reach SQL Server" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="mcr.microsoft.com/windows/servercore:${WINDOWS}"
COPY --from=build /src/target/x86_64-pc-windows-gnu/release/bookstore.exe C:/bookstore/bookstore.exe
# hadolint ignore=DL3066
USER "NT AUTHORITY\\NETWORK SERVICE"
WORKDIR C:/bookstore
ENV BOOKSTORE_ADDR=0.0.0.0:8080 BOOKSTORE_ADMIN_ADDR=0.0.0.0:9090
EXPOSE 8080 9090
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["C:\\bookstore\\bookstore.exe", "healthcheck"]
ENTRYPOINT ["C:\\bookstore\\bookstore.exe"]
CMD ["serve"]
