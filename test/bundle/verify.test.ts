import { describe, expect, test } from 'vitest';

import { type VerifiedBundle, verifyBundle } from '../../src/bundle/verify.ts';
import {
  closing,
  entries,
  entriesOf,
  FILES,
  inPieces,
  layoutOf,
  noise,
  ON_TARGET,
  OPTIONS,
  pack,
} from '../fixtures/bundle/sample.ts';
import { oneIn, somePlaces } from '../helpers/runs.ts';
import { sha256, utf8 } from '../helpers/bytes.ts';

const verify = (bytes: Uint8Array): Promise<VerifiedBundle> => verifyBundle(inPieces(bytes));
const messages = ({ diagnostics }: VerifiedBundle): string[] => diagnostics.map(({ message }) => message);

/** The entries by their names. */
const namedLayout = (bytes: Buffer) =>
  Object.fromEntries(layoutOf(bytes).map((entry) => [entry.path, entry]));

const flipped = (bytes: Buffer, offset: number, mask: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[offset]! ^= mask;
  return copy;
};

describe('a bundle as it was packed', () => {
  test.each(['none', 'gzip'] as const)('has nothing wrong with it (compress: %s)', async (compress) => {
    const verified = await verify((await pack(entries(), undefined, { compress })).bytes);
    expect(verified.diagnostics).toEqual([]);
    expect(verified.name).toBe('demo');
    expect([...verified.files.keys()]).toEqual([...Object.keys(FILES), 'bundle.json', 'SHA256SUMS']);
    expect(verified.files.get('kernel')).toEqual({ size: 1025, sha256: sha256(FILES.kernel!) });
    expect(Object.fromEntries(verified.onTarget)).toEqual(ON_TARGET);
  });
});

describe('every single byte', () => {
  const masks = [0x01, 0x80];
  const small = entries({
    'launch.sh': utf8('#!/bin/sh\n'),
    kernel: noise(700),
    empty: new Uint8Array(0),
    'hooks/before-start': utf8('#!/bin/sh\n'),
  });

  test.each(masks)('of the tar counts (mask %d), and its entry is named', async (mask) => {
    const { bytes } = await pack(small);
    const layout = layoutOf(bytes);
    for (const offset of somePlaces(bytes.length, oneIn(2))) {
      const { diagnostics } = await verify(flipped(bytes, offset, mask));
      const entry = layout.find(({ end }) => offset < end);
      const named = diagnostics.filter(
        ({ severity, message }) => severity === 'error' && message.includes(entry?.path ?? 'at the end'),
      );
      expect(named, `offset ${offset} of ${entry?.path}`).not.toEqual([]);
    }
  });

  test.each(masks)('of the gzip file counts (mask %d), and its offset is named', async (mask) => {
    const { bytes } = await pack(small, undefined, { compress: 'gzip' });
    for (const offset of somePlaces(bytes.length, oneIn(2))) {
      const { diagnostics } = await verify(flipped(bytes, offset, mask));
      const named = diagnostics.filter(
        ({ severity, message }) =>
          severity === 'error' && /offset 0\b|offset \d+ of the tar|gzip/.test(message),
      );
      expect(named, `offset ${offset}`).not.toEqual([]);
    }
  });

  test('in a later gzip member names the member, and the file that is there', async () => {
    const files = { kernel: noise(1000), initrd: noise(3_000_000), zeros: new Uint8Array(3_000_000) };
    const { bytes } = await pack(entries(files), undefined, { compress: 'gzip' });
    const second = bytes.readUInt32LE(16) + 24 + 8;
    const verified = await verify(flipped(bytes, second + 500_000, 1));
    expect(messages(verified)).toEqual([
      `the gzip member at offset ${second} is damaged: the CRC in its header does not match the compressed bytes (in 'initrd' or after it)`,
    ]);
    const last = await verify(flipped(bytes, bytes.length - 1, 1));
    expect(messages(last)).toHaveLength(1);
    expect(messages(last)[0]).toMatch(
      /^the gzip member at offset 3\d{6} is damaged: .*\(in 'zeros' or after it\)$/,
    );
  });
});

describe('damage', () => {
  test('of a header leaves the other files checked', async () => {
    const { bytes } = await pack();
    const { params, kernel } = namedLayout(bytes);
    const broken = flipped(flipped(bytes, params!.start + 11, 1), kernel!.content, 1);
    expect(messages(await verify(broken))).toEqual([
      `the tar header of 'params' is damaged (offset ${params!.start} of the tar)`,
      `the content of 'kernel' does not have the digest that SHA256SUMS and bundle.json give`,
    ]);
  });

  test('of the size in a header does not make the rest unreadable', async () => {
    const { bytes } = await pack();
    const { params } = namedLayout(bytes);
    for (let digit = 0; digit < 11; digit++) {
      const verified = await verify(flipped(bytes, params!.start + 124 + digit, 7));
      expect(messages(verified)).toEqual([
        `the tar header of 'params' is damaged (offset ${params!.start} of the tar)`,
      ]);
    }
  });

  test('of the padding', async () => {
    const { bytes } = await pack();
    const kernel = layoutOf(bytes).find(({ path }) => path === 'kernel')!;
    expect(messages(await verify(flipped(bytes, kernel.padding + 3, 1)))).toEqual([
      `a byte of the padding after 'kernel' is not zero (offset ${kernel.padding + 3} of the tar)`,
    ]);
  });

  test('at the end, and behind it', async () => {
    const { bytes } = await pack();
    const at = bytes.length - 600;
    expect(messages(await verify(flipped(bytes, at, 1)))).toEqual([
      `a byte of the two zero blocks at the end is not zero (offset ${at} of the tar)`,
    ]);
    for (const more of [1, 512, 10_240]) {
      expect(messages(await verify(Buffer.concat([bytes, new Uint8Array(more)])))).toEqual([
        `there is more after the end (offset ${bytes.length} of the tar)`,
      ]);
    }
  });

  test('a missing rest', async () => {
    const { bytes } = await pack();
    const kernel = layoutOf(bytes).find(({ path }) => path === 'kernel')!;
    expect(messages(await verify(bytes.subarray(0, kernel.content + 10)))).toEqual([
      `the bundle ends after 10 of the 1025 bytes of 'kernel'`,
    ]);
  });
});

/** Packs with closing entries that are not true, and verifies. */
async function verifyEdited(
  edit: (texts: { metadata: string; sums: string }) => { metadata?: string; sums?: string },
) {
  const last: ReturnType<typeof closing> = (digests) => {
    const [metadata, sums] = closing()(digests).map(({ source }) =>
      new TextDecoder().decode(source as Uint8Array),
    );
    const edited = { metadata, sums, ...edit({ metadata: metadata!, sums: sums! }) };
    return [
      { path: 'bundle.json', source: utf8(edited.metadata!) },
      { path: 'SHA256SUMS', source: utf8(edited.sums!) },
    ];
  };
  return messages(await verify((await pack(entries(), last)).bytes));
}

const KERNEL = sha256(FILES.kernel!);
const OTHER = 'c'.repeat(64);
/** With the digest of the changed bundle.json, so that only what it says is wrong. */
const metadataOnly =
  (edit: (metadata: string) => string) =>
  ({ metadata, sums }: { metadata: string; sums: string }) => ({
    metadata: edit(metadata),
    sums: sums.replace(sha256(utf8(metadata)), sha256(utf8(edit(metadata)))),
  });

describe('who disagrees with whom', () => {
  test('SHA256SUMS with the content and bundle.json', async () => {
    expect(await verifyEdited(({ sums }) => ({ sums: sums.replace(KERNEL, OTHER) }))).toEqual([
      `SHA256SUMS gives another digest for 'kernel' than bundle.json, which matches the content`,
    ]);
  });

  test('bundle.json with the content and SHA256SUMS', async () => {
    expect(await verifyEdited(metadataOnly((text) => text.replace(KERNEL, OTHER)))).toEqual([
      `bundle.json gives another digest for 'kernel' than SHA256SUMS, which matches the content`,
    ]);
    expect(await verifyEdited(metadataOnly((text) => text.replace('"size":1025', '"size":1026')))).toEqual([
      `bundle.json gives a wrong size for 'kernel'`,
    ]);
  });

  test('the content with both, and each with each', async () => {
    const both = ({ metadata, sums }: { metadata: string; sums: string }, digest: string) => ({
      ...metadataOnly((text) => text.replace(KERNEL, OTHER))({
        metadata,
        sums: sums.replace(KERNEL, digest),
      }),
    });
    expect(await verifyEdited((texts) => both(texts, OTHER))).toEqual([
      `the content of 'kernel' does not have the digest that SHA256SUMS and bundle.json give`,
    ]);
    expect(await verifyEdited((texts) => both(texts, 'd'.repeat(64)))).toEqual([
      `'kernel': content, SHA256SUMS and bundle.json all differ`,
    ]);
  });

  test('the lists, on a file of the target', async () => {
    expect(await verifyEdited(({ sums }) => ({ sums: sums.replace('5'.repeat(64), OTHER) }))).toEqual([
      `SHA256SUMS and bundle.json give different digests for '/boot/bz Image'`,
    ]);
  });

  test('bundle.json with its digest', async () => {
    const name = 'demo with another name';
    expect(
      await verifyEdited(({ metadata }) => ({ metadata: metadata.replace('"demo"', `"${name}"`) })),
    ).toEqual([
      `bundle.json is for a bundle called '${name}', but the folder is called 'demo'`,
      `the content of 'bundle.json' does not have the digest that SHA256SUMS gives`,
    ]);
  });
});

describe('the lists', () => {
  test('a file that one or none of them lists', async () => {
    const line = `${KERNEL}  kernel\n`;
    expect(await verifyEdited(({ sums }) => ({ sums: sums.replace(line, '') }))).toEqual([
      `SHA256SUMS does not list 'kernel'`,
    ]);
    const unlisted = metadataOnly((text) => text.replace(/"kernel":\{"size.*?\},/, ''));
    expect(await verifyEdited(unlisted)).toEqual([`bundle.json does not list 'kernel'`]);
    expect(await verifyEdited((texts) => unlisted({ ...texts, sums: texts.sums.replace(line, '') }))).toEqual(
      [`'kernel' is not part of the bundle: SHA256SUMS and bundle.json do not list it`],
    );
  });

  test('a file that is not there', async () => {
    const sums = `${OTHER}  extra\n`;
    expect(await verifyEdited((texts) => ({ sums: texts.sums + sums }))).toEqual([
      `'extra' is not in the bundle, and SHA256SUMS lists it`,
    ]);
    const both = metadataOnly((text) =>
      text.replace('"files":{', `"files":{"extra":{"size":1,"sha256":"${OTHER}"},`),
    );
    expect(await verifyEdited((texts) => both({ ...texts, sums: texts.sums + sums }))).toEqual([
      `'extra' is not in the bundle, and SHA256SUMS and bundle.json list it`,
    ]);
    expect(messages(await verify((await pack(entries(), () => [])).bytes))).toEqual([
      `'bundle.json' is not in the bundle`,
      `'SHA256SUMS' is not in the bundle`,
    ]);
  });

  test('lists that list themselves', async () => {
    expect(await verifyEdited(({ sums }) => ({ sums: `${sums}${OTHER}  SHA256SUMS\n` }))).toEqual([
      `SHA256SUMS must not list 'SHA256SUMS'`,
    ]);
  });

  test.each([
    ['{', /^bundle.json is not JSON \(.*\)$/],
    ['[]', /^bundle.json is not a JSON object$/],
    ['{"format":3}', /^bundle.json has the format '3', and this version reads 1 and 2$/],
    ['{"format":1}', /^bundle.json has no 'name'$/],
    ['{"format":2}', /^bundle.json has no 'name'$/],
    ['{"format":1,"name":"demo"}', /^bundle.json has no 'files'$/],
    [
      '{"format":1,"name":"demo","files":{"x":{"size":-1}}}',
      /^bundle.json does not give size and digest for 'x'$/,
    ],
    ['\u001b[31m', /^bundle.json is not JSON \(.*\\u\{1b\}.*\)$/],
  ])('a bundle.json of %j', async (text, reason) => {
    const found = await verifyEdited(metadataOnly(() => text));
    expect(found).toEqual([expect.stringMatching(reason)]);
  });

  test.each([
    ['"inputs":[{"key":"cell","file":"demo.cell","size":1,"sha256":"x"}],', 'inputs[0].sha256'],
    ['"inputs":{},', 'inputs'],
    ['"findings":[{"rule":7}],', 'findings[0].rule'],
    ['"waivers":"x",', 'waivers'],
    ['"cmdline":[],', 'cmdline'],
    ['"cell":{"file":"cell.cell","name":5},', 'cell.name'],
    ['"kernel":{"format":["bzImage"]},', 'kernel.format'],
    ['"kernel":7,', 'kernel'],
  ])('a bundle.json with %s', async (text, key) => {
    // The last of two values counts.
    const edited = metadataOnly((whole) => whole.replace('"files":{', `${text}"files":{`));
    expect(await verifyEdited(edited)).toEqual([
      `bundle.json has no \`${key}\` in the form that build writes`,
    ]);
  });

  test('a bundle.json of an older version, which says less', async () => {
    const less = metadataOnly((text) => text.replace('"files":{', '"findings":[],"files":{'));
    expect(await verifyEdited(less)).toEqual([]);
  });

  test('more names than a bundle can have', async () => {
    const names = Array.from({ length: 257 }, (_, i) => `extra-${i}`);
    const sums = names.map((name) => `${OTHER}  ${name}\n`).join('');
    expect(await verifyEdited(() => ({ sums }))).toEqual([
      `SHA256SUMS: line 257 is one file more than allowed (256 are allowed)`,
    ]);
    const files = Object.fromEntries(names.map((name) => [name, { size: 1, sha256: OTHER }]));
    const text = JSON.stringify({ format: 1, name: 'demo', files });
    expect(await verifyEdited(metadataOnly(() => text))).toEqual([
      `bundle.json lists 257 files (256 are allowed)`,
    ]);
  });

  test('a SHA256SUMS that is none, and text that is none', async () => {
    expect(await verifyEdited(() => ({ sums: 'x' }))).toEqual([
      `SHA256SUMS: line 1 has no newline at its end`,
    ]);
    for (const path of ['bundle.json', 'SHA256SUMS']) {
      const last = (bytes: Uint8Array) => () =>
        ['bundle.json', 'SHA256SUMS'].map((name) => ({
          path: name,
          source: name === path ? bytes : utf8(''),
        }));
      const binary = await pack([], last(Uint8Array.of(0xff)));
      expect(messages(await verify(binary.bytes))).toContain(`${path} is not UTF-8`);
      const large = await pack([], last(new Uint8Array(2_000_000)));
      expect(messages(await verify(large.bytes))).toContain(`${path} is too large (2000000 bytes)`);
    }
  });
});

describe('entries that were packed by others', () => {
  test('in another order: the first one of them is named', async () => {
    const swapped = entriesOf({ ...FILES, empty: FILES.empty! }).toReversed();
    expect(messages(await verify((await pack(swapped)).bytes))).toEqual([
      `'params' is before 'launch.sh', and must be after it`,
    ]);
    const last: ReturnType<typeof closing> = (digests) => closing()(digests).toReversed();
    expect(messages(await verify((await pack(entries(), last)).bytes))).toEqual([
      `'SHA256SUMS' is before 'bundle.json', and must be after it`,
    ]);
  });

  test('a launch.sh that cannot be started, and a kernel that can', async () => {
    const modes = entries().map((entry) => ({ ...entry, executable: entry.path === 'kernel' }));
    const { diagnostics } = await verify((await pack(modes)).bytes);
    expect(diagnostics).toMatchObject([
      { code: 'bundle/mode', message: `'kernel' has the mode 0755`, requested: '0644', actual: '0755' },
      { code: 'bundle/mode', message: `'launch.sh' has the mode 0644`, requested: '0755', actual: '0644' },
    ]);
    expect(diagnostics[1]!.symptom).toContain('Permission denied');
  });

  test('at another time: each of them is named', async () => {
    const { bytes } = await pack();
    const later = (await pack(undefined, undefined, { mtime: OPTIONS.mtime + 60 })).bytes;
    for (const path of ['kernel', 'params']) {
      const { start } = namedLayout(bytes)[path]!;
      later.copy(bytes, start, start, start + 512);
    }
    const { diagnostics } = await verify(bytes);
    expect(diagnostics).toMatchObject([
      {
        code: 'bundle/time',
        message: `'kernel' has another time than the entries before it`,
        requested: '2023-11-14T22:13:20Z',
        actual: '2023-11-14T22:14:20Z',
      },
      { code: 'bundle/time', message: `'params' has another time than the entries before it` },
    ]);
  });
});

describe('files that are missing from both lists, too', () => {
  /** What somebody packs who takes files out, and their lines from the lists. */
  const without = async (...names: string[]) => {
    const left = entries().filter(({ path }) => !names.includes(path));
    const load = ['kernel', 'initrd', 'params'].map((file) => ({ role: file, file }));
    return messages(
      await verify(
        (
          await pack(
            left,
            closing((json) => Object.assign(json, { load })),
          )
        ).bytes,
      ),
    );
  };

  test.each([
    ['kernel', '`load[0].file` of bundle.json'],
    ['params', '`load[2].file` of bundle.json'],
    ['cell.cell', '`cell.file` of bundle.json'],
    ['launch.sh', 'the start of the bundle'],
    ['demo.service', 'systemd'],
  ])('%s', async (name, by) => {
    expect(await without(name)).toEqual([`'${name}' is not in the bundle, and ${by} needs it`]);
  });

  test('all of them: each is named', async () => {
    const gutted = ['kernel', 'params', 'cell.cell', 'launch.sh', 'demo.service'];
    const found = await without(...gutted);
    expect(found).toHaveLength(gutted.length);
    for (const name of gutted) expect(found.join('\n')).toContain(`'${name}' is not in the bundle`);
  });

  test.each<[string, object, string]>([
    ['no cell', { cell: undefined }, 'bundle.json has no `cell.file` in the form that build writes'],
    ['nothing to load', { load: undefined }, 'bundle.json has no `load` in the form that build writes'],
    ['an empty load', { load: [] }, 'bundle.json has a kernel, and does not load it in `load`'],
    ['a strange item', { load: [7] }, 'bundle.json has no `load[0]` in the form that build writes'],
    [
      'a kernel of nowhere',
      { load: [{ role: 'kernel', file: null }] },
      'bundle.json has no `load[0].file` in the form that build writes',
    ],
    [
      'a kernel of the target without a digest',
      { load: [{ role: 'kernel', file: '/boot/other' }] },
      "bundle.json has no digest of '/boot/other', which `load[0].file` names",
    ],
    ['no cells of a machine', { format: 2 }, 'bundle.json has no `cells` in the form that build writes'],
    [
      'a cell without a name',
      { format: 2, cells: [{}] },
      'bundle.json has no `cells[0].name` in the form that build writes',
    ],
  ])('a bundle.json with %s', async (_, change, message) => {
    const { bytes } = await pack(
      entries(),
      closing((json) => Object.assign(json, change)),
    );
    expect(messages(await verify(bytes))).toEqual([message]);
  });

  test('a loader of the target is one that nobody knew', async () => {
    const load = [
      { role: 'loader', file: '/opt/loader.bin' },
      { role: 'loader', file: null },
      { role: 'kernel', file: 'kernel' },
    ];
    const { bytes } = await pack(
      entries(),
      closing((json) => Object.assign(json, { load })),
    );
    expect(messages(await verify(bytes))).toEqual([]);
  });
});

test.each([
  ['/boot/../etc/shadow', "'/boot/../etc/shadow', which has `..` in it"],
  ['../x', "'../x', which has `..` in it"],
  ['/boot/\u001b[31m', "'/boot/\\u{1b}[31m', which has a control character in it"],
  ['/boot//x', "'/boot//x', which is not an absolute path in its shortest form"],
  ['a/b', "'a/b', which is neither the name of a file in the bundle nor an absolute path on the target"],
])('a list with the name %j', async (name, message) => {
  const both = (texts: { metadata: string; sums: string }) => {
    const listed = `"files":{${JSON.stringify(name)}:{"size":1,"sha256":"${OTHER}"},`;
    const { metadata, sums } = metadataOnly((text) => text.replace('"files":{', listed))(texts);
    return { metadata, sums: `${sums}${OTHER}  ${name}\n` };
  };
  expect(await verifyEdited(both)).toEqual([`SHA256SUMS lists ${message}`]);
  expect(await verifyEdited((texts) => ({ metadata: both(texts).metadata }))).toContainEqual(
    `bundle.json lists ${message}`,
  );
});
