//! URLs: JDBC, Prisma, go-mssqldb, SQLAlchemy, and the `mssql://` of Node.js and Django.

use std::net::Ipv6Addr;

use percent_encoding::percent_decode_str;

use super::pairs;
use super::translation::Translation;
use crate::connection_string::error::ParseError;

/// How the text after `//` is written.
#[derive(Clone, Copy)]
enum Style {
    /// `host\instance:port;name=value;…`
    Pairs,
    /// `user:password@host:port/instance?name=value&…`
    InstancePath,
    /// `user:password@host:port/database?name=value&…`
    DatabasePath,
}

/// Schemes with their formats. The longer ones first.
/// - <https://learn.microsoft.com/sql/connect/jdbc/building-the-connection-url>
/// - <https://github.com/microsoft/go-mssqldb#the-connection-string-can-be-specified-in-one-of-three-formats>
/// - <https://www.prisma.io/docs/orm/overview/databases/sql-server>
/// - <https://docs.sqlalchemy.org/en/20/dialects/mssql.html>
const SCHEMES: &[(&str, &str, Style)] = &[
    ("jdbc:jtds:sqlserver://", "a JDBC URL of jTDS", Style::DatabasePath),
    ("jdbc:sqlserver://", "a JDBC URL", Style::Pairs),
    ("mssql+pyodbc://", "a URL of SQLAlchemy", Style::DatabasePath),
    ("mssql+aioodbc://", "a URL of SQLAlchemy", Style::DatabasePath),
    ("mssql+pymssql://", "a URL of SQLAlchemy", Style::DatabasePath),
    ("mssql://", "an mssql:// URL", Style::DatabasePath),
    ("sqlserver://", "a sqlserver:// URL", Style::InstancePath),
];

/// Recognises a URL by its scheme.
pub(super) fn recognise(text: &str) -> Option<ParseError> {
    let (scheme, format, style) = SCHEMES
        .iter()
        .find(|(scheme, ..)| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))?;
    let rest = &text[scheme.len()..];
    let style = if has_pairs(rest) { Style::Pairs } else { *style };
    let translation = match style {
        Style::Pairs => of_pairs(rest),
        Style::InstancePath => of_url(rest, "instance"),
        Style::DatabasePath => of_url(rest, "database"),
    };
    Some(match translation {
        Some(translation) => translation.into_error(format),
        None => ParseError::OtherFormat { format, equivalent: None },
    })
}

/// Whether `name=value` pairs follow the first `;`. In a URL with a login it is a part of the password.
fn has_pairs(rest: &str) -> bool {
    let first = rest.split_once(';').and_then(|(_, pairs)| pairs.split_once('='));
    first.is_some_and(|(name, _)| Translation::knows(name))
}

/// Returns `None` for a `@` after the address, unless it is in a user or a password: an unencoded `;` in the password
/// of a login before the address has then ended it too early.
fn of_pairs(rest: &str) -> Option<Translation> {
    let (address, pairs) = rest.split_once(';').unwrap_or((rest, ""));
    let mut translation = Translation::default();
    let (login, address) = address.rsplit_once('@').unwrap_or(("", address));
    let (address, database) = address.split_once('/').unwrap_or((address, ""));
    set_login(&mut translation, login)?;
    set_address(&mut translation, address)?;
    translation.add("database", database);
    for (name, value) in pairs::split(pairs) {
        if name.contains('@') || (value.contains('@') && !Translation::is_login(name)) {
            return None;
        }
        translation.add(name, &value);
    }
    Some(translation)
}

/// Returns `None` if a `@` follows the address: an unencoded `/`, `?` or `#` in the password has then ended it too
/// early.
fn of_url(rest: &str, path_name: &str) -> Option<Translation> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    if rest.contains('@') {
        return None;
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut translation = Translation::default();
    let (login, address) = authority.rsplit_once('@').unwrap_or(("", authority));
    set_login(&mut translation, login)?;
    set_address(&mut translation, &decoded(address))?;
    translation.add(path_name, &decoded(path.trim_matches('/')));
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "odbc_connect" => pairs::split(&value).for_each(|(name, value)| translation.add(name, &value)),
            _ => translation.add(&name, &value),
        }
    }
    Some(translation)
}

/// `user:password`. Returns `None` for an encoded `:` in the user, which may be before the password.
fn set_login(translation: &mut Translation, login: &str) -> Option<()> {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let user = decoded(user);
    if user.contains(':') {
        return None;
    }
    translation.add("user", &user);
    translation.add("password", password);
    Some(())
}

/// `host`, `host:port`, `host\instance`, `host\instance:port`, `[::1]:port`. Returns `None` for any other text with `:`
/// or `@`, which may be a login without an address.
fn set_address(translation: &mut Translation, address: &str) -> Option<()> {
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() && (!host.contains(':') || host.ends_with(']')) => {
            (host, Some(port))
        }
        _ => (address, None),
    };
    if host.contains([':', '@']) && !is_ipv6(host) {
        return None;
    }
    let (host, instance) = host.split_once('\\').map_or((host, None), |(host, instance)| (host, Some(instance)));
    translation.add("server", host);
    port.into_iter().for_each(|port| translation.port(port));
    instance.into_iter().for_each(|instance| translation.instance(instance));
    Some(())
}

fn is_ipv6(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    bare.unwrap_or(host).parse::<Ipv6Addr>().is_ok()
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
