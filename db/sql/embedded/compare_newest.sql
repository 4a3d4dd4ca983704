SELECT * FROM Books WHERE CreatedBy = :creator ORDER BY CreatedOn DESC, Id DESC LIMIT :newest
