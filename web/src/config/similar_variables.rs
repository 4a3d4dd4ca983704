//! Environment variables that resemble `connectionstring` and are ignored: another case, ASP.NET's and Azure's names.

use std::ffi::{OsStr, OsString};

use bookstore_db::connection_string::Warning;

/// The start of a connection string's variable in Azure App Service and in ASP.NET, without punctuation.
const STARTS: [&str; 4] = ["connectionstrings", "sqlconnstr", "sqlazureconnstr", "customconnstr"];

/// Returns a warning per variable that was probably meant to be `connectionstring` or `connectionstring_file`. `lookup`
/// returns values. Only the name is shown.
pub(super) fn find(names: &[OsString], lookup: impl Fn(&str) -> Option<OsString>) -> Vec<Warning> {
    let similar = names.iter().filter_map(|name| name.to_str()).filter_map(|name| {
        let expected = expected(name)?;
        let is_ours = matches!(name, "connectionstring" | "connectionstring_file");
        let is_certain = is_variant(name) || lookup(name).is_some_and(|value| names_a_server(&value));
        (!is_ours && is_certain).then(|| Warning::SimilarVariable { found: name.to_owned(), expected })
    });
    similar.collect()
}

/// The setting that a variable resembles.
fn expected(name: &str) -> Option<&'static str> {
    let plain = without_punctuation(name);
    if plain.ends_with("connectionstringfile") {
        return Some("connectionstring_file");
    }
    let is_similar = plain.ends_with("connectionstring") || STARTS.iter().any(|start| plain.starts_with(start));
    is_similar.then_some("connectionstring")
}

/// Whether the name differs in case, punctuation or the prefix of the other settings only. Other names, such as that of
/// a storage account, count if their value names a server.
fn is_variant(name: &str) -> bool {
    let plain = without_punctuation(name);
    let plain = plain.strip_prefix("bookstore").unwrap_or(&plain);
    matches!(plain, "connectionstring" | "connectionstringfile")
}

fn without_punctuation(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn names_a_server(value: &OsStr) -> bool {
    let value = value.to_string_lossy().to_ascii_lowercase();
    ["server", "data source", "addr", "address", "network address", "driver", "sqlserver://"]
        .iter()
        .any(|start| value.split(';').any(|pair| pair.trim_start_matches([' ', '"', '\'']).starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, value: &str) -> Vec<Warning> {
        find(&[name.into()], |_| Some(value.into()))
    }

    #[test]
    fn variants_of_the_name_are_found_whatever_their_value() {
        for (name, meant) in [
            ("CONNECTIONSTRING", "connectionstring"),
            ("ConnectionString", "connectionstring"),
            ("connection_string", "connectionstring"),
            ("BOOKSTORE_CONNECTIONSTRING", "connectionstring"),
            ("CONNECTIONSTRING_FILE", "connectionstring_file"),
            ("BOOKSTORE_CONNECTION_STRING_FILE", "connectionstring_file"),
        ] {
            let warning = Warning::SimilarVariable { found: name.to_owned(), expected: meant };
            assert_eq!(found(name, ""), [warning], "{name}");
        }
    }

    #[test]
    fn names_of_other_platforms_are_found_if_they_name_a_server() {
        for name in ["ConnectionStrings__Default", "SQLCONNSTR_Books", "SQLAZURECONNSTR_x", "DB_CONNECTION_STRING"] {
            for value in ["Server=db;Trusted_Connection=yes", "Database=b;Data Source=db", "\"Driver={x};Server=db\""] {
                assert_eq!(found(name, value).len(), 1, "{name}={value}");
            }
        }
        let storage = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k";
        assert_eq!(found("AZURE_STORAGE_CONNECTION_STRING", storage), []);
        assert_eq!(found("connectionstring", "Server=db"), []);
        assert_eq!(found("PATH", "Server=db"), []);
    }
}
