// Finding books: search, order, filter, pages, old addresses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aBook, add, heading, visit, withBrowser } from "./shop.mjs";

withBrowser();

const titles = (page) => page.locator("tbody .c-Title").allInnerTexts();

test("a search by title or author finds the book, and a search for nothing says so", () =>
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

test("a heading sorts up and then down, and says so", () =>
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

test("a filter by login shows only the rows that the login made", () =>
  visit(async (page) => {
    await page.goto("/books");
    await page.locator("#creator").selectOption("sa");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(/creator=sa/);
    const badges = await page.locator("td.c-CreatedBy .badge").allInnerTexts();
    assert.ok(badges.length >= 8);
    assert.ok(badges.every((badge) => badge.trim().endsWith("sa")), String(badges));
  }));

test("pages follow each other without overlap, and a page past the end leads to the last", () =>
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

test("the addresses of the old demo lead to the new pages", () =>
  visit(async (page) => {
    const path = await add(page, aBook());
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

test("the slash key leads to the search", () =>
  visit(async (page) => {
    await page.goto("/books");
    await page.keyboard.press("/");
    assert.equal(await page.evaluate(() => document.activeElement.id), "q");
  }));
