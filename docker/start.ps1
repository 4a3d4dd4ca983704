# Starts SQL Server, sets sa's password, attaches or creates the Bookstore database and migrates it, then follows the server's
# log until the service ends. May be run any number of times on the same volume.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2
. "$PSScriptRoot\sql.ps1"
$service = 'MSSQL$SQLEXPRESS'
$log = "$env:ProgramFiles\Microsoft SQL Server\MSSQL16.SQLEXPRESS\MSSQL\Log\ERRORLOG"

# The secret file wins over the environment, where a password is easier to see.
function Get-SaPassword {
    if (Test-Path $env:sa_password_path) { return (Get-Content -Raw $env:sa_password_path).TrimEnd("`r", "`n") }
    if ($env:sa_password) { return $env:sa_password }
    throw "No password for sa: mount a file at $env:sa_password_path or set sa_password."
}

function Wait-Sql {
    foreach ($attempt in 1..60) {
        try { [void](Invoke-Sql 'SELECT 1'); return } catch { $reason = $_.Exception.Message }
        Start-Sleep -Seconds 1
    }
    throw "SQL Server did not answer within 60 attempts: $reason"
}

# ALTER LOGIN takes no parameters, so the statement is built by the server, which quotes the password itself.
function Set-SaPassword([string]$Password) {
    if ($Password.Length -gt 128) { throw "The password of sa has $($Password.Length) characters; SQL Server allows 128." }
    [void](Invoke-Sql @'
DECLARE @statement nvarchar(max) =
    N'ALTER LOGIN sa WITH PASSWORD = N' + QUOTENAME(@password, '''') + N', CHECK_EXPIRATION = OFF; ALTER LOGIN sa ENABLE;';
EXEC (@statement);
'@ @{ password = $Password })
}

# master is part of the image and new in each container; the shop's database lives on the volume, so it is attached again.
function Mount-Bookstore {
    if (-not (Test-Path 'C:\data\Bookstore.mdf')) { return }
    [void](Invoke-Sql @'
IF DB_ID(N'Bookstore') IS NULL
    CREATE DATABASE Bookstore
        ON (FILENAME = N'C:\data\Bookstore.mdf'), (FILENAME = N'C:\data\Bookstore_log.ldf') FOR ATTACH;
'@ -Timeout 60)
}

# As sa, so that the eight books are sa's. Only this process's children see the string.
function Update-Bookstore([string]$Password) {
    $quoted = $Password.Replace('"', '""')
    $env:connectionstring =
        "Server=localhost,1433;Database=Bookstore;User Id=sa;Password=`"$quoted`";TrustServerCertificate=true"
    $arguments = @('migrate', '--seed')
    # The shop's gMSA, as DOMAIN\name$. The container needs a gMSA of its own to look that up (gmsa-facts.md, failure 21).
    if ($env:BOOKSTORE_GRANT) { $arguments += '--grant', $env:BOOKSTORE_GRANT }
    & "$PSScriptRoot\bookstore.exe" $arguments
    $status = $LASTEXITCODE
    Remove-Item Env:\connectionstring
    if ($status) { throw "bookstore migrate ended with $status; its message is above." }
}

if ($env:ACCEPT_EULA -ne 'Y') {
    Write-Output 'SQL Server has a licence: https://go.microsoft.com/fwlink/?linkid=857698'
    Write-Output 'Set the environment variable ACCEPT_EULA to Y if you accept it.'
    exit 1
}

$password = Get-SaPassword
# An empty volume belongs to its creator; the service writes to it.
icacls C:\data /grant '*S-1-5-20:(OI)(CI)F' /Q | Out-Null
Start-Service $service
Wait-Sql
Set-SaPassword $password
Mount-Bookstore
Update-Bookstore $password
Write-Output 'The Bookstore database is ready.'

# In a job, so that this script notices the end of the service: a container without its server must stop.
$follow = Start-Job { Get-Content -Path $using:log -Wait }
while ((Get-Service $service).Status -eq 'Running') {
    Receive-Job $follow
    Start-Sleep -Seconds 2
}
Receive-Job $follow
Write-Output 'SQL Server has stopped.'
