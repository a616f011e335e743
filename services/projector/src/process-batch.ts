import type { LogBatch, LogRecord, OutputRecord } from '@offerlock/event-log';
import {
  assertNever,
  expireEarly,
  fold,
  OfferlockError,
  type FoldOptions,
  type IncomingEvent,
  type Metric,
  type Settled,
} from '@offerlock/lifecycle';
import type { OfferKey, ProjectionStore } from '@offerlock/projection';
import type { OfferTimer, RecordDecoder } from '@offerlock/schemas';
import { readIncoming, type DeadLetterReason, type Incoming } from './incoming.ts';
import { outputWriterFor, type OutputEncoders, type OutputWriter } from './outputs.ts';
import { count, countStep, TalliesByTenant, type Tallies, type Tally } from './tally.ts';
import { loadWorkingSet, offerIdOf, writesOf, type WorkingOffer, type WorkingSet } from './working-set.ts';

export type Stage = 'decode' | 'load' | 'fold' | 'save';

export interface BatchProcessorParts {
  readonly decoder: RecordDecoder;
  readonly encoders: OutputEncoders;
  readonly store: ProjectionStore;
  readonly foldOptions: FoldOptions;
  /** Name of the events topic, for the source positions in metrics and dead letters. */
  readonly eventsTopic: string;
  /** ms since 1970. */
  readonly now: () => number;
}

export interface ProcessedBatch {
  readonly outputs: readonly OutputRecord[];
  /** Counts only once the outputs are committed. */
  readonly tallies: Tallies;
  readonly stageMs: Readonly<Record<Stage, number>>;
}

/**
 * Decode, load, fold, save: everything of a batch but its commit. The projection is written before the outputs are
 * known to be committed; `stateAtStart` in the working set makes that harmless. A repeat of the range gives the same
 * outputs, but for `processedAt`.
 *
 * Errors, all operational: `REGISTRY_UNAVAILABLE`, `PROJECTION_UNAVAILABLE`, `PROJECTION_CORRUPT`, `CLAIM_LOST`,
 * `OFFSET_MOVED_BACK`.
 */
export function createBatchProcessor(
  parts: BatchProcessorParts,
): (batch: LogBatch) => Promise<ProcessedBatch> {
  return async (batch) => {
    const times = [performance.now()];
    const incoming = await readIncoming(parts.decoder, batch.records);
    times.push(performance.now());
    const offers = await loadWorkingSet(parts.store, batch, keysOf(incoming));
    times.push(performance.now());
    const tallies = new TalliesByTenant();
    const write = outputWriterFor(parts.encoders, batch, parts.eventsTopic, parts.now());
    const outputs = foldBatch({ parts, batch, offers, write, tallies, outputs: [] }, incoming);
    const writes = writesOf(batch, offers);
    for (const changed of writes) outputs.push(write.offerState(changed));
    times.push(performance.now());
    if (writes.length > 0 && (await parts.store.save(writes)) === 'superseded') {
      throw new OfferlockError('CLAIM_LOST', 'a later owner of the partition has written to the projection', {
        details: { partition: batch.partition, epoch: batch.epoch },
      });
    }
    times.push(performance.now());
    const [begin = 0, decoded = 0, loaded = 0, folded = 0, saved = 0] = times;
    return {
      outputs,
      tallies: tallies.all,
      stageMs: {
        decode: decoded - begin,
        load: loaded - decoded,
        fold: folded - loaded,
        save: saved - folded,
      },
    };
  };
}

function keysOf(incoming: readonly Incoming[]): ReadonlyMap<string, OfferKey> {
  const keys = new Map<string, OfferKey>();
  for (const record of incoming) {
    if (record.kind === 'unusable') continue;
    const { actionMapId } = record.kind === 'event' ? record.event : record.timer;
    const id = offerIdOf(record.customer, actionMapId);
    if (!keys.has(id)) keys.set(id, { customer: record.customer, actionMapId });
  }
  return keys;
}

interface Folding {
  readonly parts: BatchProcessorParts;
  readonly batch: LogBatch;
  readonly offers: WorkingSet;
  readonly write: OutputWriter;
  readonly tallies: TalliesByTenant;
  readonly outputs: OutputRecord[];
}

function foldBatch(folding: Folding, incoming: readonly Incoming[]): OutputRecord[] {
  for (const [index, read] of incoming.entries()) {
    const record = folding.batch.records[index];
    if (record === undefined) throw new Error('a record was read that is not in the batch');
    switch (read.kind) {
      case 'event':
        foldEvent(folding, record, read.customer, { event: read.event, offset: record.offset });
        break;
      case 'timer':
        foldTimer(folding, record, read.customer, read.timer);
        break;
      case 'unusable':
        buryUnusable(folding, record, read);
        break;
      default:
        assertNever(read);
    }
  }
  return folding.outputs;
}

function foldEvent(folding: Folding, record: LogRecord, customer: string, incoming: IncomingEvent): void {
  const { outputs, write } = folding;
  const tally = folding.tallies.of(incoming.event.tenantId);
  const { foldOptions } = folding.parts;
  const offer = offerOf(folding, customer, incoming.event.actionMapId);
  const folded = fold(foldOptions, offer.state, incoming);
  count(tally.outcomes, folded.outcome);
  switch (folded.outcome) {
    case 'applied':
      offer.state = folded.state;
      offer.changedAt = record.offset;
      publish(folding, tally, folded.metrics);
      for (const step of folded.steps) countStep(tally.steps, step);
      for (const settled of folded.settled) settle(folding, tally, settled);
      break;
    case 'early':
      offer.state = folded.state;
      offer.changedAt = record.offset;
      outputs.push(write.timer(incoming, incoming.event.receivedAt + foldOptions.earlyGraceMs));
      break;
    case 'untracked':
      publish(folding, tally, folded.metrics);
      break;
    case 'refused': {
      const { actionState, actionMediaType } = incoming.event;
      const status = offer.state?.status ?? 'none';
      bury(
        folding,
        tally,
        record,
        folded.reason,
        `${short(actionMediaType)} ${short(actionState)} while the offer is ${status}`,
      );
      break;
    }
    case 'repeated':
      break;
    default:
      assertNever(folded);
  }
}

/** A producer may send anything in these two fields, and the detail goes into a header and the log. */
function short(name: string): string {
  return name.length <= nameCharactersMax ? name : `${name.slice(0, nameCharactersMax)}…`;
}

const nameCharactersMax = 64;

function foldTimer(folding: Folding, record: LogRecord, customer: string, timer: OfferTimer): void {
  const offer = offerOf(folding, customer, timer.actionMapId);
  const expired = expireEarly(offer.state, { offset: BigInt(timer.offset) });
  const tally = folding.tallies.of(timer.tenantId);
  count(tally.timers, expired.outcome);
  if (expired.outcome === 'settled') return;
  offer.state = expired.state;
  offer.changedAt = record.offset;
  const detail = `${expired.source.event.actionState} waited for its predecessor until ${new Date(timer.dueAt).toISOString()}`;
  buryEarly(folding, tally, expired.source, 'EARLY_EXPIRED', detail);
}

function settle(folding: Folding, tally: Tally, settled: Settled): void {
  count(tally.settled, settled.outcome);
  if (settled.outcome !== 'refused') return;
  const detail = `${settled.source.event.actionState} waited for its predecessor and can no longer fit`;
  buryEarly(folding, tally, settled.source, settled.reason, detail);
}

function publish(folding: Folding, tally: Tally, metrics: readonly Metric[]): void {
  for (const metric of metrics) {
    count(tally.metrics, metric.metric);
    folding.outputs.push(folding.write.metric(metric));
  }
}

function buryUnusable(
  folding: Folding,
  record: LogRecord,
  { tenantId, outcome, reason, detail }: Extract<Incoming, { readonly kind: 'unusable' }>,
): void {
  const tally = folding.tallies.of(tenantId);
  count(tally.outcomes, outcome);
  bury(folding, tally, record, reason, detail);
}

function bury(
  folding: Folding,
  tally: Tally,
  record: LogRecord,
  reason: DeadLetterReason,
  detail: string,
): void {
  noteDeadLetter(tally, reason, record.offset, record.key?.toString('utf8') ?? null, detail);
  folding.outputs.push(folding.write.deadLetter(record, reason, detail));
}

function buryEarly(
  folding: Folding,
  tally: Tally,
  source: IncomingEvent,
  reason: DeadLetterReason,
  detail: string,
): void {
  const key = offerIdOf(source.event.tenantId, source.event.customerId);
  noteDeadLetter(tally, reason, source.offset, key, detail);
  folding.outputs.push(folding.write.earlyDeadLetter(source, reason, detail));
}

function noteDeadLetter(
  tally: Tally,
  reason: DeadLetterReason,
  offset: bigint,
  key: string | null,
  detail: string,
): void {
  const known = tally.deadLetters.get(reason);
  if (known === undefined) tally.deadLetters.set(reason, { count: 1, first: { offset, key, detail } });
  else known.count += 1;
}

function offerOf(folding: Folding, customer: string, actionMapId: string): WorkingOffer {
  const offer = folding.offers.get(offerIdOf(customer, actionMapId));
  if (offer === undefined) throw new Error(`offer ${customer}/${actionMapId} was not loaded`);
  return offer;
}
