// The HTML of every page is valid, except for rules that are named here with the reason.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FileSystemConfigLoader, HtmlValidate } from "html-validate";
import { BASE_URL } from "./shop.mjs";

const validator = new HtmlValidate(new FileSystemConfigLoader({
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    // How the source is written, not what it means.
    "attr-quotes": "off",
    "attribute-boolean-style": "off",
    "doctype-style": "off",
    "no-trailing-whitespace": "off",
    "no-inline-style": "error",
    "void-style": "off",
    // The list and the conflict page become cards on a phone, where CSS takes away the meaning of table elements.
    "no-redundant-role": "off",
    "prefer-native-element": "off",
    // Titles contain what people write.
    "long-title": "off",
    "no-raw-characters": "off",
    // A login may contain any character.
    "no-dup-id": "error",
    "valid-id": "off",
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
    const found = results.flatMap(({ messages }) => messages.map(({ ruleId, message, line }) => `${ruleId}: ${message} (line ${line}: ${html.split("\n")[line - 1].slice(0, 120)})`));
    assert.deepEqual(found, []);
  });
}
