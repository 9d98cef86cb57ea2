import type { Cmdline } from '../../../formats/kernel/cmdline.ts';
import { misspeltParameter } from '../../../formats/kernel/parameter-names.ts';
import type { KernelFacts } from '../evidence.ts';
import type { Breach } from '../rule.ts';

/** Words that Linux does not know, with the parameter that each is a slip of the pen of. */
const misspeltIn = ({ parameters }: Cmdline): { word: string; meant: string }[] =>
  parameters.flatMap(({ name, value }) => {
    const meant = misspeltParameter(name);
    const rest = value === null ? '' : `=${value}`;
    return meant === null ? [] : [{ word: `${name}${rest}`, meant: `${meant}${rest}` }];
  });

/** Whether a word of the command line may be meant to be this parameter. */
export const seemsToMean = (cmdline: Cmdline, wanted: string): boolean =>
  cmdline.parameters.some(({ name }) => misspeltParameter(name) === wanted);

export function judgeNearMiss({ cmdline }: KernelFacts): Breach | null {
  const found = cmdline ? misspeltIn(cmdline) : [];
  if (found.length === 0) return null;
  const pairs = found.map(({ word, meant }) => `${word}, which looks like ${meant}`);
  return {
    message: `Linux does not know ${pairs.join(' and ')}`,
    requested: found.map(({ meant }) => meant).join(' '),
    actual: found.map(({ word }) => word).join(' '),
    about: 'cmdline',
  };
}
