// Adding, editing and deleting, with JavaScript and without: both must do the same.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aBook, add, fill, heading, send, visit, withBrowser } from "./shop.mjs";

withBrowser();

for (const [way, options] of [["with JavaScript", {}], ["without JavaScript", { javaScriptEnabled: false }]]) {
  describe(way, () => {
    test("a broken field is named, the input is kept, and the mended form adds the book", () =>
      visit(async (page) => {
        const book = aBook();
        await page.goto("/books/new");
        await fill(page, { ...book, Price: "cheap" });
        await send(page);
        assert.match(await page.getByRole("alert").innerText(), /Price must be a number/);
        assert.equal(await page.locator("#Price").getAttribute("aria-invalid"), "true");
        assert.equal(await page.locator("#Title").inputValue(), book.Title);
        await page.getByRole("alert").getByRole("link").click();
        await page.locator("#Price").fill(book.Price);
        await send(page);
        assert.equal(await heading(page), book.Title);
        assert.match(await page.getByRole("status").innerText(), /was added/);
      }, options));

    test("an edit changes the book", () =>
      visit(async (page) => {
        const path = await add(page, aBook());
        await page.getByRole("link", { name: "Edit" }).click();
        await page.locator("#Price").fill("99.95");
        await send(page);
        assert.match(await page.getByRole("status").innerText(), /saved/);
        assert.equal(new URL(page.url()).pathname, path);
        assert.equal(await page.locator(".price").innerText(), "99.95");
      }, options));

    test("of two people who edit one book the later sees both versions and may keep the own", () =>
      visit(async (page, context) => {
        const path = await add(page, aBook());
        const other = await context.newPage();
        await other.goto(`${path}/edit`);
        await page.goto(`${path}/edit`);
        await other.locator("#Publisher").fill("The first");
        await send(other);
        await page.locator("#Publisher").fill("The second");
        await send(page);
        const differing = await page.locator("tr.differs").allInnerTexts();
        assert.equal(differing.length, 1);
        assert.match(differing[0], /The first[\s\S]*The second/);
        await page.getByRole("button", { name: "Keep mine" }).click();
        await page.waitForURL(/\/books\/\d+(\?|$)/);
        assert.match(await page.locator(".facts").innerText(), /The second/);
      }, options));

    test("a delete asks first, and a changed book is not deleted unseen", () =>
      visit(async (page, context) => {
        const book = aBook();
        const path = await add(page, book);
        await page.getByRole("link", { name: "Delete" }).click();
        assert.match(await heading(page), new RegExp(book.Title));
        const other = await context.newPage();
        await other.goto(`${path}/edit`);
        await other.locator("#Price").fill("1.00");
        await send(other);
        await page.getByRole("button", { name: "Delete this book" }).click();
        assert.match(await page.getByRole("alert").innerText(), /changed meanwhile/);
        await page.getByRole("button", { name: "Delete it anyway" }).click();
        assert.match(await page.getByRole("status").innerText(), /was deleted/);
        assert.equal((await page.goto(path)).status(), 404);
      }, options));

    test("what was written about a book that is gone can be added as a new one", () =>
      visit(async (page, context) => {
        const path = await add(page, aBook());
        await page.goto(`${path}/edit`);
        const other = await context.newPage();
        await other.goto(`${path}/delete`);
        await other.getByRole("button", { name: "Delete this book" }).click();
        await page.locator("#Title").fill("Written in vain?");
        await send(page);
        assert.match(await page.getByRole("alert").innerText(), /not there any more/);
        await send(page);
        assert.equal(await heading(page), "Written in vain?");
        assert.notEqual(new URL(page.url()).pathname, path);
      }, options));

    test("a double click adds one book, and a reload adds none", () =>
      visit(async (page) => {
        const book = aBook();
        await page.goto("/books/new");
        await fill(page, book);
        await page.locator(".book-form button[type=submit]").dblclick();
        await page.waitForURL(/\/books\/\d+/);
        await page.reload();
        await page.goto(`/books?q=${encodeURIComponent(book.Title)}`);
        assert.equal(await page.locator("tbody tr").count(), 1);
      }, options));
  });
}
