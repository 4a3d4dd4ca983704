// Logins side by side, as a presenter shows them, and the evidence behind the identity line.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aBook, add, heading, visit, withBrowser } from "./shop.mjs";

withBrowser();

/** How many rows the page counts over all logins. */
const rows = async (page) => {
  const counts = await page.locator(".count strong").allInnerTexts();
  return counts.reduce((sum, text) => sum + Number(text.replaceAll(",", "")), 0);
};

test("a book that somebody else adds appears by itself, and is announced", () =>
  visit(async (page, context) => {
    await page.goto("/compare");
    await page.locator("[data-live-sign]").waitFor();
    assert.equal(await page.locator("[data-live-reload]").isVisible(), false);
    const before = await rows(page);
    const book = aBook();
    await add(await context.newPage(), book);
    await page.locator(".newest a", { hasText: book.Title }).waitFor();
    assert.ok((await rows(page)) > before);
    assert.match(await page.locator("#live-status").innerText(), /books: .* by /);
    assert.equal(await page.locator(".fresh").count() > 0, true);
  }));

test("an update takes away neither the focus nor what was opened", () =>
  visit(async (page, context) => {
    await page.goto("/compare");
    await page.locator("[data-live-sign]").waitFor();
    await page.locator("summary").focus();
    await page.keyboard.press("Enter");
    const book = aBook();
    await add(await context.newPage(), book);
    await page.locator(".newest a", { hasText: book.Title }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "SUMMARY");
    assert.equal(await page.locator("#numbers table").isVisible(), true);
  }));

test("the table says what the cards say", () =>
  visit(async (page) => {
    await page.goto("/compare");
    await page.locator("summary").click();
    const inTable = await page.locator("#numbers tbody td:nth-child(2)").allInnerTexts();
    assert.deepEqual(inTable, await page.locator(".count strong").allInnerTexts());
  }));

test("another time line is chosen by its link", () =>
  visit(async (page) => {
    await page.goto("/compare");
    await page.getByRole("link", { name: "10 minutes" }).click();
    await page.waitForURL(/last=10min/);
    assert.equal(await page.locator(".ranges [aria-current]").innerText(), "10 minutes");
  }));

test("without JavaScript there is all of it, and a link that reloads", () =>
  visit(async (page) => {
    await page.goto("/");
    await page.getByRole("link", { name: "Compare", exact: true }).click();
    assert.equal(await heading(page), "Who made the rows");
    assert.equal(await page.locator("[data-live-sign]").isVisible(), false);
    const book = aBook();
    await add(page, book);
    await page.goBack();
    await page.goto("/compare");
    await page.getByRole("link", { name: "Reload" }).click();
    await page.locator(".newest a", { hasText: book.Title }).waitFor();
  }, { javaScriptEnabled: false }));

test("the identity line of every page leads to the evidence", () =>
  visit(async (page) => {
    await page.goto("/books");
    await page.locator("aside.identity a").click();
    await page.waitForURL("**/identity");
    assert.equal(await heading(page), "Who the application is to the database");
    const facts = await page.locator("main .facts").first().innerText();
    assert.match(facts, /SUSER_SNAME\(\)[\s\S]*ORIGINAL_LOGIN\(\)[\s\S]*Auth scheme[\s\S]*since/i);
  }));
