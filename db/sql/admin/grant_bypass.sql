-- @P1: a login and its user. Whether it is in roles that bookstore_app does not bind.
SELECT
    IS_SRVROLEMEMBER(N'sysadmin', @P1) AS Sysadmin,
    IS_ROLEMEMBER(N'db_owner', @P1) AS DatabaseOwner,
    IS_ROLEMEMBER(N'db_datawriter', @P1) AS DataWriter;
