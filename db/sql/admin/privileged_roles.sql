-- @P1: a login, which is also the name of its user. Whether it is a member of roles that bookstore_app does not
-- restrict.
SELECT
    IS_SRVROLEMEMBER(N'sysadmin', @P1) AS Sysadmin,
    IS_ROLEMEMBER(N'db_owner', @P1) AS DatabaseOwner,
    IS_ROLEMEMBER(N'db_datawriter', @P1) AS DataWriter;
