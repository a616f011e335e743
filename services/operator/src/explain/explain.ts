import type { Explanation } from '@offerlock/trigger';
import { formatDuration, formatTable } from '../format.ts';
import type { ServiceClient, Terminal } from '../ports.ts';

export interface ExplainOptions {
  readonly customer: string;
  /** null: the key's. */
  readonly tenant: string | null;
  /** Of the page that the visitor is on. */
  readonly page: string;
  readonly session: string;
  readonly segments: readonly string[];
  readonly json: boolean;
}

/** `offerlock explain`. False when nothing would be offered. Error: `ServiceFailed`. */
export async function explain(
  service: ServiceClient,
  terminal: Terminal,
  { customer, tenant, page, session, segments, json }: ExplainOptions,
): Promise<boolean> {
  const explanation = (await service.request('POST', '/v1/decisions/explain', {
    ...(tenant === null ? {} : { tenantId: tenant }),
    customerId: customer,
    sessionId: session,
    page: { url: page },
    segments,
  })) as Explanation;
  terminal.print(json ? JSON.stringify(explanation, null, 2) : describeExplanation(explanation));
  return explanation.offers.length > 0;
}

type MapExplanation = Explanation['maps'][number];

export function describeExplanation(explanation: Explanation): string {
  const { offers, maps, detail } = explanation;
  const verdict =
    detail !== null
      ? `Nothing is offered: ${detail}.`
      : offers.length === 0
        ? `Nothing is offered${maps.length === 0 ? ': the tenant has no action maps' : ''}.`
        : `Offered: ${offers.map(({ actionMapId, mediaType }) => `${actionMapId} (${mediaType})`).join(', ')}.`;
  return [verdict, builtOn(explanation), ...maps.map(describeMap)].join('\n\n');
}

function builtOn({ facts }: Explanation): string {
  const { lagMs, pending } = facts;
  const behind =
    lagMs === null ? 'nobody tells how far the projection is' : `projection ${formatDuration(lagMs)} behind`;
  const promised = pending.filter(({ reserved }) => reserved !== null).map(({ actionMapId }) => actionMapId);
  return `Built on: ${behind}${promised.length === 0 ? '' : `; promised and maybe not shown yet: ${promised.join(', ')}`}.`;
}

const marks = { passed: 'yes', stopped: 'NO', 'not-reached': '' } as const;

function describeMap({
  actionMapId,
  actionMapVersion,
  displayName,
  mediaType,
  outcome,
  gates,
}: MapExplanation): string {
  const title = `${actionMapId} version ${actionMapVersion} (${displayName}, ${mediaType}): ${
    outcome === 'offered' ? 'OFFERED' : 'held back'
  }`;
  const rows = gates.map((gate) => [
    gate.gate,
    marks[gate.result],
    gate.result === 'stopped' ? `${gate.reason}: ${gate.why}` : gate.asks,
  ]);
  return `${title}\n${formatTable(['gate', 'passed', 'question, or why not'], rows)}`;
}
