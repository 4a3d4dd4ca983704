// Other ways to see a page: forced colours and paper.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible, visit, withBrowser } from "../shop.mjs";

withBrowser();

test("badges have an outline and their kind in words under forced colours", () =>
  visit(async (page) => {
    await page.goto("/books");
    const badge = page.locator("tbody .badge").first();
    assert.notEqual(await badge.evaluate((it) => getComputedStyle(it).borderTopColor), "rgba(0, 0, 0, 0)");
    assert.match(await badge.innerText(), /SQL login|gMSA|Windows user|Local name/);
    await assertAccessible(page, "the list under forced colours");
  }, { forcedColors: "active" }));

test("paper has the rows and the colours of badges, and no controls", () =>
  visit(async (page) => {
    for (const path of ["/books", "/compare"]) {
      await page.goto(path);
      await page.emulateMedia({ media: "print" });
      for (const control of ["header.site", ".search", ".pager", ".ranges", ".button", "#live"]) {
        for (const element of await page.locator(control).all()) assert.equal(await element.isVisible(), false, `${path}: ${control}`);
      }
      const badge = page.locator("tbody .badge, .logins .badge").first();
      assert.equal(await badge.isVisible(), true);
      assert.deepEqual(await badge.evaluate((it) => [getComputedStyle(it).printColorAdjust, getComputedStyle(it).backgroundColor !== "rgba(0, 0, 0, 0)"]), ["exact", true]);
      const pdf = await page.pdf({ format: "A4" });
      assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
      assert.ok(pdf.length > 10_000, `${pdf.length} bytes`);
      await page.emulateMedia({ media: null });
    }
  }));
