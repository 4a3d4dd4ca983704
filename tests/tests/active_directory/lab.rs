//! `./run.sh --lab`: two shops on one database, and what is left of them. The executables are those of this build.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use bookstore_tests::browser::Browser;
use bookstore_tests::directory::skip;
use bookstore_tests::shop::{beside_this_test, executable};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

const ANY: &str = "127.0.0.1:0";

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts").join(name)
}

/// The lab as a person starts it; all that it makes is in the folder.
fn lab(folder: &TempDir) -> Child {
    let mut command = Command::new("env");
    // Where the tests run in a shell's background, it would be deaf to Ctrl-C.
    command.arg("--default-signal=INT").arg(script("lab.sh"));
    command.arg(beside_this_test("stand-in").parent().unwrap()).arg(script("two-shops.sh")).arg(executable());
    command.args([ANY, ANY]).env("TMPDIR", folder.path()).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The address of each shop, once both listen; none if the lab ended.
async fn addresses(lab: &mut Child) -> Option<[String; 2]> {
    let mut lines = BufReader::new(lab.stdout.take().unwrap()).lines();
    let mut next = async || {
        let line = lines.next_line().await.unwrap()?;
        Some(line.split_whitespace().last()?.trim_end_matches("/books").to_owned())
    };
    Some([next().await?, next().await?])
}

/// How many processes and mounts know the folder.
fn left_over(folder: &Path) -> usize {
    let folder = folder.to_str().unwrap();
    let mentions =
        |file: PathBuf| std::fs::read(file).is_ok_and(|text| String::from_utf8_lossy(&text).contains(folder));
    let processes = std::fs::read_dir("/proc").unwrap().map(|process| process.unwrap().path());
    let known = |process: PathBuf| mentions(process.join("cmdline")) || mentions(process.join("environ"));
    processes.filter(|process| known(process.clone())).count() + usize::from(mentions("/proc/mounts".into()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lab_shows_both_logins_on_one_database_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut lab = lab(&folder);
    let Some(shops) = addresses(&mut lab).await else {
        let mut said = String::new();
        lab.stderr.take().unwrap().read_to_string(&mut said).await.unwrap();
        assert_eq!(lab.wait().await.unwrap().code(), Some(3), "{said}");
        skip(said.trim());
        return;
    };
    for (shop, title) in shops.iter().zip(["Emma by sa", "Emma by the gMSA"]) {
        Browser::new(shop).add(title).await;
    }
    for shop in &shops {
        let list = Browser::new(shop).open("/books?q=Emma").await.texts("main").concat();
        assert!(list.contains(r"BOOKSTORE\webgmsa$") && list.contains("SQL login: sa"), "{list}");
    }
    assert!(left_over(folder.path()) > 0);
    let pid = lab.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().await.unwrap().success());
    assert_eq!(lab.wait().await.unwrap().code(), Some(130));
    assert_eq!(left_over(folder.path()), 0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
