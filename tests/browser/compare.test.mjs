// The comparison of logins, as a presenter shows it, and the page behind the identity line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aBook, assertAccessible, assertFits, create, heading, live, PROJECTOR, visit, withBrowser } from "./shop.mjs";

withBrowser();

/** The number of books of all logins, as the page counts them. */
const rows = async (page) => {
  const counts = await page.locator(".count strong").allInnerTexts();
  return counts.reduce((sum, text) => sum + Number(text.replaceAll(",", "")), 0);
};

test("a book added elsewhere appears automatically and is announced", () =>
  visit(async (page) => {
    await page.goto("/compare");
    await live(page);
    const before = await rows(page);
    const book = aBook();
    await create(book);
    await page.locator(".newest a", { hasText: book.Title }).waitFor();
    assert.ok((await rows(page)) > before);
    assert.match(await page.locator("#announcement").innerText(), /books?: .* by /);
    assert.equal(await page.locator(".fresh").count() > 0, true);
  }));

test("an update keeps the focus and the opened table", () =>
  visit(async (page) => {
    await page.goto("/compare");
    await live(page);
    await page.locator("summary").focus();
    await page.keyboard.press("Enter");
    const book = aBook();
    await create(book);
    await page.locator(".newest a", { hasText: book.Title }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "SUMMARY");
    assert.equal(await page.locator("#numbers table").isVisible(), true);
  }));

test("the table has the same counts as the cards", () =>
  visit(async (page) => {
    await page.goto("/compare");
    await page.locator("summary").click();
    const inTable = await page.locator("#numbers tbody td:nth-child(2)").allInnerTexts();
    assert.deepEqual(inTable, await page.locator(".count strong").allInnerTexts());
  }));

test("a link selects another time line", () =>
  visit(async (page) => {
    await page.goto("/compare");
    await page.getByRole("link", { name: "10 minutes" }).click();
    await page.waitForURL(/last=10min/);
    assert.equal(await page.locator(".ranges [aria-current]").innerText(), "10 minutes");
  }));

test("without JavaScript the page is complete and does not say that it is live", () =>
  visit(async (page) => {
    await page.goto("/");
    await page.getByRole("link", { name: "Compare", exact: true }).click();
    assert.equal(await heading(page), "Who created the books");
    assert.equal(await page.locator("#live").isVisible(), false);
    const book = aBook();
    await create(book);
    await page.goto("/compare");
    await page.locator(".newest a", { hasText: book.Title }).waitFor();
  }, { javaScriptEnabled: false }));

test("two logins, their chart and its labels fit a projector, on stage too", () =>
  visit(async (page) => {
    for (const path of ["/compare", "/compare?stage"]) {
      await page.goto(path);
      await assertFits(page, path);
      for (const part of [".logins > li", ".plot", ".line-label", ".marks"]) {
        const box = await page.locator(part).last().boundingBox();
        assert.ok(box.y + box.height <= 720 && box.x + box.width <= 1280, `${path}: ${part} ends at ${box.y + box.height}`);
      }
    }
    assert.equal(await page.locator("header nav, footer").count(), 0);
    await page.getByRole("link", { name: "Leave the stage" }).click();
    await page.locator("header nav").waitFor();
  }, { viewport: PROJECTOR }));

test("the navigation leads to the evidence", () =>
  visit(async (page) => {
    await page.goto("/books");
    await page.getByRole("link", { name: "Evidence", exact: true }).click();
    await page.waitForURL("**/identity");
    assert.equal(await heading(page), "The application’s database login");
    const facts = await page.locator("main .facts").first().innerText();
    await assertAccessible(page, "the evidence of this engine");
    assert.match(facts, /SUSER_SNAME\(\)[\s\S]*ORIGINAL_LOGIN\(\)[\s\S]*Auth scheme[\s\S]*since/i);
  }));
