// The shop by keyboard alone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aBook, heading, visit, withBrowser } from "./shop.mjs";

withBrowser();

/** Presses Tab until an element that `selector` matches has the focus. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  assert.fail(`Tab never reaches ${selector}`);
}

test("the first Tab stop is the link that skips to the content", () =>
  visit(async (page) => {
    await page.goto("/books");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "content");
  }));

test("a book is added, found and deleted by keyboard alone", () =>
  visit(async (page) => {
    const book = aBook();
    await page.goto("/");
    await tabTo(page, "nav a[href='/books/new']");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/books/new");
    for (const [name, value] of Object.entries(book)) {
      await tabTo(page, `#${name}`);
      await page.keyboard.type(value);
    }
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/books\/\d+/);
    assert.equal(await heading(page), book.Title);
    await tabTo(page, "a[href$='/delete']");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/delete");
    await tabTo(page, "button[type=submit]");
    await page.keyboard.press("Space");
    await page.waitForURL(/\/books(\?|$)/);
    assert.match(await page.locator(".status").innerText(), /was deleted/);
  }));

test("errors receive the focus, and their links lead to the fields", () =>
  visit(async (page) => {
    await page.goto("/books/new");
    await tabTo(page, "#Title");
    await page.keyboard.press("Enter");
    await page.locator("[role=alert]").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("role")), "alert");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#Title/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "Title");
  }));

test("the theme is chosen, remembered by the next page, and given back to the system", () =>
  visit(async (page) => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.goto("/");
    const light = await background();
    await page.locator("#theme").selectOption("dark");
    await page.goto("/books");
    assert.notEqual(await background(), light);
    assert.equal(await page.locator("#theme").inputValue(), "dark");
    await page.locator("#theme").selectOption({ label: "System theme" });
    await page.goto("/");
    assert.equal(await background(), light);
  }, { colorScheme: "light" }));

test("no single key is a shortcut", () =>
  visit(async (page) => {
    await page.goto("/books");
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "BODY");
  }));
