// Open pages: one stream of events per visible tab, its states in words, and the back/forward cache.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { aBook, BASE_URL, CHROMIUM, create, live, visit, withBrowser } from "./shop.mjs";

withBrowser();

test("a new row appears in the list by itself, is marked and announced", () =>
  visit(async (page) => {
    await page.goto("/books");
    await live(page);
    const book = aBook();
    await create(book);
    const row = page.locator("tbody tr", { hasText: book.Title });
    await row.waitFor();
    assert.match(await row.getAttribute("class"), /fresh/);
    assert.match(await page.locator("#announcement").textContent(), new RegExp(`1 new book: ${book.Title}`));
  }));

test("a reader who has scrolled gets a button instead of a jump", () =>
  visit(async (page) => {
    for (let count = 0; count < 6; count += 1) await create(aBook());
    await page.goto("/books");
    await live(page);
    // Again while the page is shorter than that: other tests delete books of theirs.
    await page.waitForFunction(() => { scrollTo(0, 400); return scrollY === 400; });
    const before = await page.locator("tbody tr").first().getAttribute("id");
    const book = aBook();
    await create(book);
    const button = page.locator(".new-books button");
    await button.waitFor();
    assert.match(await button.innerText(), /\d+ new books?/);
    assert.equal(await page.locator("tbody tr").first().getAttribute("id"), before);
    await button.click();
    await page.locator("tbody tr", { hasText: book.Title }).waitFor();
    assert.equal(await page.locator(".new-books").isVisible(), false);
  }, { viewport: { width: 1280, height: 500 } }));

const row = (page, book) => page.locator("tbody tr", { hasText: book.Title });
const isRefresh = (request) => request.resourceType() === "fetch" && new URL(request.url()).pathname === "/books";

test("a refresh that started earlier does not overwrite a later one", () =>
  visit(async (page) => {
    const refreshed = page.waitForResponse((response) => isRefresh(response.request()));
    await page.goto("/books");
    await live(page);
    await refreshed;
    let release;
    const released = new Promise((resolve) => { release = resolve; });
    let refreshes = 0;
    await page.route(/\/books$/, async (route) => {
      if (!isRefresh(route.request())) return route.fallback();
      refreshes += 1;
      const isFirst = refreshes === 1;
      const response = await route.fetch();
      if (isFirst) await released;
      return route.fulfill({ response });
    });
    const [first, second] = [aBook(), aBook()];
    const earlier = page.waitForRequest(isRefresh);
    await create(first);
    const late = (await earlier).response();
    await create(second);
    await row(page, second).waitFor();
    release();
    await (await late).finished();
    await page.waitForTimeout(200);
    assert.equal(await row(page, second).count(), 1);
    assert.equal(await row(page, first).count(), 1);
  }));

test("a refresh that failed is repeated", () =>
  visit(async (page) => {
    await page.clock.install();
    const refreshed = page.waitForResponse((response) => isRefresh(response.request()));
    await page.goto("/books");
    await live(page);
    await refreshed;
    const failed = page.waitForResponse((response) => isRefresh(response.request()) && response.status() === 503);
    await page.route(/\/books$/, (route) => route.fulfill({ status: 503, body: "" }), { times: 1 });
    const book = aBook();
    await create(book);
    await failed;
    await page.clock.fastForward(10_000);
    await row(page, book).waitFor();
  }));

test("a page opens one stream, and says when it is lost", () =>
  visit(async (page) => {
    const streams = [];
    page.on("request", (request) => { if (request.url().endsWith("/events")) streams.push(request); });
    await page.goto("/books");
    await live(page);
    assert.equal(streams.length, 1);
    assert.equal(await page.locator("#live").innerText(), "Live");
    await page.route("**/events", (route) => route.fulfill({ status: 503, body: "" }));
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow")));
    await page.locator("#live[data-state=last-known]").waitFor();
    assert.match(await page.locator("#live").innerText(), /^Last known \(since .+\)$/);
  }));

/** A Chromium of its own, since Playwright's turns the back/forward cache off. */
async function withPlainChromium(work) {
  const folder = await mkdtemp(join(tmpdir(), "bfcache-"));
  const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", `--user-data-dir=${folder}`, "about:blank"];
  const child = spawn(CHROMIUM, args, { stdio: ["ignore", "ignore", "pipe"] });
  try {
    const endpoint = await new Promise((resolve, reject) => {
      let text = "";
      child.stderr.on("data", (chunk) => {
        text += chunk;
        const found = text.match(/DevTools listening on (ws:\S+)/);
        if (found) resolve(found[1]);
      });
      child.on("exit", () => reject(new Error(text)));
    });
    const browser = await chromium.connectOverCDP(endpoint);
    await work(browser.contexts()[0]);
    await browser.close();
  } finally {
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.kill();
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

test("a page that comes back from the back/forward cache is live again", () =>
  withPlainChromium(async (context) => {
    const page = context.pages()[0] ?? (await context.newPage());
    await page.goto(`${BASE_URL}/compare`);
    await live(page);
    await page.evaluate(() => {
      window.mark = "kept";
      addEventListener("pageshow", ({ persisted }) => { window.persisted = persisted; });
    });
    await page.goto(`${BASE_URL}/books`);
    await page.evaluate(() => history.back());
    await page.waitForURL(/compare/, { waitUntil: "commit" });
    await page.waitForFunction(() => window.persisted !== undefined);
    assert.deepEqual(await page.evaluate(() => [window.mark, window.persisted]), ["kept", true], "it came from the cache");
    const book = aBook();
    await create(book);
    await page.locator(".newest a", { hasText: book.Title }).waitFor();
    await live(page);
  }));
