//! The connections of a store, counted.

/// The connections of a store at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    /// Open connections.
    pub size: u32,
    /// Open connections that are not in use.
    pub idle: u32,
    /// Requests that wait for a connection.
    pub waiting: u32,
    /// Maximum of open connections.
    pub max: u32,
}

impl PoolState {
    /// Number of connections in use.
    pub fn busy(&self) -> u32 {
        self.size.saturating_sub(self.idle)
    }
}
