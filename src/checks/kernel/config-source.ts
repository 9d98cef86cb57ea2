import type { Diagnostic, ManifestPath } from '../../base/diagnostic.ts';
import { compareConfigs, type ConfigDifference } from '../../formats/kernel/compare-configs.ts';
import type { KernelConfig } from '../../formats/kernel/kconfig.ts';
import { parseKernelVersion } from '../../formats/kernel/version.ts';
import { plural } from '../../base/text.ts';
import type { ConfigEvidence } from './evidence.ts';

const PATH: ManifestPath = ['kernel', 'config'];
const NAMED = 5;
const LISTED = 50;

const andMore = (count: number): string[] => (count > 0 ? [`and ${count} more`] : []);

function differs(differences: readonly ConfigDifference[], given: KernelConfig): Diagnostic {
  const count = differences.length;
  const named = differences
    .slice(0, NAMED)
    .map(({ symbol, given: one, embedded }) => `CONFIG_${symbol} (${one} here, ${embedded} in the kernel)`);
  const listed = differences
    .slice(0, LISTED)
    .map(({ symbol, given: one, embedded }) => `CONFIG_${symbol}: ${one}, in the kernel ${embedded}`);
  const lines = differences.flatMap(({ symbol }) => given.lines.get(symbol) ?? []);
  return {
    code: 'kernel/config-differs',
    severity: 'error',
    message: `this is not the kernel's config: it differs from the one built into the image in ${plural(count, 'symbol')}: ${[...named, ...andMore(count - NAMED)].join(', ')}`,
    requested: 'the .config that the image was built with',
    actual: "another one; the rules use the image's own",
    fix: 'give the .config of the build that made the image, or leave it out: the image has its own',
    detail: [...listed, ...andMore(count - LISTED)].join('\n'),
    ...(lines.length === 0 ? {} : { fileLine: lines[0]! }),
    path: PATH,
  };
}

/**
 * Whether a kernel with that banner can have that version. A distribution's release may have a number of its own for
 * the patch level, and the real one elsewhere in the banner or not at all: `6.1.0-42-amd64 ... Debian 6.1.192-2`.
 */
function canBeOf(version: string, banner: string): boolean {
  const text = version.replaceAll(/[^\w]/g, '\\$&');
  const isWord = new RegExp(`(?<![\\d.])${text}(?!\\.?\\d)`);
  if (isWord.test(banner)) return true;
  const [mine, its] = [parseKernelVersion(version), parseKernelVersion(banner)];
  // A banner without a number says nothing.
  if (mine === null || its === null) return true;
  const isSame = mine.major === its.major && mine.minor === its.minor;
  if (!isSame || !/^\d+\.\d+\.0-\d/.test(banner)) return false;
  // The real one, where it is elsewhere in the banner.
  const real = new RegExp(`(?<![\\d.])${mine.major}\\.${mine.minor}\\.(?!0-)\\d+`);
  return !real.test(banner);
}

function otherVersion(version: string, banner: string): Diagnostic {
  const release = banner.split(' ')[0]!;
  return {
    code: 'kernel/config-version',
    severity: 'warning',
    message: `the config is for Linux ${version}, the kernel is ${release}: it may be from another build`,
    requested: `a config for ${release}`,
    actual: version,
    fix: 'give the .config of the build that made the image',
    path: PATH,
    // Says it of versions that differ so much that nothing else can be judged.
    after: ['kernel/config-not-own'],
  };
}

/**
 * Which of two configs the rules go by, and what speaks against the one that was given as a file.
 *
 * @param embedded the one in the image, `null` without one
 * @param banner of the kernel, `null` if it is not known
 */
export function chooseConfig(
  given: KernelConfig,
  embedded: KernelConfig | null,
  banner: string | null,
): { evidence: Exclude<ConfigEvidence, { source: 'none' }>; findings: Diagnostic[] } {
  if (embedded !== null) {
    const differences = compareConfigs(given, embedded);
    if (differences.length > 0) {
      return { evidence: { source: 'embedded', config: embedded }, findings: [differs(differences, given)] };
    }
    if (given.isPartial) return { evidence: { source: 'embedded', config: embedded }, findings: [] };
  } else if (given.version !== null && banner !== null && !canBeOf(given.version, banner)) {
    return { evidence: { source: 'file', config: given }, findings: [otherVersion(given.version, banner)] };
  }
  return { evidence: { source: 'file', config: given }, findings: [] };
}
