//! What error pages say: what happened, and what to do.

use axum::http::StatusCode;

/// The text of an error page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) title: &'static str,
    pub(crate) message: &'static str,
}

impl Words {
    pub(crate) const NO_SUCH_BOOK: Self = Self {
        title: "There is no such book",
        message: "It may have been deleted, or its number may be mistyped. All books are in the list.",
    };

    pub(crate) const REFUSED: Self = Self {
        title: "The database refused",
        message: "The login that the shop uses may not do this in the database. Whoever runs the shop has to grant it the role \
                  bookstore_app.",
    };

    pub(super) const AWAY: Self = Self {
        title: "The database is away",
        message: "The shop is running, but its database does not answer just now. It goes on by itself when the database is \
                  back: try again in a few seconds.",
    };

    const BROKEN: Self = Self {
        title: "Something went wrong",
        message: "The shop could not do this. The cause is in its log. Trying again does no harm: nothing is saved twice.",
    };

    /// The words for a status that came without any.
    pub(crate) fn of(status: StatusCode) -> Self {
        let (title, message) = match status {
            StatusCode::SERVICE_UNAVAILABLE => (
                "Too much at once",
                "The shop has more to do than it can, or this took too long. Try again in a few seconds: nothing is saved twice.",
            ),
            StatusCode::NOT_FOUND => (
                "There is no such page",
                "The address may be mistyped, or the page may have moved. All books are in the list.",
            ),
            StatusCode::BAD_REQUEST => (
                "The form could not be read",
                "What arrived is not a filled-in form. Go back, reload the page and send it again.",
            ),
            StatusCode::FORBIDDEN => (
                "This was not allowed",
                "The form was sent from another site. Open the page in the shop and send it from there.",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                "This cannot be done here",
                "The page exists, but not for this kind of request. Open it from the list of books.",
            ),
            StatusCode::REQUEST_TIMEOUT => {
                ("This took too long", "The shop gave up waiting. Try again: nothing is saved twice.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => {
                ("That is too much", "The form is larger than the shop takes. Go back and shorten what you wrote.")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                ("That is not a form", "The shop takes forms of the type application/x-www-form-urlencoded here.")
            }
            status if status.is_client_error() => (
                "The shop cannot answer this",
                "Something about the request is wrong. Start again from the list of books.",
            ),
            _ => return Self::BROKEN,
        };
        Self { title, message }
    }
}
