//! The executable: exit codes, output, signals.

use std::net::TcpListener;
use std::process::Command;

use crate::program::{bookstore, command, text};

const PASSWORD: &str = "correct-horse-battery";

#[test]
fn help_exits_with_0_and_a_wrong_command_line_with_2() {
    assert_eq!(bookstore(&["--version"], &[]).status.code(), Some(0));
    let help = bookstore(&["--help"], &[]);
    assert_eq!(help.status.code(), Some(0));
    assert!(text(&help).contains("BOOKSTORE_SHUTDOWN_DELAY"));
    assert_eq!(bookstore(&["sell"], &[]).status.code(), Some(2));
}

#[test]
fn wrong_settings_exit_with_2_and_show_no_password() {
    let secret = format!("Server=db;User Id=sa;Password={PASSWORD}");
    let output =
        bookstore(&[], &[("BOOKSTORE_ADDR", "x"), ("BOOKSTORE_LOG_FORMAT", "xml"), ("connectionstring", &secret)]);
    assert_eq!(output.status.code(), Some(2));
    let text = text(&output);
    assert!(text.contains("BOOKSTORE_ADDR is \"x\"") && text.contains("BOOKSTORE_LOG_FORMAT is \"xml\""), "{text}");
    assert!(!text.contains(PASSWORD));
}

#[cfg(unix)]
#[test]
fn pipe_or_device_with_the_connection_string_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for file in [pipe.to_str().unwrap(), "/dev/zero"] {
        let refused = bookstore(&[], &[("connectionstring_file", file)]);
        let message = text(&refused);
        assert!(refused.status.code() == Some(2) && message.contains("a pipe or a device"), "{file}: {message}");
    }
}

#[test]
fn healthcheck_without_a_shop_exits_with_1() {
    // Bound and dropped, so nothing listens there. A program that takes the port meanwhile is not a bookstore.
    let addr = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let output = bookstore(&["healthcheck"], &[("BOOKSTORE_ADMIN_ADDR", &addr)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains(&addr));
}

#[tokio::test(flavor = "multi_thread")]
async fn healthcheck_reports_the_running_shop() {
    let shop = crate::shop::Shop::with(&[("BOOKSTORE_SHUTDOWN_DELAY", "1h")]).await;
    // As configured in a container.
    let everywhere = format!("0.0.0.0:{}", shop.admin.port());
    let (admin, check) = (shop.admin, |args: &[&str]| bookstore(args, &[("BOOKSTORE_ADMIN_ADDR", &everywhere)]));
    assert_eq!(check(&["healthcheck"]).status.code(), Some(0));
    assert_eq!(check(&["healthcheck", "--ready"]).status.code(), Some(0));
    let stopping = shop.stop();
    let mut attempts = 0;
    while crate::client::get("/readyz").send(admin).await.status != 503 {
        attempts += 1;
        assert!(attempts < 10_000, "readiness stays on");
    }
    assert_eq!(check(&["healthcheck"]).status.code(), Some(0));
    let unready = check(&["healthcheck", "--ready"]);
    assert_eq!(unready.status.code(), Some(1));
    assert!(text(&unready).contains("not ready: draining"), "{}", text(&unready));
    stopping.abort();
}

#[test]
fn address_in_use_exits_with_1_and_names_the_setting() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    let output = command(&[], &[("BOOKSTORE_ADDR", &addr)]).current_dir(folder.path()).output().unwrap();
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
        log_text: String,
        addr: SocketAddr,
        _folder: tempfile::TempDir,
    }

    fn start() -> Running {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("Server=(embedded);AttachDbFilename=b.db;User Id=sa;Password={PASSWORD}");
        let settings = [
            ("connectionstring", store.as_str()),
            ("BOOKSTORE_ADDR", "127.0.0.1:0"),
            ("BOOKSTORE_ADMIN_ADDR", "127.0.0.1:0"),
            ("BOOKSTORE_LOG", "trace"),
        ];
        let mut command = command(&[], &settings);
        command.current_dir(folder.path()).stderr(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut log_text = String::new();
        while !log_text.contains("listening on") {
            assert_ne!(log.read_line(&mut log_text).unwrap(), 0, "{log_text}");
        }
        let (_, addr) = log_text.split_once("listening on http://").unwrap();
        let addr = addr.split(' ').next().unwrap().parse().unwrap();
        Running { child, log, log_text, addr, _folder: folder }
    }

    impl Running {
        fn signal(&self, name: &str) {
            let pid = self.child.id().to_string();
            assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
        }

        /// Waits for the end and returns the exit code and all output.
        fn end(mut self) -> (Option<i32>, String) {
            self.log.read_to_string(&mut self.log_text).unwrap();
            let output = self.child.wait_with_output().unwrap();
            (output.status.code(), self.log_text + &text(&output))
        }
    }

    #[tokio::test]
    async fn signal_stops_the_shop_without_showing_the_password() {
        let running = start();
        let list = get("/api/v1/books").header("x-request-id", "find-me").send(running.addr).await;
        let refused = get("/api/v1/books/0").header("x-request-id", "find-me-too").send(running.addr).await;
        assert_eq!((list.status, refused.status), (200, 404));
        running.signal("TERM");
        let (code, log_text) = running.end();
        assert_eq!(code, Some(0), "{log_text}");
        let line = log_text.lines().find(|line| line.contains("\"refused\"")).unwrap();
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((&line["status"], &line["spans"][0]["id"]), (&404.into(), &"find-me-too".into()));
        assert!(!log_text.contains(PASSWORD) && !list.body.contains(PASSWORD));
    }

    #[tokio::test]
    async fn two_signals_at_once_are_one() {
        let running = start();
        let body = Request::new("POST", "/api/v1/books").header("content-type", "application/json").body("{}");
        let started = body.begin(running.addr).await;
        let half_sent = Request::new("GET", "/api").begin(running.addr).await;
        get("/api").send(running.addr).await;
        running.signal("TERM");
        running.signal("TERM");
        // It is answered: the second signal has not ended the program.
        assert_eq!(started.finish().await.status, 422);
        let (code, log_text) = running.end();
        assert!(code == Some(0) && !log_text.contains("cut off"), "{log_text}");
        drop(half_sent);
    }

    #[tokio::test]
    async fn second_signal_stops_at_once_with_1() {
        let running = start();
        let body = Request::new("POST", "/api/v1/books").header("content-type", "application/json").body("{}");
        let _unfinished = body.begin(running.addr).await;
        // Its response shows that the program has read the request before.
        get("/api").send(running.addr).await;
        running.signal("INT");
        let mut running = running;
        while !running.log_text.contains("draining") {
            assert_ne!(running.log.read_line(&mut running.log_text).unwrap(), 0, "{}", running.log_text);
        }
        // Two signals within a quarter of a second would be one.
        while running.child.try_wait().unwrap().is_none() {
            running.signal("INT");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let (code, log_text) = running.end();
        assert_eq!(code, Some(1));
        assert!(log_text.contains("stopped at once by a second signal"), "{log_text}");
    }
}
