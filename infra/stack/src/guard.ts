import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';

/*
 * A small process between us and the servers: it is their parent, and it ends them and removes their data when the
 * process that holds the stack goes away, by whatever death. It learns that from the channel between them, which the
 * system closes even after a SIGKILL. It starts the servers itself, so that no moment exists in which a server runs
 * that nobody would end.
 */

export type GuardCommand =
  | {
      readonly command: 'spawn';
      readonly request: number;
      readonly file: string;
      readonly args: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
      readonly logFile: string;
    }
  /** From now on the holder may go; who connects to this socket ends the stack. */
  | { readonly command: 'outlive'; readonly socketPath: string }
  | { readonly command: 'end' };

export type GuardReport =
  | { readonly report: 'spawned'; readonly request: number; readonly pid: number }
  | { readonly report: 'exited'; readonly request: number; readonly how: string }
  | { readonly report: 'outliving' };

const dataDir = process.argv[2];
if (dataDir === undefined || process.send === undefined) {
  throw new Error('this file is started by the stack, with a data directory and a channel');
}

const servers = new Set<ChildProcess>();
let outlives = false;
let ending = false;

function report(message: GuardReport): void {
  if (process.connected) process.send?.(message);
}

function endStack(): void {
  ending = true;
  // The data goes too, so there is nothing that a gentler signal would save.
  for (const server of servers) server.kill('SIGKILL');
  leaveWhenEnded();
}

function leaveWhenEnded(): void {
  if (!ending || servers.size > 0) return;
  rmSync(dataDir as string, { recursive: true, force: true });
  process.exit(0);
}

process.on('message', (message: GuardCommand) => {
  switch (message.command) {
    case 'spawn': {
      const log = openSync(message.logFile, 'a');
      const server = spawn(message.file, message.args, {
        cwd: dataDir,
        env: { ...process.env, ...message.environment },
        stdio: ['ignore', log, log],
      });
      closeSync(log);
      servers.add(server);
      const { request } = message;
      server.once('error', (error) => {
        servers.delete(server);
        report({ report: 'exited', request, how: error.message });
        leaveWhenEnded();
      });
      server.once('exit', (code, signal) => {
        servers.delete(server);
        report({ report: 'exited', request, how: signal ?? `code ${code}` });
        leaveWhenEnded();
      });
      if (server.pid !== undefined) report({ report: 'spawned', request, pid: server.pid });
      break;
    }
    case 'outlive': {
      const socket = createServer(endStack);
      socket.listen(message.socketPath, () => {
        outlives = true;
        report({ report: 'outliving' });
      });
      break;
    }
    case 'end':
      endStack();
  }
});
process.on('disconnect', () => {
  if (!outlives) endStack();
});
process.on('SIGTERM', endStack);
process.on('SIGINT', endStack);
