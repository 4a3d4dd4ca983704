//! Listing: orders, pages, searches, creators.

use std::cmp::Ordering;

use bookstore_db::book::{Book, RequestId};
use bookstore_db::draft::BookInput;
use bookstore_db::list::{ListRequest, Sort, SortColumn};

use super::Fixture;
use super::books::{create, draft, everything, input};

pub(super) async fn an_empty_store_has_an_empty_page(fixture: &Fixture) {
    let page = fixture.store.list(&everything()).await.unwrap();
    assert_eq!((page.books.len(), page.total, page.creators.len()), (0, 0, 0));
    assert!(fixture.store.creators().await.unwrap().is_empty());
}

pub(super) async fn every_column_sorts_both_ways(fixture: &Fixture) {
    for (index, letter) in ["c", "A", "b", "A", "d"].into_iter().enumerate() {
        let number = (index * 37) % 5;
        let text = |name: &str| format!("{letter} {name}");
        let input = BookInput {
            title: text("t"),
            author_first_name: text("f"),
            author_last_name: text("l"),
            avg_customer_reviews: number.to_string(),
            price: format!("{}.5", number * 11),
            book_language: text("g"),
            publisher: text("p"),
        };
        fixture.store.create(&draft(&input), RequestId::random()).await.unwrap();
    }
    for column in SortColumn::ALL {
        for descending in [false, true] {
            let request = ListRequest { sort: Sort { column, descending }, ..everything() };
            let page = fixture.store.list(&request).await.unwrap();
            let books = &page.books;
            assert_eq!(books.len(), 5);
            let expected = if descending { Ordering::Greater } else { Ordering::Less };
            for pair in books.windows(2) {
                let order = compare(column, &pair[0], &pair[1]).then(pair[0].id.cmp(&pair[1].id));
                assert_eq!(order, expected, "{column} descending={descending}");
            }
        }
    }
}

fn compare(column: SortColumn, left: &Book, right: &Book) -> Ordering {
    let text = |of: fn(&Book) -> &str| of(left).to_lowercase().cmp(&of(right).to_lowercase());
    match column {
        SortColumn::Id => left.id.cmp(&right.id),
        SortColumn::Title => text(|book| &book.title),
        SortColumn::AuthorFirstName => text(|book| &book.author_first_name),
        SortColumn::AuthorLastName => text(|book| &book.author_last_name),
        SortColumn::AvgCustomerReviews => left.avg_customer_reviews.cmp(&right.avg_customer_reviews),
        SortColumn::Price => left.price.cmp(&right.price),
        SortColumn::BookLanguage => text(|book| &book.book_language),
        SortColumn::Publisher => text(|book| &book.publisher),
        SortColumn::CreatedBy => text(|book| &book.created_by),
        SortColumn::CreatedOn => left.created_on.cmp(&right.created_on),
    }
}

pub(super) async fn rows_that_are_equal_in_the_order_are_never_on_two_pages(fixture: &Fixture) {
    for _ in 0..7 {
        create(&fixture.store, "Emma").await;
    }
    for descending in [false, true] {
        let mut seen = Vec::new();
        for page in 1..=4 {
            let sort = Sort { column: SortColumn::Title, descending };
            let request = ListRequest { sort, page, page_size: 2, ..everything() };
            seen.extend(fixture.store.list(&request).await.unwrap().books.iter().map(|book| book.id));
        }
        let mut sorted = seen.clone();
        sorted.sort();
        if descending {
            sorted.reverse();
        }
        assert_eq!(seen, sorted);
        assert_eq!(seen.len(), 7);
    }
}

pub(super) async fn the_total_counts_all_pages(fixture: &Fixture) {
    for title in ["a", "b", "c"] {
        create(&fixture.store, title).await;
    }
    let page = fixture.store.list(&ListRequest { page: 2, page_size: 2, ..everything() }).await.unwrap();
    assert_eq!((page.books.len(), page.total), (1, 3));
    assert_eq!(page.books[0].title, "c");
}

pub(super) async fn a_page_past_the_last_is_empty_but_knows_the_total(fixture: &Fixture) {
    create(&fixture.store, "Emma").await;
    let page = fixture.store.list(&ListRequest { page: u32::MAX, ..everything() }).await.unwrap();
    assert_eq!((page.books.len(), page.total), (0, 1));
}

async fn found(fixture: &Fixture, search: &str) -> Vec<String> {
    let request = ListRequest { search: search.to_owned(), ..everything() };
    let page = fixture.store.list(&request).await.unwrap();
    assert_eq!(page.total as usize, page.books.len());
    page.books.iter().map(|book| book.title.clone()).collect()
}

pub(super) async fn a_search_finds_part_of_a_title_or_an_author_in_any_case(fixture: &Fixture) {
    for title in ["Emma", "Émile", "Persuasion"] {
        create(&fixture.store, title).await;
    }
    let other = BookInput { author_first_name: "Emmanuel".into(), author_last_name: "Kant".into(), ..input("Kritik") };
    fixture.store.create(&draft(&other), RequestId::random()).await.unwrap();
    assert_eq!(found(fixture, "emm").await, ["Emma", "Kritik"]);
    assert_eq!(found(fixture, "ÉMI").await, ["Émile"]);
    assert_eq!(found(fixture, "emmanuel kant").await, ["Kritik"]);
    assert!(found(fixture, "Brontë").await.is_empty());
}

pub(super) async fn wildcards_and_quotes_in_a_search_are_plain_letters(fixture: &Fixture) {
    for title in ["100% sure", "snake_case", "list[0]", "back\\slash", "it's", "say \"x\"", "plain"] {
        create(&fixture.store, title).await;
    }
    for (search, title) in [
        ("%", "100% sure"),
        ("_", "snake_case"),
        ("[0]", "list[0]"),
        ("[", "list[0]"),
        ("\\", "back\\slash"),
        ("'", "it's"),
        ("\"", "say \"x\""),
    ] {
        assert_eq!(found(fixture, search).await, [title], "{search}");
    }
}

pub(super) async fn books_are_filtered_by_creator(fixture: &Fixture) {
    create(&fixture.store, "Emma").await;
    let by =
        |creator: &str, search: &str| ListRequest { creator: creator.into(), search: search.into(), ..everything() };
    let list = async |request: ListRequest| fixture.store.list(&request).await.unwrap().books.len();
    assert_eq!(list(by(&fixture.login, "")).await, 1);
    assert_eq!(list(by(&fixture.login, "emma")).await, 1);
    assert_eq!(list(by(&fixture.login, "nobody")).await, 0);
    assert_eq!(list(by("somebody else", "")).await, 0);
    assert_eq!(list(by("' OR 1=1 --", "")).await, 0);
}

pub(super) async fn creators_are_counted_whatever_is_searched(fixture: &Fixture) {
    let first = create(&fixture.store, "Emma").await;
    let last = create(&fixture.store, "Persuasion").await;
    let page = fixture.store.list(&ListRequest { search: "nothing".into(), ..everything() }).await.unwrap();
    let [creator] = &page.creators[..] else { panic!("one creator: {:?}", page.creators) };
    assert_eq!((creator.created_by.as_str(), creator.books), (fixture.login.as_str(), 2));
    assert_eq!((creator.first_on, creator.last_on), (first.created_on, last.created_on));
    assert_eq!(fixture.store.creators().await.unwrap(), page.creators);
    fixture.store.delete(first.id, first.version).await.unwrap();
    let [left] = &fixture.store.creators().await.unwrap()[..] else { panic!("one creator") };
    assert_eq!((left.books, left.first_on), (1, last.created_on));
}
