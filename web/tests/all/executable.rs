//! The program itself: exit codes, output, signals.

use std::net::TcpListener;
use std::process::{Command, Output};

const PASSWORD: &str = "correct-horse-battery";

fn bookstore(args: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bookstore"));
    command.args(args).env_clear().envs(settings.iter().copied()).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

#[test]
fn help_and_version_succeed_and_a_wrong_command_line_is_2() {
    assert_eq!(bookstore(&["--version"], &[]).status.code(), Some(0));
    let help = bookstore(&["--help"], &[]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help).contains("BOOKSTORE_SHUTDOWN_DELAY"));
    assert_eq!(bookstore(&["sell"], &[]).status.code(), Some(2));
}

#[test]
fn wrong_settings_are_2_and_show_no_password() {
    let secret = format!("Server=db;User Id=sa;Password={PASSWORD}");
    let output =
        bookstore(&[], &[("BOOKSTORE_ADDR", "x"), ("BOOKSTORE_LOG_FORMAT", "xml"), ("connectionstring", &secret)]);
    assert_eq!(output.status.code(), Some(2));
    let text = text(&output);
    assert!(text.contains("BOOKSTORE_ADDR is \"x\"") && text.contains("BOOKSTORE_LOG_FORMAT is \"xml\""), "{text}");
    assert!(!text.contains(PASSWORD));
}

#[test]
fn a_healthcheck_fails_if_nobody_answers() {
    // Bound and dropped, so nobody listens there; should anyone come to, it is no bookstore.
    let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let output = bookstore(&["healthcheck"], &[("BOOKSTORE_ADMIN_ADDR", &addr)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains(&addr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthcheck_asks_the_running_shop() {
    let shop = crate::shop::Shop::with(&[("BOOKSTORE_SHUTDOWN_DELAY", "1h")]).await;
    // As a container would have it.
    let everywhere = format!("0.0.0.0:{}", shop.admin.port());
    let (admin, check) = (shop.admin, |args: &[&str]| bookstore(args, &[("BOOKSTORE_ADMIN_ADDR", &everywhere)]));
    assert_eq!(check(&["healthcheck"]).status.code(), Some(0));
    assert_eq!(check(&["healthcheck", "--ready"]).status.code(), Some(0));
    let pausing = shop.stop();
    let mut asked = 0;
    while crate::client::get("/readyz").send(admin).await.status != 503 {
        asked += 1;
        assert!(asked < 10_000, "readiness never went off");
    }
    assert_eq!(check(&["healthcheck"]).status.code(), Some(0));
    let unready = check(&["healthcheck", "--ready"]);
    assert_eq!(unready.status.code(), Some(1));
    assert!(text(&unready).contains("not ready: stopping"), "{}", text(&unready));
    pausing.abort();
}

#[test]
fn an_address_in_use_is_1_and_names_the_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bookstore"));
    command.current_dir(folder.path()).env("BOOKSTORE_ADDR", taken.local_addr().unwrap().to_string());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("set BOOKSTORE_ADDR to another"), "{}", text(&output));
}

#[cfg(unix)]
mod signals {
    use std::io::{BufRead, BufReader, Read};
    use std::net::SocketAddr;
    use std::process::{Child, Stdio};

    use super::*;
    use crate::client::{Request, get};

    struct Running {
        child: Child,
        log: BufReader<std::process::ChildStderr>,
        said: String,
        addr: SocketAddr,
        _folder: tempfile::TempDir,
    }

    fn start() -> Running {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_bookstore"));
        command.current_dir(folder.path()).stderr(Stdio::piped()).stdout(Stdio::piped()).env_clear();
        command
            .env("connectionstring", format!("Server=(embedded);AttachDbFilename=b.db;User Id=sa;Password={PASSWORD}"));
        command.envs([
            ("BOOKSTORE_ADDR", "127.0.0.1:0"),
            ("BOOKSTORE_ADMIN_ADDR", "127.0.0.1:0"),
            ("BOOKSTORE_LOG", "trace"),
        ]);
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("listening on") {
            assert_ne!(log.read_line(&mut said).unwrap(), 0, "{said}");
        }
        let (_, addr) = said.split_once("listening on http://").unwrap();
        let addr = addr.split(' ').next().unwrap().parse().unwrap();
        Running { child, log, said, addr, _folder: folder }
    }

    impl Running {
        fn signal(&self, name: &str) {
            let pid = self.child.id().to_string();
            assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
        }

        /// Waits for the end; the exit code and all that was written.
        fn end(mut self) -> (Option<i32>, String) {
            self.log.read_to_string(&mut self.said).unwrap();
            let output = self.child.wait_with_output().unwrap();
            (output.status.code(), self.said + &text(&output))
        }
    }

    #[tokio::test]
    async fn a_signal_to_end_is_obeyed_with_0_and_nothing_shows_the_password() {
        let running = start();
        let list = get("/api/v1/books").header("x-request-id", "find-me").send(running.addr).await;
        let refused = get("/api/v1/books/0").header("x-request-id", "find-me-too").send(running.addr).await;
        assert_eq!((list.status, refused.status), (200, 404));
        running.signal("TERM");
        let (code, said) = running.end();
        assert_eq!(code, Some(0), "{said}");
        let line = said.lines().find(|line| line.contains("\"refused\"")).unwrap();
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["status"], &line["spans"][0]["id"]), (&404.into(), &"find-me-too".into()));
        assert!(!said.contains(PASSWORD) && !list.body.contains(PASSWORD));
    }

    #[tokio::test]
    async fn a_second_signal_ends_at_once_with_1() {
        let running = start();
        let body = Request::new("POST", "/api/v1/books").header("content-type", "application/json").body("{}");
        let _stuck = body.begin(running.addr).await;
        // The answer shows that the program has read what came before it.
        get("/api").send(running.addr).await;
        running.signal("INT");
        let mut running = running;
        while !running.said.contains("draining") {
            running.log.read_line(&mut running.said).unwrap();
        }
        running.signal("INT");
        let (code, said) = running.end();
        assert_eq!(code, Some(1));
        assert!(said.contains("ended at once by a second signal"), "{said}");
    }
}
