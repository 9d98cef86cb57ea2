import { SIGNALS } from '../inputs/signals.ts';
import { EXIT } from './exit.ts';

/** What the exit codes mean, for the manual pages and the reference. */
export const EXIT_TEXTS: readonly { codes: readonly number[]; text: string }[] = [
  {
    codes: [EXIT.fine],
    text: 'fine: no finding fails. `diff`: nothing differs. `explain`: also where no line is known',
  },
  {
    codes: [EXIT.findings],
    text: 'a finding fails, or a file is bad input. `diff`: something differs. `boot`: a cell does not start',
  },
  { codes: [EXIT.usage], text: 'wrong usage. `diff`: also bad input, where nothing can be compared' },
  { codes: [EXIT.notRun], text: '`boot`: it could not be tried, say without QEMU' },
  { codes: [EXIT.undecided], text: '`boot`: it was tried, and nothing is certain' },
  {
    codes: Object.values(SIGNALS),
    text: 'SIGHUP, SIGINT or SIGTERM ended it; nothing half-written is left',
  },
];
