import { hex } from '../../base/address.ts';
import type { Party } from '../../checks/cell/scene.ts';
import { portRuns, UART_PORT_COUNT, UART_PORTS } from '../../formats/cell/resources.ts';
import type { Run } from '../../base/runs.ts';
import { partiesOf, type Machine } from './machine.ts';
import { portName } from './registers.ts';

const runText = ([first, last]: Run): string => (first === last ? hex(first) : `${hex(first)}-${hex(last)}`);

const runAt = ({ description }: Party, port: number): Run | null =>
  portRuns(description.pio).find(([first, last]) => first <= port && port <= last) ?? null;

const uartOf = (port: number): string | null => {
  const index = UART_PORTS.findIndex((base) => base <= port && port < base + UART_PORT_COUNT);
  return index < 0 ? null : `the UART ttyS${index}`;
};

/** What a port of a PC is for; `null`: that differs from machine to machine. */
const portUse = (port: number): string | null => uartOf(port) ?? portName(port);

/** Names whose a port is. */
export function namePort(
  machine: Machine,
  owner: Party,
  port: number,
): { sentences: string[]; short: string } {
  const use = portUse(port);
  const own = runAt(owner, port);
  const who = owner.index === null ? 'the root cell' : 'the guest';
  const is = use === null ? '' : ` (${use})`;
  const others = partiesOf(machine).flatMap((party) => {
    const run = party === owner ? null : runAt(party, port);
    return run === null ? [] : [`${party.title} may use the ports ${runText(run)}, this one among them`];
  });
  const runs = portRuns(owner.description.pio);
  const all =
    runs.length === 0
      ? 'no port at all'
      : runs.map(runText).slice(0, MOST_RUNS).join(', ') +
        (runs.length > MOST_RUNS ? ` and ${runs.length - MOST_RUNS} more ranges` : '');
  return {
    sentences: [
      own === null
        ? `port ${hex(port)}${is} is in no PIO region of ${owner.title}, which has ${all}`
        : `port ${hex(port)}${is} is in the PIO region ${runText(own)} of ${owner.title}, so the config allows it: the config on the target may be another one`,
      ...others,
    ],
    short:
      own === null
        ? `${who} used port ${hex(port)}${is}, which no PIO region of ${owner.title} has`
        : `${who} used port ${hex(port)}${is}`,
  };
}

const MOST_RUNS = 8;
