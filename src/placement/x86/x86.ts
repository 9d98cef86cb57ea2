import type { ArchitectureSupport } from '../architecture.ts';
import { planX86 } from './plan.ts';
import { LOADERS } from './releases.ts';

export const x86: ArchitectureSupport = {
  machines: ['x86_64'],
  needsDtb: false,
  plan: planX86,
  announcesUarts: ({ revision }) => LOADERS[revision]?.setupData === 'version2',
  hasStdout: () => null,
  storage: () => null,
  cma: () => [],
  drivers: () => [],
};
