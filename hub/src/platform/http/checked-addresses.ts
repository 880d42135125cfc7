/**
 * From the name of a target to addresses that may be reached: what HTTP and SMTP share.
 *
 * Danger: all addresses of a name are judged, so that one public record does not open the door to
 * a private one. What connects must use the addresses that were judged, never look up again.
 */
import { lookup as lookupName } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import type { AddressGuard } from './address-guard.ts';
import { ConnectFault } from './http-fault.ts';

export type ResolveName = (
  name: string,
  done: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** The resolver of the operating system. */
export const resolveBySystem: ResolveName = (name, done) => {
  lookupName(name, { all: true }, done);
};

export function describeRefusal(range: string): string {
  return `the target's address is in a refused range (${range})`;
}

export function findAddressFault(
  guard: AddressGuard,
  addresses: readonly LookupAddress[],
): ConnectFault | null {
  if (addresses.length === 0) return new ConnectFault('dns_failed', 'the name has no address');
  for (const { address } of addresses) {
    const refusal = guard.findRefusal(address);
    if (refusal !== null) return new ConnectFault('address_refused', describeRefusal(refusal));
  }
  return null;
}
