import { diagnosticOf, InputError, type Diagnostic } from '../base/diagnostic.ts';
import type { KernelContents } from '../formats/kernel/contents.ts';
import type { ExaminedKernel } from '../formats/kernel/examine.ts';
import { describeSymbol, parseKernelConfig } from '../formats/kernel/kconfig.ts';
import type { DescribedConfig } from './schema/kernel.ts';

const without = (status: DescribedConfig['status'], problem: string | null): DescribedConfig => ({
  status,
  version: null,
  symbols: null,
  jailhouseGuest: null,
  problem,
});

/** The kernel's embedded config, in short, and what is wrong with it. */
export function describeConfig({ embedded }: ExaminedKernel): {
  config: DescribedConfig;
  diagnostics: Diagnostic[];
} {
  try {
    if (embedded instanceof InputError) throw embedded;
    if (embedded.kind !== 'found') {
      const config = without(embedded.kind, embedded.kind === 'not-located' ? embedded.because : null);
      return { config, diagnostics: [] };
    }
    const parsed = parseKernelConfig(embedded.text);
    const config = {
      status: 'embedded' as const,
      version: parsed.version,
      symbols: parsed.symbols.size,
      jailhouseGuest: describeSymbol(parsed, 'JAILHOUSE_GUEST'),
      problem: null,
    };
    return { config, diagnostics: [] };
  } catch (error) {
    const diagnostic = diagnosticOf(error);
    return { config: without('damaged', diagnostic.message), diagnostics: [diagnostic] };
  }
}

export function configText({ config }: { config: DescribedConfig }): string {
  switch (config.status) {
    case 'embedded':
      return `embedded, ${config.symbols} symbols; ${config.jailhouseGuest}`;
    case 'not-built-in':
      return 'not built in (CONFIG_IKCONFIG)';
    case 'not-decodable':
      return 'cannot be read: the payload is packed in an unknown way';
    case 'not-located':
      return `cannot be read: ${config.problem}`;
    case 'damaged':
      return config.problem!;
  }
}

/** What the unpacked kernel shows of its support for Jailhouse. */
export function guestText(contents: KernelContents | null): string {
  if (contents === null) return 'not known';
  const { jailhouseGuest, uartFlags } = contents;
  if (!jailhouseGuest) return 'none';
  if (uartFlags === null) return 'yes; it is not known whether it knows UART flags';
  return uartFlags ? 'yes, and it knows UART flags' : 'yes, but it does not know UART flags';
}

export const wrappingText = (wrapping: string | null): string | null =>
  wrapping === 'zboot' ? 'an EFI zboot image' : wrapping;
