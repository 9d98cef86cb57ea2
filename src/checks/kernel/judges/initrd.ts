import type { Compression } from '../../../formats/compression/detect.ts';
import type { InitrdEvidence } from '../../../formats/initrd/types.ts';
import { valuesOf } from '../../../formats/kernel/cmdline.ts';
import { isLacking, isSetTo } from '../../../formats/kernel/kconfig.ts';
import { isAtLeast } from '../../../formats/kernel/version.ts';
import type { KernelFacts } from '../evidence.ts';
import type { Breach } from '../rule.ts';
import { hasBuiltInInitramfs, mayNameRoot, namesRoot } from './root.ts';
import { lackSymbols } from './symbols.ts';

const initrdOf = ({ initrd }: KernelFacts): InitrdEvidence | null => (initrd === 'none' ? null : initrd);

/** The symbol behind each way to pack an initrd that Linux knows. */
const UNPACKERS: readonly (readonly [Compression, string])[] = [
  ['gzip', 'RD_GZIP'],
  ['bzip2', 'RD_BZIP2'],
  ['lzma', 'RD_LZMA'],
  ['xz', 'RD_XZ'],
  ['lzo', 'RD_LZO'],
  ['lz4', 'RD_LZ4'],
  ['zstd', 'RD_ZSTD'],
];

const ZSTD_SINCE = { major: 5, minor: 9 };

/** What the kernel cannot unpack; where it takes no initrd at all, that is a rule of its own. */
export function judgeInitrdCompression(facts: KernelFacts): Breach | null {
  const { config, version } = facts;
  const initrd = initrdOf(facts);
  if (!config || !initrd || !isSetTo(config, 'BLK_DEV_INITRD', 'y')) return null;
  const lacking = UNPACKERS.filter(
    ([compression, symbol]) =>
      initrd.parts.some((part) => part.compression === compression) && isLacking(config, symbol),
  );
  if (lacking.length === 0) return null;
  const symbols = lacking.map(([, symbol]) => symbol);
  const packed = lacking.map(([compression]) => compression).join(' and ');
  const isTooOld = symbols.includes('RD_ZSTD') && version !== null && !isAtLeast(version, ZSTD_SINCE);
  const { fixSymbols, ...breach } = lackSymbols(config, symbols);
  return {
    message: `the initrd is packed with ${packed}, and ${breach.actual}${isTooOld ? `; Linux ${version.major}.${version.minor} cannot unpack zstd at all, 5.9 and newer can` : ''}`,
    ...breach,
    ...(isTooOld ? { fix: 'pack the initrd with gzip or xz, or use Linux 5.9 or newer' } : { fixSymbols }),
  };
}

export function judgeInitrdInit(facts: KernelFacts): Breach | null {
  const { cmdline } = facts;
  const initrd = initrdOf(facts);
  // Without its program, Linux goes on to root=; one that is built in may have it.
  if (!initrd || !cmdline || namesRoot(cmdline) || hasBuiltInInitramfs(facts) === true) return null;
  const named = valuesOf(cmdline, 'rdinit').at(-1) ?? null;
  const isMissing =
    named === null ? initrd.hasInit === false : initrd.files !== null && initrd.files.at(named) === null;
  if (!isMissing) return null;
  const isCertain = hasBuiltInInitramfs(facts) === false && !mayNameRoot(facts);
  return {
    message:
      named === null
        ? 'the initrd has no /init, and the cmdline neither rdinit= nor root='
        : `the initrd has no ${named}, which rdinit= of the cmdline names`,
    requested: `${named ?? '/init'} in the initrd, or another program by rdinit=`,
    actual: `no ${named ?? '/init'}`,
    about: 'initrd',
    ...(isCertain ? {} : { severity: 'warning' }),
  };
}
