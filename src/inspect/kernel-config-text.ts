import type { DescribedKernel } from './kernel.ts';

export function configText({ config }: Pick<DescribedKernel, 'config'>): string {
  switch (config.status) {
    case 'embedded':
      return `embedded, ${config.symbols} symbols; ${config.jailhouseGuest}`;
    case 'not-built-in':
      return 'not built in (CONFIG_IKCONFIG)';
    case 'not-decodable':
      return 'out of reach: the payload is packed in a way that is not known';
    case 'not-located':
      return `out of reach: ${config.because}`;
    case 'damaged':
      return config.problem;
  }
}
