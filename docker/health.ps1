# Exit 0 when the Bookstore database answers, 1 otherwise.
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot\sql.ps1"
try {
    [void](Invoke-Sql 'SELECT 1' -Database 'Bookstore' -Timeout 3)
} catch {
    Write-Output $_.Exception.Message
    exit 1
}
exit 0
