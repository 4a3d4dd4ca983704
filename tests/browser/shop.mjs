// Shared by the journeys: the browser, a page that records errors, and new books.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

/** The address of the shop. */
export const BASE_URL = process.env.BASE_URL ?? "http://127.0.0.1:8080";
/** Any Chromium of the last two years. */
export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** The narrowest screen that the shop supports. */
export const PHONE = { width: 360, height: 800 };
export const DESKTOP = { width: 1280, height: 900 };
export const PROJECTOR = { width: 1280, height: 720 };

let browser;

/** Starts the browser before the tests of a file and stops it after them. */
export function withBrowser() {
  before(async () => {
    const args = ["--no-sandbox", "--disable-gpu", "--disable-quic"];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  });
  after(() => browser.close());
}

/** Runs `journey` on a new page, and fails if the page violated its content security policy or threw an error. */
export async function visit(journey, options = {}) {
  const context = await browser.newContext({ baseURL: BASE_URL, viewport: DESKTOP, ...options });
  context.setDefaultTimeout(20_000);
  const errors = [];
  const watch = (page) => {
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (/Content.Security.Policy/i.test(message.text())) errors.push(message.text());
    });
  };
  context.on("page", watch);
  try {
    await journey(await context.newPage(), context);
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
  }
}

/** Waits until the page receives events. */
export const live = (page) => page.locator("#live[data-state=live]").waitFor();

/** A new book with a unique title. */
export function aBook() {
  const mark = Math.random().toString(36).slice(2, 10);
  return {
    Title: `A journey ${mark}`,
    AuthorFirstName: "Ada",
    AuthorLastName: "Lovelace",
    AvgCustomerReviews: "1843",
    Price: "12.50",
    BookLanguage: "English",
    Publisher: "Taylor & Francis",
  };
}

export async function fill(page, book) {
  for (const [name, value] of Object.entries(book)) await page.locator(`#${name}`).fill(value);
}

/** Submits the form that adds or edits. */
export const send = (page) => page.locator(".book-form button[type=submit]").last().click();

/** Adds a book by the form. */
export async function addByForm(page, book) {
  await page.goto("/books/new");
  await fill(page, book);
  await send(page);
  await page.waitForURL(/\/books\/\d+/);
}

/** Creates a book by the API of a shop, as a program does, and returns the path of its page. */
export async function create(book, url = BASE_URL) {
  const fields = Object.entries(book).map(([name, value]) => [name[0].toLowerCase() + name.slice(1), value]);
  const body = { ...Object.fromEntries(fields), avgCustomerReviews: Number(book.AvgCustomerReviews) };
  const response = await fetch(`${url}/api/v1/books`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 201, await response.clone().text());
  return `/books/${(await response.json()).id}`;
}

/** Creates a book, opens its page and returns its path. */
export async function add(page, book) {
  const path = await create(book);
  await page.goto(path);
  return path;
}

export async function heading(page) {
  return page.locator("h1").innerText();
}

/** Fails with axe's findings on the current page: by all of its rules, or by these. */
export async function assertAccessible(page, what, rules) {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  assert.deepEqual(found, [], what);
}

/** Fails if the page is wider than the screen. */
export async function assertFits(page, what) {
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(excess <= 0, `${what} is ${excess} px wider than the screen`);
}
