import type { Architecture } from '../../../base/choices.ts';
import type { Program } from '../../../formats/elf/program.ts';
import type { InitrdEvidence } from '../../../formats/initrd/types.ts';
import { valuesOf } from '../../../formats/kernel/cmdline.ts';
import { isSetTo, isTurnedOff, isUnstated, type KernelConfig } from '../../../formats/kernel/kconfig.ts';
import type { KernelFacts } from '../evidence.ts';
import type { Breach } from '../rule.ts';

type Elf = Extract<Program, { format: 'elf' }>;
type Files = NonNullable<InitrdEvidence['files']>;

/** e_machine of ELF (Linux, include/uapi/linux/elf-em.h). */
const EM = { i386: 3, arm: 40, 'x86-64': 62, arm64: 183 } as const;
const OTHERS = { MIPS: 8, PowerPC: 20, PowerPC64: 21, S390: 22, 'RISC-V': 243, LoongArch: 258 } as const;
const NAMES = new Map<number, string>(
  Object.entries({ ...EM, ...OTHERS }).map(([name, value]) => [value, name]),
);

/** What a kernel runs besides its own programs, and the symbols of which one lets it. */
interface Runs {
  machine: number;
  wordSize: 32 | 64;
  symbols: readonly string[];
}

const RUNS: Readonly<Record<Architecture, readonly Runs[]>> = {
  x86: [
    { machine: EM['x86-64'], wordSize: 64, symbols: [] },
    { machine: EM.i386, wordSize: 32, symbols: ['IA32_EMULATION'] },
    { machine: EM['x86-64'], wordSize: 32, symbols: ['X86_X32_ABI', 'X86_X32'] },
  ],
  arm64: [
    { machine: EM.arm64, wordSize: 64, symbols: [] },
    { machine: EM.arm, wordSize: 32, symbols: ['COMPAT'] },
  ],
  arm: [{ machine: EM.arm, wordSize: 32, symbols: [] }],
};

type Fault =
  | { kind: 'not-executable'; path: string }
  | { kind: 'no-program'; path: string; because: string }
  | { kind: 'architecture'; path: string; is: string; symbol: string | null; isCertain: boolean }
  | { kind: 'interpreter'; path: string; interpreter: string; isScript: boolean };

const describeElf = ({ machine, wordSize, isBigEndian }: Elf): string =>
  `${isBigEndian ? 'big-endian ' : ''}${NAMES.get(machine) ?? `machine ${machine}`}${machine === EM['x86-64'] && wordSize === 32 ? ' (x32)' : ''}`;

function architectureFault(
  elf: Elf,
  path: string,
  { architecture, config }: Pick<KernelFacts, 'architecture' | 'config'>,
): Fault | null {
  const fault = { kind: 'architecture', path, is: describeElf(elf) } as const;
  const bigEndian = config !== null && isSetTo(config, 'CPU_BIG_ENDIAN', 'y');
  const runs = RUNS[architecture].find(
    ({ machine, wordSize }) => machine === elf.machine && wordSize === elf.wordSize,
  );
  if (runs === undefined || elf.isBigEndian !== bigEndian) return { ...fault, symbol: null, isCertain: true };
  const { symbols } = runs;
  if (symbols.length === 0 || (config && symbols.some((symbol) => isSetTo(config, symbol, 'y')))) return null;
  return { ...fault, symbol: symbols[0]!, isCertain: isKnown(config, symbols) };
}

const isKnown = (config: KernelConfig | null, symbols: readonly string[]): boolean =>
  config !== null && !symbols.every((symbol) => isUnstated(config, symbol));

/** Interpreters of interpreters, as far as Linux follows them. */
const MAX_DEPTH = 5;

/** What keeps the kernel from starting a program of the initrd; `null` if nothing does. */
function faultOf(files: Files, wanted: string, facts: KernelFacts, depth = 0): Fault | null {
  const file = files.at(wanted);
  // Whether there is one is for the caller to say.
  if (file === null || depth > MAX_DEPTH) return null;
  const { program, isExecutable } = file;
  if (!isExecutable) return { kind: 'not-executable', path: wanted };
  if (program.format === 'other') {
    return { kind: 'no-program', path: wanted, because: 'it is neither an ELF file nor begins with #!' };
  }
  const isScript = program.format === 'script';
  if (isScript && facts.config && isTurnedOff(facts.config, 'BINFMT_SCRIPT')) {
    return {
      kind: 'no-program',
      path: wanted,
      because: 'it is a script, and CONFIG_BINFMT_SCRIPT is not set',
    };
  }
  const own = isScript ? null : architectureFault(program, wanted, facts);
  const { interpreter } = program;
  if (own || interpreter === null) return own;
  // Linux looks up a path without a slash in the root folder, where it starts.
  if (files.at(interpreter) === null) return { kind: 'interpreter', path: wanted, interpreter, isScript };
  return faultOf(files, interpreter, facts, depth + 1);
}

/** What Linux tries where /init does not start (Linux, init/main.c, kernel_init). */
function startsOther(files: Files, facts: KernelFacts): boolean {
  const { cmdline, config } = facts;
  const named = cmdline && valuesOf(cmdline, 'init').at(-1);
  const usual = config?.symbols.get('DEFAULT_INIT');
  const others = named
    ? [named]
    : [
        ...(usual?.type === 'string' && usual.value !== '' ? [usual.value] : []),
        '/sbin/init',
        '/etc/init',
        '/bin/init',
        '/bin/sh',
      ];
  return others.some((path) => files.at(path) !== null && faultOf(files, path, facts) === null);
}

/** What keeps /init, or what rdinit= names, from being started. */
function initFault(facts: KernelFacts): { fault: Fault; otherStarts: boolean } | null {
  const { initrd, cmdline } = facts;
  if (!initrd || initrd === 'none' || initrd.files === null || !cmdline) return null;
  const init = valuesOf(cmdline, 'rdinit').at(-1) ?? '/init';
  const fault = faultOf(initrd.files, init, facts);
  return fault && { fault, otherStarts: startsOther(initrd.files, facts) };
}

const about = (breach: Omit<Breach, 'about'>, isWarning: boolean): Breach => ({
  ...breach,
  about: 'initrd',
  ...(isWarning ? { severity: 'warning' } : {}),
});

export function judgeInitArchitecture(facts: KernelFacts): Breach | null {
  const found = initFault(facts);
  if (found?.fault.kind !== 'architecture') return null;
  const { path, is, symbol, isCertain } = found.fault;
  const { architecture } = facts;
  const lacking = symbol && ` without CONFIG_${symbol}${isCertain ? '' : ', of which nothing is known'}`;
  const breach = {
    message: `${path} of the initrd is a program for ${is}, which a kernel for ${architecture} does not run${lacking ?? ''}`,
    requested: `a program for ${architecture}`,
    actual: is,
    ...(symbol && isCertain ? { fixSymbols: [{ symbol, value: 'y' }] } : {}),
  };
  return about(breach, found.otherStarts || !isCertain);
}

export function judgeInitInterpreter(facts: KernelFacts): Breach | null {
  const found = initFault(facts);
  if (found?.fault.kind !== 'interpreter') return null;
  const { path, interpreter, isScript } = found.fault;
  const isDos = interpreter.endsWith('\r');
  const what = isScript ? 'begins with #!' : 'asks for the dynamic loader ';
  const breach = {
    message: `${path} of the initrd ${what}${JSON.stringify(interpreter).slice(1, -1)}, which is not in the initrd`,
    requested: `${interpreter.trim()} in the initrd`,
    actual: 'no such file',
    ...(isDos
      ? { fix: 'write the script with LF line ends: the CR belongs to the name of the interpreter' }
      : {}),
  };
  return about(breach, found.otherStarts);
}

export function judgeInitExecutable(facts: KernelFacts): Breach | null {
  const found = initFault(facts);
  if (!found) return null;
  const { fault, otherStarts } = found;
  if (fault.kind === 'no-program') {
    const breach = {
      message: `Linux cannot start ${fault.path} of the initrd: ${fault.because}`,
      requested: 'an ELF program, or a script that begins with #!',
      actual: fault.because,
    };
    return about(breach, otherStarts);
  }
  if (fault.kind !== 'not-executable') return null;
  const breach = {
    message: `${fault.path} of the initrd is not executable`,
    requested: 'mode 0755',
    actual: 'no x bit',
  };
  // Linux goes on to root= as if there were no /init.
  return about(breach, valuesOf(facts.cmdline!, 'root').length > 0);
}
