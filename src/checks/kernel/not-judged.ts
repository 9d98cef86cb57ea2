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
      return { because: "the image's payload is packed in a way that is not known", fix: NAME_IT };
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
      message: `there is no kernel config (${because}), so these rules could not be checked: ${unchecked.join(', ')}`,
      fix,
      path: ['kernel', 'image'],
    },
  ];
}

const NAMES: Readonly<Record<EvidenceKind, string>> = {
  config: 'a kernel config',
  image: 'a kernel image',
  contents: 'the unpacked kernel',
  cmdline: 'a cmdline',
  cell: 'a cell',
  system: 'a system config',
  initrd: 'word of an initrd',
};

const OPTIONS: Readonly<Record<EvidenceKind, string>> = {
  config: '--config',
  image: '--kernel',
  contents: '--kernel',
  cmdline: '--cmdline',
  cell: '--cell',
  system: '--system',
  initrd: '--initrd',
};

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

/** One finding for all rules that need what was not given; which ones, grouped by that, stands in its detail. */
export function notJudged(unjudged: readonly Unjudged[]): Diagnostic[] {
  if (unjudged.length === 0) return [];
  const groups = new Map<string, string[]>();
  for (const { id, lacking } of unjudged) {
    const without = unique(lacking.map((kind) => NAMES[kind])).join(' and ');
    groups.set(without, [...(groups.get(without) ?? []), id]);
  }
  const kinds = unjudged.flatMap(({ lacking }) => lacking);
  return [
    {
      code: 'kernel/not-judged',
      severity: 'info',
      message: `${plural(unjudged.length, 'rule')} could not be judged without ${unique(kinds.map((kind) => NAMES[kind])).join(', ')}`,
      fix: `give ${unique(kinds.map((kind) => OPTIONS[kind])).join(', ')} too, or check a manifest, which names all of it`,
      detail: [...groups].map(([without, ids]) => `without ${without}: ${ids.join(', ')}`).join('\n'),
    },
  ];
}
