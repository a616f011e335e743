import type { Command } from 'commander';
import type { ProgramContext } from '../program-context.ts';
import { UsageError } from '../usage-error.ts';
import { variablesHelp } from '../variables-help.ts';
import { explain } from './explain.ts';

interface ExplainFlags {
  readonly page: string;
  readonly session: string;
  readonly segment?: readonly string[];
  readonly tenant?: string;
  readonly url?: string;
  readonly json?: boolean;
}

const help = `
Asks the trigger, which answers as it would decide, without promising or publishing anything.

Example:
  offerlock explain visitor-1 --page https://shop.example/checkout --segment returning

Exits with 1 when nothing would be offered.`;

/** `offerlock explain` */
export function addExplain(program: Command, { systems, terminal, answered }: ProgramContext): void {
  program
    .command('explain')
    .description('say why each action map would or would not be offered to a customer, gate by gate')
    .argument('<customer>', "the customer's id")
    .requiredOption('--page <url>', 'the page that the visitor is on')
    .option('--session <id>', 'the visit', 'explain')
    .option('--segment <name...>', 'segments that are assigned to the customer')
    .option('--tenant <id>', "the tenant (default: the key's, or default)")
    .option('--url <url>', 'address of the trigger or of npm start (default: OFFERLOCK_URL)')
    .option('--json', 'as JSON')
    .addHelpText('after', `${help}\n\n${variablesHelp('Service')}`)
    .action(async (customer: string, flags: ExplainFlags) => {
      if (customer.includes('/')) {
        throw new UsageError(
          `expected a customer's id, and the tenant with --tenant, got ${JSON.stringify(customer)}`,
        );
      }
      const { page, session, segment: segments = [], tenant = null, url, json = false } = flags;
      const options = { customer, tenant, page, session, segments, json };
      answered(await explain(systems.openService(url), terminal, options));
    });
}
