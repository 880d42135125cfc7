/**
 * How addresses are written down, `[{channel_type, address, channel_id}]`, and what can be wrong
 * with them in their project. Pure.
 */
import type { ErrorDetail } from '#kernel/error-codes.ts';
import { type ChannelId, channelId, type ProjectId } from '#kernel/id.ts';
import type { Address } from './responder.ts';

export type WrittenAddress = {
  readonly channel_type: string;
  readonly address: string;
  readonly channel_id: string | null;
};

export function renderAddresses(addresses: readonly Address[]): WrittenAddress[] {
  return addresses.map((one) => ({
    channel_type: one.channelType,
    address: one.address,
    channel_id: one.channelId,
  }));
}

/** As a body that was read, or the database, has them. */
export function parseAddresses(value: unknown): readonly Address[] {
  return (value as readonly WrittenAddress[]).map((one) => ({
    channelType: one.channel_type,
    address: one.address,
    channelId: one.channel_id === null ? null : channelId(one.channel_id),
  }));
}

/** Every kind of channel there is -> what is wrong with an address of the kind; null = nothing. */
export type AddressKinds = ReadonlyMap<string, (address: string) => string | null>;

/** A channel that could carry a message. */
export type Carrier = {
  readonly projectId: ProjectId;
  readonly channelId: ChannelId;
  readonly channelType: string;
};

type Addressed = {
  readonly projectId: ProjectId;
  /** The field that the addresses are in. */
  readonly field: string;
  readonly addresses: readonly Address[];
};

/** All that forbids saving them. `carriers` may be of other projects too. */
export function findAddressFaults(
  { projectId, field, addresses }: Addressed,
  kinds: AddressKinds,
  carriers: readonly Carrier[],
): readonly ErrorDetail[] {
  const ours = carriers.filter((carrier) => carrier.projectId === projectId);
  return addresses.flatMap((one, index) => {
    const path = `${field}[${index}]`;
    const findFault = kinds.get(one.channelType);
    if (findFault === undefined) {
      const known = [...kinds.keys()].join(', ');
      return [{ path: `${path}.channel_type`, message: `must be one of ${known}` }];
    }
    const fault = findFault(one.address);
    const channelFault = findChannelFault(one, ours);
    return [
      ...(fault === null ? [] : [{ path: `${path}.address`, message: fault }]),
      ...(channelFault === null ? [] : [{ path: `${path}.channel_id`, message: channelFault }]),
    ];
  });
}

function findChannelFault(address: Address, carriers: readonly Carrier[]): string | null {
  if (address.channelId === null) return null;
  const named = carriers.find(({ channelId: id }) => id === address.channelId);
  if (named === undefined) return 'is no channel of this project';
  if (named.channelType === address.channelType) return null;
  return `is a channel of the kind ${named.channelType}, not ${address.channelType}`;
}

/** What may be saved, and yet reaches nobody. */
export function findAddressWarnings(
  { projectId, field, addresses }: Addressed,
  carriers: readonly Carrier[],
): readonly ErrorDetail[] {
  const ours = carriers.filter((carrier) => carrier.projectId === projectId);
  const types = new Set(ours.map(({ channelType }) => channelType));
  return addresses.flatMap(({ channelType }, index) => {
    if (types.has(channelType)) return [];
    const message = `the project has no ${channelType} channel, so nothing is sent there`;
    return [{ path: `${field}[${index}]`, message }];
  });
}
