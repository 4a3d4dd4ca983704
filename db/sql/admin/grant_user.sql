-- @P1: an existing login. Creates a user of the same name in this database and adds it to the role.
IF DATABASE_PRINCIPAL_ID(@P1) IS NULL
BEGIN
    DECLARE @user NVARCHAR(600) = N'CREATE USER ' + QUOTENAME(@P1) + N' FOR LOGIN ' + QUOTENAME(@P1);
    EXEC (@user);
END
IF COALESCE(IS_ROLEMEMBER(N'bookstore_app', @P1), 0) = 0
BEGIN
    DECLARE @member NVARCHAR(400) = N'ALTER ROLE bookstore_app ADD MEMBER ' + QUOTENAME(@P1);
    EXEC (@member);
END
