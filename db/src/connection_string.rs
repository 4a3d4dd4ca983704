//! SqlClient's connection strings.
