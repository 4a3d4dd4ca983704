//! Links to the pages around the one that is shown.

use super::query::ListQuery;

/// A link of the pager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To a page.
    Page { number: u32, href: String, is_current: bool },
    /// Pages left out.
    Gap,
}

/// All links of the pager.
#[derive(Clone, Debug)]
pub(super) struct Pager {
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    pub(super) steps: Vec<Step>,
}

impl Pager {
    /// The first page, the last, and those around the current one.
    pub(super) fn of(query: &ListQuery, last: u32) -> Self {
        let href = |page: u32| query.at_page(page).href();
        let near = query.page.saturating_sub(1)..=query.page.saturating_add(1);
        let mut numbers: Vec<u32> = near.filter(|page| (2..last).contains(page)).collect();
        numbers.insert(0, 1);
        if last > 1 {
            numbers.push(last);
        }
        let mut steps = Vec::new();
        let mut before = 0;
        for number in numbers {
            if number > before + 1 {
                steps.push(Step::Gap);
            }
            steps.push(Step::Page { number, href: href(number), is_current: number == query.page });
            before = number;
        }
        Self {
            previous: (query.page > 1).then(|| href(query.page - 1)),
            next: (query.page < last).then(|| href(query.page + 1)),
            steps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(page: u32, last: u32) -> String {
        let pager = Pager::of(&ListQuery { page, ..ListQuery::default() }, last);
        let step = |step: &Step| match step {
            Step::Page { number, is_current: true, .. } => format!("[{number}]"),
            Step::Page { number, .. } => number.to_string(),
            Step::Gap => "…".to_owned(),
        };
        pager.steps.iter().map(step).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_pager_shows_the_ends_and_the_neighbours() {
        assert_eq!(shown(1, 1), "[1]");
        assert_eq!(shown(1, 2), "[1] 2");
        assert_eq!(shown(1, 9), "[1] 2 … 9");
        assert_eq!(shown(5, 9), "1 … 4 [5] 6 … 9");
        assert_eq!(shown(9, 9), "1 … 8 [9]");
        assert_eq!(shown(3, 4), "1 2 [3] 4");
    }

    #[test]
    fn the_ends_lead_no_further() {
        let ends = |page| {
            let pager = Pager::of(&ListQuery { page, ..ListQuery::default() }, 3);
            (pager.previous.is_some(), pager.next.is_some())
        };
        assert_eq!([ends(1), ends(2), ends(3)], [(false, true), (true, true), (true, false)]);
    }
}
