import { expect, test } from 'vitest';
import { hex } from '../../src/base/address.ts';
import { releaseOf, type Revision } from '../../src/formats/cell/releases.ts';
import { COMM_REGION_ADDRESS, LOADERS, type LoaderAbi } from '../../src/placement/x86/releases.ts';
import { setupDataSize } from '../../src/placement/x86/setup-data.ts';
import { ZERO_PAGE_SIZE } from '../../src/placement/x86/params.ts';
import { run } from '../helpers/cli.ts';
import { codeBlock, expectSections, readPage, table } from '../helpers/docs.ts';
import { MANIFEST, SMALL_INITRD, withExample } from '../helpers/docs-cell.ts';

const outputs = new Map<string, Promise<string>>();

/** What `check` prints for a manifest. */
function checkOutput(manifest: string, initrd: number): Promise<string> {
  const key = `${initrd} ${manifest}`;
  const output =
    outputs.get(key) ??
    withExample(
      manifest,
      initrd,
      async ({ path: cwd }) => (await run(['check', 'linux.cell.yaml'], { cwd })).stdout,
    );
  outputs.set(key, output);
  return output;
}

const from = (abi: LoaderAbi, offset: bigint): string =>
  abi.base !== 'cpu_reset_address'
    ? hex(abi.base + offset)
    : offset === 0n
      ? 'reset'
      : `reset + ${hex(offset)}`;

/** Bytes of a cmdline, without its NUL, that leave the loader's memory alone. */
function longestCmdline(abi: LoaderAbi): string {
  if (abi.paramsLimit === null) return 'to the end of its RAM region';
  const fixed = BigInt(ZERO_PAGE_SIZE + setupDataSize(abi.setupData) + 1);
  return `${abi.paramsLimit - abi.params - fixed} bytes`;
}

const FORMS = { jlhs: 'JLHS', version1: 'version 1', version2: 'version 2' } as const;

const placeRows = Object.entries(LOADERS).map(([revision, abi]) => [
  revision,
  releaseOf(Number(revision) as Revision)!,
  abi.base === 'cpu_reset_address' ? '`cpu_reset_address` (reset)' : hex(abi.base),
  `${from(abi, 0n)} to ${from(abi, abi.size)}`,
  from(abi, abi.params),
]);
const limitRows = Object.entries(LOADERS).map(([revision, abi]) => [
  revision,
  `${FORMS[abi.setupData]}, ${setupDataSize(abi.setupData)} bytes`,
  longestCmdline(abi),
  abi.kernelFactor === null ? 'by compression, or `-k`' : String(abi.kernelFactor),
]);

const LARGE_INITRD = 64 << 20;
const upstream = `${MANIFEST}placement: upstream\n`;

test('the generated sections are what the code says', async () => {
  await expectSections('placement.md', {
    places: table(['revision', 'Jailhouse', 'loader', 'needs RAM', 'params'], placeRows),
    limits: table(['revision', 'setup_data', 'longest command line', 'upstream’s factor'], limitRows),
    upstream: codeBlock(await checkOutput(upstream, SMALL_INITRD)),
    exact: codeBlock(await checkOutput(MANIFEST, LARGE_INITRD)),
  });
});

test('the examples fail and pass as the page says', async () => {
  expect(await checkOutput(MANIFEST, SMALL_INITRD)).toMatch(/linux\.cell\.yaml passes/);
  expect(await checkOutput(upstream, SMALL_INITRD)).toContain('error placement/overlap');
  expect(await checkOutput(MANIFEST, LARGE_INITRD)).toContain('error placement/initrd');
});

test('the page names the comm region’s address', () => {
  expect(readPage('placement.md')).toContain(`\`${hex(COMM_REGION_ADDRESS)}\``);
});
