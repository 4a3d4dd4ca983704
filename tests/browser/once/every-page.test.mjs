// Every page: axe finds nothing in either theme and on a phone, and nothing is wider than the screen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { aBook, assertAccessible, assertFits, create, DESKTOP, fill, PHONE, send, visit, withBrowser } from "../shop.mjs";

withBrowser();

/** Every page, as a function that opens it given a book's path; `other` is a second tab. */
const PAGES = {
  "the front page": (page) => page.goto("/"),
  "the list of the newest books": (page) => page.goto("/books?size=5"),
  "an empty list": (page) => page.goto("/books?q=no+such+book+anywhere"),
  "a book that was just added": (page, path) => page.goto(`${path}?saved=created`),
  "the form of a new book": (page) => page.goto("/books/new"),
  "the form of a book": (page, path) => page.goto(`${path}/edit`),
  "the confirmation of a delete": (page, path) => page.goto(`${path}/delete`),
  "the comparison": async (page) => {
    await page.goto("/compare");
    await page.locator("summary").click();
  },
  "the comparison on stage": (page) => page.goto("/compare?stage"),
  "the identity page": (page) => page.goto("/identity"),
  "the doctor's report": (page) => page.goto("/diagnostics"),
  "the page about the API": (page) => page.goto("/api"),
  "a missing page": (page) => page.goto("/nowhere"),
  "a form with errors": async (page) => {
    await page.goto("/books/new");
    await send(page);
    await page.locator("[role=alert]").waitFor();
  },
  "a conflict between edits": async (page, path, other) => {
    await page.goto(`${path}/edit`);
    await change(other, path);
    await page.locator("#Price").fill("3.00");
    await send(page);
    await page.locator("[role=alert]").waitFor();
  },
  "a conflict with a delete": async (page, path, other) => {
    await page.goto(`${path}/delete`);
    await change(other, path);
    await page.getByRole("button", { name: "Delete this book" }).click();
    await page.locator("[role=alert]").waitFor();
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
    await page.locator("[role=alert]").waitFor();
  },
};

async function change(page, path) {
  await page.goto(`${path}/edit`);
  await page.locator("#Price").fill((1 + Math.random() * 90).toFixed(2));
  await send(page);
  await page.waitForURL(/\/books\/\d+(\?|$)/);
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

/** A small phone, tablets, a laptop and a large screen. */
const WIDTHS = [360, 768, 820, 1280, 1920];

/** The pages whose elements are arranged in another way on a phone. */
const ON_A_PHONE = ["the front page", "the list of the newest books", "the comparison", "the identity page", "a conflict between edits"];

for (const [what, go] of Object.entries(PAGES)) {
  test(`axe finds nothing on ${what}, and it fits every screen`, () =>
    visit(async (page, context) => {
      await go(page, await create(wideBook()), await context.newPage());
      await page.bringToFront();
      await assertAccessible(page, `${what}, light`);
      // The same elements in other colours.
      await page.emulateMedia({ colorScheme: "dark" });
      await assertAccessible(page, `${what}, dark`, ["color-contrast"]);
      await page.setViewportSize(PHONE);
      if (ON_A_PHONE.includes(what)) await assertAccessible(page, `${what}, on a phone`);
      for (const width of WIDTHS) {
        await page.setViewportSize({ ...DESKTOP, width });
        await assertFits(page, `${what} at ${width} px`);
      }
    }, { colorScheme: "light" }));
}
