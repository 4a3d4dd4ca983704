-- @P1: a Windows account, DOMAIN\name.
IF SUSER_ID(@P1) IS NULL
BEGIN
    DECLARE @statement NVARCHAR(400) = N'CREATE LOGIN ' + QUOTENAME(@P1) + N' FROM WINDOWS';
    EXEC (@statement);
END
