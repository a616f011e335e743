export { createTerminal, type TerminalStreams } from './terminal.ts';
export { exitCodes, runOperator, type OperatorContext } from './run-operator.ts';
export type { Clock, Progress, Systems, Terminal, TopicDefinition, TopicResult } from './ports.ts';
export { publishTraffic, type Publishing } from './publish-traffic.ts';
