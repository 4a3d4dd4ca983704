# Shared by the scripts beside it: one statement on the local server, as the container's administrator.

# Runs $Statement in $Database; @name in it is $Parameters['name']. Returns the first column of the first row, if any.
function Invoke-Sql([string]$Statement, [hashtable]$Parameters = @{}, [string]$Database = 'master', [int]$Timeout = 5) {
    $connection = New-Object System.Data.SqlClient.SqlConnection(
        # Shared memory: whatever TCP, SPNs and gMSA are doing, the administrator gets in.
        "Server=lpc:.\SQLEXPRESS;Database=$Database;Integrated Security=true;Connect Timeout=$Timeout")
    try {
        $connection.Open()
        $command = $connection.CreateCommand()
        $command.CommandText = $Statement
        foreach ($name in $Parameters.Keys) {
            [void]$command.Parameters.AddWithValue("@$name", $Parameters[$name])
        }
        return $command.ExecuteScalar()
    } finally {
        $connection.Dispose()
    }
}
