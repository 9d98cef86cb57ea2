import type { KconfigAssignment } from '../../../base/diagnostic.ts';
import { architectureOf, type KernelFacts } from '../evidence.ts';
import { describeSymbol, isSetTo } from '../../../formats/kernel/kconfig.ts';
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
  const hasGuest = contents?.jailhouseGuest;
  if (hasGuest === undefined || hasGuest === isSetTo(config, GUEST, 'y')) return null;
  const actual = describeSymbol(config, GUEST);
  const inImage = hasGuest ? 'is in the image' : 'is not in the image';
  return {
    ...notOwn(`${actual}, but the code for Jailhouse guests ${inImage}`, `what the image shows`, actual),
    symbol: GUEST,
  };
}
