import type { DescribedKernel } from './kernel.ts';

export function configText({ config }: Pick<DescribedKernel, 'config'>): string {
  switch (config.status) {
    case 'embedded':
      return `embedded, ${config.symbols} symbols; ${config.jailhouseGuest}`;
    case 'not-built-in':
      return 'not built in (CONFIG_IKCONFIG)';
    case 'not-decodable':
      return config.compression === 'unknown'
        ? 'out of reach: the payload is packed in a way that is not known'
        : `out of reach: the payload is packed with ${config.compression}, which is not unpacked here`;
    case 'not-located':
      return 'out of reach: the boot protocol does not say where the payload is';
    case 'damaged':
      return config.problem;
  }
}
