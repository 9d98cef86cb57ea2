import { expect, test } from 'vitest';
import { loadCommands } from '../../src/placement/commands.ts';

test('a file without a name is no word of a command', () => {
  const load = [{ kind: 'image', role: 'initrd', address: 0x2000000n, size: 1n }] as const;
  expect(loadCommands('demo', 'demo.cell', load, { initrd: "it's" })[1]).toBe(
    `jailhouse cell load demo 'it'\\''s' -a 0x2000000`,
  );
  expect(() => loadCommands('demo', 'demo.cell', load, {})).toThrow('the initrd has no file name');
});
