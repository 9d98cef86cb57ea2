import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDump } from '../../../src/explain/dumps/read.ts';
import { RUNS } from '../../helpers/runs.ts';

const linesOf = (text: string) => text.split('\n').map((each) => ({ text: each }));
const read = (text: string) => readDump(linesOf(text));

const X86 = `RIP: 0xffffffff999b2683 RSP: 0xffffa0f68d627c98 FLAGS: 6
RAX: 0xffffffff999b2670 RBX: 0x0000000000000247 RCX: 0x0000000000000000
RDX: 0x00000000000002f9 RSI: 0x0000000000000001 RDI: 0xffffffff9b3da9f8
CS: 10 BASE: 0x0000000000000000 AR-BYTES: 29b EFER.LMA 1
CR0: 0x0000000080050033 CR3: 0x0000003082bea000 CR4: 0x00000000003506a0
EFER: 0x0000000000001d01`;

const ARM64 = `Cell state before exception:
 pc: ffff8000104d2a60   lr: ffff8000104d2a48 spsr: 60000005     EL1
 sp: ffff80001181bb90  esr: 24 1 1800046`;

/** Of these nobody can tell whether digits are missing. */
const OF_ANY_WIDTH: ReadonlySet<string> = new Set(['flags', 'cs', 'ar-bytes']);

describe('readDump', () => {
  test('reads the registers of x86', () => {
    const dump = read(X86)!;
    expect(dump.kind).toBe('x86');
    expect(dump.cut).toEqual([]);
    expect(dump.fields.size).toBe(17);
    expect(dump.fields.get('rip')).toBe(0xffffffff999b2683n);
    expect(dump.fields.get('flags')).toBe(6n);
    expect(dump.fields.get('ar-bytes')).toBe(0x29bn);
    expect(dump.fields.get('efer.lma')).toBe(1n);
    expect(dump.fields.get('efer')).toBe(0x1d01n);
  });

  test('reads the registers of arm64, the syndrome as one number', () => {
    const dump = read(ARM64)!;
    expect(dump).toMatchObject({ kind: 'arm64', cut: [] });
    expect(dump.fields.get('pc')).toBe(0xffff8000104d2a60n);
    expect(dump.fields.get('esr')).toBe((0x24n << 26n) | (1n << 25n) | 0x1800046n);
  });

  test('reads the registers of arm', () => {
    const dump = read('pc=0xc0101234 cpsr=0x200001d3 hsr=0x93830007\nr0=0x84000003 r1=0x00000001')!;
    expect(dump).toMatchObject({ kind: 'arm', cut: [] });
    expect(dump.fields.get('hsr')).toBe(0x93830007n);
    expect(dump.fields.get('r0')).toBe(0x84000003n);
  });

  test.each([
    ['the end of the line', 'RIP: 0xffffffffa910ff4c RSP: 0xffffab85400f', ['rsp']],
    ['another writer', 'RIP: 0xffffffff[   12.345678] usb 1-1: new RSP: 0xffffab85400f7de0', ['rip']],
    ['another writer in the middle', 'RIP: 0xffffffffa910ff4cusb RSP: 0xffffab85400f7de0', ['rip']],
    ['a value of its own', 'RIP: 0xffffffffa910ff4c RSP: 0xffffab85400f7de0 RAX: 0x', ['rax']],
    ['a digit too many', 'RIP: 0xffffffffa910ff4c0 RSP: 0xffffab85400f7de0', ['rip']],
  ])('what %s cut has no value', (_, text, cut) => {
    expect(read(text)).toMatchObject({ cut });
    expect([...read(text)!.fields.keys()]).not.toContain(cut[0]);
  });

  test('a syndrome that was cut has none', () => {
    expect(
      read(' pc: ffff8000104d2a60   lr: ffff8000104d2a48\n sp: ffff80001181bb90  esr: 24 1 18'),
    ).toMatchObject({ cut: ['esr'] });
  });

  test('a register that comes again whole is not cut', () => {
    const text = 'RIP: 0xffffffff99 RSP: 0xffffa0f68d627c98\nRIP: 0xffffffff999b2683 RSP: 0xffffa0f68d627c98';
    expect(read(text)).toMatchObject({ cut: [] });
  });

  test.each([
    'RIP: 0010:ffffffff81649d42',
    'RIP: 0033:0x7f0000000000',
    'pc : [<ffff000008f34890>] lr : [<ffff000000fbd898>] pstate: 20000145',
    'pc : __memcpy+0x110/0x180',
    '',
  ])('Linux prints registers in another way: %s', (text) => {
    expect(read(text)).toBeNull();
  });

  test('gives no value that is not the whole one, wherever the text is cut or another writer comes in', () => {
    const other = fc.constantFrom('[   12.345678] usb 1-1: new device', 'login: ', '\u{fffd}', ' ', '\n');
    fc.assert(
      fc.property(
        fc.constantFrom(X86, ARM64),
        fc.nat(),
        fc.option(other, { nil: null }),
        (text, place, inserted) => {
          const at = place % text.length;
          const whole = read(text)!;
          const dump = read(text.slice(0, at) + (inserted === null ? '' : inserted + text.slice(at)));
          const shown = [...(dump?.fields ?? [])].filter(([name]) => !OF_ANY_WIDTH.has(name));
          for (const [name, value] of shown) expect([name, value]).toEqual([name, whole.fields.get(name)]);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
