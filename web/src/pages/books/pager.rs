//! The pager: links to other pages of the list.

use super::query::ListQuery;

/// An item of the pager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PagerItem {
    /// A link to a page.
    Page { number: u32, href: String, is_current: bool },
    /// Omitted pages.
    Gap,
}

/// The pager.
#[derive(Clone, Debug)]
pub(super) struct Pager {
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    pub(super) items: Vec<PagerItem>,
}

impl Pager {
    /// The first page, the last, and those around the current one.
    pub(super) fn new(query: &ListQuery, last_page: u32) -> Self {
        let href = |page: u32| query.at_page(page).href();
        let near = query.page.saturating_sub(1)..=query.page.saturating_add(1);
        let mut numbers: Vec<u32> = near.filter(|page| (2..last_page).contains(page)).collect();
        numbers.insert(0, 1);
        if last_page > 1 {
            numbers.push(last_page);
        }
        let mut items = Vec::new();
        let mut previous = 0;
        for number in numbers {
            if number > previous + 1 {
                items.push(PagerItem::Gap);
            }
            items.push(PagerItem::Page { number, href: href(number), is_current: number == query.page });
            previous = number;
        }
        Self {
            previous: (query.page > 1).then(|| href(query.page - 1)),
            next: (query.page < last_page).then(|| href(query.page + 1)),
            items,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(page: u32, last_page: u32) -> String {
        let pager = Pager::new(&ListQuery { page, ..ListQuery::default() }, last_page);
        let item = |item: &PagerItem| match item {
            PagerItem::Page { number, is_current: true, .. } => format!("[{number}]"),
            PagerItem::Page { number, .. } => number.to_string(),
            PagerItem::Gap => "…".to_owned(),
        };
        pager.items.iter().map(item).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn pager_shows_both_ends_and_the_neighbours() {
        assert_eq!(shown(1, 1), "[1]");
        assert_eq!(shown(1, 2), "[1] 2");
        assert_eq!(shown(1, 9), "[1] 2 … 9");
        assert_eq!(shown(5, 9), "1 … 4 [5] 6 … 9");
        assert_eq!(shown(9, 9), "1 … 8 [9]");
        assert_eq!(shown(3, 4), "1 2 [3] 4");
    }

    #[test]
    fn first_and_last_page_have_one_direction() {
        let ends = |page| {
            let pager = Pager::new(&ListQuery { page, ..ListQuery::default() }, 3);
            (pager.previous.is_some(), pager.next.is_some())
        };
        assert_eq!([ends(1), ends(2), ends(3)], [(false, true), (true, true), (true, false)]);
    }
}
