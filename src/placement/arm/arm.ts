import type { ArchitectureSupport } from '../architecture.ts';
import { cmaIn, driversFor, hasStdout, storageOf } from './drivers.ts';
import { planArm } from './plan.ts';
import { arm64Variant, armVariant } from './protocols.ts';

/** Kernels learn their UARTs from the device tree. */
const common = {
  needsDtb: true,
  announcesUarts: () => true,
  hasStdout,
  storage: storageOf,
  cma: cmaIn,
  drivers: driversFor,
};

export const arm64: ArchitectureSupport = {
  ...common,
  machines: ['aarch64'],
  plan: (request) => planArm(request, arm64Variant),
};

export const arm: ArchitectureSupport = {
  ...common,
  machines: ['armv7l', 'armv8l'],
  plan: (request) => planArm(request, armVariant),
};
