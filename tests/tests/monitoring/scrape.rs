//! The metrics of a shop at one moment.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use bookstore_tests::browser::Browser;

/// The samples of one scrape.
#[derive(Clone, Debug)]
pub(super) struct Scrape {
    /// In seconds since 1970.
    pub(super) at: f64,
    pub(super) text: String,
}

impl Scrape {
    pub(super) async fn of(admin_url: &str) -> Self {
        let text = Browser::new(admin_url).open("/metrics").await.text;
        Self { at: SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64(), text }
    }

    /// The value of each series, like `db_up` or `db_queries_total{query="get"}`.
    pub(super) fn samples(&self) -> BTreeMap<&str, f64> {
        let samples = self.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        samples
            .map(|line| line.rsplit_once(' ').map(|(series, value)| (series, value.parse().unwrap())).unwrap())
            .collect()
    }

    /// The type of each metric, by name.
    pub(super) fn types(&self) -> BTreeMap<&str, &str> {
        self.text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect()
    }

    /// The names of the labels of each metric, without the bounds of buckets.
    pub(super) fn labels(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let types = self.types();
        let mut labels: BTreeMap<_, BTreeSet<_>> = types.keys().map(|name| (*name, BTreeSet::new())).collect();
        for series in self.samples().into_keys() {
            let (name, pairs) = series.split_once('{').unwrap_or((series, ""));
            let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
            let family = family.filter(|family| types.contains_key(family)).unwrap_or(name);
            let names = pairs.split("=\"").filter_map(|part| part.rsplit([',', '"']).next());
            let names = names.filter(|name| !name.is_empty() && !name.contains(['}', ' ']) && *name != "le");
            labels.get_mut(family).unwrap().extend(names);
        }
        labels
    }
}
