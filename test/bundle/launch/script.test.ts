import { describe, expect, test } from 'vitest';
import { launchScript } from '../../../src/bundle/launch/script.ts';
import { cellWords } from '../../../src/placement/commands.ts';
import { launchInput } from '../../helpers/launch/rig.ts';

describe('cellWords', () => {
  test.each(['42', '007', '08', '0x2a', '0XFF', '+7', ' 7', '-1', '-s', '--name', ''])(
    '%j needs --name',
    (name) => {
      expect(cellWords(name)).toEqual(['--name', name]);
    },
  );
  test.each(['demo', '0x', '42a', 'a42', '4 2', '7 ', 'x-1', '٣'])('%j does not', (name) => {
    expect(cellWords(name)).toEqual([name]);
  });
});

describe('launchScript', () => {
  test('says what made it, and nothing of the day', () => {
    const script = launchScript(launchInput({ cellName: "it's", release: '0.10 and 0.11' }));
    expect(script).toMatch(/^#!\/bin\/sh\n/);
    expect(script).toContain('rollup-plugin-jailhouse');
    expect(script).toContain("#   bundle:    demo\n#   cell:      it's\n#   Jailhouse: 0.10 and 0.11\n");
    expect(launchScript(launchInput({ cellName: "it's", release: '0.10 and 0.11' }))).toBe(script);
  });

  test('never disables Jailhouse', () => {
    expect(launchScript(launchInput())).not.toMatch(/invoke disable|cell_command disable/);
  });

  test('a role without a file is a fault of the caller', () => {
    const { load } = launchInput();
    expect(() => launchScript(launchInput({ load, files: {} }))).toThrow('no file for the kernel');
  });
});
