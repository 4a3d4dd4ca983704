//! The SQL Server engine when the server or the network misbehaves: which error is reported, what is retried and what
//! is not.

mod adopting;
mod connecting;
mod counting;
mod granting;
mod migrating;
mod permissions;
mod racing;
mod recording;
mod refused_logins;
mod retrying;
mod schedules;
mod warming;

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_tests::sql::settings;
use sql_server_stand_in::StandIn;

/// A stand-in, for what a real server would keep: logins and their roles.
async fn stand_in() -> (StandIn, SqlServerSettings) {
    let server = StandIn::builder().login("sa", "Secret-1").login("webapp", "Secret-2").start().await.unwrap();
    let settings = settings(&format!("{};Database=Bookstore", server.connection_string("sa")));
    (server, settings)
}
