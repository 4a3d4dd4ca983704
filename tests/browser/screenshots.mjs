// Takes the README's screenshots of two shops on one database: see docs/screenshots.sh.
import { chromium } from "playwright-core";

const { SA_URL, GMSA_URL, TARGET, CHROMIUM = "/usr/bin/chromium" } = process.env;

const BOOKS = [
  ["Kindred", "Octavia", "Butler", "812", "11.99", "English", "Beacon Press", GMSA_URL],
  ["Die Vermessung der Welt", "Daniel", "Kehlmann", "934", "12.00", "German", "Rowohlt", GMSA_URL],
  ["La sombra del viento", "Carlos", "Ruiz Zafón", "2210", "14.50", "Spanish", "Planeta", SA_URL],
  ["The Dispossessed", "Ursula", "Le Guin", "1745", "9.99", "English", "Harper", GMSA_URL],
];
const FIELDS = ["Title", "AuthorFirstName", "AuthorLastName", "AvgCustomerReviews", "Price", "BookLanguage", "Publisher"];

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });

/** Runs `work` in a new page. */
async function withPage(options, work) {
  const context = await browser.newContext({ deviceScaleFactor: 1, ...options });
  try {
    await work(await context.newPage());
  } finally {
    await context.close();
  }
}

for (const [...values] of BOOKS) {
  const url = values.pop();
  await withPage({}, async (page) => {
    await page.goto(`${url}/books/new`);
    for (const [index, field] of FIELDS.entries()) await page.locator(`#${field}`).fill(values[index]);
    await page.locator(".book-form button[type=submit]").last().click();
    await page.waitForURL(/\/books\/\d+/);
  });
}

const PICTURES = [
  { file: "books.png", path: "/books", height: 960, colorScheme: "light" },
  { file: "compare-light.png", path: "/compare", height: 1000, colorScheme: "light" },
  { file: "compare-dark.png", path: "/compare", height: 1000, colorScheme: "dark" },
];
for (const { file, path, height, colorScheme } of PICTURES) {
  await withPage({ viewport: { width: 1280, height }, colorScheme }, async (page) => {
    await page.goto(GMSA_URL + path);
    await page.screenshot({ path: `${TARGET}/${file}` });
    console.log(`${TARGET}/${file}`);
  });
}
await browser.close();
