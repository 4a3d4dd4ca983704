//! `bookstore credspec`: prints a credential spec, from facts on the command line or from the directory itself.

use std::fmt;
use std::io::{self, Write};

use bookstore_db::credential_spec::print::{self, Place, PrintError};
use bookstore_db::credential_spec::{CredentialSpec, Draft, Refusal};
use clap::{Args, ValueEnum};

/// The facts, and the form in which they are printed.
#[derive(Debug, Args)]
pub(crate) struct Credspec {
    /// The account that the pods become: its sAMAccountName, at most 15 characters.
    #[arg(long, value_name = "ACCOUNT")]
    gmsa: String,
    /// One more account that the pods may use; may be repeated.
    #[arg(long, value_name = "ACCOUNT")]
    additional_gmsa: Vec<String>,
    /// Read the domain, and check the accounts, at a domain controller like ldap://dc1.corp.example.com, by Kerberos.
    #[arg(long, value_name = "URL", conflicts_with_all = ["domain", "netbios", "sid", "guid", "forest"])]
    from_directory: Option<String>,
    /// The domain's DNS name.
    #[arg(long, value_name = "DNS NAME", required_unless_present = "from_directory")]
    domain: Option<String>,
    /// The domain's NetBIOS name, at most 15 characters.
    #[arg(long, value_name = "NAME", required_unless_present = "from_directory")]
    netbios: Option<String>,
    /// The domain's SID, S-1-5-21-a-b-c: `(Get-ADDomain).DomainSID`.
    #[arg(long, value_name = "SID", required_unless_present = "from_directory")]
    sid: Option<String>,
    /// The domain's GUID: `(Get-ADDomain).ObjectGUID`.
    #[arg(long, value_name = "GUID", required_unless_present = "from_directory")]
    guid: Option<String>,
    /// The DNS name of the forest's root domain, if that is another.
    #[arg(long, value_name = "DNS NAME")]
    forest: Option<String>,
    /// For nodes outside of the domain: eks, aks, rancher, or a plugin's GUID.
    #[arg(long, requires = "plugin_input")]
    plugin: Option<String>,
    /// What the plugin is given: for eks the ARN of a secret, for aks ObjectId=…;SecretUri=…, for rancher NAMESPACE:SECRET.
    #[arg(long, value_name = "TEXT")]
    plugin_input: Option<String>,
    /// The credential spec's name in the cluster, for which pods ask.
    #[arg(long, default_value = "bookstore-web")]
    name: String,
    /// The pods' namespace.
    #[arg(long, default_value = "bookstore")]
    namespace: String,
    /// The service account that the pods run as [default: the credential spec's name].
    #[arg(long, value_name = "NAME")]
    service_account: Option<String>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For Kubernetes: GMSACredentialSpec, and the right of one service account to use it.
    Yaml,
    /// The file for Docker, and for ECS on Windows.
    Json,
    /// The file for ECS on Linux.
    Ecs,
    /// The domain's lines of k8s/parameters/parameters.env.
    Parameters,
}

/// Why there is no credential spec.
#[derive(Debug, thiserror::Error)]
pub enum CredspecError {
    /// Flags whose values would fail later.
    #[error("{}", Lines(.0))]
    Refused(Vec<Refusal>),
    /// The directory did not tell.
    #[cfg(all(unix, feature = "kerberos"))]
    #[error(transparent)]
    Directory(#[from] bookstore_db::credential_spec::directory::DirectoryError),
    /// This executable cannot ask a directory.
    #[cfg(not(all(unix, feature = "kerberos")))]
    #[error(
        "--from-directory needs a build for Linux with Kerberos (--features kerberos); here give --domain, --netbios, --sid and \
         --guid: `Get-ADDomain | Select-Object DNSRoot, NetBIOSName, DomainSID, ObjectGUID`"
    )]
    NoKerberos,
    /// It cannot be printed so.
    #[error(transparent)]
    Print(#[from] PrintError),
    /// Standard output does not take it.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl CredspecError {
    /// Whether the command line is to blame.
    pub(crate) fn is_usage(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Print(PrintError::NotOfEcs(_)) => true,
            #[cfg(not(all(unix, feature = "kerberos")))]
            Self::NoKerberos => true,
            _ => false,
        }
    }
}

struct Lines<'a>(&'a [Refusal]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> =
            self.0.iter().map(|refusal| format!("{refusal} (row {})", refusal.problem.row)).collect();
        f.write_str(&lines.join("\nbookstore: "))
    }
}

/// Prints what was asked for to standard output, and words on it to standard error.
pub(crate) fn run(args: Credspec) -> Result<(), CredspecError> {
    let place = args.place();
    let format = args.format;
    let names = place.problems().into_iter().map(|(flag, value, problem)| Refusal {
        flag,
        value: Some(value.to_owned()),
        problem,
    });
    let names: Vec<Refusal> = names.collect();
    let checked = args.draft()?.check();
    let (spec, notes) = match checked {
        Ok(checked) if names.is_empty() => checked,
        Ok(_) => return Err(CredspecError::Refused(names)),
        Err(refusals) => return Err(CredspecError::Refused([refusals, names].concat())),
    };
    for note in notes {
        eprintln!("bookstore: {note}");
    }
    Ok(io::stdout().lock().write_all(text(&spec, &place, format)?.as_bytes())?)
}

fn text(spec: &CredentialSpec, place: &Place, format: Format) -> Result<String, PrintError> {
    match format {
        Format::Yaml => print::kubernetes(spec, place),
        Format::Json => print::docker(spec),
        Format::Ecs => print::ecs(spec),
        Format::Parameters => Ok(print::parameters(spec.domain())),
    }
}

impl Credspec {
    fn place(&self) -> Place {
        Place {
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            service_account: self.service_account.as_ref().unwrap_or(&self.name).clone(),
        }
    }

    fn draft(self) -> Result<Draft, CredspecError> {
        let draft = Draft {
            domain: self.domain.unwrap_or_default(),
            forest: self.forest,
            netbios: self.netbios.unwrap_or_default(),
            sid: self.sid.unwrap_or_default(),
            guid: self.guid.unwrap_or_default(),
            gmsa: self.gmsa,
            additional: self.additional_gmsa,
            plugin: self.plugin,
            plugin_input: self.plugin_input,
        };
        match self.from_directory {
            None => Ok(draft),
            #[cfg(all(unix, feature = "kerberos"))]
            Some(url) => Ok(bookstore_db::credential_spec::directory::read(&url, draft)?),
            #[cfg(not(all(unix, feature = "kerberos")))]
            Some(_) => Err(CredspecError::NoKerberos),
        }
    }
}
