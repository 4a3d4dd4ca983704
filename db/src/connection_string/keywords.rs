//! The keywords of Microsoft.Data.SqlClient, with all spellings.
//!
//! From `DbConnectionStringKeywords` and `DbConnectionStringSynonyms` of Microsoft.Data.SqlClient, with those that only
//! .NET Framework or System.Data.SqlClient has (`Asynchronous Processing`, `Connection Reset`, `Context Connection`,
//! `Network Library`, `Transparent Network IP Resolution`), because such strings are still in use.

/// Minimum similarity for a suggestion (Jaro-Winkler, 0 to 1).
const MIN_SIMILARITY: f64 = 0.85;

macro_rules! keywords {
    ($($keyword:ident: $($spelling:literal)|+;)+) => {
        /// A keyword, independent of its spelling.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Keyword {
            $($keyword,)+
        }

        impl Keyword {
            pub(super) const ALL: &[Self] = &[$(Self::$keyword,)+];

            /// All spellings, the canonical one first. Case is ignored, spaces are not.
            pub(super) const fn spellings(self) -> &'static [&'static str] {
                match self {
                    $(Self::$keyword => &[$($spelling,)+],)+
                }
            }
        }
    };
}

keywords! {
    DataSource: "Data Source" | "Server" | "Address" | "Addr" | "Network Address";
    InitialCatalog: "Initial Catalog" | "Database";
    AttachDbFilename: "AttachDbFilename" | "Extended Properties" | "Initial File Name";
    IntegratedSecurity: "Integrated Security" | "Trusted_Connection";
    UserId: "User ID" | "UID" | "User";
    Password: "Password" | "PWD";
    Encrypt: "Encrypt";
    TrustServerCertificate: "Trust Server Certificate" | "TrustServerCertificate";
    HostNameInCertificate: "Host Name In Certificate" | "HostNameInCertificate";
    ServerCertificate: "Server Certificate" | "ServerCertificate";
    ServerSpn: "Server SPN" | "ServerSPN";
    ApplicationName: "Application Name" | "App";
    WorkstationId: "Workstation ID" | "WorkstationID" | "WSID";
    ApplicationIntent: "Application Intent" | "ApplicationIntent";
    MultiSubnetFailover: "Multi Subnet Failover" | "MultiSubnetFailover";
    ConnectTimeout: "Connect Timeout" | "ConnectTimeout" | "Connection Timeout" | "Timeout";
    CommandTimeout: "Command Timeout";
    PacketSize: "Packet Size" | "PacketSize";
    Pooling: "Pooling";
    MaxPoolSize: "Max Pool Size";
    MinPoolSize: "Min Pool Size";
    LoadBalanceTimeout: "Load Balance Timeout" | "Connection Lifetime";
    ConnectionIdleTimeout: "Connection Idle Timeout";
    ConnectRetryCount: "Connect Retry Count" | "ConnectRetryCount";
    ConnectRetryInterval: "Connect Retry Interval" | "ConnectRetryInterval";
    Authentication: "Authentication";
    AsynchronousProcessing: "Asynchronous Processing" | "Async";
    AttestationProtocol: "Attestation Protocol";
    ColumnEncryptionSetting: "Column Encryption Setting" | "ColumnEncryption";
    ConnectionReset: "Connection Reset";
    ContextConnection: "Context Connection";
    CurrentLanguage: "Current Language" | "Language";
    EnclaveAttestationUrl: "Enclave Attestation Url";
    Enlist: "Enlist";
    FailoverPartner: "Failover Partner" | "FailoverPartner";
    FailoverPartnerSpn: "Failover Partner SPN" | "FailoverPartnerSPN";
    IpAddressPreference: "IP Address Preference" | "IPAddressPreference";
    MultipleActiveResultSets: "Multiple Active Result Sets" | "MultipleActiveResultSets";
    NetworkLibrary: "Network Library" | "Network" | "Net";
    PersistSecurityInfo: "Persist Security Info" | "PersistSecurityInfo";
    PoolBlockingPeriod: "Pool Blocking Period" | "PoolBlockingPeriod";
    Replication: "Replication";
    TransactionBinding: "Transaction Binding";
    TransparentNetworkIpResolution: "Transparent Network IP Resolution" | "TransparentNetworkIPResolution";
    TypeSystemVersion: "Type System Version";
    UserInstance: "User Instance";
}

impl Keyword {
    /// Finds the keyword with this spelling; also returns the spelling in its usual case.
    pub(super) fn find(spelling: &str) -> Option<(Self, &'static str)> {
        let mut known = Self::ALL.iter().flat_map(|keyword| keyword.spellings().iter().map(|known| (*keyword, *known)));
        known.find(|(_, known)| known.eq_ignore_ascii_case(spelling))
    }

    /// Whether SqlClient ignores spaces around a quoted word: in all values but these.
    pub(super) const fn is_trimmed(self) -> bool {
        !matches!(self, Self::Encrypt | Self::TransactionBinding | Self::TypeSystemVersion)
    }

    /// Returns the canonical spelling, which printed strings use.
    pub(super) const fn name(self) -> &'static str {
        self.spellings()[0]
    }
}

/// Returns the known spelling that is most similar to an unknown one, if any is similar enough.
pub(super) fn nearest(unknown: &str) -> Option<&'static str> {
    let unknown = unknown.to_lowercase();
    let similarity = |known: &str| strsim::jaro_winkler(&unknown, &known.to_lowercase());
    Keyword::ALL
        .iter()
        .flat_map(|keyword| keyword.spellings())
        .map(|known| (similarity(known), *known))
        .filter(|(similarity, _)| *similarity >= MIN_SIMILARITY)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}
