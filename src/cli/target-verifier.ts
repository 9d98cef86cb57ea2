import type { Command } from 'commander';
import { TARGET_VERIFIER } from '../release/target-verifier.ts';
import type { Finish } from './command.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';

export function define(command: Command, finish: Finish): void {
  command
    .description(
      'Prints a shell script for the image of a target: it verifies the folder of a bundle with minisign, with nothing of ' +
        'the bundle itself.',
    )
    .action(async () => {
      await print(TARGET_VERIFIER);
      finish(EXIT.fine);
    });
}
