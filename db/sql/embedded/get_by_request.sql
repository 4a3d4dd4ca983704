SELECT * FROM Books WHERE RequestId = :request_id
