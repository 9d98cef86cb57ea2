import type { KconfigAssignment } from '../../../base/diagnostic.ts';
import { architectureOf, type KernelFacts } from '../evidence.ts';
import { describeSymbol, isSetTo, isUnstated, type KernelConfig } from '../../../formats/kernel/kconfig.ts';
import { parseKernelVersion } from '../../../formats/kernel/version.ts';
import type { Breach } from '../rule.ts';

const GUEST_NEEDS: readonly KconfigAssignment[] = ['HYPERVISOR_GUEST', 'PARAVIRT', 'PCI'].map((symbol) => ({
  symbol,
  value: 'y',
}));

const GUEST = 'JAILHOUSE_GUEST';

/** By the config, else by the code in the image; where these contradict each other, that is a rule of its own. */
export function judgeGuest({ config, contents }: KernelFacts): Breach | null {
  if (contents?.jailhouseGuest || (config && isSetTo(config, GUEST, 'y'))) return null;
  const requested = `CONFIG_${GUEST}=y`;
  if (!config) {
    return {
      message: 'the code for Jailhouse guests is not in the image',
      requested,
      actual: 'no such code',
      about: 'image',
    };
  }
  const actual = describeSymbol(config, GUEST);
  const fixSymbols = [{ symbol: GUEST, value: 'y' }, ...GUEST_NEEDS];
  return { message: actual, requested, actual, about: 'config', symbol: GUEST, fixSymbols };
}

const notOwn = (message: string, requested: string, actual: string): Breach => ({
  message,
  requested,
  actual,
  about: 'config',
});

const inShort = (text: string | null | undefined): string | null => {
  const version = parseKernelVersion(text ?? '');
  return version && `${version.major}.${version.minor}`;
};

/** Words of a banner, and the symbols of which one puts it there (Linux, init/Makefile and scripts/mkcompile_h). */
const BANNER_WORDS: readonly { word: RegExp; name: string; symbols: readonly string[] }[] = [
  { word: /\bSMP\b/, name: 'SMP', symbols: ['SMP'] },
  {
    word: /\bPREEMPT/,
    name: 'PREEMPT',
    symbols: ['PREEMPT', 'PREEMPT_BUILD', 'PREEMPT_DYNAMIC', 'PREEMPT_RT', 'PREEMPT_RT_FULL'],
  },
  { word: /\bPREEMPT[_ ]RT\b/, name: 'PREEMPT_RT', symbols: ['PREEMPT_RT', 'PREEMPT_RT_FULL'] },
];
/** UTS_VERSION has no more characters: what comes after them is cut off. */
const MAX_BUILD = 64;

/** What the banner says of the build, against the config: its words, and the name that the config gives the release. */
function bannerBreach(config: KernelConfig, banner: string): Breach | null {
  const local = config.symbols.get('LOCALVERSION');
  const release = banner.split(' ')[0]!;
  if (local?.type === 'string' && !release.includes(local.value)) {
    const actual = describeSymbol(config, 'LOCALVERSION');
    return {
      ...notOwn(
        `${actual}, but the image is ${release}`,
        `a release with ${local.value} in its name`,
        actual,
      ),
      symbol: 'LOCALVERSION',
    };
  }
  const build = / (#\d.*)/.exec(banner)?.[1];
  if (build === undefined) return null;
  for (const { word, name, symbols } of BANNER_WORDS) {
    const isThere = word.test(build);
    const isSet = symbols.some((symbol) => isSetTo(config, symbol, 'y'));
    if (isThere === isSet || (!isThere && build.length >= MAX_BUILD)) continue;
    if (!isSet && symbols.some((symbol) => isUnstated(config, symbol))) continue;
    const symbol = symbols.find((each) => isSetTo(config, each, 'y')) ?? symbols[0]!;
    const actual = describeSymbol(config, symbol);
    const said = isThere ? `says ${name}` : `does not say ${name}`;
    return {
      ...notOwn(`${actual}, but the banner of the image ${said}`, 'what the image shows', actual),
      symbol,
    };
  }
  return null;
}

/** What config and image both say, and say differently; distributions number patch levels each in their own way. */
export function judgeOwnership({ architecture, config, contents, image }: KernelFacts): Breach | null {
  if (!config) return null;
  const configured = architectureOf(config) ?? architecture;
  if (configured !== architecture) {
    return notOwn(
      `the kernel config is for ${configured}, the kernel is for ${architecture}`,
      architecture,
      configured,
    );
  }
  const [said, shown] = [inShort(config.version), inShort(contents?.banner ?? image?.version)];
  if (said !== null && shown !== null && said !== shown) {
    return notOwn(`the kernel config is for Linux ${said}, the image is Linux ${shown}`, shown, said);
  }
  const banner = contents?.banner ?? image?.version;
  const breach = banner && shown !== null ? bannerBreach(config, banner) : null;
  if (breach) return breach;
  const hasGuest = contents?.jailhouseGuest;
  if (isUnstated(config, GUEST) || hasGuest === undefined || hasGuest === isSetTo(config, GUEST, 'y'))
    return null;
  const actual = describeSymbol(config, GUEST);
  const inImage = hasGuest ? 'is in the image' : 'is not in the image';
  return {
    ...notOwn(`${actual}, but the code for Jailhouse guests ${inImage}`, `what the image shows`, actual),
    symbol: GUEST,
  };
}
