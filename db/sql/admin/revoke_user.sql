-- @P1: a login, which is also the name of its user. Removes the user from the role, if it is a member; user and login stay.
IF COALESCE(IS_ROLEMEMBER(N'bookstore_app', @P1), 0) = 1
BEGIN
    DECLARE @member NVARCHAR(400) = N'ALTER ROLE bookstore_app DROP MEMBER ' + QUOTENAME(@P1);
    EXEC (@member);
END
