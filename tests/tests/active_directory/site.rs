//! A shop in the domain: the database server, the gMSA's ticket cache, and shops that log in by it.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command as Blocking, Stdio};

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_db::migrate::{Options, migrate};
use bookstore_tests::browser::{Browser, Page};
use bookstore_tests::directory::Borrowed;
use bookstore_tests::fixture::settings;
use bookstore_tests::shop::{Shop, bare, beside_this_test, executable};
use bookstore_tests::sql;
use reqwest::StatusCode;
use tempfile::TempDir;
use tokio::process::Command;

/// The gMSA as SQL Server knows it.
pub(crate) const ACCOUNT: &str = r"BOOKSTORE\webgmsa$";
/// The gMSA as the directory knows it.
pub(crate) const PRINCIPAL: &str = "webgmsa$@BOOKSTORE.LOCAL";
pub(crate) const SPN: &str = "MSSQLSvc/db.bookstore.local:1433";
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

pub(crate) struct Site {
    ca_file: String,
    /// Ends before the directory, whose address it listens at, is given to the next test.
    server: Server,
    folder: TempDir,
    pub(crate) directory: Borrowed,
}

impl Site {
    /// A migrated and seeded database that the gMSA may use, and no ticket yet.
    pub(crate) async fn new() -> Option<Self> {
        let site = Self::without_login().await?;
        let options = Options { seed: true, grant: Some(ACCOUNT.to_owned()) };
        migrate(&site.as_sa(), &options).await.unwrap();
        Some(site)
    }

    /// A server that knows no login but sa.
    pub(crate) async fn without_login() -> Option<Self> {
        let directory = Borrowed::new().await?;
        let folder = tempfile::tempdir().unwrap();
        let (server, ca_file) = Server::start(server(&directory, &folder));
        Some(Self { ca_file, server, folder, directory })
    }

    pub(crate) fn as_sa(&self) -> SqlServerSettings {
        settings(&self.as_sa_text())
    }

    pub(crate) fn as_sa_text(&self) -> String {
        let (address, ca_file) = (self.directory.host_address(), &self.ca_file);
        format!("Server={address};Database=Bookstore;User Id=sa;Password=Secret-1;ServerCertificate={ca_file}")
    }

    /// The replaced demo's own string, but for the host and the certificate.
    pub(crate) fn integrated(&self) -> String {
        let ca_file = &self.ca_file;
        format!("Server=db.bookstore.local; Database = Bookstore; Trusted_Connection=true;ServerCertificate={ca_file}")
    }

    /// The same where the domain's DNS may be gone.
    pub(crate) fn integrated_by_address(&self) -> String {
        let address = self.directory.host_address();
        format!("{};Server={address};Server SPN={SPN};Connect Timeout=3", self.integrated())
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.folder.path().join("webgmsa.ccache")
    }

    /// A new ticket, as the member of the domain gets it.
    pub(crate) async fn ticket(&self) {
        let got = self.directory.ticket("host1", &self.cache(), 0).await;
        assert!(got.status.success(), "{}", String::from_utf8_lossy(&got.stderr));
    }

    /// A shop's command; its ticket cache is this site's.
    pub(crate) fn command(&self, connection_string: &str) -> Command {
        self.command_by(&[], connection_string)
    }

    /// The same through other programs, like `faketime`.
    pub(crate) fn command_by(&self, wrapper: &[&str], connection_string: &str) -> Command {
        self.command_for(wrapper, &["serve"], connection_string)
    }

    /// The same for other work than serving.
    pub(crate) fn command_for(&self, wrapper: &[&str], work: &[&str], connection_string: &str) -> Command {
        let work = std::iter::once(executable().to_owned()).chain(work.iter().map(PathBuf::from));
        let mut words = wrapper.iter().map(PathBuf::from).chain(work);
        let mut command = self.directory.command(words.next().unwrap());
        command.args(words);
        let mut command = bare(command);
        command.env("PATH", PATH).env("connectionstring", connection_string).env("BOOKSTORE_LOG_FORMAT", "json");
        command.env("KRB5CCNAME", format!("FILE:{}", self.cache().display()));
        command
    }

    pub(crate) async fn shop(&self) -> Open {
        Open::new(self.command(&self.integrated())).await
    }

    /// A shop that logs in anew for each statement.
    pub(crate) async fn forgetful_shop(&self) -> Open {
        Open::new(self.command(&format!("{};Pooling=false", self.integrated()))).await
    }

    /// Lets the server's logins go wrong: a line for the stand-in's standard input.
    pub(crate) fn fault(&mut self, line: &str) {
        self.server.fault(line);
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Who made the book of this title, by the database's own word.
    pub(crate) async fn creator(&self, title: &str) -> String {
        let query = format!("SELECT CreatedBy FROM dbo.Books WHERE Title = N'{title}'");
        let rows = sql::batch(&self.as_sa(), &query).await.unwrap().remove(0);
        rows[0].get::<&str, _>(0).unwrap().to_owned()
    }
}

/// The stand-in as a process, as its keytab is the process's.
struct Server {
    process: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts it and waits for its CA's file.
    fn start(mut command: Blocking) -> (Self, String) {
        let mut process = command.spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let is_ca = |line: String| line.strip_prefix("CA file").map(|file| file.trim().to_owned());
        let ca_file = said.by_ref().map_while(Result::ok).find_map(is_ca);
        (Self { process, said }, ca_file.expect("the stand-in starts"))
    }
}

impl Server {
    /// Arms a fault, as the stand-in's help says.
    fn fault(&mut self, line: &str) {
        let input = self.process.stdin.as_mut().expect("the stand-in's input");
        writeln!(input, "{line}").unwrap();
        let mut said = self.said.by_ref().map_while(Result::ok);
        assert!(said.any(|said| said == "armed"), "{line}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn server(directory: &Borrowed, folder: &TempDir) -> Blocking {
    let mut command = directory.command(beside_this_test("stand-in"));
    let address = directory.host_address();
    command.args(["--listen", &format!("{address}:1433"), "--name", address, "--name", "db.bookstore.local"]);
    command.args(["--domain", "BOOKSTORE.LOCAL=BOOKSTORE", "--faults"]);
    command.env_clear().env("PATH", PATH).env("STAND_IN_SA_PASSWORD", "Secret-1");
    command.env("KRB5_KTNAME", directory.file("mssql.keytab"));
    // Its files and its replay cache go away with the folder.
    command.env("TMPDIR", folder.path()).env("KRB5RCACHEDIR", folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.into_std()
}

/// A shop and a browser at it.
pub(crate) struct Open {
    pub(crate) shop: Shop,
    pub(crate) browser: Browser,
}

impl Open {
    pub(crate) async fn new(command: Command) -> Self {
        let shop = Shop::run(command).await;
        let browser = Browser::new(&shop.url);
        Self { shop, browser }
    }

    pub(crate) async fn serves(&self) {
        let page = self.browser.open("/books").await;
        assert_eq!(page.status, StatusCode::OK, "{}", self.shop.output());
    }

    /// Asks until the shop serves: a failed login is not tried again at once.
    pub(crate) async fn recovers(&self) {
        for _ in 0..100 {
            if self.browser.open("/books").await.status == StatusCode::OK {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("the shop does not recover:\n{}", self.shop.output());
    }

    /// The shop answers 503, its log says all of this, and its page none of it.
    pub(crate) async fn fails_with(&self, words: &[&str]) -> Page {
        let page = self.browser.open("/books").await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", self.shop.output());
        for words in words {
            self.shop.wrote(words).await;
            assert!(!page.text.contains(words), "the page says {words:?}");
        }
        page
    }
}
