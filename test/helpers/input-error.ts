import { InputError } from '../../src/base/diagnostic.ts';

/** What a step gives, or its InputError; any other error fails the test. */
export async function outcomeOf<T>(step: () => T | Promise<T>): Promise<T | InputError> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

/** Code and message of the InputError that a step throws; `none` if it throws nothing. Any other error fails the test. */
export function refusalOf(step: () => unknown): string {
  try {
    step();
  } catch (error) {
    if (error instanceof InputError) return `${error.diagnostic.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}
