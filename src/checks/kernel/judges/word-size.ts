import type { KernelFacts } from '../evidence.ts';
import { describeSymbol, isSetTo, isTurnedOff } from '../../../formats/kernel/kconfig.ts';
import type { Breach } from '../rule.ts';

const WORD_SIZE_SYMBOLS = ['64BIT', 'X86_64'];

/** Both witnesses must agree where they speak; where the header cannot, the config decides. */
export function judgeWordSize({ image, config }: KernelFacts): Breach | null {
  const is64Bit = image?.format === 'bzImage' ? image.is64Bit : null;
  const requested = '64-bit (CONFIG_64BIT=y, CONFIG_X86_64=y)';
  if (is64Bit === false) {
    const actual = '32-bit (XLF_KERNEL_64 is clear)';
    return { message: 'the kernel is 32-bit, according to its header', requested, actual, about: 'image' };
  }
  if (config) {
    const off = WORD_SIZE_SYMBOLS.find((symbol) => isTurnedOff(config, symbol));
    const isOn = WORD_SIZE_SYMBOLS.some((symbol) => isSetTo(config, symbol, 'y'));
    if (off === undefined && (isOn || is64Bit)) return null;
    const symbol = off ?? '64BIT';
    const contradicts = is64Bit ? ", but its header says 64-bit (is this the kernel's own config?)" : '';
    return {
      message: `the kernel is 32-bit, according to its config${contradicts}`,
      requested,
      actual: describeSymbol(config, symbol),
      about: 'config',
      symbol,
      fixSymbols: WORD_SIZE_SYMBOLS.map((each) => ({ symbol: each, value: 'y' })),
    };
  }
  if (is64Bit) return null;
  return {
    message:
      'it is not known whether the kernel is 64-bit: its header is too old to say it, and there is no config',
    requested,
    actual: 'unknown',
    about: 'image',
    severity: 'warning',
  };
}
