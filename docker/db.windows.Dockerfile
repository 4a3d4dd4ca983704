# escape=`
# SQL Server 2022 Express in a Windows container, with the shop's database. For demonstrations: Microsoft does not support SQL
# Server in Windows containers (the beta ended in July 2021). In production use SQL Server on a VM, RDS or Azure SQL, by the same
# connection string (k8s/overlays/external-sql).
#   docker build -f docker/db.windows.Dockerfile --build-arg WEB=bookstore-web:ltsc2022 -t bookstore-db:ltsc2022 .
#   docker run -e ACCEPT_EULA=Y -e sa_password=… -v bookstore:C:\data -p 1433:1433 bookstore-db:ltsc2022
ARG WINDOWS=ltsc2022
ARG BASE=mcr.microsoft.com/windows/servercore:${WINDOWS}
# The shop's image: its program migrates the database.
ARG WEB=bookstore-web:${WINDOWS}

FROM ${WEB} AS web

FROM ${BASE}
ARG WINDOWS VERSION=0.1.0 REVISION=unknown
LABEL org.opencontainers.image.title="Bookstore database" `
      org.opencontainers.image.description="SQL Server 2022 Express with the Bookstore database, for demonstrations" `
      org.opencontainers.image.version="${VERSION}" `
      org.opencontainers.image.revision="${REVISION}" `
      org.opencontainers.image.base.name="mcr.microsoft.com/windows/servercore:${WINDOWS}"
SHELL ["powershell", "-NoProfile", "-Command", "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';"]
# The bootstrapper downloads the installer, which unpacks, installs and goes again, in one layer. The service runs as NETWORK
# SERVICE: that is who becomes the gMSA on the network.
RUN Invoke-WebRequest 'https://go.microsoft.com/fwlink/?linkid=2216019' -OutFile C:\ssei.exe; `
    Start-Process C:\ssei.exe -Wait -ArgumentList '/ACTION=Download', '/MEDIATYPE=Core', '/MEDIAPATH=C:\media', '/QUIET'; `
    Start-Process (Get-Item C:\media\SQLEXPR*.exe).FullName -Wait -ArgumentList '/q', '/x:C:\setup'; `
    C:\setup\setup.exe /q /ACTION=Install /INSTANCENAME=SQLEXPRESS /FEATURES=SQLEngine /UPDATEENABLED=0 `
        /SQLSVCACCOUNT='NT AUTHORITY\NETWORK SERVICE' /SQLSYSADMINACCOUNTS='BUILTIN\ADMINISTRATORS' `
        /TCPENABLED=1 /NPENABLED=0 /IACCEPTSQLSERVERLICENSETERMS; `
    if ($LASTEXITCODE) { exit $LASTEXITCODE }; `
    Remove-Item -Recurse -Force C:\ssei.exe, C:\media, C:\setup
# TCP 1433 instead of a dynamic port, mixed mode, user databases on the volume; started by start.ps1, not by Windows.
RUN $server = 'HKLM:\SOFTWARE\Microsoft\Microsoft SQL Server\MSSQL16.SQLEXPRESS\MSSQLServer'; `
    $all = Join-Path $server 'SuperSocketNetLib\Tcp\IPAll'; `
    Set-ItemProperty $all TcpPort 1433; `
    Set-ItemProperty $all TcpDynamicPorts ''; `
    Set-ItemProperty $server LoginMode 2; `
    Set-ItemProperty $server DefaultData 'C:\data'; `
    Set-ItemProperty $server DefaultLog 'C:\data'; `
    Set-Service 'MSSQL$SQLEXPRESS' -StartupType Manual
# Time to write the database's pages out when the container is stopped.
RUN reg add HKLM\SYSTEM\CurrentControlSet\Services\cexecsvc /v ProcessShutdownTimeoutSeconds /t REG_DWORD /d 90 /f; `
    reg add HKLM\SYSTEM\CurrentControlSet\Control /v WaitToKillServiceTimeout /t REG_SZ /d 90000 /f
COPY --from=web C:/bookstore/bookstore.exe C:/bookstore/bookstore.exe
COPY docker/sql.ps1 docker/start.ps1 docker/stop.ps1 docker/health.ps1 C:/bookstore/
# What the replaced demo asks for, by the same names; sa_password works too, but a file is seen by fewer eyes.
# hadolint ignore=DL3064
ENV ACCEPT_EULA=_ sa_password_path=C:\bookstore\secret\password
VOLUME C:\data
EXPOSE 1433
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s CMD ["powershell", "-NoProfile", "-File", "C:\\bookstore\\health.ps1"]
ENTRYPOINT ["powershell", "-NoProfile", "-File", "C:\\bookstore\\start.ps1"]
