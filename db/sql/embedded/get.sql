SELECT * FROM Books WHERE Id = :id
