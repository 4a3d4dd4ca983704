// A database or a shop that goes away and comes back, and a login that is switched, as open pages show them.
import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assertAccessible, fill, aBook, live, PHONE, send, visit, withBrowser } from "../shop.mjs";
import { skip, startShop, withRelay, withShop } from "./own-shop.mjs";

withBrowser();

const ADDRESS = "/books?q=moby";

/** Cuts the shop from its database and opens the address until the shop notices. */
async function loseDatabase(page, relay) {
  relay.cut();
  await until(async () => (await page.goto(ADDRESS)).status() === 503);
}

/** Repeats `isTrue` until it is, for as long as the test may take. */
async function until(isTrue) {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 200));
}

/** Starts a shop at the address of a stopped one. A connection of another program may have its port for a moment. */
async function restart(url) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startShop({ connectionstring: process.env.SQL_SERVER, BOOKSTORE_ADDR: new URL(url).host });
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** A page of a new shop behind a relay. */
const behindRelay = (journey, options = {}) =>
  withRelay((relay) =>
    withShop({ connectionstring: relay.connectionString }, (baseURL) => visit((page) => journey(page, relay), { ...options, baseURL })));

test("the page of an outage returns by itself when the database is back", { skip, timeout: 180_000 }, () =>
  behindRelay(async (page, relay) => {
    page.setDefaultTimeout(90_000);
    await page.goto(ADDRESS);
    assert.equal(await page.locator("tbody tr").count(), 1);
    await loseDatabase(page, relay);
    await page.locator("[data-return-hint]").waitFor();
    await page.locator("#live[data-state=last-known]").waitFor();
    assert.match(await page.locator("#identity-line").innerText(), /unreachable since\s+\d+ \w+ \d{4}, \d\d:\d\d UTC/);
    await page.evaluate(() => { window.isSamePage = true; });
    relay.restore();
    await page.locator("tbody tr", { hasText: "Moby-Dick" }).waitFor();
    assert.ok(page.url().endsWith(ADDRESS), page.url());
    await live(page);
    assert.equal(await page.evaluate(() => window.isSamePage), undefined, "it is a new page");
  }));

test("without JavaScript the page of an outage has a link to the same address", { skip, timeout: 180_000 }, () =>
  behindRelay(async (page, relay) => {
    page.setDefaultTimeout(90_000);
    await loseDatabase(page, relay);
    assert.equal(await page.locator("[data-return-hint]").isVisible(), false);
    relay.restore();
    await until(async () => {
      await page.waitForLoadState();
      if ((await page.locator("tbody tr", { hasText: "Moby-Dick" }).count()) === 1) return true;
      await Promise.all([page.waitForEvent("load"), page.getByRole("link", { name: "Try again" }).click()]);
      return false;
    });
    assert.ok(page.url().endsWith(ADDRESS), page.url());
  }, { javaScriptEnabled: false }));

test("a form that was sent during an outage keeps what was typed, and is sent again", { skip, timeout: 180_000 }, () =>
  behindRelay(async (page, relay) => {
    page.setDefaultTimeout(90_000);
    const book = aBook();
    await page.goto("/books/new");
    await fill(page, book);
    relay.cut();
    await send(page);
    assert.match(await page.getByRole("alert").innerText(), /database/i);
    assert.equal(await page.locator("#Title").inputValue(), book.Title);
    relay.restore();
    await until(async () => {
      await page.waitForLoadState();
      await Promise.all([page.waitForEvent("load"), send(page)]);
      return /\/books\/\d+/.test(page.url());
    });
    assert.equal(await page.locator("h1").innerText(), book.Title);
  }));

test("axe finds nothing on the page of an outage, in each theme and on a phone", { skip, timeout: 180_000 }, () =>
  behindRelay(async (page, relay) => {
    page.setDefaultTimeout(90_000);
    await loseDatabase(page, relay);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await assertAccessible(page, colorScheme);
    }
    await page.setViewportSize(PHONE);
    await assertAccessible(page, "on a phone");
  }));

test("a page says that the connection is lost, and is live again when the shop is back", { skip, timeout: 180_000 }, async () => {
  const first = await startShop({ connectionstring: process.env.SQL_SERVER });
  let second;
  try {
    await visit(async (page) => {
      page.setDefaultTimeout(90_000);
      await page.goto("/books");
      await live(page);
      await first.stop();
      await page.locator("#live[data-state=reconnecting]").waitFor();
      assert.match(await page.locator("#live").innerText(), /^Connection lost at .+\. Reconnecting$/);
      second = await restart(first.url);
      await live(page);
    }, { baseURL: first.url });
  } finally {
    await first.stop();
    await second?.stop();
  }
});

test("every open page shows the new login after the connection string was switched", { skip, timeout: 180_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "switch-"));
  const file = join(folder, "connectionstring");
  const write = async (text) => {
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
  };
  try {
    await write(process.env.SQL_SERVER);
    await withShop({ connectionstring_file: file }, (baseURL) =>
      visit(async (_, context) => {
        const pages = [];
        for (const path of ["/books", "/compare", "/identity"]) {
          const page = await context.newPage();
          pages.push(page);
          await page.goto(path);
          await live(page);
          assert.match(await page.locator("#identity-line").innerText(), /webapp/);
        }
        await write(process.env.SQL_SERVER_OTHER_LOGIN);
        for (const page of pages) {
          await page.bringToFront();
          await page.locator("#identity-line .badge-name", { hasText: "sa" }).waitFor({ timeout: 90_000 });
        }
        await pages.at(-1).locator("#evidence .facts .badge-name", { hasText: "sa" }).first().waitFor({ timeout: 90_000 });
      }, { baseURL }));
  } finally {
    await rm(folder, { recursive: true });
  }
});
