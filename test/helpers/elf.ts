import { concatBytes } from '../../src/base/bytes.ts';
import { BANNER } from './arm-kernels.ts';
import { latin1 } from './bytes.ts';

export const MACHINE = { x86: 62, i386: 3, arm: 40, arm64: 183, riscv: 243 } as const;

export interface ElfShape {
  machine?: number;
  wordSize?: 32 | 64;
  /** 1: an object file; 2: linked; 3: linked, may be moved. */
  type?: number;
  /** 1: little; 2: big. */
  endian?: number;
  /** Physical address and bytes in memory of each loaded segment; all have the same 16 bytes in the file. */
  segments?: readonly { address: number; size: number }[];
  /** What stands behind the headers. */
  content?: Uint8Array;
}

/** What a guest kernel of today has in it (Linux, arch/x86/kernel/jailhouse.c). */
export const GUEST_MESSAGES = latin1(
  'Jailhouse: Restart not supported, halting\n\0Enabling UART%u (port 0x%lx)\n\0Jailhouse: No valid setup data found\0',
);

export const BANNER_TEXT = latin1(`Linux version ${BANNER}\n\0`);

/** A linked kernel as far as somebody looks at it: program headers, a note among them, and a content. */
export function makeElf({
  machine = MACHINE.x86,
  wordSize = 64,
  type = 2,
  endian = 1,
  segments = [{ address: 0x1000000, size: 0x2000 }],
  content = BANNER_TEXT,
}: ElfShape = {}): Uint8Array {
  const wide = wordSize === 64;
  const [headerSize, entrySize] = wide ? [64, 56] : [52, 32];
  const header = Buffer.alloc(headerSize);
  header.write('\x7fELF', 'latin1');
  header.set([wide ? 2 : 1, endian, 1], 4);
  header.writeUInt16LE(type, 16);
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  const tables = wide ? 48 : 36;
  header.writeUInt32LE(headerSize, wide ? 32 : 28);
  header.writeUInt16LE(headerSize, tables + 4);
  header.writeUInt16LE(entrySize, tables + 6);
  header.writeUInt16LE(segments.length + 1, tables + 8);

  const entries = [{ kind: 4, address: 0, size: 16 }, ...segments.map((each) => ({ kind: 1, ...each }))].map(
    ({ kind, address, size }) => {
      const entry = Buffer.alloc(entrySize);
      const numbers = wide
        ? ([
            [8, headerSize],
            [24, address],
            [32, 16],
            [40, size],
          ] as const)
        : ([
            [4, headerSize],
            [12, address],
            [16, 16],
            [20, size],
          ] as const);
      entry.writeUInt32LE(kind, 0);
      for (const [at, value] of numbers) entry.writeUInt32LE(value, at);
      return entry;
    },
  );
  return concatBytes([header, ...entries, content]);
}
