// The HTML of every page is valid, by all recommended rules but one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FileSystemConfigLoader, HtmlValidate } from "html-validate";
import { BASE_URL } from "./shop.mjs";

const validator = new HtmlValidate(new FileSystemConfigLoader({
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    "no-inline-style": "error",
    // On a phone CSS shows the rows of tables as cards. A browser then takes the meaning of table elements away, unless they name it.
    "no-redundant-role": "off",
  },
}));

const PAGES = [
  "/", "/books", "/books?q=moby", "/books?q=no+such+book", "/books?size=3&page=2", "/books/1", "/books/1?saved=created",
  "/books/1/edit", "/books/1/delete", "/books/new", "/compare", "/compare?stage", "/identity", "/diagnostics", "/api", "/nowhere",
];

for (const path of PAGES) {
  test(`the HTML of ${path} is valid`, async () => {
    const html = await (await fetch(BASE_URL + path)).text();
    const { results } = await validator.validateString(html);
    const place = (line) => `line ${line}: ${html.split("\n")[line - 1].slice(0, 120)}`;
    const found = results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => `${ruleId}: ${message} (${place(line)})`));
    assert.deepEqual(found, []);
  });
}
