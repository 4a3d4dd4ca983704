EXEC sp_releaseapplock @Resource = N'bookstore_migrate', @LockOwner = N'Session';
