//! A browser without JavaScript: it opens pages, sends forms, and does not follow redirects.

use std::collections::HashMap;

use bookstore_db::book::Field;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use scraper::{Html, Selector};

use crate::books::input;

/// A browser on one shop.
#[derive(Clone, Debug)]
pub struct Browser {
    /// For requests that a browser does not send.
    pub client: Client,
    url: String,
}

/// A response, read to its end.
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
    /// A browser at this shop.
    ///
    /// # Panics
    /// If the HTTP client cannot be built.
    pub fn new(url: &str) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().expect("an HTTP client");
        Self { client, url: url.to_owned() }
    }

    /// The URL of a path.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Opens a page.
    ///
    /// # Panics
    /// If there is no response.
    pub async fn open(&self, path: &str) -> Page {
        Page::read(self.client.get(self.at(path)).send().await.expect("a response")).await
    }

    /// Posts a form as a browser does from a page of the shop.
    ///
    /// # Panics
    /// If there is no response.
    pub async fn send(&self, path: &str, fields: &HashMap<String, String>) -> Page {
        Page::read(self.post(path, fields).await.expect("a response")).await
    }

    /// Like [`Browser::send`], for a shop that may stop meanwhile.
    ///
    /// # Errors
    /// If there is no response.
    pub async fn post(&self, path: &str, fields: &HashMap<String, String>) -> reqwest::Result<Response> {
        self.client.post(self.at(path)).header("Sec-Fetch-Site", "same-origin").form(fields).send().await
    }

    /// Opens the form for a new book, fills in this title and sends it. Returns the path of the new book.
    ///
    /// # Panics
    /// If the shop does not create the book.
    pub async fn add(&self, title: &str) -> String {
        let mut fields = self.open("/books/new").await.form();
        fields.extend(book(title));
        let response = self.send("/books/new", &fields).await;
        assert_eq!(response.status, StatusCode::SEE_OTHER, "{}", response.text);
        let location = response.location.expect("the new book's path");
        location.split('?').next().unwrap_or_default().to_owned()
    }
}

/// The form fields of a valid book.
pub fn book(title: &str) -> HashMap<String, String> {
    let input = input(title);
    Field::ALL.map(|field| (field.to_string(), input[field].clone())).into()
}

impl Page {
    /// Reads a response to its end.
    ///
    /// # Panics
    /// If the connection breaks.
    pub async fn read(response: Response) -> Self {
        let location = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { status: response.status(), location, text: response.text().await.expect("a whole body") }
    }

    /// The texts of the elements that a CSS selector finds.
    ///
    /// # Panics
    /// If it is not a valid selector.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector");
        let text = |element: scraper::ElementRef<'_>| element.text().collect::<String>().trim().to_owned();
        Html::parse_document(&self.text).select(&selector).map(text).collect()
    }

    /// An attribute of the first element that a CSS selector finds; empty if it has none.
    ///
    /// # Panics
    /// If the selector is invalid.
    pub fn attribute(&self, selector: &str, name: &str) -> String {
        let selector = Selector::parse(selector).expect("a selector");
        let page = Html::parse_document(&self.text);
        page.select(&selector).next().and_then(|element| element.attr(name)).unwrap_or_default().to_owned()
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
