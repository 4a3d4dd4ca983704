DELETE FROM Books WHERE Id = :id AND Version = :version
