import type { Dump } from './read.ts';

/** What the CPU is in. */
export type Mode = 'real' | 'protected' | 'long';

/** From EFER.LMA and CR0.PE; `null` where they were not printed. */
export function modeOf({ fields }: Dump): Mode | null {
  const efer = fields.get('efer');
  const isLong = fields.get('efer.lma') ?? (efer === undefined ? undefined : (efer >> 10n) & 1n);
  if (isLong === 1n) return 'long';
  const cr0 = fields.get('cr0');
  if (isLong === undefined || cr0 === undefined) return null;
  return (cr0 & 1n) === 1n ? 'protected' : 'real';
}

interface Place {
  /** The first address after it. */
  end: bigint;
  text: string;
}

/** Where an x86 Linux and Jailhouse put themselves, from the bottom up (Linux, Documentation/arch/x86/x86_64/mm.rst). */
const LONG: readonly Place[] = [
  { end: 0x100000n, text: 'code below 1 MiB: the loader, or a bare-metal program' },
  {
    end: 0x1000000n,
    text: "code between 1 and 16 MiB: the kernel's decompressor, or a kernel that was moved there",
  },
  {
    end: 0x100000000n,
    text: 'code at its physical address: the kernel before it has page tables of its own',
  },
  { end: 0x800000000000n, text: 'a program, not the kernel' },
  { end: 0xffffffff80000000n, text: "the kernel's half of the addresses, outside its text" },
  { end: 0xffffffffc0000000n, text: "the kernel's text; with KASLR its symbols do not say where" },
  { end: 0xfffffffff0000000n, text: 'a module of the kernel' },
  { end: 1n << 64n, text: 'the hypervisor itself' },
];

/** What the address of an instruction is in, as far as the address alone tells. */
export function codePlace(rip: bigint, mode: Mode | null): string {
  if (mode === 'real')
    return 'code of 16 bits, as a CPU runs it right after a reset: no kernel gets there again';
  return LONG.find(({ end }) => rip < end)!.text;
}

/** Whether the CPU runs what nobody put there: 16-bit code in a cell whose kernel would long be elsewhere. */
export const runsGarbage = (dump: Dump): boolean =>
  modeOf(dump) === 'real' && (dump.fields.get('cs') ?? 0n) !== 0xf000n;
