//! `bookstore credspec`: prints a credential spec, from values on the command line or from the directory.

use std::fmt;
use std::io::{self, Write};

use bookstore_gmsa::credential_spec::print::{self, ObjectNames, PrintError};
use bookstore_gmsa::credential_spec::{CredentialSpec, FlagError, SpecDraft};
use clap::{Args, ValueEnum};

/// The values of the credential spec, and the format to print.
#[derive(Debug, Args)]
pub(crate) struct CredspecArgs {
    /// The group managed service account of the pods: its sAMAccountName, at most 15 characters.
    #[arg(long, value_name = "ACCOUNT")]
    gmsa: String,
    /// Another account that the pods may use; may be repeated.
    #[arg(long, value_name = "ACCOUNT")]
    additional_gmsa: Vec<String>,
    /// Read the domain from a domain controller, like ldap://dc1.corp.example.com, and check the accounts there. Uses
    /// Kerberos.
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
    /// The DNS name of the forest's root domain, if it differs from the domain.
    #[arg(long, value_name = "DNS NAME")]
    forest: Option<String>,
    /// The plugin for nodes outside the domain: eks, aks, rancher, or the GUID of a plugin.
    #[arg(long, requires = "plugin_input")]
    plugin: Option<String>,
    /// The plugin's input: the ARN of a secret for eks, ObjectId=…;SecretUri=… for aks, NAMESPACE:SECRET for rancher.
    #[arg(long, value_name = "TEXT")]
    plugin_input: Option<String>,
    /// The name of the credential spec in the cluster, to which pods refer.
    #[arg(long, default_value = "bookstore-web")]
    name: String,
    /// The namespace of the pods.
    #[arg(long, default_value = "bookstore")]
    namespace: String,
    /// The service account of the pods [default: the name of the credential spec].
    #[arg(long, value_name = "NAME")]
    service_account: Option<String>,
    /// The format to print.
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For Kubernetes: a GMSACredentialSpec, and the permission of one service account to use it.
    Yaml,
    /// The file for Docker and for ECS on Windows.
    Json,
    /// The file for ECS on Linux.
    Ecs,
    /// The lines of k8s/parameters/parameters.env for the domain.
    Parameters,
}

/// Why no credential spec is printed.
#[derive(Debug, thiserror::Error)]
pub enum CredspecError {
    /// Values that would fail later.
    #[error("{}", Lines(.0))]
    Refused(Vec<FlagError>),
    /// The directory could not be read.
    #[cfg(all(unix, feature = "kerberos"))]
    #[error(transparent)]
    Directory(#[from] bookstore_gmsa::directory::DirectoryError),
    /// This executable cannot read a directory.
    #[cfg(not(all(unix, feature = "kerberos")))]
    #[error(
        "--from-directory needs a build for Linux with Kerberos (--features kerberos); here give --domain, --netbios, \
         --sid and --guid: `Get-ADDomain | Select-Object DNSRoot, NetBIOSName, DomainSID, ObjectGUID`"
    )]
    NoKerberos,
    /// The format does not support the credential spec.
    #[error(transparent)]
    Print(#[from] PrintError),
    /// Standard output cannot be written to.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

impl CredspecError {
    /// Whether the command line is wrong.
    pub(crate) fn is_usage(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Print(PrintError::NotOfEcs(_)) => true,
            #[cfg(not(all(unix, feature = "kerberos")))]
            Self::NoKerberos => true,
            _ => false,
        }
    }
}

struct Lines<'a>(&'a [FlagError]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |error: &FlagError| format!("{error} (known failure {})", error.violation.known_failure);
        let lines: Vec<String> = self.0.iter().map(line).collect();
        f.write_str(&lines.join("\nbookstore: "))
    }
}

/// Prints the credential spec to standard output and notes to standard error.
///
/// # Errors
/// See [`CredspecError`].
pub(crate) fn run(args: CredspecArgs) -> Result<(), CredspecError> {
    let names = args.names();
    let format = args.format;
    let name_errors = names.errors();
    let checked = args.draft()?.validate();
    let (spec, notes) = match checked {
        Ok(checked) if name_errors.is_empty() => checked,
        Ok(_) => return Err(CredspecError::Refused(name_errors)),
        Err(errors) => return Err(CredspecError::Refused([errors, name_errors].concat())),
    };
    for note in notes {
        eprintln!("bookstore: {note}");
    }
    Ok(io::stdout().lock().write_all(text(&spec, &names, format)?.as_bytes())?)
}

fn text(spec: &CredentialSpec, names: &ObjectNames, format: Format) -> Result<String, PrintError> {
    match format {
        Format::Yaml => print::kubernetes(spec, names),
        Format::Json => print::docker(spec),
        Format::Ecs => print::ecs(spec),
        Format::Parameters => Ok(print::parameters(spec.domain())),
    }
}

impl CredspecArgs {
    fn names(&self) -> ObjectNames {
        ObjectNames {
            name: self.name.clone(),
            namespace: self.namespace.clone(),
            service_account: self.service_account.as_ref().unwrap_or(&self.name).clone(),
        }
    }

    fn draft(self) -> Result<SpecDraft, CredspecError> {
        let draft = SpecDraft {
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
            Some(url) => Ok(bookstore_gmsa::credential_spec::directory::read(&url, draft)?),
            #[cfg(not(all(unix, feature = "kerberos")))]
            Some(_) => Err(CredspecError::NoKerberos),
        }
    }
}
