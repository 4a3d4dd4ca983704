-- :creator: a login, or '' for all; :word1 to :word6: GLOB patterns of the words to find, '*' for none.
SELECT count(*)
FROM BookSearch AS s CROSS JOIN Books AS b ON b.Id = s.rowid
WHERE s.SearchKey GLOB :word1 AND s.SearchKey GLOB :word2 AND s.SearchKey GLOB :word3
  AND s.SearchKey GLOB :word4 AND s.SearchKey GLOB :word5 AND s.SearchKey GLOB :word6
  AND (:creator = '' OR b.CreatedBy = :creator)
