-- Whether readers of this database see the last committed row instead of waiting for a writer. Babelfish always works so.
SELECT CASE WHEN SERVERPROPERTY('Babelfish') IS NULL THEN CAST(is_read_committed_snapshot_on AS INT) ELSE 1 END AS SnapshotReads
FROM sys.databases WHERE name = DB_NAME();
