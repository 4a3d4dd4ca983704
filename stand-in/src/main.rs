//! The command `stand-in`: starts the SQL Server stand-in until Ctrl-C.

use clap::Parser;
use sql_server_stand_in::{Fault, Faults, StandIn};
use std::error::Error;
use std::io::BufRead;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// A stand-in for SQL Server in tests: TDS in front, T-SQL translated, SQLite behind.
#[derive(Parser)]
#[command(name = "stand-in", version)]
struct Arguments {
    /// Listen on this address.
    #[arg(long, default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 1433)))]
    listen: SocketAddr,
    /// Keep the data in this directory. By default they are deleted at the end.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Create this database. Can be repeated; the printed connection strings name the first one.
    #[arg(long, default_value = "Bookstore")]
    database: Vec<String>,
    /// The password of sa.
    #[arg(long, env = "STAND_IN_SA_PASSWORD", hide_env_values = true)]
    sa_password: String,
    /// Create this SQL login, as NAME=PASSWORD. Can be repeated.
    #[arg(long, value_parser = pair)]
    login: Vec<(String, String)>,
    /// Add this host name or address to the certificate. Can be repeated.
    #[arg(long)]
    name: Vec<String>,
    /// Accept integrated logins of a Kerberos realm as accounts of a domain, as REALM=NETBIOS. The keys of the service
    /// come from the keytab that KRB5_KTNAME names.
    #[arg(long, value_parser = pair)]
    domain: Option<(String, String)>,
    /// Read faults from standard input, one per line, and print `armed` after each. `refuse NUMBER STATE TEXT` and
    /// `scheme NTLM` affect all later logins; `clear` ends them.
    #[arg(long)]
    faults: bool,
}

/// Arms the fault that a line describes; `None` if the line is not a fault.
fn arm(faults: &Faults, line: &str) -> Option<()> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    match verb {
        "refuse" => {
            let mut parts = rest.splitn(3, ' ');
            let (number, state) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            faults.always(Fault::RefuseLogin { number, state, text: parts.next()?.to_owned() });
        }
        "scheme" if rest == "NTLM" => faults.always(Fault::Scheme("NTLM")),
        "clear" => faults.clear(),
        _ => return None,
    }
    Some(())
}

fn read_faults(faults: &Faults) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let usage = "not a fault: write `refuse NUMBER STATE TEXT`, `scheme NTLM` or `clear`";
        println!("{}", arm(faults, &line).map_or(usage, |()| "armed"));
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (left, right) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((left.to_owned(), right.to_owned()))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { listen, data, database, sa_password, login, name, domain, faults } = Arguments::parse();
    let mut builder = StandIn::builder().listen(listen).login("sa", &sa_password);
    if let Some(data) = data {
        builder = builder.data(data);
    }
    builder = login.iter().fold(builder, |builder, (name, password)| builder.login(name, password));
    builder = database.iter().fold(builder, |builder, name| builder.database(name));
    builder = name.iter().fold(builder, |builder, name| builder.certificate_name(name));
    if let Some((realm, netbios)) = domain {
        builder = builder.domain(&realm, &netbios);
    }
    let mut server = builder.start().await?;
    println!("address    {}", server.addr());
    println!("CA file    {}", server.ca_file().display());
    println!("Connection strings, with passwords:");
    for user in std::iter::once("sa").chain(login.iter().map(|(name, _)| name.as_str())) {
        println!("{}", server.connection_string(user));
    }
    if faults {
        let faults = server.faults().clone();
        std::thread::spawn(move || read_faults(&faults));
    }
    tokio::signal::ctrl_c().await?;
    server.stop().await;
    Ok(())
}
