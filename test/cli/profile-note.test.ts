import { afterAll, beforeAll, expect, test } from 'vitest';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';

const without = (symbol: string, config = GOOD_CONFIG): string =>
  config.replace(`CONFIG_${symbol}=y`, `# CONFIG_${symbol} is not set`);
const WITH_SERIO = `${GOOD_CONFIG.replace(/^# CONFIG_SERIO is not set\n/m, '')}CONFIG_SERIO=y\n`;
const BOTH = without('PARAVIRT', WITH_SERIO);

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
});
afterAll(() => folder.remove());

async function checked(config: string, ...options: string[]): Promise<string> {
  await folder.write({ 'kernel.config': config });
  const { stdout } = await run(['check', 'demo.cell.yaml', ...options], { cwd: folder.path });
  return stdout;
}

const NOTE = 'note kernel/profile';

test('the profile mainline is offered where nothing fails but what it warns of', async () => {
  const stdout = await checked(BOTH);
  expect(stdout).toContain(NOTE);
  expect(stdout).toMatch(
    /depend on: kernel\/paravirt, kernel\/serio\n {2}fix: +use the profile mainline, .*`--profile mainline`/,
  );
  expect(await checked(BOTH, '--profile', 'mainline')).toContain('demo.cell.yaml passes: 2 warnings');
});

test('so it is without a manifest', async () => {
  await folder.write({ 'kernel.config': WITH_SERIO });
  const { stdout } = await run(['check', '--config', 'kernel.config'], { cwd: folder.path });
  expect(stdout).toContain(NOTE);
});

test('it is not where something else fails, for older kernels, or if nothing fails', async () => {
  expect(await checked(without('PCI', BOTH))).not.toContain(NOTE);
  expect(await checked(GOOD_CONFIG)).not.toContain(NOTE);
  await folder.write({ 'kernel.config': WITH_SERIO.replace('6.1.192', '4.9.1') });
  const { stdout } = await run(['check', '--config', 'kernel.config'], { cwd: folder.path });
  expect(stdout).toContain('kernel/serio');
  expect(stdout).not.toContain(NOTE);
});

test('it is not where the manifest names its profile, or waives the rules', async () => {
  await folder.write({ 'demo.cell.yaml': `${MANIFEST}checks: { profile: strict }\n` });
  expect(await checked(BOTH)).not.toContain(NOTE);
  const waive = '[{ rule: kernel/serio, reason: a }, { rule: kernel/paravirt, reason: b }]';
  await folder.write({ 'demo.cell.yaml': `${MANIFEST}checks: { waive: ${waive} }\n` });
  expect(await checked(BOTH)).not.toContain(NOTE);
});
