-- An index of all strings of three characters: a search reads the books that it finds instead of all.
CREATE VIEW SearchKeys AS
SELECT Id, fold(Title || ' ' || AuthorFirstName || ' ' || AuthorLastName || ' ' || Publisher) AS SearchKey FROM Books;

-- Keys are folded already, hence case_sensitive.
CREATE VIRTUAL TABLE BookSearch USING fts5(SearchKey, tokenize = 'trigram case_sensitive 1');

INSERT INTO BookSearch (rowid, SearchKey) SELECT Id, SearchKey FROM SearchKeys;

CREATE TRIGGER TR_Search_Insert AFTER INSERT ON Books BEGIN
    INSERT INTO BookSearch (rowid, SearchKey) SELECT Id, SearchKey FROM SearchKeys WHERE Id = new.Id;
END;

CREATE TRIGGER TR_Search_Update AFTER UPDATE OF Title, AuthorFirstName, AuthorLastName, Publisher ON Books BEGIN
    UPDATE BookSearch SET SearchKey = (SELECT SearchKey FROM SearchKeys WHERE Id = new.Id) WHERE rowid = new.Id;
END;

CREATE TRIGGER TR_Search_Delete AFTER DELETE ON Books BEGIN
    DELETE FROM BookSearch WHERE rowid = old.Id;
END;
