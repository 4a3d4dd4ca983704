-- One migration at a time, however many Jobs start. @P1: how long to wait, in milliseconds. Result: 0 or 1 is granted, below 0 is not.
DECLARE @result INT;
EXEC @result = sp_getapplock @Resource = N'bookstore_migrate', @LockMode = N'Exclusive', @LockOwner = N'Session', @LockTimeout = @P1;
SELECT @result AS Result;
