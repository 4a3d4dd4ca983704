//! The query of the list's address: search, creator, order, page. Invalid parameters are ignored.

use bookstore_db::book::BookId;
use bookstore_db::list::{ListRequest, Sort, SortColumn};
use bookstore_db::search::BookFilter;
use form_urlencoded::Serializer;

/// The path of the list.
const PATH: &str = "/books";
/// The path of its export.
const CSV_PATH: &str = "/books.csv";
/// The parameter of other pages that holds the query of the list that a person came from.
const LIST: &str = "list";
/// Default number of books per page.
const PAGE_SIZE: u32 = 20;
/// Most books per page.
const MAX_PAGE_SIZE: u32 = 100;
/// Longest search and creator, in characters: no searched column is longer.
const MAX_TEXT: usize = 255;

/// The parameters of the list: `q`, `creator`, `sort` (a column's name), `dir` (`asc` or `desc`), `page` from 1, and
/// `size` from 1 to 100. By default the newest books come first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ListQuery {
    pub(super) filter: BookFilter,
    pub(super) sort: Sort,
    pub(super) page: u32,
    pub(super) page_size: u32,
}

/// The newest books first.
const NEWEST_FIRST: Sort = Sort { column: SortColumn::Id, descending: true };

impl Default for ListQuery {
    fn default() -> Self {
        Self { filter: BookFilter::default(), sort: NEWEST_FIRST, page: 1, page_size: PAGE_SIZE }
    }
}

impl From<ListRequest> for ListQuery {
    fn from(ListRequest { filter, sort, page, page_size }: ListRequest) -> Self {
        Self { filter, sort, page, page_size }
    }
}

impl ListQuery {
    /// Parses the percent-encoded query of an address. The last of a repeated parameter counts.
    pub(super) fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        let (mut column, mut descending) = (None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "q" => parsed.filter.search = text(&value),
                "creator" => parsed.filter.creator = text(&value),
                "sort" => column = value.parse().ok(),
                "dir" => descending = Some(value.eq_ignore_ascii_case("desc")),
                "page" => parsed.page = value.parse().unwrap_or(1).max(1),
                "size" => parsed.page_size = value.parse().map_or(PAGE_SIZE, |size: u32| size.clamp(1, MAX_PAGE_SIZE)),
                _ => {}
            }
        }
        parsed.sort = match column {
            Some(column) => Sort { column, descending: descending.unwrap_or(false) },
            None => Sort { descending: descending.unwrap_or(true), ..NEWEST_FIRST },
        };
        parsed
    }

    /// The list from which a person came to a page: its parameter `list`.
    pub(super) fn of_link(query: &str) -> Self {
        let list = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == LIST);
        list.map(|(_, list)| Self::parse(&list)).unwrap_or_default()
    }

    /// The address of a page from which this list is one click away. The path has no query.
    pub(super) fn link(&self, path: &str) -> String {
        match self.query_string() {
            list if list.is_empty() => path.to_owned(),
            list => format!("{path}?{}", Serializer::new(String::new()).append_pair(LIST, &list).finish()),
        }
    }

    /// The address of a page of a book, such as `/edit`, from which this list is one click away.
    pub(super) fn book(&self, id: &BookId, page: &str) -> String {
        self.link(&format!("/books/{id}{page}"))
    }

    /// Whether the query of an address has parameters of the list that its normalized form omits. A form sends all of
    /// its fields, empty ones too.
    pub(super) fn has_redundant_parameters(&self, query: &str) -> bool {
        const NAMES: [&str; 6] = ["q", "creator", "sort", "dir", "page", "size"];
        let count = |query: &str| {
            form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| NAMES.contains(&name.as_ref())).count()
        };
        count(query) > count(&self.query_string())
    }

    /// The books that a login created.
    pub(crate) fn by_creator(login: &str) -> Self {
        Self::default().with_creator(login)
    }

    /// The first page of the same list with another creator; all creators if it is empty.
    pub(super) fn with_creator(&self, login: &str) -> Self {
        let filter = BookFilter { creator: login.to_owned(), ..self.filter.clone() };
        Self { filter, page: 1, ..self.clone() }
    }

    /// The request to the store.
    pub(super) fn request(&self) -> ListRequest {
        ListRequest { filter: self.filter.clone(), sort: self.sort, page: self.page, page_size: self.page_size }
    }

    /// Another page of the same list.
    pub(super) fn at_page(&self, page: u32) -> Self {
        Self { page, ..self.clone() }
    }

    /// The first page of the same list, sorted by a column. The same column again reverses the order.
    pub(super) fn sorted_by(&self, column: SortColumn) -> Self {
        let descending = self.sort.column == column && !self.sort.descending;
        Self { sort: Sort { column, descending }, page: 1, ..self.clone() }
    }

    /// The last page of a list of `total` books, at least 1.
    pub(super) fn last_page(&self, total: i64) -> u32 {
        let size = i64::from(self.page_size);
        u32::try_from((total + size - 1) / size).unwrap_or(u32::MAX).max(1)
    }

    /// The normalized address of the list: defaults are omitted and the order is fixed, so equal lists have equal
    /// addresses.
    pub(crate) fn href(&self) -> String {
        match self.query_string() {
            query if query.is_empty() => PATH.to_owned(),
            query => format!("{PATH}?{query}"),
        }
    }

    /// The address of all books of the filter as a CSV file.
    pub(super) fn csv_href(&self) -> String {
        let all = Self { filter: self.filter.clone(), ..Self::default() }.query_string();
        if all.is_empty() { CSV_PATH.to_owned() } else { format!("{CSV_PATH}?{all}") }
    }

    fn query_string(&self) -> String {
        let mut query = Serializer::new(String::new());
        for (name, text) in [("q", &self.filter.search), ("creator", &self.filter.creator)] {
            if !text.is_empty() {
                query.append_pair(name, text);
            }
        }
        if self.sort != NEWEST_FIRST {
            query.append_pair("sort", &self.sort.column.to_string());
            if self.sort.descending {
                query.append_pair("dir", "desc");
            }
        }
        if self.page != 1 {
            query.append_pair("page", &self.page.to_string());
        }
        if self.page_size != PAGE_SIZE {
            query.append_pair("size", &self.page_size.to_string());
        }
        query.finish()
    }

    /// The title of the list: what is filtered, and the page.
    pub(super) fn title(&self) -> String {
        let mut title = "Books".to_owned();
        if !self.filter.creator.is_empty() {
            title.push_str(&format!(" created by {}", self.filter.creator));
        }
        if !self.filter.search.is_empty() {
            title.push_str(&format!(" with “{}”", self.filter.search));
        }
        if self.page > 1 {
            title.push_str(&format!(", page {}", self.page));
        }
        title
    }
}

/// Removes what no column contains: control characters, space around the text, excess length.
fn text(value: &str) -> String {
    let printable: String = value.chars().filter(|c| !c.is_control()).collect();
    let short: String = printable.trim_start().chars().take(MAX_TEXT).collect();
    short.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookstore_db::book::Field;
    use proptest::prelude::*;

    #[test]
    fn every_parameter_is_parsed() {
        let query = ListQuery::parse("q=war+%26&creator=D%5Cx%24&sort=title&dir=desc&page=3&size=50");
        assert_eq!((query.filter.search.as_str(), query.filter.creator.as_str()), ("war &", r"D\x$"));
        assert_eq!(query.sort, Sort { column: SortColumn::Field(Field::Title), descending: true });
        assert_eq!((query.page, query.page_size), (3, 50));
    }

    #[test]
    fn invalid_parameter_is_ignored() {
        for bad in ["", "page=0", "page=-1", "page=x&size=many", "sort=Id;DROP", "size=99999999999", "%ff&&=&a"] {
            assert_eq!(ListQuery::parse(bad), ListQuery::default(), "{bad}");
        }
    }

    #[test]
    fn newest_books_come_first_by_default() {
        assert_eq!(ListQuery::parse("").sort, Sort { column: SortColumn::Id, descending: true });
        assert_eq!(ListQuery::parse("sort=Id").sort, Sort { column: SortColumn::Id, descending: false });
        assert_eq!(ListQuery::parse("dir=asc").href(), "/books?sort=Id");
        assert_eq!(ListQuery::parse("sort=Id&dir=desc").href(), "/books");
    }

    #[test]
    fn empty_and_default_parameters_are_redundant() {
        let has_redundant_parameters = |query: &str| ListQuery::parse(query).has_redundant_parameters(query);
        assert!(
            has_redundant_parameters("q=&creator=")
                && has_redundant_parameters("q=a&page=1")
                && has_redundant_parameters("sort=Id&dir=desc")
        );
        assert!(
            !has_redundant_parameters("q=a%20b&size=5&page=2")
                && !has_redundant_parameters("")
                && !has_redundant_parameters("saved=created&stage")
        );
    }

    #[test]
    fn title_names_filter_and_page() {
        assert_eq!(ListQuery::parse("").title(), "Books");
        assert_eq!(ListQuery::parse("q=war&creator=sa&page=2").title(), "Books created by sa with “war”, page 2");
    }

    #[test]
    fn text_has_no_space_around_it() {
        for (query, search) in [("q=%20a+%00", "a"), (&format!("q={}+b", "a".repeat(254)), &*"a".repeat(254))] {
            assert_eq!(ListQuery::parse(query).filter.search, search);
        }
    }

    #[test]
    fn page_has_1_to_100_books() {
        assert_eq!(ListQuery::parse("size=0").page_size, 1);
        assert_eq!(ListQuery::parse("size=101").page_size, 100);
    }

    #[test]
    fn column_sorts_up_first_and_then_down() {
        let up = ListQuery::parse("page=4").sorted_by(SortColumn::Field(Field::Price));
        assert_eq!(up.href(), "/books?sort=Price");
        assert_eq!(up.sorted_by(SortColumn::Field(Field::Price)).href(), "/books?sort=Price&dir=desc");
        assert_eq!(up.sorted_by(SortColumn::Field(Field::Title)).href(), "/books?sort=Title");
    }

    #[test]
    fn last_page_contains_the_last_book() {
        let last = |total| ListQuery::default().last_page(total);
        assert_eq!([last(0), last(1), last(20), last(21), last(i64::MAX - 20)], [1, 1, 1, 2, u32::MAX]);
    }

    proptest! {
        #[test]
        fn address_parses_to_its_query(search in "[^\\p{Cc}\\s]{0,40}", creator in "[^\\p{Cc}\\s]{0,40}",
            column in 0..10_usize, descending: bool, page in 1..u32::MAX, page_size in 1..=MAX_PAGE_SIZE) {
            let sort = Sort { column: SortColumn::ALL[column], descending };
            let query = ListQuery { filter: BookFilter { search, creator }, sort, page, page_size };
            let href = query.href();
            prop_assert_eq!(&ListQuery::parse(href.split_once('?').map_or("", |(_, query)| query)), &query);
            let link = query.link("/books/7");
            prop_assert_eq!(ListQuery::of_link(link.split_once('?').map_or("", |(_, query)| query)), query);
        }

        #[test]
        fn no_query_panics(query in ".*") {
            ListQuery::parse(&query).href();
        }
    }
}
