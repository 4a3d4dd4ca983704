//! An example per operation of the API, by curl.

/// The example of an operation, by its id; empty if it has none.
pub(super) fn of(operation_id: &str) -> &'static str {
    EXAMPLES.iter().find(|(id, _)| *id == operation_id).map_or("", |(_, example)| example)
}

const EXAMPLES: [(&str, &str); 6] = [
    (
        "listBooks",
        r#"$ curl "$SHOP/api/v1/books?q=hugo+miserables&sort=createdOn&dir=desc"
{"books":[{"id":3,"title":"Les Misérables", … "createdBy":"sa", … "version":1, … }],
 "total":1,"page":1,"pageSize":20,"creators":[{"createdBy":"sa","books":8, … }]}"#,
    ),
    (
        "createBook",
        r#"$ curl -i "$SHOP/api/v1/books" -H 'Content-Type: application/json' \
    -H 'Idempotency-Key: 6f1c8b0e-3c7d-4e52-9a51-0d5b1f5a2c11' -d '{"title": "Emma",
    "authorFirstName": "Jane", "authorLastName": "Austen", "avgCustomerReviews": 12,
    "price": "7.50", "bookLanguage": "English", "publisher": "John Murray"}'
HTTP/1.1 201 Created
location: /api/v1/books/9
etag: "v1"

{"id":9,"title":"Emma", … "createdBy":"CONTOSO\\webgmsa$", … "version":1, … }"#,
    ),
    (
        "readBook",
        r#"$ curl -i "$SHOP/api/v1/books/9"
HTTP/1.1 200 OK
etag: "v1"

{"id":9,"title":"Emma", … "version":1, … }"#,
    ),
    (
        "replaceBook",
        r#"$ curl -i -X PUT "$SHOP/api/v1/books/9" -H 'Content-Type: application/json' -H 'If-Match: "v1"' \
    -d '{"title": "Emma", "authorFirstName": "Jane", "authorLastName": "Austen",
    "avgCustomerReviews": 13, "price": "8.00", "bookLanguage": "English", "publisher": "John Murray"}'
HTTP/1.1 200 OK
etag: "v2"

{"id":9,"title":"Emma", … "price":"8.00", … "version":2, … }"#,
    ),
    (
        "deleteBook",
        r#"$ curl -i -X DELETE "$SHOP/api/v1/books/9" -H 'If-Match: "v2"'
HTTP/1.1 204 No Content"#,
    ),
    (
        "readIdentity",
        r#"$ curl "$SHOP/api/v1/identity"
{"login":"CONTOSO\\webgmsa$","originalLogin":"CONTOSO\\webgmsa$","authScheme":"KERBEROS", …
 "reachable":true,"warnings":[], … }"#,
    ),
];
