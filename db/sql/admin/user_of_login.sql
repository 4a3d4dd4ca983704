-- @P1: a login. Its user in this database, which may have another name.
SELECT name AS UserName FROM sys.database_principals WHERE sid = SUSER_SID(@P1);
