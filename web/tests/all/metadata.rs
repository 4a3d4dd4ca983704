//! What pages and files tell browsers, search engines and crawlers.

use std::collections::HashSet;

use crate::client::get;
use crate::shop::Shop;

#[tokio::test]
async fn pages_have_titles_of_their_own_and_descriptions() {
    let shop = Shop::start().await;
    let (mut titles, mut descriptions) = (HashSet::new(), HashSet::new());
    for page in ["/", "/books", "/books/1", "/compare", "/api", "/identity", "/books/new"] {
        let body = get(page).send(shop.addr).await.body;
        let between = |start: &str, end: &str| {
            let (_, rest) = body.split_once(start).unwrap_or_default();
            rest.split_once(end).unwrap_or_default().0.trim().to_owned()
        };
        let (title, description) = (between("<title>", "</title>"), between("name=\"description\" content=\"", "\">"));
        assert!(description.len() > 40 && description.ends_with('.'), "{page}: {description:?}");
        assert!(!title.is_empty() && titles.insert(title.clone()), "{page}: {title}");
        descriptions.insert(description);
    }
    assert!(descriptions.len() >= 5, "{descriptions:?}");
}

#[tokio::test]
async fn crawlers_find_no_form_and_browsers_an_icon() {
    let shop = Shop::start().await;
    let robots = get("/robots.txt").send(shop.addr).await;
    assert_eq!((robots.status, robots.header("content-type")), (200, "text/plain; charset=utf-8"));
    for path in ["/books/new", "/books/*/edit", "/books/*/delete", "/events"] {
        assert!(robots.body.contains(&format!("Disallow: {path}\n")), "{}", robots.body);
    }
    let icon = get("/favicon.ico").send(shop.addr).await;
    assert_eq!((icon.status, icon.header("content-type")), (200, "image/x-icon"));
}

#[tokio::test]
async fn required_fields_are_marked_in_words_and_for_programs() {
    let shop = Shop::start().await;
    let form = get("/books/new").send(shop.addr).await.body;
    let inputs: Vec<_> = form.split("<input id=").skip(1).filter_map(|rest| rest.split_once('>')).collect();
    assert_eq!(inputs.len(), 7, "{form}");
    assert!(inputs.iter().all(|(attributes, _)| attributes.contains(" required")), "{form}");
    assert_eq!(form.matches("<span class=\"required\">(required)</span>").count(), inputs.len());
}
