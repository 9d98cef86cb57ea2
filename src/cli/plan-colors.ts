import { LETTERS, type Paint } from '../reports/plan-picture.ts';
import type { Look } from './output.ts';

/** Where there is neither a terminal nor COLUMNS. */
const USUAL_WIDTH = 80;

export const planWidth = ({ width }: Look): number => width ?? USUAL_WIDTH;

/** The colours of a plan's bars. */
export function paintPlan(look: Look): Paint {
  const paints = {
    [LETTERS.loader]: look.magenta,
    [LETTERS.params]: look.yellow,
    [LETTERS.tree]: look.yellow,
    [LETTERS.kernel]: look.cyan,
    [LETTERS.run]: look.blue,
    [LETTERS.initrd]: look.green,
    [LETTERS.free]: look.dim,
  };
  return (letter, text) => paints[letter](text);
}
