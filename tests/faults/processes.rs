//! Scenarios of processes that are killed or stopped while clients write.

use std::sync::Arc;
use std::time::Duration;

use bookstore_tests::shop::Shop;
use bookstore_tests::small_disk::SmallDisk;
use bookstore_tests::wait::{PATIENCE, eventually};
use fastrand::Rng;
use tokio::time::sleep;

use crate::ledger::{read_file, read_server};
use crate::server_process::ServerProcess;
use crate::setup::{CLIENTS, LOGIN, Outcome, Setup};
use crate::workload::Workload;

/// What a fault of a scenario breaks.
struct Processes {
    server: ServerProcess,
    shop: Shop,
}

impl Setup {
    /// Kills the shop `count` times while clients write, and starts it again at the same address.
    pub(crate) async fn shop_kills(&self, count: usize) -> Outcome {
        let fault = async |Processes { server, shop }: Processes, _: &mut Rng, _| {
            let addr = shop.url.trim_start_matches("http://").to_owned();
            shop.kill().await;
            // Meanwhile the system may give the port to a connection of another process.
            let again = async || {
                let settings = [("connectionstring", &*server.connection_string(LOGIN)), ("BOOKSTORE_ADDR", &addr)];
                Shop::try_run(self.shop_command(&settings)).await
            };
            let shop = eventually("the shop listens again", PATIENCE, again).await;
            Processes { server, shop }
        };
        self.scenario("killed shops", count, "", fault).await
    }

    /// Kills the server `count` times while clients write. Nobody listens for a moment, then it starts again with its
    /// data.
    pub(crate) async fn server_kills(&self, count: usize) -> Outcome {
        let fault = async |mut processes: Processes, rng: &mut Rng, _| {
            processes.server.restart(LOGIN, Duration::from_millis(rng.u64(..200))).await;
            processes
        };
        self.scenario("killed servers", count, "", fault).await
    }

    /// Stops the shop or the server `count` times by SIGSTOP while clients write; the server now and then for longer
    /// than the shop waits for it.
    pub(crate) async fn pauses(&self, count: usize) -> Outcome {
        let fault = async |processes: Processes, rng: &mut Rng, number| {
            let length = Duration::from_millis(if number % 10 == 4 { 2_500 } else { rng.u64(..200) });
            if number % 2 == 0 {
                processes.server.pause(length).await
            } else {
                processes.shop.pause(length).await
            }
            processes
        };
        self.scenario("stopped processes", count, ";Connect Timeout=1;Command Timeout=1", fault).await
    }

    /// Calls `fault` `count` times, with its number, while clients write to a shop on a server. `limits` is added to the
    /// shop's connection string.
    async fn scenario(
        &self,
        name: &'static str,
        count: usize,
        limits: &str,
        fault: impl AsyncFn(Processes, &mut Rng, usize) -> Processes,
    ) -> Outcome {
        let server = ServerProcess::start(&self.stand_in, LOGIN).await;
        let string = server.connection_string(LOGIN) + limits;
        let shop = Shop::run(self.shop_command(&[("connectionstring", &string)])).await;
        let workload = Arc::new(Workload::default());
        let clients = workload.start(&shop.url, name, CLIENTS);
        let mut processes = Processes { server, shop };
        let mut rng = Rng::with_seed(self.seed);
        for number in 0..count {
            workload.progress(rng.usize(1..10)).await;
            sleep(Duration::from_millis(rng.u64(..20))).await;
            processes = fault(processes, &mut rng, number).await;
        }
        workload.end(clients).await;
        let rows = read_server(&processes.server.administrator()).await.expect("the database answers");
        Outcome::of(name, count, &workload, rows, LOGIN, &processes.shop)
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
