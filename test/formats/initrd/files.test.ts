import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { examine } from '../../helpers/initrds.ts';
import { newc, type NewcEntry } from '../../helpers/newc.ts';
import { EM, makeProgram } from '../../helpers/program.ts';

const link = (name: string, target: string): NewcEntry => ({ name, content: target, mode: 0o120777 });
const folder = (name: string): NewcEntry => ({ name, mode: 0o040755 });

/** Where a path leads in an initrd of packed archives; `null` if nowhere. */
const at = async (path: string, ...archives: (readonly NewcEntry[])[]) => {
  const { files } = await examine(...archives.map((entries) => gzipSync(newc(entries))));
  return files!.at(path);
};

describe('the files of an initrd', () => {
  it('are found through links, also of folders, and in later parts', async () => {
    const links = [link('bin', 'usr/bin'), link('usr/bin/sh', '../../opt/./dash'), folder('opt')];
    const later = [{ name: './opt/dash', content: makeProgram(EM.arm64, { interpreter: '/lib/ld.so' }) }];
    expect(await at('/bin/sh', links, later)).toEqual({
      path: '/opt/dash',
      isExecutable: true,
      program: { format: 'elf', machine: 183, wordSize: 64, isBigEndian: false, interpreter: '/lib/ld.so' },
    });
    expect(await at('/bin/sh', links)).toBeNull();
  });

  it('that an archive puts behind a link are where the link leads', async () => {
    const entries = [link('lib', 'usr/lib'), { name: 'lib/ld.so', content: makeProgram() }];
    expect(await at('/usr/lib/ld.so', entries)).toMatchObject({ path: '/usr/lib/ld.so' });
  });

  it('have links that go in a circle, and lead nowhere', async () => {
    expect(await at('/a', [link('a', 'b'), link('b', '/a')])).toBeNull();
    expect(await at('/usr', [folder('usr')])).toBeNull();
    expect(await at('/', [])).toBeNull();
  });

  it.each([
    ['#!/bin/sh\n', { format: 'script', interpreter: '/bin/sh' }],
    ['#! \t/bin/sh -e\nexit\n', { format: 'script', interpreter: '/bin/sh' }],
    ['#!/bin/sh\r\n', { format: 'script', interpreter: '/bin/sh\r' }],
    ['#!\n', { format: 'other' }],
    ['echo\n', { format: 'other' }],
    ['\x7fELF', { format: 'other' }],
    ['', { format: 'other' }],
  ])('start as the first bytes say: %j', async (content, program) => {
    expect((await at('/init', [{ name: 'init', content }]))!.program).toEqual(program);
  });

  it('of which a damaged table of segments gives no dynamic loader', async () => {
    const content = makeProgram(EM.x86, { interpreter: '/lib/ld.so' });
    for (let size = 0; size < content.length; size++) {
      const file = await at('/init', [{ name: 'init', content: content.subarray(0, size) }]);
      expect(file).not.toBeNull();
    }
  });
});
