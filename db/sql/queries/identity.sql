-- The identity of this connection, and the server's time zone. sql_variant results are cast, because the driver does not read that type.
SELECT
    SUSER_SNAME() AS Login,
    ORIGINAL_LOGIN() AS OriginalLogin,
    COALESCE(CAST(CONNECTIONPROPERTY('auth_scheme') AS NVARCHAR(40)), N'unknown') AS AuthScheme,
    CAST(CONNECTIONPROPERTY('net_transport') AS NVARCHAR(40)) AS Transport,
    CAST(CONNECTIONPROPERTY('client_net_address') AS NVARCHAR(48)) AS ClientAddress,
    COALESCE(CAST(SERVERPROPERTY('ServerName') AS NVARCHAR(128)), @@SERVERNAME, N'unknown') AS ServerName,
    COALESCE(CAST(SERVERPROPERTY('ProductVersion') AS NVARCHAR(128)), N'unknown') AS ServerVersion,
    DB_NAME() AS DatabaseName,
    DATEPART(TZOFFSET, SYSDATETIMEOFFSET()) AS UtcOffsetMinutes;
