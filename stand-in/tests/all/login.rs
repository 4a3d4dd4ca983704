//! Logins and TLS.

use super::client::{builder, config, config_for, connect, connect_with, int, number, rows, server};
use sql_server_stand_in::{Fault, WrongCertificate};
use tiberius::EncryptionLevel;

#[tokio::test]
async fn correct_password_logs_in_and_the_server_reports_the_login() {
    let server = server().await;
    let mut client = connect(&server).await;
    let row = rows(&mut client, include_str!("../../../db/sql/queries/identity.sql")).await.remove(0);
    assert_eq!(row.get::<&str, _>("Login"), Some("sa"));
    assert_eq!(row.get::<&str, _>("AuthScheme"), Some("SQL"));
    assert_eq!(row.get::<&str, _>("Transport"), Some("TCP"));
    assert_eq!(row.get::<&str, _>("ClientAddress"), Some("127.0.0.1"));
    assert_eq!(row.get::<&str, _>("DatabaseName"), Some("Bookstore"));
    assert_eq!(server.counters().logins(), 1);
    assert_eq!(server.counters().statements(), 1);
    assert_eq!(server.counters().open_connections(), 1);
}

#[tokio::test]
async fn wrong_password_is_refused_with_18456() {
    let server = server().await;
    let refused = connect_with(&server, config_for(&server, "sa", "wrong", "Bookstore")).await;
    let Err(tiberius::error::Error::Server(token)) = refused else { panic!("{refused:?}") };
    assert_eq!((token.code(), token.state(), token.message()), (18456, 1, "Login failed for user 'sa'."));
    assert_eq!(server.counters().logins(), 0);
}

#[tokio::test]
async fn unknown_user_and_unknown_database_are_refused() {
    let server = server().await;
    assert_eq!(number(connect_with(&server, config_for(&server, "nobody", "x", "Bookstore")).await), 18456);
    let refused = connect_with(&server, config_for(&server, "sa", super::client::PASSWORD, "Nowhere")).await;
    assert!([4060, 18456].contains(&number(refused)));
}

#[tokio::test]
async fn login_without_a_user_can_open_master_only() {
    let server = server().await;
    assert!(
        [4060, 18456]
            .contains(&number(connect_with(&server, config_for(&server, "app", "app-pass", "Bookstore")).await))
    );
    let mut client = connect_with(&server, config_for(&server, "app", "app-pass", "master")).await.unwrap();
    assert_eq!(rows(&mut client, "SELECT USER_NAME() AS u").await[0].get(0), Some("guest"));
    assert_eq!(number(super::client::run(&mut client, "CREATE DATABASE Mine").await), 262);
}

#[tokio::test]
async fn every_encryption_level_works() {
    let server = server().await;
    for level in [EncryptionLevel::Off, EncryptionLevel::On, EncryptionLevel::Required, EncryptionLevel::Strict] {
        let mut config = config(&server);
        config.encryption(level);
        let mut client = connect_with(&server, config).await.unwrap();
        assert_eq!(int(&mut client, "SELECT 7 AS n").await, Some(7), "{level:?}");
    }
}

#[tokio::test]
async fn client_refuses_a_wrong_certificate() {
    let server = server().await;
    for wrong in [WrongCertificate::OtherAuthority, WrongCertificate::OtherName, WrongCertificate::Expired] {
        server.faults().once(Fault::Certificate(wrong));
        let refused = connect_with(&server, config(&server)).await;
        assert!(matches!(refused, Err(tiberius::error::Error::Tls(_))), "{wrong:?}: {refused:?}");
    }
    connect(&server).await;
}

#[tokio::test]
async fn certificate_contains_additional_names() {
    let server = builder().certificate_name("sql.example").start().await.unwrap();
    let mut config = config(&server);
    config.hostname_in_certificate("sql.example");
    connect_with(&server, config).await.unwrap();
}

#[tokio::test]
async fn connection_string_quotes_special_characters() {
    let server = server().await;
    let string = server.connection_string("app");
    let port = server.addr().port();
    assert!(
        string.starts_with(&format!("Server=tcp:localhost,{port};Database=Bookstore;User Id=app;Password=app-pass;"))
    );
    assert!(server.connection_string("sa").contains("Password=\"Sa;pass'word=1\";"));
}

#[tokio::test]
async fn restarted_server_keeps_port_and_data() {
    let mut server = server().await;
    let mut client = connect(&server).await;
    super::client::run(&mut client, "CREATE TABLE dbo.T (n INT NOT NULL); INSERT INTO dbo.T (n) VALUES (5)")
        .await
        .unwrap();
    server.stop().await;
    assert!(super::client::run(&mut client, "SELECT 1 AS n").await.is_err());
    assert!(connect_with(&server, config(&server)).await.is_err());
    assert_eq!(server.counters().open_connections(), 0);
    server.restart().await.unwrap();
    let mut client = connect(&server).await;
    assert_eq!(int(&mut client, "SELECT n FROM dbo.T").await, Some(5));
}

#[tokio::test]
async fn last_login_reports_what_the_client_sent() {
    let server = server().await;
    assert_eq!(server.last_login(), None);
    let mut config = config(&server);
    config.application_name("shop");
    config.client_name("pod-1");
    config.readonly(true);
    config.packet_size(8000);
    let mut client = connect_with(&server, config).await.unwrap();
    let seen = server.last_login().unwrap();
    assert_eq!((seen.app_name.as_str(), seen.host_name.as_str(), seen.read_only), ("shop", "pod-1", true));
    assert_eq!((seen.packet_size, seen.database.as_str(), seen.encrypted), (8000, "Bookstore", true));
    let row = rows(&mut client, "SELECT APP_NAME() AS a, HOST_NAME() AS h").await.remove(0);
    assert_eq!((row.get(0), row.get(1)), (Some("shop"), Some("pod-1")));
}

#[tokio::test]
async fn data_directory_outlives_the_server() {
    let directory = tempfile::tempdir().unwrap();
    for (sql, expected) in
        [("CREATE TABLE dbo.T (n INT NOT NULL); INSERT INTO dbo.T VALUES (3)", 3), ("SELECT 1 AS n", 3)]
    {
        let server = builder().data(directory.path()).start().await.unwrap();
        let mut client = connect(&server).await;
        super::client::run(&mut client, sql).await.unwrap();
        assert_eq!(int(&mut client, "SELECT n FROM dbo.T").await, Some(expected));
    }
}

#[tokio::test]
async fn encrypted_connection_has_packets_of_at_most_16383_bytes() {
    // "Configure the network packet size (server configuration option)".
    let server = server().await;
    for (encryption, expected) in [(EncryptionLevel::Required, 16_383), (EncryptionLevel::Off, 32_767)] {
        let mut config = config(&server);
        config.encryption(encryption);
        config.packet_size(32_767);
        connect_with(&server, config).await.unwrap();
        assert_eq!(server.last_login().unwrap().packet_size, expected);
    }
}
