# Stops SQL Server cleanly: pages written, log closed. Kubernetes runs it before the stop signal (preStop).
$ErrorActionPreference = 'Stop'
Stop-Service 'MSSQL$SQLEXPRESS'
