SELECT CreatedBy, Books, FirstOn, LastOn FROM Creators ORDER BY Books DESC, CreatedBy
