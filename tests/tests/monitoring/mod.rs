//! What an operator sees from outside: the metrics, the alerts and the dashboard of `k8s/components/monitoring`,
//! checked by Prometheus and its promtool on the metrics of running shops.

mod alert_rules;
mod alerts;
mod command_traces;
mod dashboard;
mod log_fields;
mod metrics;
mod scrape;
mod tools;
mod trace_export;
mod traces;
