export { encodeContent } from './encode-content.ts';
export { parseExpectedCounts, type Counts, type Example, type ExpectedCounts } from './expected-counts.ts';
export {
  defaultShares,
  simulateTraffic,
  type Traffic,
  type TrafficOptions,
  type TrafficShares,
} from './simulate-traffic.ts';
export type {
  ExpectedOutcome,
  SimulatedContent,
  SimulatedKind,
  SimulatedRecord,
  UnreadableReason,
} from './simulated-record.ts';
