import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hex } from '../../src/base/address.ts';
import { LOADER_ROOM, LOADERS, type ArmLoaderAbi } from '../../src/placement/arm/releases.ts';
import { releaseOf, type Revision } from '../../src/formats/cell/releases.ts';
import { run } from '../helpers/cli.ts';
import { codeBlock, expectSections, readPage, table } from '../helpers/docs.ts';
import { ARM_MANIFEST, withArmFiles } from '../helpers/docs-arm-cell.ts';

const MIB = 1 << 20;
/** Larger than what upstream's plan leaves behind the kernel, smaller than what there is. */
const INITRD = 12 * MIB;

/** What `check` prints for a manifest. */
const checkOutput = (manifest: string, initrd: number): Promise<string> =>
  withArmFiles(initrd, async (folder) => {
    await writeFile(path.join(folder, 'linux.cell.yaml'), manifest);
    return (await run(['check', 'linux.cell.yaml'], { cwd: folder })).stdout;
  });

const loaderOf = ({ base }: ArmLoaderAbi): string => (base === null ? '0x0' : '`cpu_reset_address` (reset)');

const stringOf = ({ base, args }: ArmLoaderAbi): string =>
  base === null ? hex(args) : `reset + ${hex(args)}`;

const abis = Object.entries(LOADERS.arm64).map(([revision, arm64]) => {
  const arm = LOADERS.arm[Number(revision) as Revision]!;
  const both = (of: (abi: ArmLoaderAbi) => string): string =>
    of(arm) === of(arm64) ? of(arm64) : `${of(arm64)}; arm: ${of(arm)}`;
  return { revision, arm64, both };
});
const placeRows = abis.map(({ revision, both }) => [
  revision,
  releaseOf(Number(revision) as Revision)!,
  both(loaderOf),
  both(stringOf),
]);
const toolRows = abis.map(({ revision, arm64, both }) => [
  revision,
  both(({ kernelFactor }) => String(kernelFactor)),
  arm64.unpacksGzip ? 'yes' : 'no',
  arm64.roundsInitrdEnd ? 'whole pages' : 'exact',
]);

const upstream = `${ARM_MANIFEST}placement: upstream\n`;

test('the generated sections are what the code says', async () => {
  await expectSections('placement-arm.md', {
    places: table(['revision', 'Jailhouse', 'loader', 'string'], placeRows),
    tool: table(['revision', 'upstream’s factor', 'takes Image.gz', 'initrd’s end'], toolRows),
    upstream: codeBlock(await checkOutput(upstream, INITRD)),
  });
});

test('the example fails and passes as the page says', async () => {
  expect(await checkOutput(upstream, INITRD)).toContain('error placement/no-ram');
  expect(await checkOutput(ARM_MANIFEST, INITRD)).toMatch(/linux\.cell\.yaml passes/);
});

test('the page names the loader’s room', () => {
  expect(readPage('placement-arm.md')).toContain(`\`reset + ${hex(LOADER_ROOM)}\``);
});
