DELETE FROM Books WHERE Id = :id AND min(Version, 2147483647) = :version
