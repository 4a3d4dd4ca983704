// The shop without a mouse.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aBook, heading, visit, withBrowser } from "./shop.mjs";

withBrowser();

/** Presses Tab until the focus is on what `selector` names. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
  }
  assert.fail(`Tab never reaches ${selector}`);
}

test("the first Tab offers to skip to the content", () =>
  visit(async (page) => {
    await page.goto("/books");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "content");
  }));

test("a book is added, found and deleted by keys alone", () =>
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
    assert.match(await page.getByRole("status").innerText(), /was deleted/);
  }));

test("errors take the focus, and their links lead to the fields", () =>
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

test("the theme toggle is remembered by the next page", () =>
  visit(async (page) => {
    await page.goto("/");
    await tabTo(page, "[data-theme-toggle]");
    await page.keyboard.press("Enter");
    await page.goto("/books");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    assert.equal(await page.locator("[data-theme-toggle]").getAttribute("aria-pressed"), "true");
  }, { colorScheme: "light" }));
