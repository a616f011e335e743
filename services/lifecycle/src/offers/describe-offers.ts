import { markdownTable } from '../markdown-table.ts';
import { rangeInWords, type JsonSchema } from './json-schema.ts';
import { offerGates, offerReasons } from './reasons.ts';
import { actionMapsSchema } from './schema.ts';

/**
 * docs/offers.md: the prose, with each `{{name}}` on a line of its own replaced by what the data says of it. The printed
 * file needs no formatting.
 */
export function describeOffers(prose: string, example: string): string {
  const parts: Readonly<Record<string, () => string>> = {
    gates: gateTable,
    reasons: reasonTable,
    fields: fieldTables,
    example: () => ['```json', example.trimEnd(), '```'].join('\n'),
  };
  return prose.replaceAll(/^\{\{(\w+)\}\}$/gm, (_line, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`offers.md: nothing is known of {{${name}}}`);
    return part();
  });
}

function gateTable(): string {
  return markdownTable(
    ['', 'Gate', 'Asks', 'Reasons'],
    offerGates.map(({ gate, asks }, index) => [
      String(index + 1),
      code(gate),
      asks,
      Object.entries(offerReasons)
        .filter(([, facts]) => facts.gate === gate)
        .map(([reason]) => code(reason))
        .join(', '),
    ]),
  );
}

function reasonTable(): string {
  return markdownTable(
    ['Reason', "Vendor's name", 'Meaning'],
    Object.entries(offerReasons).map(([reason, { vendorReason, meaning }]) => [
      code(reason),
      vendorReason === null ? '–' : code(vendorReason),
      meaning,
    ]),
  );
}

function fieldTables(): string {
  const titles = {
    actionMap: 'An entry of `actionMaps`',
    action: '`action`',
    invitation: '`invitation`',
    condition: 'An entry of `pageUrlConditions`',
    eventCondition: 'An entry of `triggerWithEventConditions`',
    actionTarget: 'An entry of `actionTargets`',
    scheduleGroup: 'An entry of `scheduleGroups`',
    openingHours: 'An entry of `open`',
    closedDays: 'An entry of `closed`',
    emergencyScheduleGroup: 'An entry of `emergencyScheduleGroups`',
    frequencyCap: 'An entry of `frequencyCaps`, by media type',
  };
  return Object.entries(titles)
    .map(([name, title]) => `**${title}**\n\n${fieldTable(actionMapsSchema.$defs?.[name] ?? {})}`)
    .join('\n\n');
}

function fieldTable({ properties = {}, required = [] }: JsonSchema): string {
  return markdownTable(
    ['Field', 'Value', 'Default', 'Meaning'],
    Object.entries(properties).map(([name, field]) => [
      code(name),
      valueInWords(field),
      required.includes(name) ? 'required' : code(JSON.stringify(field.default)),
      field.description ?? '',
    ]),
  );
}

function valueInWords(field: JsonSchema): string {
  if (field.enum !== undefined) return field.enum.map((value) => code(String(value))).join(', ');
  if (field.title !== undefined) return field.title;
  if (field.oneOf !== undefined) {
    return field.oneOf.map((one) => code(one.properties?.['type']?.const ?? '')).join(', ');
  }
  if (field.minimum !== undefined || field.maximum !== undefined) return rangeInWords(field);
  if (field.maxLength !== undefined) return `text, up to ${field.maxLength} characters`;
  if (field.maxItems !== undefined) return `list, up to ${field.maxItems} entries`;
  return field.type === 'boolean' ? '`true`, `false`' : 'object';
}

function code(text: string): string {
  return `\`${text}\``;
}
