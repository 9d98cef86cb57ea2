import type { KernelContents } from '../../../src/formats/kernel/contents.ts';
import { GOOD_CONFIG, makeKernel } from '../kernel-evidence.ts';
import { mustBeOff, mustBeOn, NO_CONFIG, withLines, without, type RuleCases } from './case.ts';

const image32 = makeKernel({ xloadflags: 0 }).image;
const oldImage = makeKernel({ protocol: 0x20b }).image;
const without64 = without('64BIT', 'X86_64');

const contents = (change: Partial<KernelContents> = {}): KernelContents => ({
  size: 1 << 20,
  banner: '6.1.0 (tests)',
  jailhouseGuest: true,
  uartFlags: true,
  ...change,
});
const SMP = '6.1.192 (u@h) (gcc 12.2.0) #1 SMP Mon Jan 1 00:00:00 UTC 2024';
const stranger = contents({ jailhouseGuest: false });

/** The rules of Jailhouse's document, by hand from it. */
export const DOCUMENT_CASES: RuleCases = {
  'kernel/config-not-own': {
    breaks: [
      { contents: stranger },
      { contents: contents(), config: withLines('# CONFIG_JAILHOUSE_GUEST is not set') },
      { contents: contents({ banner: '5.10.0 (tests)' }) },
      { image: makeKernel({ version: '6.10.1 (tests)' }).image },
      { config: 'CONFIG_ARM64=y\n' },
      { architecture: 'arm', image: null },
      // What the banner says of the build.
      { contents: contents({ banner: '6.1.192 (u@h) (gcc) #1 Mon Jan 1 00:00:00 UTC 2024' }) },
      { image: makeKernel({ version: '6.1.192 (u@h) #1 SMP PREEMPT_DYNAMIC Mon Jan 1' }).image },
      { contents: contents({ banner: SMP }), config: withLines('CONFIG_PREEMPT=y') },
      { contents: contents({ banner: SMP }), config: withLines('# CONFIG_SMP is not set') },
      {
        contents: contents({ banner: '6.1.192 (u@h) #1 SMP PREEMPT Mon Jan 1' }),
        config: withLines('CONFIG_PREEMPT_BUILD=y', 'CONFIG_PREEMPT_RT=y'),
      },
      { contents: contents({ banner: SMP }), config: withLines('CONFIG_LOCALVERSION="-cell"') },
    ],
    satisfies: [
      {},
      { contents: contents() },
      { contents: contents({ banner: null }) },
      { contents: contents({ banner: '6.1.0-53-amd64 (debian) 6.1.192-1' }) },
      { contents: stranger, config: withLines('# CONFIG_JAILHOUSE_GUEST is not set') },
      { image: makeKernel({ version: 'unknown' }).image },
      { config: GOOD_CONFIG.replace(/^#.*/, '') },
      { contents: contents({ banner: SMP }) },
      { contents: contents({ banner: SMP }), config: withLines('CONFIG_LOCALVERSION=""') },
      {
        contents: contents({ banner: '6.1.192-cell+ (u@h) #7 SMP PREEMPT_RT Mon Jan 1' }),
        config: withLines('CONFIG_LOCALVERSION="-cell"', 'CONFIG_PREEMPT_RT=y'),
      },
      {
        contents: contents({ banner: '4.19.72-rt (u@h) #7 SMP PREEMPT RT Mon Jan 1' }),
        config: `${GOOD_CONFIG.replace(/^#.*/, '')}CONFIG_PREEMPT_RT_FULL=y\n`,
      },
      {
        contents: contents({ banner: '6.1.0-57-cloud-amd64 (u@h) #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-1' }),
        config: withLines('CONFIG_PREEMPT_VOLUNTARY=y', 'CONFIG_PREEMPT_DYNAMIC=y'),
      },
    ],
  },
  'kernel/jailhouse-guest': {
    breaks: [
      { config: withLines('# CONFIG_JAILHOUSE_GUEST is not set') },
      { config: without('JAILHOUSE_GUEST') },
      { config: without('JAILHOUSE_GUEST'), contents: stranger },
      { config: NO_CONFIG, contents: stranger },
    ],
    satisfies: [
      {},
      { config: NO_CONFIG, contents: contents() },
      { config: without('JAILHOUSE_GUEST'), contents: contents() },
      { contents: stranger },
    ],
  },
  'kernel/hypervisor-guest': {
    ...mustBeOn('HYPERVISOR_GUEST'),
    satisfies: [
      {},
      { image: makeKernel({ version: '3.9' }).image, config: without('HYPERVISOR_GUEST') },
      { config: withLines('CONFIG_HYPERVISOR_GUEST=y') },
    ],
  },
  'kernel/paravirt': { ...mustBeOn('PARAVIRT'), mainline: { error: '4.15', warning: '4.16' } },
  'kernel/pci': mustBeOn('PCI'),
  'kernel/serio': {
    breaks: [{ config: withLines('CONFIG_SERIO=y') }, { config: withLines('CONFIG_SERIO=m') }],
    satisfies: [{}, { config: without('SERIO') }],
    mainline: { error: '4.15.18', warning: '4.16.0' },
  },
  'kernel/pm-trace-rtc': {
    ...mustBeOff('PM_TRACE_RTC'),
    mainline: { error: '5.14', warning: '5.15-rc1' },
  },
  'kernel/64bit': {
    breaks: [
      { image: image32 },
      { image: image32, config: NO_CONFIG },
      { config: withLines('# CONFIG_64BIT is not set') },
      { image: oldImage, config: without64 },
      { image: oldImage, config: NO_CONFIG },
      { image: null, config: `${without64}CONFIG_64BIT=n` },
    ],
    satisfies: [{}, { config: NO_CONFIG }, { image: oldImage }, { config: without64 }, { image: null }],
  },
};
