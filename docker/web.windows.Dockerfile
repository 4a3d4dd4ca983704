# escape=`
# The shop for Windows nodes, built on Windows: MSVC, with the C runtime linked in so that the image needs none.
#   docker build -f docker/web.windows.Dockerfile --build-arg WINDOWS=ltsc2022 -t bookstore-web:ltsc2022 .
# BuildKit on Linux makes the same image from a cross-built exe: web.windows.cross.Dockerfile.
# The base's version must be the node's or, on Windows Server 2025 nodes, ltsc2022 too.
ARG WINDOWS=ltsc2022
# Pin what you build: --build-arg BASE=mcr.microsoft.com/windows/servercore@sha256:…
# servercore, not nanoserver: images of nanoserver since April 2024 break Kerberos (gmsa-facts.md, failure 31).
ARG BASE=mcr.microsoft.com/windows/servercore:${WINDOWS}

FROM ${BASE} AS build
SHELL ["powershell", "-NoProfile", "-Command", "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';"]
# hadolint cannot read PowerShell, hence SC1072 here and below.
# hadolint ignore=SC1072
RUN Invoke-WebRequest https://aka.ms/vs/17/release/vs_BuildTools.exe -OutFile C:\vs.exe; `
    $vs = Start-Process C:\vs.exe -Wait -PassThru -ArgumentList '--quiet', '--wait', '--norestart', '--nocache', `
        '--add', 'Microsoft.VisualStudio.Component.VC.Tools.x86.x64', `
        '--add', 'Microsoft.VisualStudio.Component.Windows11SDK.22621'; `
    if ($vs.ExitCode -notin 0, 3010) { exit $vs.ExitCode }; `
    Remove-Item C:\vs.exe
ARG RUST=1.95.0
# hadolint ignore=SC1072
RUN Invoke-WebRequest https://static.rust-lang.org/rustup/dist/x86_64-pc-windows-msvc/rustup-init.exe -OutFile C:\rustup.exe; `
    C:\rustup.exe -y --profile minimal --default-toolchain $env:RUST; `
    if ($LASTEXITCODE) { exit $LASTEXITCODE }; `
    Remove-Item C:\rustup.exe
WORKDIR C:\src
COPY . .
ARG REVISION=unknown
ENV BOOKSTORE_COMMIT=${REVISION}
# The commit's time: --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
ARG SOURCE_DATE_EPOCH
ENV RUSTFLAGS="-C target-feature=+crt-static"
# hadolint ignore=SC1072
RUN C:\Users\ContainerAdministrator\.cargo\bin\cargo.exe build --release --locked -p bookstore-web --features otel; `
    if ($LASTEXITCODE) { exit $LASTEXITCODE }

FROM ${BASE}
ARG WINDOWS VERSION=0.1.0 REVISION=unknown
LABEL org.opencontainers.image.title="Bookstore" `
      org.opencontainers.image.description="A book shop that shows which identity it uses to reach SQL Server" `
      org.opencontainers.image.licenses="MIT OR Apache-2.0" `
      org.opencontainers.image.version="${VERSION}" `
      org.opencontainers.image.revision="${REVISION}" `
      org.opencontainers.image.base.name="mcr.microsoft.com/windows/servercore:${WINDOWS}"
# Windows ends a process 5 s after CTRL_SHUTDOWN unless the image sets another time; the shop drains for up to 20 s.
# hadolint ignore=SC1001
RUN reg add HKLM\SYSTEM\CurrentControlSet\Services\cexecsvc /v ProcessShutdownTimeoutSeconds /t REG_DWORD /d 30 /f && `
    reg add HKLM\SYSTEM\CurrentControlSet\Control /v WaitToKillServiceTimeout /t REG_SZ /d 30000 /f
COPY --from=build C:/src/target/release/bookstore.exe C:/bookstore/bookstore.exe
# A gMSA is only given to this account or LocalSystem (gmsa-facts.md, failure 11); Windows users have no numbers.
# hadolint ignore=DL3066
USER "NT AUTHORITY\NETWORK SERVICE"
WORKDIR C:/bookstore
ENV BOOKSTORE_ADDR=0.0.0.0:8080 BOOKSTORE_ADMIN_ADDR=0.0.0.0:9090
EXPOSE 8080 9090
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s CMD ["C:\\bookstore\\bookstore.exe", "healthcheck"]
ENTRYPOINT ["C:\\bookstore\\bookstore.exe"]
CMD ["serve"]
