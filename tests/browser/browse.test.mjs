// Finding books: search, sort, filter, pages, addresses of the replaced demo.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aBook, assertFits, BASE_URL, create, heading, PHONE, PROJECTOR, send, visit, withBrowser } from "./shop.mjs";

withBrowser();

const titles = (page) => page.locator("tbody .c-Title").allInnerTexts();

test("search finds a book by title or author, and explains an empty result", () =>
  visit(async (page) => {
    await page.goto("/books");
    for (const text of ["moby", "melville"]) {
      await page.locator("#q").fill(text);
      await page.locator("#q").press("Enter");
      await page.waitForURL(new RegExp(`q=${text}`));
      assert.deepEqual(await titles(page), ["Moby-Dick"]);
    }
    await page.goto("/books?q=no+such+book+anywhere");
    assert.match(await page.locator(".empty").innerText(), /No book matches/);
  }));

test("a heading sorts ascending, then descending, and marks the order", () =>
  visit(async (page) => {
    await page.goto("/books?creator=sa");
    const sort = async () => {
      await page.getByRole("columnheader", { name: "Price" }).getByRole("link").click();
      await page.waitForLoadState();
      const prices = await page.locator("td.c-Price").allInnerTexts();
      return [await page.locator("th.c-Price").getAttribute("aria-sort"), prices.map(Number)];
    };
    const ascending = (numbers) => numbers.every((number, index) => index === 0 || numbers[index - 1] <= number);
    const [up, least] = await sort();
    assert.equal(up, "ascending");
    assert.ok(ascending(least), String(least));
    const [down, greatest] = await sort();
    assert.equal(down, "descending");
    assert.ok(ascending(greatest.reverse()), String(greatest));
  }));

test("a filter by login shows only the books of that login", () =>
  visit(async (page) => {
    await page.goto("/books");
    await page.locator(".chip", { hasText: /SQL login\s*sa/ }).click();
    await page.waitForURL(/creator=sa/);
    const badges = await page.locator("td.c-CreatedBy .badge").allInnerTexts();
    assert.ok(badges.length >= 8);
    assert.ok(badges.every((badge) => badge.trim().endsWith("sa")), String(badges));
  }));

test("each row has an edge in the colour of its login's badge", () =>
  visit(async (page) => {
    await page.goto("/books");
    const colours = await page.locator("tbody tr").evaluateAll((rows) =>
      rows.map((row) => {
        const edge = getComputedStyle(row.querySelector(".c-Title"));
        return [edge.borderLeftStyle, edge.borderLeftColor, getComputedStyle(row.querySelector(".badge")).backgroundColor];
      }));
    assert.ok(colours.length > 0);
    assert.ok(colours.every(([style, edge, badge]) => style === "solid" && edge === badge), String(colours));
  }));

test("links of the navigation stay in place when pointed at", () =>
  visit(async (page) => {
    await page.goto("/");
    const links = page.locator(".site nav a");
    const places = () => links.evaluateAll((all) => all.map((link) => JSON.stringify(link.getBoundingClientRect())));
    const before = await places();
    for (const link of await links.all()) {
      await link.hover();
      assert.deepEqual(await places(), before);
    }
  }));

test("pages do not overlap, and a page past the end shows the last one", () =>
  visit(async (page) => {
    await page.goto("/books?size=3&creator=sa");
    const first = await titles(page);
    await page.getByRole("link", { name: "Next" }).click();
    await page.waitForURL(/page=2/);
    const second = await titles(page);
    assert.equal(new Set([...first, ...second]).size, 6);
    await page.goto("/books?size=3&creator=sa&page=999");
    assert.equal(await page.getByRole("link", { name: "Next" }).count(), 0);
    assert.ok((await titles(page)).length > 0);
  }));

test("addresses of the replaced demo redirect to the new pages", () =>
  visit(async (page) => {
    const path = await create(aBook());
    const id = path.split("/").pop();
    const moved = {
      "/Home": "/",
      "/Home/Index": "/",
      "/Home/Books": "/books",
      "/Home/Create": "/books/new",
      [`/Home/Edit/${id}`]: `${path}/edit`,
      [`/Home/Delete/${id}`]: `${path}/delete`,
    };
    for (const [before, now] of Object.entries(moved)) {
      await page.goto(before);
      assert.equal(new URL(page.url()).pathname, now);
    }
    await page.goto(path);
    assert.match(await heading(page), /A journey/);
  }));

test("a search finds words in any order, without accents, and in the publisher", () =>
  visit(async (page) => {
    for (const words of ["hugo miserables", "verboeckhoven"]) {
      await page.goto("/books");
      await page.locator("#q").fill(words);
      await page.getByRole("button", { name: "Search" }).click();
      await page.waitForURL(/q=/);
      assert.deepEqual(await titles(page), ["Les Misérables"]);
    }
    assert.match(await page.title(), /Books with “verboeckhoven”/);
    assert.doesNotMatch(page.url(), /creator=|sort=|size=/);
  }));

test("the newest book is the first row, and its badge filters by its login", () =>
  visit(async (page) => {
    const book = aBook();
    await create(book);
    await page.goto("/books");
    const row = page.locator("tbody tr").first();
    assert.match(await row.locator(".c-Title").innerText(), new RegExp(book.Title));
    assert.match(await row.locator(".badge").innerText(), /gMSA|SQL login/);
    await row.locator(".c-CreatedBy a").click();
    await page.waitForURL(/creator=/);
    assert.match(await page.title(), /Books created by/);
  }));

test("filter, order and page survive edit, cancel, delete and the breadcrumb", () =>
  visit(async (page) => {
    for (let count = 0; count < 3; count += 1) await create({ ...aBook(), Publisher: "Survivors" });
    const list = "/books?q=survivors&sort=Title&page=2&size=1";
    const back = () => page.waitForURL((url) => url.pathname + url.search.replace(/&saved.*/, "") === list);
    await page.goto(list);
    await page.locator("tbody .c-Title a").click();
    await page.locator(".eyebrow a").click();
    await back();
    await page.locator("tbody .c-Title a").click();
    await page.getByRole("link", { name: "Edit" }).click();
    await page.getByRole("link", { name: "Cancel" }).click();
    await page.getByRole("link", { name: "Edit" }).click();
    await send(page);
    await page.locator(".status").waitFor();
    await page.locator(".eyebrow a").click();
    await back();
    await page.locator("tbody .c-Title a").click();
    await page.getByRole("link", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete this book" }).click();
    await page.locator(".status").waitFor();
    await back();
  }));

test("the table shows at least eight rows on a projector, under a sticky head", () =>
  visit(async (page) => {
    await page.goto("/books");
    const rows = await page.locator("tbody tr").evaluateAll((all) => all.map((row) => row.getBoundingClientRect()).filter(({ bottom }) => bottom <= innerHeight).map(({ height }) => height));
    assert.ok(rows.length >= 8, `${rows.length} rows`);
    assert.ok(rows.every((height) => height <= 56), String(rows));
    await page.mouse.wheel(0, 400);
    await page.waitForFunction(() => scrollY > 100 || document.documentElement.scrollHeight <= innerHeight + 100);
    assert.ok((await page.locator("thead th").first().boundingBox()).y >= 0);
  }, { viewport: PROJECTOR }));

test("a phone shows the first book within its first screen, with the badge beside the title", () =>
  visit(async (page) => {
    await page.goto("/books");
    // At one moment: the page replaces its rows when another test adds a book.
    const [row, title, badge] = await page.evaluate(() => {
      const first = document.querySelector("tbody tr");
      return [first, first.querySelector(".c-Title"), first.querySelector(".badge")].map((part) => part.getBoundingClientRect().toJSON());
    });
    assert.ok(row.y + row.height <= 800, `the first book ends at ${row.y + row.height}`);
    assert.ok(badge.x >= title.x + title.width - 1 && badge.y < row.y + row.height / 2, JSON.stringify({ title, badge }));
    assert.equal(await page.locator("#sort").isVisible(), false);
    await page.locator(".order summary").click();
    assert.equal(await page.locator("#sort").isVisible(), true);
  }, { viewport: PHONE }));

test("the list is a table from 768 px", () =>
  visit(async (page) => {
    await page.goto("/books");
    await page.waitForFunction(() => getComputedStyle(document.querySelector("tbody tr")).display === "table-row");
    await assertFits(page, "the list");
  }, { viewport: { width: 768, height: 1024 } }));

test("words are not broken and titles of other scripts are isolated", () =>
  visit(async (page) => {
    await create({ ...aBook(), Title: "ألف ليلة (1)", AuthorLastName: "Достоевский" });
    for (const width of [768, 1280, 1920]) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto("/books?q=Достоевский");
      const lines = await page.evaluate(() => {
        const text = document.querySelector("td.c-AuthorLastName bdi");
        const range = document.createRange();
        range.setStart(text.firstChild, 4);
        range.setEnd(text.firstChild, text.firstChild.length);
        return range.getClientRects().length;
      });
      assert.equal(lines, 1, `${width} px`);
    }
    assert.equal(await page.locator("tbody .c-Title bdi").count(), await page.locator("tbody tr").count());
  }));

test("the list is saved as CSV with its filter", () =>
  visit(async (page) => {
    await page.goto("/books?q=melville");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Save as CSV" }).click()]);
    assert.equal(download.suggestedFilename(), "books.csv");
    const text = await (await fetch(`${BASE_URL}/books.csv?q=melville`)).text();
    assert.match(text, /Moby-Dick/);
    assert.equal(text.trim().split("\r\n").length, 2);
  }));
