import { roles, type Role } from '@offerlock/server';
import { InvalidArgumentError, type Command } from 'commander';
import type { ProgramContext } from '../program-context.ts';
import { checkKeys } from './check-keys.ts';
import { newKey } from './new-key.ts';

interface NewKeyFlags {
  readonly tenant: string;
  readonly origin?: readonly string[];
  readonly roles?: readonly Role[];
  readonly id?: string;
}

const newKeyHelp = `
Without --origin it is a secret key for servers; with it, a public one for pages of these origins.

Examples:
  offerlock keys new --tenant acme > keys.json
  offerlock keys new --tenant acme --roles reports,admin --id back-office
  offerlock keys new --tenant acme --origin https://shop.acme.example --origin http://localhost:3000

Services read the file that OFFERLOCK_KEYS_FILE names, and read it again when it changes.`;

/** `offerlock keys`: who may ask the services over HTTP. */
export function addKeys(program: Command, { terminal, answered }: ProgramContext): void {
  const keys = program.command('keys').description('keys that callers of the services send');
  keys
    .command('new')
    .description('make a key and print what to put into the keys file; nothing is written')
    .requiredOption('--tenant <id>', 'the tenant that the key acts for')
    .option('--origin <origin...>', 'pages that may use it, such as https://shop.example, or * for all')
    .option(
      '--roles <list>',
      `what a server may do: ${roles.join(', ')} (default: events,decisions)`,
      parseRoles,
    )
    .option('--id <name>', 'name of a server key (default: made of its hash)')
    .addHelpText('after', newKeyHelp)
    .action(({ tenant, origin = [], ...server }: NewKeyFlags) => {
      newKey(terminal, { tenant, origins: origin, ...server });
    });
  keys
    .command('check')
    .description('check a keys file and list its keys')
    .argument('<file>', 'as OFFERLOCK_KEYS_FILE names it')
    .addHelpText('after', '\nExits with 1 when the file is not valid, with every problem in it.')
    .action(async (file: string) => {
      answered(await checkKeys(terminal, file));
    });
}

function parseRoles(text: string): readonly Role[] {
  return text.split(',').map((name) => {
    const role = roles.find((known) => known === name.trim());
    if (role === undefined) throw new InvalidArgumentError(`Expected some of ${roles.join(', ')}.`);
    return role;
  });
}
