/** The registers that Jailhouse prints after the line that says why it stopped a CPU. */
export interface Dump {
  kind: 'x86' | 'arm64' | 'arm';
  /** By the names that the hypervisor prints, in lower case. */
  fields: ReadonlyMap<string, bigint>;
  /** What was cut off, or broken by another writer: their values are not known. */
  cut: readonly string[];
}

interface Shape {
  kind: Dump['kind'];
  /** No other line looks so: Linux writes `RIP: 0010:` and `pc : `. */
  sign: RegExp;
  /** Each finds a name and what is there of its value. */
  fields: readonly { pattern: RegExp; digits: number | null }[];
}

// As hypervisor/arch/x86 (vcpu.c, vmx.c, setup.c), arch/arm64/traps.c and arch/arm/traps.c print them.
const SHAPES: readonly Shape[] = [
  {
    kind: 'x86',
    sign: /\bRIP: 0x|^qualification [0-9a-f]{1,16}$/,
    fields: [
      { pattern: /\b(R[A-Z]{2}|CR[0234]|EFER|BASE): 0x([0-9a-f]*)/g, digits: 16 },
      { pattern: /\b(guest phys addr|guest linear addr):? 0x([0-9a-f]*)/g, digits: 16 },
      { pattern: /\b(FLAGS|CS|AR-BYTES|vectoring info|Error code): (?:0x)?([0-9a-f]*)/g, digits: null },
      { pattern: /\b(qualification) ([0-9a-f]*)/g, digits: null },
      { pattern: /(EFER\.LMA) ([01]?)/g, digits: 1 },
    ],
  },
  {
    kind: 'arm64',
    sign: /(?<!\w)pc: [0-9a-f]{2}/,
    fields: [
      { pattern: /(?<!\w)(pc|lr|sp|elr|x\d{1,2}): ([0-9a-f]*)/g, digits: 16 },
      { pattern: /\b(spsr): ([0-9a-f]*)/g, digits: 8 },
      { pattern: /\b(esr): ([0-9a-f]{2} [01] [0-9a-f]*|[0-9a-f]*)/g, digits: '24 1 1810007'.length },
    ],
  },
  {
    kind: 'arm',
    sign: /\bpc=0x[0-9a-f]/,
    fields: [{ pattern: /\b(pc|cpsr|hsr|r\d{1,2})=0x([0-9a-f]*)/g, digits: 8 }],
  },
];

/** What follows a value that is whole. */
const ENDS = /^[\s"',;)]?$/;

/** Class, length of the instruction and the rest, as the register has them. */
function syndromeValue(text: string): bigint {
  const [ec, il, iss] = text.split(' ') as [string, string, string];
  return (BigInt(`0x${ec}`) << 26n) | (BigInt(il) << 25n) | BigInt(`0x${iss}`);
}

const valueOf = (text: string): bigint => (text.includes(' ') ? syndromeValue(text) : BigInt(`0x${text}`));

/** The registers among the lines of a dump; `null` if they hold none. Of a register that comes twice, the first counts. */
export function readDump(lines: readonly { text: string }[]): Dump | null {
  const shape = SHAPES.find(({ sign }) => lines.some(({ text }) => sign.test(text)));
  if (shape === undefined) return null;
  const fields = new Map<string, bigint>();
  const cut = new Set<string>();
  for (const { text } of lines) {
    for (const { pattern, digits } of shape.fields) {
      for (const { 0: whole, 1: printed, 2: value, index } of text.matchAll(pattern)) {
        const name = printed!.toLowerCase();
        if (fields.has(name)) continue;
        const end = index + whole.length;
        const isWhole =
          value !== '' &&
          (digits === null || value!.length === digits) &&
          ENDS.test(text.slice(end, end + 1));
        if (isWhole) fields.set(name, valueOf(value!));
        else cut.add(name);
      }
    }
  }
  return { kind: shape.kind, fields, cut: [...cut].filter((name) => !fields.has(name)) };
}
