//! Scenarios of processes that are killed or stopped while clients write.

use std::sync::Arc;
use std::time::Duration;

use bookstore_tests::shop::Shop;
use bookstore_tests::small_disk::SmallDisk;
use fastrand::Rng;
use tokio::time::sleep;

use crate::ledger::{read_file, read_server};
use crate::server_process::ServerProcess;
use crate::setup::{CLIENTS, LOGIN, Outcome, Setup, free_address};
use crate::workload::Workload;

impl Setup {
    /// Kills the shop `count` times while clients write, and starts it again at the same address.
    pub(crate) async fn shop_kills(&self, count: usize) -> Outcome {
        let server = ServerProcess::start(&self.stand_in, LOGIN).await;
        let addr = free_address().to_string();
        let string = server.connection_string(LOGIN);
        let start = || Shop::run(self.shop_command(&[("connectionstring", &string), ("BOOKSTORE_ADDR", &addr)]));
        let mut shop = start().await;
        let workload = Arc::new(Workload::default());
        let clients = workload.start(&shop.url, "shop kills", CLIENTS);
        let mut rng = Rng::with_seed(self.seed);
        for _ in 0..count {
            workload.progress(rng.usize(1..10)).await;
            sleep(Duration::from_millis(rng.u64(..20))).await;
            shop.kill().await;
            shop = start().await;
        }
        workload.end(clients).await;
        let rows = read_server(&server.administrator()).await.expect("the database answers");
        Outcome::of("killed shops", count, &workload, rows, LOGIN, &shop)
    }

    /// Kills the server `count` times while clients write. Nobody listens for a moment, then it starts again with its
    /// data.
    pub(crate) async fn server_kills(&self, count: usize) -> Outcome {
        let mut server = ServerProcess::start(&self.stand_in, LOGIN).await;
        let shop = Shop::run(self.shop_command(&[("connectionstring", &server.connection_string(LOGIN))])).await;
        let workload = Arc::new(Workload::default());
        let clients = workload.start(&shop.url, "server kills", CLIENTS);
        let mut rng = Rng::with_seed(self.seed);
        for _ in 0..count {
            workload.progress(rng.usize(1..10)).await;
            sleep(Duration::from_millis(rng.u64(..20))).await;
            server.restart(LOGIN, Duration::from_millis(rng.u64(..200))).await;
        }
        workload.end(clients).await;
        let rows = read_server(&server.administrator()).await.expect("the database answers");
        Outcome::of("killed servers", count, &workload, rows, LOGIN, &shop)
    }

    /// Stops the shop or the server `count` times by SIGSTOP while clients write; the server now and then for longer
    /// than the shop waits for it.
    pub(crate) async fn pauses(&self, count: usize) -> Outcome {
        let server = ServerProcess::start(&self.stand_in, LOGIN).await;
        let string = format!("{};Connect Timeout=1;Command Timeout=1", server.connection_string(LOGIN));
        let shop = Shop::run(self.shop_command(&[("connectionstring", &string)])).await;
        let workload = Arc::new(Workload::default());
        let clients = workload.start(&shop.url, "pauses", CLIENTS);
        let mut rng = Rng::with_seed(self.seed);
        for number in 0..count {
            workload.progress(rng.usize(1..10)).await;
            sleep(Duration::from_millis(rng.u64(..20))).await;
            let length = Duration::from_millis(if number % 10 == 4 { 2_500 } else { rng.u64(..200) });
            if number % 2 == 0 { server.pause(length).await } else { shop.pause(length).await }
        }
        workload.end(clients).await;
        let rows = read_server(&server.administrator()).await.expect("the database answers");
        Outcome::of("stopped processes", count, &workload, rows, LOGIN, &shop)
    }

    /// Fills the disk of an embedded store `count` times while clients write, each time until a write is refused.
    /// `None` if this system has no small disk.
    pub(crate) async fn full_disks(&self, count: usize) -> Option<Outcome> {
        let Some(disk) = SmallDisk::start(&self.bookstore).await else {
            println!("SKIPPED: full disks: this system allows no mount in a namespace of its own");
            return None;
        };
        let workload = Arc::new(Workload::default());
        let clients = workload.start(&disk.shop.url, "full disks", CLIENTS);
        let mut refused = 0;
        for _ in 0..count {
            workload.progress(5).await;
            disk.fill();
            refused += usize::from(workload.refusal().await);
            disk.free();
        }
        workload.end(clients).await;
        let folder = tempfile::tempdir().expect("a folder");
        let rows = read_file(&disk.copy_database(folder.path())).expect("the file is readable");
        Some(Outcome::of("full disks", refused, &workload, rows, "sa", &disk.shop))
    }
}
