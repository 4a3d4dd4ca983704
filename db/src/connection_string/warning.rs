//! What a connection string asks for and does not get.

/// Something in a connection string that is understood and ignored. Never holds a value that the string gave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// A keyword of Microsoft.Data.SqlClient that changes nothing here.
    #[error("{keyword} is without effect here: {reason}")]
    WithoutEffect {
        /// The keyword, as the string spells it.
        keyword: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// Integrated security together with a user or a password, which SqlClient ignores in silence.
    #[error(
        "{keyword} is ignored, because Integrated Security=true logs in as the account of this process; remove one of the two"
    )]
    LoginIgnored {
        /// The keyword of the user or the password, as the string spells it.
        keyword: &'static str,
    },
    /// A SQL login without a password, which is tried with an empty one.
    #[error("User ID is given without Password: the login is tried with an empty password")]
    EmptyPassword,
    /// A data source with an instance and a port, of which the port counts.
    #[error("Data Source names an instance and port {port}: the port is used and the instance ignored")]
    InstanceIgnored {
        /// The port.
        port: u16,
    },
}
