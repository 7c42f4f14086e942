// Writes what src-ts says of the API into docs/api.md (all of it) and README.md (one line each). @capacitor/docgen
// reads the sources and lays out the page; this adds what it leaves out: the examples, and the README's tables.
//
//   npm run docgen              writes both pages
//   npm run docgen -- --check   writes nothing; fails when a page is not what the sources say
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import docgen from '@capacitor/docgen';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const API = 'docs/api.md';

/** The pages and what each one is made of. */
export const PAGES = { 'README.md': renderReadme, [API]: renderApi };

/** What the sources say: every method, interface, type alias and configuration key, with its JSDoc. */
export async function readSources() {
  const { data } = await docgen.generate({ tsconfigPath: path('scripts/docgen.json'), api: 'AirlockPlugin' });
  const errors = await readFile(path('src-ts/errors.ts'), 'utf8');
  const codes = [...errors.matchAll(/^ {2}('\w+'),$/gm)].map(([, text]) => ({ text, complexTypes: [] }));
  return { ...data, codes };
}

/** The page with everything between docgen's marks made anew; examples follow each method. */
export function renderApi(page, data) {
  const kept = new Map();
  // docgen turns the `<` and `>` of what it is given into entities, so code and line breaks go in afterwards.
  const keep = (text) => {
    const mark = `KEPT${kept.size}TEXT`;
    kept.set(mark, text);
    return mark;
  };
  const example = (method) => keep(`\`\`\`typescript\n${tag(method, 'example')}\n\`\`\``);
  const methods = data.api.methods.map((method) => ({
    ...method,
    docs: `${method.docs}\n\n${example(method)}`,
  }));
  const listed = (docs) => docs.replace(/\n+(?=- )/g, () => ` ${keep('<br>')}`);
  const interfaces = data.interfaces.map((type) => ({
    ...type,
    properties: type.properties.map((property) => ({ ...property, docs: listed(property.docs) })),
  }));
  const typeAliases = data.typeAliases
    .filter(({ name }) => name !== 'Record') // TypeScript's own
    .map((type) => (type.name === 'AirlockErrorCode' ? { ...type, types: data.codes } : type));
  let text = docgen.replaceMarkdownPlaceholders(page, {
    ...data,
    api: { ...data.api, methods },
    interfaces,
    typeAliases,
  });
  for (const [mark, original] of kept) text = text.replace(mark, () => original);
  return narrow(text);
}

/** The page with its three tables made anew. */
export function renderReadme(page, data) {
  const link = (anchor, text) => `[${text}](${API}#${anchor})`;
  const methods = data.api.methods.map((method) => [
    link(method.slug, `\`${method.name}(${argumentsOf(method, data)})\``),
    firstSentence(method.docs),
  ]);
  const events = interfaceOf(data, 'AirlockEvents').properties.map((event) => [
    link('airlockevents', `\`${event.name}\``),
    interfaceOf(data, event.type)
      ?.properties.map(({ name }) => `\`${name}\``)
      .join(', ') ?? '',
    oneLine(event.docs),
  ]);
  const config = data.pluginConfigs[0].properties.map((key) => [
    `\`${key.name}\``,
    tag(key, 'default'),
    oneLine(key.docs),
  ]);
  return [
    ['methods', ['method', ''], methods],
    ['events', ['event', 'payload', ''], events],
    ['config', ['key', 'default', 'meaning'], config],
  ].reduce((text, [name, head, rows]) => fill(text, `docgen-${name}`, table(head, rows)), page);
}

function argumentsOf(method, data) {
  if (method.name === 'addListener') return 'event, listener';
  const options = method.parameters.flatMap(({ type }) => interfaceOf(data, bare(type))?.properties ?? []);
  const names = options.map(({ name, type }) => (type === bare(type) ? name : `${name}?`));
  return names.length === 0 ? '' : `{${names.join(', ')}}`;
}

/** The type without the `undefined` of what is optional. */
const bare = (type) => type.replace(/^undefined \| | \| undefined$/g, '');

function interfaceOf(data, name) {
  return data.interfaces.find((candidate) => candidate.name === name);
}

function tag(documented, name) {
  return documented.tags.find((candidate) => candidate.name === name)?.text?.trim() ?? '';
}

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();

/** The first sentence of the first paragraph; a full stop within `code` or a number ends none. */
const firstSentence = (docs) => oneLine(docs.split('\n\n')[0]).replace(/(?<=[a-z)`]\.) [A-Z].*$/, '');

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** What stands between `<name>` and `</name>`, replaced. */
function fill(page, name, content) {
  const parts = page.match(new RegExp(`^([^]*<${name}>\n)[^]*(\n</${name}>[^]*)$`));
  if (parts === null) throw new Error(`README.md has no <${name}> … </${name}> to write into`);
  return `${parts[1]}<!-- made by \`npm run docgen\` from src-ts -->\n\n${content}\n${parts[2]}`;
}

/** Tables without padding and no empty line twice: a page that is read in a diff too. */
function narrow(text) {
  const cells = (line) => line.replace(/ {2,}/g, ' ').replace(/-{4,}/g, '---');
  const lines = text.split('\n').map((line) => (line.startsWith('|') ? cells(line) : line));
  return lines
    .filter((line) => line !== '--------------------')
    .join('\n')
    .replace(/\n{3,}/g, '\n\n');
}

async function main(check) {
  const data = await readSources();
  for (const [name, render] of Object.entries(PAGES)) {
    const old = await readFile(path(name), 'utf8');
    const page = render(old, data);
    if (page === old) continue;
    if (check) {
      console.error(`${name} is not what src-ts says; run \`npm run docgen\` and commit the page`);
      process.exitCode = 1;
    } else {
      await writeFile(path(name), page);
      console.log(`wrote ${name}`);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.includes('--check'));
