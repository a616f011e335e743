/** Asks for decisions, for `bench:trigger`. Arguments: URL, customers, seconds, connections, questions a second (0: as many as are answered). */
import { connect } from 'node:net';

const [url = '', customersText, secondsText, connectionsText, rateText] = process.argv.slice(2);
const [customers, seconds, connections, rate] = [customersText, secondsText, connectionsText, rateText].map(
  Number,
) as [number, number, number, number];
const { hostname, port } = new URL(url);

interface Client {
  ask(): void;
  readonly isFree: () => boolean;
}

const latencies: number[] = [];
const statuses = new Map<string, number>();
/** When each question that waits for a connection was due: what it waits there counts. */
const waiting: number[] = [];

function questionOf(): string {
  const customer = Math.floor(Math.random() * customers);
  const body = `{"customerId":"c${customer}","sessionId":"s${customer}","page":{"url":"https://shop.example/cart/checkout?step=2"}}`;
  const head = `POST /v1/decisions HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n`;
  return `${head}content-length: ${body.length}\r\n\r\n${body}`;
}

function createClient(onAnswer: () => void): Client {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let received = '';
  let askedAt: number | null = null;
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    received += chunk;
    const end = received.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/content-length: (\d+)/i.exec(received.slice(0, end))?.[1]);
    if (received.length < end + 4 + length || askedAt === null) return;
    const status = received.slice(end + 4, end + 40).includes('"decided"') ? 'decided' : 'other';
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    latencies.push(performance.now() - askedAt);
    received = '';
    askedAt = null;
    onAnswer();
  });
  return {
    isFree: () => askedAt === null,
    ask() {
      askedAt = waiting.shift() ?? performance.now();
      socket.write(questionOf());
    },
  };
}

const begunAt = performance.now();
const endsAt = begunAt + seconds * 1_000;
const isOver = (): boolean => performance.now() >= endsAt;
const clients = Array.from({ length: connections }, () => {
  const client: Client = createClient(() => {
    if (!isOver() && (rate === 0 || waiting.length > 0)) client.ask();
  });
  return client;
});

if (rate === 0) for (const client of clients) client.ask();
let due = 0;
const timer = setInterval(() => {
  if (isOver()) {
    clearInterval(timer);
    latencies.sort((one, other) => one - other);
    const at = (fraction: number): number => latencies[Math.floor(latencies.length * fraction)] ?? 0;
    const found = {
      answers: latencies.length,
      p50: at(0.5),
      p99: at(0.99),
      statuses: Object.fromEntries(statuses),
    };
    process.stdout.write(JSON.stringify(found), () => process.exit(0));
    return;
  }
  const dueByNow = Math.floor(((performance.now() - begunAt) * rate) / 1_000);
  for (; due < dueByNow; due += 1) {
    waiting.push(begunAt + (due * 1_000) / rate);
    clients.find(({ isFree }) => isFree())?.ask();
  }
}, 1);
