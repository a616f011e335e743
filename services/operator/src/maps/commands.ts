import type { Command } from 'commander';
import type { ProgramContext } from '../program-context.ts';
import { variablesHelp } from '../variables-help.ts';
import { applyMaps } from './apply-maps.ts';
import { checkMaps } from './check-maps.ts';
import { showMaps } from './show-maps.ts';

interface ServiceFlags {
  readonly url?: string;
  readonly tenant?: string;
}

const applyHelp = `
Versions of action maps are added and never change: to change a map, give it a greater version. Targets, schedules,
emergency groups and frequency caps take the place of those of the same id. What the file does not name stays. All of it
is applied, or nothing; applying it again changes nothing.

Examples:
  offerlock maps apply action-maps.json --dry-run
  offerlock maps apply action-maps.json --url http://127.0.0.1:8082

Exits with 1 when the file is refused; each problem is printed with its file, line and column.`;

const checkHelp = `
Needs no service, so it cannot know what is published: references to targets and schedules must be in the file.

Exits with 1 when something is wrong.`;

/** `offerlock maps` */
export function addMaps(program: Command, { systems, terminal, answered }: ProgramContext): void {
  const maps = program.command('maps').description('the action maps of a tenant: what is offered, and when');

  withService(
    maps
      .command('apply')
      .description('publish a file of action maps')
      .argument('<file>', 'JSON, see docs/offers.md'),
  )
    .option('--dry-run', 'only say what would be changed')
    .option('--json', 'as JSON')
    .addHelpText('after', `${applyHelp}\n\n${variablesHelp('Service')}`)
    .action(
      async (file: string, flags: ServiceFlags & { readonly dryRun?: boolean; readonly json?: boolean }) => {
        const { url, tenant = null, dryRun = false, json = false } = flags;
        answered(await applyMaps(systems.openService(url), terminal, { file, tenant, dryRun, json }));
      },
    );

  maps
    .command('check')
    .description('check a file of action maps, without any service')
    .argument('<file>', 'JSON, see docs/offers.md')
    .addHelpText('after', checkHelp)
    .action(async (file: string) => {
      answered(await checkMaps(terminal, file));
    });

  withService(
    maps
      .command('show')
      .description('show what is published')
      .argument('[id]', 'one map, with all of its versions'),
  )
    .option('--json', 'as JSON; without an id it is a file that `apply` takes')
    .addHelpText('after', `\nExits with 1 when there is no such map.\n\n${variablesHelp('Service')}`)
    .action(async (id: string | undefined, flags: ServiceFlags & { readonly json?: boolean }) => {
      const { url, tenant = null, json = false } = flags;
      answered(await showMaps(systems.openService(url), terminal, { id: id ?? null, tenant, json }));
    });
}

function withService(command: Command): Command {
  return command
    .option('--url <url>', 'address of the trigger or of npm start (default: OFFERLOCK_URL)')
    .option('--tenant <id>', "the tenant (default: the key's, or default)");
}
