/**
 * Whether a target can be reached: name, address guard, TCP connection, and nothing more. What
 * sends goes through `http` and `smtp`; this only tells an operator beforehand.
 */
import { performance } from 'node:perf_hooks';
import type { Reach } from '#kernel/ports.ts';
import { type Cidr, createAddressGuard } from '#platform/http/address-guard.ts';
import { type ResolveName, resolveBySystem } from '#platform/http/checked-addresses.ts';
import { ConnectFault } from '#platform/http/http-fault.ts';
import { openSocket } from './smtp-socket.ts';

export function createReach(options: {
  readonly allowedCidrs: readonly Cidr[];
  /** For tests; otherwise the resolver of the operating system. */
  readonly resolveName?: ResolveName;
}): Reach {
  const guard = createAddressGuard(options.allowedCidrs);
  const way = { guard, resolveName: options.resolveName ?? resolveBySystem };
  return {
    probe: async ({ host, port, timeoutMs }) => {
      const startedMs = performance.now();
      try {
        const socket = await openSocket(way, { host, port }, AbortSignal.timeout(timeoutMs));
        socket.destroy();
        return { kind: 'reached', durationMs: Math.round(performance.now() - startedMs) };
      } catch (error) {
        if (!(error instanceof ConnectFault)) throw error;
        return { kind: 'failed', reason: error.reason, detail: error.message };
      }
    },
  };
}
