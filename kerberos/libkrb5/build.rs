//! Generates the declarations of the functions that `src/raw.rs` calls from the header of the installed library, so
//! that types and layouts are the library's own.

#[cfg(feature = "library")]
use std::error::Error;

#[cfg(not(feature = "library"))]
fn main() {}

#[cfg(feature = "library")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_UNIX").is_none() {
        return Ok(());
    }
    let library = pkg_config::probe_library("mit-krb5")?;
    pkg_config::probe_library("mit-krb5-gssapi")?;
    let mut builder = bindgen::Builder::default()
        .header_contents("krb5.h", "#include <krb5.h>\n#include <profile.h>\n#include <gssapi/gssapi_krb5.h>\n")
        .clang_args(library.include_paths.iter().map(|path| format!("-I{}", path.display())))
        .allowlist_var(CODES)
        .derive_default(true)
        .layout_tests(false)
        .generate_comments(false);
    for function in FUNCTIONS {
        builder = builder.allowlist_function(function);
    }
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
    builder.generate()?.write_to_file(out.join("krb5.rs"))?;
    Ok(())
}

/// Every function that is called.
#[cfg(feature = "library")]
const FUNCTIONS: &[&str] = &[
    "krb5_init_context",
    "krb5_free_context",
    "krb5_get_error_message",
    "krb5_free_error_message",
    "krb5_get_default_realm",
    "krb5_free_default_realm",
    "krb5_get_host_realm",
    "krb5_free_host_realm",
    "krb5_get_profile",
    "profile_get_string",
    "profile_release_string",
    "profile_abandon",
    "krb5_cc_default_name",
    "krb5_cc_resolve",
    "krb5_cc_close",
    "krb5_cc_get_principal",
    "krb5_cc_start_seq_get",
    "krb5_cc_next_cred",
    "krb5_cc_end_seq_get",
    "krb5_free_cred_contents",
    "krb5_is_config_principal",
    "krb5_kt_client_default",
    "krb5_kt_resolve",
    "krb5_kt_get_name",
    "krb5_kt_close",
    "krb5_kt_start_seq_get",
    "krb5_kt_next_entry",
    "krb5_kt_end_seq_get",
    "krb5_free_keytab_entry_contents",
    "krb5_get_init_creds_keytab",
    "krb5_get_init_creds_password",
    "krb5_get_init_creds_opt_alloc",
    "krb5_get_init_creds_opt_free",
    "krb5_get_init_creds_opt_set_out_ccache",
    "krb5_get_init_creds_opt_set_tkt_life",
    "gss_krb5_ccache_name",
    "krb5_parse_name",
    "krb5_unparse_name",
    "krb5_free_unparsed_name",
    "krb5_free_principal",
];
/// The codes that end a loop, and those with a kind of their own.
#[cfg(feature = "library")]
const CODES: &str = "KRB5_CC_END|KRB5_KT_END|KRB5_FCC_NOFILE|KRB5_CC_NOTFOUND|KRB5_KT_NOTFOUND|KRB5_CC_UNKNOWN_TYPE\
    |KRB5_KT_UNKNOWN_TYPE|KRB5_CC_FORMAT|KRB5_CCACHE_BADVNO|KRB5_KEYTAB_BADVNO|KRB5_KT_FORMAT";
