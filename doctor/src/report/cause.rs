//! Causes of a failed check, and how to fix them.

use std::fmt;

use serde::Serialize;

/// Who has to apply a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audience {
    /// The people who run the shop.
    Application,
    /// The administrator of SQL Server.
    SqlServer,
    /// The administrator of Active Directory.
    Directory,
    /// The administrator of the cluster, its network and its machines.
    Cluster,
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Application => "application",
            Self::SqlServer => "SQL Server",
            Self::Directory => "directory",
            Self::Cluster => "cluster",
        })
    }
}

/// A fix of a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// Who has to apply it.
    pub by: Audience,
    /// What to do, without a full stop.
    pub action: String,
    /// Commands to run or texts to write, one per line; may be empty.
    pub command: String,
}

/// One explanation that fits the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// The number of the known failure, `docs/gmsa-facts.md` section 4.
    pub known_failure: Option<u8>,
    /// What is wrong.
    pub what: String,
    /// How to fix it.
    pub fixes: Vec<Fix>,
    /// How to distinguish it from the other causes, if there are several.
    pub distinguish_by: Option<String>,
}

impl Cause {
    /// Creates a cause that is a known failure.
    pub fn known(number: u8, what: impl Into<String>) -> Self {
        Self { known_failure: Some(number), ..Self::other(what) }
    }

    /// Creates a cause that is none of the known failures.
    pub fn other(what: impl Into<String>) -> Self {
        Self { known_failure: None, what: what.into(), fixes: Vec::new(), distinguish_by: None }
    }

    /// Adds a fix.
    #[must_use]
    pub fn fix(mut self, by: Audience, action: impl Into<String>, command: impl Into<String>) -> Self {
        self.fixes.push(Fix { by, action: action.into(), command: command.into() });
        self
    }

    /// Adds how to distinguish it from the others.
    #[must_use]
    pub fn distinguish_by(mut self, how: impl Into<String>) -> Self {
        self.distinguish_by = Some(how.into());
        self
    }
}
