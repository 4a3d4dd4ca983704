// Books of twelve logins: no name is cut and no word broken, on any screen, and all of them fit a projector.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { aBook, assertAccessible, assertFits, create, PHONE, PROJECTOR, visit, withBrowser } from "../shop.mjs";
import { skip, startShop } from "./own-shop.mjs";

withBrowser();

/** Beside `sa`, who created the first eight books. */
const LOGINS = [
  "CONTOSO\\webgmsa$", "CONTOSO\\reportgmsa$", "NT AUTHORITY\\SYSTEM", "webapp", "CONTOSO\\jane.doe", "FABRIKAM\\averylongaccount$",
  "BUILTIN\\Administrators", "legacy_reporting_login_of_2009", "CONTOSO\\svc-import$", "dbo", "bob@contoso.example",
];
const TITLES = [
  "The Dispossessed", "Die Vermessung der Welt", "Братья Карамазовы", "Преступление и наказание", "Kindred", "Frankenstein",
  "The Curious Incident of the Dog in the Night-Time", "La sombra del viento", "Wuthering Heights", "Understanding Comics", "Middlemarch",
];

/** Where the words are, per page. */
const WORDS = { "/books": "tbody bdi", "/compare": "caption", "/compare?stage": "caption", "/": ".shelf-title, .shelf-author" };

let folder, shop;
before(async () => {
  if (skip) return;
  folder = await mkdtemp(join(tmpdir(), "logins-"));
  const start = (login) => startShop({ connectionstring: `Server=(embedded);AttachDbFilename=${folder}/books.db;User ID=${login}` });
  for (const [index, login] of LOGINS.entries()) {
    shop = await start(login);
    await create({ ...aBook(), Title: TITLES[index], AuthorLastName: "Достоевский" }, shop.url);
    if (index < LOGINS.length - 1) await shop.stop();
  }
});
after(async () => {
  await shop?.stop();
  if (folder) await rm(folder, { recursive: true });
});

/** The words on more than one line, and the names that are cut or on more than one line. */
const broken = (page, words) =>
  page.evaluate((selector) => {
    const lines = (range) => new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom))).size;
    const within = (element, pattern) => {
      const [found, texts] = [[], document.createTreeWalker(element, NodeFilter.SHOW_TEXT)];
      while (texts.nextNode()) {
        for (const { 0: word, index } of texts.currentNode.data.matchAll(pattern)) {
          const range = document.createRange();
          range.setStart(texts.currentNode, index);
          range.setEnd(texts.currentNode, index + word.length);
          if (lines(range) > 1) found.push(word);
        }
      }
      return found;
    };
    const visible = (all) => [...document.querySelectorAll(all)].filter((element) => element.checkVisibility());
    return [
      ...visible(selector).flatMap((element) => within(element, /[\p{L}\p{N}]+/gu)),
      ...visible(".badge-name").flatMap((name) => (name.scrollWidth > name.clientWidth ? [`cut: ${name.textContent}`] : within(name, /.+/g))),
    ];
  }, words);

for (const width of [PHONE.width, 768, 1280, 1920]) {
  test(`no word is broken and no login is cut at ${width} px`, { skip }, () =>
    visit(async (page) => {
      for (const [path, words] of Object.entries(WORDS)) {
        // Two covers beside each other: a long name has two lines there.
        if (path === "/" && width === PHONE.width) continue;
        await page.goto(path);
        assert.deepEqual(await broken(page, words), [], path);
        await assertFits(page, path);
      }
    }, { baseURL: shop.url, viewport: { width, height: 900 } }));
}

test("twelve logins fit a projector, each with its name, bar and count, on stage too", { skip }, () =>
  visit(async (page) => {
    for (const path of ["/compare", "/compare?stage"]) {
      await page.goto(path);
      const rows = page.locator(".ranking tbody tr");
      assert.equal(await rows.count(), 12);
      const box = await rows.last().boundingBox();
      assert.ok(box.y + box.height <= PROJECTOR.height, `${path} ends at ${box.y + box.height}`);
      for (const part of [".badge-name", ".bar", ".r-number strong"]) assert.equal(await rows.last().locator(part).isVisible(), true, part);
    }
  }, { baseURL: shop.url, viewport: PROJECTOR }));

test("axe finds nothing on twelve logins, on a laptop and a phone", { skip }, () =>
  visit(async (page) => {
    for (const path of ["/compare", "/books"]) {
      await page.goto(path);
      await assertAccessible(page, path);
      await page.setViewportSize(PHONE);
      await assertAccessible(page, `${path} on a phone`);
      await page.setViewportSize(PROJECTOR);
    }
  }, { baseURL: shop.url }));
