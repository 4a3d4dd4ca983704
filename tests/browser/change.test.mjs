// Adding, editing and deleting, with the same result with and without JavaScript.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { aBook, add, create, fill, heading, send, visit, withBrowser } from "./shop.mjs";

withBrowser();

for (const [way, options] of [["with JavaScript", {}], ["without JavaScript", { javaScriptEnabled: false }]]) {
  describe(way, () => {
    test("an invalid field is named, input is kept, the fixed form adds the book", () =>
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
        assert.match(await page.locator(".status").innerText(), /Added[\s\S]*The database recorded it as created by/);
      }, options));

    test("an edit changes the book", () =>
      visit(async (page) => {
        const path = await add(page, aBook());
        await page.getByRole("link", { name: "Edit" }).click();
        await page.locator("#Price").fill("99.95");
        await send(page);
        assert.match(await page.locator(".status").innerText(), /saved/);
        assert.equal(new URL(page.url()).pathname, path);
        assert.equal(await page.locator(".price").innerText(), "99.95");
      }, options));

    test("the later of two edits sees both versions and may keep its own", () =>
      visit(async (page, context) => {
        const path = await create(aBook());
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
        assert.match(await page.getByRole("alert").innerText(), /Nothing is saved yet/);
        assert.equal(await page.locator("#Publisher").inputValue(), "The second");
        await send(page);
        await page.waitForURL(/\/books\/\d+(\?|$)/);
        assert.match(await page.locator(".facts").innerText(), /The second/);
      }, options));

    test("delete asks first, and shows a changed book before deleting it", () =>
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
        assert.match(await page.getByRole("alert").innerText(), /Another person changed this book/);
        await page.getByRole("button", { name: "Delete it anyway" }).click();
        assert.match(await page.locator(".status").innerText(), /was deleted/);
        assert.equal((await page.goto(path)).status(), 404);
      }, options));

    test("an edit of a deleted book can be added as a new book", () =>
      visit(async (page, context) => {
        const path = await create(aBook());
        await page.goto(`${path}/edit`);
        const other = await context.newPage();
        await other.goto(`${path}/delete`);
        await other.getByRole("button", { name: "Delete this book" }).click();
        await page.locator("#Title").fill("Edited after the delete");
        await send(page);
        assert.match(await page.getByRole("alert").innerText(), /Another person deleted it/);
        await send(page);
        assert.equal(await heading(page), "Edited after the delete");
        assert.notEqual(new URL(page.url()).pathname, path);
      }, options));

    test("a double click adds one book, and a reload adds none", () =>
      visit(async (page) => {
        const book = aBook();
        await page.goto("/books/new");
        await fill(page, book);
        const arrives = () => page.waitForURL(/\/books\/\d+/);
        await page.locator(".book-form button[type=submit]").dblclick();
        // Without JavaScript the second click stops the first navigation and starts another.
        await arrives().catch(arrives);
        await page.reload();
        await page.goto(`/books?q=${encodeURIComponent(book.Title)}`);
        assert.equal(await page.locator("tbody tr").count(), 1);
      }, options));
  });
}
