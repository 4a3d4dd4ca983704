//! A site in the domain: the database server, the gMSA's ticket cache, and shops that log in with it.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command as StdCommand, Stdio};

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_db::migrate::{MigrationOptions, migrate};
use bookstore_tests::browser::{Browser, Page};
use bookstore_tests::directory::DirectoryLease;
use bookstore_tests::fixture::turn_on_snapshot_reads;
use bookstore_tests::shop::{Shop, built_executable, executable, isolated, signal};
use bookstore_tests::sql;
use bookstore_tests::sql::settings;
use bookstore_tests::wait::{PATIENCE, eventually};
use reqwest::StatusCode;
use tempfile::TempDir;
use tokio::process::Command;

/// The gMSA's name in SQL Server.
pub(crate) const ACCOUNT: &str = r"BOOKSTORE\webgmsa$";
/// The gMSA's Kerberos principal.
pub(crate) const PRINCIPAL: &str = "webgmsa$@BOOKSTORE.LOCAL";
pub(crate) const SPN: &str = "MSSQLSvc/db.bookstore.local:1433";
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

pub(crate) struct Site {
    ca_file: String,
    /// Dropped before the directory, so that the next test can listen at the same address.
    server: Server,
    folder: TempDir,
    pub(crate) directory: DirectoryLease,
}

impl Site {
    /// A site with a migrated and seeded database that the gMSA may use, and without a ticket.
    pub(crate) async fn new() -> Option<Self> {
        let site = Self::without_login().await?;
        let options = MigrationOptions { seed: true, grant: Some(ACCOUNT.to_owned()), ..MigrationOptions::default() };
        migrate(&site.as_sa(), &options).await.unwrap();
        Some(site)
    }

    /// A site whose server has the login sa only.
    pub(crate) async fn without_login() -> Option<Self> {
        let directory = DirectoryLease::new().await?;
        let folder = tempfile::tempdir().unwrap();
        let (server, ca_file) = Server::start(server(&directory, &folder));
        let site = Self { ca_file, server, folder, directory };
        turn_on_snapshot_reads(&site.as_sa()).await;
        Some(site)
    }

    pub(crate) fn as_sa(&self) -> SqlServerSettings {
        settings(&self.as_sa_text())
    }

    pub(crate) fn as_sa_text(&self) -> String {
        let (address, ca_file) = (self.directory.host_address(), &self.ca_file);
        format!("Server={address};Database=Bookstore;User Id=sa;Password=Secret-1;ServerCertificate={ca_file}")
    }

    /// The connection string of the demo that Bookstore replaces, with another host and a certificate.
    pub(crate) fn integrated(&self) -> String {
        let ca_file = &self.ca_file;
        format!("Server=db.bookstore.local; Database = Bookstore; Trusted_Connection=true;ServerCertificate={ca_file}")
    }

    /// The same without a need for the domain's DNS.
    pub(crate) fn integrated_by_address(&self) -> String {
        let address = self.directory.host_address();
        format!("{};Server={address};Server SPN={SPN};Connect Timeout=3", self.integrated())
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.folder().join("webgmsa.ccache")
    }

    /// Requests a new ticket, as a member of the domain does.
    pub(crate) async fn ticket(&self) {
        let ticket = self.directory.ticket("host1", &self.cache(), 0).await;
        assert!(ticket.status.success(), "{}", String::from_utf8_lossy(&ticket.stderr));
    }

    /// The command of a shop that uses the site's ticket cache.
    pub(crate) fn command(&self, connection_string: &str) -> Command {
        self.wrapped_command(&[], connection_string)
    }

    /// The same, run by other programs such as `faketime`.
    pub(crate) fn wrapped_command(&self, wrapper: &[&str], connection_string: &str) -> Command {
        self.subcommand(wrapper, &["serve"], connection_string)
    }

    /// The same for another subcommand than `serve`.
    pub(crate) fn subcommand(&self, wrapper: &[&str], arguments: &[&str], connection_string: &str) -> Command {
        let wrapper = wrapper.iter().map(PathBuf::from);
        self.command_line(wrapper.chain([executable().to_owned()]), arguments, connection_string)
    }

    /// The same for another executable, the last word of `words`.
    pub(crate) fn command_line(
        &self,
        words: impl IntoIterator<Item = PathBuf>,
        arguments: &[&str],
        connection_string: &str,
    ) -> Command {
        let mut words = words.into_iter();
        let mut command = self.directory.command(words.next().unwrap());
        command.args(words).args(arguments);
        let mut command = isolated(command);
        command.env("PATH", PATH).env("connectionstring", connection_string).env("BOOKSTORE_LOG_FORMAT", "json");
        command.env("KRB5CCNAME", format!("FILE:{}", self.cache().display()));
        command
    }

    pub(crate) async fn shop(&self) -> OpenShop {
        OpenShop::new(self.command(&self.integrated())).await
    }

    /// A shop that logs in for each statement.
    pub(crate) async fn shop_without_pool(&self) -> OpenShop {
        OpenShop::new(self.command(&format!("{};Pooling=false", self.integrated()))).await
    }

    /// Arms a fault of the server's logins by a line on the stand-in's standard input.
    pub(crate) fn fault(&mut self, line: &str) {
        self.server.fault(line);
    }

    /// Stops the server's process: it takes connections, and answers none until SIGCONT.
    pub(crate) fn freeze_server(&self) {
        signal(self.server.process.id(), "STOP");
    }

    pub(crate) fn thaw_server(&self) {
        signal(self.server.process.id(), "CONT");
    }

    /// The folder of the ticket cache.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The creator of the book with this title, as reported by the database.
    pub(crate) async fn creator(&self, title: &str) -> String {
        let query = format!("SELECT CreatedBy FROM dbo.Books WHERE Title = N'{title}'");
        let rows = sql::batch(&self.as_sa(), &query).await.unwrap().remove(0);
        rows[0].get::<&str, _>(0).unwrap().to_owned()
    }
}

/// The stand-in as a process of its own, because the keytab is a setting of the process.
struct Server {
    process: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts it and returns the path of its CA file.
    fn start(mut command: StdCommand) -> (Self, String) {
        let mut process = command.spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap()).lines();
        let is_ca = |line: String| line.strip_prefix("CA file").map(|file| file.trim().to_owned());
        let ca_file = output.by_ref().map_while(Result::ok).find_map(is_ca);
        (Self { process, output }, ca_file.expect("the stand-in starts"))
    }

    /// Arms a fault; `stand-in --help` lists them.
    fn fault(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().expect("the stand-in's input");
        writeln!(input, "{line}").unwrap();
        let mut output = self.output.by_ref().map_while(Result::ok);
        assert!(output.any(|line| line == "armed"), "{line}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn server(directory: &DirectoryLease, folder: &TempDir) -> StdCommand {
    let mut command = directory.command(built_executable("stand-in"));
    let address = directory.host_address();
    command.args(["--listen", &format!("{address}:1433"), "--name", address, "--name", "db.bookstore.local"]);
    command.args(["--domain", "BOOKSTORE.LOCAL=BOOKSTORE", "--faults"]);
    command.env_clear().env("PATH", PATH).env("STAND_IN_SA_PASSWORD", "Secret-1");
    command.env("KRB5_KTNAME", directory.file("mssql.keytab"));
    // Its files and its replay cache are removed with the folder.
    command.env("TMPDIR", folder.path()).env("KRB5RCACHEDIR", folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.into_std()
}

/// A shop and a browser at it.
pub(crate) struct OpenShop {
    pub(crate) shop: Shop,
    pub(crate) browser: Browser,
}

impl OpenShop {
    pub(crate) async fn new(command: Command) -> Self {
        let shop = Shop::run(command).await;
        let browser = Browser::new(&shop.url);
        Self { shop, browser }
    }

    pub(crate) async fn assert_serves(&self) {
        let page = self.browser.open("/books").await;
        assert_eq!(page.status, StatusCode::OK, "{}", self.shop.output());
    }

    /// Waits until the shop serves: a failed login is not retried at once.
    pub(crate) async fn wait_until_it_serves(&self) {
        let probe = async || match self.browser.open("/books").await.status {
            StatusCode::OK => Ok(()),
            _ => Err(self.shop.output()),
        };
        eventually("the shop serves", PATIENCE, probe).await;
    }

    /// Expects a page 503, and texts that are in the log and not in the page.
    pub(crate) async fn assert_fails_with(&self, parts: &[&str]) -> Page {
        let page = self.browser.open("/books").await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", self.shop.output());
        for part in parts {
            self.shop.wait_for_output(part).await;
            assert!(!page.text.contains(part), "{part:?} is in the page");
        }
        page
    }
}
