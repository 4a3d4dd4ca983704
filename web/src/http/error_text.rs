//! The texts of error pages: what happened, and what to do next.

use axum::http::StatusCode;
use bookstore_db::unavailable_reason::UnavailableReason;

/// The text of an error page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ErrorText {
    pub(crate) title: &'static str,
    pub(crate) message: &'static str,
}

impl ErrorText {
    pub(super) const NO_SUCH_BOOK: Self = Self {
        title: "Book not found",
        message: "It may have been deleted, or the number in the address is wrong. The list has all books.",
    };

    pub(super) const PERMISSION_DENIED: Self = Self {
        title: "The database refused the request",
        message: "The shop’s database login lacks a permission. The operator of the shop can grant it: add the login \
                  to the database role bookstore_app.",
    };

    const INTERNAL: Self = Self {
        title: "Something went wrong",
        message: "The shop could not complete the request. The cause is in its log. You can safely try again: nothing \
                  is saved twice.",
    };

    /// The text for a database that cannot serve the request: what happened, and who must act.
    pub(crate) fn unavailable(reason: UnavailableReason) -> Self {
        let (title, message) = match reason {
            UnavailableReason::Unreachable => (
                "The database is unreachable",
                "The shop is running, but it cannot reach its database server. It recovers automatically once the \
                 server is back.",
            ),
            UnavailableReason::Starting => (
                "The database is starting",
                "The database server is starting, restoring or failing over. The shop recovers automatically once \
                 that is done.",
            ),
            UnavailableReason::LoginRefused => (
                "The database refused the login",
                "The database server is running, but it refuses the shop’s login. The operator of the shop must check \
                 user, password and database. A refused login is repeated at growing intervals only, so that the \
                 account is not locked.",
            ),
            UnavailableReason::NoTicket => (
                "There is no Kerberos ticket",
                "The shop got no Kerberos ticket that its database server accepts. The operator of the shop must check \
                 its credentials, and the administrator of the directory the server’s principal name (SPN).",
            ),
            UnavailableReason::CertificateRefused => (
                "The database’s certificate was refused",
                "The shop does not trust the certificate of its database server. The operator of the shop must install \
                 the certificate’s authority or correct the server’s name.",
            ),
            UnavailableReason::NotEncrypted => (
                "No encrypted connection to the database",
                "Shop and database server found no encryption in common. The operator of the shop must check Encrypt \
                 in the connection string, and the administrator of the database the server’s TLS settings.",
            ),
            UnavailableReason::KerberosRequired => (
                "The login is not by Kerberos",
                "The shop accepts only Kerberos, and its login used another scheme, such as NTLM. The administrator of \
                 the directory must register the server’s principal name (SPN), or the operator of the shop must name \
                 the server as it is registered.",
            ),
            UnavailableReason::Unsupported => (
                "The connection string is not supported",
                "This build of the shop cannot log in as its connection string asks. The operator of the shop must \
                 correct the connection string or use another build.",
            ),
            UnavailableReason::ProgramFault => (
                "The shop failed within the login",
                "A fault of the shop’s own program ended its login; the database server did not refuse it. The \
                 operator of the shop must report the error of the log.",
            ),
            UnavailableReason::NoSchema => (
                "The database has no schema",
                "The database is running, but it lacks the tables of this version of the shop. The operator of the \
                 shop must run bookstore migrate.",
            ),
            UnavailableReason::TimedOut => (
                "The database took too long",
                "The database did not answer within the time limit, and the statement was stopped. Try again: nothing \
                 is saved twice. If it happens again, the administrator of the database must find what is slow.",
            ),
            UnavailableReason::Locked => (
                "The books are locked",
                "Another session holds a lock on what this request needs. Try again: nothing is saved twice. If it \
                 happens again, the administrator of the database must find the blocking session.",
            ),
            UnavailableReason::Overloaded => (
                "The database is overloaded",
                "The database server has too few resources at the moment. Try again in a few seconds. If it happens \
                 again, the administrator of the database must act.",
            ),
            UnavailableReason::StorageFull => (
                "The database has no space left",
                "Nothing was saved. Books can usually still be read. The administrator of the database must free some \
                 space. Then try again: nothing is saved twice.",
            ),
            UnavailableReason::AllConnectionsBusy => (
                "All database connections are in use",
                "Other requests use all connections to the database. Try again in a few seconds. If it happens again, \
                 the operator of the shop must raise Max Pool Size or find what is slow.",
            ),
        };
        Self { title, message }
    }

    /// The text for a status that has no text of its own.
    pub(crate) fn of(status: StatusCode) -> Self {
        let (title, message) = match status {
            StatusCode::SERVICE_UNAVAILABLE => (
                "The shop is busy",
                "It has too many requests at the moment, or this one took too long. Try again in a few seconds: \
                 nothing is saved twice.",
            ),
            StatusCode::NOT_FOUND => {
                ("Page not found", "The address may be wrong, or the page may have moved. The list has all books.")
            }
            StatusCode::BAD_REQUEST => (
                "The request could not be read",
                "It has a form field twice, text that is not UTF-8, or no single host name. Go back, reload the page \
                 and send the form again. If a program sent the request, correct the program.",
            ),
            StatusCode::FORBIDDEN => (
                "Request refused",
                "The form was sent from another site. Open the page in the shop and send the form from there.",
            ),
            StatusCode::MISDIRECTED_REQUEST => (
                "Unknown host name",
                "The shop does not answer to the host name in the address. Open it by localhost or its IP address. The \
                 operator can add the name to BOOKSTORE_HOSTS.",
            ),
            StatusCode::METHOD_NOT_ALLOWED => (
                "Method not allowed",
                "The page exists, but not for this kind of request. Open it from the list of books.",
            ),
            StatusCode::REQUEST_TIMEOUT => {
                ("The request took too long", "Not all of it arrived in time. Try again: nothing is saved twice.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => {
                ("The form is too large", "Go back, shorten the text and send the form again.")
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ("Not a form", "Send the form as application/x-www-form-urlencoded."),
            status if status.is_client_error() => {
                ("Bad request", "Something in the request is wrong. Start again from the list of books.")
            }
            _ => return Self::INTERNAL,
        };
        Self { title, message }
    }
}
