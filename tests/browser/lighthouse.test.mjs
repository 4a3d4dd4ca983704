// Lighthouse finds at least 98 in accessibility, best practices and SEO, on a phone as it simulates it. Performance is printed: it
// depends on the speed of this machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import lighthouse from "lighthouse";
import { chromium } from "playwright-core";
import { BASE_URL, CHROMIUM } from "./shop.mjs";

const LEAST = 98;
const PAGES = ["/", "/books", "/books/1", "/compare", "/identity", "/api"];

test("Lighthouse finds at least 98 on every page", async (t) => {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const args = ["--no-sandbox", "--disable-gpu", `--remote-debugging-port=${port}`];
  const browser = await chromium.launch({ executablePath: CHROMIUM, args });
  try {
    for (const path of PAGES) {
      const { lhr } = await lighthouse(BASE_URL + path, { port, output: "json", logLevel: "error", throttlingMethod: "simulate" });
      const scores = Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)]);
      t.diagnostic(`${path} ${scores.map(([id, score]) => `${id} ${score}`).join(", ")}`);
      for (const [id, score] of scores.filter(([id]) => id !== "performance")) {
        const failed = lhr.categories[id].auditRefs.map(({ id: audit }) => lhr.audits[audit]).filter(({ score: one }) => one !== null && one < 0.9).map(({ title }) => title);
        assert.ok(score >= LEAST, `${path}: ${id} ${score}: ${failed.join("; ")}`);
      }
    }
  } finally {
    await browser.close();
  }
});
