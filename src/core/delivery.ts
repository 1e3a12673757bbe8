import type { Json, JsonObject } from './json.js';

/** `quarantined`: kept for a person to look at, never taken for a vendor's word. */
export type DeliveryState = 'stored' | 'quarantined';

/** Why a delivery is in quarantine. */
export type QuarantineCode = 'webhook.forged' | 'webhook.broken' | 'webhook.oversize';

/** Something that was posted to our webhook. No secret in it. */
export interface Delivery {
  readonly account: string;
  /** When it had arrived whole (wall clock, ms). */
  readonly at: number;
  /** SHA-256 of its content without the secret, 64 hex digits: equal content is the same delivery. */
  readonly digest: string;
  readonly state: DeliveryState;
  readonly code: QuarantineCode | null;
  /** E.164 of the person it is about; null where it does not tell. */
  readonly phone: string | null;
  /** The vendor's id of the lead. */
  readonly vendorId: string | null;
  /** As every output prints it; null in quarantine. */
  readonly record: JsonObject | null;
  /** The whole body; in quarantine its beginning, as text. */
  readonly body: Json;
  /** Size as it came in. */
  readonly bytes: number;
}

/** A delivery as the ledger has it. */
export interface StoredDelivery extends Delivery {
  /** Grows with every delivery. */
  readonly no: number;
}

export interface DeliveryFilter {
  readonly account?: string;
  readonly state?: DeliveryState;
}

/** `known`: the same delivery is there already. `full`: the quarantine takes no more in this hour. */
export type Storing = 'stored' | 'known' | 'full';

/** Deliveries an account's quarantine takes in an hour: a flood of forgeries must not fill the disk. */
export const quarantinePerHour = 1_000;
