import { diagnosticOf, InputError } from '../base/diagnostic.ts';
import type { ExaminedKernel } from '../formats/kernel/examine.ts';
import { describeSymbol, parseKernelConfig } from '../formats/kernel/kconfig.ts';

/** The kernel's embedded config, in short. */
export function describeConfig({ embedded }: ExaminedKernel) {
  if (embedded instanceof InputError) return { status: 'damaged' as const, problem: embedded.message };
  if (embedded.kind === 'not-located') return { status: 'not-located' as const, because: embedded.because };
  if (embedded.kind !== 'found') return { status: embedded.kind };
  try {
    const config = parseKernelConfig(embedded.text);
    return {
      status: 'embedded' as const,
      version: config.version,
      symbols: config.symbols.size,
      jailhouseGuest: describeSymbol(config, 'JAILHOUSE_GUEST'),
    };
  } catch (error) {
    return { status: 'damaged' as const, problem: diagnosticOf(error).message };
  }
}
