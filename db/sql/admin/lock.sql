-- Allows one migration at a time. @P1: how long to wait, in milliseconds. Result: 0 or 1 if the lock was granted,
-- negative if not.
DECLARE @result INT;
EXEC @result = sp_getapplock @Resource = N'bookstore_migrate', @LockMode = N'Exclusive',
    @LockOwner = N'Session', @LockTimeout = @P1;
SELECT @result AS Result;
