-- Deletes a row if it is still at this version; one out of range is compared as the nearest one.
DELETE FROM Books WHERE Id = :id AND max(-2147483648, min(Version, 2147483647)) = :version
