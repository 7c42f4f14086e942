// The documentation of the API is whole, and the pages made from it are the ones in the repository.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { PACKAGE_ROOT } from './page.js';

interface Documented {
  name: string;
  docs: string;
  tags: { name: string; text?: string }[];
}

interface Property extends Documented {
  type: string;
}

interface Sources {
  api: { methods: (Documented & { parameters: { type: string }[] })[] };
  interfaces: (Documented & { properties: Property[] })[];
  typeAliases: Documented[];
  pluginConfigs: { properties: Property[] }[];
}

interface Docgen {
  PAGES: Record<string, (page: string, sources: Sources) => string>;
  readSources(): Promise<Sources>;
}

const docgen = (await import(pathToFileURL(join(PACKAGE_ROOT, 'scripts/docgen.mjs')).href)) as Docgen;
const sources = await docgen.readSources();

test('the pages are what the sources say', () => {
  for (const [name, render] of Object.entries(docgen.PAGES)) {
    const page = readFileSync(join(PACKAGE_ROOT, name), 'utf8');
    assert.equal(render(page, sources), page, `${name} is stale: run \`npm run docgen\``);
  }
});

test('a changed sentence changes both pages', () => {
  const changed = structuredClone(sources);
  changed.api.methods[0]!.docs = 'Another sentence.';

  for (const [name, render] of Object.entries(docgen.PAGES)) {
    const page = readFileSync(join(PACKAGE_ROOT, name), 'utf8');
    assert.match(render(page, changed), /Another sentence\./, name);
  }
});

test('everything in the API is documented', () => {
  assert.deepEqual(gaps(sources), []);
});

test('each gap in the documentation is found', () => {
  const strip = (tag: string, place: (sources: Sources) => Documented) => {
    const poorer = structuredClone(sources);
    const documented = place(poorer);
    documented.tags = documented.tags.filter(({ name }) => name !== tag);
    return gaps(poorer);
  };
  const property = (type: string, name: string) => (from: Sources) =>
    from.interfaces
      .find((candidate) => candidate.name === type)!
      .properties.find((candidate) => candidate.name === name)!;
  const config = (from: Sources) => from.pluginConfigs[0]!.properties[0]!;

  assert.deepEqual(
    strip('example', (from) => from.api.methods[0]!),
    ['notifyAppReady: no @example'],
  );
  assert.deepEqual(
    strip('since', (from) => from.interfaces.find(({ name }) => name === 'BundleInfo')!),
    ['BundleInfo: no @since'],
  );
  assert.deepEqual(strip('since', property('BundleInfo', 'id')), ['BundleInfo.id: no @since']);
  assert.deepEqual(strip('default', property('ResetOptions', 'toLastSuccessful')), [
    'ResetOptions.toLastSuccessful: no @default',
  ]);
  assert.deepEqual(strip('example', property('AirlockEvents', 'set')), ['AirlockEvents.set: no @example']);
  assert.deepEqual(strip('default', config), ['plugins.Airlock.updateUrl: no @default']);
});

/** What lacks a sentence, or a tag that its kind must have. */
function gaps({ api, interfaces, typeAliases, pluginConfigs }: Sources): string[] {
  const own = interfaces.filter(({ name }) => name !== 'PluginListenerHandle'); // Capacitor's
  const isOption = ({ name }: Documented) => optionTypes(api).has(name);
  const wanted = (property: Property, option: boolean) => [
    ...(option ? ['example'] : []),
    ...(option && property.type.includes('undefined') ? ['default'] : []),
  ];
  return [
    ...api.methods.flatMap((method) => lacks(method.name, method, ['since', 'example'])),
    ...own.flatMap((type) => lacks(type.name, type, ['since'])),
    ...own.flatMap((type) =>
      type.properties.flatMap((property) =>
        lacks(`${type.name}.${property.name}`, property, [
          'since',
          ...wanted(property, isOption(type) || type.name === 'AirlockEvents'),
        ]),
      ),
    ),
    ...typeAliases.filter(({ docs }) => docs === '').map(({ name }) => `${name}: no sentence`),
    ...pluginConfigs.flatMap(({ properties }) =>
      properties.flatMap((key) => lacks(`plugins.Airlock.${key.name}`, key, ['since', 'default', 'example'])),
    ),
  ];
}

/** The interfaces that methods take, and what those hold. */
function optionTypes(api: Sources['api']): Set<string> {
  const taken = api.methods.flatMap(({ parameters }) => parameters.map(({ type }) => type));
  return new Set([...taken.map((type) => type.replace(' | undefined', '')), 'DelayCondition']);
}

function lacks(place: string, { docs, tags }: Documented, wanted: string[]): string[] {
  const missing = wanted.filter((name) => !tags.some((tag) => tag.name === name && tag.text?.trim()));
  return [
    ...(docs.trim() === '' ? [`${place}: no sentence`] : []),
    ...missing.map((name) => `${place}: no @${name}`),
  ];
}
