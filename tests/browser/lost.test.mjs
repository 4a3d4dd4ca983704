// Nothing is lost: what was typed, a stopped submit, a deleted book, a page during an outage.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aBook, add, addByForm, create, fill, heading, send, visit, withBrowser } from "./shop.mjs";

withBrowser();

test("a submit that was stopped can be sent again, and adds one book", () =>
  visit(async (page) => {
    const book = aBook();
    await page.goto("/books/new");
    await fill(page, book);
    // The first request never reaches the shop, as if Esc had stopped it.
    await page.route("**/books/new", (route) => route.abort("aborted"), { times: 1 });
    const stopped = page.waitForEvent("requestfailed");
    await send(page);
    await stopped;
    assert.ok(page.url().endsWith("/books/new"));
    // Until then the page takes a second submit for a double click.
    await page.keyboard.press("Escape");
    await send(page);
    await page.waitForURL(/\/books\/\d+/);
    assert.equal(await heading(page), book.Title);
  }));

test("typed text comes back after a request that was too large, without the back/forward cache", () =>
  visit(async (page) => {
    const book = aBook();
    await page.goto("/books/new");
    await fill(page, book);
    // As large as no field allows: the shop refuses it unread.
    await page.locator(".book-form").evaluate((form) => {
      const huge = document.createElement("input");
      huge.type = "hidden";
      huge.name = "Huge";
      huge.value = "x".repeat(3 << 20);
      form.append(huge);
    });
    await send(page);
    await page.locator(".eyebrow", { hasText: "413" }).waitFor();
    await page.getByRole("link", { name: "Try again" }).click();
    assert.equal(await page.locator("#Title").inputValue(), book.Title);
    assert.match(await page.locator(".draft-note").innerText(), /unsaved entries are back/);
    await send(page);
    await page.waitForURL(/\/books\/\d+/);
    await page.goto("/books/new");
    assert.equal(await page.locator("#Title").inputValue(), "");
  }));

test("a draft is discarded by its button and by Cancel", () =>
  visit(async (page) => {
    await page.goto("/books/new");
    await page.locator("#Title").fill("Half a title");
    await page.goto("/books");
    await page.goto("/books/new");
    assert.equal(await page.locator("#Title").inputValue(), "Half a title");
    await page.getByRole("button", { name: "Discard them" }).click();
    assert.equal(await page.locator("#Title").inputValue(), "");
    await page.locator("#Title").fill("Another");
    await page.getByRole("link", { name: "Cancel" }).click();
    await page.goto("/books/new");
    assert.equal(await page.locator("#Title").inputValue(), "");
  }));

test("a deleted book is added again from the notice", () =>
  visit(async (page) => {
    const book = aBook();
    await add(page, book);
    await page.getByRole("link", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete this book" }).click();
    await page.getByRole("link", { name: "Add it again" }).click();
    assert.equal(await page.locator("#Publisher").inputValue(), book.Publisher);
    await send(page);
    await page.waitForURL(/\/books\/\d+/);
    assert.equal(await heading(page), book.Title);
  }));

test("a new book is announced with the login that the database recorded", () =>
  visit(async (page) => {
    const book = aBook();
    await addByForm(page, book);
    await page.waitForFunction(() => document.getElementById("announcement").textContent !== "");
    assert.match(await page.locator("#announcement").textContent(), new RegExp(`Added ${book.Title}\\. The database recorded it as created by`));
    assert.doesNotMatch(page.url(), /saved/);
  }));

test("changes of different fields are merged and shown before they are saved", () =>
  visit(async (page, context) => {
    const path = await create(aBook());
    const other = await context.newPage();
    await other.goto(`${path}/edit`);
    await page.goto(`${path}/edit`);
    await other.locator("#Publisher").fill("Theirs");
    await send(other);
    await other.waitForURL(/\/books\/\d+(\?|$)/);
    await page.locator("#Price").fill("3,50");
    await send(page);
    assert.match(await page.getByRole("alert").innerText(), /both changes fit together/);
    assert.deepEqual([await page.locator("#Publisher").inputValue(), await page.locator("#Price").inputValue()], ["Theirs", "3.50"]);
    await send(page);
    await page.waitForURL(/\/books\/\d+(\?|$)/);
    assert.match(await page.locator(".facts").innerText(), /Theirs/);
    assert.equal(await page.locator(".price").innerText(), "3.50");
  }));

test("an error page offers the same address and the evidence", () =>
  visit(async (page) => {
    await page.goto("/books/2147483647?list=q%3Da");
    assert.equal(await page.locator("[data-retry]").getAttribute("href"), "/books/2147483647?list=q%3Da");
    await page.getByRole("link", { name: "Evidence of the login" }).click();
    await page.waitForURL("**/identity");
  }));
