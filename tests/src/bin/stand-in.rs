//! Starts the SQL Server stand-in by hand, until Ctrl-C.

use bookstore_tests::stand_in::{Fault, Faults, StandIn};
use clap::Parser;
use std::error::Error;
use std::io::BufRead;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// A SQL Server stand-in: TDS in front, T-SQL translated, SQLite behind.
#[derive(Parser)]
#[command(name = "stand-in", version)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 1433)))]
    listen: SocketAddr,
    /// Keep the data in this directory; without it they go away at the end.
    #[arg(long)]
    data: Option<PathBuf>,
    /// A database to make; the first one is that of the connection strings.
    #[arg(long, default_value = "Bookstore")]
    database: Vec<String>,
    /// The password of sa.
    #[arg(long, env = "STAND_IN_SA_PASSWORD", hide_env_values = true)]
    sa_password: String,
    /// Another SQL login, as name=password.
    #[arg(long, value_parser = pair)]
    login: Vec<(String, String)>,
    /// Another name or address for the certificate.
    #[arg(long)]
    name: Vec<String>,
    /// Take integrated logins of this Kerberos realm as accounts of this domain, as REALM=NETBIOS. The service's keys are those of
    /// the file that KRB5_KTNAME names.
    #[arg(long, value_parser = pair)]
    domain: Option<(String, String)>,
    /// Read faults from standard input, one a line, and say `armed` after each: `refuse NUMBER STATE TEXT` and `scheme NTLM` are for
    /// all logins to come, `clear` ends them.
    #[arg(long)]
    faults: bool,
}

/// Arms what a line asks for.
fn arm(faults: &Faults, line: &str) -> Option<()> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    match word {
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

fn obey(faults: &Faults) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        println!("{}", arm(faults, &line).map_or("not understood", |()| "armed"));
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (left, right) = text.split_once('=').ok_or("write two words with = between them")?;
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
    println!("The connection strings, with their passwords:");
    for user in std::iter::once("sa").chain(login.iter().map(|(name, _)| name.as_str())) {
        println!("{}", server.connection_string(user));
    }
    if faults {
        let faults = server.faults().clone();
        std::thread::spawn(move || obey(&faults));
    }
    tokio::signal::ctrl_c().await?;
    server.stop().await;
    Ok(())
}
