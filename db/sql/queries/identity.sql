-- sql_variant results are cast: the driver does not read that type.
SELECT
    SUSER_SNAME() AS Login,
    ORIGINAL_LOGIN() AS OriginalLogin,
    CAST(CONNECTIONPROPERTY('auth_scheme') AS NVARCHAR(40)) AS AuthScheme,
    CAST(CONNECTIONPROPERTY('net_transport') AS NVARCHAR(40)) AS Transport,
    CAST(CONNECTIONPROPERTY('client_net_address') AS NVARCHAR(48)) AS ClientAddress,
    CAST(COALESCE(SERVERPROPERTY('ServerName'), @@SERVERNAME) AS NVARCHAR(128)) AS ServerName,
    CAST(SERVERPROPERTY('ProductVersion') AS NVARCHAR(128)) AS ServerVersion,
    DB_NAME() AS DatabaseName;
