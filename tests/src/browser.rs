//! A person at a browser without JavaScript: follows no redirect unasked, sends forms.

use std::collections::HashMap;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use scraper::{Html, Selector};

/// A browser on one shop.
#[derive(Clone, Debug)]
pub struct Browser {
    /// For requests that no person makes.
    pub client: Client,
    url: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// The body.
    pub text: String,
}

impl Browser {
    /// At this shop.
    ///
    /// # Panics
    /// If no client can be made.
    pub fn new(url: &str) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().expect("an HTTP client");
        Self { client, url: url.to_owned() }
    }

    /// The address of a path.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Opens a page.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn open(&self, path: &str) -> Page {
        Page::read(self.client.get(self.at(path)).send().await.expect("an answer")).await
    }

    /// Sends a form as a browser does from a page of the shop.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn send(&self, path: &str, fields: &HashMap<String, String>) -> Page {
        Page::read(self.post(path, fields).await.expect("an answer")).await
    }

    /// Like [`Browser::send`], for a shop that may vanish meanwhile.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn post(&self, path: &str, fields: &HashMap<String, String>) -> reqwest::Result<Response> {
        self.client.post(self.at(path)).header("Sec-Fetch-Site", "same-origin").form(fields).send().await
    }

    /// Opens the form for a new book, fills it in with this title and sends it. Answers the path of the new book.
    ///
    /// # Panics
    /// If the shop does not make the book.
    pub async fn add(&self, title: &str) -> String {
        let mut fields = self.open("/books/new").await.form();
        fields.extend(book(title));
        let answer = self.send("/books/new", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let location = answer.location.expect("the new book's path");
        location.split('?').next().unwrap_or_default().to_owned()
    }
}

/// The fields of a good book.
pub fn book(title: &str) -> HashMap<String, String> {
    let fields = [
        ("Title", title),
        ("AuthorFirstName", "Jane"),
        ("AuthorLastName", "Austen"),
        ("AvgCustomerReviews", "12"),
        ("Price", "9.99"),
        ("BookLanguage", "English"),
        ("Publisher", "John Murray"),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl Page {
    /// Reads an answer to its end.
    ///
    /// # Panics
    /// If it breaks off.
    pub async fn read(response: Response) -> Self {
        let location = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { status: response.status(), location, text: response.text().await.expect("a whole body") }
    }

    /// The texts of the elements that a CSS selector finds.
    ///
    /// # Panics
    /// If it is no selector.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector");
        let text = |element: scraper::ElementRef<'_>| element.text().collect::<String>().trim().to_owned();
        Html::parse_document(&self.text).select(&selector).map(text).collect()
    }

    /// The fields of the page's main form that posts, as they are filled in.
    ///
    /// # Panics
    /// Never in practice.
    pub fn form(&self) -> HashMap<String, String> {
        let selector = Selector::parse("main form[method=post] input[name]").expect("a selector");
        let page = Html::parse_document(&self.text);
        let field = |input: scraper::ElementRef<'_>| {
            Some((input.attr("name")?.to_owned(), input.attr("value").unwrap_or_default().to_owned()))
        };
        page.select(&selector).filter_map(field).collect()
    }
}
