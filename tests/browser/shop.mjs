// What every journey shares: the browser, a page that watches for trouble, and books of its own.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

/** Where the shop runs. */
export const BASE_URL = process.env.BASE_URL ?? "http://127.0.0.1:8080";
/** Any Chromium of the last two years. */
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** The narrowest screen that the shop is made for. */
export const PHONE = { width: 360, height: 800 };
export const DESK = { width: 1280, height: 900 };

let browser;

/** Starts the browser before a file's tests and ends it after them. */
export function withBrowser() {
  before(async () => {
    const args = ["--no-sandbox", "--disable-gpu", "--disable-quic"];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  });
  after(() => browser.close());
}

/** Gives `journey` a fresh page, and fails if the page broke its own content policy or threw an error. */
export async function visit(journey, options = {}) {
  const context = await browser.newContext({ baseURL: BASE_URL, viewport: DESK, ...options });
  context.setDefaultTimeout(20_000);
  const trouble = [];
  const watch = (page) => {
    page.on("pageerror", (error) => trouble.push(error.message));
    page.on("console", (message) => {
      if (/Content.Security.Policy/i.test(message.text())) trouble.push(message.text());
    });
  };
  context.on("page", watch);
  try {
    await journey(await context.newPage(), context);
    assert.deepEqual(trouble, []);
  } finally {
    await context.close();
  }
}

/** A book that no other test knows. */
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

/** Sends the form that adds or edits. */
export const send = (page) => page.locator(".book-form button[type=submit]").last().click();

/** Adds a book by the form and ends on its page, whose path is returned. */
export async function add(page, book) {
  await page.goto("/books/new");
  await fill(page, book);
  await send(page);
  await page.waitForURL(/\/books\/\d+/);
  return new URL(page.url()).pathname;
}

export async function heading(page) {
  return page.locator("h1").innerText();
}

/** Fails with what axe found on the page as it is. */
export async function assertAccessible(page, what) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  assert.deepEqual(found, [], what);
}

/** Fails if the page is wider than the screen. */
export async function assertFits(page, what) {
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(excess <= 0, `${what} is ${excess} px wider than the screen`);
}
