import type { WaivableCode } from '../../base/codes.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { MissingConfig } from '../../formats/kernel/ikconfig.ts';
import { plural } from '../../base/text.ts';
import type { EvidenceKind } from './rule.ts';

/** A rule that was not judged, and what it would need. */
export interface Unjudged {
  id: WaivableCode;
  lacking: readonly EvidenceKind[];
}

const NAME_IT = 'give its .config (--config, or kernel.config in a manifest)';

function explainMissing(why: MissingConfig): { because: string; fix: string } {
  switch (why.kind) {
    case 'not-built-in':
      return {
        because: 'none is built into the image',
        fix: `${NAME_IT}, or build the kernel with CONFIG_IKCONFIG=y`,
      };
    case 'not-decodable':
      return { because: "the image's payload is packed in an unknown way", fix: NAME_IT };
    case 'not-located':
      return { because: why.because, fix: NAME_IT };
  }
}

/** One finding for all rules that need the config which is not there. */
export function missingConfig(why: MissingConfig, unchecked: readonly string[]): Diagnostic[] {
  if (unchecked.length === 0) return [];
  const { because, fix } = explainMissing(why);
  return [
    {
      code: 'kernel/config-missing',
      severity: 'error',
      message: `there is no kernel config (${because}), so these rules were not checked: ${unchecked.join(', ')}`,
      fix,
      path: ['kernel', 'image'],
    },
  ];
}

/** One finding for a config that is not whole, and for the rules that need what it leaves out. */
export function partialConfig(unchecked: readonly string[]): Diagnostic {
  const skipped = unchecked.length === 0 ? '' : `; ${plural(unchecked.length, 'rule')} not checked`;
  return {
    code: 'kernel/config-defconfig',
    severity: 'warning',
    message: `the kernel config is a defconfig or a fragment, not a whole .config: only what it states was judged${skipped}`,
    requested: 'the .config that the kernel was built with',
    actual: 'no header of kconfig, and none of the symbols that kconfig sets in every .config',
    symptom: 'the kernel passes the checks, but behaves differently on the target',
    fix: 'in the kernel’s sources run `cp DEFCONFIG .config && make olddefconfig`, and give the .config that this writes',
    ...(unchecked.length === 0
      ? {}
      : { detail: ['not checked:', ...wrapped(unchecked).map((line) => `  ${line}`)].join('\n') }),
    path: ['kernel', 'config'],
  };
}

/** What can be given, in the order in which it is named, and the option that gives it. */
const GIVEN: Readonly<Record<EvidenceKind, { name: string; option: string }>> = {
  config: { name: 'kernel config', option: '--config' },
  image: { name: 'kernel image', option: '--kernel' },
  contents: { name: 'unpacked kernel', option: '--kernel' },
  cmdline: { name: 'cmdline', option: '--cmdline' },
  cell: { name: 'cell', option: '--cell' },
  system: { name: 'system config', option: '--system' },
  initrd: { name: 'initrd', option: '--initrd' },
};

const inOrder = (kinds: readonly EvidenceKind[]): EvidenceKind[] =>
  (Object.keys(GIVEN) as EvidenceKind[]).filter((kind) => kinds.includes(kind));

const namesOf = (kinds: readonly EvidenceKind[]): string[] => inOrder(kinds).map((kind) => GIVEN[kind].name);

const WIDEST = 96;

/** Words with commas, in lines of a width that fits a terminal. */
function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + word.length + 3 <= WIDEST) lines[lines.length - 1] += `, ${word}`;
    else lines.push(word);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line},` : line));
}

/** One finding for all rules that need what was not given; its detail groups them by that. */
export function notJudged(unjudged: readonly Unjudged[]): Diagnostic[] {
  if (unjudged.length === 0) return [];
  const groups = new Map<string, string[]>();
  for (const { id, lacking } of unjudged) {
    const group = `need ${namesOf(lacking).join(' and ')}:`;
    groups.set(group, [...(groups.get(group) ?? []), id]);
  }
  const kinds = inOrder(unjudged.flatMap(({ lacking }) => lacking));
  const options = [...new Set(kinds.map((kind) => GIVEN[kind].option))];
  return [
    {
      code: 'kernel/not-judged',
      severity: 'info',
      message: `${plural(unjudged.length, 'rule')} skipped, not given: ${namesOf(kinds).join(', ')}`,
      fix: `give ${options.join(', ')}, too, or check a manifest, which names all inputs`,
      detail: [...groups]
        .flatMap(([group, ids]) => [group, ...wrapped(ids).map((line) => `  ${line}`)])
        .join('\n'),
    },
  ];
}
