import { describe, expect, test } from 'vitest';
import { hasErrors, InputError } from '../../src/base/diagnostic.ts';
import { describeBundle } from '../../src/inspect/bundle.ts';
import { signerOf } from '../../src/release/judge.ts';
import { describeInText } from '../../src/inspect/describe.ts';
import { closing, entries, FILES, inPieces, noise, pack } from '../fixtures/bundle/sample.ts';
import { printedContent } from '../helpers/output.ts';

const golden = (name: string): string => `../fixtures/inspect/${name}`;

/** What the build writes beside the names and digests of the files. */
const METADATA = {
  tool: { name: 'rollup-plugin-jailhouse', version: '0.1.0' },
  cell: {
    file: 'cell.cell',
    name: "it's a cell",
    architecture: 'x86',
    revision: 14,
    layout: 'std14',
    release: 'git since 2023-01',
  },
  system: { file: 'system.cell', layout: 'std14' },
  kernel: { format: 'bzImage', version: '6.1.192 (a@b) #1 SMP', protocol: '2.15', config: 'embedded' },
  profile: 'strict',
  cmdline: 'console=ttyS0,115200',
  placement: 'exact',
  e820: [{ address: '0x0', size: '0xa0000', type: 1 }],
  load: [
    { role: 'loader', file: null, address: '0x0', size: null },
    { role: 'kernel', file: '/boot/bz Image', address: '0xffc800', size: 12 },
    { role: 'initrd', file: 'initrd', address: '0x2000000', size: 600 },
    { role: 'params', file: 'params', address: '0x1000', size: 700 },
  ],
  entry: '0x1000200',
  commands: ['jailhouse cell create cell.cell'],
  findings: [
    {
      rule: 'kernel/serio',
      severity: 'error',
      message: 'a',
      requested: 'n',
      actual: 'y',
      waived: { reason: 'known', until: null },
    },
    {
      rule: 'kernel/pm-trace-rtc',
      severity: 'warning',
      message: 'b',
      requested: null,
      actual: null,
      waived: null,
    },
  ],
  waivers: [{ rule: 'kernel/serio', reason: 'known', until: null }],
};

const packed = async (change: object = {}, compress: 'none' | 'gzip' = 'none'): Promise<Buffer> =>
  (
    await pack(
      entries({ ...FILES, 'system.cell': noise(64, 4) }),
      closing((listing) => Object.assign(listing, METADATA, change)),
      { compress },
    )
  ).bytes;

async function inspect(bytes: Uint8Array) {
  const description = await describeBundle(inPieces(bytes), signerOf);
  const { content, diagnostics, lines } = description;
  return { ...content, intact: !hasErrors(diagnostics), problems: diagnostics, content, lines };
}

test.each(['none', 'gzip'] as const)('an intact bundle (compress: %s)', async (compress) => {
  const bundle = await inspect(await packed({}, compress));
  expect(bundle).toMatchObject({
    name: 'demo',
    intact: true,
    // As it is: with what a reader compares, and in its order.
    metadata: { format: 1, name: 'demo', files: { 'launch.sh': expect.anything() }, ...METADATA },
  });
  await expect(`${describeInText(bundle)}\n`).toMatchFileSnapshot(golden('bundle.txt'));
  await expect(`${JSON.stringify(printedContent(bundle.content), null, 2)}\n`).toMatchFileSnapshot(
    golden('bundle.json'),
  );
});

test('a damaged bundle is shown with what is wrong', async () => {
  const bytes = await packed();
  bytes[bytes.indexOf('echo started')]! ^= 1;
  const bundle = await inspect(bytes);
  expect(bundle).toMatchObject({
    intact: false,
    metadata: { placement: 'exact' },
    problems: [{ code: 'bundle/content', message: expect.stringContaining("'launch.sh'") }],
  });
  const [verdict, problem] = describeInText(bundle).split('\n').slice(-2);
  expect(verdict).toMatch(/verdict +damaged, 1 problem$/);
  expect(problem).toMatch(
    /the content of 'launch.sh' does not have the digest that .* give \[bundle\/content\]$/,
  );
});

test('an intact bundle.json is shown, whatever else is damaged', async () => {
  const bytes = await packed();
  bytes[bytes.indexOf('demo/params')]! ^= 1;
  const header = await inspect(bytes);
  expect(header).toMatchObject({ intact: false, metadata: { placement: 'exact' } });
  expect(header.problems).toMatchObject([{ code: 'bundle/header' }]);
  const longer = await inspect(Buffer.concat([await packed(), Buffer.alloc(512)]));
  expect(longer).toMatchObject({ intact: false, metadata: { placement: 'exact' } });
  const shorter = await inspect((await packed()).subarray(0, -600));
  expect(shorter).toMatchObject({ intact: false, metadata: { placement: 'exact' } });
});

describe('a bundle.json that says nothing of the cell', () => {
  test.each([
    ['in another form', { cmdline: 7 }, false],
    ['of a later version', { findings: [{ code: 'renamed' }] }, true],
  ])('%s', async (_, change, intact) => {
    const bundle = await inspect(await packed(change));
    expect(bundle).toMatchObject({ intact, metadata: { format: 1, ...change } });
    expect(Object.keys(bundle.files)).toContain('launch.sh');
    expect(describeInText(bundle)).toMatch(/contents +bundle\.json cannot be read, or is not in the form/);
  });

  test('in a tar that ends too early', async () => {
    const bytes = await packed();
    const bundle = await inspect(bytes.subarray(0, bytes.indexOf('demo/bundle.json')));
    expect(bundle).toMatchObject({ name: 'demo', intact: false, metadata: null });
  });
});

test('what an architecture to come adds is shown, too', async () => {
  const load = [
    { role: 'loader', file: null, address: null, size: null },
    { string: 'kernel=0x80000 dtb=0x1000', address: '0x1000' },
  ];
  const text = describeInText(await inspect(await packed({ load, e820: undefined })));
  expect(text).toMatch(/loader {2}left to the tool {2,}as installed on the target$/m);
  expect(text).toMatch(/string {2}0x1000 +'kernel=0x80000 dtb=0x1000'$/m);
});

test('names in bundle.json cannot control a terminal', async () => {
  const text = describeInText(await inspect(await packed({ cmdline: 'a\x1b[2J\nb' })));
  expect(text).toContain("'a\\u{1b}[2J\\u{a}b'");
});

test.each([
  ['a gzip file of somebody else', Buffer.from('1f8b080000000000000303000000000000000000', 'hex')],
  [
    'a tar of somebody else',
    Buffer.concat([Buffer.alloc(257, 0x61), Buffer.from('ustar\x0000'), Buffer.alloc(2000)]),
  ],
])('%s is refused', async (_, bytes) => {
  const error = await inspect(bytes).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).message).toMatch(/^not a bundle that can be read: /);
});
