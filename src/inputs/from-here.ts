import { relative, resolve, sep } from 'node:path';
import type { Place } from '../reports/report.ts';

/** A path as reports for others have it: from the working directory, the same on every machine. */
export const fromHere = (file: string): string => relative('', resolve(file)).split(sep).join('/');

export const placeFromHere = (place: Place): Place => ({ ...place, file: fromHere(place.file) });
