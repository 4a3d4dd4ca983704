// Lighthouse finds at least 98 in all four categories, on a phone as it simulates it. Performance is computed for a slow phone from what
// the page loads and does here, so a machine that is busy can lower it: the best of ten attempts counts. What does not depend on the
// machine is checked by itself.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import lighthouse from "lighthouse";
import { chromium } from "playwright-core";
import { BASE_URL, CHROMIUM } from "../shop.mjs";

const LEAST = 98;
const ATTEMPTS = 10;
/** Of a page with its style, scripts and pictures, as sent. */
const MOST_BYTES = 64 << 10;
const MOST_REQUESTS = 10;
const PAGES = ["/", "/books", "/books/1", "/compare", "/identity", "/api"];

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

let browser, port;
before(async () => {
  port = await freePort();
  const args = ["--no-sandbox", "--disable-gpu", `--remote-debugging-port=${port}`];
  browser = await chromium.launch({ executablePath: CHROMIUM, args });
});
after(() => browser.close());

async function inspect(path) {
  const options = { port, output: "json", logLevel: "error", throttlingMethod: "simulate", disableFullPageScreenshot: true };
  const { lhr } = await lighthouse(BASE_URL + path, options);
  const scores = Object.fromEntries(Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)]));
  return { lhr, scores };
}

/** The titles of a category's audits that found something. */
const findings = (lhr, id) =>
  lhr.categories[id].auditRefs.map(({ id: audit }) => lhr.audits[audit]).filter(({ score }) => score !== null && score < 0.9).map(({ title }) => title);

for (const path of PAGES) {
  test(`Lighthouse finds at least ${LEAST} on ${path}`, async (t) => {
    let { lhr, scores } = await inspect(path);
    for (let attempt = 1; scores.performance < LEAST && attempt < ATTEMPTS; attempt += 1) ({ lhr, scores } = await inspect(path));
    t.diagnostic(Object.entries(scores).map(([id, score]) => `${id} ${score}`).join(", "));
    for (const [id, score] of Object.entries(scores)) assert.ok(score >= LEAST, `${id} ${score}: ${findings(lhr, id).join("; ")}`);
    const value = (audit) => lhr.audits[audit].numericValue;
    assert.ok(value("cumulative-layout-shift") < 0.001, `the layout shifts by ${value("cumulative-layout-shift")}`);
    assert.ok(value("total-byte-weight") <= MOST_BYTES, `${value("total-byte-weight")} bytes`);
    const requests = lhr.audits["network-requests"].details.items.map(({ url }) => new URL(url));
    assert.ok(requests.length <= MOST_REQUESTS, `${requests.length} requests`);
    assert.deepEqual(requests.filter(({ origin, protocol }) => origin !== BASE_URL && protocol !== "data:"), [], "other hosts");
    // All style and script of the first paint: one request each, in the head, before anything else is known to be needed.
    assert.equal(lhr.audits["unused-css-rules"].score, 1);
    assert.equal(lhr.audits["unused-javascript"].score, 1);
  });
}
