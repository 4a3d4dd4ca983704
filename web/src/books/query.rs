//! What the address of the list says: search, creator, order, page. Whatever it says badly counts as not said.

use bookstore_db::list::{ListRequest, Sort, SortColumn};
use form_urlencoded::Serializer;

/// Where the list is.
const PATH: &str = "/books";
/// Rows a page if the address does not say.
pub(super) const PAGE_SIZE: u32 = 20;
/// The most rows a page.
const LARGEST_PAGE: u32 = 100;
/// The longest search and creator, in characters; no column that is searched is longer.
const LONGEST_TEXT: usize = 255;

/// The parameters of the list: `q`, `creator`, `sort` (a column's name), `dir` (`asc` or `desc`), `page` from 1, and `size` from
/// 1 to 100.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ListQuery {
    pub(super) search: String,
    pub(super) creator: String,
    pub(super) sort: Sort,
    pub(super) page: u32,
    pub(super) page_size: u32,
}

impl Default for ListQuery {
    fn default() -> Self {
        Self { search: String::new(), creator: String::new(), sort: Sort::default(), page: 1, page_size: PAGE_SIZE }
    }
}

impl ListQuery {
    /// Reads an address's query, percent-encoded or absent. The last of a repeated parameter counts.
    pub(super) fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "q" => parsed.search = text(&value),
                "creator" => parsed.creator = text(&value),
                "sort" => parsed.sort.column = value.parse().unwrap_or_default(),
                "dir" => parsed.sort.descending = value.eq_ignore_ascii_case("desc"),
                "page" => parsed.page = value.parse().unwrap_or(1).max(1),
                "size" => parsed.page_size = value.parse().map_or(PAGE_SIZE, |size: u32| size.clamp(1, LARGEST_PAGE)),
                _ => {}
            }
        }
        parsed
    }

    /// All books that a login made.
    pub(crate) fn by_creator(login: &str) -> Self {
        Self { creator: login.to_owned(), ..Self::default() }
    }

    /// What to ask the store.
    pub(super) fn request(&self) -> ListRequest {
        ListRequest {
            search: self.search.clone(),
            creator: self.creator.clone(),
            sort: self.sort,
            page: self.page,
            page_size: self.page_size,
        }
    }

    /// Whether the list shows fewer books than there are.
    pub(super) fn is_filtered(&self) -> bool {
        !self.search.is_empty() || !self.creator.is_empty()
    }

    /// The same list at another page.
    pub(super) fn at_page(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }

    /// The same books by another column, from the first page; by the same column the other way round.
    pub(super) fn sorted_by(&self, column: SortColumn) -> Self {
        let descending = self.sort.column == column && !self.sort.descending;
        Self { sort: Sort { column, descending }, page: 1, ..self.clone() }
    }

    /// The last page of so many books; 1 if there are none.
    pub(super) fn last_page(&self, total: i64) -> u32 {
        let size = i64::from(self.page_size);
        u32::try_from((total + size - 1) / size).unwrap_or(u32::MAX).max(1)
    }

    /// The address, without what it need not say.
    pub(crate) fn href(&self) -> String {
        let plain = Self::default();
        let mut query = Serializer::new(String::new());
        let mut add = |name: &str, value: String, default: String| {
            if value != default {
                query.append_pair(name, &value);
            }
        };
        let direction = |sort: Sort| if sort.descending { "desc" } else { "asc" }.to_owned();
        add("q", self.search.clone(), plain.search);
        add("creator", self.creator.clone(), plain.creator);
        add("sort", self.sort.column.to_string(), plain.sort.column.to_string());
        add("dir", direction(self.sort), direction(plain.sort));
        add("page", self.page.to_string(), plain.page.to_string());
        add("size", self.page_size.to_string(), plain.page_size.to_string());
        let query = query.finish();
        if query.is_empty() { PATH.to_owned() } else { format!("{PATH}?{query}") }
    }
}

/// Without what no column holds: control characters, space around, excess length.
fn text(value: &str) -> String {
    value.trim().chars().filter(|c| !c.is_control()).take(LONGEST_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_parameter_is_read() {
        let query = ListQuery::parse("q=war+%26&creator=D%5Cx%24&sort=title&dir=desc&page=3&size=50");
        assert_eq!((query.search.as_str(), query.creator.as_str()), ("war &", r"D\x$"));
        assert_eq!(query.sort, Sort { column: SortColumn::Title, descending: true });
        assert_eq!((query.page, query.page_size), (3, 50));
    }

    #[test]
    fn a_bad_parameter_counts_as_not_said() {
        for bad in ["", "page=0", "page=-1", "page=x&size=many", "sort=Id;DROP&dir=up", "size=99999999999", "%ff&&=&a"]
        {
            assert_eq!(ListQuery::parse(bad), ListQuery::default(), "{bad}");
        }
    }

    #[test]
    fn a_page_has_from_1_to_100_books() {
        assert_eq!(ListQuery::parse("size=0").page_size, 1);
        assert_eq!(ListQuery::parse("size=101").page_size, 100);
    }

    #[test]
    fn a_column_sorts_first_up_and_then_down() {
        let up = ListQuery::parse("page=4").sorted_by(SortColumn::Price);
        assert_eq!(up.href(), "/books?sort=Price");
        assert_eq!(up.sorted_by(SortColumn::Price).href(), "/books?sort=Price&dir=desc");
        assert_eq!(up.sorted_by(SortColumn::Title).href(), "/books?sort=Title");
    }

    #[test]
    fn the_last_page_holds_the_last_book() {
        let last = |total| ListQuery::default().last_page(total);
        assert_eq!([last(0), last(1), last(20), last(21), last(i64::MAX - 20)], [1, 1, 1, 2, u32::MAX]);
    }

    proptest! {
        #[test]
        fn an_address_says_what_it_was_made_from(search in "[^\\p{Cc}\\s]{0,40}", creator in "[^\\p{Cc}\\s]{0,40}",
            column in 0..10_usize, descending: bool, page in 1..u32::MAX, page_size in 1..=LARGEST_PAGE) {
            let sort = Sort { column: SortColumn::ALL[column], descending };
            let query = ListQuery { search, creator, sort, page, page_size };
            let href = query.href();
            prop_assert_eq!(ListQuery::parse(href.split_once('?').map_or("", |(_, query)| query)), query);
        }

        #[test]
        fn no_address_panics(query in ".*") {
            ListQuery::parse(&query).href();
        }
    }
}
