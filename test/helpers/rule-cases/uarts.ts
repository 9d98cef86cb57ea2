import { GOOD_CONFIG } from '../kernel-evidence.ts';
import type { RuleCases } from './case.ts';

export const withUarts = (count: number): string =>
  GOOD_CONFIG.replace('RUNTIME_UARTS=1', `RUNTIME_UARTS=${count}`).replace('NR_UARTS=4', 'NR_UARTS=32');

export const UART_CASES: RuleCases = {
  'kernel/runtime-uarts': {
    breaks: [
      { config: withUarts(0) },
      { config: withUarts(4), cmdline: '' },
      { config: withUarts(4), cmdline: 'console=ttyS4' },
      { cmdline: 'console=ttyS1' },
      { cmdline: 'console=tty0' },
      { cmdline: 'console=ttyS0 8250.nr_uarts=0' },
      { config: GOOD_CONFIG.replace(/.*NR_UARTS.*\n|.*RUNTIME_UARTS.*\n/g, '') },
      { config: `# CONFIG_SERIAL_8250 is not set\n${GOOD_CONFIG.replace(/.*8250.*\n/g, '')}` },
      { config: GOOD_CONFIG.replace('NR_UARTS=4', 'NR_UARTS=1'), cmdline: 'console=ttyS1 8250.nr_uarts=2' },
    ],
    // The console is on the first UART then.
    elsewhere: { change: { cmdline: 'console=ttyS1' }, severity: 'warning' },
    satisfies: [
      {},
      { config: withUarts(0), cmdline: 'console=jailhouse' },
      // It may be a UART: fewer of them would silence it for good.
      { cmdline: 'console=ttyAMA0' },
      { cmdline: 'consle=ttyS0,115200' },
      { cmdline: 'console=ttyFOO0' },
      { config: withUarts(2), cmdline: 'console=ttyS1,115200' },
      { cmdline: 'console=ttyS1 8250.nr_uarts=2' },
      { cmdline: 'console=ttyS3', config: GOOD_CONFIG.replace(/.*_UARTS.*\n/g, '') },
      { cmdline: '', config: `# CONFIG_TTY is not set\n${GOOD_CONFIG.replace(/.*8250.*\n/g, '')}` },
      { cmdline: '', config: `${GOOD_CONFIG}CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE="console=ttyS0"` },
      {
        cmdline: 'console=ttyS3',
        config: `${GOOD_CONFIG}CONFIG_CMDLINE_BOOL=y\nCONFIG_CMDLINE_OVERRIDE=y\nCONFIG_CMDLINE="console=ttyS0"`,
      },
      { config: `${GOOD_CONFIG}# CONFIG_CMDLINE_BOOL is not set\nCONFIG_CMDLINE="console=ttyS3"` },
    ],
  },
};
