// Every page: axe finds nothing in either theme, and nothing is wider than a phone.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aBook, add, assertAccessible, assertFits, DESKTOP, fill, PHONE, send, visit, withBrowser } from "./shop.mjs";

withBrowser();

/** Every page, as a function that opens it given a book's path; `other` is a second tab. */
const PAGES = {
  "the front page": (page) => page.goto("/"),
  "the list": (page) => page.goto("/books?size=5&sort=Title&dir=desc"),
  "an empty list": (page) => page.goto("/books?q=no+such+book+anywhere"),
  "a book that was just added": (page, path) => page.goto(`${path}?saved=created`),
  "the form of a new book": (page) => page.goto("/books/new"),
  "the form of a book": (page, path) => page.goto(`${path}/edit`),
  "the confirmation of a delete": (page, path) => page.goto(`${path}/delete`),
  "the comparison": async (page) => {
    await page.goto("/compare");
    await page.locator("summary").click();
  },
  "the identity page": (page) => page.goto("/identity"),
  "the doctor's report": (page) => page.goto("/diagnostics"),
  "the page about the API": (page) => page.goto("/api"),
  "a missing page": (page) => page.goto("/nowhere"),
  "a form with errors": async (page) => {
    await page.goto("/books/new");
    await send(page);
  },
  "a conflict between edits": async (page, path, other) => {
    await page.goto(`${path}/edit`);
    await change(other, path);
    await page.locator("#Price").fill("3.00");
    await send(page);
  },
  "a conflict with a delete": async (page, path, other) => {
    await page.goto(`${path}/delete`);
    await change(other, path);
    await page.getByRole("button", { name: "Delete this book" }).click();
  },
  "a form that was sent before": async (page) => {
    await page.goto("/books/new");
    const used = await page.locator("[name=RequestId]").inputValue();
    await fill(page, aBook());
    await send(page);
    await page.waitForURL(/\/books\/\d+/);
    await page.goto("/books/new");
    await page.evaluate((id) => { document.querySelector("[name=RequestId]").value = id; }, used);
    await fill(page, aBook());
    await send(page);
  },
};

async function change(page, path) {
  await page.goto(`${path}/edit`);
  await page.locator("#Price").fill((1 + Math.random() * 90).toFixed(2));
  await send(page);
}

/** The widest book: values of the columns' full length without a space. */
const wideBook = () => ({
  ...aBook(),
  Title: `W${"w".repeat(40)}${Math.random().toString(36).slice(2, 8)}`,
  AuthorLastName: "W".repeat(50),
  Price: "9999999.99",
  AvgCustomerReviews: "2147483647",
  BookLanguage: "W".repeat(10),
  Publisher: "W".repeat(255),
});

test("the content security policy allows no inline code", () =>
  visit(async (page) => {
    const policy = (await page.goto("/")).headers()["content-security-policy"] ?? "";
    assert.match(policy, /script-src 'self'/);
    assert.doesNotMatch(policy, /unsafe|data:|\*/);
  }));

const SCREENS = { "a phone": PHONE, "a tablet": { width: 820, height: 1100 }, "a desktop": DESKTOP };

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing on any page in the ${colorScheme} theme`, () =>
    visit(async (page, context) => {
      const path = await add(page, aBook());
      const other = await context.newPage();
      for (const [what, go] of Object.entries(PAGES)) {
        await go(page, path, other);
        await assertAccessible(page, `${what}, ${colorScheme}`);
      }
    }, { colorScheme }));
}

test("axe finds nothing on a phone", () =>
  visit(async (page, context) => {
    const path = await add(page, aBook());
    const other = await context.newPage();
    for (const what of ["the front page", "the list", "the comparison", "the identity page", "a conflict between edits"]) {
      await PAGES[what](page, path, other);
      await assertAccessible(page, what);
    }
  }, { viewport: PHONE }));

for (const [screen, viewport] of Object.entries(SCREENS)) {
  test(`every page fits ${screen}, even with the longest values`, () =>
    visit(async (page, context) => {
      const path = await add(page, wideBook());
      const other = await context.newPage();
      for (const [what, go] of Object.entries(PAGES)) {
        await go(page, path, other);
        await assertFits(page, what);
      }
      await page.goto("/books?sort=Id&dir=desc");
      await assertFits(page, "the list of the newest books");
    }, { viewport }));
}
