// Every text exists in both languages with the same placeholders, every key that a page uses exists,
// and no text is left that no page uses. Ends with an error otherwise.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const source = join(import.meta.dirname, '../src');
const problems = [];

function flatten(node, prefix = '', into = new Map()) {
  for (const [name, value] of Object.entries(node)) {
    const key = prefix === '' ? name : `${prefix}.${name}`;
    if (typeof value === 'string') into.set(key, value);
    else flatten(value, key, into);
  }
  return into;
}

const load = (name) => flatten(JSON.parse(readFileSync(join(source, 'locales', `${name}.json`), 'utf8')));
const locales = { en: load('en'), zh: load('zh') };
// The forms of a plural repeat their placeholders.
const placeholders = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort().join(',');

for (const [one, other] of [['en', 'zh'], ['zh', 'en']]) {
  for (const [key, text] of locales[one]) {
    if (text.trim() === '') problems.push(`${one}: ${key} is empty`);
    const counterpart = locales[other].get(key);
    if (counterpart === undefined) problems.push(`${other}: ${key} is missing`);
    else if (one === 'en' && placeholders(text) !== placeholders(counterpart)) problems.push(`${key}: placeholders differ`);
  }
}

const used = new Set();
const prefixes = new Set();
for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(vue|ts)$/.test(entry.name) || entry.name.endsWith('.test.ts')) continue;
  const path = join(entry.parentPath, entry.name);
  const text = readFileSync(path, 'utf8');
  // t('a.b'), keypath="a.b", and t(`a.${part}.c`): of the last only what stands before the first part is known.
  for (const match of text.matchAll(/\bt\(\s*'([\w.]+)'|keypath="([\w.]+)"|\btextKey\('([\w.]+)'\)/g)) {
    const key = match[1] ?? match[2] ?? match[3];
    used.add(key);
    if (!locales.en.has(key)) problems.push(`${path}: no text ${key}`);
  }
  for (const match of text.matchAll(/\bt\(\s*`([\w.]*)\$\{/g)) {
    prefixes.add(match[1]);
    if (![...locales.en.keys()].some((key) => key.startsWith(match[1]))) problems.push(`${path}: no texts ${match[1]}*`);
  }
}
for (const key of locales.en.keys()) {
  if (!used.has(key) && ![...prefixes].some((prefix) => key.startsWith(prefix))) problems.push(`${key} is used nowhere`);
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`${locales.en.size} texts in both languages`);
